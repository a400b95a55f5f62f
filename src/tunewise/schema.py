"""The JSON Schema of what --json prints: one definition a verb, shared parts beside them.

A contract for programs that read answers: fields may be added, none that is required here goes away
without a new number in the schema's address. Describes; imports no engine and looks at no answer.
"""
from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

ADDRESS = "https://w3id.org/tunewise/schema/answer-1.json"

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
NAME: Schema = {"type": "string", "description": "id of a thing, input or rule; empty where there is none"}
VERDICT: Schema = {"enum": ["yes", "no", "depends"]}
SCALAR: Schema = {"type": ["number", "string", "boolean", "null"]}
VALUE: Schema = {"anyOf": [SCALAR, {"type": "array", "items": SCALAR}], "description": "a number, name or flag; [low, high] where it depends; null where it is not known"}


def answer_schema() -> Schema:
    """JSON Schema (draft 2020-12) of every answer; ``#/$defs/VERB`` is that of one verb."""
    verbs = _verbs()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": ADDRESS, "title": "Answers of tunewise",
            "anyOf": [_ref(verb) for verb in verbs], "$defs": {**verbs, **_parts()}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _object(must: dict[str, Schema], may: dict[str, Schema] | None = None) -> Schema:
    """An object that has all of ``must`` and perhaps some of ``may``."""
    return {"type": "object", "properties": {**must, **(may or {})}, "required": sorted(must)}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _answer(question: str, must: dict[str, Schema], about_a_situation: bool = True) -> Schema:
    """An answer of the rules: what was asked, of which situation, and what follows."""
    head: dict[str, Schema] = {"schema": {"const": ADDRESS}, "question": {"const": question}}
    return _object({**head, **({"situation": _ref("situation")} if about_a_situation else {}), **must})


_CITED = {"source": NAME, "source_label": TEXT, "locator": TEXT}
_CLAIM = {**_CITED, "claim": NAME, "text": TEXT}
_CLAIM_ABOUT = {**_CITED, "id": NAME, "text": TEXT, "conditions": _list(TEXT), "refuted_by": NAME}
_FINDING = {"severity": {"enum": ["error", "warning", "info"]}, "check": TEXT, "subject": TEXT, "property": TEXT, "value": TEXT, "problem": TEXT, "why": TEXT, "solution": TEXT,
            "file": {"type": ["string", "null"]}, "line": {"type": ["integer", "null"], "minimum": 1}}


