"""Speed of the banks beside aeon's transformers, of 500 detached features, of detachment and of a search.

    python benchmarks/banks.py [--data ../shared]

times them on one pinned thread, in one process, in turn, and writes results/banks.csv, results/deployed.csv and the
tables in docs/results.md; also what the defaults cost with fewer and more features, in docs/guide.md.
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
PRESETS = {"small": 100, "default": 500, "accurate": 1500}


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
    """Time 500 detached features of each bank, and the defaults with fewer and more: a batch, and one case."""
    from lightwaves import LightWaveSClassifier, MiniRocket, MultiRocket, Prism, Rocket, WaveletScattering

    banks = [WaveletScattering(), Rocket(), MiniRocket(), MultiRocket(), Prism()]
    models = {type(bank).__name__: LightWaveSClassifier(bank, random_state=0) for bank in banks}
    models["all five"] = LightWaveSClassifier(banks, random_state=0)
    models |= {name: LightWaveSClassifier(n_features=n, random_state=0) for name, n in PRESETS.items()}
    rows = []
    for name in ("NATOPS", "UWaveGestureLibrary", "LSST"):
        X, y, X_test, _ = load(shared, name)
        X, X_test = (np.ascontiguousarray(x, np.float32) for x in (X, X_test))
        for label, model in models.items():
            if name != "LSST" or label in PRESETS:
                rows.append((name, label, *beside_minirocket(model.fit(X, y), X, X_test)))
                print(*rows[-1], flush=True)
    return rows


def beside_minirocket(model, X: np.ndarray, X_test: np.ndarray) -> list[float]:
    """Seconds of one case and of a case in a batch, each with the ratio to aeon's MiniRocket, and the cost."""
    from aeon.transformations.collection.convolution_based import MiniRocket as Peer

    peer, one, cost = Peer(random_state=0).fit(X), X_test[0].copy(), model.plan_.cost()
    works = {
        "one": lambda: [model.plan_.apply_one(one) for _ in range(50)],
        "peer, one": lambda: [peer.transform(X_test[:1]) for _ in range(50)],
        "batch": lambda: model.transform(X_test),
        "peer, batch": lambda: peer.transform(X_test),
    }
    for work in works.values():
        work()
    times = {key: float(np.median(seconds)) for key, seconds in interleaved(works, REPEATS).items()}
    of_one = [times["one"] / 50, times["peer, one"] / times["one"]]
    of_batch = [times["batch"] / len(X_test), times["peer, batch"] / times["batch"]]
    return [*of_one, *of_batch, cost.n_convolutions, cost.n_multiply_adds, cost.n_bytes]


def write_presets(plans: list[tuple]) -> None:
    """What the defaults give and cost with 100, 500 and 1,500 features, into docs/guide.md."""
    with open(RESULTS / "accuracy.csv", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    lines = [
        "| | features | accuracy | convolutions | one case | in a batch | parameters |",
        "| --- |" + " --- |" * 6,
    ]
    for label, n_features in PRESETS.items():
        model = "LightWaveS" if n_features == 500 else f"LightWaveS, {n_features}"
        mean = np.mean([float(row["accuracy"]) for row in rows if row["model"] == model and int(row["seed"]) < 3])
        (found,) = (plan for plan in plans if plan[:2] == ("NATOPS", label))
        _, _, one, _, batch, _, n_convolutions, _, n_bytes = found
        lines.append(
            f"| {label} | {n_features} | {mean:.3f} | {n_convolutions} | {1e6 * one:.0f} us | {1e6 * batch:.1f} us | "
            f"{n_bytes / 1024:.0f} KiB |"
        )
    replace_table(DOCS / "guide.md", "presets", "\n".join(lines))


def detachment() -> list[tuple]:
    """Time the choice of 500 among 10,000 features."""
    from lightwaves import LightWaveSClassifier
    from lightwaves.banks import default_banks
    from lightwaves.selection.detachment import detach, survey
    from lightwaves.selection.relevance import spare_rows

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
            detach(survey(matrix, n_cases, y), 500)
            seconds.append(perf_counter() - started)
        rows.append(("detachment", "10,000 to 500, 10 classes", n_cases, "", float(np.median(seconds)), "", ""))
        print(*rows[-1], flush=True)
    X = rng.standard_normal((1000, 6, 100), dtype=np.float32).cumsum(axis=-1)
    model = LightWaveSClassifier(default_banks()[0], random_state=0).fit(X[:50], np.arange(50) % 10)  # compiles
    for what, banks in (
        ("fit, 10,000 candidates", default_banks()[0]),
        ("fit, the default: three times as many", None),
    ):
        started = perf_counter()
        model.set_params(bank=banks).fit(X, np.arange(1000) % 10)
        rows.append(("detachment", f"{what}, 6 x 100, 10 classes", 1000, "", perf_counter() - started, "", ""))
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
    lines += ["", "| features | one case | in a batch | convolutions | multiply-adds |", "| --- |" + " --- |" * 4]
    for name, bank, one, ratio, batch, batch_ratio, n_convolutions, n_multiply_adds, _ in plans:
        cells = [f"{1e6 * one:.0f} us, {ratio:.0f} x", f"{1e6 * batch:.1f} us, {batch_ratio:.0f} x"]
        lines.append(f"| {name}, {bank} | {' | '.join(cells)} | {n_convolutions} | {n_multiply_adds:,} |")
    lines += ["", "| detachment | cases | seconds |", "| --- | --- | --- |"]
    lines += [f"| {row[1]} | {row[2]} | {row[4]:.2f} |" for row in choices]
    replace_table(DOCS / "results.md", "banks", "\n".join(lines))
    write_presets(plans)


if __name__ == "__main__":
    main()
