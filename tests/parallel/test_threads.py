"""Sharing work: threads, or the processes of a joblib backend, where every model is that of one process, to the bit."""

import importlib
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time
import uuid
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, fields
from pathlib import Path

import joblib
import numpy as np
import pytest
from features import same
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info, threadpool_limits

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    MiniRocket,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
)
from lightwaves.banks import Bank
from lightwaves.panel import reading
from lightwaves.parallel import threads
from lightwaves.parallel.comm import SerialComm
from lightwaves.parallel.threads import in_team, one_blas_thread, share_out, spans_processes, spread, team
from lightwaves.plans import Plan
from lightwaves.validation import check_n_jobs

pytestmark = [
    pytest.mark.slow,
    # distributed says so where its usual port is taken, though no dashboard was asked for
    pytest.mark.filterwarnings("ignore:Port 8787 is already in use:UserWarning"),
    # multiprocessing forks, and pytest and dask have threads; said by Python 3.12 and later
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


class Witness:
    """Leaves a file each time that it is unpickled, so for each time that what holds it goes to another process."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __setstate__(self, state):
        self.__dict__ = state
        self.note("unpickled")

    def note(self, what):
        """Leave a file that names this process."""
        Path(self.folder, f"{what} {os.getpid()} {uuid.uuid4()}").touch()

    def count(self, what):
        """How many there are of each process."""
        return Counter(int(file.name.split()[1]) for file in Path(self.folder).glob(f"{what} *"))


@dataclass(frozen=True, eq=False, kw_only=True)
class MeansPlan(Plan):
    """Means over shares of time: a plan of one's own, which takes its time and leaves traces."""

    channel: np.ndarray
    share: np.ndarray
    witness: Witness
    seconds: float
    ROWS = ("channel", "share")

    def compute(self, x, lengths):
        """Compute the features of some cases."""
        self.witness.note("computed")
        time.sleep(self.seconds)
        slot = np.searchsorted(self.channels, self.channel)
        ends = np.maximum(1, np.outer(lengths, self.share).astype(int)) - 1
        return np.take_along_axis(np.cumsum(x, axis=2)[:, slot], ends[..., np.newaxis], axis=2)[..., 0]


class Means(Bank):
    """A bank of one's own."""

    def __init__(self, folder, n_shares=32, seconds=0.0):
        self.folder = folder
        self.n_shares = n_shares
        self.seconds = seconds

    def candidates(self, panel, shift, scale, random_state):
        """All shares of all channels."""
        channel, share = (i.ravel() for i in np.indices((panel.n_channels, self.n_shares)))
        return MeansPlan(
            channel=channel,
            share=(share + 1) / self.n_shares,
            witness=Witness(self.folder),
            seconds=self.seconds,
            shift=shift,
            scale=scale,
            n_timepoints=panel.n_timepoints,
            channel_names=panel.channel_names,
        )


def problem(n_channels=40, n_timepoints=30):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((24, n_channels, n_timepoints)).astype(np.float32), np.arange(24) % 3
    x[y == 1, 3] += 1
    x[y == 2, n_channels - 1] *= 3
    return x, y


X, Y = problem()
SEARCHED = {"n_features": 20, "search_candidates": 1200, "random_state": 0}
OPTIONS = SEARCHED | {"honest": False}
SEARCHES = {
    "default": {"honest": True},
    "default, paper": {"selection": "mrmr", "search_candidates": None, "bank": WaveletScattering(max_dilation=2)},
    "biases": {"bank": [[Prism(), MiniRocket()], [MultiRocket()]]},
    "biases, paper": {"bank": [Prism(), MiniRocket(), MultiRocket()], "selection": "mrmr", "search_candidates": 9_000},
    "wavelets": {"bank": WaveletScattering()},
    "random kernels": {"bank": Rocket(600)},
    "groups": {"group_size": 15},
    "groups, paper": {"group_size": 15, "selection": "mrmr", "bank": [Rocket(), Prism()], "search_candidates": None},
    "all channels": {"screen_channels": False, "frugality": 0.5},
    "cases drawn": {"search_cases": 15, "search_candidates": 300, "n_features": "auto"},
}


def facts(model):
    """All that a fit finds, as something that can be compared to the bit."""
    names = ("feature_scores_", "bank_errors_", "selection_path_", "candidate_channels_")
    found = {name: getattr(model, name).tobytes() for name in names if hasattr(model, name)}
    return {**found, "probabilities": model.predict_proba(X).tobytes(), "plan": pickle.dumps(model.plan_)}


def fit(**changes):
    return LightWaveSClassifier(**OPTIONS | changes).fit(X, Y)


@pytest.fixture(scope="module")
def alone():
    """The models of one process."""
    return {name: facts(fit(**changes)) for name, changes in SEARCHES.items()}


@pytest.fixture(scope="module")
def client():
    """A dask cluster of two processes of this machine."""
    distributed = pytest.importorskip("distributed", reason="dask is not installed: pip install 'lightwaves[dask]'")
    import dask

    quiet = {"distributed.admin.system-monitor.gil.enabled": False, "distributed.worker.daemon": True}
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # its usual port may be taken, and then dask leaves a socket open
            memory_limit="1400MiB",
        ) as cluster,
        distributed.Client(cluster) as connected,
    ):
        yield connected


