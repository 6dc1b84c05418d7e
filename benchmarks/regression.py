"""Numbers: errors and intervals of the regressor beside aeon's regressors, on the same cases.

aeon's best regressors take hours for ten thousand cases on one core. So a set with more cases is thinned: evenly, in
the order of its cases, which is that of time in BeijingPM25. All models get the same cases. Test cases are read here
only.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import load
from harness.pages import table
from harness.results import FOLDER, Results, read

from lightwaves import LightWaveSRegressor
from lightwaves.estimators.regression import RegressionHead

SETS = ("Covid3Month", "BeijingPM25")
N_TRAINED, N_TESTED = 1000, 1000  # cases that a set is thinned to
LEVEL = 0.9
OURS, RIDGE = "lightwaves", "lightwaves, ridge only"
SYNTHETIC = ("range of a walk", "skewed", "noise")


def aeon(module: str, name: str) -> Callable[[int], Any]:
    """What makes one of aeon's regressors for a seed."""
    return lambda seed: getattr(import_module(f"aeon.regression.{module}"), name)(random_state=seed)


MODELS: dict[str, Callable[[int], Any]] = {
    OURS: lambda seed: LightWaveSRegressor(random_state=seed),
    RIDGE: lambda seed: LightWaveSRegressor(regressor=RegressionHead(), random_state=seed),
    "aeon Rocket": aeon("convolution_based", "RocketRegressor"),
    "aeon MultiRocket": aeon("convolution_based", "MultiRocketRegressor"),
    "aeon RotationForest, raw values": aeon("sklearn", "RotationForestRegressor"),
    "aeon FreshPRINCE": aeon("feature_based", "FreshPRINCERegressor"),
}
SEEDS = {OURS: 3, RIDGE: 3}  # of the others one
TOO_LONG = {("BeijingPM25", "aeon FreshPRINCE")}  # it had not ended after an hour


def thinned(X: np.ndarray, y: np.ndarray, n_cases: int) -> tuple[np.ndarray, np.ndarray]:
    """At most so many cases, evenly."""
    some = np.unique(np.linspace(0, len(y) - 1, min(n_cases, len(y))).astype(int))
    return X[some], y[some]


def measure(results: Results, shared: Path) -> None:
    """Coverage on synthetic series, then each model on each set."""
    for kind in SYNTHETIC:
        for seed in range(3):
            X, y = synthetic(kind, 300, 2 * seed)
            X_test, y_test = synthetic(kind, 1000, 2 * seed + 1)
            judged(results, kind, OURS, seed, X, y, X_test, y_test)
    for name in SETS:
        X, y, X_test, y_test = load(shared, name, "data_regression")
        X, y = thinned(X, y, N_TRAINED)
        X_test, y_test = thinned(X_test, y_test, N_TESTED)
        for model in MODELS:
            for seed in range(0 if (name, model) in TOO_LONG else SEEDS.get(model, 1)):
                judged(results, name, model, seed, X, y, X_test, y_test)


def judged(results: Results, name: str, model: str, seed: int, X: Any, y: Any, X_test: Any, y_test: Any) -> None:
    """Fit a model, and write down how far it errs, and how often its intervals hold the number."""
    started = perf_counter()
    fitted, shape = MODELS[model](seed), (-1, X.shape[1] * X.shape[2])
    if "raw values" in model:
        predicted = fitted.fit(X.reshape(shape), y).predict(X_test.reshape(shape))
    else:
        predicted = fitted.fit(X, y).predict(X_test)
    seconds, coverage = perf_counter() - started, float("nan")
    if isinstance(fitted, LightWaveSRegressor):
        low, high = fitted.predict_interval(X_test, LEVEL).T
        coverage = float(((low <= y_test) & (y_test <= high)).mean())
    error = float(np.sqrt(((predicted - y_test) ** 2).mean()))
    results.add("regression", name, model, seed, len(y), len(y_test), error, coverage, seconds)


def synthetic(kind: str, n_cases: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random walks, and a number: the range of the first channel, with noise; its exponential; or noise alone."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_cases, 2, 60)).cumsum(axis=2).astype(np.float32)
    spread, noise = np.ptp(X[:, 0], axis=1) / 4, rng.standard_normal(n_cases)
    numbers = {"range of a walk": spread + 0.3 * noise, "skewed": np.exp(spread / 2 + 0.3 * noise), "noise": noise}
    return X, numbers[kind]


def errors(read: Read) -> str:
    """The root of the mean squared error of each model on each set."""
    rows = [row for row in read("regression") if row["dataset"] in SETS]
    sets = [name for name in SETS if any(row["dataset"] == name for row in rows)]
    lines = []
    for model in MODELS:
        cells = [model]
        for name in sets:
            mine = [row for row in rows if (row["dataset"], row["model"]) == (name, model)]
            found, times = ([float(row[column]) for row in mine] for column in ("rmse", "seconds"))
            cells += [f"{np.mean(found):.4g}", f"{np.mean(times):.0f}"] if mine else ["", ""]
        lines.append(cells)
    return table(["model", *(cell for name in sets for cell in (name, "seconds"))], lines)


def explored(_: Read) -> str:
    """What was tried on training parts, before this script: errors, and differences from the first line."""
    lines = []
    for row in read(FOLDER, "explored_numbers").rows:
        cells = [row["variant"]]
        for error, suffix in (("BeijingPM25", ""), ("Covid3Month", "_covid")):
            gap = f"{row['difference' + suffix]} ± {row['standard_error' + suffix]}"
            cells += [row[error], gap if row["difference" + suffix] else ""]
        lines.append(cells)
    return table(["variant", "BeijingPM25", "difference", "Covid3Month", "difference"], lines)


def coverages(read: Read) -> str:
    """How often intervals of 90 % hold the number."""
    rows = [row for row in read("regression") if row["model"] == OURS]
    lines = []
    for name in dict.fromkeys(row["dataset"] for row in rows):
        mine = [row for row in rows if row["dataset"] == name]
        shares = [float(row["coverage"]) for row in mine]
        lines.append([name, mine[0]["n_train"], mine[0]["n_test"], f"{np.mean(shares):.3f}"])
    return table(["series", "training cases", "test cases", "share in intervals of 90 %"], lines)


BENCHMARK = Benchmark(
    about="the regressor's errors and intervals, beside aeon's regressors",
    minutes=20,
    files={"regression": ("dataset", "model", "seed", "n_train", "n_test", "rmse", "coverage", "seconds")},
    measure=measure,
    tables={
        ("docs/results.md", "regression"): errors,
        ("docs/results.md", "coverage"): coverages,
        ("docs/choices.md", "explored numbers"): explored,
    },
    pinned=False,
)

if __name__ == "__main__":
    BENCHMARK.main()
