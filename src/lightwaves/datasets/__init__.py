"""Data: the two embedded sets, and readers of files."""

from .ts import load_basic_motions, load_japanese_vowels, read_ts

__all__ = ["load_basic_motions", "load_japanese_vowels", "read_ts"]
