"""Relevance and redundancy: scores and choices against the oracle, the hard cases, and a total order of the best."""

import numpy as np
import oracle
import pytest
from features import best_first, ids_and_scores, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_selection import f_classif

from lightwaves.selection.relevance import TILE, anova_f, best, class_starts, least_redundant, mrmr, overlaps

examples = settings(deadline=None, max_examples=25)
many_examples = settings(deadline=None, max_examples=100)
seeds = st.integers(0, 2**32 - 1)


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


@pytest.mark.slow
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


# --- the best of all ----------------------------------------------------------------------------------------


@examples
@given(seed=seeds, n=st.integers(1, 60), n_best=st.integers(1, 70))
def test_best_is_a_total_order_whatever_the_order_of_the_input(seed, n, n_best):
    ids, found = ids_and_scores(seed, n)
    keep = best(found, ids, n_best)
    assert list(zip((-found[keep]).tolist(), ids[keep].tolist(), strict=True)) == best_first(ids, found, n_best)


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
