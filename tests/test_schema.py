"""Laws of the JSON Schema: real answers keep it, and it describes all of them."""
from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conftest import DAY, tunewise
from tunewise.advisor import SCHEMA
from tunewise.cli import verbs
from tunewise.schema import answer_schema

CASE = ["gpu=t4", "model=llama-3-8b", "examples=5000"]
# Verbs that print no answer of the rules, or whose form is their own: files, pictures, data reports.
OWN_FORM = {"completion", "data", "diagram", "diff", "docs", "export", "formats", "new", "recipe", "tree"}
COMMANDS = [
    ["advise", *CASE], ["advise"], ["advise", "gpu=t4", "goal=change-tone"], ["why", "qlora", *CASE], ["why", "qlora"], ["why-not", "full-fine-tuning", *CASE], ["why-not", "dpo", "gpu=t4"],
    ["what-if", "full-fine-tuning", *CASE], ["what-if", "qlora", *CASE], ["how-far", "qlora", *CASE], ["who-says", "qlora", *CASE], ["compare", "qlora", "lora", *CASE], ["ask", "gpu=t4"],
    ["estimate", "qlora", *CASE], ["estimate", "lora"], ["settings", "lora", *CASE], ["checklist"], ["diagnose", "overfitting"], ["diagnose", "train_loss=high"], ["ls"], ["ls", "models"],
    ["ls", "inputs"], ["ls", "rules"], ["show", "qlora"], ["show", "nvidia-t4"], ["query", "SELECT ?t ?l WHERE { ?t a tw:Approach ; rdfs:label ?l } LIMIT 3"], ["check"], ["schema"], ["version"],
]


@cache
def answered(*command: str) -> Any:
    """What a command prints; statuses 0, 1 and 3 are answers."""
    done = tunewise(*command, "--json", "--as-of", DAY)
    assert done.returncode in (0, 1, 3), done.stderr
    return json.loads(done.stdout)


def of_verb(verb: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": schema["$schema"], "$ref": f"#/$defs/{verb}", "$defs": schema["$defs"]}


def closed(schema: Any) -> Any:
    """The schema with no key allowed that it does not describe."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(part) for key, part in schema.items()}
    return {"additionalProperties": False, **out} if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" else out


def faults(instance: Any, schema: dict[str, Any]) -> list[str]:
    return [f"{fault.json_path}: {fault.message[:300]}" for fault in Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(instance)]


def test_the_schema_is_a_schema_of_draft_2020_12() -> None:
    Draft202012Validator.check_schema(answer_schema())


def test_answers_name_the_address_of_the_schema() -> None:
    assert answer_schema()["$id"] == SCHEMA


def test_every_verb_that_answers_in_json_has_a_definition() -> None:
    assert set(verbs()) - OWN_FORM <= set(answer_schema()["$defs"])


def test_every_definition_is_referred_to_and_every_reference_is_defined() -> None:
    text, defs = json.dumps(answer_schema()), answer_schema()["$defs"]
    assert {name for name in defs if f'"#/$defs/{name}"' in text} == set(defs)
    assert {part.split('"')[0] for part in text.split('"#/$defs/')[1:]} <= set(defs)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_real_answer_keeps_the_schema_and_has_no_key_that_it_does_not_describe(command: list[str]) -> None:
    answer, schema = answered(*command), answer_schema()
    assert faults(answer, of_verb(command[0], schema)) == []
    assert command == ["schema"] or faults(answer, closed(of_verb(command[0], schema))) == []
    assert faults(answer, schema) == []


def test_a_wrong_answer_is_refused() -> None:
    right, schema = answered("why", "qlora", *CASE), of_verb("why-not", answer_schema())
    for key, value in {"verdict": "perhaps", "numbers": None, "proof": [{}], "misses": -1, "question": "advise", "plan": [{"step": "last"}]}.items():
        wrong = copy.deepcopy(right)
        wrong[key] = value
        assert faults(wrong, schema), key
    for key in right:
        assert faults({k: v for k, v in right.items() if k != key}, schema), key


def test_every_verb_with_a_definition_is_asked_here() -> None:
    assert {command[0] for command in COMMANDS} == set(verbs()) - OWN_FORM