def _verbs() -> dict[str, Schema]:
    numbers, plan, names = _list(_ref("number")), _list(_ref("step")), _list(NAME)
    who = _list(_object({"source": NAME, "label": TEXT, "verdict": VERDICT, "refuted": {**_list(TEXT), "description": "requirements of the source that better evidence refutes"}}))
    against_model = _or_null(_object({**_CLAIM, "label": TEXT, "instead": _list(TEXT)}))
    why = _answer("why", {
        "technique": NAME, "label": TEXT, "verdict": VERDICT, "depends_on": _list(TEXT), "misses": COUNT, "numbers": numbers, "proof": _list(_ref("proof_row")),
        "main": NAME, "place": {**COUNT, "description": "place in recommended, from 1; 0 where it is not there"}, "recommended": names, "plan": plan,
        "reason": _or_null(_ref("reason")), "ways_out": _list(_ref("way")), "assumptions": _list(_ref("turn")), "ranges": _list(_ref("range")), "who_says": who,
        "read": {**names, "description": "inputs that the proof read"},
        "advised_against": _or_null(_object({**_CLAIM, "instead": _list(TEXT)})), "kind": {"enum": ["approach", "practice", "family"]},
        "costs": {**_list(_object(dict(_CLAIM))), "description": "what one pays for it whatever the case"}, "added": _or_null(_object(dict(_CLAIM))),
        "model_advice": against_model,
        "not_instead": _list(_object({"technique": NAME, "label": TEXT, "numbers": numbers, "text": TEXT}))})
    return {
        "advise": _answer("advise", {
            "verdict": VERDICT, "main": {**NAME, "description": "the technique to use, or none"}, "recommended": names, "count": COUNT, "plan": plan, "options": _list(_ref("option")),
            "front": names, "numbers": numbers, "depends_on": _list(TEXT), "assumptions": _list(_ref("turn")), "reason": _or_null(_ref("reason")), "settings": _list(_ref("setting")), "read": names,
            "closest": _list(_object({"technique": NAME, "label": TEXT, "misses": COUNT, "numbers": numbers}, {"text": TEXT, "ways_out": _list(_ref("way"))})),
            "obstacles": _list(_object({"technique": NAME, "text": TEXT})), "model_advice": against_model}),
        "why": {"anyOf": [why, _ref("show")], "description": "with no input at all, why shows the technique"},
        "why-not": why,
        "what-if": _answer("what_if", {"technique": NAME, "label": TEXT, "holds": FLAG, "plans": _list(_ref("way"))}),
        "how-far": _answer("how_far", {"technique": NAME, "label": TEXT, "verdict": VERDICT, "ranges": _list(_ref("range"))}),
        "who-says": _answer("who_says", {"technique": NAME, "label": TEXT, "verdict": VERDICT, "who_says": who}),
        "compare": _answer("compare", {
            "techniques": names, "sides": _list(_object({"technique": NAME, "label": TEXT, "verdict": VERDICT, "misses": COUNT, "numbers": numbers})),
            "criteria": _list(_object({"quantity": NAME, "label": TEXT, "unit": TEXT, "a": VALUE, "b": VALUE, "a_source": TEXT, "b_source": TEXT})),
            "reason": _or_null(_ref("reason")), "statements": _list(_list(_ref("statement")))}),
        "ask": _answer("ask", {"fields": _list(_object({"field": NAME, "label": TEXT, "count": COUNT})), "unsaid": _list(_object({"field": NAME, "label": TEXT, "count": COUNT, "assumed": TEXT})), "open": COUNT}),
        "estimate": _answer("estimate", {
            "technique": NAME, "label": TEXT, "fits": VERDICT, "numbers": numbers, "memory": {"type": ["object", "null"], "description": "parts, peaks and what else would fit"},
            "estimates": _list(_object({"quantity": NAME, "unit": TEXT, "value": VALUE, "verdict": VERDICT, "text": TEXT, "proof": _list(_ref("proof_row"))}))}),
        "settings": _answer("settings", {"technique": NAME, "label": TEXT, "settings": _list(_ref("setting"))}),
        "checklist": _answer("checklist", {"items": _list(_object({
            **_CITED, "id": NAME, "label": TEXT, "phase": {"enum": ["before", "planning", "evaluation", "after", ""]},
            "state": {"enum": ["done", "missing", "open", "disputed", "not applicable"]}, "open": _list(TEXT), "why": TEXT}))}),
        "diagnose": _answer("diagnose", {"failures": _list(_object({
            "id": NAME, "label": TEXT, "met": COUNT, "because": _list(TEXT), "statements": _list(_ref("statement")),
            "remedies": _list(_object({"id": NAME, "label": TEXT, "kind": {"enum": ["technique", "remedy"]}, "text": TEXT}))}))}),
        "ls": _list({"anyOf": [
            _object({"kind": TEXT, "count": {"type": ["integer", "string"]}}),
            _object({"input": NAME, "type": TEXT, "domain": TEXT, "default": VALUE, "also": TEXT, "meaning": TEXT}),
            _object({"rule": NAME, "concludes": TEXT, "says": TEXT}),
            {**_object({"label": TEXT, "also": TEXT}), "additionalProperties": NAME, "description": "a thing; its id stands under the name of its kind"}]}),
        "show": _answer("about", {
            "id": NAME, "label": TEXT, "definition": TEXT, "classes": names, "aliases": _list(TEXT), "facts": _list(_object({"property": NAME, "value": VALUE})),
            "settings": _list(_object({"key": NAME, "value": VALUE})), "statements": _list(_ref("statement")),
            "claims": _list(_object({**_CLAIM_ABOUT, "quantity": NAME, "label": TEXT, "parts": _list(_object({"part": NAME, "value": VALUE}))})),
            "advice": _list(_object({**_CITED, "id": NAME, "stance": NAME, "text": TEXT, "conditions": _list(TEXT)}))}, about_a_situation=False),
        "query": _object({"head": _object({"vars": _list(TEXT)}), "results": _object({"bindings": _list({"type": "object", "additionalProperties": _ref("term")})})}),
        "check": _list(_object(dict(_FINDING))),
        "schema": _object({"$schema": TEXT, "$id": {"const": ADDRESS}, "title": TEXT, "anyOf": {"type": "array"}, "$defs": {"type": "object"}}),
        "version": {**_object({"tunewise": TEXT}), "additionalProperties": {"type": ["string", "integer"]}},
    }



