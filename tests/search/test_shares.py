"""What ranks do of a search, each its part: scores, correlations and plans are those of one process."""

import threading
import time

import numpy as np
import pytest
from features import best_first, ids_and_scores
from hypothesis import given, settings
from hypothesis import strategies as st
from ranks import on_ranks
from wide import cover

from lightwaves import LightWaveS, LightWaveSClassifier, WaveletScattering, load_basic_motions
from lightwaves.banks.wavelet import WaveletCandidates
from lightwaves.panel import as_panel
from lightwaves.parallel.comm import SerialComm
from lightwaves.parallel.crew import Crew
from lightwaves.search import shares
from lightwaves.search.search import search
from lightwaves.search.shares import ScoreBlocks, Work, best_of
from lightwaves.selection.relevance import TILE, anova_f, class_starts, overlaps

X, Y = load_basic_motions("train")
BANK = WaveletScattering(levels=(1,), max_dilation=4)
many_examples = settings(deadline=None, max_examples=100)
seeds = st.integers(0, 2**32 - 1)


# --- scores -------------------------------------------------------------------------------------------------


def test_ids_have_64_bits_as_a_checkpoint_wants_them_also_where_numpy_counts_with_32():
    assert best_of([(np.int32([3, 1]), np.array([0.5, 0.7]))], 1)[0].dtype == np.int64


@many_examples
@given(seed=seeds, n=st.integers(1, 60), n_best=st.integers(1, 30), n_cuts=st.integers(0, 9))
def test_the_best_of_several_lists_are_the_best_of_all_however_they_were_cut(seed, n, n_best, n_cuts):
    ids, found = ids_and_scores(seed, n)
    parts = np.split(np.arange(n), np.sort(np.random.default_rng(seed).integers(0, n, n_cuts)))
    of_parts = [best_of([(ids[part], found[part])], n_best) for part in parts]
    for lists in (of_parts, [(ids[part], found[part]) for part in parts]):
        merged = best_of(lists, n_best)
        assert list(zip((-merged[1]).tolist(), merged[0].tolist(), strict=True)) == best_first(ids, found, n_best)


@pytest.mark.parametrize("frugality", [0.0, 0.5])
@pytest.mark.parametrize("n_best", [1, 40, 10_000])
def test_the_best_of_some_blocks_are_the_best_of_their_candidates(n_best, frugality):
    y = np.arange(12) % 2
    x = np.round(np.random.default_rng(0).normal(size=(12, 2, 20)) + 0.4 * y[:, np.newaxis, np.newaxis], 1)
    order, starts = class_starts(y)
    panel = as_panel(x.astype(np.float32))
    offer = WaveletScattering(max_dilation=2).candidates(panel, np.zeros(2), np.ones(2), np.random.RandomState(0))
    first, end = np.array([0, 1]), np.array([1, 4])
    standard = np.zeros(panel.n_channels), np.ones(panel.n_channels)
    work = Work(panel, *standard, order, starts, frugality, Crew())
    score = ScoreBlocks(work, offer, n_best, first, end, np.zeros(2, int))
    for piece in (0, 1):
        ids = np.sort(np.concatenate([offer.block(number)[0] for number in range(first[piece], end[piece])]))
        plan = offer.plan(ids)
        f = anova_f(plan.rows(panel, cases=order), starts) / plan.costs_alone(20) ** frugality
        found, scores_found = score(piece)
        assert list(zip((-scores_found).tolist(), found.tolist(), strict=True)) == best_first(ids, f, n_best)


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


# --- correlations -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "n_candidates"), cover([1, 2, 3, 5], [1, 2, 31, 32, 33, 63, 64, 65, 96, 97, 161]))
def test_ranks_that_share_the_tiles_of_a_shortlist_choose_what_one_chooses(size, n_candidates, monkeypatch):
    rng, y = np.random.default_rng(0), np.arange(24) % 3
    x = np.round(rng.normal(size=(24, 4, 25)) + 0.4 * y[:, np.newaxis, np.newaxis] * [[[1], [0], [1], [2]]], 1)
    panel, compared = as_panel(x.astype(np.float32)), []

    def watched(rows, n_cases, begins, **options):
        compared.append((len(rows) - 1, list(begins)))
        return overlaps(rows, n_cases, begins, **options)

    monkeypatch.setattr("lightwaves.search.shares.overlaps", watched)

    def choose_features(comm, n_jobs):
        return search(
            [[WaveletScattering(max_dilation=2)]], panel, y, n_features=-(-n_candidates // 3),
            selection="mrmr", search_candidates=n_candidates, seed=0, crew=Crew(comm, n_jobs),
        )  # fmt: skip

    expected = choose_features(SerialComm(), 1)
    assert compared == [(n_candidates, list(range(0, n_candidates, TILE)))]
    for n_jobs in (1, 2):
        compared.clear()
        for found in on_ranks(size, lambda comm, n_jobs=n_jobs: choose_features(comm, n_jobs)):
            assert found.plan == expected.plan
            np.testing.assert_array_equal(found.scores, expected.scores)
        assert sorted(begin for _, mine in compared for begin in mine) == list(range(0, n_candidates, TILE))
        counts = [len(mine) for _, mine in compared]
        assert len(counts) == size
        assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_rank_that_fails_in_its_share_of_the_correlations_fails_on_all(failing, monkeypatch):
    ranks = threading.local()

    def fails(*arguments, **options):
        if ranks.own == failing:
            raise MemoryError("too much")
        return overlaps(*arguments, **options)

    monkeypatch.setattr("lightwaves.search.shares.overlaps", fails)

    def fit(comm):
        ranks.own = comm.rank
        return LightWaveS(BANK, 40, "mrmr").fit(X, Y, comm=comm)

    expected = [(RuntimeError, f"rank {failing} failed: MemoryError: too much")] * 3
    expected[failing] = MemoryError, "too much"
    assert [(type(error), str(error)) for error in on_ranks(3, fit)] == expected


# --- plans --------------------------------------------------------------------------------------------------


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


def test_a_feature_that_is_only_rounding_in_training_is_not_chosen():
    """Once, one of {0, 3e-8} was divided by its deviation, and decided alone: scores of new cases were 57,000."""

    def counts(n_cases, seed):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 2, n_cases)
        return rng.poisson(np.where(y, 1.3, 1.0)[:, np.newaxis, np.newaxis], (n_cases, 2, 60)), y

    model = LightWaveSClassifier(search_candidates=2000, random_state=1).fit(*counts(30, 101))
    assert np.abs(model.decision_function(counts(200, 201)[0])).max() < 10
