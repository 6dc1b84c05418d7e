"""Early decisions: how accurate they are, and how much of a series they wait for, beside aeon's early classifiers.

A model for each tenth of the series is fitted, and asked tenth by tenth until it is sure. With a threshold, it is sure
from a probability on; ours are calibrated on cases that the search has not seen. TEASER learns when to trust its
classifier. Test parts are read for the table only.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import load
from harness.pages import counted, paragraph, table
from harness.results import Results

SETS = ("BasicMotions", "ERing", "Epilepsy", "Libras", "NATOPS", "RacketSports", "UWaveGestureLibrary")
SEEDS, TENTHS = (0, 1), 10
FEWEST = 10  # time points: aeon's transforms need as many
THRESHOLDS = (0.7, 0.8, 0.9, 0.95)
OURS, LOGISTIC, HARD, TEASER = (
    "lightwaves",
    "MiniRocket, logistic regression",
    "MiniRocket, ridge",
    "TEASER, MiniRocket",
)


def measure(results: Results, shared: Path) -> None:
    """Accuracy and earliness of each model, and its seconds."""
    warnings.simplefilter("ignore")  # fewer candidates than asked for, on short series
    for name in SETS:
        X, y, X_test, y_test = load(shared, name)
        for seed in SEEDS:
            for model in (OURS, LOGISTIC, HARD, TEASER):
                started = perf_counter()
                early = early_classifier(model, X.shape[2], seed).fit(X, y)
                seconds = perf_counter() - started
                for threshold in THRESHOLDS if model != TEASER else ("",):
                    early.probability_threshold = threshold
                    _, accuracy, earliness = map(float, early.score(X_test, y_test))
                    results.add("early", name, seed, model, threshold, accuracy, earliness, seconds)


def early_classifier(model: str, n_timepoints: int, seed: int):
    """One of aeon's early classifiers, around a classifier."""
    from aeon.classification.convolution_based import MiniRocketClassifier
    from aeon.classification.early_classification import TEASER as LearntWait
    from aeon.classification.early_classification import ProbabilityThresholdEarlyClassifier
    from sklearn.linear_model import LogisticRegression

    from lightwaves.aeon import LightWaveSClassifier

    at = sorted({max(FEWEST, round(n_timepoints * (tenth + 1) / TENTHS)) for tenth in range(TENTHS)})
    mini = MiniRocketClassifier(random_state=seed)
    if model == TEASER:
        return LearntWait(mini, classification_points=at, random_state=seed)
    if model == LOGISTIC:
        mini = MiniRocketClassifier(estimator=LogisticRegression(max_iter=1000), random_state=seed)
    estimator = LightWaveSClassifier(random_state=seed) if model == OURS else mini
    return ProbabilityThresholdEarlyClassifier(estimator, classification_points=at, random_state=seed)


def means(read: Read) -> str:
    """A line for each model and threshold: means over the data sets and seeds for which all have been measured."""
    found: dict[tuple[str, str], dict[tuple[str, str], tuple[float, ...]]] = {}
    for row in read("early"):
        values = tuple(float(row[name]) for name in ("accuracy", "earliness", "fit_s"))
        found.setdefault((row["model"], row["threshold"]), {})[row["dataset"], row["seed"]] = values
    common = set.intersection(*(set(of) for of in found.values()))
    rows = []
    for (model, threshold), of in found.items():
        accuracy, earliness, seconds = np.mean([of[draw] for draw in common], axis=0)
        rows.append([model, threshold, f"{accuracy:.3f}", f"{earliness:.3f}", f"{seconds:.1f}"])
    head = ["model", "sure from", "accuracy", "share of the series that is waited for", "fit, s"]
    sets = counted(len({name for name, _ in common}), "data set")
    note = f"Means over {len(common)} draws: {sets}, at most {counted(len(SEEDS), 'seed')} each."
    return f"{table(head, rows)}\n\n{paragraph(note)}"


BENCHMARK = Benchmark(
    about="early decisions: accuracy, and how much of a series they wait for",
    minutes=20,
    files={"early": ("dataset", "seed", "model", "threshold", "accuracy", "earliness", "fit_s")},
    measure=measure,
    tables={("docs/deployment.md", "early"): means},
)

if __name__ == "__main__":
    BENCHMARK.main()
