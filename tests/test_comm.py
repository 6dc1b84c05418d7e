"""The search gives one plan for every number of ranks, here as threads, and a failing rank fails on all."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from lightwaves import LightWaveS, LightWaveSClassifier, MiniRocket, WaveletScattering, load_basic_motions
from lightwaves.banks.wavelet import WaveletCandidates
from lightwaves.comm import SerialComm, agree, digest, together
from lightwaves.parallel import one_blas_thread

X, Y = load_basic_motions("train")
BANK = WaveletScattering(levels=(1,), max_dilation=4)


class Threads:
    """Ranks as threads of one process; a rank that never comes breaks the barrier instead of the test run."""

    def __init__(self, rank, size, barrier, places):
        self.rank, self.size, self._barrier, self._places = rank, size, barrier, places

    def allgather(self, sendobj):
        """Everybody's object, once all have come."""
        self._places[self.rank] = sendobj
        self._barrier.wait(60)
        everybody = list(self._places)
        self._barrier.wait(60)
        return everybody

    def bcast(self, obj, root=0):
        """The root's object."""
        return self.allgather(obj)[root]


def on_ranks(size, work):
    """What every rank returns or raises."""
    barrier, places = threading.Barrier(size), [None] * size

    def attempt(rank):
        try:
            return work(Threads(rank, size, barrier, places))
        except Exception as error:
            return error

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(attempt, range(size)))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 20])
@pytest.mark.parametrize("data", ["motions", "ties", "constant"])
def test_every_number_of_ranks_gives_the_same_plan(size, data):
    series = {"motions": X, "ties": np.sign(X), "constant": np.zeros_like(X)}[data]
    for selection in ("mrmr", "detach"):
        alone = LightWaveS(BANK, 40, selection).fit(series, Y)
        for model in on_ranks(size, lambda comm, name=selection: LightWaveS(BANK, 40, name).fit(series, Y, comm=comm)):
            assert model.plan_ == alone.plan_
            np.testing.assert_array_equal(model.feature_scores_, alone.feature_scores_)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("n_channels", [6, 40])
def test_every_number_of_ranks_gives_the_default_model(size, n_channels):
    series = np.random.default_rng(0).standard_normal((40, n_channels, 30)).astype(np.float32)
    series[:, 3] += X[:, 0, :30]
    options = {"n_features": 30, "search_candidates": 400}
    alone = LightWaveSClassifier(**options, random_state=0).fit(series, Y)

    def fit(comm):  # the others' random states do not count: the first draws for all
        model = LightWaveSClassifier(**options, random_state=comm.rank, n_jobs=1 + comm.rank % 2)
        return model.fit(series, Y, comm=comm)

    for model in on_ranks(size, fit):
        assert model.plan_ == alone.plan_
        for name in ("feature_scores_", "bank_errors_", "selection_path_", "candidate_channels_"):
            np.testing.assert_array_equal(getattr(model, name), getattr(alone, name))
        np.testing.assert_array_equal(model.predict_proba(series), alone.predict_proba(series))


@pytest.mark.filterwarnings("ignore:n_features=500")
def test_too_few_candidates_are_all_kept_on_every_rank():
    bank = WaveletScattering(levels=(1,), max_dilation=1)
    models = on_ranks(3, lambda comm: LightWaveS(bank=bank).fit(X[:, :1], Y, comm=comm))
    assert [len(model.plan_) for model in models] == [336] * 3


def test_only_the_first_rank_talks(capsys):
    for selection, n_lines in (("mrmr", 2), ("detach", 3)):
        on_ranks(3, lambda comm, name=selection: LightWaveS(BANK, 9, name, verbose=1).fit(X, Y, comm=comm))
        assert len(capsys.readouterr().out.splitlines()) == n_lines


def test_ranks_may_each_have_a_generator_of_their_own_in_the_same_state():
    def fit(comm, seed):
        bank = MiniRocket(n_features=168, random_state=np.random.RandomState(seed))
        return LightWaveS(bank=bank, n_features=9).fit(X, Y, comm=comm).plan_

    alone = fit(None, 0)
    assert all(plan == alone for plan in on_ranks(3, lambda comm: fit(comm, 0)))
    assert {type(error) for error in on_ranks(3, lambda comm: fit(comm, comm.rank))} == {ValueError}


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


