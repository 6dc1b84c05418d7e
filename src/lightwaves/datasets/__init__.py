"""Data: two measured sets that are embedded, a synthetic one, and readers of files."""

from .embedded import load_basic_motions, load_japanese_vowels
from .synthetic import PUMP_CHANNELS, make_pump
from .ts import read_ts

__all__ = ["PUMP_CHANNELS", "load_basic_motions", "load_japanese_vowels", "make_pump", "read_ts"]
