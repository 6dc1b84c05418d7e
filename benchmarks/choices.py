"""How the defaults were chosen: cross-validation on training splits. Test splits are not read.

    python benchmarks/choices.py [--data ../shared] [--variants NAME ...] [--n-features 500 100] [--table]

adds to results/choices.csv what is not there yet, one line for each variant, number of features, data set and fold,
and writes the tables in docs/choices.md. Every variant is fitted on the same folds, with the same seeds. ``--table``
writes the tables only.

Five folds of three shuffles; of data sets with more than 1,000 cases, three draws of 1,200 cases to learn from and
1,200 others to be scored by. BasicMotions, where all is right, is left out.
"""

from __future__ import annotations

import argparse
import csv
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from common import DOCS, RESULTS, load, machine, names, pin_one_thread, replace_table

pin_one_thread()

import numpy as np  # noqa: E402
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit  # noqa: E402

from lightwaves import (  # noqa: E402
    LightWaveSClassifier,
    MiniRocket,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
    detachment,
)
from lightwaves.banks import default_banks  # noqa: E402

FILE = RESULTS / "choices.csv"
COLUMNS = ["variant", "n_features", "dataset", "fold", "accuracy", "n_convolutions"]
SEEDS, MANY, TAKEN = (0, 1, 2), 1000, 1200
NOISE = ("NATOPS", "RacketSports", "UWaveGestureLibrary", "LSST")  # with channels of other cases added
N_NOISE = 120
EVENTS = "events, synthetic"
OF_EVENTS = ("default", "Prism or both, no windows", "MiniRocket", "MultiRocket", "Rocket")


def variant(banks: Any = None, constants: dict[str, Any] | None = None, **parameters: Any) -> tuple:
    """What differs from the defaults: the banks, constants of detachment, and other parameters."""
    return banks, constants or {}, parameters


def mixture(**parameters: Any) -> list:
    """The first of the default banks, with other parameters of Prism."""
    return [Prism(5_000, **parameters), Rocket(2_500)]


