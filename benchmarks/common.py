"""What the benchmarks share: data, the machine's name, and tables in the docs."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
DOCS = HERE.parent / "docs"


def pin_one_thread() -> None:
    """One core, one thread in every library; call before importing any of them."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def names(shared: Path) -> list[str]:
    """The data sets that lie there."""
    found = sorted(path.stem for path in (shared / "data").glob("*.npz"))
    if not found:
        raise SystemExit(f"no data sets in {shared / 'data'}: name their folder with --data")
    return found


def load(shared: Path, name: str):
    """X, y, X_test, y_test; lists where lengths differ."""
    from lightwaves import unpad

    with np.load(shared / "data" / f"{name}.npz") as archive:
        X, y, X_test, y_test = (archive[key] for key in ("train_x", "train_y", "test_x", "test_y"))
    if np.isnan(X).any() or np.isnan(X_test).any():
        X, X_test = unpad(X), unpad(X_test)
    return X, y, X_test, y_test


def machine() -> str:
    """The processor and the versions that speed depends on."""
    import numba
    import sklearn

    cpu = platform.processor() or platform.machine()
    flags = ""
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        entries = {line.split(":")[0].strip(): line.split(":")[1].strip() for line in lines if ":" in line}
        cpu = f"{entries.get('model name', cpu)} family {entries.get('cpu family', '?')}"
        flags = " AVX-512" if "avx512f" in entries.get("flags", "") else ""
    return (
        f"{cpu}{flags}, Python {platform.python_version()}, numpy {np.__version__}, numba {numba.__version__}, "
        f"scikit-learn {sklearn.__version__}"
    )


def interleaved(works: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Seconds of each piece of work, the pieces in turn, so that a drift of the machine meets all."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            started = perf_counter()
            work()
            times[name].append(perf_counter() - started)
    return times


def replace_table(page: Path, marker: str, text: str) -> None:
    """Put a table between ``<!-- marker -->`` and ``<!-- end marker -->`` of a page."""
    content = page.read_text()
    start, end = f"<!-- {marker} -->", f"<!-- end {marker} -->"
    before, rest = content.split(start)
    _, after = rest.split(end)
    page.write_text(f"{before}{start}\n\n{text}\n\n{end}{after}")
