"""Predictions on a live stream: a window that moves, and is not computed anew where it is long."""

from .stream import Decision, Stream

__all__ = ["Decision", "Stream"]
