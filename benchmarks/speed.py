"""Speed beside aeon's ROCKET family: same process, in turn, medians, one pinned thread, compilation apart."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import load
from harness.pages import table
from harness.results import Results
from harness.timing import interleaved

SETS = ("NATOPS", "BasicMotions", "UWaveGestureLibrary", "LSST", "synthetic", "noise")
OURS = ("LightWaveS", "LightWaveS, mRMR")  # the defaults, and the paper's configuration
FAST, SLOW = "MiniRocket", ("MultiRocket", "Rocket")  # of the peers
IN_A_ROW = 100  # single cases timed together
SLOW_CASES = 40  # Rocket and MultiRocket transform so many cases of a test split
BATCH, ONE, FIT = "500 features, batch, per case", "500 features, one case", "whole fit"
FIRST = "first fit and prediction (CPU), compiled code cached by earlier runs"
REPEATS = 9


# --- measuring ------------------------------------------------------------------------------------------------------


def measure(results: Results, shared: Path) -> None:
    """Whole fits, transforms of one case and of a batch, and what a prediction adds to that."""
    for name in SETS:
        X, y, X_test = data(shared, name)
        ours, peers = classifiers(name)
        few = np.concatenate([np.flatnonzero(y == label)[:4] for label in np.unique(y)])
        for method, classifier in (ours | peers).items():
            started = process_time()
            classifier.fit(X[few], y[few]).predict(X[:1])
            if name == SETS[0]:
                results.add("speed", "", FIRST, method, process_time() - started, "")
        tell(results, name, FIT, fits(ours | peers, X, y))
        fitted = peer_transforms(X)
        tell(results, name, ONE, one_case(ours, fitted, X_test))
        tell(results, name, BATCH, batch(ours, fitted, X_test))
        for way, seconds in ways_to_predict(ours[OURS[0]], X_test).items():
            results.add("speed", name, way, OURS[0], float(np.median(seconds)), "")


def data(shared: Path, name: str):
    """X, y, X_test: a data set of the archive, or one of 267 x 963 x 144 in seven classes.

    Both synthetic sets are random walks. In "synthetic", classes differ in 48 of the 963 channels, by the
    frequency of a wave; in "noise" they do not differ at all, so that the chosen features are strewn over
    hundreds of channels, where they are not screened: the worst case for reading.
    """
    if name not in ("synthetic", "noise"):
        X, y, X_test, _ = load(shared, name)
        return np.ascontiguousarray(X, np.float32), y, np.ascontiguousarray(X_test, np.float32)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((267, 963, 144), dtype=np.float32).cumsum(axis=-1)
    y = rng.integers(0, 7, len(X))
    if name == "synthetic":
        wave = np.sin(np.arange(144) * 2 * np.pi / (6.0 + 2.0 * y[:, np.newaxis]))
        X[:, ::20][:, :48] += 2 * wave[:, np.newaxis].astype(np.float32)
    return X, y.astype(str), X


def classifiers(name: str) -> tuple[dict, dict]:
    """Ours and the peers; the slow ones not where there are hundreds of channels."""
    from aeon.classification import convolution_based

    from lightwaves import LightWaveSClassifier

    ours = {
        OURS[0]: LightWaveSClassifier(screen_channels=name != "noise", random_state=0),
        OURS[1]: LightWaveSClassifier(selection="mrmr", random_state=0),
    }
    kept = (FAST,) if name in ("synthetic", "noise") else (FAST, *SLOW)
    return ours, {peer: getattr(convolution_based, f"{peer}Classifier")(random_state=0) for peer in kept}


def peer_transforms(X) -> dict:
    """Aeon's transformers, fitted."""
    from aeon.transformations.collection import convolution_based

    return {peer: getattr(convolution_based, peer)(random_state=0).fit(X) for peer in (FAST, *SLOW)}


def fits(models: dict, X, y) -> dict[str, list[float]]:
    """Seconds of whole fits, of slow peers once."""
    works = {name: (lambda m=model: m.fit(X, y)) for name, model in models.items()}
    slow = {name: works.pop(name) for name in SLOW if name in works}
    large = len(y) > 1000 or X.shape[1] > 100
    return interleaved(works, 3 if large else REPEATS) | interleaved(slow, 1)


