"""The kernel ridge of a regressor: that it is the ridge that it says, and that it is taken, saved and explained."""

import numpy as np
import pytest
from scipy.linalg import cholesky
from sklearn.linear_model import Ridge

from lightwaves import LightWaveSRegressor, load, save
from lightwaves.estimators.kernel import JITTER, LINEAR
from lightwaves.estimators.kernel_regression import FARTHEST, KernelRegressionHead, Target
from lightwaves.estimators.regression import RegressionHead
from lightwaves.inspection import explain

SMALL = {"n_features": 30, "search_candidates": 400, "random_state": 0}


def bowl(n_cases=200, seed=0, skewed=False):
    """Features of many sizes, and a number that is no sum of them; skewed, it is far above the others in few cases."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n_cases, 4)).astype(np.float32)
    y = np.sin(2 * Z[:, 0]) + Z[:, 1] * Z[:, 2] + 0.1 * rng.standard_normal(n_cases)
    return 3 + 10 * Z, np.exp(1.5 * Z[:, 1] + 0.3 * y) if skewed else y.astype(np.float64)


def as_features(head, Z):
    """The features on which the head is a plain ridge."""
    standard = np.clip((Z - head.mean_) / head.deviation_, -FARTHEST, FARTHEST)
    landmarks = head.landmarks_.astype(np.float64)

    def likenesses(rows):
        return np.exp(-head.width_ * ((rows[:, np.newaxis] - landmarks) ** 2).sum(axis=2))

    root = cholesky(likenesses(landmarks) + JITTER * np.eye(len(landmarks)), lower=True)
    return np.hstack([np.linalg.solve(root, likenesses(standard).T).T, np.sqrt(LINEAR / Z.shape[1]) * standard])


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_predictions_are_those_of_scikit_learns_ridge_on_likenesses_and_features(skewed, weighted):
    Z, y = bowl(skewed=skewed)
    Z[7] *= 30  # farther out than features count
    weights = np.random.default_rng(0).uniform(0.2, 3, len(y)) if weighted else None
    head = KernelRegressionHead(n_landmarks=30).fit(Z, y, weights)
    assert head.target_.root or not skewed
    features, wanted = as_features(head, Z), head.target_.of(y)
    ridge = Ridge(head.alpha_).fit(features, wanted, sample_weight=weights)
    np.testing.assert_allclose(head.predict(Z), head.target_.back(ridge.predict(features)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("skewed", [False, True])
def test_left_out_predictions_are_those_of_real_refits_with_the_same_landmarks(skewed):
    Z, y = bowl(60, skewed=skewed)
    head = KernelRegressionHead(n_landmarks=20)
    left_out = head.fit_left_out(Z, y)
    features, wanted = as_features(head, Z), head.target_.of(y)
    for case in (0, 17, 59):
        others = np.arange(60) != case
        penalty = head.alpha_
        alone = Ridge(penalty).fit(features[others], wanted[others]).predict(features[[case]])
        np.testing.assert_allclose(left_out[case], head.target_.back(alone), rtol=1e-3, atol=1e-5)


def test_it_learns_what_a_line_cannot():
    Z, y = bowl(500)
    assert KernelRegressionHead().fit(Z[:400], y[:400]).score(Z[400:], y[400:]) > 0.9
    assert RegressionHead().fit(Z[:400], y[:400]).score(Z[400:], y[400:]) < 0.5


def test_a_root_errs_less_where_numbers_are_skewed_and_is_not_too_small_on_average():
    Z, y = bowl(600, skewed=True)
    head = KernelRegressionHead().fit(Z[:400], y[:400])
    assert head.target_.root
    assert abs((head.predict(Z[400:]) - y[400:]).mean()) < 0.1 * y.std()


@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_the_unit_of_the_number_does_not_count(shift):
    Z, y = bowl(skewed=True)
    expected = KernelRegressionHead(n_landmarks=30).fit(Z, y).predict(Z)
    np.testing.assert_allclose(
        KernelRegressionHead(n_landmarks=30).fit(Z, 1000 * y + shift).predict(Z), 1000 * expected + shift
    )


def test_a_target_comes_back_from_its_root_and_its_slope_is_that_of_small_steps():
    for root in (False, True):
        target = Target(root, 3.0, 7.0)
        numbers = np.array([3.0, 4.0, 100.0])
        np.testing.assert_allclose(target.back(target.of(numbers)), numbers)
        at, step = np.array([0.5, 2.0]), 1e-6
        rise = (target.back(at + step) - target.back(at - step)) / (2 * step)
        np.testing.assert_allclose(target.slope(at), rise, rtol=1e-6)
    assert Target(True, 3.0, 7.0, 0.5).back(np.array([-2.0])) == [3 + 7 * 0.5]


@pytest.mark.parametrize("skewed", [False, True])
def test_the_gradient_is_that_of_small_steps_and_nothing_where_features_are_cut_off(skewed):
    Z, y = bowl(skewed=skewed)
    head, some = KernelRegressionHead(n_landmarks=30).fit(Z, y), Z[:5].astype(np.float64)
    some[0, 0] = 1e4
    gradient = head.gradient(some)
    assert gradient.shape == (5, 1, 4)
    assert gradient[0, 0, 0] == 0
    said = lambda rows: head.scores(rows.T, 5)  # noqa: E731
    for feature in range(4):
        step = np.zeros(4)
        step[feature] = 1e-3
        rise = (said(some + step) - said(some - step)) / 2e-3
        np.testing.assert_allclose(gradient[:, 0, feature], rise, rtol=1e-3, atol=1e-5)


def test_features_that_bend_the_number_count_and_others_do_not():
    importances = KernelRegressionHead().fit(*bowl(600)).importances_
    assert importances[:3].min() > 2 * importances[3]


def test_a_constant_feature_equal_cases_and_two_cases_are_harmless():
    Z, y = bowl(50)
    Z[:, 3] = 7
    head = KernelRegressionHead().fit(np.vstack([Z, Z]), np.hstack([y, y]))
    assert np.isfinite(head.predict(Z)).all()
    assert head.importances_[3] == pytest.approx(0, abs=1e-6)
    assert np.isfinite(KernelRegressionHead().fit(Z[:2], y[:2]).predict(Z)).all()
    assert np.isfinite(KernelRegressionHead(n_landmarks=1).fit(Z, y).predict(Z)).all()


@pytest.mark.parametrize("n_landmarks", [0, -1, 2.5, "many"])
def test_a_wrong_number_of_landmarks_is_refused(n_landmarks):
    with pytest.raises((TypeError, ValueError), match="n_landmarks must be"):
        KernelRegressionHead(n_landmarks=n_landmarks).fit(*bowl(30))


def test_a_penalty_is_taken_as_it_is_and_a_wrong_one_is_refused():
    Z, y = bowl()
    assert KernelRegressionHead(0.25).fit(Z, y).alpha_ == pytest.approx(0.25 * len(y))
    assert np.isfinite(KernelRegressionHead(0).fit(Z, y).predict(Z)).all()
    with pytest.raises((TypeError, ValueError), match="alpha must be"):
        KernelRegressionHead(-1).fit(Z, y)


@pytest.fixture(scope="module")
def skewed_model():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 2, 40)).cumsum(axis=2).astype(np.float32)
    y = np.exp(np.ptp(x[:, 0], axis=1) / 4)
    return LightWaveSRegressor(**SMALL).fit(x[:150], y[:150]), x[150:], y[150:]


@pytest.mark.slow
def test_it_is_taken_where_it_errs_least_on_cases_that_are_left_out(skewed_model):
    model, x, y = skewed_model
    assert type(model.regressor_) is KernelRegressionHead
    ridge = LightWaveSRegressor(**SMALL, regressor=RegressionHead())
    rng = np.random.default_rng(0)
    walks = rng.standard_normal((200, 2, 40)).cumsum(axis=2).astype(np.float32)[:150]
    ridge.fit(walks, np.exp(np.ptp(walks[:, 0], axis=1) / 4))
    assert type(ridge.regressor_) is RegressionHead
    assert model.honest_score_ > ridge.honest_score_
    assert model.score(x, y) > ridge.score(x, y)


def test_a_model_with_it_is_read_back_to_the_bit_and_has_intervals(skewed_model, tmp_path):
    model, x, _ = skewed_model
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    np.testing.assert_array_equal(copy.predict(x), model.predict(x))
    np.testing.assert_array_equal(copy.predict_interval(x), model.predict_interval(x))
    np.testing.assert_array_equal(copy.channel_importances_, model.channel_importances_)
    assert copy.regressor_.target_ == model.regressor_.target_
    assert set(vars(copy.regressor_)) == set(vars(model.regressor_))


@pytest.mark.slow
def test_a_model_with_it_is_explained_by_its_gradient_and_says_how_well(skewed_model):
    model, x, _ = skewed_model
    explanation = explain(model, x)
    assert not explanation.exact
    gained = model.predict(x) - explanation.reference_scores
    np.testing.assert_allclose(explanation.features.sum(axis=2) + explanation.error, gained[:, np.newaxis])
    np.testing.assert_allclose(explanation.times.sum(axis=2), explanation.features.sum(axis=2), atol=1e-9)
    assert np.abs(explanation.error).max() < 0.02 * np.abs(gained).max()