def _parts() -> dict[str, Schema]:
    dissent = _list(_object({**_CLAIM, "value": VALUE}, {"would": VERDICT, "refuted": FLAG}))
    bound = {"field": NAME, "label": TEXT, "now": VALUE}
    return {
        "situation": _object({
            "given": {"type": "object", "additionalProperties": VALUE, "description": "what was said, by input"},
            "assumed": _list(_object({"field": NAME, "value": VALUE, "text": TEXT, "source": NAME, "source_label": TEXT})),
            "as_of": {"type": "string", "format": "date"}}),
        "number": _object({
            **_CLAIM, "label": TEXT, "rule": NAME, "quantity": NAME, "unit": TEXT, "need": VALUE, "have": VALUE, "verdict": VERDICT, "detail": TEXT,
            "gap": {"type": ["number", "null"], "minimum": 0, "description": "need minus have, where both are numbers and it does not hold"},
            "depends_on": _list(TEXT), "sources": _list(TEXT), "dissent": dissent,
            "contested": _list(_object({**_CLAIM, "value": VALUE, "dissent": dissent}))}, {"technique": NAME}),
        "step": _object({**_CITED, "step": {"enum": ["first", "main", "with", "later"]}, "technique": NAME, "label": TEXT, "text": TEXT}),
        "option": _object({"technique": NAME, "label": TEXT, "verdict": VERDICT, "need_gib": VALUE, "run_hours": VALUE, "run_usd": VALUE, "quality": VALUE, "advice": _list(TEXT)}),
        "reason": _object({**_CLAIM, "by": {"enum": ["verdict", "advice", "criterion", "name"]}},
                          {"conditions": COUNT, "over": NAME, "better": NAME, "quantity": NAME, "a": VALUE, "b": VALUE}),
        "proof_row": _object(
            {"id": COUNT, "parent": {**COUNT, "description": "id of the row above, 0 at the top"}, "verdict": VERDICT, "text": TEXT,
             "kind": {"enum": ["rule", "spread", "guard", "input", "claim", "fact", "requirement", "advice", "arithmetic", "comparison", "missing", "absence"]}},
            {**_CLAIM, "rule": NAME, "head": NAME, "field": NAME, "value": VALUE, "about": NAME, "quantity": NAME, "have": VALUE, "need": VALUE, "op": NAME,
             "depends_on": _list(TEXT), "dissent": dissent}),
        "way": _object({"effort": NUMBER, "others": COUNT, "changes": _list(_object({
            "field": NAME, "label": TEXT, "from": VALUE, "to": VALUE, "text": TEXT, "kind": {"enum": ["is", "at_least", "at_most"]}}))}),
        "turn": {**_object({"field": NAME, "if": VALUE, "text": TEXT, "then": NAME, "label": TEXT}), "description": "an assumption that, were it otherwise, would change the main step"},
        "range": {"anyOf": [_object({**bound, "low": NUMBER, "high": NUMBER, "min": NUMBER, "max": NUMBER}), _object({**bound, "values": _list(VALUE), "of": COUNT})]},
        "setting": _object({**_CLAIM, "field": NAME, "key": NAME, "label": TEXT, "unit": TEXT, "value": VALUE, "low": SCALAR, "high": SCALAR, "dissent": dissent}),
        "statement": _object({**_CITED, "id": NAME, "aspect": {"enum": ["benefit", "cost", "use", "how", "note"]}, "text": TEXT, "refuted_by": NAME}),
        "term": _object({"type": {"enum": ["uri", "literal", "bnode"]}, "value": TEXT}, {"xml:lang": TEXT, "datatype": TEXT}),
    }
