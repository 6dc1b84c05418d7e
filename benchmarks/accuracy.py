"""Test accuracy of lightwaves beside aeon's full-size models, on the same splits and with the same seeds.

    python benchmarks/accuracy.py [--data ../shared] [--models NAME ...] [--seeds 0 1 2] [--table]

adds to results/accuracy.csv what is not there yet, one line for each data set, model and seed, with the
seconds that one pinned thread took; then writes the tables in docs/results.md. ``--table`` writes the tables
only. Delete lines, or the file, to run them anew. Nothing is chosen by what it prints.

Where lengths differ, lightwaves is given the series as they are; aeon's models, which need one length, are
given them padded with zeros, to ten time points at least, the fewest that they take.
"""

from __future__ import annotations

import argparse
import csv
import warnings
from importlib import import_module
from pathlib import Path
from time import perf_counter

from common import DOCS, RESULTS, load, machine, names, pin_one_thread, replace_table

pin_one_thread()

import numpy as np  # noqa: E402
from sklearn.base import clone  # noqa: E402

FILE = RESULTS / "accuracy.csv"
SEEDS = (0, 1, 2)
COLUMNS = ["dataset", "model", "seed", "accuracy", "fit_s", "predict_s", "n_features", "n_channels_read"]


def lightwaves(bank, **options):
    """What makes one of our models for a seed; banks are imported when they are used."""

    def make(seed):
        import lightwaves as lw

        banks = {
            None: None,
            "wavelet": lw.WaveletScattering(),
            "L1": lw.WaveletScattering(levels=(1,)),
            "L2": lw.WaveletScattering(levels=(2,)),
            "prism": lw.Prism(),
            "rocket": lw.Rocket(),
            "minirocket": lw.MiniRocket(),
            "multirocket": lw.MultiRocket(),
            "morlet": lw.MorletScattering(),
        }
        return lw.LightWaveSClassifier(banks[bank], random_state=seed, **options)

    return make


def aeon(name, module="convolution_based"):
    """What makes one of aeon's classifiers for a seed."""

    def make(seed):
        kind = getattr(import_module(f"aeon.classification.{module}"), name)
        return kind(random_state=seed, n_jobs=1) if "n_jobs" in kind().get_params() else kind(random_state=seed)

    return make


