"""Whether probabilities are honest: log-loss and calibration error, beside scikit-learn's calibration by refits.

The reference is the same classifier, without an estimate of its own, in ``CalibratedClassifierCV(method="temperature",
cv=5, ensemble=False)``, which fits it six times. Test parts are scored, and noise, where there is nothing to know.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import load, paths_in
from harness.pages import table
from harness.results import Results

from lightwaves import LightWaveSClassifier

OURS, CARELESS, REFITS = "honest", "honest=False", "CalibratedClassifierCV"
FOLDERS = ("data", "data_larger", "data_univariate")
NOISE = [(n_cases, n_classes) for n_classes in (2, 10) for n_cases in (50, 300, 3000)]
N_BINS, N_UNSEEN = 15, 2000
MOST_REFITTED = 5000  # cases
LEAST = 1e-15  # a probability of 0 would cost infinitely much


def measure(results: Results, shared: Path) -> None:
    """Small data sets first, then noise, then the large ones."""
    for name, X, y, X_test, y_test in data_sets(shared):
        n_classes, smallest = len(np.unique(y)), int(np.unique(y, return_counts=True)[1].min())
        for how in (OURS, CARELESS, REFITS):
            if how == REFITS and (smallest < 5 or len(y) > MOST_REFITTED):  # its folds need a case of each class
                continue
            started = perf_counter()
            model = fitted(how, X, y)
            seconds = perf_counter() - started
            probabilities = model.predict_proba(X_test)
            codes = np.searchsorted(model.classes_, y_test)
            sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == codes
            loss = -np.log(np.maximum(probabilities[np.arange(len(codes)), codes], LEAST)).mean()
            estimate = getattr(model, "honest_score_", np.nan)
            results.add(
                "calibration", name, how, len(y), n_classes, float(right.mean()), float(estimate), float(loss),
                calibration_error(sure, right), float(sure.mean()), seconds,
            )  # fmt: skip
            for bin_, members in enumerate(bins(sure)):
                if members.any():
                    of_bin = float(sure[members].sum()), int(right[members].sum())
                    results.add("reliability", name, how, bin_, int(members.sum()), *of_bin)


def data_sets(shared: Path) -> Iterator[tuple[str, Any, Any, Any, Any]]:
    """Each with its name, by the number of training cases."""
    found = []
    for folder in FOLDERS:
        for path in paths_in(shared, folder):
            with np.load(path) as archive:
                found.append((len(archive["train_y"]), folder, path.stem))
    for n_cases, folder, name in sorted(found):
        if n_cases < 5000:
            yield name, *load(shared, name, folder)
    for n_cases, n_classes in NOISE:
        rng = np.random.default_rng(n_cases)
        X = rng.standard_normal((n_cases + N_UNSEEN, 3, 50)).astype(np.float32)
        y = rng.integers(0, n_classes, len(X))
        yield f"noise {n_cases} x {n_classes}", X[:n_cases], y[:n_cases], X[n_cases:], y[n_cases:]
    for n_cases, folder, name in sorted(found):
        if n_cases >= 5000:
            yield name, *load(shared, name, folder)


def fitted(how: str, X: Any, y: Any) -> Any:
    """A classifier with probabilities."""
    from sklearn.calibration import CalibratedClassifierCV

    model = LightWaveSClassifier(honest=how == OURS, random_state=0)
    if how == REFITS:
        model = CalibratedClassifierCV(model, method="temperature", cv=5, ensemble=False)
    return model.fit(X, y)


def bins(sure: np.ndarray) -> Iterator[np.ndarray]:
    """Which cases are in each of some bins of equal width."""
    number = np.minimum((sure * N_BINS).astype(int), N_BINS - 1)
    return (number == bin_ for bin_ in range(N_BINS))


def calibration_error(sure: np.ndarray, right: np.ndarray) -> float:
    """The mean difference between confidence and accuracy in the bins."""
    return float(sum(abs(right[some].sum() - sure[some].sum()) for some in bins(sure)) / len(sure))


def means(read: Read) -> str:
    """The means over data sets and over noise, of sets that all have."""
    of_set: dict[str, dict[str, dict[str, str]]] = {}
    for row in read("calibration"):
        of_set.setdefault(row["dataset"], {})[row["how"]] = row
    whole = {name: rows for name, rows in of_set.items() if len(rows) == 3}
    kinds = {
        "data sets": [name for name in whole if not name.startswith("noise")],
        "noise, two classes": [name for name in whole if name.startswith("noise") and name.endswith("x 2")],
        "noise, ten classes": [name for name in whole if name.startswith("noise") and name.endswith("x 10")],
    }
    lines = []
    for kind, names in kinds.items():
        for how in (OURS, REFITS, CARELESS):
            if names:
                columns = ("accuracy", "log_loss", "calibration_error", "confidence", "seconds")
                mean = {c: np.mean([float(whole[name][how][c]) for name in names]) for c in columns}
                figures = [f"{mean[c]:.3f}" for c in columns[:-1]] + [f"{mean['seconds']:.1f}"]
                lines.append((f"{len(names)} {kind}", how, *figures))
    head = ["", "how", "accuracy", "log-loss", "calibration error", "mean confidence", "fit, s"]
    return table(head, lines)


def by_data_set(read: Read) -> str:
    """Log-loss and calibration error of each."""
    of_set: dict[str, dict[str, dict[str, str]]] = {}
    for row in read("calibration"):
        of_set.setdefault(row["dataset"], {})[row["how"]] = row
    lines = []
    for name, rows in of_set.items():
        first = rows[OURS]
        cells = [name, first["n_cases"], f"{float(first['accuracy']):.3f}", f"{float(first['honest_score']):.3f}"]
        for column in ("log_loss", "calibration_error"):
            figures = {how: float(row[column]) + 0.0 for how, row in rows.items()}  # a loss of nothing may be -0
            cells += [f"{figures[how]:.3f}" if how in figures else "" for how in (OURS, REFITS)]
        lines.append(cells)
    head = ["data set", "cases", "accuracy", "honest_score_", "log-loss", "refits", "calibration error", "refits"]
    return table(head, lines)


def picture(read: Read, path: Path) -> None:
    """Accuracy against confidence, over the test cases of all data sets."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4.2), layout="constrained")
    ax = figure.subplots()
    ax.plot([0, 1], [0, 1], color="0.7", linewidth=1, linestyle=":")
    for how, style in ((OURS, {"color": "#1f4e79", "marker": "o"}), (CARELESS, {"color": "0.5", "marker": "x"})):
        rows = [row for row in read("reliability") if row["how"] == how and not row["dataset"].startswith("noise")]
        of_bin = {bin_: [row for row in rows if int(row["bin"]) == bin_] for bin_ in range(N_BINS)}
        n_cases, sure, right = (
            np.array([sum(float(row[c]) for row in of_bin[b]) for b in range(N_BINS)])
            for c in ("n_cases", "confidence", "right")
        )
        some = n_cases >= 20
        ax.plot(sure[some] / n_cases[some], right[some] / n_cases[some], label=how, linewidth=1, **style)
    ax.set(xlabel="mean probability of the predicted class", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    ax.set_title("test cases of all data sets, in bins of probability", fontsize=10)
    ax.legend(frameon=False)
    figure.savefig(path, dpi=120)


BENCHMARK = Benchmark(
    about=__doc__.splitlines()[0],
    minutes=40,
    files={
        "calibration": (
            "dataset", "how", "n_cases", "n_classes", "accuracy", "honest_score", "log_loss", "calibration_error",
            "confidence", "seconds",
        ),
        "reliability": ("dataset", "how", "bin", "n_cases", "confidence", "right"),
    },
    measure=measure,
    tables={
        ("docs/results.md", "calibration"): means,
        ("docs/results.md", "calibration by data set"): by_data_set,
    },
    pictures={"docs/reliability.png": picture},
)  # fmt: skip

if __name__ == "__main__":
    BENCHMARK.main()