VARIANTS = {
    "default": variant(),
    "Prism and Rocket": variant(default_banks()[0]),
    "Prism": variant(default_banks()[1]),
    "Prism with windows, and Rocket": variant(default_banks()[2]),
    "Prism or both, no windows": variant(default_banks()[:2]),
    "Rocket": variant([Rocket(5_000)]),
    "MiniRocket": variant([MiniRocket()]),
    "MultiRocket": variant([MultiRocket()]),
    "WaveletScattering": variant([WaveletScattering()]),
    "those three and Rocket": variant([WaveletScattering(), Rocket(), MiniRocket(), MultiRocket()]),
    "the paper": variant(selection="mrmr"),
    "Prism and Rocket, windows of half": variant(mixture(windows=0.5)),
    "Prism and Rocket, no low kernels": variant(mixture(low=0.0)),
    "Prism and Rocket, no differences": variant(mixture(differences=0.0)),
    "5,000 candidates": variant(search_candidates=5_000),
    "20,000 candidates": variant(search_candidates=20_000),
    "no rule for convolutions": variant(constants={"CONVOLUTIONS": np.inf}),
    "the penalty as it is": variant(constants={"SHRINKING": 0.0}),
    "the penalty with the root of the features left": variant(constants={"SHRINKING": 0.5}),
    "three times the penalties": variant(constants={"PENALTIES": 3 * detachment.PENALTIES}),
    "a third of the penalties": variant(constants={"PENALTIES": detachment.PENALTIES / 3}),
    "the penalty from 1e-3 to 1e3": variant(constants={"PENALTIES": np.logspace(-3, 3, 10) / 10_000}),
    "a fifth dropped each round": variant(constants={"DROPPED": 0.2}),
    "all channels": variant(screen_channels=False),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared"), help="the folder with data/")
    parser.add_argument("--variants", nargs="*", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--n-features", nargs="*", type=int, default=[500])
    parser.add_argument("--sets", nargs="*", help="data sets; all by default")
    parser.add_argument("--table", action="store_true", help="only write the tables")
    options = parser.parse_args()
    if not options.table:
        run(options)
    write_tables()


def run(options: argparse.Namespace) -> None:
    """Fit and score what is not in the file yet."""
    if not FILE.exists():
        FILE.write_text(f"# python benchmarks/choices.py; {machine()}\n{','.join(COLUMNS)}\n")
    done = {(row["variant"], int(row["n_features"]), row["dataset"], row["fold"]) for row in results()}
    sets = {name: name for name in names(options.data) if name != "BasicMotions"}
    sets |= {f"{name} + noise": name for name in NOISE} | {EVENTS: EVENTS}
    for shown in options.sets or sets:
        X, y = events() if shown == EVENTS else load(options.data, sets[shown])[:2]
        y = np.unique(y, return_inverse=True)[1]
        noisy = shown != sets[shown]
        X = with_noise(X) if noisy else X
        for fold, train, test in folds(y):
            for name in options.variants:
                if (noisy and name not in ("default", "all channels")) or (shown == EVENTS and name not in OF_EVENTS):
                    continue
                for n_features in options.n_features:
                    if (name, n_features, shown, fold) in done:
                        continue
                    scored = score(VARIANTS[name], n_features, X, y, train, test, int(fold[0]))
                    with open(FILE, "a", newline="") as file:
                        csv.writer(file).writerow([name, n_features, shown, fold, *scored])
        print(shown, flush=True)


def folds(y):
    """A name, the cases to learn from, and those to be scored by."""
    for seed in SEEDS:
        if len(y) > MANY:
            split = StratifiedShuffleSplit(1, train_size=TAKEN, test_size=TAKEN, random_state=seed)
        else:
            split = StratifiedKFold(5, shuffle=True, random_state=seed)
        for number, (train, test) in enumerate(split.split(np.zeros(len(y)), y)):
            yield f"{seed}.{number}", train, test


def with_noise(X):
    """The same series, and channels of other cases, drawn at random, that know nothing of the class."""
    rng = np.random.RandomState(0)
    added = [X[rng.permutation(len(X)), rng.randint(X.shape[1])] for _ in range(N_NOISE)]
    return np.concatenate([X, np.stack(added, axis=1)], axis=1)


def events():
    """Noise with a short wave, in one channel at a time that tells the class, and in another wherever it falls."""
    rng = np.random.default_rng(0)
    y, t = rng.integers(0, 8, 240), np.arange(128)
    X = rng.standard_normal((len(y), 3, len(t)))
    for case, label in zip(X, y, strict=True):
        places = [8 + 16 * label + rng.integers(-4, 5), *rng.integers(0, len(t), 3)]
        for channel, place in zip((0, 1, 1, 1), places, strict=True):
            phase = rng.uniform(0, 2 * np.pi)
            case[channel] += 4 * np.exp(-((t - place) ** 2) / 18) * np.sin(0.9 * (t - place) + phase)
    return X.astype(np.float32), y


def score(how: tuple, n_features: int, X, y, train, test, seed: int) -> tuple[str, int]:
    """The accuracy on the cases that were held back, and how many convolutions the features need."""
    banks, constants, parameters = how
    taken: Callable = lambda which: [X[i] for i in which] if isinstance(X, list) else X[which]  # noqa: E731
    with ExitStack() as stack:
        for name, value in constants.items():
            stack.enter_context(patch.object(detachment, name, value))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # fewer candidates than asked for
        model = LightWaveSClassifier(banks, n_features, random_state=seed, **parameters).fit(taken(train), y[train])
        accuracy = model.score(taken(test), y[test])
    return f"{accuracy:.5f}", model.plan_.cost().n_convolutions


def results() -> list[dict[str, str]]:
    """The lines of the file."""
    with open(FILE, newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def write_tables() -> None:
    """Each variant beside the default, and channels that know nothing."""
    accuracy: dict[tuple, dict[str, dict[str, float]]] = {}
    convolutions: dict[tuple, list[int]] = {}
    for row in results():
        key = (row["variant"], int(row["n_features"]))
        accuracy.setdefault(key, {}).setdefault(row["dataset"], {})[row["fold"]] = float(row["accuracy"])
        if not row["dataset"].endswith(("noise", "synthetic")):
            convolutions.setdefault(key, []).append(int(row["n_convolutions"]))

    lines = [
        "| variant | features | mean | difference | its standard error | convolutions |",
        "| --- |" + " --- |" * 5,
    ]
    real = [name for name in accuracy["default", 500] if not name.endswith(("noise", "synthetic"))]
    for n_features in sorted({n for _, n in accuracy}, reverse=True):
        for name in VARIANTS:
            own, usual = accuracy.get((name, n_features), {}), accuracy.get(("default", n_features), {})
            if not own or any(len(own.get(s, {})) < len(usual[s]) for s in real):
                continue
            gaps = [np.array([own[s][fold] - usual[s][fold] for fold in usual[s]]) for s in real]
            mean = np.mean([np.mean(list(own[s].values())) for s in real])
            error = np.sqrt(sum(gap.var(ddof=1) / len(gap) for gap in gaps)) / len(gaps)
            gap = "" if name == "default" else f"{100 * np.mean([g.mean() for g in gaps]):+.2f} | {100 * error:.2f}"
            n_convolutions = np.mean(convolutions[name, n_features])
            lines.append(f"| {name} | {n_features} | {mean:.4f} | {gap or ' | '} | {n_convolutions:.0f} |")
    lines.append(f"\n{len(real)} data sets. Differences and their standard errors in points, over equal folds.")
    replace_table(DOCS / "choices.md", "choices", "\n".join(lines))

    lines = ["| data set | all channels | screened |", "| --- | --- | --- |"]
    for name in NOISE:
        of = f"{name} + noise"
        if any(of not in accuracy.get((v, 500), {}) for v in ("all channels", "default")):
            continue
        for shown in (name, of):
            means = [np.mean(list(accuracy[v, 500][shown].values())) for v in ("all channels", "default")]
            lines.append(f"| {shown} | {means[0]:.3f} | {means[1]:.3f} |")
    replace_table(DOCS / "choices.md", "noise", "\n".join(lines))

    lines = ["| variant | accuracy |", "| --- | --- |"]
    for name in OF_EVENTS:
        found = accuracy.get((name, 500), {}).get(EVENTS, {})
        lines += [f"| {name} | {np.mean(list(found.values())):.3f} |"] if found else []
    replace_table(DOCS / "choices.md", "events", "\n".join(lines))

    lines = ["| variant | features | difference | its standard error |", "| --- | --- | --- | --- |"]
    topic = ""
    with open(RESULTS / "explored.csv", newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            if row["topic"] != topic:
                topic = row["topic"]
                lines.append(f"| **{topic}** | | | |")
            lines.append(f"| {row['variant']} | {row['n_features']} | {row['difference']} | {row['standard_error']} |")
    replace_table(DOCS / "choices.md", "explored", "\n".join(lines))


if __name__ == "__main__":
    main()
