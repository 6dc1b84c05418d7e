"""Peak memory of a fit, above the imports and the input, as the number of channels doubles.

Each fit runs in a process of its own, which reports the peak of its resident set (Linux).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.pages import table
from harness.results import Results

REPEATS = 3
SHAPES = ((267, 963, 144, 1), (267, 1926, 144, 1), (267, 3852, 144, 1), (267, 963, 144, 2), (1500, 24, 144, 1))
FIT = """
import re, sys
from pathlib import Path
import numpy as np
from lightwaves import LightWaveSClassifier

def status(key):
    return int(re.search(rf"{key}:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

n_cases, n_channels, n_timepoints, n_jobs = map(int, sys.argv[1:])
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


def measure(results: Results, shared: Path) -> None:
    """The median of some processes for each shape."""
    for shape in SHAPES:
        command = [sys.executable, "-c", FIT, *map(str, shape)]
        found = [subprocess.check_output(command, text=True).split() for _ in range(REPEATS)]
        results.add("memory", *shape, *(round(mib) for mib in np.median(np.array(found, float), axis=0)))


def peaks(read: Read) -> str:
    """The input, and the peak above it."""
    rows = [
        [f"{row['n_cases']} x {row['n_channels']} x {row['n_timepoints']}", row["n_jobs"],
         f"{row['input_mib']} MiB", f"{row['peak_above_mib']} MiB"]
        for row in read("memory")
    ]  # fmt: skip
    return table(["n_cases x n_channels x n_timepoints", "n_jobs", "X", "peak above imports and X"], rows)


BENCHMARK = Benchmark(
    about="peak memory of a fit",
    minutes=5,
    files={
        "memory": (
            "n_cases", "n_channels", "n_timepoints", "n_jobs", "input_mib", "before_fit_mib", "peak_above_mib",
        ),
    },
    measure=measure,
    tables={("docs/results.md", "memory"): peaks},
    reads_data=False,
    pinned=False,
)  # fmt: skip

if __name__ == "__main__":
    BENCHMARK.main()
