"""What more cases bring, and what they take: error, CPU seconds and memory of fits on 1,000 cases up to ten million.

Each fit is a process of its own, on one thread. The peak is that of the memory that no file backs (RssAnon of Linux),
above what the process holds before the fit: a page of a mapped file is none of it. Test parts are read for the table
only. Made cases are written to a mapped file, block by block, and are random, so that there is no end to them.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import load, one_length
from harness.pages import table
from harness.results import Missing, Results
from scipy.linalg.blas import dsyrk
from scipy.linalg.lapack import dpotrf, dpotrs

OURS, WIDE, AUTO, PEER = "LightWaveS, 500", "LightWaveS, 1500", "LightWaveS, 500, auto head", "aeon MiniRocket, 9996"
MODELS = (OURS, WIDE, AUTO, PEER)
SETS = {  # folder, and on how many cases; 0 is all
    "PenDigits": ("data", (1000, 3000, 0)),
    "HAPT": ("data_larger", (1000, 3000, 0)),
    "WISDMWatch": ("data_larger", (1000, 4000, 0)),
}
MADE = {  # n_channels, n_timepoints, and how many cases
    "made, 6 x 100": (6, 100, (10_000, 100_000, 1_000_000)),
    "made, 10 x 24": (10, 24, (1_000_000, 10_000_000)),
}
N_CLASSES, KINDS = 6, 24  # each class has so many kinds of cases, so that there is much to learn
LOUD = 10.0  # how high a wave is, times the root of its length
MADE_AT_ONCE, FIRST_OF_TEST, N_TEST = 10_000, 1 << 20, 20_000
IN_MEMORY = 5000  # cases: with fewer, the peer's ridge is scikit-learn's, on all features in memory
AT_ONCE = 1024  # cases whose features the peer has in memory together
PENALTIES = np.logspace(-3, 3, 10)  # for each case, as scikit-learn's penalty is for all
COLUMNS = ("dataset", "n_cases", "model", "error", "cpu_seconds", "seconds", "peak_mib", "load")


# --- measuring ------------------------------------------------------------------------------------------------------


def measure(results: Results, shared: Path) -> None:
    """Small numbers of cases first."""
    if "learning_curves" in results.wanted:
        measure_sets(results, shared)
    if "learning_curves_made" in results.wanted:
        measure_made(results)


def measure_sets(results: Results, shared: Path) -> None:
    """All models on parts of the data sets."""
    done = {(row["dataset"], row["model"], int(row["n_cases"])) for row in results.earlier["learning_curves"]}
    for name, (folder, counts) in SETS.items():
        n_all = len(load(shared, name, folder)[1])
        for n_cases in (n or n_all for n in counts):
            for model in MODELS:
                if (name, model, n_cases) not in done:
                    found = in_fresh_process(of_set, shared, name, folder, n_cases, model)
                    results.add("learning_curves", name, n_cases, model, *found)


def measure_made(results: Results) -> None:
    """Our default on cases without end, in mapped files that are deleted again."""
    done = {(row["dataset"], int(row["n_cases"])) for row in results.earlier["learning_curves_made"]}
    for name, (n_channels, n_timepoints, counts) in MADE.items():
        for n_cases in counts:
            if (name, n_cases) not in done:
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / "X.npy"
                    y = write_made(path, n_cases, n_channels, n_timepoints)
                    found = in_fresh_process(of_file, path, y)
                results.add("learning_curves_made", name, n_cases, OURS, *found)


def in_fresh_process(work: Callable[..., Iterator], *arguments) -> list:
    """What a piece of work finds out about a fit, and the memory that it takes between its two yields."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=step_by_step, args=(there, work, arguments))
    process.start()
    there.close()
    here.recv()
    before = peak = memory_of(process.pid)
    here.send(None)
    while not here.poll(0.01):
        peak = max(peak, memory_of(process.pid))
    seconds, cpu_seconds = here.recv()
    error = here.recv()
    process.join()
    return [error, cpu_seconds, seconds, peak - before, os.getloadavg()[0]]


def step_by_step(pipe, work: Callable[..., Iterator], arguments: tuple) -> None:
    """Tell another process where the work is."""
    steps = work(*arguments)
    pipe.send(next(steps))
    pipe.recv()
    pipe.send(next(steps))
    pipe.send(next(steps))


