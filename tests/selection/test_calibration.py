"""Calibration: that its two numbers are those of the largest likelihood, and that no probability is certain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.metrics import log_loss

from lightwaves.selection.calibration import LEAST_FLOOR, MANY, calibration, probabilities


def overlapping(n_cases, n_classes, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n_cases) % n_classes
    return np.eye(n_classes)[y] + rng.standard_normal((n_cases, n_classes)), y


@pytest.mark.slow
def test_the_temperature_gives_the_largest_likelihood_where_smoothing_hardly_counts():
    scores, y = overlapping(30000, 3)
    grid = np.logspace(-0.3, 0.3, 61)
    best = grid[np.argmin([log_loss(y, softmax(factor * scores, axis=1)) for factor in grid])]
    temperature, _ = calibration(scores, y)
    assert temperature == pytest.approx(best, rel=0.03)
    assert temperature == pytest.approx(1.0, rel=0.05), "scores of unit noise and distance are logits"


@pytest.mark.parametrize("factor", [0.01, 1.0, 30.0])
def test_the_temperature_undoes_the_unit_of_the_scores(factor):
    scores, y = overlapping(60, 3)
    assert calibration(factor * scores, y)[0] * factor == pytest.approx(calibration(scores, y)[0], rel=1e-3)


@pytest.mark.parametrize("n", [1, 9, 100])
def test_where_all_scores_are_right_half_of_one_more_case_is_thought_wrong(n):
    codes = np.repeat([0, 1], n)
    scores = np.where(codes[:, np.newaxis] == [0, 1], 1.0, -1.0)
    p = probabilities(scores[:, 1], *calibration(scores, codes))
    np.testing.assert_allclose(p.max(axis=1), 1 - 0.5 / (2 * n + 1), rtol=1e-4)


@pytest.mark.parametrize("n_classes", [2, 4, 10])
@pytest.mark.parametrize("n_cases", [60, 200, 1000, 3000])
def test_where_all_cases_are_right_but_some_by_little_none_is_thought_certain(n_cases, n_classes):
    """Once, the least floor capped what a mistake costs, and the temperature went to its end: all were sure by 1e-7."""
    rng = np.random.default_rng(n_cases)
    scores, y = overlapping(n_cases, n_classes, seed=n_classes)
    scores = 2 * np.eye(n_classes)[y] + 0.5 * rng.standard_normal(scores.shape)
    right = scores.argmax(axis=1) == y
    scores, y = scores[right], y[right]
    p = probabilities(scores, *calibration(scores, y)).max(axis=1)
    assert p.mean() <= 1 - 0.4 / (len(y) + 1)
    margin = np.diff(np.sort(scores, axis=1)[:, -2:])[:, 0]
    assert p[margin.argmin()] < p[margin.argmax()] - 1e-3


@pytest.mark.slow
def test_the_floor_is_the_share_of_labels_drawn_at_random_where_cases_are_many():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 20000)
    scores = 6 * np.eye(4)[y] + rng.standard_normal((len(y), 4))
    wrong = rng.random(len(y)) < 0.2
    y[wrong] = rng.integers(0, 4, wrong.sum())
    assert calibration(scores, y)[1] == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("n_cases", [MANY - 1, 3000])
def test_the_floor_is_the_least_where_it_does_not_pay_or_cases_are_few(n_cases):
    assert calibration(*overlapping(n_cases, 3))[1] == LEAST_FLOOR


@pytest.mark.parametrize("n_cases", [40, 600])
def test_a_case_of_weight_two_counts_as_two(n_cases):
    scores, y = overlapping(n_cases, 3)
    weights = 1.0 + np.arange(n_cases) % 2
    twice = np.repeat(np.arange(n_cases), weights.astype(int))
    weighted, repeated = calibration(scores, y, weights), calibration(scores[twice], y[twice])
    assert weighted[0] == pytest.approx(repeated[0], rel=0.02)


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 6), st.integers(2, 40), st.floats(1e-3, 1e3), st.integers(0, 99))
def test_probabilities_sum_to_one_keep_the_order_of_the_scores_and_are_never_certain(n_classes, n_cases, size, seed):
    rng = np.random.default_rng(seed)
    scores, y = size * rng.standard_normal((n_cases, n_classes)), rng.integers(0, n_classes, n_cases)
    p = probabilities(scores, *calibration(scores, y))
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert ((p > 0) & (p < 1)).all()
    assert (p[np.arange(n_cases), scores.argmax(axis=1)] >= p.max(axis=1) - 1e-12).all()


@pytest.mark.parametrize("wild", [30.0, 1e3, 1e6])
@pytest.mark.parametrize("n_cases", [60, 150, 1000])
def test_one_wild_case_does_not_decide_all_probabilities(wild, n_cases):
    """Once, one value of 1,000 in one training case made all probabilities those of the prior."""
    rng = np.random.default_rng(0)
    codes = np.arange(n_cases) % 3
    scores = 0.4 * rng.standard_normal((n_cases, 3)) + 1.2 * (codes[:, np.newaxis] == np.arange(3))
    without, _ = calibration(scores, codes)
    scores[7] = [wild, -wild, 0.0]
    temperature, floor = calibration(scores, codes)
    assert temperature > without / 3
    assert floor < 0.1


def test_scores_far_apart_have_probabilities_also_where_numpy_raises_errors():
    with np.errstate(all="raise"):
        assert probabilities(np.array([-1e4, 1e4]), 1.0, 0.5).tolist() == [[0.75, 0.25], [0.25, 0.75]]
