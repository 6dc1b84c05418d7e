"""Train on every channel you have; deploy the few features that matter.

Multivariate time series classification with LightWaveS (Pantiskas et al. 2022, arXiv:2204.01379).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__
from .banks import Intervals, MiniRocket, MorletScattering, MultiRocket, Prism, Rocket, WaveletScattering
from .containers.padding import unpad
from .estimators import FeatureSelector, LightWaveS, LightWaveSClassifier, LightWaveSRegressor
from .parallel.crew import channels_of_rank

if TYPE_CHECKING:
    from . import export, inspection
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

# What a fit needs is imported at once. These modules, and what they offer, are imported when somebody asks for them.
_LATER = {
    "datasets": (
        "from_table", "load_basic_motions", "load_japanese_vowels", "read", "read_arff", "read_ts", "read_ucr",
        "windows", "write_ts",
    ),
    "export": (),
    "inspection": (),
    "persistence": ("load", "save"),
    "streaming": ("Stream",),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _LATER.items() for name in names}

if not TYPE_CHECKING:  # or type checkers would take any name

    def __getattr__(name: str) -> Any:
        if name in _LATER:
            return import_module(f".{name}", __name__)
        if name in _MODULE_OF:
            return getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_LATER, *(name for name in globals() if name.startswith("__"))})
