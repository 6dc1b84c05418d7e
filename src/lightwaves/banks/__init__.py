"""Families of candidate features, one file each; every bank is a scikit-learn transformer of all its features."""

from .bank import Bank
from .wavelet import WaveletScattering

__all__ = ["Bank", "WaveletScattering"]
