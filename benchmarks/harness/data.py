"""The data sets of the archive, as the benchmarks take them."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def names(shared: Path) -> list[str]:
    """The data sets in the folder."""
    return [path.stem for path in paths_in(shared, "data")]


def paths_in(shared: Path, folder: str) -> list[Path]:
    """The files of the data sets in a folder."""
    found = sorted((shared / folder).glob("*.npz"))
    if not found:
        raise SystemExit(f"no data sets in {shared / folder}: name the folder above it with --data")
    return found


def load(shared: Path, name: str, folder: str = "data"):
    """X, y, X_test, y_test; X is a list where lengths differ."""
    from lightwaves import unpad

    path = shared / folder / f"{name}.npz"
    if not path.exists():
        raise SystemExit(f"there is no {path}: name the folder above data/ with --data")
    with np.load(path) as archive:
        X, y, X_test, y_test = (archive[key] for key in ("train_x", "train_y", "test_x", "test_y"))
    if np.isnan(X).any() or np.isnan(X_test).any():
        X, X_test = unpad(X), unpad(X_test)
    return X, y, X_test, y_test


def one_length(*panels, at_least: int = 1) -> list[np.ndarray]:
    """The same series, all as long as the longest, with zeros behind the ends of shorter ones."""
    longest = max(at_least, *(x.shape[1] for X in panels for x in X))
    padded = []
    for X in panels:
        padded.append(np.zeros((len(X), X[0].shape[0], longest), np.float32))
        for case, x in zip(padded[-1], X, strict=True):
            case[:, : x.shape[1]] = x
    return padded
