"""Families of candidate features, one file each; every bank is a scikit-learn transformer of all its features."""

from .bank import Bank
from .minirocket import MiniRocket
from .morlet import MorletScattering
from .multirocket import MultiRocket
from .rocket import Rocket
from .wavelet import WaveletScattering

__all__ = ["Bank", "MiniRocket", "MorletScattering", "MultiRocket", "Rocket", "WaveletScattering"]
