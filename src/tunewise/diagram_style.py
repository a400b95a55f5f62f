"""The one visual language of all pictures: tones with a meaning, boxes with words, light and dark.

Every tone is said in words on the box too and has a line style of its own, so that grey prints and
colour-blind readers lose nothing. Knows no engine and no subject.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

FONT = "Arial"
FAMILY = "Helvetica, Arial, 'Liberation Sans', sans-serif"
LIMIT = 400  # nodes of one picture; more are summarised


@dataclass(frozen=True)
class Tone:
    """A meaning and how it looks: fill, line and ink in light and in dark, and the line's style."""

    word: str
    light: tuple[str, str, str]
    dark: tuple[str, str, str]
    line: str = "solid"
    width: float = 1.1


PAPER, PAPER_DARK = "#fdfdfb", "#12161c"
INK, INK_DARK = "#1d2531", "#e7eaef"
MUTED, MUTED_DARK = "#566171", "#a6b0bd"
EDGE, EDGE_DARK = "#7c8796", "#7f8b9a"

TONES: dict[str, Tone] = {
    "plain": Tone("", ("#f1f3f4", "#828d9a", INK), ("#1f2630", "#6d7a88", INK_DARK), width=1.0),
    "said": Tone("said by the person", ("#fefefc", "#39434f", INK), ("#0d1116", "#c3cad3", INK_DARK), width=1.5),
    "assumed": Tone("assumed", ("#fefefb", "#697584", INK), ("#0e1217", "#94a0ae", INK_DARK), "dashed"),
    "yes": Tone("holds", ("#e2eff9", "#0a67a3", "#083f66"), ("#0f2c42", "#4ba3dc", "#cfe6f7"), width=1.3),
    "no": Tone("fails", ("#f8d9c8", "#a33404", "#6d2503"), ("#52220d", "#e8743b", "#fde3d5"), "bold", 2.4),
    "depends": Tone("depends", ("#fef7dd", "#a57f00", "#574200"), ("#2f280a", "#e9ca67", "#f8eac0"), "dashed", 1.5),
    "contested": Tone("contested", ("#efdcee", "#8a3a86", "#5d255a"), ("#3b1b3c", "#d98ad2", "#f6dcf4"), "dotted", 1.8),
}
VERDICT = {"yes": "yes", "no": "no", "depends": "depends"}


@dataclass(frozen=True)
class Box:
    """What one node says: a small word above, lines, a small line below; its tone, tooltip and link."""

    lines: tuple[str, ...]
    head: str = ""
    foot: str = ""
    tone: str = "plain"
    shape: str = "box"
    tip: str = ""
    url: str = ""
    strong: bool = False
    named: int = 0  # so many lines are names, in bold
    notes: tuple[str, ...] = field(default=())


def picture(title: str, alt: str, *, subtitle: str = "", direction: str = "LR", legend: Iterable[str] = (), **more: Any) -> Any:
    """An empty networkx graph that knows how it is to be drawn. ``alt`` is its text for those who cannot see it."""
    import networkx as nx

    return nx.DiGraph(title=title, alt=alt, subtitle=subtitle, direction=direction, legend=tuple(legend), groups={}, **more)


def wrapped(text: str, width: int = 34) -> tuple[str, ...]:
    """Lines of about equal length, broken between words; a word longer than two lines is cut in pieces."""
    lines: list[str] = []
    for part in str(text).splitlines() or [""]:
        line = ""
        for word in part.split():
            while len(word) > width * 2:
                lines, line, word = [*lines, *([line] if line else []), word[:width]], "", word[width:]
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        if line:
            lines.append(line)
    return tuple(lines) or ("",)


def spread(text: str, width: int = 66) -> list[str]:
    """Many short things, parted by middle dots, over lines; none of them is broken."""
    lines, line = [], ""
    for item in text.split(" \N{MIDDLE DOT} "):
        if line and len(line) + 3 + len(item) > width:
            lines.append(line)
            line = item
        else:
            line = f"{line} \N{MIDDLE DOT} {item}" if line else item
    return [*lines, line]


def clean(text: Any) -> str:
    """Text without control characters, which neither XML nor Graphviz can hold; newlines stay."""
    return "".join(c if c == "\n" or (ord(c) >= 32 and not 0x7F <= ord(c) <= 0x9F and not 0xD800 <= ord(c) <= 0xDFFF and ord(c) not in (0xFFFE, 0xFFFF)) else " " for c in str(text))


def in_markdown(text: Any) -> str:
    """Text that is no markup in Markdown, nor in the HTML made of it."""
    return "".join("\\" + c if c in "\\`*_[]|" else {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(c, c) for c in clean(text).replace("\n", " "))


def light_to_dark() -> dict[str, str]:
    """Every colour a light picture uses, and what stands for it in a dark one."""
    pairs = {PAPER: PAPER_DARK, INK: INK_DARK, MUTED: MUTED_DARK, EDGE: EDGE_DARK}
    for tone in TONES.values():
        pairs |= {light: dark for light, dark in zip(tone.light, tone.dark) if light not in pairs}
    return pairs


def css() -> str:
    """The style sheet of an SVG: fonts, and dark colours where the reader prefers them."""
    swaps = "".join(f'[fill="{a}"]{{fill:{b}}}[stroke="{a}"]{{stroke:{b}}}' for a, b in sorted(light_to_dark().items()))
    return f"text{{font-family:{FAMILY}}}a:hover text{{text-decoration:underline}}@media (prefers-color-scheme:dark){{{swaps}}}"


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two colours (#rrggbb); 4.5 is AA for text, 3 for lines."""
    def luminance(colour: str) -> float:
        channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
