"""what is in training data: format, length, faults; --as, --convert, --out, --split, --seed, --lossy, --record, --tokenizer, --model, --limit, --faults"""
from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path
from typing import Any

from ..advisor import Advisor
from ..errors import InputError, TunewiseError

_OPTIONS = {"as": "format the data should be in", "convert": "format to write", "out": "file (or folder, for --split) to write", "split": "shares such as 80/10/10",
            "seed": "seed of the split", "lossy": "write although something is lost", "record": "one record as JSON", "tokenizer": "tokenizer.json for counting tokens",
            "model": "model whose tokenizer is used when it is at hand", "limit": "faults shown of each kind", "faults": "file for all faults, one a line"}


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from ..data_words import printable

    try:
        return _run(advisor, options, said, raw)
    except TunewiseError as fault:
        raise type(fault)(*map(printable, fault.messages)) from None


def _say(text: str) -> None:
    """Prints what may hold names and texts from data."""
    from ..data_words import printable

    print(printable(text))


def _show(answer: Any) -> None:
    _say(json.dumps(answer, ensure_ascii=False, indent=2, sort_keys=True))


def _run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from .. import data

    said, raw = _sorted(said, raw)
    answer = advisor.ask("shapes")
    shapes = data.all_shapes(answer)
    shape = shapes.get(_format(advisor, str(raw["as"]))) if "as" in raw else None
    target = shapes.get(_format(advisor, str(raw["convert"]))) if "convert" in raw else None
    if "convert" in raw and (target is None or target.markers):
        raise InputError(f"--convert {raw['convert']}: this is markup that the model's own chat template writes. Keep the turns, in a format with roles, and let the template render them.")
    if "record" in raw or said == ["-"]:
        return _record(raw, shapes, shape, options)
    if not said:
        raise InputError("data wants a file or a folder: tunewise data train.jsonl. One record: tunewise data --record '{\"prompt\": ...}', or - for standard input.",
                         *(f"  --{name:<10}{words}" for name, words in _OPTIONS.items()))
    if "convert" in raw or "split" in raw:
        return _rewrite(Path(said[0]), said, raw, shapes, shape, target, options)
    return _inspect([Path(s) for s in said], raw, shapes, shape, answer, options, advisor)


