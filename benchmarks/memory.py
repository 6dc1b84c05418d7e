"""Peak memory of a fit, above the imports and the input, as the number of channels doubles.

    python benchmarks/memory.py

Each fit runs in a process of its own, which reports the peak of its resident set (Linux). Writes
results/memory.csv and a table in docs/results.md.
"""

from __future__ import annotations

import csv
import subprocess
import sys

import numpy as np
from common import DOCS, RESULTS, machine, replace_table

FIT = """
import re, sys
from pathlib import Path
import numpy as np
from lightwaves import LightWaveSClassifier

def status(key):
    return int(re.search(rf"{key}:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

n_channels, n_cases, n_timepoints, n_jobs = map(int, sys.argv[1:])
rng = np.random.default_rng(0)
small = rng.standard_normal((40, 4, n_timepoints), dtype=np.float32)
LightWaveSClassifier(n_features=5).fit(small, np.arange(40) % 2).predict(small)  # compiled code stays in memory
X = rng.standard_normal((n_cases, n_channels, n_timepoints), dtype=np.float32)
y = rng.integers(0, 7, n_cases)
Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew here
before = status("VmRSS")
LightWaveSClassifier(random_state=0, n_jobs=n_jobs).fit(X, y)
print(X.nbytes / 2**20, before, status("VmHWM") - before)
"""


def main() -> None:
    rows = []
    for n_channels, n_cases, n_timepoints, n_jobs in (
        (963, 267, 144, 1),
        (1926, 267, 144, 1),
        (3852, 267, 144, 1),
        (963, 267, 144, 2),
        (24, 1500, 144, 1),
    ):
        sizes = [n_channels, n_cases, n_timepoints, n_jobs]
        found = []
        for _ in range(3):
            command = [sys.executable, "-c", FIT, *map(str, sizes)]
            found.append([float(v) for v in subprocess.check_output(command, text=True).split()])
        given, before, peak = np.median(found, axis=0)
        rows.append((n_cases, n_channels, n_timepoints, n_jobs, round(given), round(before), round(peak)))
        print(*rows[-1], flush=True)
    with open(RESULTS / "memory.csv", "w", newline="") as file:
        file.write(f"# python benchmarks/memory.py; MiB, medians of 3 processes; {machine()}\n")
        writer = csv.writer(file)
        writer.writerow(["n_cases", "n_channels", "n_timepoints", "n_jobs", "input", "before_fit", "peak_above"])
        writer.writerows(rows)
    lines = [
        "| n_cases x n_channels x n_timepoints | n_jobs | X | peak above imports and X |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| {a} x {b} x {c} | {jobs} | {given} MiB | {peak} MiB |" for a, b, c, jobs, given, _, peak in rows]
    replace_table(DOCS / "results.md", "memory", "\n".join(lines))


if __name__ == "__main__":
    main()
