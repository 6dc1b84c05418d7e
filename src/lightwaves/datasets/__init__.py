"""Data: the two embedded sets, and readers of files."""

from .embedded import load_basic_motions, load_japanese_vowels
from .ts import read_ts

__all__ = ["load_basic_motions", "load_japanese_vowels", "read_ts"]
