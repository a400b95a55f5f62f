"""How far a long reading or writing is, on stderr, only on a terminal."""
from __future__ import annotations

import sys
import time


_EVERY = 0.3  # seconds between two lines


class Progress:
    """Bytes done of ``total``, as a bar with its speed."""

    def __init__(self, total: int) -> None:
        self.total, self.shown = total, sys.stderr.isatty()
        self.begun = self.last = time.perf_counter()

    def at(self, done: int) -> None:
        now = time.perf_counter()
        if not self.shown or now - self.last < _EVERY:
            return
        self.last = now
        speed = done / 1e6 / (now - self.begun)
        share = min(done / self.total, 1.0) if self.total else 1.0
        bar = "#" * int(share * 30)
        print(f"\r  [{bar:<30}] {share:4.0%}  {speed:.0f} MB/s ", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self.shown and self.last > self.begun:
            print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)
