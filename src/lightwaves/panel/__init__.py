"""Checked input: a set of multivariate series as the rest of the package sees it."""

from .panel import Panel
from .reading import as_panel

__all__ = ["Panel", "as_panel"]
