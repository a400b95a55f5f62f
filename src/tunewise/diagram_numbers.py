"""Pictures for numbers, where people compare: quality against memory, and what fills a GPU. matplotlib draws.

Deterministic: fixed salt, no date, text kept as text. Every series has a mark or a hatch beside its colour.
"""
from __future__ import annotations

import io
import logging
from typing import Any

from .diagram_render import accessible
from .diagram_style import EDGE, FAMILY, INK, MUTED, PAPER, TONES, wrapped
from .errors import InputError, MachineError

NO_MATPLOTLIB = "Pictures for numbers need matplotlib: pip install 'tunewise[diagram]'"
FILLS = [("#1f6aa5", ""), ("#5ba3d0", "//"), ("#b3d4e8", ""), ("#9a7b12", "\\\\"), ("#e3c25c", ""), ("#c8551f", ".."), ("#f0b48f", ""), ("#a4508b", "xx"), ("#d9b3cd", "")]  # as clear on dark paper as on light
SHOWN = 0.65  # of the best; what is worse is counted, not drawn
NAMED = 26  # points that get a name


def _figure(width: float, height: float, title: str, subtitle: str) -> tuple[Any, Any]:
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MachineError(NO_MATPLOTLIB) from None
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # a font that is not there has a stand-in
    matplotlib.rcParams.update({"svg.hashsalt": "tunewise", "svg.fonttype": "none", "font.family": "sans-serif", "font.sans-serif": ["Arial", "Liberation Sans", "DejaVu Sans"], "font.size": 10, "pdf.fonttype": 42,
                                "axes.edgecolor": EDGE, "axes.labelcolor": INK, "text.color": INK, "xtick.color": MUTED, "ytick.color": MUTED, "axes.spines.top": False, "axes.spines.right": False,
                                "axes.unicode_minus": False, "text.usetex": False, "text.parse_math": False, "hatch.linewidth": 0.6})
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    FigureCanvasAgg(figure)
    plot = figure.add_axes((0.09, 0.95 / height, 0.88, 1 - 2.0 / height), facecolor=PAPER)
    figure.text(0.02, 1 - 0.18 / height, title, fontsize=15, fontweight="bold", va="top")
    figure.text(0.02, 1 - 0.5 / height, "\n".join(wrapped(subtitle, 118)), fontsize=9, color=MUTED, va="top", linespacing=1.4)
    return figure, plot


def _bytes(figure: Any, form: str, title: str, alt: str) -> bytes:
    if form not in ("svg", "png", "pdf"):
        raise InputError(f"A picture for numbers is drawn as svg, png or pdf, not as {form}.")
    out = io.BytesIO()
    metadata = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}, "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}[form]
    figure.savefig(out, format=form, metadata=metadata, dpi=144)
    if form != "svg":
        return out.getvalue()
    import re

    text = re.sub(r"<metadata>.*?</metadata>", "", out.getvalue().decode(), flags=re.DOTALL)
    text = re.sub(r"font: ([^;\"]*?)'[^\";]*", lambda m: f"font: {m.group(1)}{FAMILY}", text).replace("fill: ", "fill:").replace("stroke: ", "stroke:")
    return accessible(_as_attributes(text), title, alt).encode()


def _as_attributes(text: str) -> str:
    """Colours out of style attributes, so that the style sheet can turn them for dark screens."""
    import re

    def moved(match: Any) -> str:
        parts = [p.strip() for p in match.group(1).split(";") if p.strip()]
        colours = [p for p in parts if p.startswith(("fill:#", "stroke:#", "fill:none"))]
        rest = [p for p in parts if p not in colours]
        found = "".join(f' {k}="{v.strip()}"' for k, v in (c.split(":", 1) for c in colours))
        return (f' style="{"; ".join(rest)}"' if rest else "") + found

    return re.sub(r' style="([^"]*)"', moved, text)


