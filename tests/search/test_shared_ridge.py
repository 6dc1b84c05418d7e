"""Detachment whose candidates ranks share: to the bit what one process keeps, and no failure makes a rank wait."""

import threading
from itertools import chain

import numpy as np
import pytest
from features import first_of, is_equal, kept, mirrored, problem, refitted, rows_of, standard_of
from hypothesis import given, settings
from hypothesis import strategies as st
from ranks import fail_in, on_ranks
from scipy.linalg.lapack import dtfttr
from sklearn.base import clone
from wide import sweep

from lightwaves import LightWaveS, WaveletScattering, load_basic_motions
from lightwaves.parallel.comm import Counted
from lightwaves.search import shared_ridge
from lightwaves.search.shared_ridge import Share, SharedGram, detach, first_ridges
from lightwaves.selection import detachment, products
from lightwaves.selection.detachment import PATH, Rounds, drop_until_few
from lightwaves.selection.products import Covariance, Dual, Gram, Targets

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
BANK = WaveletScattering(levels=(1,), max_dilation=4)
seeds = st.integers(0, 2**32 - 1)
examples = settings(deadline=None, max_examples=20)


# Which rank has each of so many candidates.
DEALT = {
    "in turn": lambda n, size: np.arange(n) % size,
    "neighbours": lambda n, size: np.arange(n) * size // n,
    "at random": lambda n, size: np.random.default_rng(n).integers(0, size, n),
    "all on the first": lambda n, size: np.zeros(n, int),
    "all on the last": lambda n, size: np.full(n, size - 1),
    "all but one on the last": lambda n, size: np.where(np.arange(n) == n // 2, 0, size - 1),
    "none on the first": lambda n, size: 1 + np.arange(n) ** 2 % (size - 1),
    "the last first, and few": lambda n, size: np.where(np.arange(n) < 3, size - 1, np.arange(n) % max(1, size - 2)),
}


PROBLEMS = {
    "dual to the end": (problem(24, 90, noise=3.0), 40, {}),
    "through the turn": (problem(24, 90, noise=3.0), 7, {}),
    "of two classes": (problem(31, 60, 2, noise=3.0), 5, {}),
    "at the turn": (problem(30, 45, noise=3.0), 30, {}),
    "auto": (problem(30, 90, noise=3.0), "auto", {}),
    "one round": (problem(20, 60), 60, {}),
    "convolutions": (
        problem(20, 80, noise=4.0),
        9,
        {"frugality": 0.5, "convolutions": (np.arange(80) // 3, np.arange(27.0) + 1)},
    ),
    "from the primal": (problem(60, 40), 6, {}),
    "as many as cases": (problem(25, 25), 4, {}),
    "primal, all kept": (problem(60, 12), 500, {}),
}


def share_of(comm, dealt, z):
    """The rows that a rank has, and which ranks have which."""
    rank_of = DEALT[dealt](z.shape[1], comm.size)
    share = Share(comm, [np.flatnonzero(rank_of == rank) for rank in range(comm.size)])
    return rows_of(z[:, share.mine]), share


def kept_on(comm, dealt, z, y, n_features, **options):
    rows, share = share_of(comm, dealt, z)
    return detach(first_ridges([rows], [share], len(z), y)[0], comm, n_features, **options)


TURNS = [  # each problem dealt in each way, to one number of ranks and to the others
    [
        (kind, dealt, size)
        for i, kind in enumerate(PROBLEMS)
        for j, dealt in enumerate(DEALT)
        for k, size in enumerate((2, 3, 5))
        if ((i + j + k) % 3 == 0) == first
    ]
    for first in (True, False)
]


@pytest.fixture
def few_convolutions(monkeypatch):
    """Whole convolutions go already where there are few."""
    monkeypatch.setattr(detachment, "FEW_CONVOLUTIONS", 3)


@pytest.mark.usefixtures("few_convolutions")
@pytest.mark.parametrize(("kind", "dealt", "size"), sweep(*TURNS))
def test_ranks_that_share_the_candidates_keep_what_one_alone_keeps_to_the_bit(kind, dealt, size):
    (z, y), n_features, options = PROBLEMS[kind]
    alone = kept(z, y, n_features, **options)
    found = on_ranks(size, lambda comm: kept_on(comm, dealt, z, y, n_features, **options))
    assert [is_equal(of_rank, alone) for of_rank in found] == [True] * size


@pytest.mark.usefixtures("few_convolutions")
@pytest.mark.parametrize("size", [1, 20])
@pytest.mark.parametrize("kind", PROBLEMS)
def test_neither_a_rank_alone_nor_more_ranks_than_rounds_keep_anything_else(kind, size):
    (z, y), n_features, options = PROBLEMS[kind]
    alone = kept(z, y, n_features, **options)
    for found in on_ranks(size, lambda comm: kept_on(comm, "in turn", z, y, n_features, **options)):
        assert is_equal(found, alone)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 20])
def test_every_round_of_a_shared_sum_is_that_of_a_sum_in_one_process_to_the_bit(size):
    z, y = problem(24, 90, noise=3.0)
    first = first_of(z, y)
    alone = Rounds(first, 25)
    drop_until_few(first.ridge, alone)
    assert type(first.ridge) is Gram
    assert len(alone.left) > 6

    def rounds_of(comm):
        rows, share = share_of(comm, "at random", z)
        ridge, rounds = SharedGram(rows, 24, share, 0), Rounds(first, 25)
        best = [found for found in comm.allgather(ridge.best_penalty(rounds.targets)) if found is not None]
        assert best == [(first.penalty, first.error)]
        while (dropped := ridge.judged(rounds)) is not None:
            ridge = ridge.without(dropped)
        last = chain(*comm.allgather(ridge.late_score(rounds.targets)))
        return rounds.left, rounds.importances, [*rounds.scores, *last]

    (left, importances, scores), *others = on_ranks(size, rounds_of)
    assert [some.tolist() for some in left] == [some.tolist() for some in alone.left]
    assert [some.tolist() for some in importances] == [some.tolist() for some in alone.importances]
    assert scores == alone.scores
    assert not any(left for left, _, _ in others), "the first rank judges for all"


@pytest.mark.parametrize("size", [1, 2, 20])
def test_one_rank_has_the_sum_itself_and_several_share_it(size):
    z, y = problem(24, 90)

    def kinds_of(comm):
        rows, share = share_of(comm, "in turn", z)
        return [type(first.ridge) for first in first_ridges([rows], [share], 24, y)]

    assert on_ranks(size, kinds_of) == [[Gram if size == 1 else SharedGram]] * size


@examples
@given(
    seed=seeds,
    n_cases=st.integers(2, 25),
    n_features=st.integers(1, 60),
    n_classes=st.integers(2, 4),
    n_kept=st.integers(1, 60) | st.just("auto"),
    size=st.sampled_from([2, 3, 5]),
    dealt=st.sampled_from(list(DEALT)),
)
def test_ranks_find_what_one_finds_whatever_the_problem(seed, n_cases, n_features, n_classes, n_kept, size, dealt):
    z, y = problem(n_cases, n_features, min(n_classes, n_cases), noise=3.0, seed=seed)
    alone = kept(z, y, n_kept)
    assert len(alone.path) == len(set(alone.path["n_features"].tolist())), "each round has one score"
    for found in on_ranks(size, lambda comm: kept_on(comm, dealt, z, y, n_kept)):
        assert is_equal(found, alone)


def test_the_problems_of_ranks_are_of_every_kind():
    for kind, (data, n_features, options) in PROBLEMS.items():
        path, scores = (kept(*data, n_features, **options).path[name] for name in PATH.names)
        n_cases = len(data[0])
        assert (path[0] > n_cases) != ("primal" in kind or kind == "as many as cases")
        assert (path[0] > n_cases >= path[-1]) == (
            kind in ("through the turn", "of two classes", "at the turn", "auto", "convolutions")
        )
        assert len(in_dual := scores[path > n_cases]) < 2 or len(set(in_dual)) > 1, "their order can be told"


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("dealt", DEALT)
@pytest.mark.parametrize("n_cases", [2, 3, 20, 21])
def test_each_rank_has_the_sum_of_its_own_and_the_solver_that_of_all_exactly(n_cases, dealt, size):
    z = problem(n_cases, 60)[0]
    standard = np.rint(standard_of(z) * 4096).astype(np.int64)
    rng, left = np.random.default_rng(0), [np.arange(60)]
    while len(left) < 5:
        left.append(np.sort(rng.permutation(left[-1])[:-8]))

    def sums_of(comm):
        rows, share = share_of(comm, dealt, z)
        ridge, sums = SharedGram(rows, n_cases, share, 1), []
        for before, after in zip(left, left[1:] + left[:1], strict=True):
            total = None if ridge.triangle is None else mirrored(dtfttr(n_cases, ridge.triangle)[0].T)
            sums.append((share.mine, mirrored(ridge.part.total), total))
            if len(after) < len(before):
                assert ridge.without(~np.isin(before, after)) is ridge
        return sums

    for rank, sums in enumerate(on_ranks(size, sums_of)):
        for number, (some, (mine, partial, total)) in enumerate(zip(left, sums, strict=True)):
            own, everybodys = (standard[:, ids] for ids in (np.intersect1d(some, mine), some))
            np.testing.assert_array_equal(partial, own @ own.T)
            assert (total is not None) == (rank == (1 + number) % size)
            if total is not None:
                np.testing.assert_array_equal(total, everybodys @ everybodys.T)


class FirstSixGo:
    """Rounds whose penalty is always the same, and which drop the first six that are left."""

    def __init__(self, targets):
        self.targets, self.scores, self.n_judged = targets, [], 0

    def penalty_for(self, n_left):
        """One for all."""
        return 30.0

    def weakest(self, left, importances):
        """The first six."""
        self.n_judged += 1
        return np.arange(len(left)) < 6


@pytest.mark.parametrize("first", [0, 1, 4])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_ranks_solve_in_turn_and_what_their_ridges_score_is_known_a_round_later(size, first):
    z, y = problem(21, 60, noise=3.0)
    targets, standard = Targets.of(y), standard_of(z)
    scores = [targets.accuracy(refitted(standard[:, 6 * i :], targets.values, 30.0)) for i in range(6)]
    assert len(set(scores)) > 3

    def rounds_of(comm):
        rows, share = share_of(comm, "in turn", z)
        ridge, rounds = SharedGram(rows, 21, share, first % size), FirstSixGo(targets)
        known, solves = [], []
        for number in range(6):
            solver, has_total, n_known = ridge.solver, ridge.triangle is not None, len(rounds.scores)
            dropped = ridge.judged(rounds)
            assert dropped.tolist() == [True] * 6 + [False] * (54 - 6 * number)
            known += [rounds.scores[n_known:]] if comm.rank == 0 else []
            solves.append((comm.rank == solver, has_total, ridge.solved is not None))
            ridge = ridge.without(dropped)
        assert rounds.n_judged == (0 if comm.rank else 6)
        return solves, known, ridge.late_score(targets), ridge.late_score(targets)

    for rank, (solves, known, last, nothing) in enumerate(on_ranks(size, rounds_of)):
        assert solves == [((rank - first - number) % size == 0,) * 3 for number in range(6)]
        assert known == ([] if rank else [[], *([score] for score in scores[:-1])])
        assert last == ([scores[-1]] if (rank - first - 5) % size == 0 else [])
        assert nothing == []


def test_a_ridge_is_scored_once_the_next_one_can_be_solved(monkeypatch):
    here, left_out = threading.local(), Dual.left_out

    def noted(self):
        here.comm.calls.append(("left_out", 0))
        return left_out(self)

    monkeypatch.setattr(Dual, "left_out", noted)

    def calls_of(comm):
        here.comm = Counted(comm)
        kept_on(here.comm, "in turn", *problem(24, 90), 40)
        return [name for name, _ in here.comm.calls]

    for rank, calls in enumerate(on_ranks(3, calls_of)):
        in_detachment = calls[calls.index("allgather") + 1 :]
        places = [place for place, name in enumerate(in_detachment) if name == "left_out"]
        around = [(in_detachment[place - 1], in_detachment[place + 1]) for place in places]
        own = list(range(rank, 5, 3))  # of the five rounds
        assert around == [("bcast", "gather") if number == 4 else ("Reduce", "bcast") for number in own]


@pytest.mark.parametrize("number", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [2, 3])
def test_any_of_several_pools_is_detached_as_if_it_were_alone(size, number):
    y, pools = problem(30, 1)[1], [problem(30, n, noise=2.0, seed=n)[0] for n in (70, 50, 25, 60)]
    alone = kept(pools[number], y, 8)

    def detached(comm):
        parts = [share_of(comm, "in turn", z) for z in pools]
        return detach(first_ridges(*map(list, zip(*parts, strict=True)), 30, y)[number], comm, 8)

    for found in on_ranks(size, detached):
        assert is_equal(found, alone)


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("dealt", DEALT)
def test_the_errors_of_several_pools_are_those_of_each_alone_on_all_ranks(dealt, size):
    y = problem(30, 1)[1]
    pools = [problem(30, n, noise=2.0, seed=n)[0] for n in (70, 31, 30, 12, 55, 1)]
    alone = [first_of(z, y) for z in pools]

    def first_of_all(comm):
        parts = [share_of(comm, dealt, z) for z in pools]
        return first_ridges([rows for rows, _ in parts], [share for _, share in parts], 30, y)

    for rank, found in enumerate(on_ranks(size, first_of_all)):
        assert [(first.penalty, first.error) for first in found] == [(first.penalty, first.error) for first in alone]
        assert [first.n_candidates for first in found] == [70, 31, 30, 12, 55, 1]
        kinds = [SharedGram, SharedGram, Covariance, Covariance, SharedGram, Covariance]
        kinds = [kind if kind is SharedGram or rank == 0 else type(None) for kind in kinds]
        assert [type(first.ridge) for first in found] == kinds
    assert len({first.error for first in alone}) == len(pools)


def test_different_ranks_solve_the_equations_of_different_pools(monkeypatch):
    solved, best_penalty = [], SharedGram.best_penalty

    def listed(self, targets):
        found = best_penalty(self, targets)
        if found is not None:
            solved.append((self.comm.rank, len(self.left)))
        return found

    monkeypatch.setattr(SharedGram, "best_penalty", listed)
    z, y = problem(20, 90)

    def first_of_all(comm):
        parts = [share_of(comm, "in turn", z[:, :n]) for n in (50, 60, 70, 80)]
        return first_ridges([rows for rows, _ in parts], [share for _, share in parts], 20, y)

    on_ranks(3, first_of_all)
    assert sorted(solved) == [(0, 50), (0, 80), (1, 60), (2, 70)]


def test_half_of_the_products_of_cases_travels_and_the_series_of_features_only_at_the_turn():
    z, y = problem(24, 90)

    def counted(comm):
        comm = Counted(comm)
        assert is_equal(kept_on(comm, "in turn", z, y, 7), kept(z, y, 7))
        return comm.calls

    n_dual = int((kept(z, y, 7).path["n_features"] > 24).sum())
    for calls in on_ranks(3, counted):
        assert [n_bytes for name, n_bytes in calls if name == "Reduce"] == [8 * (24 * 25 // 2 + 1)] * n_dual
        *of_importances, of_rows, of_score = [n_bytes for name, n_bytes in calls if name == "gather"]
        assert len(of_importances) == n_dual
        assert max(of_importances) < 8 * 90 + 500
        assert of_rows < 4 * 24 * 24 + 1000
        assert of_score < 100
        assert max(n_bytes for name, n_bytes in calls if name in ("allgather", "bcast")) < 3000


@pytest.fixture
def failing(monkeypatch):
    """Have a function fail on one rank, at its n-th call there; returns what all ranks of a detachment raise."""
    here = threading.local()

    def run(where, name, rank, at_call, kind="through the turn", size=3):
        work, n_calls = getattr(where, name), []

        def fails(*arguments, **options):
            if here.rank == rank:
                n_calls.append(name)
                if len(n_calls) == at_call:
                    raise MemoryError("too much")
            return work(*arguments, **options)

        monkeypatch.setattr(where, name, fails)
        (z, y), n_features, options = PROBLEMS[kind]

        def detached(comm):
            here.rank = comm.rank
            return kept_on(comm, "in turn", z, y, n_features, **options)

        return on_ranks(size, detached)

    return run


# Three ranks solve twelve rounds in turn. Whoever solves first has solved three ridges before, to choose a penalty.
FAILURES = {
    "coefficients": (Gram, "coefficients", 1, 3),
    "coefficients of the first": (Gram, "coefficients", 0, 3),
    "importances": (Targets, "importances", 2, 5),
    "standardising": (products, "standardise", 2, 1),
    "products": (products, "add_products", 1, 1),
    "products of the solver": (products, "add_products", 0, 1),
    "products of what goes": (Gram, "_add", 2, 4),
    "products of what goes, of the solver": (Gram, "_add", 1, 2),
    "products of what goes, of the first": (Gram, "_add", 0, 3),
    "products of what goes, of the first, who solves": (Gram, "_add", 0, 4),
    "products of all, before the choice of a penalty": (shared_ridge, "dtfttr", 0, 1),
    "products of all": (shared_ridge, "dtfttr", 2, 1),
    "the choice of a penalty": (SharedGram, "best_penalty", 0, 1),
    "the errors of penalties": (products, "least_error", 0, 1),
    "the first rank's duals": (Dual, "__init__", 0, 5),
    "another's duals": (Dual, "__init__", 2, 2),
    "the first rank's steps": (shared_ridge, "in_steps", 0, 2),
    "another's steps": (shared_ridge, "in_steps", 1, 1),
    "accuracy": (Targets, "accuracy", 1, 2),
    "the turn": (Covariance, "__init__", 0, 1),
    "after the turn": (Covariance, "fit", 0, 2),
    "what goes before the turn": (detachment, "strongest", 0, 2),
    "what goes in the last round": (detachment, "strongest", 0, 8),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_rank_that_fails_in_the_middle_fails_on_all_and_nobody_waits(failure, failing):
    where, name, rank, at_call = FAILURES[failure]
    errors = failing(where, name, rank, at_call)
    others = [error for other, error in enumerate(errors) if other != rank]
    assert (type(errors[rank]), str(errors[rank])) == (MemoryError, "too much")
    assert [(type(error), str(error)) for error in others] == [
        (RuntimeError, f"rank {rank} failed: MemoryError: too much")
    ] * 2


@pytest.mark.parametrize("number", [0, 1, 2, 6, -2, -1])
@pytest.mark.parametrize("kind", ["dual to the end", "through the turn"])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_score_that_fails_late_fails_on_all_whosever_it_is(size, kind, number, failing):
    (z, y), n_features, _ = PROBLEMS[kind]
    n_rounds = int((kept(z, y, n_features).path["n_features"] > len(z)).sum())
    rank, n_before = (number % n_rounds) % size, (number % n_rounds) // size
    errors = failing(Dual, "left_out", rank, n_before + (1 if rank else 4), kind, size)
    message = f"rank {rank} failed: MemoryError: too much"
    expected = [(RuntimeError, message)] * size
    expected[rank] = (MemoryError, "too much")
    assert [(type(error), str(error)) for error in errors] == expected


def test_of_two_ranks_that_fail_in_one_round_each_says_its_own_and_others_name_the_first(monkeypatch):
    here, late_score, subtract = threading.local(), SharedGram.late_score, Gram.subtract

    def late(self, targets):
        if here.rank == 3 and self.solved is not None:
            raise OSError("late")
        return late_score(self, targets)

    def early(self, dropped):
        here.n_calls += 1
        if here.rank == 1 and here.n_calls == 4:  # 57 are left: the ridge on 64, the fourth, is not scored yet
            raise KeyError("early")
        subtract(self, dropped)

    monkeypatch.setattr(SharedGram, "late_score", late)
    monkeypatch.setattr(Gram, "subtract", early)

    def detached(comm):
        here.rank, here.n_calls = comm.rank, 0
        return kept_on(comm, "in turn", *problem(24, 90), 7)

    told = (RuntimeError, "rank 1 failed: KeyError: 'early'")
    expected = [told, (KeyError, "'early'"), told, (OSError, "late"), told]
    assert [(type(error), str(error)) for error in on_ranks(5, detached)] == expected


@pytest.mark.parametrize("at_call", [1, 2, 4])
@pytest.mark.parametrize("value", [np.nan, -1e12])
def test_a_sum_that_a_rank_has_left_unfinished_is_not_solved(value, at_call, monkeypatch):
    here, add = threading.local(), Gram._add

    def fails(self, which, factor):
        here.n_calls += 1
        if here.rank == 1 and here.n_calls == at_call:
            self.total[:5] = value  # of which no ridge can be made: the solver would fail, too
            raise MemoryError("too much")
        add(self, which, factor)

    monkeypatch.setattr(Gram, "_add", fails)

    def detached(comm):
        here.rank, here.n_calls = comm.rank, 0
        return kept_on(comm, "in turn", *problem(24, 90), 7)

    told = (RuntimeError, "rank 1 failed: MemoryError: too much")
    expected = [told, (MemoryError, "too much"), told]
    assert [(type(error), str(error)) for error in on_ranks(3, detached)] == expected


@pytest.mark.parametrize("failure", [(Gram, "_add"), (Dual, "__init__"), (Dual, "left_out"), (Targets, "importances")])
def test_one_rank_alone_raises_its_own_error(failure, failing):
    for at_call in (1, 5):
        [error] = failing(*failure, 0, at_call, size=1)
        assert (type(error), str(error)) == (MemoryError, "too much")


def test_a_rank_that_has_nothing_to_send_at_the_turn_says_so_on_all(monkeypatch):
    to_primal = SharedGram.to_primal

    def without_rows(self, going):
        if self.comm.rank == 1:
            del self.part.rows
        return to_primal(self, going)

    monkeypatch.setattr(SharedGram, "to_primal", without_rows)
    z, y = problem(24, 90)
    errors = on_ranks(3, lambda comm: kept_on(comm, "in turn", z, y, 7))
    assert [type(error) for error in errors] == [RuntimeError, AttributeError, RuntimeError]
    assert all(str(error).startswith("rank 1 failed: AttributeError") for error in (errors[0], errors[2]))


@pytest.mark.parametrize("value", [np.inf, np.nan])
@pytest.mark.parametrize("n_cases", [24, 200])
def test_a_feature_of_one_rank_that_is_not_finite_is_reported_by_all(n_cases, value):
    z, y = problem(n_cases, 90)
    z[5, 31] = value
    message = "A feature is not finite: values of X are too large. Let scale=True standardise the channels."
    with pytest.raises(ValueError, match=message):
        kept(z, y, 7)
    errors = on_ranks(3, lambda comm: kept_on(comm, "in turn", z, y, 7))
    told = (RuntimeError, f"rank 0 failed: ValueError: {message}")
    assert [(type(error), str(error)) for error in errors] == [(ValueError, message), told, told]


def test_a_feature_of_a_later_pool_that_is_not_finite_is_reported_by_all_in_the_words_of_its_solver():
    pools, y = [problem(24, n)[0] for n in (50, 60, 70)], problem(24, 1)[1]
    pools[1][5, 33] = np.inf

    def first_of_all(comm):
        parts = [share_of(comm, "in turn", z) for z in pools]
        return first_ridges(*map(list, zip(*parts, strict=True)), 24, y)

    errors = on_ranks(3, first_of_all)
    assert [type(error) for error in errors] == [RuntimeError, ValueError, RuntimeError]
    assert all(str(errors[rank]).startswith("rank 1 failed: ValueError: A feature is not finite") for rank in (0, 2))


# --- in a whole fit -----------------------------------------------------------------------------------------


PENALTIES = len(products.PENALTIES)  # ridges of the first rank before the first round


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize(
    ("part", "n_before"),
    [
        ("selection.products.Dual.__init__", PENALTIES),
        ("search.shared_ridge.in_steps", 0),
        ("selection.products.Dual.left_out", PENALTIES),
    ],
)
def test_what_ranks_do_in_turn_fails_on_all_and_names_whose_turn_it_was(part, n_before, number, monkeypatch):
    fail_in(monkeypatch, part, n_before + number)
    model = LightWaveS(BANK, 9, search_candidates=200, random_state=0)
    errors = on_ranks(3, lambda comm: clone(model).fit(X, Y, comm=comm))
    expected = [(RuntimeError, f"rank {number % 3} failed: MemoryError: too much")] * 3
    expected[number % 3] = MemoryError, "too much"
    assert [(type(error), str(error)) for error in errors] == expected


def test_a_rank_that_cannot_tell_how_well_the_last_shared_ridge_does_fails_on_all(monkeypatch):
    to_primal, left_out = SharedGram.to_primal, Dual.left_out
    over = threading.Event()

    def turn(self, going):
        over.set()
        return to_primal(self, going)

    def fails(self):
        if over.is_set():
            raise MemoryError("too much")
        return left_out(self)

    monkeypatch.setattr(SharedGram, "to_primal", turn)
    monkeypatch.setattr(Dual, "left_out", fails)
    failed = set()
    for n_candidates in (52, 65, 82):  # two, three and four shared rounds, of 40 cases
        over.clear()
        model = LightWaveS(BANK, 9, search_candidates=n_candidates, random_state=0)
        errors = on_ranks(3, lambda comm, model=model: clone(model).fit(X, Y, comm=comm))
        rank = [type(error) for error in errors].index(MemoryError)
        told = [str(error) for error in errors if type(error) is RuntimeError]
        assert told == [f"rank {rank} failed: MemoryError: too much"] * 2
        failed.add(rank)
    assert len(failed) == 3