def test_a_communicator_is_no_parameter():
    model = LightWaveS(bank=BANK, n_features=9)
    model.fit(X, Y, comm=SerialComm())
    assert "comm" not in model.get_params()
    assert not [name for name, value in vars(model).items() if isinstance(value, SerialComm)]


def test_a_rank_that_fails_in_its_share_of_the_search_fails_on_all(monkeypatch):
    block = WaveletCandidates.block

    def failing(self, number, *arguments):
        if number == self.n_blocks - 1:
            raise MemoryError("too much")
        return block(self, number, *arguments)

    monkeypatch.setattr(WaveletCandidates, "block", failing)
    errors = on_ranks(3, lambda comm: LightWaveS(BANK, 9, "mrmr").fit(X, Y, comm=comm))
    assert [type(error) for error in errors] == [RuntimeError, RuntimeError, MemoryError]
    assert {str(error) for error in errors[:2]} == {"rank 2 failed: MemoryError: too much"}


@pytest.mark.parametrize(("module", "part"), [("search", "survey"), ("search", "detach"), ("screening", "anova_f")])
def test_a_rank_that_fails_in_detachment_fails_on_all(module, part, monkeypatch):
    work, turns = getattr(sys.modules[f"lightwaves.{module}"], part), iter(range(99))

    def failing(*arguments, **options):
        if next(turns) == 2:
            raise MemoryError("too much")
        return work(*arguments, **options)

    monkeypatch.setattr(sys.modules[f"lightwaves.{module}"], part, failing)
    series = np.tile(X, (1, 8, 1))  # three blocks of channels: one for each rank
    model = {"bank": BANK, "n_features": 9, "search_candidates": 200, "random_state": 0}
    errors = on_ranks(3, lambda comm: LightWaveS(**model).fit(series, Y, comm=comm))
    assert sorted(type(error).__name__ for error in errors) == ["MemoryError", "RuntimeError", "RuntimeError"]
    assert any(str(error).endswith("failed: MemoryError: too much") for error in errors)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"bank": [[BANK], [MiniRocket(84)]]}, {"bank": [[MiniRocket(84)], [BANK]]}),
        ({"bank": [[BANK], [MiniRocket(84)]]}, {"bank": [BANK, MiniRocket(84)]}),
        ({"screen_channels": True}, {"screen_channels": False}),
    ],
    ids=["bank", "bank", "parameters"],
)
def test_ranks_that_want_different_things_all_say_so(one, two, request):
    def fit(comm):
        LightWaveS(**{"bank": BANK, "n_features": 9} | (one, two)[comm.rank]).fit(X, Y, comm=comm)

    what = request.node.callspec.id.rstrip("01")
    for error in on_ranks(2, fit):
        assert str(error).startswith(f"All ranks must be given the same {what}: rank 0 has")


def test_work_done_together_is_returned_to_each():
    assert on_ranks(3, lambda comm: together(comm, lambda: comm.rank)) == [0, 1, 2]


def test_facts_that_differ_are_named_on_all_ranks():
    assert on_ranks(3, lambda comm: agree(comm, a=1, b=2)) == [None] * 3
    errors = on_ranks(3, lambda comm: agree(comm, a=1, b=comm.rank // 2))
    message = "All ranks must be given the same b: rank 0 has 0, rank 2 has 1."
    assert [(type(error), str(error)) for error in errors] == [(ValueError, message)] * 3


def test_a_communicator_of_one_gives_back_what_it_gets():
    comm = SerialComm()
    assert (comm.rank, comm.size, comm.allgather("x"), comm.bcast("y")) == (0, 1, ["x"], "y")


def test_a_digest_tells_values_shapes_and_types_apart():
    values = [np.arange(6), np.arange(6.0), np.arange(6).reshape(2, 3), np.arange(6)[::-1], "x", np.array(["x", None])]
    assert len({digest(v) for v in values} | {digest(*values)}) == 7
    assert digest(np.arange(6)) == digest(np.arange(12)[::2] // 2) == digest(np.arange(6).tolist())
