"""Data: two measured sets that are embedded, a synthetic one, readers of files and tables, a writer, and windows."""

from .arff import read_arff
from .by_ending import read
from .embedded import load_basic_motions, load_japanese_vowels
from .synthetic import PUMP_CHANNELS, make_pump
from .tables import from_table
from .ts import read_ts
from .ts_writer import write_ts
from .ucr import read_ucr
from .windowing import windows

__all__ = [
    "PUMP_CHANNELS",
    "from_table",
    "load_basic_motions",
    "load_japanese_vowels",
    "make_pump",
    "read",
    "read_arff",
    "read_ts",
    "read_ucr",
    "windows",
    "write_ts",
]