def quality_against_memory(answer: dict[str, Any], subtitle: str, form: str) -> bytes:
    """Viable approaches: what they need against how good sources say they are; bars where sources differ; the front named."""
    points = [p for p in answer["points"] if _middle(p["x"]) is not None and _middle(p["y"]) is not None]
    if not points:
        raise InputError("No viable approach that trains here has both figures. Say another goal or a larger GPU.")
    best = max(_middle(p["y"]) or 0 for p in points)
    far = [p for p in points if (_middle(p["y"]) or 0) < SHOWN * best]
    points = [p for p in points if p not in far]
    title = "Quality against memory"
    told = "bars: lowest to highest of what sources say" + (f"; {len(far)} below {SHOWN * best:.0f} are not drawn" if far else "")
    figure, plot = _figure(9.2, 6.4, title, f"{subtitle}\n{told}")
    front = _front(points)
    for p in points:
        x, y = _middle(p["x"]), _middle(p["y"])
        assert x is not None and y is not None
        low, high = _ends(p, y)
        on = p["technique"] in front
        line = TONES["yes"].light[1] if on else EDGE
        plot.errorbar([x], [y], yerr=[[y - low], [high - y]], xerr=[[x - p["x"][0]], [p["x"][1] - x]] if isinstance(p["x"], list) else None, fmt="none", ecolor=line, elinewidth=0.9, capsize=2.5, alpha=0.75, zorder=2)
        plot.plot([x], [y], marker="o" if p["verdict"] == "yes" else "D", ms=8 if on else 5.5, mfc=TONES["yes"].light[1] if on else PAPER if p["verdict"] == "yes" else TONES["depends"].light[0], mec=line if p["verdict"] == "yes" else TONES["depends"].light[1], mew=1.2, zorder=4 if on else 3, ls="none")
    steps = sorted((m, _middle(p["y"]), p["technique"]) for p in points if p["technique"] in front and (m := _middle(p["x"])) is not None)
    plot.plot([s[0] for s in steps], [s[1] for s in steps], drawstyle="steps-post", color=TONES["yes"].light[1], lw=1.6, zorder=1)
    plot.set_xlabel(f"{answer['x']} ({answer['x_unit']})" if answer["x_unit"] else answer["x"])
    plot.set_ylabel(f"{answer['y']} ({answer['y_unit']})" if answer["y_unit"] else answer["y"])
    plot.grid(color=EDGE, alpha=0.22, lw=0.6)
    plot.set_axisbelow(True)
    left, right = plot.get_xlim()
    plot.set_xlim(left, right + 0.14 * (right - left))
    plot.set_ylim(bottom=min(SHOWN * best, min(_middle(p["y"]) or 0 for p in points)) - 2)
    _names(figure, plot, points, front)
    handles = [_handle("o", TONES["yes"].light[1], TONES["yes"].light[1], "on the front: nothing is better and smaller"), _handle("o", PAPER, EDGE, "viable"), _handle("D", TONES["depends"].light[0], TONES["depends"].light[1], "depends on what is open")]
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.02, 0.0), ncol=3, frameon=False, fontsize=9)
    told = "; ".join(f"{p['label']}: {_middle(p['x']):.1f} {answer['x_unit']}, {_middle(p['y']):.0f}" for p in sorted(points, key=lambda p: p["technique"] not in front)[:12])
    return _bytes(figure, form, title, f"Points of {answer['y']} over {answer['x']}. On the front: {', '.join(s[2] for s in steps)}. {told}.")


def _handle(marker: str, fill: str, edge: str, label: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], marker=marker, ls="none", mfc=fill, mec=edge, ms=7, label=label)


def _middle(v: Any) -> float | None:
    return (v[0] + v[1]) / 2 if isinstance(v, list) else v


def _ends(point: dict[str, Any], y: float) -> tuple[float, float]:
    return min([y, *(c["low"] for c in point["claims"])]), max([y, *(c["high"] for c in point["claims"])])


def _front(points: list[dict[str, Any]]) -> set[str]:
    at = [(p["technique"], _middle(p["x"]) or 0.0, _middle(p["y"]) or 0.0) for p in points]
    return {t for t, x, y in at if not any(x2 <= x and y2 >= y and (x2 < x or y2 > y) for _, x2, y2 in at)}


def _names(figure: Any, plot: Any, points: list[dict[str, Any]], front: set[str]) -> None:
    """Names beside points where there is room; the front first."""
    figure.canvas.draw()
    to_pixels = plot.transData.transform
    taken: list[tuple[float, float, float, float]] = []
    for p in points:
        x, y = to_pixels((_middle(p["x"]), _middle(p["y"])))
        taken.append((x - 5, y - 5, x + 5, y + 5))
    edge = plot.get_window_extent()
    named = 0
    for p in sorted(points, key=lambda p: (p["technique"] not in front, -len(p["claims"]), p["technique"])):
        x, y = to_pixels((_middle(p["x"]), _middle(p["y"])))
        wide, high = 6.2 * len(p["label"]) * figure.dpi / 100, 12 * figure.dpi / 100
        for dx, dy in ((9, -high / 2), (-9 - wide, -high / 2), (-wide / 2, 9), (-wide / 2, -9 - high), (8, 7), (8, -7 - high), (-8 - wide, 7), (-8 - wide, -7 - high)):
            box = (x + dx, y + dy, x + dx + wide, y + dy + high)
            inside = box[0] >= edge.x0 and box[2] <= edge.x1 + 40 and box[1] >= edge.y0 and box[3] <= edge.y1
            if inside and not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
                taken.append(box)
                place = plot.transData.inverted().transform((box[0], (box[1] + box[3]) / 2))
                plot.text(*place, p["label"], fontsize=9 if p["technique"] in front else 8, color=INK if p["technique"] in front else MUTED, fontweight="bold" if p["technique"] in front else "normal", va="center", zorder=5, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8, "alpha": 0.85})
                named += 1
                break
        if named >= NAMED:
            return