OURS = {
    "LightWaveS, 100": lightwaves(None, n_features=100),
    "LightWaveS": lightwaves(None),
    "LightWaveS, 1500": lightwaves(None, n_features=1500),
    "LightWaveS, auto": lightwaves(None, n_features="auto"),
    "L1": lightwaves("L1", selection="mrmr"),
    "L2": lightwaves("L2", selection="mrmr"),
    "L1L2": lightwaves("wavelet", selection="mrmr"),
    "L1L2-1500": lightwaves("wavelet", selection="mrmr", n_features=1500),
    "WaveletScattering, 500": lightwaves("wavelet"),
    "Prism, 500": lightwaves("prism"),
    "Rocket, 500": lightwaves("rocket"),
    "MiniRocket, 500": lightwaves("minirocket"),
    "MultiRocket, 500": lightwaves("multirocket"),
    "MorletScattering, 500": lightwaves("morlet"),
}
PEERS = {
    "aeon MiniRocket": aeon("MiniRocketClassifier"),
    "aeon MultiRocket": aeon("MultiRocketClassifier"),
    "aeon Hydra": aeon("HydraClassifier"),
    "aeon MultiRocket-Hydra": aeon("MultiRocketHydraClassifier"),
    "aeon QUANT": aeon("QUANTClassifier", "interval_based"),
}
MODELS = OURS | PEERS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared"), help="the folder with data/")
    parser.add_argument("--models", nargs="*", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--sets", nargs="*", help="data sets; all by default")
    parser.add_argument("--seeds", nargs="*", type=int, default=list(SEEDS))
    parser.add_argument("--table", action="store_true", help="only write the tables")
    options = parser.parse_args()
    if not options.table:
        run(options)
    if len({row["model"] for row in results()}) == len(MODELS):
        write_tables()


def run(options: argparse.Namespace) -> None:
    """Fit and score what is not in the file yet, small data sets first."""
    data = {name: load(options.data, name) for name in options.sets or names(options.data)}
    if not FILE.exists():
        FILE.write_text(f"# python benchmarks/accuracy.py; {machine()}\n{','.join(COLUMNS)}\n")
    done = {(row["dataset"], row["model"], int(row["seed"])) for row in results()}
    warm = set()
    for seed in options.seeds:
        for name in sorted(data, key=lambda name: len(data[name][1])):
            for model in options.models:
                if (name, model, seed) in done:
                    continue
                if model not in warm:
                    measure(model, 0, *warm_up())
                    warm.add(model)
                row = [name, model, seed, *measure(model, seed, *data[name])]
                with open(FILE, "a", newline="") as file:
                    csv.writer(file).writerow(row)
                print(*row, flush=True)


def measure(model: str, seed: int, X, y, X_test, y_test) -> list[object]:
    """Accuracy, seconds, and what a prediction needs."""
    if model in PEERS:
        longest = max(10, *(x.shape[1] for x in (*X, *X_test)))
        X, X_test = padded(X, longest), padded(X_test, longest)
    estimator = clone(MODELS[model](seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer candidates than asked for, and what the peers warn of
        started = perf_counter()
        estimator.fit(X, y)
        fitted = perf_counter()
        predicted = estimator.predict(X_test)
        ended = perf_counter()
    accuracy = np.mean(np.asarray(predicted).astype(str) == np.asarray(y_test).astype(str))
    size = ["", ""] if model in PEERS else [len(estimator.plan_), len(estimator.channels_)]
    return [round(float(accuracy), 4), round(fitted - started, 3), round(ended - fitted, 4), *size]


def warm_up():
    """A few cases, on which everything is compiled before it is timed."""
    X = np.random.default_rng(0).standard_normal((12, 3, 40)).astype(np.float32)
    y = np.arange(12) % 3
    return X, y, X, y


def padded(X, n_timepoints: int) -> np.ndarray:
    """Series of one length."""
    result = np.zeros((len(X), X[0].shape[0], n_timepoints), np.float32)
    for case, x in zip(result, X, strict=True):
        case[:, : x.shape[1]] = x
    return result


def results() -> list[dict[str, str]]:
    """The lines of the file."""
    with open(FILE, newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def write_tables() -> None:
    """Means, per data set, wins and times, into docs/results.md."""
    rows = results()
    sets = sorted({row["dataset"] for row in rows})

    def of(model, name, column, seeds=SEEDS):
        values = [
            float(row[column])
            for row in rows
            if row["model"] == model and row["dataset"] == name and int(row["seed"]) in seeds
        ]
        return float(np.mean(values))

    accuracy = {model: np.array([of(model, name, "accuracy") for name in sets]) for model in MODELS}
    lines = [
        "| model | mean | deviation over seeds | wins/draws/losses against " + " | against ".join(PEERS)
        + " | fit, s | predict, s |",
        "| --- |" + " --- |" * (len(PEERS) + 4),
    ]  # fmt: skip
    for model in MODELS:
        against = []
        for peer in PEERS:
            gap = accuracy[model] - accuracy[peer]
            counts = [(gap > 1e-9).sum(), (abs(gap) <= 1e-9).sum(), (gap < -1e-9).sum()]
            against.append("" if model == peer else "/".join(map(str, counts)))
        fit, predict = (sum(of(model, name, column) for name in sets) for column in ("fit_s", "predict_s"))
        seeds = sorted({int(row["seed"]) for row in rows if row["model"] == model})
        deviation = np.std([np.mean([of(model, name, "accuracy", [s]) for name in sets]) for s in seeds], ddof=1)
        lines.append(
            f"| {model} | {accuracy[model].mean():.4f} | {deviation:.4f} ({len(seeds)}) | "
            + " | ".join(against) + f" | {fit:.1f} | {predict:.2f} |"
        )  # fmt: skip
    lines.append(
        f"\n{len(sets)} data sets, mean of seeds 0 to {max(SEEDS)}; the deviation is that of the mean over data sets, "
        "in brackets over how many seeds; seconds are sums over the data sets."
    )
    replace_table(DOCS / "results.md", "accuracy", "\n".join(lines))

    shown = [model for model in MODELS if model not in ("L1", "L2")]
    lines = ["| model | " + " | ".join(sets) + " |", "| --- |" + " --- |" * len(sets)]
    lines += [f"| {model} | " + " | ".join(f"{a:.3f}" for a in accuracy[model]) + " |" for model in shown]
    replace_table(DOCS / "results.md", "accuracy by data set", "\n".join(lines))


if __name__ == "__main__":
    main()
