"""Graphviz, run on DOT text: the one place that starts it. Knows nothing of pictures."""
from __future__ import annotations

from .errors import MachineError

NO_EXTRA = "Drawing needs networkx and graphviz: pip install 'tunewise[diagram]'"
NO_DOT = "Graphviz was not found. Install it (apt install graphviz, brew install graphviz); --format dot and --format mermaid need none."


def laid_out(source: str, form: str, placed: bool = False) -> bytes:
    """DOT as svg, png, pdf or plain; ``placed`` DOT says where everything stands and is only drawn.

    MachineError, with one clear line, where Graphviz is missing or fails.
    """
    try:
        import graphviz
    except ImportError:
        raise MachineError(NO_EXTRA) from None
    try:
        options = {"renderer": "cairo"} if form in ("png", "pdf") else {}
        engine = {"engine": "neato", "neato_no_op": 2} if placed else {"engine": "dot"}
        found: bytes = graphviz.pipe(format=form, data=source.encode(), quiet=True, **engine, **options)
    except graphviz.ExecutableNotFound:
        raise MachineError(NO_DOT) from None
    except graphviz.CalledProcessError as fault:
        lines = (fault.stderr or b"").decode(errors="replace").strip().splitlines()
        raise MachineError(f"Graphviz could not draw it: {lines[0] if lines else 'no reason given'}") from None
    return found
