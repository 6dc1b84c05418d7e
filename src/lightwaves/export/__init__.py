"""Models for other places than Python: a fitted classifier as one file of C."""

from .c import Exported, to_c

__all__ = ["Exported", "to_c"]
