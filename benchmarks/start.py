"""CPU seconds of the import, and of the first fit and prediction, without and with numba's cache."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.pages import table
from harness.results import Results

WARM_STARTS = 5
START = """
import time
import sklearn.linear_model
before = time.process_time()
import lightwaves
imported = time.process_time() - before
X, y = lightwaves.load_basic_motions()
lightwaves.LightWaveSClassifier().fit(X, y).predict(X[:1])
print(imported, time.process_time() - before, time.process_time())
"""


def measure(results: Results, shared: Path) -> None:
    """One start with an empty cache, and the median of some more."""
    with tempfile.TemporaryDirectory() as cache:
        for state, n_starts in (("empty", 1), ("warm", WARM_STARTS)):
            command, environment = [sys.executable, "-c", START], os.environ | {"NUMBA_CACHE_DIR": cache}
            found = [subprocess.check_output(command, env=environment, text=True).split() for _ in range(n_starts)]
            results.add("start", state, *map(float, np.median(np.array(found, float), axis=0)))


def starts(read: Read) -> str:
    """A line for each state of the cache."""
    columns = ("import_s", "import_to_prediction_s", "process_s")
    rows = [[row["numba_cache"], *(f"{float(row[column]):.2f} s" for column in columns)] for row in read("start")]
    beyond = [f"{what}, beyond scikit-learn" for what in ("import", "first prediction")]
    return table(["numba's cache", *beyond, "whole process"], rows)


BENCHMARK = Benchmark(
    about="the import, and the first fit and prediction",
    minutes=1,
    files={"start": ("numba_cache", "import_s", "import_to_prediction_s", "process_s")},
    measure=measure,
    tables={("docs/results.md", "start"): starts},
    reads_data=False,
)

if __name__ == "__main__":
    BENCHMARK.main()