@pytest.fixture
def within(request):
    """A context in which work goes to a backend, with two workers; or to none."""

    def context(backend):
        if backend is None:
            return nullcontext()
        if backend == "dask":
            request.getfixturevalue("client")
        return joblib.parallel_config(backend=backend, n_jobs=2)

    return context


def square(number):
    """Work that other processes find by its name."""
    return number, os.getpid()


class Mistake(Exception):
    """An error of one's own."""


def mistaken(number):
    """Work that fails once."""
    if number == 3:
        raise Mistake(f"piece {number} is odd")
    return number


# --- spread -------------------------------------------------------------------------------------------------


def kept_of(work, items, n_jobs=2):
    """What is kept, and by which process."""
    kept = []
    spread(work, items, n_jobs, lambda item, result: kept.append((item, result, os.getpid())))
    return kept


@pytest.mark.parametrize("n_jobs", [1, 2, 9])
def test_without_a_backend_work_stays_in_this_process(n_jobs):
    kept = kept_of(square, range(7), n_jobs)
    assert sorted(kept) == [(i, (i, os.getpid()), os.getpid()) for i in range(7)]
    assert n_jobs > 1 or [item for item, *_ in kept] == list(range(7))


@pytest.mark.parametrize("backend", ["threading", "sequential"])
def test_backends_that_share_memory_are_no_other_processes(backend):
    with joblib.parallel_config(backend=backend, n_jobs=2):
        assert not spans_processes()
        assert {pid for _, (_, pid), _ in kept_of(square, range(7))} == {os.getpid()}


def test_a_number_of_jobs_alone_is_no_other_processes():
    assert not spans_processes()
    with joblib.parallel_config(n_jobs=2):
        assert not spans_processes()


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "dask"])
def test_a_backend_works_elsewhere_and_every_result_is_kept_here_once_with_its_item(backend, within):
    with within(backend):
        assert spans_processes()
        kept = kept_of(square, (i for i in [4, 2, 9, 7, 1]))
    assert sorted(item for item, *_ in kept) == [1, 2, 4, 7, 9]  # they come as they are finished
    assert all(result[0] == item for item, result, _ in kept)
    assert {pid for *_, pid in kept} == {os.getpid()}
    assert os.getpid() not in {result[1] for _, result, _ in kept}
    assert not spans_processes()


@pytest.mark.parametrize("backend", [None, "loky", "multiprocessing"])
def test_one_job_and_no_items_are_fine(backend, within):
    with within(backend):
        assert sorted((item, result[0]) for item, result, _ in kept_of(square, range(3), 1)) == [(0, 0), (1, 1), (2, 2)]
        assert kept_of(square, []) == []


@pytest.mark.parametrize("backend", [None, "multiprocessing", "dask"])  # loky starts anew: see the error of a bank
def test_an_error_of_the_work_arrives_as_it_is(backend, within):
    with within(backend), pytest.raises(Mistake, match=r"^piece 3 is odd$"):
        kept_of(mistaken, range(6))


@pytest.mark.parametrize("backend", [None, "multiprocessing", "dask"])
@pytest.mark.filterwarnings("ignore:.* tasks:UserWarning")  # joblib counts what has been done in vain
def test_an_error_of_whoever_keeps_results_arrives_as_it_is(backend, within):

    def refuse(item, result):
        raise Mistake("no room left")

    with within(backend), pytest.raises(Mistake, match=r"^no room left$"):
        spread(square, range(6), 2, refuse)


def test_linear_algebra_is_back_on_all_threads_when_the_last_has_left():
    def n_threads():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    with threadpool_limits(2, "blas"):
        before, (first, second) = n_threads(), (one_blas_thread(), one_blas_thread())
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert set(n_threads()) == {1}
        second.__exit__(None, None, None)
        assert n_threads() == before


