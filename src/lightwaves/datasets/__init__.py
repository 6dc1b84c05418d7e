"""Data: the two embedded sets, readers of files, and a writer."""

from .arff import read_arff
from .by_ending import read
from .embedded import load_basic_motions, load_japanese_vowels
from .ts import read_ts
from .ts_writer import write_ts
from .ucr import read_ucr

__all__ = ["load_basic_motions", "load_japanese_vowels", "read", "read_arff", "read_ts", "read_ucr", "write_ts"]
