"""What more threads give: fit, and transform of a batch eight times as large, by n_jobs.

    python benchmarks/threads.py

Writes results/threads.csv and a table in docs/results.md.
"""

from __future__ import annotations

import csv
import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import numpy as np
from common import DOCS, RESULTS, interleaved, machine, replace_table

from lightwaves import LightWaveS


def main() -> None:
    rows = []
    threads = [n for n in (1, 2, 4, 8, 16) if n <= len(os.sched_getaffinity(0))]
    for n_cases, n_channels, n_timepoints in ((267, 200, 144), (2000, 6, 100)):
        rng = np.random.default_rng(0)
        y = rng.integers(0, 5, n_cases)
        X = rng.standard_normal((n_cases, n_channels, n_timepoints), dtype=np.float32).cumsum(axis=-1)
        X[:, ::10] += np.sin(np.arange(n_timepoints) / (2 + y[:, np.newaxis, np.newaxis])).astype(np.float32)
        models = {n: LightWaveS(n_jobs=n, random_state=0).fit(X, y) for n in threads}
        assert all(model.plan_ == models[1].plan_ for model in models.values())
        fits = interleaved({n: (lambda m=model, X=X, y=y: m.fit(X, y)) for n, model in models.items()}, 5)
        batch = np.tile(X, (8, 1, 1))
        batches = interleaved({n: (lambda m=model, X=batch: m.transform(X)) for n, model in models.items()}, 15)
        for n in threads:
            seconds = [float(np.median(times[n])) for times in (fits, batches)]
            ratios = [np.median(times[1]) / np.median(times[n]) for times in (fits, batches)]
            rows.append((n_cases, n_channels, n_timepoints, n, seconds[0], ratios[0], seconds[1], ratios[1]))
            print(*rows[-1], flush=True)
    with open(RESULTS / "threads.csv", "w", newline="") as file:
        file.write(f"# python benchmarks/threads.py; medians; {machine()}\n")
        writer = csv.writer(file)
        header = [
            "n_cases",
            "n_channels",
            "n_timepoints",
            "n_jobs",
            "fit_s",
            "fit_ratio",
            "transform_s",
            "transform_ratio",
        ]
        writer.writerow(header)
        writer.writerows([[f"{v:.6g}" if isinstance(v, float) else v for v in row] for row in rows])
    lines = ["| n_cases x n_channels x n_timepoints | n_jobs | fit | transform |", "| --- | --- | --- | --- |"]
    for a, b, c, n, fit, faster, batch, faster_batch in rows:
        fits_text = f"{fit:.3f} s, {faster:.2f} times as fast"
        lines.append(
            f"| {a} x {b} x {c} | {n} | {fits_text} | {1e3 * batch:.2f} ms, {faster_batch:.2f} times as fast |"
        )
    replace_table(DOCS / "results.md", "threads", "\n".join(lines))


if __name__ == "__main__":
    main()
