"""Speed beside aeon's ROCKET family: same process, in turn, medians, one pinned thread, compilation apart.

    python benchmarks/speed.py [--data ../shared] [--only peers fits bank start]

writes results/speed.csv (peers), results/fits.csv (fits on every data set), results/bank.csv (loops) and
results/start.csv (imports and first calls), and the tables in docs/results.md.
"""

from __future__ import annotations

from common import pin_one_thread

pin_one_thread()

import argparse  # noqa: E402
import csv  # noqa: E402
import os  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import warnings  # noqa: E402
from pathlib import Path  # noqa: E402
from time import perf_counter, process_time  # noqa: E402

import numpy as np  # noqa: E402
from common import DOCS, RESULTS, interleaved, load, machine, names, replace_table  # noqa: E402

SETS = ("NATOPS", "BasicMotions", "UWaveGestureLibrary", "LSST", "synthetic", "noise")
PARTS = ("peers", "fits", "bank", "start")
OURS = ("LightWaveS", "LightWaveS, mRMR")  # the defaults, and the paper's configuration
IN_A_ROW = 100  # single cases timed together
SLOW_CASES = 40  # Rocket and MultiRocket transform so many cases of a test split


def data(shared: Path, name: str):
    """A data set of the archive, or one of 267 x 963 x 144 in seven classes.

    Both synthetic sets are random walks. In "synthetic", classes differ in 48 of the 963 channels, by the
    frequency of a wave; in "noise" they do not differ at all, so that the chosen features are strewn over
    hundreds of channels, where they are not screened: the worst case for reading.
    """
    if name not in ("synthetic", "noise"):
        X, y, X_test, _ = load(shared, name)
        return np.ascontiguousarray(X, np.float32), y, np.ascontiguousarray(X_test, np.float32)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((267, 963, 144), dtype=np.float32).cumsum(axis=-1)
    y = rng.integers(0, 7, len(X))
    if name == "synthetic":
        wave = np.sin(np.arange(144) * 2 * np.pi / (6.0 + 2.0 * y[:, np.newaxis]))
        X[:, ::20][:, :48] += 2 * wave[:, np.newaxis].astype(np.float32)
    return X, y.astype(str), X


def in_a_row(work, n: int = IN_A_ROW):
    """The same work several times, as a stream of cases would have it."""
    return lambda: [work() for _ in range(n)]


def per_item(times: dict[str, list[float]], n: int) -> dict[str, list[float]]:
    """Seconds of one of n items."""
    return {name: [second / n for second in seconds] for name, seconds in times.items()}


def peers(shared: Path) -> None:
    """Transforms of a batch and of one case, and whole fits."""
    rows: list[tuple] = []
    compiled: dict[str, float] = {}
    for name in SETS:
        X, y, X_test = data(shared, name)
        classifiers = fits(rows, compiled, name, X, y)
        transforms(rows, name, {ours: classifiers[ours] for ours in OURS}, X, X_test)
    for peer, seconds in compiled.items():
        rows.append(("", "first fit and prediction (CPU), compiled code cached by earlier runs", peer, seconds, ""))
    write("speed.csv", ["dataset", "measure", "method", "seconds", "ratio"], rows)
    replace_table(DOCS / "results.md", "speed", speed_table(rows))


def fits(rows: list[tuple], compiled: dict[str, float], name: str, X, y) -> dict:
    """Time whole fits; a first one, on four cases of each class, compiles or reads what is cached."""
    from aeon.classification.convolution_based import MiniRocketClassifier, MultiRocketClassifier, RocketClassifier

    from lightwaves import LightWaveSClassifier

    classifiers = {
        OURS[0]: LightWaveSClassifier(screen_channels=name != "noise", random_state=0),
        OURS[1]: LightWaveSClassifier(selection="mrmr", random_state=0),
        "MiniRocket": MiniRocketClassifier(random_state=0),
        "MultiRocket": MultiRocketClassifier(random_state=0),
        "Rocket": RocketClassifier(random_state=0),
    }
    few = np.concatenate([np.flatnonzero(y == label)[:4] for label in np.unique(y)])
    for peer, classifier in classifiers.items():
        started = process_time()
        classifier.fit(X[few], y[few]).predict(X[:1])
        compiled.setdefault(peer, process_time() - started)
    works = {peer: (lambda c=classifier: c.fit(X, y)) for peer, classifier in classifiers.items()}
    large = name in ("synthetic", "noise")
    times = interleaved({peer: works[peer] for peer in (*OURS, "MiniRocket")}, 5 if large or len(y) > 1000 else 15)
    if not large:
        times.update(interleaved({peer: works[peer] for peer in ("MultiRocket", "Rocket")}, 1))
    note(rows, name, "fit", times)
    return classifiers


