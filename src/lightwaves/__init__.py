"""Train on every channel you have; deploy the few features that matter.

Multivariate time series classification with LightWaveS (Pantiskas et al. 2022, arXiv:2204.01379).
"""

from . import export, inspection
from ._version import __version__
from .banks import Intervals, MiniRocket, MorletScattering, MultiRocket, Prism, Rocket, WaveletScattering
from .containers.padding import unpad
from .datasets import (
    from_table,
    load_basic_motions,
    load_japanese_vowels,
    read,
    read_arff,
    read_ts,
    read_ucr,
    windows,
    write_ts,
)
from .estimators import FeatureSelector, LightWaveS, LightWaveSClassifier, LightWaveSRegressor
from .parallel.crew import channels_of_rank
from .persistence import load, save
from .streaming import Stream

__all__ = [
    "FeatureSelector",
    "Intervals",
    "LightWaveS",
    "LightWaveSClassifier",
    "LightWaveSRegressor",
    "MiniRocket",
    "MorletScattering",
    "MultiRocket",
    "Prism",
    "Rocket",
    "Stream",
    "WaveletScattering",
    "__version__",
    "channels_of_rank",
    "export",
    "from_table",
    "inspection",
    "load",
    "load_basic_motions",
    "load_japanese_vowels",
    "read",
    "read_arff",
    "read_ts",
    "read_ucr",
    "save",
    "unpad",
    "windows",
    "write_ts",
]
