"""Data: the two embedded sets, readers of files and tables, and windows."""

from .embedded import load_basic_motions, load_japanese_vowels
from .tables import from_table
from .ts import read_ts
from .windowing import windows

__all__ = ["from_table", "load_basic_motions", "load_japanese_vowels", "read_ts", "windows"]