def test_linear_algebra_is_back_on_all_threads_also_after_an_interrupt(monkeypatch):
    """Once, an interrupt while threads were counted left it on one thread for ever."""

    class Interrupted:
        """A lock whose first holder is interrupted as it lets go."""

        n_held = 0

        def __enter__(self):
            self.n_held += 1

        def __exit__(self, *error):
            if self.n_held == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(threads, "_lock", Interrupted())
    monkeypatch.setattr(threads, "_n_alone", 0)
    with threadpool_limits(2, "blas"):
        before = threadpool_info()
        with pytest.raises(KeyboardInterrupt), one_blas_thread():
            pass
        assert (threads._n_alone, threadpool_info()) == (0, before)


def test_many_threads_that_limit_linear_algebra_in_any_order_leave_the_limits_as_they_were():
    def n_threads():
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

    def limited(depth):
        with one_blas_thread():
            return n_threads() | (limited(depth - 1) if depth else set())

    for limit in (2, 1, 2):
        with threadpool_limits(limit, "blas"):
            before = n_threads()
            with ThreadPoolExecutor(12) as pool:
                seen = set().union(*pool.map(limited, [0, 1, 2] * 20))
            assert (seen, n_threads()) == ({1}, before)


@pytest.mark.parametrize("n_jobs", [1, 2, 50])
def test_shared_out_results_come_in_order(n_jobs):
    assert share_out(lambda i: i * i, iter(range(20)), n_jobs) == [i * i for i in range(20)]
    assert share_out(lambda i: i, [], n_jobs) == []


def test_a_number_of_jobs_starts_no_more_threads_than_a_machine_can_have(monkeypatch):
    """Once, a file could say a million, and a prediction of many cases tried to start them."""
    monkeypatch.setattr(threads, "MOST_THREADS", 3)
    names = share_out(lambda _: (time.sleep(0.01), threading.current_thread().name)[1], range(30), 10**6)
    assert len(set(names)) <= 3


@pytest.mark.parametrize("n_started", [0, 1, 2])
def test_where_no_further_thread_can_be_started_those_that_are_there_do_the_work(n_started, monkeypatch):
    """Once, 'can't start new thread' ended a fit or a prediction, as in a container that limits its processes."""
    start, left = threading.Thread.start, iter(range(n_started))

    def start_few(thread):
        if next(left, None) is None:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_few)
    done, seen = [], set()
    found = share_out(lambda i: (time.sleep(0.001), seen.add(threading.get_ident()), i * i)[2], range(20), 4)
    assert found == [i * i for i in range(20)]
    assert 1 <= len(seen) <= n_started + 1
    with team(4):
        in_team(done.append, range(20))
    assert sorted(done) == list(range(20))


def test_what_a_team_begins_it_ends_though_no_further_thread_can_be_started(monkeypatch):
    """Once, a thread that was told of late worked on while the team was said to have done."""
    start, begun, ended = threading.Thread.start, [], []

    def start_first(thread):
        if any(other.name.startswith("ThreadPoolExecutor") for other in threading.enumerate()):
            raise RuntimeError("can't start new thread")
        start(thread)

    def work(number):
        begun.append(number)
        time.sleep(0.001 * (number + 1))
        ended.append(number)

    monkeypatch.setattr(threading.Thread, "start", start_first)
    for _ in range(10):
        with team(4):
            for _ in range(3):
                in_team(lambda number: None, range(4))  # whose thread comes too late for them
                in_team(work, range(4))
                assert len(ended) == len(begun)


def test_a_number_of_jobs_cuts_items_into_no_more_slices_than_threads_can_be_started():
    """Once, features were cut into as many as a file said, and a prediction took all memory."""
    for n_items, n_jobs in [(0, 3), (1, 3), (7, 3), (7, 10**12), (10**6, 10**12)]:
        for n_values in (threads.FEW, threads.FEW + 1):
            slices = threads.even_slices(n_items, n_jobs, n_values)
            assert len(slices) <= (1 if n_values == threads.FEW else min(n_jobs, threads.MOST_THREADS, n_items))
            assert [i for some in slices for i in range(n_items)[some]] == list(range(n_items))


