"""Moments, scores and choices: the loops against the oracle, the hard cases, and one plan for any number of ranks."""

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranks import on_ranks
from sklearn.feature_selection import f_classif

from lightwaves import LightWaveS, WaveletScattering
from lightwaves.loops import statistics
from lightwaves.panel import HeldChannels, Panel, as_panel
from lightwaves.parallel.comm import SerialComm
from lightwaves.parallel.crew import Crew, groups_of
from lightwaves.search.search import search
from lightwaves.search.shares import ScoreBlocks, Work, best_of, moments
from lightwaves.selection.relevance import (
    TILE,
    anova_f,
    best,
    class_starts,
    least_redundant,
    mrmr,
    overlaps,
    spare_rows,
)

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
    expected_mean, expected_deviation = oracle.channel_moments(x, lengths)
    for begin, n_measured in ((0, 3), (0, 1), (1, 2), (2, 1)):
        mean, deviation = np.empty(n_measured), np.empty(n_measured)
        statistics.channel_moments(x, lengths, begin, mean, deviation)
        some = slice(begin, begin + n_measured)
        np.testing.assert_allclose(mean, expected_mean[some], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(deviation, expected_deviation[some], rtol=1e-9)


def moments_of(x, group_size=None, **crew):
    return moments(as_panel(x), groups_of(x.shape[1], group_size), Crew(**crew))


def test_neither_threads_nor_memory_layout_change_a_bit_of_the_moments(monkeypatch):
    x = np.random.default_rng(0).normal(3, 2, (9, 5, 33)).astype(np.float32)
    expected = moments_of(x)
    monkeypatch.setattr("lightwaves.search.shares.MOMENTS_BLOCK", 1)
    for some in (x, np.asfortranarray(x), x.astype(np.float64)):
        for n_jobs in (1, 2):
            np.testing.assert_array_equal(moments_of(some, n_jobs=n_jobs), expected)


@pytest.mark.parametrize("block", [1, 700, 1 << 20])
@pytest.mark.parametrize("group_size", [1, 2, 3, None])
@pytest.mark.parametrize("size", [2, 3, 7])
def test_neither_ranks_nor_groups_change_a_bit_of_the_moments(size, group_size, block, monkeypatch):
    x = np.random.default_rng(0).normal(3, 2, (9, 5, 33)).astype(np.float32)
    expected = moments_of(x)
    monkeypatch.setattr("lightwaves.search.shares.MOMENTS_BLOCK", block)
    for found in on_ranks(size, lambda comm: moments_of(x, group_size, comm=comm)):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("held", [[[0], [1, 2]], [[], [0, 2], [1]]], ids=str)
def test_ranks_that_hold_some_channels_each_know_the_moments_of_all(held):
    x = np.random.default_rng(0).normal(3, 2, (9, 5, 33)).astype(np.float32)

    def of_rank(comm):
        mine = np.array(held[comm.rank], int)
        numbers = np.concatenate([np.empty(0, int), *(groups_of(5, 2)[g] for g in mine)])
        panel = HeldChannels(as_panel(x[:, numbers], may_be_empty=True), numbers, 5)
        return moments(panel, groups_of(5, 2), Crew(comm, held=mine))

    held = [sorted(groups) for groups in held]
    for found in on_ranks(len(held), of_rank):
        np.testing.assert_array_equal(found, moments_of(x))


def test_a_constant_channel_deviates_by_nothing():
    shift, scale = moments_of(np.full((4, 1, 20), 0.1))
    assert shift[0] == 0.1
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


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(("n_cases", "n_features"), [(2, 1), (9, 5), (16, 31), (17, 32), (33, 33), (20, 64), (50, 97)])
def test_overlaps_of_some_tiles_are_those_of_all_to_the_bit_and_the_oracles(n_cases, n_features, n_jobs):
    z = np.random.default_rng(n_cases).normal(3, 2, (n_cases, n_features)).astype(np.float32)
    z[:, n_features // 2] = 7
    rows, below = rows_of(z), np.tril_indices(n_features)
    whole = overlaps(rows, n_cases, n_jobs=n_jobs)
    np.testing.assert_allclose(whole[below], oracle.overlaps(z.astype(np.float64))[below], atol=1e-7)
    tiles = range(0, n_features, TILE)
    for begins in (tiles, tiles[::-1], tiles[1::2], [], *([begin] for begin in tiles)):
        some = overlaps(rows, n_cases, begins, n_jobs=n_jobs)
        assert (some.shape, some.dtype) == (whole.shape, np.float32)
        for begin in begins:
            for row in range(begin, min(begin + TILE, n_features)):
                np.testing.assert_array_equal(some[row, : row + 1], whole[row, : row + 1])


@pytest.mark.parametrize(("n_cases", "n_features"), [(5, 1), (16, 8), (33, 32), (40, 65)])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_mrmr_is_the_least_redundant_of_what_overlaps_below_the_diagonal(n_cases, n_features, n_jobs):
    z, y = features(n_cases, n_features)
    relevance = scores(z, y)
    relevance[::5] = np.inf
    overlap = overlaps(rows_of(z), n_cases, n_jobs=n_jobs)
    overlap[np.triu_indices(n_features + 3, 1)] = np.nan
    overlap[n_features:] = np.nan
    for n_chosen in {n_features, n_features // 3}:
        expected = mrmr(rows_of(z), n_cases, relevance, n_chosen, n_jobs=n_jobs)
        np.testing.assert_array_equal(least_redundant(overlap.copy(), relevance, n_chosen), expected)


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
    """Ids in any order, and scores with many ties and extremes among them."""
    rng = np.random.default_rng(seed)
    ids = rng.choice(10 * n, n, replace=False).astype(np.int64)
    return ids, np.array([0.0, 1e-300, 0.5, 1.0, 2.0, np.inf])[rng.integers(0, 6, n)]


def expected_best(ids, found, n_best):
    return sorted(zip((-found).tolist(), ids.tolist(), strict=True))[:n_best]


@examples
@given(seed=seeds, n=st.integers(1, 60), n_best=st.integers(1, 70))
def test_best_is_a_total_order_whatever_the_order_of_the_input(seed, n, n_best):
    ids, found = candidates(seed, n)
    keep = best(found, ids, n_best)
    assert list(zip((-found[keep]).tolist(), ids[keep].tolist(), strict=True)) == expected_best(ids, found, n_best)


VALUES = (0.0, -0.0, 1e-300, 0.5, 1.0, 1e300, np.inf, -np.inf, np.nan)


@many_examples
@given(
    seed=seeds, n_best=st.integers(1, 30), more=st.integers(-3, 40), values=st.sets(st.sampled_from(VALUES), min_size=1)
)
def test_best_is_the_beginning_of_the_whole_order_with_ties_infinities_and_nan(seed, n_best, more, values):
    n, rng = max(0, 2 * n_best + more), np.random.default_rng(seed)  # about where a part is enough to be sorted
    ids, found = rng.permutation(n).astype(np.int64), rng.choice(sorted(values), n)
    np.testing.assert_array_equal(best(found, ids, n_best), np.lexsort((ids, -found))[:n_best])


@pytest.mark.parametrize("n_nan", [0, 1, 40, 47, 48, 50])
def test_what_is_no_number_comes_last(n_nan):
    found = np.r_[np.full(n_nan, np.nan), np.arange(50.0 - n_nan)]
    ids = np.arange(50)[::-1]
    expected = [*range(49, n_nan - 1, -1), *range(n_nan - 1, -1, -1)][:3]
    assert best(found, ids, 3).tolist() == expected


@many_examples
@given(seed=seeds, n=st.integers(1, 60), n_best=st.integers(1, 30), n_cuts=st.integers(0, 9))
def test_the_best_of_several_lists_are_the_best_of_all_however_they_were_cut(seed, n, n_best, n_cuts):
    ids, found = candidates(seed, n)
    parts = np.split(np.arange(n), np.sort(np.random.default_rng(seed).integers(0, n, n_cuts)))
    of_parts = [best_of([ids[part]], [found[part]], n_best) for part in parts]
    for lists in (of_parts, [(ids[part], found[part]) for part in parts]):
        merged = best_of([some for some, _ in lists], [scores for _, scores in lists], n_best)
        assert list(zip((-merged[1]).tolist(), merged[0].tolist(), strict=True)) == expected_best(ids, found, n_best)


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
        assert list(zip((-scores_found).tolist(), found.tolist(), strict=True)) == expected_best(ids, f, n_best)


# --- ranks --------------------------------------------------------------------------------------------------


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
            panel=panel, y=y, search_cases=20, seed=0, crew=Crew(comm, n_jobs),
        )  # fmt: skip

    expected = choose_features(SerialComm())
    for n_jobs in (1, 2):
        for found in on_ranks(size, lambda comm, n_jobs=n_jobs: choose_features(comm, n_jobs)):
            assert found.plan == expected.plan
            np.testing.assert_array_equal(found.scores, expected.scores)
            np.testing.assert_array_equal(found.path, expected.path)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("n_candidates", [1, 2, 31, 32, 33, 63, 64, 65, 96, 97, 161])
def test_ranks_that_share_the_tiles_of_a_shortlist_choose_what_one_chooses(size, n_candidates, monkeypatch):
    rng, y = np.random.default_rng(0), np.arange(24) % 3
    x = np.round(rng.normal(size=(24, 4, 25)) + 0.4 * y[:, np.newaxis, np.newaxis] * [[[1], [0], [1], [2]]], 1)
    panel, compared = as_panel(x.astype(np.float32)), []

    def watched(rows, n_cases, begins, **options):
        compared.append((len(rows) - 1, list(begins)))
        return overlaps(rows, n_cases, begins, **options)

    monkeypatch.setattr("lightwaves.search.search.overlaps", watched)

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


def test_ranks_that_differ_in_their_data_all_raise():
    x, y = np.random.default_rng(0).normal(size=(12, 2, 20)), np.arange(12) % 2

    def fit(comm):
        labels = y if comm.rank < 2 else 1 - y
        return LightWaveS(WaveletScattering(max_dilation=1), 3, random_state=0).fit(x, labels, comm=comm)

    errors = on_ranks(3, fit)
    assert [type(error) for error in errors] == [ValueError] * 3
    for error in errors:
        assert "the same y: rank 0 has" in str(error)
        assert "rank 2 has" in str(error)
