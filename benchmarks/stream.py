"""A stream beside whole predictions: what a hop of one sample costs, for chunks of several sizes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import load
from harness.pages import table
from harness.results import Results
from harness.timing import interleaved

SETS = ("BasicMotions", "Epilepsy", "UWaveGestureLibrary", "synthetic")
CHUNKS = (1, 10, 100)  # samples a push
N_HOPS = 1100  # in which the stream computes everything anew at least once
WHOLE = "decision_function_one"
REPEATS = 25  # of which the fastest counts: it is the least disturbed


def measure(results: Results, shared: Path) -> None:
    """Microseconds of a decision after each sample, by whole predictions and by a stream."""
    from lightwaves import LightWaveSClassifier, Stream

    for name in SETS:
        X, y = data(shared, name)
        model = LightWaveSClassifier(random_state=0).fit(X, y)
        n_timepoints = X.shape[2]
        samples = np.concatenate(list(X[: 2 + (n_timepoints + N_HOPS) // n_timepoints]), axis=1)
        samples = np.ascontiguousarray(samples[:, : n_timepoints + N_HOPS], np.float32)
        windows = [np.ascontiguousarray(samples[:, i : i + n_timepoints]) for i in range(1, 101)]
        streams = {size: Stream(model) for size in CHUNKS}

        def whole(model=model, windows=windows) -> None:
            for window in windows:
                model.decision_function_one(window)

        def moved(size: int, streams=streams, samples=samples) -> None:
            for begin in range(0, N_HOPS, size):
                streams[size].push(samples[:, begin : begin + size])

        works = {WHOLE: whole} | {str(size): (lambda size=size, moved=moved: moved(size)) for size in CHUNKS}
        for work in works.values():
            work()
        seconds = {way: min(times) for way, times in interleaved(works, REPEATS).items()}
        each = {way: second / (len(windows) if way == WHOLE else N_HOPS) for way, second in seconds.items()}
        for way, second in each.items():
            n_convolutions = model.plan_.cost().n_convolutions
            results.add("stream", name, n_timepoints, n_convolutions, way, second, each[WHOLE] / second)


def data(shared: Path, name: str):
    """X, y: training cases of the archive, or 120 random walks of 6 channels x 1,000 times with waves of 4 classes."""
    if name != "synthetic":
        X, y, _, _ = load(shared, name)
        return X, y
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 120)
    X = 0.1 * rng.standard_normal((120, 6, 1000)).cumsum(axis=-1) + rng.standard_normal((120, 6, 1000))
    X[:, :3] += np.sin(np.arange(1000) * 2 * np.pi / (10.0 + 4.0 * y[:, np.newaxis]))[:, np.newaxis]
    return X.astype(np.float32), y.astype(str)


def beside_whole_predictions(read: Read) -> str:
    """One line for each data set."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in read("stream"):
        found.setdefault(row["dataset"], {})[row["way"]] = row
    rows = []
    for name, ways in found.items():
        if not {WHOLE, *map(str, CHUNKS)} <= set(ways):
            continue
        moved = [f"{1e6 * float(ways[str(n)]['seconds']):.1f} ({float(ways[str(n)]['ratio']):.1f} x)" for n in CHUNKS]
        whole = ways[WHOLE]
        rows.append(
            [name, whole["n_timepoints"], whole["n_convolutions"], f"{1e6 * float(whole['seconds']):.1f}", *moved]
        )
    pushes = [f"stream, {n} {'sample' if n == 1 else 'samples'} a push" for n in CHUNKS]
    return table(["data set", "time points", "convolutions", f"`{WHOLE}`, us", *pushes], rows)


BENCHMARK = Benchmark(
    about="a hop of one sample on a stream beside a whole prediction",
    minutes=3,
    files={"stream": ("dataset", "n_timepoints", "n_convolutions", "way", "seconds", "ratio")},
    measure=measure,
    tables={("docs/deployment.md", "stream"): beside_whole_predictions},
)

if __name__ == "__main__":
    BENCHMARK.main()