def test_a_thread_that_goes_on_while_python_ends_fits_the_model():
    """Once, it could not 'schedule new futures after interpreter shutdown' with n_jobs=2."""
    script = """
import subprocess
import sys
import threading
from lightwaves import LightWaveSClassifier, load_basic_motions

X, y = load_basic_motions("train")
model = LightWaveSClassifier(n_features=20, search_candidates=500, n_jobs=2, random_state=0)
threading.Thread(target=lambda: print(model.fit(X, y).score(X, y))).start()
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("1.0\n", "")


@pytest.mark.parametrize("n_jobs", [1, 2, 8])
def test_of_several_errors_that_of_the_first_item_is_raised(n_jobs):
    def fail(number):
        time.sleep(0.002 * (8 - number))  # the first fails last
        raise Mistake(f"piece {number} is odd")

    with pytest.raises(Mistake, match=r"^piece 0 is odd$"):
        share_out(fail, range(8), n_jobs)
    with pytest.raises(Mistake, match=r"^piece 0 is odd$"), team(n_jobs):
        in_team(fail, range(8))


# --- models -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEARCHES)
def test_dask_ends_with_the_model_of_one_process(name, client, alone):
    with joblib.parallel_config(backend="dask"):
        assert facts(fit(**SEARCHES[name])) == alone[name]


@pytest.mark.parametrize(
    ("name", "backend"),
    [(name, "loky") for name in ("default", "default, paper", "biases", "groups")]
    + [(name, "multiprocessing") for name in ("random kernels", "default, paper")],
)
def test_processes_end_with_the_model_of_one(name, backend, within, alone):
    with within(backend):
        assert facts(fit(**SEARCHES[name])) == alone[name]


@pytest.mark.parametrize("backend", [None, "threading", "loky", "multiprocessing"])
def test_one_job_within_a_backend_is_the_same_model(backend, within, alone):
    with within(backend):
        assert facts(fit(honest=True, n_jobs=1)) == alone["default"]


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_threads_end_with_the_model_of_one(n_jobs, alone):
    assert facts(fit(honest=True, n_jobs=n_jobs)) == alone["default"]


def test_series_of_unequal_length_and_other_dtypes_are_sent_too(client):
    series = [case[:, : 30 - i % 7].astype(np.float64) for i, case in enumerate(X)]
    expected = LightWaveSClassifier(**OPTIONS).fit(series, Y)
    with joblib.parallel_config(backend="dask"):
        model = LightWaveSClassifier(**OPTIONS).fit(series, Y)
    assert facts(model) == facts(expected)


def test_dask_arrays_stay_where_they_are_and_end_with_the_model_of_the_array(client, monkeypatch):
    dask_array = pytest.importorskip("dask.array")
    monkeypatch.setattr(reading, "AT_ONCE", 0)
    y = np.arange(2400) % 2
    x = np.random.default_rng(0).standard_normal((2400, 3, 24)).astype(np.float32)
    x[:, 1] += 0.8 * y[:, np.newaxis] * np.sin(np.arange(24))
    model = LightWaveSClassifier(MiniRocket(336), n_features=20, search_candidates=336, random_state=0)
    chunks = dask_array.from_array(x, chunks=(500, 3, 24))
    expected = clone(model).fit(chunks, y)
    with joblib.parallel_config(backend="dask"):
        found = model.fit(chunks, y)
    np.testing.assert_array_equal(found.decision_function(x), expected.decision_function(x))
    np.testing.assert_array_equal(found.predict(chunks), expected.predict(x))
    of_blocks = chunks.map_blocks(found.predict, dtype=found.classes_.dtype, drop_axis=[1, 2])
    np.testing.assert_array_equal(of_blocks.compute(), expected.predict(x))


# --- what travels -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["dask", "loky", "multiprocessing"])
def test_a_bank_of_ones_own_is_computed_elsewhere(backend, within, tmp_path):
    folders = tmp_path / "alone", tmp_path / "spread"
    for folder in folders:
        folder.mkdir()
    options = OPTIONS | {"screen_channels": False, "search_candidates": None}
    expected = LightWaveSClassifier(Means(folders[0]), **options).fit(X, Y)
    with within(backend):
        model = LightWaveSClassifier(Means(folders[1], seconds=0.05), **options).fit(X, Y)
    pieces = Witness(folders[1]).count("computed")
    assert pieces.pop(os.getpid()) in (1, 2), "only the features of the head, on one thread or two"
    assert Witness(folders[0]).count("computed") == {os.getpid(): 5 + 1}
    assert sum(pieces.values()) == 5 == -(-40 * 32 // 256)
    assert len(pieces) == 2 or backend == "dask"  # which leaves pieces with the worker that has their data
    for name in ("feature_scores_", "bank_errors_", "selection_path_"):
        same(getattr(model, name), getattr(expected, name))
    np.testing.assert_array_equal(model.plan_.share, expected.plan_.share)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))


def test_dask_sends_the_series_to_each_worker_once_and_all_workers_work(client, tmp_path):
    x, y = problem(80, 500)  # 4 MB
    options = {"n_features": 20, "screen_channels": False, "random_state": 0}
    with joblib.parallel_config(backend="dask"):
        LightWaveSClassifier(Means(tmp_path, 40, seconds=0.1), **options).fit(x, y)
    computed, unpickled = (Witness(tmp_path).count(what) for what in ("computed", "unpickled"))
    assert computed.pop(os.getpid()) in (1, 2), "only the features of the head, on one thread or two"
    assert sum(computed.values()) == 13
    assert unpickled == dict.fromkeys(computed, 1)
    assert set(computed) == set(client.run(os.getpid).values())


BANK = """
from lightwaves import Prism

