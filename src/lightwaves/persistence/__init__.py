"""Fitted models as files that hold numbers and text only: no pickle, nothing that runs when it is read.

What a file holds stands in two places: `learnt` says what each learnt attribute of a model must be, and the fields of
each kind of plan say it of its arrays (`lightwaves.entries.entry`). Both `save` and `load` follow these tables, so an
attribute more is a line more there, and another `FORMAT`.
"""

from .files import digest_of, load, save

__all__ = ["digest_of", "load", "save"]
