"""The two data sets that come with the package."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..containers.padding import unpad
from ..validation import check_choice

SPLITS = ("train", "test")


def load_basic_motions(split: str = "train") -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Four activities, measured on a wrist: accelerometer and gyroscope, three axes each.

    Parameters
    ----------
    split : {"train", "test"}, default="train"

    Returns
    -------
    X : float32 (40, 6, 100)
        10 seconds at 10 Hz.
    y : array (40,) of str
        Badminton, Running, Standing, Walking.

    Notes
    -----
    From the UEA archive (Bagnall et al. 2018, arXiv:1811.00075), as in the BSD-licensed aeon package.

    Examples
    --------
    >>> from lightwaves import load_basic_motions
    >>> load_basic_motions()[0].shape
    (40, 6, 100)
    """
    return _load("BasicMotions", split)


def load_japanese_vowels(split: str = "train") -> tuple[list[NDArray[np.float32]], NDArray[Any]]:
    """Nine speakers pronounce two vowels: twelve cepstrum coefficients over 7 to 29 frames.

    Parameters
    ----------
    split : {"train", "test"}, default="train"

    Returns
    -------
    X : list of 270 (train) or 370 (test) float32 arrays (12, n_timepoints_i)
    y : array (n_cases,) of str
        Speakers "1" to "9".

    Notes
    -----
    M. Kudo, J. Toyama, M. Shimbo, "Japanese Vowels", UCI Machine Learning Repository, 1999,
    doi:10.24432/C5NS47, CC BY 4.0; as in the BSD-licensed aeon package.

    Examples
    --------
    >>> from lightwaves import load_japanese_vowels
    >>> X, y = load_japanese_vowels("test")
    >>> len(X), X[0].shape
    (370, (12, 19))
    """
    X, y = _load("JapaneseVowels", split)
    return unpad(X), y


def _load(name: str, split: str) -> tuple[NDArray[np.float32], NDArray[Any]]:
    check_choice(split, "split", SPLITS)
    with (files("lightwaves.datasets") / "data" / f"{name}.npz").open("rb") as file, np.load(file) as archive:
        return archive[f"{split}_x"], archive[f"{split}_y"]
