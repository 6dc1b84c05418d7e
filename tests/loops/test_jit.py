"""Compiled or not, checked or not, cached or not: the same results.

Run as a script, it writes the results of ``work`` or ``little_work`` to a file, as the processes below do.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lightwaves
from lightwaves import Intervals, LightWaveSClassifier, MiniRocket, MultiRocket, Rocket, WaveletScattering
from lightwaves.panel import Panel
from lightwaves.plans import Together
from lightwaves.selection.relevance import TILE, anova_f, class_starts, mrmr, overlaps, spare_rows
from lightwaves.streaming.moving import Moving

pytestmark = pytest.mark.slow


def work():
    """A little of everything that is compiled: the results by name."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(18, 2, 21)).astype(np.float32), np.arange(18) % 3
    x += 0.5 * y[:, np.newaxis, np.newaxis].astype(np.float32)
    whole = WaveletScattering(max_dilation=2).fit(x).plan_
    plan = replace(whole[::5], shift=np.array([0.1, 0.2]), scale=np.array([1.0, 1.1]))
    lengths = rng.integers(1, 22, 18).astype(np.int32)
    order, starts = class_starts(y)
    rows = spare_rows(40, 18)
    rows[:-1, :18] = plan.apply(Panel(x, lengths))[order, :40].T
    scores = anova_f(rows, starts)
    whole = whole[whole.channel == 0]
    long = np.concatenate([x, x[::-1], -x] * 2, axis=2)
    rocket = Rocket(12, random_state=4).fit(long).plan_[3:]
    banks = [bank(n_features=1344, random_state=0).fit(x).plan_[::7] for bank in (MiniRocket, MultiRocket)]
    intervals = Intervals().fit(long).plan_[::19]
    moving = Moving(Together.of([rocket[::3], *(bank[::5] for bank in banks)]), 60, by_steps=True)
    moved = []
    for begin, end in ((0, 61), (61, 126)):
        moving.take(long[:1], begin, end, moving.plan.channels, moving.plan.standard(False))
        moved.append(moving.features(max(0, begin - 59), range(max(0, begin - 59), end - 59)))
    results = {
        "a stream": np.concatenate([rows[:-1] for rows in moved], axis=1),
        "a whole bank, by cases": whole.apply(Panel(x, lengths)),
        "by cases": plan.apply(Panel(x, lengths)),
        "by times": np.stack([plan.apply(Panel(x[i : i + 1], lengths[i : i + 1]))[0] for i in (0, 1)]),
        "short, by times": plan.apply_one(x[0, :, :5]),
        "Rocket": rocket.apply(Panel(long, 6 * lengths)),
        "Rocket, by times": rocket.apply(Panel(long[:3], 6 * lengths[:3])),
        "Rocket, one case": rocket.apply_one(long[3]),
        "Rocket, short": rocket.apply_one(x[0, :, :5]),
        "MiniRocket": banks[0].apply(Panel(x, lengths)),
        "MultiRocket": banks[1].apply(Panel(x, lengths)),
        "MiniRocket, short": banks[0].apply_one(x[0, :, :5]),
        "MultiRocket, short": banks[1].apply_one(x[0, :, :5]),
        "intervals": intervals.apply(Panel(long, 6 * lengths)),
        "intervals, short": intervals.apply_one(x[0, :, :5]),
        "anova_f": scores,
        "mrmr": mrmr(rows, 18, scores, 10),
        "overlaps": np.tril(overlaps(rows, 18)[:40, :40]),
        "overlaps of the last": np.tril(overlaps(rows, 18, [TILE])[TILE:40, :40], TILE),
    }
    for name, some in ("by cases", slice(None)), ("by times", slice(0, 2)):
        bank = WaveletScattering(max_dilation=1)
        model = LightWaveSClassifier(bank, n_features=4, honest=False).fit(x[some], y[some])
        results[f"features, fitted {name}"] = model.transform(x)
        results[f"labels, fitted {name}"] = model.predict(x)
        results[f"a label, fitted {name}"] = model.predict_one(x[0])
    return results | {"package": str(Path(lightwaves.__file__).parent)}


def little_work():
    """The part of it that takes little time to compile: wherever loops lie, all are kept and found in the same way."""
    rows = spare_rows(40, 18)
    rows[:-1, :18] = np.random.default_rng(0).normal(size=(40, 18))
    scores = anova_f(rows, class_starts(np.arange(18) % 3)[1])
    results = {"anova_f": scores, "mrmr": mrmr(rows, 18, scores, 10)}
    return results | {"package": str(Path(lightwaves.__file__).parent)}


def start(path, work=work, **environment):
    """Begin the work in a process of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
    return subprocess.Popen(
        [sys.executable, "-W", "error", __file__, work.__name__, str(path)], env=clean | environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def finish(process):
    """Wait for it, and read its results."""
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 0, output
    with np.load(process.args[-1]) as results:
        return dict(results)


@pytest.fixture(scope="module")
def expected():
    return work()


def same(results, expected):
    assert results.keys() == expected.keys()
    for name in expected.keys() - {"package"}:
        np.testing.assert_array_equal(results[name], expected[name], err_msg=name)


def test_without_a_compiler_all_is_computed_to_the_same_bits(tmp_path, expected):
    same(finish(start(tmp_path / "results.npz", NUMBA_DISABLE_JIT="1")), expected)


def test_no_loop_reaches_outside_an_array(tmp_path, expected, with_checks):
    same(finish(start(tmp_path / "results.npz", **with_checks)), expected)


def test_an_installation_that_nobody_may_write_to_works(tmp_path):
    package = tmp_path / "lightwaves"
    shutil.copytree(Path(lightwaves.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in (package, *(p for p in package.rglob("*") if p.is_dir())):
        (folder / "__pycache__").touch()  # a file, where a folder would be needed
    nowhere = {"HOME": os.devnull, "XDG_CACHE_HOME": os.devnull, "PYTHONPATH": str(tmp_path)}
    results = finish(start(tmp_path / "results.npz", little_work, **nowhere))
    assert results["package"] == str(package)
    same(results, little_work())


def test_the_global_random_state_is_left_alone(expected):
    before = np.random.get_state()
    work()
    np.testing.assert_equal(np.random.get_state(), before)


if __name__ == "__main__":
    np.savez(sys.argv[2], **{"work": work, "little_work": little_work}[sys.argv[1]]())