class Private(Prism):
    def candidates(self, *args):
        return Offer(super().candidates(*args))

class Offer:
    def __init__(self, source):
        self.source = source

    def __len__(self):
        return len(self.source)

    def __getattr__(self, name):
        if name.startswith("__") or name == "source":
            raise AttributeError(name)
        return getattr(self.source, name)
"""


def test_a_bank_that_workers_cannot_import_is_an_error_until_they_can(client, tmp_path, monkeypatch):
    (tmp_path / "private_bank.py").write_text(BANK)
    monkeypatch.syspath_prepend(tmp_path)
    bank = importlib.import_module("private_bank").Private(800)
    with joblib.parallel_config(backend="dask"), pytest.raises(ModuleNotFoundError, match="private_bank"):
        fit(bank=bank)
    client.upload_file(str(tmp_path / "private_bank.py"))
    with joblib.parallel_config(backend="dask"):
        assert facts(fit(bank=bank)) == facts(fit(bank=bank))


class Weigher:
    """Work that says how large it is when pickled, and where its array lies."""

    def __init__(self, values):
        self.values = values

    def __call__(self, number):
        """What became of the array, there."""
        mapped = self.values
        while mapped is not None and not isinstance(mapped, np.memmap):
            mapped = getattr(mapped, "base", None)
        return mapped is not None, getattr(mapped, "filename", None), float(self.values.sum())


def test_loky_maps_a_large_array_into_memory_instead_of_pickling_it():
    values = np.random.default_rng(0).standard_normal(500_000)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        kept = kept_of(Weigher(values), range(8))
    assert {result[0] for _, result, _ in kept} == {True}
    assert len({result[1] for _, result, _ in kept}) == 1, "one file for all pieces"
    assert {result[2] for _, result, _ in kept} == {float(values.sum())}


def test_a_large_array_is_mapped_for_a_search_too(alone):
    x = np.repeat(X, 20, axis=2)  # 2.3 MB
    expected = LightWaveSClassifier(**OPTIONS).fit(x, Y)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        model = LightWaveSClassifier(**OPTIONS).fit(x, Y)
    assert pickle.dumps(model.plan_) == pickle.dumps(expected.plan_)
    np.testing.assert_array_equal(model.predict_proba(x), expected.predict_proba(x))


# --- with scikit-learn --------------------------------------------------------------------------------------


class Asked(Means):
    """A bank that leaves a trace of whether its fit would spread work over processes."""

    def candidates(self, panel, shift, scale, random_state):
        """Those of `Means`."""
        Witness(self.folder).note("nested" if spans_processes() else "plain")
        return super().candidates(panel, shift, scale, random_state)


def test_a_grid_search_over_processes_fits_each_model_in_one(tmp_path):
    search = GridSearchCV(LightWaveSClassifier(Asked(tmp_path), **OPTIONS), {"scale": [True, False]}, cv=2, n_jobs=2)
    search.fit(X, Y)
    witness = Witness(tmp_path)
    assert not witness.count("nested")
    plain = witness.count("plain")
    assert plain.pop(os.getpid()) == 1, "the refit"
    assert sum(plain.values()) == 4
    assert set(witness.count("computed")) == {*plain, os.getpid()}
    serial = GridSearchCV(LightWaveSClassifier(Means(tmp_path), **OPTIONS), {"scale": [True, False]}, cv=2).fit(X, Y)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], serial.cv_results_["mean_test_score"])
    np.testing.assert_array_equal(search.predict_proba(X), serial.predict_proba(X))


def test_a_grid_search_over_dask_ends_with_the_same_model(client):
    search = GridSearchCV(LightWaveSClassifier(**OPTIONS), {"frugality": [0, 0.5]}, cv=2)
    serial = clone(search).fit(X, Y)
    with joblib.parallel_config(backend="dask"):
        search.fit(X, Y)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], serial.cv_results_["mean_test_score"])
    assert facts(search.best_estimator_) == facts(serial.best_estimator_)


def test_pipelines_and_clones_do_not_mind(alone, within):
    expected = make_pipeline(LightWaveS(**SEARCHED), StandardScaler()).fit_transform(X, Y)
    with within("dask"):
        pipeline = make_pipeline(LightWaveS(**SEARCHED), StandardScaler())
        np.testing.assert_array_equal(pipeline.fit_transform(X, Y), expected)
        assert facts(clone(fit(bank=Rocket(600))).fit(X, Y)) == alone["random kernels"]


# --- errors: after one, loky starts its processes anew -------------------------------------------------------


class BrokenPlan(MeansPlan):
    """One that fails."""

    def compute(self, x, lengths):
        """Fail."""
        raise Mistake(f"{len(self)} features are too many")


class Broken(Means):
    """A bank whose features cannot be computed."""

    def candidates(self, panel, shift, scale, random_state):
        """Those of `Means`, broken."""
        plan = super().candidates(panel, shift, scale, random_state)
        return BrokenPlan(**{field.name: getattr(plan, field.name) for field in fields(plan)})


@pytest.mark.parametrize("backend", [None, "dask", "loky", "multiprocessing"])
def test_an_error_of_a_bank_reaches_the_user_and_leaves_the_model_as_it_was(backend, within, tmp_path):
    model = fit()
    before = facts(model)
    model.set_params(bank=Broken(tmp_path))
    with within(backend), pytest.raises(Mistake, match="features are too many"):
        model.fit(X, Y)
    assert facts(model) == before


class Pair(SerialComm):
    """A communicator of two, of which nothing is asked."""

    size = 2

    def allgather(self, sendobj):
        """The same twice."""
        return [sendobj] * 2


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "dask"])
def test_ranks_and_a_backend_together_are_refused(backend, within):
    message = "comm and a joblib backend of other processes cannot share one search: leave out comm, or the backend"
    with within(backend), pytest.raises(ValueError, match=message):
        LightWaveS(**SEARCHED).fit(X, Y, comm=Pair())


def test_a_communicator_of_one_rank_goes_with_a_backend(alone, within):
    with within("dask"):
        model = LightWaveSClassifier(Rocket(600), **OPTIONS).fit(X, Y, comm=SerialComm())
        assert facts(model) == alone["random kernels"]


# --- ray ----------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")  # ray is not ours
def test_ray_ends_with_the_model_of_one_process(alone, tmp_path):
    ray = pytest.importorskip("ray", reason="ray is not installed: pip install 'lightwaves[ray]'")
    from ray.util.joblib import register_ray

    here = {"PYTHONPATH": str(Path(__file__).parent)}
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": here})
    register_ray()
    try:
        with joblib.parallel_config(backend="ray", n_jobs=2):
            assert spans_processes()
            for name in ("default", "default, paper"):
                assert facts(fit(**SEARCHES[name])) == alone[name]
            LightWaveSClassifier(Means(tmp_path, seconds=0.05), screen_channels=False, **OPTIONS).fit(X, Y)
            with pytest.raises(Mistake, match="features are too many"):
                LightWaveSClassifier(Broken(tmp_path), **OPTIONS).fit(X, Y)
    finally:
        ray.shutdown()
    pieces = Witness(tmp_path).count("computed")
    assert pieces.pop(os.getpid()) in (1, 2), "only the features of the head, on one thread or two"
    assert sum(pieces.values()) == 5


def n_threads_and_warnings(n_jobs):
    """In a worker of multiprocessing."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        return check_n_jobs(n_jobs), [str(warning.message) for warning in told]


def test_a_worker_of_multiprocessing_may_have_threads():
    """Once, joblib said that it can have no processes, and gave it one thread."""
    n_cores = joblib.cpu_count()
    with multiprocessing.Pool(1) as pool:
        told = pool.map(n_threads_and_warnings, [None, 1, 2, -1])
    assert told == [(n_threads, []) for n_threads in (1, 1, 2, n_cores)]


def test_of_a_container_no_more_cores_are_counted_than_its_share(monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 1)  # which knows the limits of cgroups
    assert len(threads.whereabouts()[1]) == 1
