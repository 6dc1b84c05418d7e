"""Whether intervals belong among the default banks: cross-validation on training splits. Test splits are not read.

Two thirds of at most 1,000 cases to learn from, one third to be scored by, with two seeds. Where cases come in groups
(subjects, engines), a group is on one side only. Every variant is fitted on the same cases, with the same seeds.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import paths_in
from harness.pages import paragraph, table
from harness.results import Missing, Results
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit

from lightwaves import Intervals, LightWaveSClassifier, Prism, Rocket, unpad
from lightwaves.banks import default_banks

FOLDERS = ("data", "data_larger", "data_univariate")
SEEDS, MANY = (2, 3), 1_000  # others than those with which the features were chosen
MIXTURE = [Prism(4_000), Rocket(2_000), Intervals(n_features=2_000)]
HALF = [Prism(2_504), Rocket(1_250), Intervals(n_features=5_000)]
VARIANTS: dict[str, Any] = {
    "default": None,
    "Prism and Rocket": default_banks()[0],
    "a fifth of intervals": MIXTURE,
    "default, or a fifth of intervals": [*default_banks(), MIXTURE],
    "half of intervals": HALF,
    "intervals alone": Intervals(n_features=10_000),
}
Cases = tuple[Any, np.ndarray, np.ndarray | None]


def measure(results: Results, shared: Path) -> None:
    """Fit and score what is not in the file yet, seed by seed."""
    done = {(row["dataset"], row["seed"], row["variant"]) for row in results.earlier["intervals"]}
    paths = [path for folder in FOLDERS for path in paths_in(shared, folder)]
    paths = [path for path in paths if path.stem != "BasicMotions"]  # where all is right
    tasks = [(path, seed, name) for seed in SEEDS for path in paths for name in VARIANTS]
    tasks = [task for task in tasks if (task[0].stem, str(task[1]), task[2]) not in done]
    results.expect(len(tasks))
    for path, seed, name in tasks:
        X, y, groups = cases_of(path)
        train, test = split(y, groups, seed)
        X_train, X_test = ([X[i] for i in some] if isinstance(X, list) else X[some] for some in (train, test))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # fewer candidates than asked for
            model = LightWaveSClassifier(VARIANTS[name], random_state=seed, honest=False).fit(X_train, y[train])
        kept = sum("_q" in n or "to" in n.split("_")[-2] for n in model.get_feature_names_out())
        results.add("intervals", path.stem, seed, name, float(model.score(X_test, y[test])), kept)


def cases_of(path: Path) -> Cases:
    """The training cases of a data set, their classes, and their groups if they have some."""
    with np.load(path) as archive:
        X, y = archive["train_x"], archive["train_y"]
        groups = archive.get("train_groups")
    groups = X[:, 0, 0] if path.stem == "TF3" else groups
    y = np.unique(y, return_inverse=True)[1]
    return unpad(X) if np.isnan(X).any() else X, y, groups


def split(y: np.ndarray, groups: np.ndarray | None, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The cases to learn from and those to be scored by."""
    drawn = np.sort(np.random.RandomState(seed).permutation(len(y))[:MANY])
    if groups is not None:
        train, test = next(GroupShuffleSplit(1, test_size=1 / 3, random_state=seed).split(drawn, None, groups[drawn]))
    else:
        kind = StratifiedShuffleSplit if np.unique(y[drawn], return_counts=True)[1].min() > 1 else ShuffleSplit
        train, test = next(kind(1, test_size=1 / 3, random_state=seed).split(drawn, y[drawn]))
    return drawn[train], drawn[test]


def beside_the_default(read: Read) -> str:
    """Each variant, on all splits that it and the default were fitted on."""
    accuracy: dict[str, dict[tuple[str, str], float]] = {name: {} for name in VARIANTS}
    for row in read("intervals"):
        accuracy[row["variant"]][row["dataset"], row["seed"]] = float(row["accuracy"])
    usual = accuracy["default"]
    if not usual:
        raise Missing("intervals.csv has nothing of the default")
    rows = []
    for name, own in accuracy.items():
        both = [key for key in usual if key in own]
        if not both:
            continue
        sets = list(dict.fromkeys(dataset for dataset, _ in both))
        gaps = [np.mean([own[key] - usual[key] for key in both if key[0] == dataset]) for dataset in sets]
        mean = np.mean([np.mean([own[key] for key in both if key[0] == dataset]) for dataset in sets])
        error = f"{100 * np.std(gaps, ddof=1) / np.sqrt(len(gaps)):.2f}" if len(gaps) > 1 else ""
        difference = ["", ""] if name == "default" else [f"{100 * np.mean(gaps):+.2f}", error]
        n_sets = [str(sum(gap > 0 for gap in gaps)), str(sum(gap < 0 for gap in gaps))]
        rows.append([name, f"{mean:.4f}", *difference, *n_sets])
    head = ["variant", "mean", "difference", "its standard error", "sets better", "sets worse"]
    note = paragraph(
        f"500 features, {len({dataset for dataset, _ in usual})} data sets. Differences from the default are in "
        "points; their standard errors are those of the mean over data sets."
    )
    return f"{table(head, rows)}\n\n{note}"


BENCHMARK = Benchmark(
    about="intervals among the default banks, by cross-validation on training splits",
    minutes=30,
    files={"intervals": ("dataset", "seed", "variant", "accuracy", "n_of_intervals")},
    measure=measure,
    tables={("docs/choices.md", "intervals"): beside_the_default},
    pinned=False,
    resumes=True,
)

if __name__ == "__main__":
    BENCHMARK.main()
