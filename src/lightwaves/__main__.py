"""The main job on an embedded data set: ``python -m lightwaves``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from . import LightWaveSClassifier, load_basic_motions, load_japanese_vowels, save
from .inspection.plots import plot_channel_importances

DATA: dict[str, Callable[[str], tuple[Any, Any]]] = {
    "BasicMotions": load_basic_motions,
    "JapaneseVowels": load_japanese_vowels,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on an embedded data set, predict its test split, and report."""
    parser = argparse.ArgumentParser(prog="python -m lightwaves", description=main.__doc__)
    parser.add_argument("data", nargs="?", default="JapaneseVowels", choices=sorted(DATA), help="the data set")
    parser.add_argument("--n-features", type=int, default=500, help="features to keep (default: 500)")
    parser.add_argument("--out", type=Path, default=Path("."), help="where to write the picture and the model")
    options = parser.parse_args(arguments)

    X, y = DATA[options.data]("train")
    X_test, y_test = DATA[options.data]("test")
    lengths = sorted({x.shape[1] for x in X})
    points = str(lengths[0]) if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
    n_channels = X[0].shape[0]
    print(
        f"{options.data}: {len(X)} training and {len(X_test)} test cases, {n_channels} channels, {points} time points"
    )

    started = perf_counter()
    model = LightWaveSClassifier(n_features=options.n_features, random_state=0).fit(X, y)
    cold = perf_counter() - started
    started = perf_counter()
    model.fit(X, y)
    warm = perf_counter() - started
    print(f"fit: {warm:.3f} s ({cold:.1f} s the first time, with compilation where it is not cached yet)")
    print(f"accuracy: {model.score(X_test, y_test):.3f}")
    print(f"kept: {len(model.plan_)} features, reading {len(model.channels_)} of {n_channels} channels")

    case = np.ascontiguousarray(X_test[0])
    for predict in (lambda: model.predict_one(case), lambda: model.predict(X_test)):
        predict()
    one = np.median([_timed(lambda: model.predict_one(case)) for _ in range(200)])
    batch = np.median([_timed(lambda: model.predict(X_test)) for _ in range(10)]) / len(X_test)
    print(f"time per prediction: {1e6 * one:.0f} microseconds alone, {1e6 * batch:.1f} in a batch of {len(X_test)}")

    options.out.mkdir(parents=True, exist_ok=True)
    picture = options.out / f"{options.data}-channels.png"
    try:
        plot_channel_importances(model, path=picture)
        shown = str(picture.resolve())
    except ImportError as error:
        shown = str(error)
    saved = options.out / f"{options.data}-model.npz"
    save(model, saved)
    print(f"channel importances: {shown}")
    print(f"model: {saved.resolve()}")


def _timed(work: Callable[[], Any]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    main()
