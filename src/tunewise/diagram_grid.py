"""A grid of estimates as a picture: peak memory against one axis, with the line of what the GPU has.

Numbers on the axis make a curve with the band of nine runs in ten; names make bars. matplotlib draws, as in
diagram_numbers: same fonts, same colours, same bytes for the same figures.
"""
from __future__ import annotations

from typing import Any

from .diagram_numbers import _bytes, _figure
from .diagram_style import EDGE, MUTED, TONES
from .errors import InputError

MOST = 40  # bars in one picture; what is beyond is counted


def peak_over(rows: list[dict[str, Any]], axis: str, what: str, form: str) -> bytes:
    """Rows of the question grid, each with a label, as svg, png or pdf. InputError where nothing can be drawn."""
    rows = [r for r in rows if _middle(r["need"]) is not None]
    if not rows:
        raise InputError("Nothing of this grid can be added up, so nothing is drawn. Name a model: model=NAME")
    axis = axis.upper() if len(axis) < 4 else axis
    title = f"Peak memory over {axis}"
    numbers = all(isinstance(r["value"], int | float) and not isinstance(r["value"], bool) for r in rows)
    return (_curve if numbers else _bars)(rows, axis, what, title, form)


def _middle(v: Any) -> float | None:
    return (v[0] + v[1]) / 2 if isinstance(v, list) else v


def _curve(rows: list[dict[str, Any]], axis: str, what: str, title: str, form: str) -> bytes:
    rows = sorted(rows, key=lambda r: r["value"])
    figure, plot = _figure(9.2, 5.2, title, f"{what}; the band holds nine runs in ten")
    xs, ys = [r["value"] for r in rows], [_middle(r["need"]) for r in rows]
    bands = [(r["intervals"]["need"] or [y, y]) for r, y in zip(rows, ys)]
    plot.fill_between(xs, [b[0] for b in bands], [b[1] for b in bands], color=TONES["yes"].light[0], lw=0, zorder=1)
    plot.plot(xs, ys, color=TONES["yes"].light[1], lw=1.8, zorder=2)
    for r, x, y in zip(rows, xs, ys):
        tone = TONES["yes" if r["fits"] == "yes" else "no" if r["fits"] == "no" else "depends"].light
        plot.plot([x], [y], marker="o" if r["fits"] == "yes" else "X", ms=7, mfc=tone[0] if r["fits"] == "yes" else tone[1], mec=tone[1], ls="none", zorder=3)
    have = _middle(rows[0]["usable"])
    if have is not None:
        changes = len({_middle(r["usable"]) for r in rows}) > 1
        plot.plot(xs, [_middle(r["usable"]) or 0 for r in rows], color=TONES["no"].light[1], lw=1.6, ls="--", zorder=2)
        plot.text(xs[0], have, f"usable{'' if changes else f': {have:.1f} GiB'}", color=TONES["no"].light[2], fontsize=9, va="bottom")
    if len(xs) > 3 and min(xs) > 0 and max(xs) > 20 * min(xs):
        plot.set_xscale("log", base=2)
        plot.set_yscale("log", base=2)
        plot.set_xticks(xs, [f"{x:,}" for x in xs])
        from matplotlib.ticker import FuncFormatter, NullLocator

        plot.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        plot.xaxis.set_minor_locator(NullLocator())
    else:
        plot.set_ylim(bottom=0)
    plot.set_xlabel(axis)
    plot.set_ylabel("GiB needed")
    plot.grid(color=EDGE, alpha=0.22, lw=0.6)
    plot.set_axisbelow(True)
    return _bytes(figure, form, title, f"{what} over {axis}: " + "; ".join(f"{x:,}: {y:.1f} GiB, {r['fits']}" for r, x, y in zip(rows, xs, ys)) + (f". Usable: {have:.1f} GiB." if have is not None else "."))


def _bars(rows: list[dict[str, Any]], axis: str, what: str, title: str, form: str) -> bytes:
    near = sorted(rows, key=lambda r: abs((_middle(r["need"]) or 0.0) / (_middle(r["usable"]) or 1.0) - 1))[:MOST]  # what decides lies near the line
    rows, rest = [r for r in rows if r in near], max(0, len(rows) - MOST)
    figure, plot = _figure(9.2, 2.1 + 0.27 * len(rows), title, what + (f"; {rest} further from the line are not drawn" if rest else "") + "; whiskers hold nine runs in ten, the mark is what the GPU has")
    height = figure.get_size_inches()[1]
    plot.set_position((0.3, 0.75 / height, 0.64, 1 - 1.75 / height))
    for i, r in enumerate(rows):
        need, have, ends = _middle(r["need"]) or 0.0, _middle(r["usable"]), r["intervals"]["need"]
        tone = TONES["yes" if r["fits"] == "yes" else "no" if r["fits"] == "no" else "depends"].light
        plot.barh([i], [need], height=0.62, color=tone[0], edgecolor=tone[1], hatch="" if r["fits"] == "yes" else "//", lw=0.9, zorder=2)
        if ends:
            plot.plot(ends, [i, i], color=tone[2], lw=1.1, zorder=3)
        if have is not None:
            plot.plot([have, have], [i - 0.45, i + 0.45], color=TONES["no"].light[1], lw=2, zorder=4)
    plot.set_yticks(range(len(rows)), [str(r["label"]) for r in rows])
    plot.set_ylim(len(rows) - 0.4, -0.6)
    plot.set_xlim(left=0)
    plot.set_xlabel("GiB, over all GPUs")
    plot.grid(axis="x", color=EDGE, alpha=0.22, lw=0.6)
    plot.set_axisbelow(True)
    figure.text(0.98, 0.3 / height, "hatched: does not fit", fontsize=8.5, color=MUTED, ha="right")
    return _bytes(figure, form, title, f"{what} over {axis}: " + "; ".join(f"{r['label']}: {_middle(r['need']):.1f} GiB, {r['fits']}" for r in rows))
