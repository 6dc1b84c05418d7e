"""Speed of the banks beside aeon's transformers, and what 500 detached features of each cost.

All in one process, in turn, on one pinned thread; each bank computes as many features as aeon's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from accuracy import DEFAULT, Found
from harness.benchmark import Benchmark, Read
from harness.data import load
from harness.pages import counted, paragraph, table
from harness.results import Missing, Results
from harness.timing import interleaved

WALKS = "64 x 24 x 1000"
SERIES = ("NATOPS", "UWaveGestureLibrary", "UWaveGestureLibrary, one channel", WALKS)
PEERS = {"Rocket": {"normalise": False}, "MiniRocket": {}, "MultiRocket": {}}
PRESETS = {"small": 100, "default": 500, "accurate": 1500}
SETS = {"NATOPS": "all banks", "UWaveGestureLibrary": "all banks", "LSST": "presets"}
REPEATS, IN_A_ROW = 7, 50
ONE_SET = "NATOPS"  # that the pages for users show


# --- measuring ------------------------------------------------------------------------------------------------------


def measure(results: Results, shared: Path) -> None:
    """Whole banks, then chosen features."""
    for name in SERIES:
        for bank in PEERS:
            results.add("banks", name, bank, *beside_aeon(bank, series(shared, name)))
    for name, of in SETS.items():
        X, y, X_test, _ = load(shared, name)
        X, X_test = (np.ascontiguousarray(x, np.float32) for x in (X, X_test))
        for label, model in models(of == "presets"):
            results.add("deployed", name, label, *beside_minirocket(model.fit(X, y), X, X_test))


def series(shared: Path, name: str) -> np.ndarray:
    """Training series of a data set, or random walks."""
    if name == WALKS:
        return np.random.default_rng(0).standard_normal((64, 24, 1000), dtype=np.float32).cumsum(axis=-1)
    X = np.ascontiguousarray(load(shared, name.split(",")[0])[0], np.float32)
    return X[:, :1].copy() if "one channel" in name else X


def beside_aeon(bank: str, X: np.ndarray) -> list:
    """Features of both, seconds of both for all of X, and their ratio."""
    from aeon.transformations.collection import convolution_based

    import lightwaves

    ours = getattr(lightwaves, bank)(random_state=0).fit(X)
    peer = getattr(convolution_based, bank)(random_state=0, **PEERS[bank]).fit(X)
    works = {"ours": lambda: ours.transform(X), "aeon": lambda: peer.transform(X)}
    sizes = [work().shape[1] for work in works.values()]
    times = interleaved(works, 3 if bank == "Rocket" else REPEATS)
    mine, theirs = (float(np.median(seconds)) for seconds in times.values())
    return [*sizes, mine, theirs, theirs / mine]


def models(presets_only: bool) -> Iterator[tuple[str, object]]:
    """Classifiers with 500 features of each bank and of several, and the defaults with fewer and more."""
    from lightwaves import LightWaveSClassifier, MiniRocket, MultiRocket, Prism, Rocket, WaveletScattering

    banks = [WaveletScattering(), Rocket(), MiniRocket(), MultiRocket(), Prism()]
    if not presets_only:
        for bank in banks:
            yield type(bank).__name__, LightWaveSClassifier(bank, random_state=0)
        yield "all five", LightWaveSClassifier(banks, random_state=0)
    for label, n_features in PRESETS.items():
        yield label, LightWaveSClassifier(n_features=n_features, random_state=0)


def beside_minirocket(model, X: np.ndarray, X_test: np.ndarray) -> list[float]:
    """Seconds of one case and of a case in a batch, each with the ratio to aeon's MiniRocket, and the cost."""
    from aeon.transformations.collection.convolution_based import MiniRocket as Peer

    peer, one, cost = Peer(random_state=0).fit(X), X_test[0].copy(), model.plan_.cost()
    works = {
        "one": lambda: [model.plan_.apply_one(one) for _ in range(IN_A_ROW)],
        "peer, one": lambda: [peer.transform(X_test[:1]) for _ in range(IN_A_ROW)],
        "batch": lambda: model.transform(X_test),
        "peer, batch": lambda: peer.transform(X_test),
    }
    interleaved(works, 1)
    times = {key: float(np.median(seconds)) for key, seconds in interleaved(works, REPEATS).items()}
    of_one = [times["one"] / IN_A_ROW, times["peer, one"] / times["one"]]
    of_batch = [times["batch"] / len(X_test), times["peer, batch"] / times["batch"]]
    return [*of_one, *of_batch, cost.n_convolutions, cost.n_multiply_adds, cost.n_bytes]