# What of the parts that the question memory tells is not on the GPU at each peak that it tells; what remains of a peak is gradients,
# and where gradients take the place of what was kept, less of that.
GRADIENTS, KEPT = "gradients", "activations"
AWAY = {
    "peak in the loss": {GRADIENTS, "one layer in its backward pass", "temporaries of the step", "between steps"},
    "peak in the backward pass": {GRADIENTS, "the loss", "temporaries of the step", "between steps"},
    "peak in the step": {GRADIENTS, KEPT, "gathered layers", "one layer in its backward pass", "the loss", "16-bit copies for the pass", "between steps"},
    "peak between steps": {GRADIENTS, KEPT, "gathered layers", "one layer in its backward pass", "the loss", "16-bit copies for the pass", "temporaries of the step"},
}


def bar(answer: dict[str, Any], label: str, gpus: int) -> dict[str, Any] | None:
    """An answer to the question memory as a bar: the parts of the moment in which most is held, of one GPU; None where it cannot be told."""
    gib = {p["part"]: float(p["gib"][1] if isinstance(p["gib"], list) else p["gib"]) for p in answer.get("parts", [])}
    peaks = [name for name in gib if name in AWAY]
    if not peaks or answer["need"] is None:
        return None
    moment = max(peaks, key=lambda m: gib[m])
    shown = {name: value for name, value in gib.items() if name not in AWAY and name not in AWAY[moment]}
    left = gib[moment] - sum(shown.values())
    if left >= 0 or KEPT not in shown:
        shown[GRADIENTS] = left
    else:
        shown[KEPT] += left  # a layer's share of what is kept counts once
    need = float(answer["need"][1] if isinstance(answer["need"], list) else answer["need"]) / gpus
    parts = [(name, shown[name]) for name in gib if name in shown] + [("context and workspaces", need - gib[moment])]
    return {"label": label, "parts": [{"label": n, "value": v} for n, v in parts if v > 0.02], "total": need, "moment": moment.removeprefix("peak in ")}


def memory_by_part(answer: dict[str, Any], subtitle: str, form: str) -> bytes:
    """Stacked bars: what fills one GPU at the peak, technique by technique, against what it has."""
    bars = answer["bars"]
    if not bars:
        raise InputError("The memory of none of these can be added up in this situation. Name a model: model=NAME")
    title = "What fills the GPU at the peak"
    labels = list(dict.fromkeys(p["label"] for b in bars for p in b["parts"]))
    lines = (len(labels) + 3) // 4
    figure, plot = _figure(9.2, 1.95 + 0.55 * len(bars) + 0.22 * lines, title, subtitle)
    height = figure.get_size_inches()[1]
    plot.set_position((0.17, (0.75 + 0.22 * lines) / height, 0.78, 1 - (1.9 + 0.22 * lines) / height))
    looks = {label: FILLS[i % len(FILLS)] for i, label in enumerate(labels)}
    widest = max([sum(p["value"] for p in b["parts"]) for b in bars] + [answer["have"] or 0])
    for i, b in enumerate(bars):
        left = 0.0
        for p in b["parts"]:
            fill, hatch = looks[p["label"]]
            plot.barh([i], [p["value"]], left=left, height=0.62, color=fill, hatch=hatch, edgecolor=PAPER, lw=0.8, zorder=2)
            left += p["value"]
        fits = answer["have"] is None or b["total"] <= answer["have"]
        beside = answer["have"] if answer["have"] is not None and left < answer["have"] < left + 0.17 * widest else left  # not across the line
        plot.text(beside + widest * 0.01, i, f"{left:.1f} GiB, {'fits' if fits else 'does not fit'}", va="center", fontsize=9.5, color=TONES["yes" if fits else "no"].light[2], fontweight="bold", zorder=5, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.5})
    if answer["have"] is not None:
        plot.axvline(answer["have"], color=TONES["no"].light[1], lw=1.6, ls="--", zorder=3)
        plot.text(answer["have"], -0.6, f"usable: {answer['have']:.1f} GiB", color=TONES["no"].light[2], fontsize=9, ha="center", va="bottom")
    plot.set_yticks(range(len(bars)), [b["label"] for b in bars], color=INK)
    plot.invert_yaxis()
    plot.set_xlim(0, widest * 1.22)
    plot.set_xlabel("GiB on one GPU")
    plot.grid(axis="x", color=EDGE, alpha=0.22, lw=0.6)
    plot.set_axisbelow(True)
    from matplotlib.patches import Patch

    figure.legend(handles=[Patch(facecolor=f, hatch=h, edgecolor=PAPER, label=name) for name, (f, h) in looks.items()], loc="lower left", bbox_to_anchor=(0.02, 0.0), ncol=4, frameon=False, fontsize=9)
    alt = "; ".join(f"{b['label']}: {b['total']:.1f} GiB at {b['moment']}, of it " + ", ".join(f"{p['label']} {p['value']:.1f}" for p in b["parts"]) for b in bars)
    return _bytes(figure, form, title, alt + (f". Usable: {answer['have']:.1f} GiB." if answer["have"] is not None else "."))
