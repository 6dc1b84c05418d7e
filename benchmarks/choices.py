"""How the defaults were chosen: cross-validation on training splits. Test splits are not read.

Three folds of three shuffles; of data sets with more cases than `MANY`, three draws of so many cases to learn from, and
as many others to be scored by. Every variant is fitted on the same folds, with the same seeds. BasicMotions, where all
is right, is left out. Labels need no honest estimate, so models are fitted without one. A process on each core fits one
variant at a time.
"""

from __future__ import annotations

import warnings
from contextlib import ExitStack
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import load, names
from harness.pages import counted, paragraph, table
from harness.results import FOLDER, Missing, Results, read
from harness.timing import on_every_core
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit

from lightwaves import LightWaveSClassifier, MiniRocket, MultiRocket, Prism, Rocket, WaveletScattering
from lightwaves.banks import default_banks
from lightwaves.selection import detachment, products

CONSTANTS = {"CONVOLUTIONS": detachment, "DROPPED": detachment, "SHRINKING": detachment, "PENALTIES": products}
SEEDS, FOLDS, MANY = (0, 1, 2), 3, 600
NOISE = ("NATOPS", "RacketSports", "UWaveGestureLibrary", "LSST")  # with channels of other cases added
N_NOISE, NOISY = 120, " + noise"
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
    "three times the penalties": variant(constants={"PENALTIES": 3 * products.PENALTIES}),
    "a third of the penalties": variant(constants={"PENALTIES": products.PENALTIES / 3}),
    "the penalty from 1e-3 to 1e3": variant(constants={"PENALTIES": np.logspace(-3, 3, 10) / 10_000}),
    "a tenth dropped each round": variant(constants={"DROPPED": 0.1}),
    "all channels": variant(screen_channels=False),
}


# --- measuring ------------------------------------------------------------------------------------------------------


def measure(results: Results, shared: Path) -> None:
    """Fit and score what is not in the file yet: seed by seed, large data sets first, so that no core idles later."""
    done = {(row["dataset"], row["fold"], row["variant"]) for row in results.earlier["choices"]}
    sets = [name for name in names(shared) if name != "BasicMotions"]
    sets += [*(f"{name}{NOISY}" for name in NOISE if name in sets), EVENTS]
    n_cases = {name: len(series(shared, name)[1]) for name in sets}
    tasks = [
        (name, f"{seed}.{number}", variant)
        for seed in SEEDS
        for name in sorted(sets, key=lambda name: -n_cases[name])
        for number in range(len(folds(np.arange(n_cases[name]) % 2, seed)))
        for variant in VARIANTS
        if is_asked(name, variant) and (name, f"{seed}.{number}", variant) not in done
    ]
    results.expect(len(tasks))
    for row in on_every_core(partial(fit_and_score, shared), tasks):
        results.add("choices", *row)


def is_asked(name: str, variant: str) -> bool:
    """Whether a variant is tried on a data set."""
    if name.endswith(NOISY):
        return variant in ("default", "all channels")
    return name != EVENTS or variant in OF_EVENTS


def fit_and_score(shared: Path, task: tuple[str, str, str]) -> list:
    """The row of a data set, a fold and a variant: the accuracy on the cases held back, and the convolutions needed."""
    name, fold, variant = task
    X, y = series(shared, name)
    seed, number = map(int, fold.split("."))
    train, test = folds(y, seed)[number]
    banks, constants, parameters = VARIANTS[variant]
    X_train, X_test = ([X[i] for i in cases] if isinstance(X, list) else X[cases] for cases in (train, test))
    with ExitStack() as stack:
        for constant, value in constants.items():
            stack.enter_context(patch.object(CONSTANTS[constant], constant, value))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # fewer candidates than asked for
        model = LightWaveSClassifier(banks, random_state=seed, honest=False, **parameters).fit(X_train, y[train])
        return [*task, model.score(X_test, y[test]), model.plan_.cost().n_convolutions]