def memory_of(pid: int | None) -> float:
    """MiB of a process that no file backs."""
    found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def of_set(shared: Path, name: str, folder: str, n_cases: int, model: str) -> Iterator:
    """Fit on some cases of a data set; then the error on its test part."""
    X, y, X_test, y_test = load(shared, name, folder)
    some = np.sort(np.random.default_rng(0).permutation(len(y))[:n_cases])
    X, y = X[some], y[some]
    if model == PEER:
        X, X_test = one_length(X, X_test, at_least=10)
    yield from steps_of(model, X, y, X_test, y_test)


def of_file(path: Path, y) -> Iterator:
    """Fit on all cases of a file; then the error on others that are made alike."""
    X = np.load(path, mmap_mode="r")
    X_test, y_test = (np.concatenate(parts) for parts in zip(*made(N_TEST, *X.shape[1:], FIRST_OF_TEST), strict=True))
    yield from steps_of(OURS, X, y, X_test, y_test)


def steps_of(model: str, X, y, X_test, y_test) -> Iterator:
    """A sign that all is ready; wall and CPU seconds of the fit; the error."""
    estimator, warm = estimator_of(model), estimator_of(model, small=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer candidates than asked for
        rng = np.random.default_rng(0)
        warm.fit(rng.standard_normal((2800, *X.shape[1:]), dtype=np.float32), np.arange(2800) % 3).predict(X_test[:20])
        yield None
        started = perf_counter(), process_time()
        estimator.fit(X, y)
        yield perf_counter() - started[0], process_time() - started[1]
        yield float(np.mean(estimator.predict(X_test) != y_test))


def estimator_of(model: str, small: bool = False):
    """A model, or one of its kind that is fitted fast, so that all code is compiled."""
    from lightwaves import LightWaveSClassifier

    if model == PEER:
        return MiniRocketRidge(84 if small else 10_000)
    options = {"classifier": "auto"} if model == AUTO else {}
    n_features = 1500 if model == WIDE else 500
    if small:
        return LightWaveSClassifier(n_features=20, search_candidates=400, random_state=0, **options)
    return LightWaveSClassifier(n_features=n_features, random_state=0, **options)


class MiniRocketRidge:
    """aeon's MiniRocket and a ridge on all its features: scikit-learn's, or one that is fitted block by block.

    scikit-learn's chooses its penalty by leave-one-out. The other one chooses it by an eighth of the cases, at most
    5,000, which it then adds to the rest.
    """

    def __init__(self, n_features: int):
        self.n_features = n_features

    def fit(self, X, y):
        """Fit transform and ridge."""
        from aeon.transformations.collection.convolution_based import MiniRocket

        self.transform_ = MiniRocket(n_kernels=self.n_features, n_jobs=1, random_state=0).fit(X)
        self.classes_, codes = np.unique(y, return_inverse=True)
        targets = np.where(codes[:, np.newaxis] == np.arange(len(self.classes_)), 1.0, -1.0)
        if len(X) < IN_MEMORY:
            self._fit_in_memory(X, targets)
        else:
            self._fit_in_blocks(X, targets)
        return self

    def _fit_in_memory(self, X, targets) -> None:
        from sklearn.linear_model import RidgeCV

        features = self.transform_.transform(X)
        self.mean_, self.deviation_ = features.mean(axis=0), features.std(axis=0) + 1e-8
        ridge = RidgeCV(PENALTIES * len(X)).fit((features - self.mean_) / self.deviation_, targets)
        self.coef_, self.intercept_ = ridge.coef_.T, ridge.intercept_

    def _fit_in_blocks(self, X, targets) -> None:
        held = np.zeros(len(X), bool)
        held[:: max(8, len(X) // 5000)] = True
        features = self.transform_.transform(X[held]).astype(np.float32)
        self.mean_, self.deviation_ = features.mean(axis=0), features.std(axis=0) + 1e-8
        held_out = (features - self.mean_) / self.deviation_
        sums = Sums(held_out.shape[1], targets.shape[1])
        rest = np.flatnonzero(~held)
        for first in range(0, len(rest), AT_ONCE):
            some = rest[first : first + AT_ONCE]
            sums.add((self.transform_.transform(X[some]) - self.mean_) / self.deviation_, targets[some])

        def error(penalty: float) -> float:
            coef, intercept = sums.ridge(penalty)
            return float(((held_out @ coef + intercept - targets[held]) ** 2).sum())

        penalty = lowest(PENALTIES, error)
        sums.add(held_out, targets[held])
        self.coef_, self.intercept_ = sums.ridge(penalty)

    def predict(self, X):
        """The class of each case."""
        blocks = [X[first : first + AT_ONCE] for first in range(0, len(X), AT_ONCE)]
        scores = [(self.transform_.transform(block) - self.mean_) / self.deviation_ @ self.coef_ for block in blocks]
        return self.classes_[(np.concatenate(scores) + self.intercept_).argmax(axis=1)]


class Sums:
    """Sums of products of features, and of features and targets, in float64."""

    def __init__(self, n_features: int, n_targets: int):
        self.squares = np.zeros((n_features, n_features), order="F")
        self.cross, self.features = np.zeros((n_features, n_targets)), np.zeros(n_features)
        self.targets, self.n_cases = np.zeros(n_targets), 0

    def add(self, features, targets) -> None:
        """Add some cases."""
        features = np.asarray(features, np.float64)
        dsyrk(1.0, features.T, beta=1.0, c=self.squares, overwrite_c=True)
        self.cross += features.T @ targets
        self.features += features.sum(axis=0)
        self.targets += targets.sum(axis=0)
        self.n_cases += len(features)

    def ridge(self, penalty: float):
        """Coefficients and intercept; the penalty is for each case."""
        mean, target = self.features / self.n_cases, self.targets / self.n_cases
        matrix = self.squares - self.n_cases * np.outer(mean, mean)
        matrix[np.diag_indices_from(matrix)] += penalty * self.n_cases
        factor = dpotrf(np.asfortranarray(matrix), clean=False, overwrite_a=True)[0]
        coef = dpotrs(factor, self.cross - self.n_cases * np.outer(mean, target))[0]
        return coef, target - mean @ coef


def lowest(values, height: Callable[[float], float]) -> float:
    """Where the height is lowest, if it has one valley; the search begins in the middle."""
    known: dict[int, float] = {}

    def at_place(place: int) -> float:
        if place not in known:
            known[place] = height(values[place])
        return known[place]

    place = len(values) // 2
    while True:
        best = min((near for near in (place, place - 1, place + 1) if 0 <= near < len(values)), key=at_place)
        if best == place:
            return values[place]
        place = best


# --- cases without end ----------------------------------------------------------------------------------------------


def write_made(path: Path, n_cases: int, n_channels: int, n_timepoints: int):
    """Write made cases to a file, block by block; their classes."""
    X = np.lib.format.open_memmap(path, "w+", np.float32, (n_cases, n_channels, n_timepoints))
    y = np.empty(n_cases, np.int8)
    first = 0
    for block, classes in made(n_cases, n_channels, n_timepoints):
        X[first : first + len(block)], y[first : first + len(block)] = block, classes
        first += len(block)
    X.flush()
    return y


def made(n_cases: int, n_channels: int, n_timepoints: int, first: int = 0) -> Iterator[tuple]:
    """Blocks of X and y: noise, with a wave in each of two channels.

    A class has many kinds of cases. A kind has its two channels, and its two frequencies.
    """
    kinds = np.random.default_rng(1)
    channels = np.argsort(kinds.random((N_CLASSES, KINDS, n_channels)))[..., :2]
    cycles = kinds.uniform(1, n_timepoints / 4, (N_CLASSES, KINDS, 2)).astype(np.float32)
    time = (2 * np.pi * np.arange(n_timepoints) / n_timepoints).astype(np.float32)
    for block, start in enumerate(range(0, n_cases, MADE_AT_ONCE)):
        rng = np.random.default_rng([2, first + block])
        n = min(MADE_AT_ONCE, n_cases - start)
        y, kind = rng.integers(0, N_CLASSES, n), rng.integers(0, KINDS, n)
        X = rng.standard_normal((n, n_channels, n_timepoints), dtype=np.float32)
        for wave in range(2):
            phase = rng.uniform(0, 2 * np.pi, (n, 1)).astype(np.float32)
            angle = cycles[y, kind, wave, np.newaxis] * time + phase
            X[np.arange(n), channels[y, kind, wave]] += LOUD / np.sqrt(n_timepoints, dtype=np.float32) * np.sin(angle)
        yield X, y


# --- tables and picture ---------------------------------------------------------------------------------------------


def curves(read: Read) -> str:
    """Error, seconds and memory of each model on each number of cases."""
    return table(HEAD, [line_of(row) for row in read("learning_curves")])


def curves_made(read: Read) -> str:
    """The same of made cases."""
    return table(HEAD, [line_of(row) for row in read("learning_curves_made")])


HEAD = ["data set", "cases", "model", "test error", "CPU seconds of the fit", "peak above the data"]


def line_of(row: dict[str, str]) -> list[str]:
    """A line of a table."""
    return [
        row["dataset"], f"{int(row['n_cases']):,}", row["model"], f"{float(row['error']):.4f}",
        f"{float(row['cpu_seconds']):.1f}", f"{float(row['peak_mib']):.0f} MiB",
    ]  # fmt: skip


STYLES = {  # of Okabe and Ito, from dark to light, each with its line and its mark
    OURS: ("#000000", "-", "o"),
    WIDE: ("#0072b2", "--", "s"),
    AUTO: ("#d55e00", "-.", "^"),
    PEER: ("#56b4e9", ":", "D"),
}


def picture(read: Read, path: Path) -> None:
    """Errors on each data set; seconds and memory on the largest, and on made cases."""
    from matplotlib.figure import Figure

    rows, made_rows = read("learning_curves"), read("learning_curves_made")
    largest = [row for row in rows if row["dataset"] == next(reversed(SETS))]
    if not largest:
        raise Missing("there is nothing of the largest data set in learning_curves.csv")
    figure = Figure(figsize=(9, 5.6), layout="constrained")
    axes = figure.subplots(2, 3)
    for axis, name in zip(axes[0], SETS, strict=True):
        draw(axis, [row for row in rows if row["dataset"] == name], "error")
        axis.set(title=name, ylabel="test error", ylim=(0, None))
    for axis, column, label in ((axes[1, 0], "cpu_seconds", "CPU seconds"), (axes[1, 1], "peak_mib", "MiB")):
        draw(axis, largest, column)
        axis.set_yscale("log")
        axis.set(title=f"{next(reversed(SETS))}: {'fit' if column == 'cpu_seconds' else 'memory'}", ylabel=label)
    for name, style in zip(MADE, ("-o", "--s"), strict=True):
        some = [row for row in made_rows if row["dataset"] == name]
        axes[1, 2].plot(*xy(some, "peak_mib"), style, color="#000000", markersize=4, label=name)
    axes[1, 2].set(title="made cases: memory", ylabel="MiB", xscale="log", ylim=(0, None))
    axes[1, 2].legend(frameon=False, fontsize=8)
    for axis in axes.flat:
        axis.set_xlabel("training cases")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path, dpi=110)


def draw(axis, rows: list[dict[str, str]], column: str) -> None:
    """One line for each model."""
    for model, (colour, line, mark) in STYLES.items():
        some = [row for row in rows if row["model"] == model]
        axis.plot(*xy(some, column), color=colour, linestyle=line, marker=mark, markersize=4, label=model)
    axis.set_xscale("log")
    axis.minorticks_off()
    counts = sorted({int(row["n_cases"]) for row in rows})
    axis.set_xticks(counts, [f"{count:,}" for count in counts])


def xy(rows: list[dict[str, str]], column: str) -> tuple[list[int], list[float]]:
    """Numbers of cases, and what was measured."""
    return [int(row["n_cases"]) for row in rows], [float(row[column]) for row in rows]


BENCHMARK = Benchmark(
    about="error, seconds and memory as the number of cases grows",
    minutes=40,
    files={"learning_curves": COLUMNS, "learning_curves_made": COLUMNS},
    measure=measure,
    tables={("docs/scale.md", "curves"): curves, ("docs/scale.md", "made"): curves_made},
    pictures={"docs/scale.png": picture},
    resumes=True,
)

if __name__ == "__main__":
    BENCHMARK.main()
