"""Test accuracy of the paper's four variants beside the published figures, with one seed.

The authors padded series of unequal length, so the comparison pads too; beside it stands what the same data gives at
its own lengths. Nothing is chosen by what is found here.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from harness.benchmark import Benchmark, Read
from harness.data import load, names, one_length
from harness.pages import table
from harness.results import Results

VARIANTS = {"L1": ((1,), 500), "L2": ((2,), 500), "L1L2": ((1, 2), 500), "L1L2-1500": ((1, 2), 1500)}
FEW_CASES = 1500  # the published figures of larger sets rest on a random draw of so many
PADDED, OWN = ", zero-padded", ", own lengths"


def measure(results: Results, shared: Path) -> None:
    """Fit each variant on each data set, and of unequal lengths on both forms of it."""
    figures = published(shared)
    for name in names(shared):
        X, y, X_test, y_test = load(shared, name)
        forms = {"": (X, X_test)}
        if isinstance(X, list):
            forms = {PADDED: one_length(X, X_test), OWN: (X, X_test)}
        for form, (train, test) in forms.items():
            for variant in VARIANTS:
                accuracy = float(model(variant).fit(train, y).score(test, y_test))
                theirs = "" if form == OWN else figures[name][variant]
                results.add("published", f"{name}{form}", len(y), variant, accuracy, theirs)


def published(shared: Path) -> dict[str, dict[str, float]]:
    """Accuracy by data set and variant, the mean of the authors' 30 seeds."""
    columns = {variant: f"LightWaveS_{variant.replace('-', '_')}" for variant in VARIANTS}
    path = shared / "anchors" / "published_accuracy.csv"
    if not path.exists():
        raise SystemExit(f"there is no {path}: name the folder above anchors/ with --data")
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["dataset"]: {v: float(row[c]) for v, c in columns.items() if row[c]} for row in rows}


def model(variant: str, seed: int = 0):
    """The classifier of a variant."""
    from lightwaves import LightWaveSClassifier, WaveletScattering

    levels, n_features = VARIANTS[variant]
    return LightWaveSClassifier(WaveletScattering(levels=levels), n_features, "mrmr", random_state=seed)


def gap(row: dict[str, str]) -> float:
    """By how much ours is above the published figure."""
    return float(row["accuracy"]) - float(row["published"])


def beside_the_published(read: Read) -> str:
    """Both accuracies, a line for each data set, and the mean gaps."""
    found = read("published")
    compared = [row for row in found if row["published"]]
    few = [row for row in compared if int(row["n_train_cases"]) <= FEW_CASES]
    rows = []
    for name in dict.fromkeys(row["dataset"] for row in found):
        mine = {row["variant"]: row for row in found if row["dataset"] == name}
        cells = [shown(mine[variant]) if variant in mine else "" for variant in VARIANTS]
        rows.append([name, next(iter(mine.values()))["n_train_cases"], *cells])
    for label, some in ((f"mean absolute gap, at most {FEW_CASES:,} cases", few), ("mean absolute gap, all", compared)):
        gaps = [[abs(gap(row)) for row in some if row["variant"] == variant] for variant in VARIANTS]
        rows.append([label, "", *(f"{np.mean(of):.4f}" if of else "" for of in gaps)])
    text = table(["data set", "cases", *VARIANTS], rows)
    if few:
        mean = np.mean([abs(gap(row)) for row in few])
        text += f"\n\nOver all variants, data sets with at most {FEW_CASES:,} training cases: {mean:.4f}."
    return text


def shown(row: dict[str, str]) -> str:
    """Our accuracy, and the published one in brackets."""
    theirs = f" ({float(row['published']):.3f})" if row["published"] else ""
    return f"{float(row['accuracy']):.3f}{theirs}"


BENCHMARK = Benchmark(
    about="the paper's variants beside the published figures",
    minutes=2,
    files={"published": ("dataset", "n_train_cases", "variant", "accuracy", "published")},
    measure=measure,
    tables={("docs/results.md", "published"): beside_the_published},
)

if __name__ == "__main__":
    BENCHMARK.main()
