"""The search gives one plan for every number of ranks, here as threads, and a failing rank fails on all."""

import copy
import importlib
import itertools
import re
import threading
import time

import numpy as np
import pytest
from ranks import on_ranks
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from threadpoolctl import threadpool_info, threadpool_limits

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    MiniRocket,
    Prism,
    WaveletScattering,
    channels_of_rank,
    load_basic_motions,
)
from lightwaves.banks.wavelet import WaveletCandidates
from lightwaves.parallel.comm import (
    Counted,
    SerialComm,
    all_ranks,
    allgather,
    bcast,
    digest,
    gather,
    gather_and_bcast,
    reduce,
    require_same,
)
from lightwaves.parallel.threads import one_blas_thread
from lightwaves.search import shares
from lightwaves.selection import detachment
from lightwaves.selection.relevance import overlaps

X, Y = load_basic_motions("train")
BANK = WaveletScattering(levels=(1,), max_dilation=4)


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
    monkeypatch.setattr("lightwaves.search.shares.SCORED", 6)  # of 18 blocks
    errors = on_ranks(3, lambda comm: LightWaveS(BANK, 9, "mrmr").fit(X, Y, comm=comm))
    assert [type(error) for error in errors] == [MemoryError, RuntimeError, RuntimeError]
    assert {str(error) for error in errors[1:]} == {"rank 0 failed: MemoryError: too much"}


def fail_in(monkeypatch, target, turn):
    """A function or method fails in one of its calls, counted from 0, of whichever rank it is."""
    path, _, name = f"lightwaves.{target}".rpartition(".")
    module, _, owner = path.rpartition(".")
    holder = getattr(importlib.import_module(module), owner) if owner[0].isupper() else importlib.import_module(path)
    work, turns = getattr(holder, name), itertools.count()

    def failing(*arguments, **options):
        if next(turns) == turn:
            raise MemoryError("too much")
        return work(*arguments, **options)

    monkeypatch.setattr(holder, name, failing)


@pytest.mark.parametrize(
    ("module", "part"),
    [
        ("search.shares", "channel_moments"),
        ("search.screening", "anova_f"),
        ("search.shares", "spare_rows"),
        ("selection.detachment", "standardise"),
        ("selection.detachment", "chunks"),
        ("selection.detachment", "Targets.importances"),
        ("estimators.classifier", "part_of"),
    ],
)
def test_a_rank_that_fails_in_detachment_fails_on_all(module, part, monkeypatch):
    fail_in(monkeypatch, f"{module}.{part}", 2)
    series = np.tile(X, (1, 8, 1))  # three blocks of channels: one for each rank
    monkeypatch.setattr("lightwaves.search.shares.MOMENTS_BLOCK", 1)
    model = {"bank": BANK, "n_features": 9, "search_candidates": 200, "random_state": 0}
    errors = on_ranks(3, lambda comm: LightWaveSClassifier(**model).fit(series, Y, comm=comm))
    assert sorted(type(error).__name__ for error in errors) == ["MemoryError", "RuntimeError", "RuntimeError"]
    failed = [type(error) for error in errors].index(MemoryError)
    assert {str(error) for error in errors} == {"too much", f"rank {failed} failed: MemoryError: too much"}


PENALTIES = len(detachment.PENALTIES)  # ridges of the first rank before the first round


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize(
    ("part", "n_before"), [("Dual.__init__", PENALTIES), ("in_steps", 0), ("Dual.left_out", PENALTIES)]
)
def test_what_ranks_do_in_turn_fails_on_all_and_names_whose_turn_it_was(part, n_before, number, monkeypatch):
    fail_in(monkeypatch, f"selection.detachment.{part}", n_before + number)
    model = LightWaveS(BANK, 9, search_candidates=200, random_state=0)
    errors = on_ranks(3, lambda comm: clone(model).fit(X, Y, comm=comm))
    expected = [(RuntimeError, f"rank {number % 3} failed: MemoryError: too much")] * 3
    expected[number % 3] = MemoryError, "too much"
    assert [(type(error), str(error)) for error in errors] == expected