# --- tables ---------------------------------------------------------------------------------------------------------


def transforms_and_features(read: Read) -> str:
    """Whole transforms beside aeon's, and chosen features beside aeon's MiniRocket."""
    by_series: dict[str, dict[str, str]] = {}
    for row in read("banks"):
        cell = f"{1e3 * float(row['seconds']):.0f} ms, {float(row['ratio']):.1f} x"
        by_series.setdefault(row["series"], {})[row["bank"]] = cell
    whole = [[name, *(cells.get(bank, "") for bank in PEERS)] for name, cells in by_series.items()]
    chosen = []
    for row in read("deployed"):
        one = f"{1e6 * float(row['one_case_s']):.0f} us, {float(row['one_case_ratio']):.0f} x"
        batch = f"{1e6 * float(row['batch_case_s']):.1f} us, {float(row['batch_case_ratio']):.0f} x"
        cost = [row["n_convolutions"], f"{int(row['n_multiply_adds']):,}"]
        chosen.append([f"{row['dataset']}, {row['features']}", one, batch, *cost])
    head = ["features", "one case", "in a batch", "convolutions", "multiply-adds"]
    return f"{table(['series', *PEERS], whole)}\n\n{table(head, chosen)}"


def costs(read: Read) -> dict[str, list[str]]:
    """For the features of each model: convolutions, seconds, bytes, on the data set that is shown."""
    return {
        row["features"]: [
            row["n_convolutions"],
            f"{1e6 * float(row['one_case_s']):.0f} us",
            f"{1e6 * float(row['batch_case_s']):.1f} us",
            f"{int(row['n_bytes']) / 1024:.0f} KiB",
        ]
        for row in read("deployed")
        if row["dataset"] == ONE_SET
    }


COSTS = ("convolutions", "one case", "in a batch", "parameters")


def presets(read: Read) -> str:
    """What the defaults give and cost with fewer and more features."""
    found, cost, rows = Found(read), costs(read), []
    for label, n_features in PRESETS.items():
        model = DEFAULT if label == "default" else f"{DEFAULT}, {n_features}"
        if model in found.models and label in cost:
            rows.append([label, n_features, f"{found.mean(model):.3f}", *cost[label]])
    if not rows:
        raise Missing(f"accuracy.csv and deployed.csv have no preset on {ONE_SET}")
    return table(["", "features", "accuracy", *COSTS], rows)


def single_banks(read: Read) -> str:
    """What 500 features of each bank give and cost, and the default beside them."""
    found, cost, rows = Found(read), costs(read), []
    for label in cost:
        model = DEFAULT if label == "default" else f"{label}, 500"
        if model in found.models:
            name = "the default" if label == "default" else f"`{label}`"
            rows.append([name, f"{found.mean(model):.3f}", f"{found.deviation(model):.3f}", *cost[label]])
    if not rows:
        raise Missing(f"accuracy.csv and deployed.csv have no bank on {ONE_SET}")
    note = paragraph(
        f"Chosen by detachment. Accuracy is the mean over the test splits of {counted(len(found.sets), 'data set')}, "
        f"the deviation its standard deviation from seed to seed. The costs are those of {ONE_SET}."
    )
    return f"{table(['500 features of', 'accuracy', 'deviation', *COSTS], rows)}\n\n{note}"


BENCHMARK = Benchmark(
    about="the banks beside aeon's transformers, and chosen features",
    minutes=13,
    files={
        "banks": ("series", "bank", "n_features", "aeon_n_features", "seconds", "aeon_seconds", "ratio"),
        "deployed": (
            "dataset", "features", "one_case_s", "one_case_ratio", "batch_case_s", "batch_case_ratio",
            "n_convolutions", "n_multiply_adds", "n_bytes",
        ),
    },
    measure=measure,
    tables={
        ("docs/results.md", "banks"): transforms_and_features,
        ("docs/guide.md", "presets"): presets,
        ("docs/banks.md", "single banks"): single_banks,
    },
)  # fmt: skip

if __name__ == "__main__":
    BENCHMARK.main()
