"""what stands in the way of a technique"""
from __future__ import annotations

from .why import run

__all__ = ["run"]