def test_a_rank_that_cannot_tell_how_well_the_last_shared_ridge_does_fails_on_all(monkeypatch):
    turned, left_out = detachment.Gram.turned, detachment.Dual.left_out
    over = threading.Event()

    def turn(self):
        over.set()
        return turned(self)

    def fails(self):
        if over.is_set():
            raise MemoryError("too much")
        return left_out(self)

    monkeypatch.setattr(detachment.Gram, "turned", turn)
    monkeypatch.setattr(detachment.Dual, "left_out", fails)
    failed = set()
    for n_candidates in (48, 52, 60):  # two, three and four shared rounds, of 40 cases
        over.clear()
        model = LightWaveS(BANK, 9, search_candidates=n_candidates, random_state=0)
        errors = on_ranks(3, lambda comm, model=model: clone(model).fit(X, Y, comm=comm))
        rank = [type(error) for error in errors].index(MemoryError)
        told = [str(error) for error in errors if type(error) is RuntimeError]
        assert told == [f"rank {rank} failed: MemoryError: too much"] * 2
        failed.add(rank)
    assert len(failed) == 3


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_rank_that_fails_in_its_share_of_the_correlations_fails_on_all(failing, monkeypatch):
    ranks = threading.local()

    def fails(*arguments, **options):
        if ranks.own == failing:
            raise MemoryError("too much")
        return overlaps(*arguments, **options)

    monkeypatch.setattr("lightwaves.search.search.overlaps", fails)

    def fit(comm):
        ranks.own = comm.rank
        return LightWaveS(BANK, 40, "mrmr").fit(X, Y, comm=comm)

    expected = [(RuntimeError, f"rank {failing} failed: MemoryError: too much")] * 3
    expected[failing] = MemoryError, "too much"
    assert [(type(error), str(error)) for error in on_ranks(3, fit)] == expected


@pytest.mark.parametrize(
    ("module", "part"),
    [
        ("search.search", "least_redundant"),
        ("selection.detachment", "smallest_good"),
        ("estimators.classifier", "RidgeHead"),
    ],
)
def test_what_the_first_rank_does_alone_fails_on_all(module, part, monkeypatch):
    def failing(*arguments, **options):
        raise MemoryError("too much")

    module = importlib.import_module(f"lightwaves.{module}")
    monkeypatch.setattr(module, part, failing)
    method, n_features = ("mrmr", 9) if module.__name__ == "lightwaves.search.search" else ("detach", "auto")
    model = LightWaveSClassifier(BANK, n_features, method, random_state=0)
    errors = on_ranks(3, lambda comm: clone(model).fit(X, Y, comm=comm))
    assert [type(error) for error in errors] == [MemoryError, RuntimeError, RuntimeError]
    assert {str(error) for error in errors[1:]} == {"rank 0 failed: MemoryError: too much"}


@pytest.mark.parametrize("part", ["convolutions_of", "plan_of"])
def test_a_first_rank_that_fails_before_or_after_detachment_fails_on_all(part, monkeypatch):
    work = WaveletCandidates.outline if part == "convolutions_of" else WaveletCandidates.plan
    ranks = threading.local()

    def failing(self, ids):
        if ranks.own == 0 and len(ids) == (len(self) if part == "convolutions_of" else 9):
            raise MemoryError("too much")
        return work(self, ids)

    monkeypatch.setattr(WaveletCandidates, "outline" if part == "convolutions_of" else "plan", failing)

    def fit(comm):
        ranks.own = comm.rank
        return LightWaveS(BANK, 9, scale=False, screen_channels=False).fit(X, Y, comm=comm)

    errors = on_ranks(3, fit)
    assert [type(error) for error in errors] == [MemoryError, RuntimeError, RuntimeError]
    assert {str(error) for error in errors[1:]} == {"rank 0 failed: MemoryError: too much"}


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_rank_that_cannot_draw_of_what_it_holds_fails_on_all(failing, monkeypatch):
    ids, ranks = WaveletCandidates.ids, threading.local()

    def fails(self, number):
        if ranks.own == failing:
            raise MemoryError("too much")
        return ids(self, number)

    monkeypatch.setattr(WaveletCandidates, "ids", fails)

    def fit(comm):
        ranks.own, mine = comm.rank, channels_of_rank(6, 2, comm)
        model = LightWaveS(BANK, 9, group_size=2, search_candidates=300, random_state=0)
        return model.fit(X[:, mine], Y, comm=comm, channels=mine)

    errors = on_ranks(3, fit)
    expected = [RuntimeError] * 3
    expected[failing] = MemoryError
    assert [type(error) for error in errors] == expected


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"bank": [[BANK], [MiniRocket(84)]]}, {"bank": [[MiniRocket(84)], [BANK]]}),
        ({"bank": [[BANK], [MiniRocket(84)]]}, {"bank": [BANK, MiniRocket(84)]}),
        ({"screen_channels": True}, {"screen_channels": False}),
        ({"n_features": 9}, {"n_features": "auto"}),
        ({"frugality": 0.5}, {"frugality": 0.25}),
        ({"group_size": None}, {"group_size": 2}),
        ({"channel_names": list("abcdef")}, {"channel_names": list("abcdeg")}),
    ],
    ids=["bank", "bank", "screen_channels", "n_features", "frugality", "group_size", "channel_names"],
)
def test_ranks_that_want_different_things_all_say_so(one, two, request):
    def fit(comm):
        LightWaveS(**{"bank": BANK, "n_features": 9} | (one, two)[comm.rank]).fit(X, Y, comm=comm)

    what = request.node.callspec.id.rstrip("01")
    for error in on_ranks(2, fit):
        assert type(error) is ValueError
        assert str(error).startswith(f"All ranks must be given the same {what}: rank 0 has")


