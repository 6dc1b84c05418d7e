"""Moments, scores and choices: the loops against the oracle, the hard cases, and one plan for any number of ranks."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_selection import f_classif

from lightwaves import WaveletScattering
from lightwaves.comm import SerialComm
from lightwaves.loops import statistics
from lightwaves.panel import Panel, as_panel
from lightwaves.search import Shortlist, gather, moments, search
from lightwaves.selection import anova_f, best, class_starts, mrmr, spare_rows

examples = settings(deadline=None, max_examples=25)
many_examples = settings(deadline=None, max_examples=100)
seeds = st.integers(0, 2**32 - 1)


def rows_of(z):
    """A feature matrix as the loops read it, with garbage wherever nothing counts."""
    rows = spare_rows(z.shape[1], len(z))
    rows[:] = np.nan
    rows[:-1, : len(z)] = z.T
    return rows


def scores(z, y):
    order, starts = class_starts(y)
    return anova_f(rows_of(np.asarray(z, np.float32)[order]), starts)


def features(n_cases, n_features, n_classes=3, seed=0):
    """Features that tell the classes apart more or less, and the classes."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_cases) % n_classes
    rng.shuffle(y)
    z = rng.normal(size=(n_cases, n_features)) + rng.normal(size=(n_classes, n_features))[y]
    return z.astype(np.float32), y


