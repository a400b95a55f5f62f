"""What was found in data, in words and as JSON. Decides nothing."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .data import Report, extra_columns, missing
from .data_chunk import Fault
from .data_shape import Shape

_SHARES = ((0.5, "half of the rows up to"), (0.95, "95 % up to"), (0.99, "99 % up to"))
_COLUMNS = 8


def number(value: float) -> str:
    return f"{value:,.0f}"


def many(value: float) -> str:
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:.3g} {word}"
    return number(value)


def amount(value: float) -> str:
    return f"{value / 1e9:.2f} GB" if value >= 1e9 else f"{value / 1e6:.1f} MB" if value >= 1e6 else f"{value / 1e3:.1f} kB" if value >= 1e3 else f"{value} bytes"


def rows_word(count: int) -> str:
    return f"{number(count)} row{'' if count == 1 else 's'}"


def text(report: Report, bytes_per_token: float, source: str, quiet: bool = False) -> str:
    """The whole answer: what it is, how much, what is wrong, what next."""
    faulty = f"{rows_word(report.faulty)} {'has' if report.faulty == 1 else 'have'} faults" if report.faulty else "no faults"
    if not report.rows and not report.unread:
        return f"{report.path}: no rows."
    if not report.rows:
        return f"{report.path}: none of {rows_word(report.unread)} could be read.\n" + "\n".join(_faults(report))
    if report.shape is None:
        return f"{report.path}: {rows_word(report.rows)} in no known format, {faulty}.\n" + "\n".join([*_unknown(report), *_faults(report)])
    head = f"{report.path}: {report.shape.label}, {rows_word(report.rows + report.unread)}, {amount(report.bytes)}: {'columns to rename, ' if report.renames else ''}{faulty}."
    if quiet:
        return head
    lines = [head]
    if len(report.files) > 1:
        lines.append(_line("files", f"{len(report.files)}: {_some(report.files)}"))
    lines.append(_line("fields", ", ".join(report.shape.required) + _extras(report)))
    if report.renames:
        lines.append(_line("fault", f"rename {', '.join(f'{had} to {field}' for had, field in sorted(report.renames.items()))}: then it is {report.shape.label}. tunewise data {report.path} --convert {report.shape.id.removesuffix('-format')} --out NEW.jsonl does it"))
    lines += _lengths(report, bytes_per_token, source)
    if report.duplicates:
        where = "; ".join(f"{_at(report, a, b)} repeats {_at(report, c, d)}" for a, b, c, d in report.repeated[:3])
        lines.append(_line("duplicates", f"{rows_word(report.duplicates)} {'repeats' if report.duplicates == 1 else 'repeat'} an earlier one: {where}{' ...' if report.duplicates > 3 else ''}"))
    if report.contradictions:
        where = "; ".join(f"{_at(report, a, b)} and {_at(report, c, d)}" for a, b, c, d in report.contradicted[:3])
        lines.append(_line("look at", f"{rows_word(report.contradictions)} {'judges' if report.contradictions == 1 else 'judge'} the same otherwise than an earlier one: {where}{' ...' if report.contradictions > 3 else ''}. Decide which {report.shape.judgement} is right: a model cannot learn both."))
    lines += _faults(report)
    return "\n".join(lines)


def _line(name: str, value: str) -> str:
    return f"  {name:<11}{value}"


def _inside(column: str) -> str:
    """What to do where the rows stand inside a column."""
    name = column.removesuffix("[]")
    command = f", as jq -c '.{column}' FILE > NEW.jsonl does" if column != name and name.isidentifier() else ""
    return f"the rows stand inside {_name(name)}: write each as a line of its own{command}"


def _name(column: Any) -> str:
    """A column's name on one line."""
    return str(column).replace("\n", "\\n")


def _some(files: list[str], count: int = 4) -> str:
    return ", ".join(files[:count]) + (" ..." if len(files) > count else "")


def _extras(report: Report) -> str:
    spare = list(extra_columns(report))
    optional = {k for names in report.columns for k in names} & (report.shape.optional if report.shape else frozenset())
    out = f"; also {', '.join(sorted(optional))}" if optional else ""
    if spare:
        shown = ", ".join(_name(name) if count == report.rows else f"{_name(name)} ({rows_word(count)})" for name, count in spare[:_COLUMNS])
        out += f"; columns the format does not know: {shown}{' ...' if len(spare) > _COLUMNS else ''}"
    return out


def _lengths(report: Report, bytes_per_token: float, source: str) -> list[str]:
    exact = report.tokens
    lengths = exact or report.lengths
    if not lengths.longest:
        return []
    per = 1.0 if exact else bytes_per_token
    how = "counted with the tokenizer, without a chat template" if exact else f"estimated: {bytes_per_token:g} bytes of text a token ({source}); --tokenizer tokenizer.json counts them"
    spread = ", ".join(f"{words} {number(lengths.percentile(share) / per)}" for share, words in _SHARES)
    file, row = lengths.where
    return [_line("tokens", f"{'' if exact else 'about '}{many(lengths.total / per)}, {number(lengths.total / per / max(sum(lengths.counts.values()), 1))} a row; {how}"),
            _line("lengths", f"{spread} tokens; the longest {number(lengths.longest / per)} ({_at(report, file, row)})")]


def _at(report: Report, file: str, row: int) -> str:
    return f"{file}:{row}" if len(report.files) > 1 else f"{report.unit} {row}"


def _unknown(report: Report) -> list[str]:
    names = sorted({_name(k) for row in report.columns for k in row})
    return [_line("fields", ", ".join(names[:20]) or "none: the rows are no objects"),
            _line("next", _inside(report.inside)) if report.inside else
            _line("next", "see the fields of each format: tunewise formats; then rename the columns, or declare the format in a Turtle file of your own")]


