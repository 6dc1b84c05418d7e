"""Kinds of signals: series of two classes that differ in one thing, such as a level, a lag or the order of events.

All else is noise. So a low accuracy tells what a model cannot see, or sees only with more cases.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.pages import paragraph, table
from harness.results import Results
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from lightwaves import Intervals, LightWaveSClassifier

N_TRAIN, N_TEST, SEEDS = 150, 500, (0, 1)
N_CHANNELS, N_TIMEPOINTS = 3, 128
NEED_EQUAL_LENGTHS = ("MiniRocket", "QUANT")  # those of aeon
T = np.arange(N_TIMEPOINTS)
Draw = Callable[[np.random.Generator, int], np.ndarray]  # from a generator and a class to a series
KINDS: dict[str, Draw] = {}


def kind(what: str) -> Callable[[Draw], Draw]:
    """Add a kind of signals: in what the classes differ."""

    def add(draw: Draw) -> Draw:
        KINDS[what] = draw
        return draw

    return add


def noise(rng: np.random.Generator, n_channels: int = N_CHANNELS, n_timepoints: int = N_TIMEPOINTS) -> np.ndarray:
    """Noise without memory."""
    return rng.standard_normal((n_channels, n_timepoints))


def walk(rng: np.random.Generator, memory: float) -> np.ndarray:
    """Noise that remembers: each value is a part of the one before, and something new."""
    x = noise(rng)
    for i in range(1, N_TIMEPOINTS):
        x[:, i] += memory * x[:, i - 1]
    return x


def wave(cycles: float, phase: float = 0.0) -> np.ndarray:
    """A sine with so many cycles in the series."""
    return np.sin(2 * np.pi * cycles * T / N_TIMEPOINTS + phase)


def event(time: float, width: float) -> np.ndarray:
    """A bump."""
    return np.exp(-(((T - time) / width) ** 2) / 2)


def any_phase(rng: np.random.Generator) -> float:
    """A phase, drawn."""
    return rng.uniform(0, 2 * np.pi)


# --- levels, spreads, distributions ---------------------------------------------------------------------------------


@kind("level of one channel")
def _(rng, y):
    x = noise(rng)
    x[1] += 0.25 * y
    return x


@kind("level of one channel of 60")
def _(rng, y):
    x = noise(rng, 60)
    x[7] += 0.3 * y
    return x


@kind("level of the last six time points of a walk")
def _(rng, y):
    x = walk(rng, 1.0) / 4
    x[0, -6:] += 0.9 * y
    return x


@kind("level of the first four time points of a walk")
def _(rng, y):
    x = walk(rng, 1.0) / 4
    x[0, :4] += 0.9 * y
    return x


@kind("trend")
def _(rng, y):
    x = noise(rng)
    x[0] += 0.4 * (2 * y - 1) * (2 * T / N_TIMEPOINTS - 1)
    return x


@kind("spread")
def _(rng, y):
    return noise(rng) * (1 + 0.1 * y)


@kind("which half has the larger spread")
def _(rng, y):
    x = noise(rng)
    x[0, slice(0, 64) if y else slice(64, None)] *= 1.35
    return x


@kind("skewness")
def _(rng, y):
    x = noise(rng)
    x[0] = (2 * y - 1) * (rng.gamma(20, 1, N_TIMEPOINTS) - 20) / np.sqrt(20)
    return x


@kind("heavy tails, the variance being equal")
def _(rng, y):
    x = noise(rng)
    x[0] = rng.standard_t(4, N_TIMEPOINTS) / np.sqrt(2) if y else x[0]
    return x


# --- frequencies, memory ----------------------------------------------------------------------------------------------


@kind("frequency")
def _(rng, y):
    x = noise(rng)
    x[0] += 0.6 * wave(10 + y, any_phase(rng))
    return x


@kind("rising or falling frequency")
def _(rng, y):
    x = noise(rng)
    cycles = np.linspace(4, 14, N_TIMEPOINTS)[:: 1 if y else -1]
    x[0] += 0.8 * np.sin(2 * np.pi * np.cumsum(cycles) / N_TIMEPOINTS + any_phase(rng))
    return x


@kind("a slow wave in 1,000 time points")
def _(rng, y):
    x = noise(rng, 2, 1000)
    x[0] += 0.35 * np.sin(2 * np.pi * np.arange(1000) / (400 + 150 * y) + any_phase(rng))
    return x


@kind("phase")
def _(rng, y):
    x = noise(rng)
    x[0] += 0.5 * wave(5, y * np.pi / 2)
    return x


@kind("amplitude of a wave")
def _(rng, y):
    x = noise(rng)
    x[0] += (1 + 0.35 * y) * wave(rng.uniform(4, 12), any_phase(rng))
    return x


@kind("shape of a wave, at any gain and offset")
def _(rng, y):
    turn = (5 * T / N_TIMEPOINTS + rng.uniform(0, 1)) % 1
    shape = 1.2 * (2 * np.abs(2 * turn - 1) - 1) if y else np.cos(2 * np.pi * turn)
    x = 0.15 * noise(rng)
    x[0] = np.exp(rng.normal(0, 0.7)) * (shape + x[0]) + rng.normal(0, 3)
    return x


@kind("period of a pattern that is another one in each case")
def _(rng, y):
    x = noise(rng)
    x[0] += 0.7 * np.tile(rng.standard_normal(30 if y else 36), 5)[:N_TIMEPOINTS]
    return x


@kind("memory")
def _(rng, y):
    return walk(rng, 0.5 + 0.15 * y)


@kind("whether a walk returns to its mean")
def _(rng, y):
    x = walk(rng, 0.9 + 0.1 * y)
    return x - x.mean(axis=1, keepdims=True)


@kind("how long it stays in one of two states")
def _(rng, y):
    x = 0.7 * noise(rng)
    x[0] += np.cumprod(np.where(rng.random(N_TIMEPOINTS) < (0.06 if y else 0.12), -1, 1))
    return x


@kind("the direction in which three states follow each other")
def _(rng, y):
    x = 0.7 * noise(rng)
    steps = np.where(rng.random(N_TIMEPOINTS) < 0.15, 1 if y else 2, 0)
    x[0] += (rng.integers(0, 3) + np.cumsum(steps)) % 3
    return x


# --- events -----------------------------------------------------------------------------------------------------------


@kind("whether there is a spike")
def _(rng, y):
    x = noise(rng)
    x[0, rng.integers(0, N_TIMEPOINTS)] += 4.5 * y
    return x


@kind("which half has the spike")
def _(rng, y):
    x = noise(rng)
    x[0, rng.integers(0, 64) + 64 * y] += 4.5
    return x


@kind("which half has the event")
def _(rng, y):
    x = noise(rng)
    x[0] += 1.6 * event(rng.uniform(5, 59) + 64 * y, 3)
    return x


@kind("number of events")
def _(rng, y):
    x = 0.5 * noise(rng)
    for _ in range(3 + y):
        x[0] += 2 * event(rng.uniform(5, 123), 2)
    return x


@kind("width of an event")
def _(rng, y):
    x = 0.5 * noise(rng)
    x[0] += 2 * event(rng.uniform(12, 116), 3.5 + 1.2 * y)
    return x


@kind("distance of two events")
def _(rng, y):
    x = 0.7 * noise(rng)
    first = rng.uniform(5, 80)
    x[0] += 2 * event(first, 2) + 2 * event(first + 28 + 8 * y, 2)
    return x


@kind("order of two events, a narrow and a wide one")
def _(rng, y):
    x = 0.7 * noise(rng)
    times = rng.uniform(10, 50), rng.uniform(70, 118)
    x[0] += 1.5 * event(times[y], 4) + 1.5 * event(times[1 - y], 8)
    return x


@kind("order of events in two channels")
def _(rng, y):
    x = 0.6 * noise(rng)
    times = np.sort(rng.uniform(8, 120, 2))
    x[0] += 2 * event(times[y], 3)
    x[1] += 2 * event(times[1 - y], 3)
    return x


# --- channels together, and the rest ----------------------------------------------------------------------------------


@kind("sign of the correlation of two channels")
def _(rng, y):
    x = noise(rng)
    x[1] += 0.2 * (2 * y - 1) * x[0]
    return x


@kind("which of two channels is ahead of the other")
def _(rng, y):
    x, common = noise(rng), rng.standard_normal(N_TIMEPOINTS + 3)
    x[0] += common[3:] if y else common[:-3]
    x[1] += common[:-3] if y else common[3:]
    return x


@kind("whether the waves of two channels have one phase")
def _(rng, y):
    x, phase = 1.2 * noise(rng), any_phase(rng)
    x[0] += wave(6, phase)
    x[1] += wave(6, phase if y else any_phase(rng))
    return x


@kind("ratio of two amplitudes, at any gain")
def _(rng, y):
    x, gain, phase = 0.1 * noise(rng), np.exp(rng.normal(0, 0.7)), any_phase(rng)
    x[0] += gain * wave(6, phase)
    x[1] += gain * (1 + 0.2 * y) * wave(6, phase)
    return x


@kind("exclusive or of the levels of two channels")
def _(rng, y):
    x, first = noise(rng), int(rng.integers(0, 2))
    x[0] += 0.3 * (2 * first - 1)
    x[1] += 0.3 * (2 * (first ^ y) - 1)
    return x


@kind("exclusive or of the levels of two halves")
def _(rng, y):
    x, first = noise(rng), int(rng.integers(0, 2))
    x[0, :64] += 0.4 * (2 * first - 1)
    x[0, 64:] += 0.4 * (2 * (first ^ y) - 1)
    return x


@kind("length of the series alone")
def _(rng, y):
    return noise(rng, n_timepoints=int(rng.integers(60, 80)) + 15 * y)


# --- models -----------------------------------------------------------------------------------------------------------


def by_itself(X: Any) -> Any:
    """Each channel of each case less its own mean, divided by its own standard deviation."""
    if isinstance(X, list):
        return [by_itself(x) for x in X]
    return (X - X.mean(axis=-1, keepdims=True)) / X.std(axis=-1, keepdims=True)


def models(seed: int) -> dict[str, Any]:
    """What is compared."""
    from aeon.classification.convolution_based import MiniRocketClassifier
    from aeon.classification.interval_based import QUANTClassifier

    return {
        "LightWaveS": LightWaveSClassifier(random_state=seed),
        "LightWaveS, 20 features": LightWaveSClassifier(n_features=20, random_state=seed),
        "Intervals, 20 features": LightWaveSClassifier(Intervals(), n_features=20, random_state=seed),
        "LightWaveS, scale=False": LightWaveSClassifier(scale=False, random_state=seed),
        "LightWaveS, each case by itself": make_pipeline(
            FunctionTransformer(by_itself), LightWaveSClassifier(random_state=seed)
        ),
        "MiniRocket": MiniRocketClassifier(random_state=seed),
        "QUANT": QUANTClassifier(random_state=seed),
    }


def cases(draw: Draw, n_cases: int, rng: np.random.Generator) -> tuple[Any, np.ndarray]:
    """Cases of two classes in turn: an array, or a list where they have different lengths."""
    y = np.arange(n_cases) % 2
    X = [draw(rng, int(label)).astype(np.float32) for label in y]
    return (np.stack(X) if len({x.shape for x in X}) == 1 else X), y


def measure(results: Results, shared: Path) -> None:
    """Fit and score what is not in the file yet, kind by kind."""
    done = {(row["kind"], row["seed"], row["model"]) for row in results.earlier["kinds"]}
    tasks = [(what, seed, name) for what in KINDS for seed in SEEDS for name in models(seed)]
    tasks = [(what, seed, name) for what, seed, name in tasks if (what, str(seed), name) not in done]
    results.expect(len(tasks))
    for what, seed, name in tasks:
        rng = np.random.default_rng([seed, list(KINDS).index(what)])
        (X, y), (X_test, y_test) = cases(KINDS[what], N_TRAIN, rng), cases(KINDS[what], N_TEST, rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                accuracy = float(np.mean(models(seed)[name].fit(X, y).predict(X_test) == y_test))
            except ValueError as error:
                if not isinstance(X, list) or name not in NEED_EQUAL_LENGTHS:
                    raise
                print(f"{name} does not take series of unequal length: {error}", flush=True)
                accuracy = float("nan")
        results.add("kinds", what, seed, name, accuracy)


def by_kind(read: Read) -> str:
    """Accuracy on each kind of signals."""
    found: dict[str, dict[str, list[float]]] = {}
    for row in read("kinds"):
        found.setdefault(row["kind"], {}).setdefault(row["model"], []).append(float(row["accuracy"]))
    names = list(next(iter(found.values())))
    means = {what: {name: float(np.mean(of_model[name])) for name in of_model} for what, of_model in found.items()}
    rows = [
        [what, *("" if np.isnan(mean.get(name, np.nan)) else f"{mean[name]:.3f}" for name in names)]
        for what, mean in means.items()
    ]
    complete = [mean for mean in means.values() if not np.isnan([mean.get(name, np.nan) for name in names]).any()]
    rows.append(["mean", *(f"{np.mean([mean[name] for mean in complete]):.3f}" for name in names)])
    note = paragraph(
        f"Means over {len(SEEDS)} draws of {N_TRAIN} cases for training and {N_TEST} for testing; 0.5 is chance. The "
        "last line leaves out kinds that some model does not take."
    )
    return f"{table(['classes differ in', *names], rows)}\n\n{note}"


BENCHMARK = Benchmark(
    about="kinds of signals: what a model sees, and what it does not",
    minutes=30,
    files={"kinds": ("kind", "seed", "model", "accuracy")},
    measure=measure,
    tables={("docs/results.md", "kinds"): by_kind},
    reads_data=False,
    pinned=False,
    resumes=True,
)

if __name__ == "__main__":
    BENCHMARK.main()