CHANGES = {
    "shape": lambda: (X[:, :, :-1], Y),
    "dtype": lambda: (X.astype(np.float64), Y),
    "lengths": lambda: ([x[:, : 100 if i else 90] for i, x in enumerate(X)], Y),
    "classes": lambda: (X, np.char.add(Y, "s")),
    "y": lambda: (X, Y[::-1]),
    "data": lambda: (np.where(np.arange(100) == 50, X[:, :1], X), Y),
    "use of channels": lambda: (X, Y, np.arange(6)),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("other", [0, 2])
def test_ranks_that_are_given_different_series_or_labels_all_say_what_differs(what, other):
    def fit(comm):
        series, labels, *channels = CHANGES[what]() if comm.rank == other else (X, Y)
        model = LightWaveS(BANK, 9, group_size=2)
        return model.fit(series, labels, comm=comm, channels=channels[0] if channels else None)

    message = f"All ranks must be given the same {what}: rank 0 has .*, rank {other or 1} has "
    for error in on_ranks(3, fit):
        assert type(error) is ValueError
        assert re.match(message, str(error))


# --- working together ---------------------------------------------------------------------------------------


def squares(comm):
    """What each primitive gives when ranks put in the squares of their numbers."""
    own = comm.rank**2

    def added_up(root):
        mine = np.full(4, 0.25)

        def work():
            mine[:-1] += [own, 1, 0.5]

        total, error = reduce(comm, mine, work, root)
        return None if total is None else total.tolist(), error

    return (
        allgather(comm, lambda: own),
        all_ranks(comm, lambda: own),
        gather_and_bcast(comm, lambda: own, lambda offers: [comm.rank, *offers]),
        bcast(comm, lambda: ("of", comm.rank)),
        bcast(comm, lambda: ("of", comm.rank), comm.size - 1),
        gather(comm, lambda: own, lambda offers: [comm.rank, *offers]),
        added_up(0),
        added_up(comm.size - 1),
    )


@pytest.mark.parametrize("size", [1, 2, 5])
def test_what_ranks_do_together_is_returned_as_promised(size):
    everybody = [rank**2 for rank in range(size)]
    for rank, found in enumerate(on_ranks(size, squares)):
        of_root, last = [0, *everybody], size - 1
        total = [sum(everybody) + size / 4, size * 1.25, size * 0.75]
        sums = (total if rank == root else None for root in (0, last))
        kept = None if rank else of_root
        assert found == (
            everybody, rank**2, of_root, ("of", 0), ("of", last), kept, *((total, None) for total in sums)
        )  # fmt: skip
    total = [0.25, 1.25, 0.75]
    assert squares(SerialComm()) == (
        [0], 0, [0, 0], ("of", 0), ("of", 0), [0, 0], (total, None), (total, None)
    )  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 5])
def test_what_is_added_up_stays_as_it_was_so_that_more_can_be_added(size):
    def work(comm):
        mine, totals = np.zeros(3), []
        for root in range(size):
            total, _ = reduce(comm, mine, lambda: np.add(mine[:-1], [1, comm.rank], out=mine[:-1]), root)
            assert (total is None) == (comm.rank != root)
            if total is not None:
                totals.append(total.tolist())
        return mine.tolist(), totals

    for rank, (mine, totals) in enumerate(on_ranks(size, work)):
        assert mine == [size, size * rank, 0]
        assert totals == [[size * (rank + 1), sum(range(size)) * (rank + 1)]]


