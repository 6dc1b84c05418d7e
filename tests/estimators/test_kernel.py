"""The kernel head: that it is the ridge that it says, what is left out of it, and that it is saved and taken."""

import numpy as np
import pytest
from scipy.linalg import cholesky
from sklearn.linear_model import Ridge

from lightwaves import LightWaveSClassifier, LightWaveSRegressor, load, load_basic_motions, save
from lightwaves.estimators.kernel import JITTER, LINEAR, KernelHead, Landmarks, drawn, typical_distance
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.ridge import RidgeHead


def ring(n_cases=200, n_classes=2, seed=0):
    """Classes that bend around each other."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n_cases, 4)).astype(np.float32)
    radius = (Z[:, :2] ** 2).sum(axis=1)
    return 3 + 10 * Z, np.digitize(radius, np.quantile(radius, np.arange(1, n_classes) / n_classes))


def as_features(head, Z):
    """The features on which the head is a plain ridge."""
    standard = (Z - head.mean_) / head.deviation_
    landmarks = head.landmarks_.astype(np.float64)

    def likenesses(rows):
        distances = ((rows[:, np.newaxis] - landmarks) ** 2).sum(axis=2)
        return np.exp(-head.width_ * distances)

    root = cholesky(likenesses(landmarks) + JITTER * np.eye(len(landmarks)), lower=True)
    return np.hstack([np.linalg.solve(root, likenesses(standard).T).T, np.sqrt(LINEAR / Z.shape[1]) * standard])


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_scores_are_those_of_scikit_learns_ridge_on_likenesses_and_features(n_classes, weighted):
    Z, y = ring(n_classes=n_classes)
    weights = np.random.default_rng(0).uniform(0.2, 3, len(y)) if weighted else None
    head = KernelHead(30).fit(Z, y, weights)
    targets = np.where(y[:, np.newaxis] == np.arange(n_classes), 1.0, -1.0)[:, 1 if n_classes == 2 else 0 :]
    ridge = Ridge(head.alpha_).fit(as_features(head, Z), targets, sample_weight=weights)
    expected = ridge.predict(as_features(head, Z)).reshape(head.decision_function(Z).shape)
    expected = expected if n_classes == 2 else head._analyses.of_all(expected)
    np.testing.assert_allclose(head.decision_function(Z), expected, rtol=1e-5, atol=1e-6)


def test_left_out_scores_are_those_of_real_refits_with_the_same_landmarks():
    Z, y = ring(60)
    head = KernelHead(20)
    left_out = head.fit_left_out(Z, y)
    features, targets = as_features(head, Z), 2.0 * y - 1
    for case in (0, 17, 59):
        others = np.arange(60) != case
        alone = Ridge(head.alpha_).fit(features[others], targets[others]).predict(features[[case]])[0]
        np.testing.assert_allclose(left_out[case], [-alone, alone], rtol=1e-4, atol=1e-6)


def test_it_learns_what_a_line_cannot():
    Z, y = ring(400)
    assert KernelHead().fit(Z[:300], y[:300]).score(Z[300:], y[300:]) > 0.9
    assert RidgeHead().fit(Z[:300], y[:300]).score(Z[300:], y[300:]) < 0.7


def test_features_that_bend_the_decision_count_and_others_do_not():
    Z, y = ring(600)
    importances = KernelHead().fit(Z, y).importances_
    assert importances[:2].min() > 2 * importances[2:].max()


def test_a_constant_feature_and_equal_cases_are_harmless():
    Z, y = ring(50)
    Z[:, 3] = 7
    head = KernelHead().fit(np.vstack([Z, Z]), np.hstack([y, y]))
    assert np.isfinite(head.decision_function(Z)).all()
    assert head.importances_[3] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_gradient_is_that_of_small_steps(n_classes):
    Z, y = ring(n_classes=n_classes)
    head, some = KernelHead(30).fit(Z, y), Z[:5].astype(np.float64)
    gradient = head.gradient(some)
    assert gradient.shape == (5, 1 if n_classes == 2 else 3, 4)
    for feature in range(4):
        step = np.zeros(4)
        step[feature] = 0.25  # a number that float32 holds; the features deviate by 10
        rise = head.decision_function(some + step) - head.decision_function(some - step)
        np.testing.assert_allclose(gradient[:, :, feature], rise.reshape(5, -1) / 0.5, rtol=2e-2, atol=2e-3)


@pytest.mark.parametrize("n_landmarks", [0, -1, 2.5, "many", None])
def test_a_wrong_number_of_landmarks_is_refused(n_landmarks):
    with pytest.raises((TypeError, ValueError), match="n_landmarks must be"):
        KernelHead(n_landmarks).fit(*ring(30))


def test_cases_are_drawn_by_their_shares_and_always_alike():
    codes = np.repeat([0, 1, 2], [100, 50, 50])
    some = drawn(codes, 40, np.random.RandomState(0))
    assert np.bincount(codes[some]).tolist() == [20, 10, 10]
    np.testing.assert_array_equal(some, drawn(codes, 40, np.random.RandomState(0)))
    assert drawn(codes, 200, np.random.RandomState(0)).tolist() == list(range(200))


def test_distances_are_those_between_all_rows():
    a, b = np.random.default_rng(0).standard_normal((2, 5, 3))
    np.testing.assert_allclose(Landmarks.of(b).squared_distances(a), ((a[:, np.newaxis] - b) ** 2).sum(axis=2))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_model_with_it_predicts_one_case_as_many_and_is_read_back_to_the_bit(n_classes, tmp_path):
    X, y = load_basic_motions()
    X, y = X[: 20 * n_classes], y[: 20 * n_classes]
    model = LightWaveSClassifier(n_features=20, search_candidates=400, random_state=0).fit(X, y)
    model.classifier_ = KernelHead(15).fit(model.transform(X), y)
    model._weights = model.classifier_.importances_
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    for of in (model, copy):
        np.testing.assert_array_equal(of.predict_proba(X), model.predict_proba(X))
        assert of.predict_one(X[0]) == model.predict(X[:1])[0]
        np.testing.assert_allclose(of.decision_function_one(X[0]), model.decision_function(X[:1])[0], rtol=1e-9)
        np.testing.assert_array_equal(of.channel_importances_, model.channel_importances_)
    assert set(vars(copy.classifier_)) == set(vars(model.classifier_)) - {"_analyses", "_given", "_kept"}


def mostly_alike(seed):
    """A sensor that is on or off, and in most cases does the same."""
    rng = np.random.default_rng(seed)
    pool, which = rng.integers(0, 2, (4, 1, 6)).astype(np.float32), rng.integers(0, 4, 60)
    return pool[np.where(rng.random(60) < 0.8, 0, which)], rng.integers(0, 2, 60)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [6, 36])
def test_where_most_cases_are_equal_the_width_is_not_that_of_rounding(seed):
    X, y = mostly_alike(seed)
    head = KernelHead(n_landmarks=20)
    model = LightWaveSClassifier(n_features=40, classifier=head, random_state=seed, honest=False).fit(X, y)
    assert model.classifier_.width_ < 1e6
    alone = [model.decision_function_one(x) for x in X]
    np.testing.assert_allclose(model.decision_function(X), alone, atol=1e-9)
    regressor = LightWaveSRegressor(n_features=40, regressor=KernelRegressionHead(20), random_state=seed, honest=False)
    regressor.fit(X, X.sum(axis=(1, 2)))
    np.testing.assert_allclose(regressor.predict(X), [regressor.predict_one(x) for x in X], atol=1e-9)


def test_of_equal_cases_alone_no_distance_is_typical():
    assert typical_distance(np.zeros((5, 5)), 3) == typical_distance(np.zeros((1, 1)), 3) == 1.0
    assert typical_distance(np.full((5, 5), 1e-13), 3) == 1.0
    assert typical_distance(np.array([[0, 1e-13, 1e-13, 4], [0] * 4, [0] * 4, [0] * 4]), 3) == 4
    assert typical_distance(np.arange(16.0).reshape(4, 4), 3) == np.median(np.delete(np.arange(16), [0, 5, 10, 15]))


def test_a_case_far_away_is_not_like_a_landmark_also_where_numpy_raises_errors():
    with np.errstate(all="raise"):
        assert Landmarks.of(np.eye(2)).likenesses(1e3 * np.eye(2), 1.0).tolist() == [[0.0, 0.0]] * 2