def folds(y, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The cases to learn from and those to be scored by, of one shuffle."""
    if len(y) > MANY:
        size = min(MANY, len(y) // 2)
        split = StratifiedShuffleSplit(1, train_size=size, test_size=size, random_state=seed)
    else:
        split = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return list(split.split(np.zeros(len(y)), y))


@lru_cache(2)
def series(shared: Path, name: str):
    """X and y, the classes as numbers."""
    X, y = events() if name == EVENTS else load(shared, name.removesuffix(NOISY))[:2]
    return with_noise(X) if name.endswith(NOISY) else X, np.unique(y, return_inverse=True)[1]


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


# --- tables ---------------------------------------------------------------------------------------------------------


def accuracies(read: Read, column: str = "accuracy") -> dict[str, dict[str, dict[str, float]]]:
    """By variant, data set and fold."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in read("choices"):
        found.setdefault(row["variant"], {}).setdefault(row["dataset"], {})[row["fold"]] = float(row[column])
    if "default" not in found:
        raise Missing("choices.csv has nothing of the default")
    return found


def beside_the_default(read: Read) -> str:
    """Each variant that was fitted on all folds of the default."""
    accuracy, convolutions = accuracies(read), accuracies(read, "n_convolutions")
    usual = {name: of for name, of in accuracy["default"].items() if not name.endswith((NOISY, EVENTS))}
    rows = []
    for name in VARIANTS:
        own = accuracy.get(name, {})
        if any(not usual[s].keys() <= own.get(s, {}).keys() for s in usual) or not usual:
            continue
        gaps = [np.array([own[s][fold] - usual[s][fold] for fold in usual[s]]) for s in usual]
        mean = np.mean([np.mean([own[s][fold] for fold in usual[s]]) for s in usual])
        error = np.sqrt(sum(gap.var(ddof=1) / len(gap) for gap in gaps if len(gap) > 1)) / len(gaps)
        difference = [f"{100 * np.mean([gap.mean() for gap in gaps]):+.2f}", f"{100 * error:.2f}"]
        n_convolutions = np.mean([n for s in usual for n in convolutions[name][s].values()])
        rows.append([name, f"{mean:.4f}", *(["", ""] if name == "default" else difference), f"{n_convolutions:.0f}"])
    head = ["variant", "mean", "difference", "its standard error", "convolutions"]
    folds, draws = f"{counted(FOLDS, 'fold')} of {counted(len(SEEDS), 'shuffle')}", counted(len(SEEDS), "draw")
    note = paragraph(
        f"500 features, {counted(len(usual), 'data set')}. Differences and their standard errors are in points, over "
        f"equal cases: {folds}; of data sets with more than {MANY:,} training cases {draws} of {MANY:,} cases to learn "
        f"from and {MANY:,} to be scored by."
    )
    return f"{table(head, rows)}\n\n{note}"


def noise(read: Read) -> str:
    """All channels beside screened ones, without and with channels that say nothing."""
    accuracy, rows = accuracies(read), []
    for name in NOISE:
        for shown in (name, f"{name}{NOISY}"):
            both = [accuracy.get(v, {}).get(shown, {}) for v in ("all channels", "default")]
            if all(both):
                rows.append([shown, *(f"{np.mean(list(of.values())):.3f}" for of in both)])
    return table(["data set", "all channels", "screened"], rows)


def where_it_matters_when(read: Read) -> str:
    """Accuracies on the synthetic events."""
    found = {name: accuracies(read).get(name, {}).get(EVENTS, {}) for name in OF_EVENTS}
    rows = ([name, f"{np.mean(list(of.values())):.3f}"] for name, of in found.items() if of)
    return table(["variant", "accuracy"], rows)


def explored(_: Read) -> str:
    """What was tried with code that was not kept: a record, which no run makes anew."""
    rows, topic = [], ""
    for row in read(FOLDER, "explored").rows:
        if row["topic"] != topic:
            topic = row["topic"]
            rows.append([f"**{topic}**", "", "", ""])
        rows.append([row["variant"], row["n_features"], row["difference"], row["standard_error"]])
    return table(["variant", "features", "difference", "its standard error"], rows)


BENCHMARK = Benchmark(
    about="the defaults beside variants, by cross-validation on training splits",
    minutes=40,
    files={"choices": ("dataset", "fold", "variant", "accuracy", "n_convolutions")},
    measure=measure,
    tables={
        ("docs/choices.md", "choices"): beside_the_default,
        ("docs/choices.md", "noise"): noise,
        ("docs/choices.md", "events"): where_it_matters_when,
        ("docs/choices.md", "explored"): explored,
    },
    pinned=False,
    resumes=True,
)

if __name__ == "__main__":
    BENCHMARK.main()