@pytest.mark.parametrize("failing", [[0], [1], [0, 2], [0, 1, 2]], ids=str)
@pytest.mark.parametrize("root", [0, 1, 2])
def test_a_failure_leaves_no_sum_but_an_error_where_it_was_and_does_not_last(root, failing):
    def work(comm):
        mine = np.ones(3)
        return reduce(comm, mine, fail_on(failing, comm), root), reduce(comm, mine, lambda: None, root)

    for rank, ((total, error), (again, no_error)) in enumerate(on_ranks(3, work)):
        assert total is None
        assert (type(error), str(error)) == ((OSError, f"disk {rank}") if rank in failing else (type(None), "None"))
        assert no_error is None
        assert (again is None) if rank != root else (again.tolist() == [3, 3])


def test_what_the_first_rank_makes_of_nothing_is_nothing_and_no_failure():
    for found in on_ranks(
        2, lambda comm: (gather_and_bcast(comm, lambda: 0, lambda _: None), bcast(comm, lambda: None))
    ):
        assert found == (None, None)


def fail_on(ranks, comm, result=None):
    """Work that fails on some ranks."""

    def work(*_):
        if comm.rank in ranks:
            raise OSError(f"disk {comm.rank}")
        return result

    return work


def added_then_told(comm, ranks):
    """A sum for the last rank, and what ranks do together next, from which they learn of failures."""
    _, error = reduce(comm, np.zeros(5), fail_on(ranks, comm), comm.size - 1)

    def tell():
        if error is not None:
            raise error

    all_ranks(comm, tell)


ALL_WORK = {
    "allgather": lambda comm, ranks: allgather(comm, fail_on(ranks, comm)),
    "all_ranks": lambda comm, ranks: all_ranks(comm, fail_on(ranks, comm)),
    "gather_and_bcast": lambda comm, ranks: gather_and_bcast(comm, fail_on(ranks, comm), lambda offers: offers),
    "gather": lambda comm, ranks: gather(comm, fail_on(ranks, comm), lambda offers: offers),
    "added": added_then_told,
}
ROOT_WORKS = {
    "gather_and_bcast": lambda comm: gather_and_bcast(comm, lambda: comm.rank, fail_on([0], comm)),
    "gather": lambda comm: gather(comm, lambda: comm.rank, fail_on([0], comm)),
    "bcast": lambda comm: bcast(comm, fail_on([0], comm)),
}


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize("failing", [[0], [1], [0, 1]], ids=str)
@pytest.mark.parametrize("name", ALL_WORK)
def test_a_failure_of_some_ranks_is_one_of_all_and_names_the_first_of_them(name, failing, size):
    for rank, error in enumerate(on_ranks(size, lambda comm: ALL_WORK[name](comm, failing))):
        if rank in failing:
            assert (type(error), str(error)) == (OSError, f"disk {rank}")
        else:
            first = failing[0]
            assert (type(error), str(error)) == (RuntimeError, f"rank {first} failed: OSError: disk {first}")


@pytest.mark.parametrize("name", ROOT_WORKS)
def test_a_failure_of_what_the_first_rank_does_alone_is_one_of_all(name):
    own, *told = on_ranks(3, ROOT_WORKS[name])
    assert (type(own), str(own)) == (OSError, "disk 0")
    assert [(type(error), str(error)) for error in told] == [(RuntimeError, "rank 0 failed: OSError: disk 0")] * 2


@pytest.mark.parametrize("root", [0, 1, 2])
def test_a_failure_of_what_any_rank_does_alone_for_all_is_one_of_all(root):
    for rank, error in enumerate(on_ranks(3, lambda comm: bcast(comm, fail_on([root], comm), root))):
        expected = (RuntimeError, f"rank {root} failed: OSError: disk {root}")
        assert (type(error), str(error)) == ((OSError, f"disk {root}") if rank == root else expected)


@pytest.mark.parametrize("name", ["gather_and_bcast", "gather"])
def test_the_first_rank_makes_nothing_of_what_is_not_complete(name):
    made = []
    work = {"gather_and_bcast": gather_and_bcast, "gather": gather}[name]
    on_ranks(3, lambda comm: work(comm, fail_on([2], comm), made.append))
    assert not made


