"""Whether explanations point at what decides: deletion curves, and planted events.

A case is cut into segments of time. They are replaced, the most important first, by those of the mean series of the
training cases, which is also the reference of the explanation. The curve is the probability of the class that was
predicted before, and its mean over all steps is what the table says. The sooner it falls, the better the segments were
ranked. All rankings have the same segments and the same model.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import load, names
from harness.pages import table
from harness.results import Results

from lightwaves import LightWaveSClassifier
from lightwaves.inspection import explain

N_CASES, N_SEGMENTS, N_SETS, N_SHUFFLES = 40, 20, 10, 5
EVENT, N_TIMEPOINTS, N_CHANNELS = 20, 120, 8
EXACT, FROM_MEAN, RANDOM = "explain", "explain, from the training mean", "random"
PERMUTATION, SHAP = "permutation importance", "SHAP"
METHODS = (EXACT, FROM_MEAN, RANDOM, PERMUTATION, SHAP)
Ranked = tuple[np.ndarray, float]  # importances (n_cases, n_segments), and the seconds that they took


def measure(results: Results, shared: Path) -> None:
    """Curves of ten sets, then planted events."""
    done = 0
    for name in names(shared):
        X, y, X_test, y_test = load(shared, name)
        if isinstance(X, list) or done == N_SETS:  # one length for all, so that segments are the same ones
            continue
        done += 1
        cases = np.random.default_rng(0).permutation(len(y_test))[:N_CASES]
        model = LightWaveSClassifier(random_state=0).fit(X, y)
        curves(results, name, model, X, X_test[cases], X_test, y_test)
    for offset in (0.0, 1.0):
        for seed in range(3):
            results.add("insight_planted", offset, seed, *found(offset, seed))


def curves(results: Results, name: str, model: Any, X: np.ndarray, cases: np.ndarray, X_test: Any, y_test: Any) -> None:
    """The curve of each ranking."""
    n_timepoints = X.shape[2]
    borders = np.linspace(0, n_timepoints, min(N_SEGMENTS, n_timepoints) + 1).astype(int)
    mean, predicted = X.mean(axis=0, dtype=np.float64).astype(X.dtype), model.predict_proba(cases).argmax(axis=1)
    rankings: list[tuple[str, Callable[..., Ranked]]] = [
        (EXACT, by_explain), (FROM_MEAN, from_mean), (RANDOM, by_chance), (PERMUTATION, by_permutation),
        (SHAP, by_shap),
    ]  # fmt: skip
    for how, rank in rankings:
        try:
            importances, seconds = rank(model, cases, predicted, borders, mean, X_test, y_test)
        except ImportError:
            continue
        order = np.argsort(-importances, axis=1)
        curve = deletion(model, cases, order, borders, mean, predicted)
        results.add("insight", name, how, float(curve.mean()), float(curve[len(curve) // 5]), seconds / len(cases))


def deletion(model, cases, order, borders, mean, predicted) -> np.ndarray:
    """The mean probability of the class predicted at first, after 0, 1, 2, ... segments."""
    altered, curve = cases.copy(), []
    for step in range(order.shape[1]):
        curve.append(model.predict_proba(altered)[np.arange(len(cases)), predicted].mean())
        for case, segment in enumerate(order[:, step]):
            part = slice(borders[segment], borders[segment + 1])
            altered[case, :, part] = mean[:, part]
    return np.array(curve)


# --- rankings -----------------------------------------------------------------------------------------------


def by_explain(model, cases, predicted, borders, mean, X_test, y_test) -> Ranked:
    """What each segment adds to the score of the predicted class, relative to the mean series."""
    return explained(model, cases, predicted, borders, mean[np.newaxis])


def from_mean(model, cases, predicted, borders, mean, X_test, y_test) -> Ranked:
    """The same relative to the mean of the features, which no series has."""
    return explained(model, cases, predicted, borders, "mean")


def explained(model, cases, predicted, borders, reference) -> Ranked:
    """The contributions of the segments."""
    explain(model, cases[:1])
    started = perf_counter()
    times = explain(model, cases, reference=reference).times[np.arange(len(cases)), predicted]
    return np.add.reduceat(times, borders[:-1], axis=1), perf_counter() - started


def by_chance(model, cases, predicted, borders, mean, X_test, y_test) -> Ranked:
    """A random order for each case."""
    return np.random.default_rng(0).random((len(cases), len(borders) - 1)), 0.0


def by_permutation(model, cases, predicted, borders, mean, X_test, y_test) -> Ranked:
    """By how much accuracy on the test cases falls when a segment is exchanged between cases; the same for all."""
    rng, started = np.random.default_rng(0), perf_counter()
    before, drops = model.score(X_test, y_test), np.zeros(len(borders) - 1)
    for segment in range(len(drops)):
        part = slice(borders[segment], borders[segment + 1])
        for _ in range(N_SHUFFLES):
            shuffled = X_test.copy()
            shuffled[:, :, part] = X_test[rng.permutation(len(X_test)), :, part]
            drops[segment] += (before - model.score(shuffled, y_test)) / N_SHUFFLES
    return np.tile(drops, (len(cases), 1)), perf_counter() - started


def by_shap(model, cases, predicted, borders, mean, X_test, y_test) -> Ranked:
    """SHAP's kernel explainer on segments that are there or replaced by the mean."""
    import shap

    def of_case(case, label):
        def probability(masks):
            series = np.repeat(case[np.newaxis], len(masks), axis=0)
            for segment in range(len(borders) - 1):
                part = slice(borders[segment], borders[segment + 1])
                gone = masks[:, segment] < 0.5
                series[gone, :, part] = mean[:, part]
            return model.predict_proba(series)[:, label]

        explainer = shap.KernelExplainer(probability, np.zeros((1, len(borders) - 1)), silent=True)
        return explainer.shap_values(np.ones((1, len(borders) - 1)), silent=True)[0]

    started = perf_counter()
    return np.array([of_case(c, k) for c, k in zip(cases, predicted, strict=True)]), perf_counter() - started


