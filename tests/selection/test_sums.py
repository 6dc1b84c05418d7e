"""Ridges from sums over cases: exact whatever the order, and those of the cases themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from lightwaves.selection.products import targets_of
from lightwaves.selection.sums import (
    GRAIN,
    Basis,
    Grid,
    SummedRidge,
    Sums,
    best_penalty,
    n_targets,
    whole_targets,
)

RNG = np.random.default_rng(0)
N_CASES, N_FEATURES = 300, 12
Z = (RNG.standard_normal((N_CASES, N_FEATURES)) @ RNG.standard_normal((N_FEATURES, N_FEATURES)) + 7).astype(np.float32)
CODES = (Z[:, :3] + 3 * RNG.standard_normal((N_CASES, 3))).argmax(axis=1)
FOLD = np.arange(N_CASES) % 5
GRID = Grid.of(Z[:50].T)


def numbers_of(some=slice(None), weights=None):
    roots = None if weights is None else np.sqrt(weights[some])
    return np.vstack([GRID.whole(Z[some].T, roots), whole_targets(targets_of(CODES[some], 3), roots)])


def sums_of(fold=FOLD, weights=None):
    sums = Sums(5, N_FEATURES, 3)
    sums.add(numbers_of(weights=weights), fold)
    return sums


def as_they_come(solution):
    coefficients = solution[:-1] / GRID.deviation[:, np.newaxis]
    return coefficients, solution[-1] - GRID.mean @ coefficients


# --- whole numbers ------------------------------------------------------------------------------------------


def test_numbers_are_whole_and_near_the_standardised_features():
    numbers = GRID.whole(Z.T)
    assert (numbers == np.rint(numbers)).all()
    standard = (Z.T - GRID.mean[:, np.newaxis]) / GRID.deviation[:, np.newaxis]
    assert np.abs(numbers / 2**GRAIN - standard).max() <= 0.5 / 2**GRAIN + 1e-9


def test_what_lies_far_out_is_cut_off_and_a_constant_feature_has_the_deviation_1():
    grid = Grid.of(np.array([[0.0, 1.0], [5.0, 5.0]]))
    np.testing.assert_array_equal(grid.deviation, [0.5, 1.0])
    np.testing.assert_array_equal(grid.whole(np.array([[1e30], [-1e30]])), [[64 * 2**GRAIN], [-64 * 2**GRAIN]])


@pytest.mark.parametrize(("n_classes", "targets"), [(2, [[1.0], [-1.0]]), (3, [[-1, 1, -1], [1, -1, -1]])])
def test_targets_are_1_for_the_own_class_and_of_two_classes_there_is_one(n_classes, targets):
    np.testing.assert_array_equal(targets_of(np.array([1, 0]), n_classes), targets)
    assert n_targets(n_classes) == len(targets[0])


# --- sums ---------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 40), st.booleans())
@pytest.mark.slow
def test_no_order_and_no_size_of_blocks_changes_a_bit(random, n_blocks, weighed):
    weights = np.random.default_rng(1).uniform(0.1, 9, N_CASES) if weighed else None
    order = list(range(N_CASES))
    random.shuffle(order)
    parts = []
    for some in np.array_split(np.array(order), n_blocks):
        part = Sums(5, N_FEATURES, 3)
        part.add(numbers_of(some, weights), FOLD[some])
        parts.append(part)
    random.shuffle(parts)
    total = parts[0]
    for part in parts[1:]:
        total.merge(part.products)
    np.testing.assert_array_equal(total.products, sums_of(weights=weights).products)


def test_sums_are_those_of_the_products_of_every_pair():
    numbers, sums = numbers_of(), sums_of()
    for fold in range(5):
        some = numbers[:, fold == FOLD]
        oracle = [[int((a * b).sum()) for b in some] for a in some]
        np.testing.assert_array_equal(sums.products[fold], oracle)


def test_sums_that_would_not_be_exact_are_refused():
    sums = sums_of()
    with pytest.raises(OverflowError, match="too many cases"):
        sums.merge(sums.products * 2.0**30)


# --- ridges -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("penalty", [1e-3, 0.1, 10.0])
@pytest.mark.parametrize("weighed", [False, True])
def test_a_ridge_is_that_of_the_cases(penalty, weighed):
    weights = np.random.default_rng(2).uniform(0.5, 2, N_CASES) if weighed else None
    coefficients, intercept = as_they_come(sums_of(weights=weights).of_all().coefficients(penalty))
    mean = np.average(Z, axis=0, weights=weights)
    deviation = np.sqrt(np.average((Z - mean) ** 2, axis=0, weights=weights))
    total = N_CASES if weights is None else weights.sum()
    oracle = Ridge(penalty * total).fit((Z - mean) / deviation, targets_of(CODES, 3), sample_weight=weights)
    wanted = oracle.coef_.T / deviation[:, np.newaxis]
    np.testing.assert_allclose(coefficients, wanted, atol=5e-3 * np.abs(wanted).max())
    np.testing.assert_allclose(Z @ coefficients + intercept, oracle.predict((Z - mean) / deviation), atol=5e-3)


def test_a_case_of_a_large_weight_is_not_cut_off():
    weights = np.ones(N_CASES)
    weights[:3] = 5000.0
    coefficients, intercept = as_they_come(sums_of(weights=weights).of_all().coefficients(0.1))
    mean = np.average(Z, axis=0, weights=weights)
    deviation = np.sqrt(np.average((Z - mean) ** 2, axis=0, weights=weights))
    oracle = Ridge(0.1 * weights.sum()).fit((Z - mean) / deviation, targets_of(CODES, 3), sample_weight=weights)
    np.testing.assert_allclose(Z @ coefficients + intercept, oracle.predict((Z - mean) / deviation), atol=0.02)


def test_a_ridge_without_a_fold_has_not_seen_it():
    kept = FOLD != 2
    alone = Sums(1, N_FEATURES, 3)
    alone.add(numbers_of(kept))
    np.testing.assert_allclose(sums_of().without(2).coefficients(0.1), alone.of_all().coefficients(0.1), atol=1e-12)


def test_the_error_on_a_fold_is_that_of_its_cases():
    sums = sums_of()
    solution = sums.without(1).coefficients(0.1)
    numbers = numbers_of(FOLD == 1) / 2**GRAIN
    scores = numbers[:N_FEATURES].T @ solution[:-1] + solution[-1]
    oracle = ((numbers[N_FEATURES + 1 :].T - scores) ** 2).sum()
    assert SummedRidge(sums.products[1], N_FEATURES).squared_error(solution) == pytest.approx(oracle)


def test_the_best_penalty_is_that_of_the_least_error_on_folds_left_out():
    sums, penalties = sums_of(), np.logspace(-4, 2, 13)

    def error(penalty):
        return sum(
            SummedRidge(sums.products[fold], N_FEATURES).squared_error(sums.without(fold).coefficients(penalty))
            for fold in range(5)
        )

    assert best_penalty(sums, penalties) == min(penalties, key=error)
    assert best_penalty(sums, penalties[:1]) == penalties[0]


def test_where_there_is_one_fold_the_middle_penalty_is_taken():
    assert best_penalty(sums_of(np.full(N_CASES, 3)), np.array([0.1, 1.0, 10.0])) == 1.0


def test_a_constant_feature_gets_no_coefficient():
    flat = Z.copy()
    flat[:, 4] = 2.5
    sums = Sums(1, N_FEATURES, 3)
    sums.add(np.vstack([GRID.whole(flat.T), whole_targets(targets_of(CODES, 3))]))
    solution = sums.of_all().coefficients(0.1)
    assert (solution[4] == 0).all()
    assert np.isfinite(solution).all()


def test_a_basis_scores_what_it_adds_up():
    lift = lambda rows: np.vstack([rows, rows[:2] ** 2]).astype(np.float64)  # noqa: E731
    basis = Basis(Grid.of(lift(Z.T)), np.array([0.1]), lift)
    sums = Sums(1, basis.n_features, 3)
    sums.add(np.vstack([basis.whole(Z.T), whole_targets(targets_of(CODES, 3))]))
    solution = sums.of_all().coefficients(0.1)
    scores = basis.scores(Z.T, solution)
    standard = basis.whole(Z.T) / 2**GRAIN
    np.testing.assert_allclose(scores, standard.T @ solution[:-1] + solution[-1], atol=0.05)