def test_ranks_are_ready_for_more_after_a_failure():
    def work(comm):
        errors = []
        for fail in (*ALL_WORK.values(), *(lambda comm, _, work=work: work(comm) for work in ROOT_WORKS.values())):
            try:
                fail(comm, [comm.size - 1])
            except (OSError, RuntimeError) as error:
                errors.append(error)
        return len(errors), squares(comm)

    for found in on_ranks(3, work):
        assert found[0] == len(ALL_WORK) + len(ROOT_WORKS)
        assert found[1][0] == [0, 1, 4]


@pytest.mark.parametrize("error", [ValueError("rank 7 failed"), RuntimeError("of its own"), KeyError("a")], ids=repr)
def test_what_others_are_told_of_is_the_error_of_the_first_rank_as_it_is(error):
    def fail():
        raise error

    own, told = on_ranks(2, lambda comm: bcast(comm, fail))
    assert own is error
    assert str(told) == f"rank 0 failed: {type(error).__name__}: {error}"


def test_one_process_raises_its_own_error():
    comm = SerialComm()
    for name, work in ALL_WORK.items():
        with pytest.raises(OSError, match="disk 0"):
            work(comm, [0])
        if name in ROOT_WORKS:
            with pytest.raises(OSError, match="disk 0"):
                ROOT_WORKS[name](comm)


