"""Predictions on a live stream: a window that moves, at a fraction of the cost of computing it anew."""

from .stream import Decision, Stream

__all__ = ["Decision", "Stream"]
