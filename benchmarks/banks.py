"""Speed of the banks beside aeon's transformers, of 500 detached features, and of detachment.

    python benchmarks/banks.py [--data ../shared]

times them on one pinned thread, in one process, in turn, and writes results/banks.csv, results/deployed.csv and the
tables in docs/results.md.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from time import perf_counter

from common import DOCS, RESULTS, interleaved, load, machine, pin_one_thread, replace_table

pin_one_thread()

import numpy as np  # noqa: E402

SETS = ("NATOPS", "UWaveGestureLibrary", "UWaveGestureLibrary, one channel", "64 x 24 x 1000")
REPEATS = 9


def data(shared: Path, name: str) -> np.ndarray:
    """Training series of a data set, or random walks."""
    if name == "64 x 24 x 1000":
        return np.random.default_rng(0).standard_normal((64, 24, 1000), dtype=np.float32).cumsum(axis=-1)
    X = np.ascontiguousarray(load(shared, name.split(",")[0])[0], np.float32)
    return X[:, :1].copy() if "one channel" in name else X


def transforms(shared: Path) -> list[tuple]:
    """Time transforms of both libraries, each with as many features."""
    from aeon.transformations.collection import convolution_based as aeon

    import lightwaves

    theirs = {"Rocket": {"normalise": False}, "MiniRocket": {}, "MultiRocket": {}}
    rows = []
    for name in SETS:
        X = data(shared, name)
        for bank, options in theirs.items():
            ours = getattr(lightwaves, bank)(random_state=0).fit(X)
            peer = getattr(aeon, bank)(random_state=0, **options).fit(X)
            works = {"lightwaves": lambda m=ours, X=X: m.transform(X), "aeon": lambda m=peer, X=X: m.transform(X)}
            shapes = {library: work().shape for library, work in works.items()}
            times = interleaved(works, 3 if bank == "Rocket" else REPEATS)
            mine, their = (float(np.median(times[library])) for library in works)
            rows.append((name, bank, shapes["lightwaves"][1], shapes["aeon"][1], mine, their, their / mine))
            print(*rows[-1], flush=True)
    return rows


def deployed(shared: Path) -> list[tuple]:
    """Time 500 detached features of each bank beside aeon's MiniRocket: a batch, and one case."""
    from aeon.transformations.collection.convolution_based import MiniRocket as Peer

    from lightwaves import LightWaveSClassifier, MiniRocket, MultiRocket, Rocket, WaveletScattering

    banks = [WaveletScattering(), Rocket(), MiniRocket(), MultiRocket()]
    rows = []
    for name in ("NATOPS", "UWaveGestureLibrary"):
        X, y, X_test, _ = load(shared, name)
        X, X_test = (np.ascontiguousarray(x, np.float32) for x in (X, X_test))
        peer, one = Peer(random_state=0).fit(X), X_test[0].copy()
        for bank in (*banks, banks):
            model = LightWaveSClassifier(bank, selection="detach", random_state=0).fit(X, y)
            cost = model.plan_.cost()
            label = "all four" if isinstance(bank, list) else type(bank).__name__
            works = {
                "one": lambda m=model, x=one: [m.plan_.apply_one(x) for _ in range(50)],
                "peer, one": lambda p=peer, x=X_test: [p.transform(x[:1]) for _ in range(50)],
                "batch": lambda m=model, x=X_test: m.transform(x),
                "peer, batch": lambda p=peer, x=X_test: p.transform(x),
            }
            for work in works.values():
                work()
            times = {key: float(np.median(seconds)) for key, seconds in interleaved(works, REPEATS).items()}
            row = [name, label, times["one"] / 50, times["peer, one"] / times["one"]]
            row += [times["batch"] / len(X_test), times["peer, batch"] / times["batch"]]
            rows.append((*row, cost.n_convolutions, cost.n_multiply_adds, cost.n_bytes))
            print(*rows[-1], flush=True)
    return rows


def detachment() -> list[tuple]:
    """Time the choice of 500 among 10,000 features."""
    from lightwaves.detachment import detach
    from lightwaves.selection import spare_rows

    rows, rng = [], np.random.default_rng(0)
    for n_cases in (200, 1000, 1500):
        mixed = rng.standard_normal((10_000, 40)) @ rng.standard_normal((40, n_cases))
        features = (mixed + rng.standard_normal((10_000, n_cases))).astype(np.float32)
        y = np.arange(n_cases) % 10
        seconds = []
        for _ in range(3):
            matrix = spare_rows(10_000, n_cases)
            matrix[:-1, :n_cases] = features
            started = perf_counter()
            detach(matrix, n_cases, y, 500)
            seconds.append(perf_counter() - started)
        rows.append(("detachment", "10,000 to 500, 10 classes", n_cases, "", float(np.median(seconds)), "", ""))
        print(*rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared"), help="the folder with data/")
    shared = parser.parse_args().data
    times, plans, choices = transforms(shared), deployed(shared), detachment()
    with open(RESULTS / "banks.csv", "w", newline="") as file:
        file.write(f"# python benchmarks/banks.py, one pinned thread; {machine()}\n")
        writer = csv.writer(file)
        writer.writerow(["data", "what", "n_features_or_cases", "aeon_n_features", "seconds", "aeon_seconds", "ratio"])
        writer.writerows([[f"{v:.6g}" if isinstance(v, float) else v for v in row] for row in (*times, *choices)])
    with open(RESULTS / "deployed.csv", "w", newline="") as file:
        file.write(f"# python benchmarks/banks.py, one pinned thread; {machine()}\n")
        writer = csv.writer(file)
        header = ["dataset", "bank", "one_case_s", "minirocket_ratio", "batch_case_s", "minirocket_batch_ratio"]
        writer.writerow([*header, "n_convolutions", "n_multiply_adds", "n_bytes"])
        writer.writerows([[f"{v:.6g}" if isinstance(v, float) else v for v in row] for row in plans])
    lines = ["| series | Rocket | MiniRocket | MultiRocket |", "| --- | --- | --- | --- |"]
    for name in SETS:
        cells = [f"{1e3 * r[4]:.0f} ms, {r[6]:.1f} x" for r in times if r[0] == name]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "| 500 features | one case | in a batch | convolutions | multiply-adds |", "| --- |" + " --- |" * 4]
    for name, bank, one, ratio, batch, batch_ratio, n_convolutions, n_multiply_adds, _ in plans:
        cells = [f"{1e6 * one:.0f} us, {ratio:.0f} x", f"{1e6 * batch:.1f} us, {batch_ratio:.0f} x"]
        lines.append(f"| {name}, {bank} | {' | '.join(cells)} | {n_convolutions} | {n_multiply_adds:,} |")
    lines += ["", "| detachment | cases | seconds |", "| --- | --- | --- |"]
    lines += [f"| {row[1]} | {row[2]} | {row[4]:.2f} |" for row in choices]
    replace_table(DOCS / "results.md", "banks", "\n".join(lines))


if __name__ == "__main__":
    main()
