"""What more threads give: a fit, and a transform of a batch four times as large, by n_jobs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.pages import table
from harness.results import Results
from harness.timing import interleaved

SHAPES = ((267, 200, 144), (2000, 6, 100), (1500, 24, 1000))
FITS, TRANSFORMS = 3, 9


def measure(results: Results, shared: Path) -> None:
    """Medians, the numbers of threads in turn."""
    from lightwaves import LightWaveS

    threads = [n for n in (1, 2, 4, 8, 16) if n <= len(os.sched_getaffinity(0))]
    for shape in SHAPES:
        X, y = waves(*shape)
        batch = np.tile(X, (4, 1, 1))
        models = {n: LightWaveS(n_jobs=n, random_state=0).fit(X, y) for n in threads}
        if any(model.plan_ != models[1].plan_ for model in models.values()):
            raise SystemExit("plans differ with the number of threads")
        fits = interleaved({n: (lambda m=model, X=X, y=y: m.fit(X, y)) for n, model in models.items()}, FITS)
        transforms = interleaved({n: (lambda m=m, X=batch: m.transform(X)) for n, m in models.items()}, TRANSFORMS)
        for n in threads:
            seconds = [float(np.median(times[n])) for times in (fits, transforms)]
            ratios = [float(np.median(times[1]) / np.median(times[n])) for times in (fits, transforms)]
            results.add("threads", *shape, n, seconds[0], ratios[0], seconds[1], ratios[1])


def waves(n_cases: int, n_channels: int, n_timepoints: int):
    """Random walks, and in every tenth channel a wave whose frequency tells five classes apart."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 5, n_cases)
    X = rng.standard_normal((n_cases, n_channels, n_timepoints), dtype=np.float32).cumsum(axis=-1)
    X[:, ::10] += np.sin(np.arange(n_timepoints) / (2 + y[:, np.newaxis, np.newaxis])).astype(np.float32)
    return X, y


def speedups(read: Read) -> str:
    """Seconds, and how many times as fast as one thread."""
    rows = []
    for row in read("threads"):
        fit = f"{float(row['fit_s']):.3f} s, {float(row['fit_ratio']):.2f} times as fast"
        batch = f"{1e3 * float(row['transform_s']):.2f} ms, {float(row['transform_ratio']):.2f} times as fast"
        shape = f"{row['n_cases']} x {row['n_channels']} x {row['n_timepoints']}"
        rows.append([shape, row["n_jobs"], fit, batch])
    return table(["n_cases x n_channels x n_timepoints", "n_jobs", "fit", "transform"], rows)


BENCHMARK = Benchmark(
    about="fits and transforms with more threads",
    minutes=5,
    files={
        "threads": (
            "n_cases", "n_channels", "n_timepoints", "n_jobs", "fit_s", "fit_ratio", "transform_s", "transform_ratio",
        ),
    },
    measure=measure,
    tables={("docs/results.md", "threads"): speedups},
    reads_data=False,
    pinned=False,
)  # fmt: skip

if __name__ == "__main__":
    BENCHMARK.main()