def _sorted(said: list[str], raw: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Flags without a value do not swallow a file; unknown options are told, all at once."""
    raw = dict(raw)
    if str(raw.get("lossy", "yes")).lower() not in ("yes", "no", "true", "false"):
        said, raw["lossy"] = [*said, str(raw["lossy"])], "yes"
    unknown = [k for k in raw if k not in _OPTIONS]
    if unknown:
        import difflib

        raise InputError(*(f"data has no option --{k}.{''.join(f' Did you mean --{n}?' for n in difflib.get_close_matches(k, _OPTIONS, n=1))} Options: {', '.join('--' + o for o in _OPTIONS)}" for k in unknown))
    return said, raw


def _format(advisor: Advisor, name: str) -> str:
    """Id of a format; the word format at its end may be left out."""
    return advisor.names.find("Format", f"{name}-format") or advisor.names.resolve("Format", name)


def _whole(raw: dict[str, Any], name: str, default: int, least: int = 0) -> int:
    try:
        value = int(str(raw.get(name, default)))
    except ValueError:
        value = least - 1
    if value < least:
        raise InputError(f"--{name} {raw.get(name)}: give a whole number of at least {least}.")
    return value


def _record(raw: dict[str, Any], shapes: dict[str, Any], shape: Any, options: argparse.Namespace) -> int:
    from .. import data, data_chunk, data_read, data_report

    text = str(raw["record"]).encode("utf8", "surrogateescape") if "record" in raw else data_read.standard_input()
    row, fault = data_chunk.fault_of(text.strip(), 1, "record")
    rows = [row]
    if fault:
        rows = []
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                one, broken = data_chunk.fault_of(line, number)
                if broken:
                    raise InputError(f"The record is no JSON: {(fault if len(text.splitlines()) == 1 else broken).text}.")
                rows.append(one)
    elif isinstance(row, list):
        rows = row
    answers, sound = [], bool(rows)
    for row in rows:
        found, faults = data.check_record(row, shapes, shape)
        valid = found is not None and not any(not f.warning for f in faults)
        sound &= valid
        answers.append({"format": found.id if found else None, "valid": valid, "missing": data.missing(found, row) if found else [], "faults": [data_report.fault_json(f) for f in faults]})
        if not options.json:
            _say(data_report.record_text(found, row, faults))
    if options.json:
        _show(answers[0] if len(answers) == 1 else answers)
    return 0 if sound else 1


def _inspect(paths: list[Path], raw: dict[str, Any], shapes: dict[str, Any], shape: Any, answer: dict[str, Any], options: argparse.Namespace, advisor: Advisor) -> int:
    from .. import data, data_report

    tokenizer = _tokenizer(raw, advisor)
    per, source = answer["bytes_per_token"] or 4, answer["bytes_per_token_source"]
    limit = _whole(raw, "limit", 200 if options.all else 5)
    out = Path(str(raw["faults"])) if "faults" in raw else None
    part = out.with_name(out.name + ".part") if out else None
    stream = part.open("w", encoding="utf8") if part else None
    try:
        reports = [data.inspect(path, shapes, shape=shape, tokenizer=tokenizer, limit=limit,
                                each=(lambda f: stream.write(json.dumps(data_report.fault_json(f)) + "\n")) if stream else None) for path in paths]
    except BaseException:
        if part:
            part.unlink(missing_ok=True)
        raise
    finally:
        if stream:
            stream.close()
    if part and out:
        part.replace(out)
    shared = [data.overlap(one, other) for one, other in itertools.combinations(reports, 2)]
    if options.json:
        _show({"files": [data_report.as_json(r, per, source) for r in reports], "overlap": shared})
    else:
        for report in reports:
            _say(data_report.text(report, per, source, options.quiet))
        for found in shared:
            _say(data_report.overlap_text(found))
    return 0 if all(r.sound for r in reports) and not any(s["rows"] or s["prompts"] for s in shared) else 1


def _tokenizer(raw: dict[str, Any], advisor: Advisor) -> Any:
    from .. import data_tokens

    if "tokenizer" in raw:
        return data_tokens.load(Path(str(raw["tokenizer"])))
    if "model" in raw:
        model = advisor.names.resolve("Model", str(raw["model"]))
        found = data_tokens.at_hand(advisor.index["names"]["Model"][model])
        return data_tokens.load(found) if found else None
    return None


def _rewrite(path: Path, said: list[str], raw: dict[str, Any], shapes: dict[str, Any], shape: Any, target: Any, options: argparse.Namespace) -> int:
    from .. import data, data_read, data_report, data_tables, data_write

    if len(said) > 1:
        raise InputError(f"One file or folder at a time: {', '.join(said)}.")
    if target is not None and "out" not in raw:
        raise InputError(f"--convert wants --out FILE: tunewise data {path} --convert {target.id} --out {path.name.split('.')[0]}-{target.id.removesuffix('-format')}.jsonl")
    names = frozenset(f for s in shapes.values() for f in s.fields)
    shape = data.sample(data_read.files_of(path), shapes, names, shape)[0]
    if target is not None and shape is None:
        raise InputError(f"{path}: in no known format, so it cannot be converted. See tunewise data {path}")
    lossy = str(raw.get("lossy", "no")).lower() in ("yes", "true")
    out = Path(str(raw["out"])) if "out" in raw else path.parent / f"{path.name.split('.')[0]}-split"
    side = None
    if "split" in raw:
        shares = data_write.shares_of(str(raw["split"]))
        side = data_write.Sides(path, shape, names, shares, _whole(raw, "seed", 42))
        parts = data_write.part_names(len(shares))
        ending = "".join(out.suffixes) if data_read.kind_of(out) and not out.is_dir() else ""
        sinks = [out.with_name(f"{out.name.removesuffix(ending)}-{part}{ending}") if ending else out / f"{part}.jsonl" for part in parts]
    else:
        sinks = [out]
    origin = {f.resolve() for f in data_read.files_of(path)}
    same = [s for s in sinks if s.resolve() in origin]
    if same:
        raise InputError(f"{same[0]}: this is the file that is read. Write to another one with --out.")
    files = data_read.files_of(path)
    schema = data_tables.columns(files[0]) if target is None and len(files) == 1 and data_read.kind_of(files[0]) == "parquet" else None
    whole = frozenset({(target or shape).tools or "tools"}) if target or shape else frozenset()
    done = data_write.rewrite(path, shape, names, [data_write.Sink(s, schema, whole) for s in sinks], target=target, side=side, lossy=lossy)
    if options.json:
        _show({**done, "from": shape.id if shape else None, "to": target.id if target else None})
    else:
        _say(data_report.rewrite_text(done, target, str(path)))
    return 0 if done["done"] else 1
