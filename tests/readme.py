"""Writes the README's transcript from what the command really prints: python tests/readme.py"""
from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"(```\n\$ (tunewise [^\n]*)\n)(.*?)(\n```)", re.S)


def transcript(command: str) -> str:
    """What the command prints on stdout."""
    return subprocess.run([sys.executable, "-m", *shlex.split(command)], capture_output=True, text=True, check=False).stdout.rstrip()


def fresh(text: str) -> str:
    """The README with its transcripts printed anew."""
    return BLOCK.sub(lambda m: m.group(1) + transcript(m.group(2)) + m.group(4), text)


if __name__ == "__main__":
    README.write_text(fresh(README.read_text(encoding="utf8")), encoding="utf8")