def transforms(rows: list[tuple], name: str, models: dict, X, X_test) -> None:
    """Time transforms of a batch and of one case."""
    from aeon.transformations.collection.convolution_based import MiniRocket, MultiRocket, Rocket

    from lightwaves.panel import as_panel

    fitted = {t.__name__: t(random_state=0).fit(X) for t in (MiniRocket, MultiRocket, Rocket)}
    one, panel = np.ascontiguousarray(X_test[0]), as_panel(X_test)

    def slow(cases) -> dict:
        return {peer: (lambda t=fitted[peer]: t.transform(cases)) for peer in ("MultiRocket", "Rocket")}

    mini = fitted["MiniRocket"]
    fast = {ours: (lambda m=model: m.plan_.apply_one(one)) for ours, model in models.items()}
    fast["MiniRocket"] = lambda: mini.transform(X_test[:1])
    times = per_item(interleaved({peer: in_a_row(work) for peer, work in fast.items()}, 15), IN_A_ROW)
    times.update(interleaved(slow(X_test[:1]), 7))
    note(rows, name, "one case", times)
    model = models[OURS[0]]
    ways = {"predict_one": lambda: model.predict_one(one), "predict": lambda: model.predict(X_test[:1])}
    for way, seconds in per_item(interleaved({w: in_a_row(f) for w, f in ways.items()}, 15), IN_A_ROW).items():
        rows.append((name, f"one case, {way}", OURS[0], float(np.median(seconds)), ""))

    fast = {ours: (lambda m=model: m.plan_.apply(panel)) for ours, model in models.items()}
    fast["MiniRocket"] = lambda: mini.transform(X_test)
    times = per_item(interleaved(fast, 15), len(X_test))
    times.update(per_item(interleaved(slow(X_test[:SLOW_CASES]), 3), min(SLOW_CASES, len(X_test))))
    note(rows, name, "batch", times)


def note(rows: list[tuple], name: str, measure: str, times: dict[str, list[float]]) -> None:
    """Keep the medians, and each peer's as a multiple of ours."""
    ours = np.median(times["LightWaveS"])
    for method, seconds in times.items():
        median = float(np.median(seconds))
        rows.append((name, measure, method, median, median / ours))
        print(f"{name:20} {measure:10} {method:12} {1e6 * median:12.1f} us {median / ours:9.2f} x", flush=True)