def _faults(report: Report) -> list[str]:
    lines = []
    for (kind, warning), count in sorted(report.counts.items(), key=lambda c: (c[0][1], -c[1])):
        kept = [f for f in report.faults if (f.kind, f.warning) == (kind, warning)]
        lines.append(_line("look at" if warning else "fault", f"{kind}: {number(count)} time{'' if count == 1 else 's'}"))
        for fault in kept:
            lines.append(f"    {_where(report, fault)}: {fault.text}. {fault.remedy}")
        if count > len(kept):
            lines.append(f"    and {number(count - len(kept))} more: --limit N shows more, --faults FILE writes all of them")
    return lines


def _where(report: Report, fault: Fault) -> str:
    return _at(report, fault.file, fault.row)


def as_json(report: Report, bytes_per_token: float, source: str) -> dict[str, Any]:
    """The same as values; keys are stable."""
    exact = report.tokens
    lengths = exact or report.lengths
    per = 1.0 if exact else bytes_per_token
    rows = sum(lengths.counts.values())
    return {"path": report.path, "files": report.files, "format": report.shape.id if report.shape else None, "label": report.shape.label if report.shape else None, "sample": report.looks,
            "rows": report.rows + report.unread, "unreadable": report.unread, "faulty": report.faulty, "bytes": report.bytes, "unit": report.unit,
            "renames": report.renames, "columns": dict(sorted({str(k): sum(n for c, n in report.columns.items() if k in c) for names in report.columns for k in names}.items())),
            "tokens": {"total": round(lengths.total / per), "exact": exact is not None, "bytes_per_token": None if exact else bytes_per_token, "source": None if exact else source},
            "lengths": {"mean": round(lengths.total / per / max(rows, 1), 1), **{f"p{int(s * 100)}": round(lengths.percentile(s) / per) for s in (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)},
                        "longest": round(lengths.longest / per), "longest_row": lengths.where[1], "longest_file": lengths.where[0]},
            "duplicates": {"rows": report.duplicates, "first": [{"file": a, "row": b, "of_file": c, "of_row": d} for a, b, c, d in report.repeated]},
            "contradictions": {"rows": report.contradictions, "first": [{"file": a, "row": b, "of_file": c, "of_row": d} for a, b, c, d in report.contradicted]},
            "faults": {"counts": [{"kind": k, "warning": w, "count": n} for (k, w), n in sorted(report.counts.items())], "first": [fault_json(f) for f in report.faults]},
            "sound": report.sound}


def fault_json(fault: Fault) -> dict[str, Any]:
    return {"file": fault.file, "row": fault.row, "unit": fault.unit, "kind": fault.kind, "text": fault.text, "remedy": fault.remedy, "warning": fault.warning}


def overlap_text(found: dict[str, Any]) -> str:
    """Rows that two files share, and rows that ask the same: each its own line, where there are some."""
    if not found["rows"] and not found["prompts"]:
        return f"{found['first']} and {found['second']} share no rows, and none ask the same."
    lines = []
    for what, verb, verbs in (("rows", "stands", "stand"), ("prompts", "asks what stands", "ask what stands")):
        count = found[what]
        if count and (what == "rows" or count != found["rows"]):
            where = ", ".join(str(row) for _, row in found[f"{what}_at"][:8])
            lines.append(f"{rows_word(count)} of {found['second']} {verb if count == 1 else verbs} in {found['first']} too (row{'' if count == 1 else 's'} {where}{' ...' if count > 8 else ''}).")
    return "\n".join([*lines, "  A score on rows that were trained on says nothing: take them out of one file, or split anew: --split 80/10/10 keeps rows that ask the same together."])


def record_text(shape: Shape | None, row: Any, faults: Iterable[Fault]) -> str:
    bad = [f for f in faults if not f.warning]
    if shape is None:
        return f"This is no record of a known format: {bad[0].text}. {bad[0].remedy}"
    if not bad:
        return f"A valid record of the format {shape.label}."
    lacking = missing(shape, row)
    head = f"Not a valid record of the format {shape.label}" + (f": {', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing." if lacking else ".")
    return "\n".join([head, *(f"  {f.text}. {f.remedy}" for f in bad)])


def rewrite_text(done: dict[str, Any], target: Shape | None, path: str) -> str:
    """What converting or splitting did, or why nothing was written."""
    lines = []
    for what, count in done["lost"].items():
        lines.append(_line("lost", f"{what}: {rows_word(count)}"))
    for what, count in done["told"].items():
        lines.append(_line("changed", f"{what}: {rows_word(count)}"))
    for why, entry in sorted(done["refused"].items(), key=lambda r: -r[1]["rows"]):
        where = ", ".join(f"{file}:{row}" for file, row in entry["first"])
        lines.append(_line("left out" if done["done"] else "cannot", f"{rows_word(entry['rows'])}: {why} ({where}{' ...' if entry['rows'] > len(entry['first']) else ''})"))
    into = f" as {target.label}" if target else ""
    if done["done"]:
        files = "; ".join(f"{file} ({rows_word(count)})" for file, count in zip(done["files"], done["written"]))
        return "\n".join([f"Written{into}: {files}.", *lines])
    if not done["rows"]:
        return f"{path}: no rows; nothing was written."
    if not done["left"]:
        return "\n".join([f"Nothing was written: none of {rows_word(done['rows'])} can be written{into}.", *lines])
    why = "something would be lost" if done["lost"] else "some rows cannot be taken along"
    return "\n".join([f"Nothing was written: {why}. Say --lossy to write the rest{into} all the same.", *lines])
