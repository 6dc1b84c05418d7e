"""The command line: ``lightwaves fit``, ``predict``, ``report``, ``inspect``, ``export`` and ``bench``."""

from .program import main

__all__ = ["main"]