def test_facts_that_differ_are_named():
    require_same([{}, {}])
    require_same([{"a": 1, "b": [2]}] * 3)
    require_same([{"a": 1}])
    message = "All ranks must be given the same b: rank 0 has 0, rank 2 has 1."
    with pytest.raises(ValueError, match=message):
        require_same([{"a": 1, "b": rank // 2, "c": rank} for rank in range(3)])


def test_a_communicator_of_one_gives_back_what_it_gets():
    comm, total = SerialComm(), np.empty(2)
    assert (comm.rank, comm.size, comm.allgather("x"), comm.bcast("y")) == (0, 1, ["x"], "y")
    assert comm.gather("z") == ["z"]
    comm.Reduce(np.array([1.0, 2.0]), total)
    assert total.tolist() == [1, 2]
    comm.Reduce(np.array([3.0, 4.0]), total, root=0)
    assert total.tolist() == [3, 4]


# --- what goes through --------------------------------------------------------------------------------------


def test_a_counting_communicator_gives_what_the_other_gives():
    for rank, found in enumerate(on_ranks(3, lambda comm: squares(Counted(comm)))):
        assert found[:2] == ([0, 1, 4], rank**2)
        assert found[6:] == tuple(([5.75, 3.75, 2.25] if rank == root else None, None) for root in (0, 2))
    assert squares(Counted(SerialComm())) == squares(SerialComm())


def test_calls_are_counted_with_the_bytes_that_a_rank_puts_in():
    def work(comm):
        comm = Counted(comm)
        assert (comm.n_collectives, comm.n_bytes) == (0, 0)
        squares(comm)
        comm.allgather(b"x" * 1000)
        comm.bcast(b"x" * 2000)
        comm.gather(b"x" * 3000, root=1)
        comm.bcast(b"x" * 4000, root=2)
        return comm

    everybody = on_ranks(3, work)
    for rank, comm in enumerate(everybody):
        assert (comm.rank, comm.size) == (rank, 3)
        names = [name for name, _ in comm.calls]
        at_the_root = ["gather", "bcast"]
        bcasts, sums = ["bcast", "bcast"], ["Reduce", "Reduce"]
        assert names[:10] == ["allgather", "allgather", *at_the_root, *bcasts, *at_the_root, *sums]
        assert [n_bytes for _, n_bytes in comm.calls[8:10]] == [8 * 4] * 2, "three numbers, and whether it failed"
        assert [n_bytes // 1000 for _, n_bytes in comm.calls[10:]] == [1, 0 if rank else 2, 3, 4 if rank == 2 else 0]
        assert all(0 < n_bytes < 100 for name, n_bytes in comm.calls[:10] if name != "bcast")
        assert comm.n_collectives == len(comm.calls) == 14
        assert comm.n_bytes == sum(n_bytes for _, n_bytes in comm.calls)
        assert [n_bytes > 0 for _, n_bytes in comm.calls[4:6]] == [rank == 0, rank == 2], "what the root puts in"
    assert everybody[1].calls[3] == everybody[1].calls[4] == ("bcast", 0)


def test_a_model_does_not_depend_on_being_counted():
    def fit(comm):
        counted = Counted(comm)
        model = LightWaveSClassifier(BANK, 9, random_state=0).fit(X, Y, comm=counted)
        assert counted.n_collectives > 10
        return model.plan_

    alone = LightWaveSClassifier(BANK, 9, random_state=0).fit(X, Y).plan_
    assert on_ranks(2, fit) == [alone] * 2


def test_a_digest_tells_values_shapes_and_types_apart():
    values = [np.arange(6), np.arange(6.0), np.arange(6).reshape(2, 3), np.arange(6)[::-1], "x", np.array(["x", None])]
    assert len({digest(v) for v in values} | {digest(*values)}) == 7
    assert digest(np.arange(6)) == digest(np.arange(12)[::2] // 2) == digest(np.arange(6).tolist())


def test_threads_that_take_turns_at_any_moment_do_not_mix_up_scores(monkeypatch):
    class Slow(tuple):
        """Lets other threads go on between looking at ids and looking at scores."""

        def __getitem__(self, place):
            time.sleep(0.002 * (place == 1))
            return super().__getitem__(place)

    score = shares.ScoreBlocks.__call__
    monkeypatch.setattr(shares.ScoreBlocks, "__call__", lambda self, piece: Slow(score(self, piece)))
    monkeypatch.setattr(shares, "SCORED", 1)
    alone, threads = (LightWaveS(BANK, 40, "mrmr", n_jobs=n).fit(X, Y) for n in (1, 4))
    assert threads.plan_ == alone.plan_
    np.testing.assert_array_equal(threads.feature_scores_, alone.feature_scores_)


@pytest.mark.parametrize("state", [0, np.random.RandomState(5)], ids=["int", "generator"])
def test_a_bank_with_a_random_state_draws_something_else_for_each_group_whoever_holds_it(state):
    def fit(comm, held):
        bank = [Prism(80, random_state=copy.deepcopy(state)), Own(random_state=copy.deepcopy(state))]
        model = LightWaveS(bank, 60, group_size=2, random_state=0)
        if not held:
            return model.fit(X, Y, comm=comm)
        mine = channels_of_rank(6, 2, comm)
        return model.fit(X[:, mine], Y, comm=comm, channels=mine)

    alone = fit(SerialComm(), False)
    kernels = next(part for part in alone.plan_.parts if hasattr(part, "kernel"))
    first = np.cumsum(kernels.n_members) - kernels.n_members
    of_group = [set(kernels.kernel[kernels.member[first] // 2 == g].tolist()) for g in range(3)]
    assert of_group[0] != of_group[1] != of_group[2]
    for size in (2, 3):
        for held in (False, True):
            for model in on_ranks(size, lambda comm, held=held: fit(comm, held)):
                assert model.plan_ == alone.plan_


class Own(MiniRocket):
    """A bank that does not say how to draw a part of itself."""

    def __init__(self, n_features=84, max_dilations_per_kernel=2, random_state=None, channel_names=None, n_jobs=None):
        super().__init__(n_features, max_dilations_per_kernel, random_state, channel_names, n_jobs)

    def share(self, part):
        """All of it."""
        return self


class Unsendable(DummyClassifier):
    """Cannot be pickled once it is fitted."""

    def fit(self, X, y):
        """Keep something that has no name."""
        super().fit(X, y)
        self.kept_ = lambda: None
        return self


def test_a_classifier_that_cannot_be_sent_to_other_ranks_fails_on_all():
    errors = on_ranks(2, lambda comm: LightWaveSClassifier(BANK, 9, classifier=Unsendable()).fit(X, Y, comm=comm))
    assert "pickle" in str(errors[0])
    assert str(errors[1]).startswith("rank 0 failed: ")


def test_an_error_that_speaks_of_ranks_is_still_the_error_of_the_first():
    def fail():
        raise RuntimeError("rank of the matrix is 3")

    errors = on_ranks(2, lambda comm: bcast(comm, fail))
    assert [str(error) for error in errors] == [
        "rank of the matrix is 3", "rank 0 failed: RuntimeError: rank of the matrix is 3"
    ]  # fmt: skip


def test_a_transformer_and_a_classifier_do_not_wait_for_each_other():
    kinds = (LightWaveS, LightWaveSClassifier)
    for order in (kinds, kinds[::-1]):
        errors = on_ranks(2, lambda comm, order=order: order[comm.rank](BANK, 9).fit(X, Y, comm=comm))
        assert all(str(error).startswith("All ranks must be given the same estimator: rank 0") for error in errors)