def speed_table(rows: list[tuple]) -> str:
    """One line for each data set and measure."""
    lines = [
        "| data set | measure | LightWaveS | MiniRocket | MultiRocket | Rocket | LightWaveS, mRMR |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in SETS:
        for measure in ("batch", "one case", "fit"):
            found = {row[2]: row for row in rows if row[:2] == (name, measure)}
            unit = (lambda s: f"{s:.3f} s") if measure == "fit" else (lambda s: f"{1e6 * s:.1f} us")
            cells = [unit(found["LightWaveS"][3])]
            for method in ("MiniRocket", "MultiRocket", "Rocket"):
                ratio = found[method][4] if method in found else None
                cells.append("-" if ratio is None else f"{ratio:.0f} x" if ratio >= 10 else f"{ratio:.2f} x")
            cells.append(unit(found[OURS[1]][3]))
            what = {"batch": "500 features, batch, per case", "one case": "500 features, one case", "fit": "whole fit"}
            lines.append(f"| {name} | {what[measure]} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "| data set | `plan_.apply_one` | `predict_one` | `predict` of one case |",
        "| --- | --- | --- | --- |",
    ]
    for name in SETS:
        found = {row[1]: row[3] for row in rows if row[0] == name and row[2] == "LightWaveS"}
        cells = [found[m] for m in ("one case", "one case, predict_one", "one case, predict")]
        lines.append(f"| {name} | " + " | ".join(f"{1e6 * s:.1f} us" for s in cells) + " |")
    return "\n".join(lines)


def every_fit(shared: Path) -> None:
    """Whole fits on every data set beside MultiRocketClassifier's, once each."""
    from aeon.classification.convolution_based import MultiRocketClassifier

    from lightwaves import LightWaveSClassifier

    rows, lines = [], ["| data set | cases | LightWaveS | MultiRocket |", "| --- | --- | --- | --- |"]
    for name in names(shared):
        X, y, _, _ = load(shared, name)
        longest = max(10, *(x.shape[1] for x in X))
        padded = np.zeros((len(X), X[0].shape[0], longest), np.float32)  # MultiRocket needs one length, of 10 at least
        for case, x in zip(padded, X, strict=True):
            case[:, : x.shape[1]] = x
        few = np.concatenate([np.flatnonzero(y == label)[:4] for label in np.unique(y)])
        ours, peer = LightWaveSClassifier(random_state=0), MultiRocketClassifier(random_state=0)
        ours.fit([X[i] for i in few], y[few])
        peer.fit(padded[few], y[few])
        works = {"LightWaveS": lambda: ours.fit(X, y), "MultiRocket": lambda: peer.fit(padded, y)}  # noqa: B023
        mine, theirs = (seconds[0] for seconds in interleaved(works, 1).values())
        rows.append((name, len(y), mine, theirs, theirs / mine))
        lines.append(f"| {name} | {len(y)} | {mine:.2f} s | {theirs / mine:.1f} x |")
        print(*rows[-1], flush=True)
    write("fits.csv", ["dataset", "n_cases", "seconds", "multirocket_seconds", "ratio"], rows)
    replace_table(DOCS / "results.md", "fits", "\n".join(lines))


def bank() -> None:
    """The full bank beside a plain scalar loop, and mRMR."""
    from numba import njit

    from lightwaves.banks import WaveletScattering
    from lightwaves.panel import as_panel
    from lightwaves.plans.layout import KERNELS
    from lightwaves.selection.relevance import anova_f, class_starts, mrmr, spare_rows

    @njit
    def scalar(x, kernels, dilation, out):
        n_cases, n = x.shape
        z, y = np.empty(n, np.float32), np.empty((n + 1) // 2, np.float32)
        for i in range(n_cases):
            for k in range(len(kernels)):
                source, length = x[i], n
                for level in range(2):
                    count, run, longest, high, low = 0, 0, 0, np.float32(0), np.float32(np.inf)
                    for t in range(length):
                        value = np.float32(0)
                        for tap in range(9):
                            at = t + (tap - 4) * dilation
                            if 0 <= at < length:
                                value += kernels[k, tap] * source[at]
                        z[t] = value
                        run = run + 1 if value > 0 else 0
                        count += value > 0
                        longest = max(longest, run)
                        high, low = max(high, abs(value)), min(low, abs(value))
                    out[i, k, level, 0], out[i, k, level, 1] = count / length, high
                    out[i, k, level, 2], out[i, k, level, 3] = longest / length, low
                    if level == 0:
                        for t in range(len(y)):
                            y[t] = abs(z[2 * t])
                        source, length = y, len(y)

    kernels = np.full((84, 9), -1, np.float32)
    for k, twos in enumerate(KERNELS):
        kernels[k, list(twos)] = 2
    rows = []
    family, nothing = WaveletScattering(), (np.zeros(1), np.ones(1), np.random.RandomState(0))

    def measure(n_cases: int, n_timepoints: int, number: int) -> None:
        dilation = 2**number
        x = np.random.default_rng(0).standard_normal((n_cases, 1, n_timepoints), dtype=np.float32)
        panel, everybody, out = as_panel(x), np.arange(n_cases), np.empty((n_cases, 84, 2, 4))
        block = family.candidates(panel, *nothing).block(number)[1]
        works = {
            "bank": lambda: block.rows(panel, cases=everybody),
            "scalar": lambda: scalar(x[:, 0], kernels, dilation, out),
        }
        for work in works.values():
            work()
        times = interleaved(works, 3 if n_timepoints >= 10_000 else 15)
        ours, plain = (1e9 * float(np.median(times[k])) / (n_cases * 84 * n_timepoints) for k in ("bank", "scalar"))
        rows.append(("bank", n_cases, n_timepoints, dilation, ours, "ns per point, both levels", plain / ours))
        print(f"bank {n_cases} x {n_timepoints}, dilation {dilation}: {ours:.3f} ns, plain {plain / ours:.0f} x")

    for shape in ((16, 100), (40, 100), (180, 51), (267, 144), (120, 315), (64, 1000), (32, 10_000)):
        for number in (0, 2, 5):
            measure(*shape, number)

    rng = np.random.default_rng(0)
    for n_candidates, n_cases in ((1500, 1500), (1500, 180), (4500, 1500)):
        _, starts = class_starts(rng.integers(0, 5, n_cases))
        z = spare_rows(n_candidates, n_cases)
        mixed = rng.standard_normal((n_candidates, 40)) @ rng.standard_normal((40, n_cases))
        z[:-1, :n_cases] = mixed + rng.standard_normal((n_candidates, n_cases))
        f = anova_f(z, starts)
        mrmr(z, n_cases, f, 5)
        seconds = []
        for _ in range(5):
            started = perf_counter()
            mrmr(z, n_cases, f, n_candidates // 3)
            seconds.append(perf_counter() - started)
        rows.append(("mrmr", n_cases, n_candidates, "", float(np.median(seconds)), "s", ""))
        print(f"mrmr {n_candidates} -> {n_candidates // 3} over {n_cases}: {np.median(seconds):.4f} s")
    write(
        "bank.csv", ["what", "n_cases", "n_timepoints_or_candidates", "dilation", "value", "unit", "plain_ratio"], rows
    )
    lines = [
        "| n_cases | n_timepoints | ns per point, dilation 1 / 4 / 32 | a plain scalar loop takes |",
        "| --- | --- | --- | --- |",
    ]
    for key in dict.fromkeys(row[1:3] for row in rows if row[0] == "bank"):
        mine = [row for row in rows if row[0] == "bank" and row[1:3] == key]
        lines.append(
            f"| {key[0]} | {key[1]} | {' / '.join(f'{row[4]:.3f}' for row in mine)} | "
            f"{' / '.join(f'{row[6]:.0f}' for row in mine)} times as long |"
        )
    lines += ["", "| mRMR | cases | seconds |", "| --- | --- | --- |"]
    lines += [f"| {r[2]} to {r[2] // 3} | {r[1]} | {r[4]:.3f} |" for r in rows if r[0] == "mrmr"]
    replace_table(DOCS / "results.md", "bank", "\n".join(lines))


START = """
import time
import sklearn.linear_model
before = time.process_time()
import lightwaves
imported = time.process_time() - before
X, y = lightwaves.load_basic_motions()
lightwaves.LightWaveSClassifier().fit(X, y).predict(X[:1])
print(imported, time.process_time() - before, time.process_time())
"""


def start() -> None:
    """CPU seconds of the import and of the first fit and prediction, without and with numba's cache."""
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        for state in ("empty", "warm", "warm", "warm", "warm", "warm"):
            command = [sys.executable, "-c", START]
            output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
            rows.append((state, *(float(v) for v in output.split())))
    medians = [(s, *np.median([r[1:] for r in rows if r[0] == s], axis=0)) for s in ("empty", "warm")]
    header = ["numba_cache", "import_s", "import_to_prediction_s", "process_s"]
    write("start.csv", header, medians)
    lines = ["| numba's cache | import, beyond scikit-learn | first prediction, beyond scikit-learn | whole process |"]
    lines += ["| --- | --- | --- | --- |"]
    lines += [f"| {s} | {a:.2f} s | {b:.2f} s | {c:.2f} s |" for s, a, b, c in medians]
    for line in lines:
        print(line)
    replace_table(DOCS / "results.md", "start", "\n".join(lines))


def write(name: str, header: list[str], rows: list[tuple]) -> None:
    """A CSV with the command and the machine on top."""
    with open(RESULTS / name, "w", newline="") as file:
        file.write(f"# python benchmarks/speed.py, one pinned thread; {machine()}\n")
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([[f"{v:.6g}" if isinstance(v, float) else v for v in row] for row in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared"), help="the folder with data/")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if "fits" in options.only:
        every_fit(options.data)
    if "start" in options.only:
        start()
    if "bank" in options.only:
        bank()
    if "peers" in options.only:
        peers(options.data)


if __name__ == "__main__":
    main()
