"""What choosing costs: mRMR and detachment on any features, and whole fits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.pages import table
from harness.results import Results
from harness.timing import median_of

REPEATS = 3
CHOICES = (  # method, how many features to choose from, how many to choose, cases
    ("mrmr", 1_500, 500, 180),
    ("mrmr", 1_500, 500, 1500),
    ("mrmr", 4_500, 1500, 1500),
    ("detach", 10_000, 500, 200),
    ("detach", 10_000, 500, 1000),
    ("detach", 10_000, 500, 1500),
)
NAMES = {"mrmr": "mRMR", "detach": "detachment"}


def measure(results: Results, shared: Path) -> None:
    """Medians, ten classes."""
    from lightwaves import FeatureSelector, LightWaveSClassifier
    from lightwaves.banks import default_banks

    rng = np.random.default_rng(0)
    for method, n_candidates, n_features, n_cases in CHOICES:
        mixed = rng.standard_normal((n_cases, 40)) @ rng.standard_normal((40, n_candidates))
        Z, y = mixed + rng.standard_normal((n_cases, n_candidates)), np.arange(n_cases) % 10
        choice = FeatureSelector(n_features, n_candidates, method)
        FeatureSelector(5, 50, method).fit(Z[:, :50], y)  # compiles
        seconds = median_of(lambda: choice.fit(Z, y), REPEATS)  # noqa: B023
        results.add("selection", f"{NAMES[method]}, {n_candidates:,} to {n_features:,}", n_cases, seconds)

    X, y = rng.standard_normal((1000, 6, 100), dtype=np.float32).cumsum(axis=-1), np.arange(1000) % 10
    for banks, what in ((default_banks()[0], "10,000 candidates"), (None, "the default: one of three lists of banks")):
        model = LightWaveSClassifier(banks, random_state=0)
        model.fit(X[:50], y[:50])  # compiles
        seconds = median_of(lambda: model.fit(X, y), REPEATS)  # noqa: B023
        results.add("selection", f"whole fit, {what}, 6 x 100", len(y), seconds)


def seconds_of_choices(read: Read) -> str:
    """A line for each."""
    rows = [[row["what"], row["n_cases"], f"{float(row['seconds']):.3f}"] for row in read("selection")]
    return table(["choice, ten classes", "cases", "seconds"], rows)


BENCHMARK = Benchmark(
    about="mRMR, detachment, and whole fits",
    minutes=2,
    files={"selection": ("what", "n_cases", "seconds")},
    measure=measure,
    tables={("docs/results.md", "selection"): seconds_of_choices},
    reads_data=False,
)

if __name__ == "__main__":
    BENCHMARK.main()
