"""How the penalty of detachment was chosen: three-fold cross-validation on training splits, 500 features.

    python benchmarks/penalty.py [--data ../shared] [--banks WaveletScattering MiniRocket]

writes results/penalty.csv and the table in docs/results.md. Test splits are not read.
"""

from __future__ import annotations

import argparse
import csv
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from common import DOCS, RESULTS, load, machine, names, pin_one_thread, replace_table

pin_one_thread()

import numpy as np  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402

import lightwaves  # noqa: E402
from lightwaves import detachment  # noqa: E402
from lightwaves.candidates import draw  # noqa: E402
from lightwaves.panel import as_panel  # noqa: E402
from lightwaves.ridge import RidgeHead  # noqa: E402
from lightwaves.search import moments  # noqa: E402
from lightwaves.selection import anova_f, best, class_starts, mrmr, spare_rows  # noqa: E402

FILE = RESULTS / "penalty.csv"
MOST_CASES = 400  # of a training split, drawn at random
N_CANDIDATES, N_FEATURES, SEEDS = 10_000, 500, (0, 1)
FIXED = {f"{value:.0f}": np.array([value]) for value in (3e3, 1e4, 3e4, 1e5)}
SHRINKING = {f"{factor:g} times the features left": factor for factor in (0.1, 0.3, 1, 3, 10)}
RANGE = "leave-one-out from 1e-3 to 1e3"
CHOSEN = "leave-one-out from 0.3 to 3 times the candidates"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared"), help="the folder with data/")
    parser.add_argument("--banks", nargs="+", default=["WaveletScattering", "MiniRocket"])
    options = parser.parse_args()
    rows = [row for row in results() if row[0] not in options.banks]
    for bank in options.banks:
        for name in names(options.data):
            X, y = some_cases(*load(options.data, name)[:2])
            if np.bincount(y).min() < 3 or len(y) < 30 or name == "BasicMotions":  # all are right on the last
                continue
            scores: dict[str, list[float]] = {}
            for seed in SEEDS:
                folds = StratifiedKFold(3, shuffle=True, random_state=seed).split(np.zeros(len(y)), y)
                for train, test in folds:
                    for rule, score in compare(getattr(lightwaves, bank)(), X, y, train, test, seed):
                        scores.setdefault(rule, []).append(score)
            rows += [[bank, name, rule, f"{np.mean(values):.4f}"] for rule, values in scores.items()]
            print(bank, name, {rule: round(float(np.mean(values)), 3) for rule, values in scores.items()}, flush=True)
            write(rows)
    table(rows)


def some_cases(X, y):
    """At most 400 cases, and classes as numbers; classes that are then too rare for three folds are left out."""
    y = np.unique(y, return_inverse=True)[1]
    if len(y) > MOST_CASES:
        some = np.random.RandomState(0).choice(len(y), MOST_CASES, replace=False)
        some = some[np.bincount(y[some])[y[some]] >= 6]
        X, y = taken(X, some), np.unique(y[some], return_inverse=True)[1]
    return X, y


def taken(X, which):
    """Some cases of an array or a list."""
    return [X[i] for i in which] if isinstance(X, list) else X[which]


def compare(bank, X, y, train, test, seed: int) -> Iterator[tuple[str, float]]:
    """The accuracy on one fold of each way to choose among the same candidates."""
    panel, other, labels = as_panel(taken(X, train)), as_panel(taken(X, test)), y[train]
    rng = np.random.RandomState(seed)
    candidates = draw(bank.candidates(panel, *moments(panel, 1), rng), N_CANDIDATES, rng)
    plan = candidates.plan(np.sort(np.concatenate([candidates.block(b)[0] for b in range(candidates.n_blocks)])))
    rows, unseen = plan.rows(panel), plan.apply(other)

    def score(chosen) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            head = RidgeHead().fit(rows[chosen][:, : len(labels)].T, labels)
        return float(head.score(unseen[:, chosen], y[test]))

    def detached(penalties) -> float:
        with patch.object(detachment, "PENALTIES", np.asarray(penalties) / len(plan)):
            return score(detachment.detach(rows.copy(), len(labels), labels, N_FEATURES).chosen)

    yield CHOSEN, detached(detachment.PENALTIES * len(plan))
    yield RANGE, detached(np.logspace(-3, 3, 10))
    for rule, penalty in FIXED.items():
        yield rule, detached(penalty)
    ridge = detachment.Products.ridge
    for rule, factor in SHRINKING.items():
        shrinking = lambda self, targets, _, factor=factor: ridge(self, targets, factor * len(self.left))  # noqa: E731
        with patch.object(detachment.Products, "ridge", shrinking):
            yield rule, detached([1.0])
    order, starts = class_starts(labels)
    by_class = spare_rows(len(plan), len(labels))
    by_class[:, : len(labels)] = rows[:, : len(labels)][:, order]
    f = anova_f(by_class, starts)
    shortlist = best(f, np.arange(len(f)), 3 * N_FEATURES)
    n_kept = min(N_FEATURES, len(shortlist))
    yield "mRMR", score(shortlist[mrmr(by_class[[*shortlist, -1]], len(labels), f[shortlist], n_kept)])
    yield "500 at random", score(rng.choice(len(plan), n_kept, replace=False))
    yield "all candidates", score(np.arange(len(plan)))


def results() -> list[list[str]]:
    """The lines of the file, where there is one."""
    return [line.split(",") for line in FILE.read_text().splitlines()[2:]] if FILE.exists() else []


def write(rows: list[list[str]]) -> None:
    """The CSV with the command and the machine on top."""
    with open(FILE, "w", newline="") as file:
        file.write(f"# python benchmarks/penalty.py; {machine()}\n")
        csv.writer(file).writerows([["bank", "dataset", "rule", "accuracy"], *rows])


def table(rows: list[list[str]]) -> None:
    """Mean accuracy of each rule over the data sets."""
    banks = list(dict.fromkeys(row[0] for row in rows))
    lines = [f"| penalty or choice | {' | '.join(banks)} |", "| --- |" + " --- |" * len(banks)]
    for rule in dict.fromkeys(row[2] for row in rows):
        means = [np.mean([float(r[3]) for r in rows if r[0] == bank and r[2] == rule]) for bank in banks]
        lines.append(f"| {rule} | " + " | ".join(f"{mean:.4f}" for mean in means) + " |")
    n_sets = len({row[1] for row in rows})
    lines.append(f"\nMean of {n_sets} data sets, three folds, {len(SEEDS)} seeds.")
    replace_table(DOCS / "results.md", "penalty", "\n".join(lines))


if __name__ == "__main__":
    main()
