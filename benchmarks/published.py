"""Test accuracy of the paper's four variants beside the published figures.

    python benchmarks/published.py [--data ../shared]

writes results/published.csv and the table in docs/results.md between its two markers. Nothing is chosen by
what it prints.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from common import DOCS, RESULTS, load, machine, names, replace_table

from lightwaves import LightWaveSClassifier, WaveletScattering

VARIANTS = {
    "LightWaveS_L1": ((1,), 500),
    "LightWaveS_L2": ((2,), 500),
    "LightWaveS_L1L2": ((1, 2), 500),
    "LightWaveS_L1L2_1500": ((1, 2), 1500),
}
FEW_CASES = 1500  # the published figures of larger sets rest on a random draw of so many


def published(shared: Path) -> dict[str, dict[str, float]]:
    """Accuracy by data set and variant."""
    with open(shared / "anchors" / "published_accuracy.csv", newline="") as file:
        return {row["dataset"]: {v: float(row[v]) for v in VARIANTS if row[v]} for row in csv.DictReader(file)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared"), help="the folder with data/ and anchors/")
    shared = parser.parse_args().data
    anchors = published(shared)
    rows, own_lengths = [], []
    for name in names(shared):
        X, y, X_test, y_test = load(shared, name)
        if isinstance(X, list):
            for variant, (levels, n_features) in VARIANTS.items():
                own_lengths.append((name, variant, round(accuracy_of(levels, n_features, X, y, X_test, y_test), 4)))
            longest = max(x.shape[1] for x in (*X, *X_test))
            X, X_test = zero_padded(X, longest), zero_padded(X_test, longest)
        for variant, (levels, n_features) in VARIANTS.items():
            accuracy = accuracy_of(levels, n_features, X, y, X_test, y_test)
            theirs = anchors[name][variant]
            rows.append((name, len(y), variant, round(accuracy, 4), theirs, round(accuracy - theirs, 4)))
            print(f"{name:22} {variant:22} {accuracy:.3f} ({theirs:.3f}) {accuracy - theirs:+.3f}", flush=True)

    with open(RESULTS / "published.csv", "w", newline="") as file:
        file.write(f"# python benchmarks/published.py, random_state=0; {machine()}\n")
        writer = csv.writer(file)
        writer.writerow(["dataset", "n_train_cases", "variant", "accuracy", "published", "gap"])
        writer.writerows(rows)
        writer.writerows(
            (f"{name}, own lengths", "", variant, accuracy, "", "") for name, variant, accuracy in own_lengths
        )
    replace_table(DOCS / "results.md", "published", table(rows, own_lengths))


def accuracy_of(levels, n_features, X, y, X_test, y_test) -> float:
    """Test accuracy of one variant."""
    model = LightWaveSClassifier(WaveletScattering(levels=levels), n_features, "mrmr", random_state=0)
    return float(model.fit(X, y).score(X_test, y_test))


def zero_padded(X: list[np.ndarray], n_timepoints: int) -> np.ndarray:
    """Series of one length, as the research code was given them."""
    padded = np.zeros((len(X), X[0].shape[0], n_timepoints), np.float32)
    for case, x in zip(padded, X, strict=True):
        case[:, : x.shape[1]] = x
    return padded


def table(rows: list[tuple], own_lengths: list[tuple]) -> str:
    """The accuracies and published ones, a line for each set, and the mean gaps."""
    heads = ["L1", "L2", "L1L2", "L1L2-1500"]
    lines = ["| data set | cases | " + " | ".join(heads) + " |", "| --- | --- |" + " --- |" * 4]
    for name in dict.fromkeys(row[0] for row in rows):
        mine = [row for row in rows if row[0] == name]
        cells = [f"{row[3]:.3f} ({row[4]:.3f})" for row in mine]
        own = [f"{row[2]:.3f}" for row in own_lengths if row[0] == name]
        lines.append(f"| {name}{', zero-padded' if own else ''} | {mine[0][1]} | " + " | ".join(cells) + " |")
        if own:
            lines.append(f"| {name}, own lengths | {mine[0][1]} | " + " | ".join(own) + " |")
    for label, chosen in (
        (f"mean absolute gap, at most {FEW_CASES} cases", [row for row in rows if row[1] <= FEW_CASES]),
        ("mean absolute gap, all", rows),
    ):
        gaps = [np.mean([abs(row[5]) for row in chosen if row[2] == variant]) for variant in VARIANTS]
        lines.append(f"| {label} | | " + " | ".join(f"{gap:.4f}" for gap in gaps) + " |")
    few = np.mean([abs(row[5]) for row in rows if row[1] <= FEW_CASES])
    lines.append(f"\nOver all variants, sets with at most {FEW_CASES} training cases: {few:.4f}.")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
