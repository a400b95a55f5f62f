"""tunewise: which way to adapt a language model fits a case, why, why not the others, and what would have to change."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Advisor", "TunewiseError", "__version__"]

if TYPE_CHECKING:
    from .advisor import Advisor
    from .errors import TunewiseError


def __getattr__(name: str) -> Any:  # importing tunewise starts no engine
    if name == "Advisor":
        from .advisor import Advisor

        return Advisor
    if name == "TunewiseError":
        from .errors import TunewiseError

        return TunewiseError
    raise AttributeError(f"module 'tunewise' has no attribute {name!r}")
