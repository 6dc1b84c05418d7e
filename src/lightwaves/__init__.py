"""Train on every channel you have; deploy the few features that matter.

Multivariate time series classification with LightWaveS (Pantiskas et al. 2022, arXiv:2204.01379).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._version import __version__
from .banks import MiniRocket, MultiRocket, Prism, Rocket, WaveletScattering
from .containers.padding import unpad
from .estimators import LightWaveS, LightWaveSClassifier
from .later import later
from .parallel.crew import channels_of_rank

if TYPE_CHECKING:
    from . import export, inspection
    from .banks import Intervals, MorletScattering
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
    from .estimators import FeatureSelector, LightWaveSRegressor
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

if not TYPE_CHECKING:  # or type checkers would take any name
    __getattr__, __dir__ = later(
        __name__,
        __all__,
        {
            "banks": ("Intervals", "MorletScattering"),
            "datasets": (
                "from_table", "load_basic_motions", "load_japanese_vowels", "read", "read_arff", "read_ts", "read_ucr",
                "windows", "write_ts",
            ),
            "estimators": ("FeatureSelector", "LightWaveSRegressor"),
            "export": (),
            "inspection": (),
            "persistence": ("load", "save"),
            "streaming": ("Stream",),
        },
    )  # fmt: skip