# --- planted events -----------------------------------------------------------------------------------------


def planted(n_cases: int, seed: int, offset: float):
    """Noise with a memory; in three of four classes an event in a channel of its own, at any time."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_cases, N_CHANNELS, N_TIMEPOINTS))
    for t in range(1, N_TIMEPOINTS):
        X[:, :, t] += 0.6 * X[:, :, t - 1]
    X /= X.std()
    X += offset * rng.standard_normal((n_cases, N_CHANNELS, 1))
    y, begin, s = np.arange(n_cases) % 4, rng.integers(10, N_TIMEPOINTS - EVENT - 10, n_cases), np.arange(EVENT)
    events = np.array([np.sin(0.9 * s), np.exp(-0.5 * ((s - 10) / 4) ** 2), np.sign(np.sin(0.6 * s))])
    for case in np.flatnonzero(y < 3):
        X[case, 2 * y[case] + 1, begin[case] : begin[case] + EVENT] += 4 * events[y[case]]
    return X.astype(np.float32), y, begin


def found(offset: float, seed: int) -> tuple[int, float, float, float, float]:
    """Accuracy, and the share of right cases whose planted channel, or time, ranks first, for two references."""
    X, y, _ = planted(300, 2 * seed, offset)
    model = LightWaveSClassifier(random_state=seed).fit(X, y)
    X_test, y_test, begin = planted(400, 2 * seed + 1, offset)
    predicted = model.predict(X_test)
    right = (predicted == y_test) & (y_test < 3)
    cases, labels, begin = np.arange(right.sum()), y_test[right], begin[right]
    shares = []
    for reference in ("mean", X[y == 3]):
        explanation = explain(model, X_test[right], reference=reference)
        channel = explanation.channels[cases, labels].argmax(axis=1)
        time = explanation.times[cases, labels].argmax(axis=1)
        shares.append(float((channel == 2 * labels + 1).mean()))
        shares.append(float(((begin - 2 <= time) & (time < begin + EVENT + 2)).mean()))
    return float((predicted == y_test).mean()), *shares


# --- tables -------------------------------------------------------------------------------------------------


def curves_table(read: Read) -> str:
    """The mean of each curve, and the time for a case."""
    rows = read("insight")
    methods = [m for m in METHODS if any(row["method"] == m for row in rows)]
    by = {(row["dataset"], row["method"]): row for row in rows}
    sets = list(dict.fromkeys(row["dataset"] for row in rows))
    lines = []
    for name in sets:
        lines.append([name, *(f"{float(by[name, m]['curve']):.3f}" if (name, m) in by else "" for m in methods)])
    means = [np.mean([float(row["curve"]) for row in rows if row["method"] == m]) for m in methods]
    times = [np.mean([1000 * float(row["seconds"]) for row in rows if row["method"] == m]) for m in methods]
    lines.append(["**mean**", *(f"**{mean:.3f}**" for mean in means)])
    lines.append(
        ["milliseconds for a case", *(f"{t:.2f}" if m != RANDOM else "" for m, t in zip(methods, times, strict=True))]
    )
    return table(["data set", *methods], lines)


def planted_table(read: Read) -> str:
    """How often what was planted ranks first."""
    rows = read("insight_planted")
    lines = []
    for offset in dict.fromkeys(row["offset"] for row in rows):
        mine = [row for row in rows if row["offset"] == offset]
        means = [np.mean([float(row[c]) for row in mine]) for c in list(mine[0])[2:]]
        kind = "noise" if float(offset) == 0 else "noise, and an offset of each channel in each case"
        lines.append([kind, *(f"{mean:.3f}" for mean in means)])
    head = ["series", "accuracy", "channel, from the mean", "time, from the mean", "channel, from the quiet class",
            "time, from the quiet class"]  # fmt: skip
    return table(head, lines)


BENCHMARK = Benchmark(
    about="deletion curves and planted events: whether explanations point at what decides",
    minutes=10,
    files={
        "insight": ("dataset", "method", "curve", "after_a_fifth", "seconds"),
        "insight_planted": ("offset", "seed", "accuracy", "channel", "time", "channel_class", "time_class"),
    },
    measure=measure,
    tables={("docs/insight.md", "deletion"): curves_table, ("docs/insight.md", "planted"): planted_table},
)

if __name__ == "__main__":
    BENCHMARK.main()
