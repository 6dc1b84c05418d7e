"""Plans: the features of a model, and all that is needed to compute them. One file for each kind of feature."""

from .plan import Cost, Plan
from .together import Together

__all__ = ["Cost", "Plan", "Together"]