# --- moments ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0, 1e4])
@pytest.mark.parametrize("n_timepoints", [1, 15, 16, 17, 50])
def test_moments_are_those_of_all_values_that_count(n_timepoints, offset):
    rng = np.random.default_rng(n_timepoints)
    x = (rng.normal(size=(7, 3, n_timepoints)) * [[[0.05], [1], [30]]] + offset).astype(np.float32)
    lengths = rng.integers(1, n_timepoints + 1, 7).astype(np.int32)
    x[np.broadcast_to(np.arange(n_timepoints) >= lengths[:, np.newaxis, np.newaxis], x.shape)] = np.nan
    mean, deviation = np.empty(3), np.empty(3)
    statistics.channel_moments(x, lengths, mean, deviation)
    expected_mean, expected_deviation = oracle.channel_moments(x, lengths)
    np.testing.assert_allclose(mean, expected_mean, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(deviation, expected_deviation, rtol=1e-9)


def test_neither_threads_nor_memory_layout_change_a_bit_of_the_moments(monkeypatch):
    x = np.random.default_rng(0).normal(3, 2, (9, 5, 33)).astype(np.float32)
    expected = moments(as_panel(x), 1)
    monkeypatch.setattr("lightwaves.search.MOMENTS_BLOCK", 1)
    for panel in (as_panel(x), as_panel(np.asfortranarray(x)), as_panel(x.astype(np.float64))):
        for n_jobs in (1, 2):
            np.testing.assert_array_equal(moments(panel, n_jobs), expected)


def test_a_constant_channel_deviates_by_nothing():
    shift, scale = moments(as_panel(np.full((4, 1, 20), 0.1)), 1)
    assert shift[0] == np.float32(0.1)
    assert scale[0] == 0


# --- relevance ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_cases", [5, 16, 33, 48, 100])
def test_f_is_what_the_oracle_and_scikit_learn_compute(n_cases):
    z, y = features(n_cases, 20)
    found = scores(z, y)
    np.testing.assert_allclose(found, oracle.anova_f(z, y), rtol=1e-10)
    np.testing.assert_allclose(found, f_classif(z.astype(np.float64), y)[0], rtol=1e-8)


def test_f_does_not_depend_on_a_large_mean():
    rng, y = np.random.default_rng(0), np.arange(200) % 4
    z = (1000 + 0.05 * rng.normal(size=(200, 10)) + 0.05 * y[:, np.newaxis]).astype(np.float32)
    np.testing.assert_allclose(scores(z, y), scores(z - np.float32(1000), y), rtol=1e-8)
    np.testing.assert_allclose(scores(z, y), oracle.anova_f(z, y), rtol=1e-8)


@pytest.mark.parametrize("value", [0, 0.1, 1 / 3, -1e30, 1e-30, 12345.678])
@pytest.mark.parametrize("n_cases", [7, 31, 100])
def test_a_constant_feature_has_no_relevance(n_cases, value):
    assert scores(np.full((n_cases, 1), value), np.arange(n_cases) % 3)[0] == 0


@pytest.mark.parametrize("n_cases", [7, 31, 100])
def test_a_feature_that_is_constant_in_each_class_but_not_over_all_is_infinitely_relevant(n_cases):
    y = np.arange(n_cases) % 3
    assert scores(np.array([0.1, 0.1, 1 / 3])[y, np.newaxis], y)[0] == np.inf


def test_classes_of_one_case_count():
    z, y = features(9, 12)
    y = np.array([0, 1, 1, 1, 2, 3, 3, 3, 3])
    np.testing.assert_allclose(scores(z, y), oracle.anova_f(z, y), rtol=1e-10)
    assert (scores(z, np.arange(9)) == np.inf).all()


def test_classes_without_a_case_are_left_out():
    z, y = features(30, 5)
    np.testing.assert_array_equal(scores(z, y * 4 + 1), scores(z, y))


def test_ties_of_values_and_equal_class_means_give_a_finite_score():
    z, y = np.array([[0], [1], [0], [1], [0], [1]]), np.array([0, 0, 1, 1, 2, 2])
    assert scores(z, y)[0] == 0
    z, y = np.round(features(60, 8)[0]), features(60, 8)[1]
    np.testing.assert_allclose(scores(z, y), oracle.anova_f(z, y), rtol=1e-10)


@examples
@given(seed=seeds, power=st.integers(-30, 30))
def test_f_does_not_depend_on_the_unit(seed, power):
    z, y = features(25, 4, seed=seed)
    np.testing.assert_array_equal(scores(z * np.float32(2.0**power), y), scores(z, y))


# --- redundancy ---------------------------------------------------------------------------------------------


def choose(z, relevance, n_chosen):
    return mrmr(rows_of(z), len(z), np.asarray(relevance, np.float64), n_chosen).tolist()


@pytest.mark.parametrize(("n_cases", "n_features"), [(5, 7), (16, 8), (33, 21), (60, 30)])
def test_mrmr_chooses_what_the_oracle_chooses(n_cases, n_features):
    z, y = features(n_cases, n_features)
    relevance = scores(z, y)
    assert choose(z, relevance, n_features) == oracle.mrmr(z, relevance, n_features)


@pytest.mark.parametrize(("n_cases", "n_features"), [(2, 1), (9, 5), (16, 33), (50, 70)])
def test_unit_rows_and_overlaps_are_the_oracles(n_cases, n_features):
    z = np.random.default_rng(n_cases).normal(3, 2, (n_cases, n_features)).astype(np.float32)
    z[:, 0] = 7
    rows, size = rows_of(z), -(-n_cases // 16) * 16
    unit, overlap = np.zeros((n_features + 3, size)), np.empty((n_features + 3, n_features + 3), np.float32)
    statistics.unit_rows(rows.reshape(-1)[: n_features * rows.shape[1] + 16], rows.shape[1], n_cases, unit)
    for begin in range(0, n_features, statistics.TILE):
        statistics.overlaps(unit, begin, min(begin + statistics.TILE, n_features), overlap)
    np.testing.assert_allclose(unit[:n_features, :n_cases], oracle.unit_rows(z), atol=1e-14)
    assert not unit[n_features:].any()
    assert not unit[:, n_cases:].any()
    below = np.tril_indices(n_features)
    np.testing.assert_allclose(overlap[below], oracle.overlaps(z.astype(np.float64))[below], atol=1e-7)


def test_threads_do_not_change_a_choice():
    z = np.random.default_rng(0).normal(size=(40, 150))
    relevance = np.random.default_rng(1).uniform(size=150)
    one, two = (mrmr(rows_of(z), 40, relevance, 50, n_jobs=n_jobs).tolist() for n_jobs in (1, 2))
    assert one == two


def test_mrmr_passes_over_the_copy_of_a_better_feature():
    z, _ = features(40, 3)
    z[:, 1] = -2 * z[:, 0] + 5
    assert choose(z, [3, 2.9, 1], 3) == [0, 2, 1]


def test_ties_go_to_the_lowest_index():
    z, _ = features(40, 6)
    assert choose(z[:, [0, 1, 1, 1, 2, 0]], [1, 5, 5, 5, 0, 1], 2)[0] == 1
    assert choose(z[:, [0, 1, 1, 1]], [9, 1, 1, 1], 4) == [0, 1, 2, 3]
    assert choose(z, np.zeros(6), 6) == [0, 1, 2, 3, 4, 5]


def test_constant_features_come_last_and_each_feature_comes_once():
    z, y = features(30, 10)
    z[:, [0, 4]] = 0.1
    chosen = choose(z, scores(z, y), 10)
    assert chosen[-2:] == [0, 4]
    assert sorted(chosen) == list(range(10))


def test_infinite_relevance_comes_first_and_redundancy_still_tells_such_features_apart():
    z, _ = features(30, 5)
    z[:, 3] = z[:, 1]
    relevance = np.array([1, np.inf, 2, np.inf, np.inf])
    chosen = choose(z, relevance, 5)
    assert chosen[:3] == [1, 4, 3]
    assert chosen == oracle.mrmr(z, np.minimum(relevance, 1e30), 5)


# --- the linear combination ---------------------------------------------------------------------------------


def combined(z, coefficients, intercepts):
    rows, out = rows_of(z), np.empty((len(z), coefficients.shape[1]))
    statistics.combine(rows.reshape(-1), rows.shape[1], coefficients, intercepts, out)
    return out


@pytest.mark.parametrize("n_columns", [16, 32])
def test_combine_is_a_matrix_product_and_a_case_does_not_depend_on_its_company(n_columns):
    rng, z = np.random.default_rng(0), features(37, 23)[0]
    coefficients, intercepts = rng.normal(size=(23, n_columns)), rng.normal(size=n_columns)
    expected = combined(z, coefficients, intercepts)
    np.testing.assert_allclose(expected, oracle.combine(z, coefficients, intercepts), rtol=1e-12, atol=1e-12)
    for n_cases in (1, 2, 16, 17):
        np.testing.assert_array_equal(combined(z[:n_cases], coefficients, intercepts), expected[:n_cases])


# --- the best of all ----------------------------------------------------------------------------------------


def candidates(seed, n):
    """Ids in any order, scores with many ties and extremes among them, and values that tell whose they are."""
    rng = np.random.default_rng(seed)
    ids = rng.choice(10 * n, n, replace=False).astype(np.int64)
    found = np.array([0.0, 1e-300, 0.5, 1.0, 2.0, np.inf])[rng.integers(0, 6, n)]
    return ids, found, np.stack([ids, ids + 0.5], axis=1).astype(np.float32)


def expected_best(ids, found, n_best):
    return sorted(zip((-found).tolist(), ids.tolist(), strict=True))[:n_best]


def is_best(shortlist, ids, found, n_best):
    assert list(zip((-shortlist.scores).tolist(), shortlist.ids.tolist(), strict=True)) == expected_best(
        ids, found, n_best
    )
    np.testing.assert_array_equal(shortlist.values[:, 0], shortlist.ids)


def listed(n_best, ids, found, values, cuts):
    """A shortlist that was given the candidates in pieces."""
    shortlist = Shortlist(n_best)
    for part in np.split(np.arange(len(ids)), cuts):
        shortlist.add(ids[part], found[part], np.concatenate([values[part], np.full((1, 2), np.nan, np.float32)]))
    return shortlist.trimmed()


@examples
@given(seed=seeds, n=st.integers(1, 60), n_best=st.integers(1, 70))
def test_best_is_a_total_order_whatever_the_order_of_the_input(seed, n, n_best):
    ids, found, _ = candidates(seed, n)
    keep = best(found, ids, n_best)
    assert list(zip((-found[keep]).tolist(), ids[keep].tolist(), strict=True)) == expected_best(ids, found, n_best)


@many_examples
@given(seed=seeds, n=st.integers(1, 60), n_best=st.integers(1, 30), n_cuts=st.integers(0, 9))
def test_a_shortlist_holds_the_best_however_the_candidates_come(seed, n, n_best, n_cuts):
    ids, found, values = candidates(seed, n)
    cuts = np.sort(np.random.default_rng(seed).integers(0, n, n_cuts))
    is_best(listed(n_best, ids, found, values, cuts), ids, found, n_best)


@many_examples
@given(seed=seeds, n=st.integers(1, 60), n_best=st.integers(1, 30), n_cuts=st.integers(0, 4))
def test_shortlists_merge_to_the_best_of_all(seed, n, n_best, n_cuts):
    ids, found, values = candidates(seed, n)
    cuts = np.sort(np.random.default_rng(seed).integers(0, n, n_cuts))
    parts = [listed(n_best, ids[p], found[p], values[p], []) for p in np.split(np.arange(n), cuts)]
    is_best(Shortlist.merged(n_best, parts), ids, found, n_best)


# --- ranks --------------------------------------------------------------------------------------------------


def on_ranks(size, work):
    """Run ``work(comm)`` in as many threads, which stand in for the processes of MPI."""
    barrier, board = threading.Barrier(size, timeout=60), [None] * size

    def communicator(rank):
        def allgather(value):
            board[rank] = value
            barrier.wait()
            everybody = list(board)
            barrier.wait()
            return everybody

        return SimpleNamespace(
            rank=rank, size=size, allgather=allgather, bcast=lambda value, root=0: allgather(value)[root]
        )

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(work, map(communicator, range(size))))


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@settings(deadline=None, max_examples=10)
@given(seed=seeds, n=st.integers(1, 40), n_best=st.integers(1, 30))
def test_all_ranks_gather_the_best_of_all(size, seed, n, n_best):
    ids, found, values = candidates(seed, n)
    shares = np.array_split(np.arange(n), size)
    lists = [listed(n_best, ids[p], found[p], values[p], []) for p in shares]
    for shortlist in on_ranks(size, lambda comm: gather(comm, lists[comm.rank], n_best)):
        is_best(shortlist, ids, found, n_best)


SEARCHES = {
    "mrmr": {"selection": "mrmr"},
    "frugal": {"selection": "mrmr", "frugality": 0.5},
    "some candidates": {"selection": "mrmr", "search_candidates": 700},
    "detachment": {"selection": "detach"},
    "detachment of some": {"selection": "detach", "search_candidates": 700, "frugality": 0.5},
    "lists of banks": {
        "alternatives": [[WaveletScattering(levels=(2,), max_dilation=1)], [WaveletScattering(max_dilation=2)]]
    },
    "several banks": {
        "selection": "mrmr",
        "alternatives": [[WaveletScattering(max_dilation=2), WaveletScattering(levels=(1,), max_dilation=4)]],
    },
    "all of it": {
        "alternatives": [
            [WaveletScattering(levels=(1,), max_dilation=4), WaveletScattering(levels=(2,), max_dilation=1)]
        ],
        "selection": "detach",
        "search_candidates": 1500,
        "n_features": "auto",
    },
}


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("lengths", [None, [25, 7, 16, 24]], ids=["equal lengths", "unequal lengths"])
@pytest.mark.parametrize("options", SEARCHES.values(), ids=SEARCHES)
def test_the_plan_is_the_same_for_any_number_of_ranks_and_threads(size, lengths, options):
    rng, y = np.random.default_rng(0), np.arange(24) % 3
    x = np.round(rng.normal(size=(24, 4, 25)) + 0.4 * y[:, np.newaxis, np.newaxis] * [[[1], [0], [1], [2]]], 1)
    panel = Panel(x.astype(np.float32), np.resize(lengths or 25, 24).astype(np.int32))

    def choose_features(comm, n_jobs=1):
        return search(
            **{"alternatives": [[WaveletScattering(max_dilation=2)]], "n_features": 20} | options,
            panel=panel, y=y, search_cases=20, n_jobs=n_jobs, comm=comm,
            random_state=np.random.RandomState(0 if comm.rank == 0 else None),
        )  # fmt: skip

    expected = choose_features(SerialComm())
    for n_jobs in (1, 2):
        for found in on_ranks(size, lambda comm, n_jobs=n_jobs: choose_features(comm, n_jobs)):
            assert found.plan == expected.plan
            np.testing.assert_array_equal(found.scores, expected.scores)
            np.testing.assert_array_equal(found.path, expected.path)


def test_ranks_that_differ_in_their_data_all_raise():
    x, y = np.random.default_rng(0).normal(size=(12, 2, 20)), np.arange(12) % 2

    def fail(comm):
        labels = y if comm.rank < 2 else 1 - y
        with pytest.raises(ValueError, match="rank 2"):
            search(
                [[WaveletScattering(max_dilation=1)]], as_panel(x), labels,
                n_features=3, random_state=np.random.RandomState(0), comm=comm,
            )  # fmt: skip
        return True

    assert on_ranks(3, fail) == [True] * 3