def one_case(ours: dict, fitted: dict, X_test) -> dict[str, list[float]]:
    """Seconds of the features of one case."""
    one = np.ascontiguousarray(X_test[0])
    fast = {name: (lambda m=model: m.plan_.apply_one(one)) for name, model in ours.items()}
    fast[FAST] = lambda: fitted[FAST].transform(X_test[:1])
    slow = {name: (lambda t=fitted[name]: t.transform(X_test[:1])) for name in SLOW}
    return in_a_row(fast) | interleaved(slow, 5)


def batch(ours: dict, fitted: dict, X_test) -> dict[str, list[float]]:
    """Seconds of the features of a case, in a batch."""
    from lightwaves.panel import as_panel

    panel, few = as_panel(X_test), X_test[:SLOW_CASES]
    fast = {name: (lambda m=model: m.plan_.apply(panel)) for name, model in ours.items()}
    fast[FAST] = lambda: fitted[FAST].transform(X_test)
    slow = {name: (lambda t=fitted[name]: t.transform(few)) for name in SLOW}
    repeats = 3 if X_test.shape[1] > 100 else REPEATS
    return per_item(interleaved(fast, repeats), len(X_test)) | per_item(interleaved(slow, 3), len(few))


def ways_to_predict(model, X_test) -> dict[str, list[float]]:
    """Seconds of a prediction of one case."""
    one = np.ascontiguousarray(X_test[0])
    return in_a_row({
        "one case, predict_one": lambda: model.predict_one(one),
        "one case, predict": lambda: model.predict(X_test[:1]),
    })  # fmt: skip


def in_a_row(works: dict) -> dict[str, list[float]]:
    """Seconds of one of many single cases, one after the other, as a stream would have them."""
    many = {name: (lambda w=work: [w() for _ in range(IN_A_ROW)]) for name, work in works.items()}
    return per_item(interleaved(many, REPEATS), IN_A_ROW)


def per_item(times: dict[str, list[float]], n: int) -> dict[str, list[float]]:
    """Seconds of one of n items."""
    return {name: [second / n for second in seconds] for name, seconds in times.items()}


def tell(results: Results, name: str, what: str, times: dict[str, list[float]]) -> None:
    """Keep the medians, and each peer's as a multiple of ours."""
    medians = {method: float(np.median(seconds)) for method, seconds in times.items()}
    for method, median in medians.items():
        results.add("speed", name, what, method, median, median / medians[OURS[0]])


# --- tables ---------------------------------------------------------------------------------------------------------


def beside_the_family(read: Read) -> str:
    """One line for each data set and measure, and one for each data set of predictions."""
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for row in read("speed"):
        found.setdefault((row["dataset"], row["measure"]), {})[row["method"]] = row
    compared, predicted = [], []
    for name in SETS:
        for what in (BATCH, ONE, FIT):
            methods = found.get((name, what), {})
            if all(ours in methods for ours in OURS):
                ratios = [ratio(methods.get(method)) for method in (FAST, *SLOW)]
                mine, papers = (shown(float(methods[ours]["seconds"]), what) for ours in OURS)
                compared.append([name, what, mine, *ratios, papers])
        keys = [(name, what) for what in (ONE, "one case, predict_one", "one case, predict")]
        if all(key in found for key in keys):
            predicted.append([name, *(shown(float(found[key][OURS[0]]["seconds"]), ONE) for key in keys)])
    head = ["data set", "measure", OURS[0], FAST, *SLOW, OURS[1]]
    ways = ["`plan_.apply_one`", "`predict_one`", "`predict` of one case"]
    return f"{table(head, compared)}\n\n{table(['data set', *ways], predicted)}"


def shown(seconds: float, what: str) -> str:
    """Seconds of a fit, microseconds of a case."""
    return f"{seconds:.3f} s" if what == FIT else f"{1e6 * seconds:.1f} us"


def ratio(row: dict[str, str] | None) -> str:
    """How many times as long as ours."""
    if row is None:
        return "-"
    times = float(row["ratio"])
    return f"{times:.0f} x" if times >= 10 else f"{times:.2f} x"


BENCHMARK = Benchmark(
    about="transforms and fits beside aeon's ROCKET family",
    minutes=13,
    files={"speed": ("dataset", "measure", "method", "seconds", "ratio")},
    measure=measure,
    tables={("docs/results.md", "speed"): beside_the_family},
)

if __name__ == "__main__":
    BENCHMARK.main()
