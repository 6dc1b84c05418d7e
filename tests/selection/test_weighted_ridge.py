"""Ridges whose cases have weights: scikit-learn's, left-out scores of real refits, and repeated cases."""

import numpy as np
import pytest
from features import coefficients_of, problem, rows_of, targets_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from wide import sweep

from lightwaves.selection import products
from lightwaves.selection.detachment import detach, first_ridge
from lightwaves.selection.products import (
    Covariance,
    Dual,
    Gram,
    Targets,
    grain_for,
    in_steps,
    prepared,
    ridge_of,
    standardise,
)

SHAPES = [(24, 90), (60, 12)]
KINDS = {
    "whole": lambda rng, n: rng.integers(1, 5, n).astype(float),
    "any": lambda rng, n: rng.uniform(0.1, 3, n),
    "far apart": lambda rng, n: 10.0 ** rng.uniform(-4, 3, n),
}


def solved(ridge, targets, penalty):
    """Coefficients, and left-out scores."""
    if isinstance(ridge, Covariance):
        return ridge.ridge(targets, penalty)
    dual = Dual(ridge._centred(), targets, penalty)
    return ridge.coefficients(*in_steps(dual.duals)), dual.left_out()


@pytest.mark.slow
@pytest.mark.parametrize("penalty", sweep([0.5, 3000], [30]))
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n_cases", "n_features"), SHAPES)
def test_the_ridge_is_scikit_learns_and_its_left_out_scores_those_of_real_refits(
    n_cases, n_features, kind, n_classes, penalty
):
    z, y = problem(n_cases, n_features, n_classes)
    weights, values = KINDS[kind](np.random.default_rng(1), n_cases), targets_of(y)
    ridge, targets = ridge_of(rows_of(z), n_cases, weights), Targets.of(y, weights)
    assert type(ridge) is (Gram if n_features > n_cases else Covariance)
    standard = ridge.rows.T.astype(np.float64) * ridge.unit
    coefficients, left_out = solved(ridge, targets, penalty)
    refit = Ridge(alpha=penalty, solver="svd")
    expected = coefficients_of(refit.fit(standard, values, sample_weight=weights), values.shape[1])
    np.testing.assert_allclose(coefficients, expected, atol=1e-6 * np.abs(expected).max())
    scores = []
    for i in range(n_cases):
        others = np.arange(n_cases) != i
        refit.fit(standard[others], values[others], sample_weight=weights[others])
        scores.append(refit.predict(standard[[i]]).reshape(-1))
    np.testing.assert_allclose(left_out, scores, rtol=1e-5, atol=1e-6)
    assert targets.accuracy(left_out) == pytest.approx(
        weights[products.winners(left_out) == targets.codes].sum() / sum(weights)
    )
    squared = (values - left_out) ** 2
    assert targets.error(left_out) == pytest.approx((weights @ squared.mean(axis=1)) / weights.sum())
    variances = [weights @ (v - weights @ v / weights.sum()) ** 2 / weights.sum() for v in values.T]
    np.testing.assert_allclose(ridge.errors(targets, penalty), (squared / variances).mean(axis=1), rtol=1e-6)


@pytest.mark.parametrize(("n_cases", "n_features"), SHAPES)
def test_weights_of_one_change_no_bit(n_cases, n_features):
    z, y = problem(n_cases, n_features)
    plain, weighed = (
        solved(ridge_of(rows_of(z), n_cases, w), Targets.of(y, w), 30.0) for w in (None, np.ones(n_cases))
    )
    for one, other in zip(plain, weighed, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("n_cases", "n_features"), [(24, 150), (60, 12)])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_whole_weights_are_repeated_cases_but_for_what_is_judged_by_leaving_out(n_cases, n_features, n_classes):
    z, y = problem(n_cases, n_features, n_classes)
    weights = np.random.default_rng(0).integers(1, 4, n_cases)
    often = np.repeat(np.arange(n_cases), weights)
    one = ridge_of(rows_of(z), n_cases, weights.astype(float))
    other = ridge_of(rows_of(z[often]), len(often))
    assert np.abs(one.rows[:, np.repeat(np.arange(n_cases), weights)] - other.rows).max() <= 1, "a grain"
    targets, repeated = Targets.of(y, weights.astype(float)), Targets.of(y[often])
    for penalty in (1.0, 100.0):
        importances, expected = one.fit(targets, penalty)[0], other.fit(repeated, penalty)[0]
        np.testing.assert_allclose(importances, expected, rtol=1e-3)


def test_what_is_kept_is_what_is_kept_of_repeated_cases_at_the_same_penalty(monkeypatch):
    monkeypatch.setattr(products, "PENALTIES", np.array([1.0]))
    z, y = problem(30, 200)
    weights = np.random.default_rng(0).integers(1, 4, 30)
    often = np.repeat(np.arange(30), weights)
    one = detach(first_ridge(rows_of(z), 30, y, weights.astype(float)), 12)
    other = detach(first_ridge(rows_of(z[often]), len(often), y[often]), 12)
    np.testing.assert_array_equal(one.chosen, other.chosen)
    np.testing.assert_allclose(one.importances, other.importances, rtol=1e-3)
    assert one.penalty == other.penalty == 200


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(0, 8))
def test_products_of_the_cases_stay_exact_whatever_the_weights(seed, spread):
    rng = np.random.default_rng(seed)
    z, weights = rng.standard_normal((20, 50)), 10.0 ** rng.uniform(-spread, 0, 20)
    z[weights.argmin()] *= 1e6  # far off the others, and of little weight
    ready, unit = prepared(rows_of(z.astype(np.float32)), 20, 50, weights)
    whole = ready.astype(np.int64)
    assert unit == 2.0**-12
    assert np.abs(whole).max() <= products.FARTHEST * 20**0.5 / unit + 1
    gram = Gram(ready, unit, np.arange(50), weights=weights)
    assert (whole.T @ whole).max() < 2**53
    assert np.array_equal(np.tril(gram.total), np.tril(whole.T @ whole))


def test_a_case_of_next_to_no_weight_changes_next_to_nothing():
    z, y = problem(40, 100)
    far = np.vstack([z, z.mean(axis=0) + 1e8 * z.std(axis=0)]).astype(np.float32)
    weights = np.r_[np.ones(40), 1e-20]
    plain = ridge_of(rows_of(z), 40).fit(Targets.of(y), 100.0)[0]
    found = ridge_of(rows_of(far), 41, weights).fit(Targets.of(np.r_[y, (y[:1] + 1) % 3], weights), 100.0)[0]
    np.testing.assert_allclose(found, plain, rtol=0.02, atol=0.01 * plain.max())


def test_the_grain_leaves_room_for_what_weights_may_make_of_features():
    rows = rows_of(np.random.default_rng(0).standard_normal((64, 33)).astype(np.float32))
    _, unit = prepared(rows.copy(), 64, 2**33)
    _, finer = prepared(rows.copy(), 64, 2**33, np.ones(64))
    assert unit == 2.0 ** -grain_for(2**33, 64)
    assert finer == 2.0 ** -grain_for(2**33, 64 * 16) == 4 * unit


def test_features_have_unit_weighted_variance():
    z, _ = problem(50, 20)
    weights = np.random.default_rng(0).uniform(0.1, 4, 50)
    rows = rows_of(z)
    standardise(rows, 50, 12, weights)
    values = rows[:-1, :50].astype(np.float64) / 4096
    np.testing.assert_allclose(values @ weights / weights.sum(), 0, atol=1e-3)
    np.testing.assert_allclose(values**2 @ weights / weights.sum(), 1, atol=1e-3)
