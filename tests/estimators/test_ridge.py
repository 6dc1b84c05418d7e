"""The ridge head is scikit-learn's with the penalty's scale mended; its left-out scores are those of real refits."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV
from sklearn.preprocessing import StandardScaler

from lightwaves.estimators.heads import without_each
from lightwaves.estimators.ridge import RidgeHead
from lightwaves.selection.discriminant import Discriminant
from lightwaves.selection.products import targets_of, winners

ALPHAS = np.logspace(-3, 3, 10)


def problem(n_classes, n_cases=60, n_features=12, noise=1.0, seed=0):
    """Features of very different units, with classes that overlap."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_cases) % n_classes
    Z = rng.standard_normal((n_classes, n_features))[y] + noise * rng.standard_normal((n_cases, n_features))
    Z = Z * 10.0 ** rng.integers(-4, 4, n_features) + 10 * rng.standard_normal(n_features)
    return Z.astype(np.float32).astype(np.float64), y  # as a head reads it


def analysed(head, coefficients):
    """Coefficients of a ridge, (n_features, n_outputs), as the analysis of its scores changes them."""
    return coefficients if len(head.classes_) == 2 else coefficients @ head._analyses.of_all.slopes


@pytest.mark.parametrize("n_classes", [2, 3, 9, 17])
@pytest.mark.parametrize("n_features", [1, 12, 90])
def test_it_is_scikit_learns_ridge_on_standardised_features(n_classes, n_features):
    Z, y = problem(n_classes, n_features=n_features)
    Z_new, _ = problem(n_classes, n_features=n_features, noise=2.0)
    head = RidgeHead().fit(Z, y)
    scaler = StandardScaler().fit(Z)
    ridge = RidgeClassifierCV(ALPHAS * len(Z)).fit(scaler.transform(Z), y)
    assert head.alpha_ == pytest.approx(ridge.alpha_)
    coefficients = analysed(head, np.atleast_2d(ridge.coef_).T).T
    np.testing.assert_allclose(head.coef_ * scaler.scale_, coefficients, rtol=1e-7, atol=1e-10)
    rounded = Z_new.astype(np.float32)  # scores are taken of float32 features
    expected = ridge.decision_function(scaler.transform(rounded.astype(np.float64)))
    expected = expected if n_classes == 2 else head._analyses.of_all(expected)
    np.testing.assert_allclose(head.decision_function(Z_new), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(head.predict(Z_new), winners(expected))
    np.testing.assert_allclose(head.importances_, np.abs(coefficients).mean(axis=0), rtol=1e-7)


def test_the_penalty_is_that_of_features_of_unit_norm():
    Z, y = problem(3)
    centred = Z - Z.mean(axis=0)
    norm = np.linalg.norm(centred, axis=0)
    ridge = RidgeClassifierCV(ALPHAS).fit(centred / norm, y)
    head = RidgeHead().fit(Z, y)
    assert head.alpha_ == pytest.approx(ridge.alpha_ * len(Z))
    np.testing.assert_allclose(head.coef_ * norm, analysed(head, ridge.coef_.T).T, rtol=1e-7)


@pytest.mark.parametrize("n_classes", [2, 3, 5])
@pytest.mark.parametrize(("n_cases", "n_features"), [(40, 6), (25, 60)])
def test_left_out_scores_are_those_of_ridges_fitted_without_the_case(n_classes, n_cases, n_features):
    # Exact up to rounding: both take the mean out of the remaining cases. The standardisation and the choice
    # of the penalty have seen the case, in the refits here as in the head.
    Z, y = problem(n_classes, n_cases, n_features)
    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)
    alphas = ALPHAS * n_cases
    ridge = RidgeClassifierCV(alphas, store_cv_results=True).fit(Z, y)
    expected = []
    for i in range(n_cases):
        others = np.arange(n_cases) != i
        scores = RidgeClassifier(ridge.alpha_, solver="svd").fit(Z[others], y[others]).decision_function(Z[[i]])[0]
        expected.append(np.atleast_1d(scores))
    targets = targets_of(y, n_classes)
    fitted = ridge.decision_function(Z).reshape(targets.shape)
    np.testing.assert_allclose(without_each(ridge, alphas, targets, fitted), expected, rtol=1e-6, atol=1e-8)
    left_out = RidgeHead().fit_left_out(Z, y)
    assert left_out.shape == (n_cases, n_classes)


def test_scores_without_a_signal_give_nearly_uniform_probabilities():
    rng = np.random.default_rng(0)
    y = np.arange(200) % 4
    head = RidgeHead().fit(rng.standard_normal((200, 5)), y)
    p = head.predict_proba(rng.standard_normal((200, 5)))
    np.testing.assert_allclose(p, 0.25, atol=0.1)


@pytest.mark.parametrize("n_classes", [2, 3, 9])
def test_probabilities_are_never_certain_and_agree_with_predictions(n_classes):
    Z, y = problem(n_classes, noise=1e-6)  # separates perfectly
    head = RidgeHead().fit(Z, y)
    p = head.predict_proba(Z)
    assert 0 < p.min() < p.max() < 1
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(head.classes_[p.argmax(axis=1)], head.predict(Z))
    np.testing.assert_array_equal(head.predict(Z), y)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8, -1e-30])
def test_a_constant_column_has_no_weight(value):
    Z, y = problem(3)
    extended = np.column_stack([Z, np.full(len(Z), value)])
    head, plain = RidgeHead().fit(extended, y), RidgeHead().fit(Z, y)
    assert not head.coef_[:, -1].any()
    assert head.importances_[-1] == 0
    np.testing.assert_allclose(head.coef_[:, :-1], plain.coef_, rtol=1e-9)
    np.testing.assert_allclose(head.decision_function(extended), plain.decision_function(Z), rtol=1e-9)


def test_only_constant_columns_still_give_probabilities():
    head = RidgeHead().fit(np.full((9, 4), 0.3), np.arange(9) % 3)
    p = head.predict_proba(np.full((2, 4), 0.3))
    np.testing.assert_allclose(p, 1 / 3, atol=1e-6)


def test_a_small_spread_around_a_large_mean_still_counts():
    y = np.arange(40) % 2
    Z = (1e3 + 0.01 * y + 0.001 * np.random.default_rng(0).standard_normal(40))[:, np.newaxis]
    assert RidgeHead().fit(Z, y).score(Z, y) == 1


def test_the_given_penalties_are_the_ones_tried():
    Z, y = problem(3)
    assert RidgeHead(alphas=[0.5]).fit(Z, y).alpha_ == pytest.approx(0.5 * len(Z))
    plain = [  # the analysis has a unit of its own
        RidgeHead(alphas=(alpha,))._analysed_by(Discriminant.none(3)).fit(Z, y) for alpha in (1e-3, 1e3)
    ]
    weak, strong = (np.abs(head.importances_).sum() for head in plain)
    assert strong < 0.01 * weak


@pytest.mark.parametrize(
    "alphas", [[], [0.0], [-1.0], [1.0, np.nan], 1.0, [[1.0]], ["1", "2"], [[1.0], [1.0, 2.0]]], ids=str
)
def test_wrong_penalties_are_refused(alphas):
    with pytest.raises(ValueError, match="alphas must be a list of finite numbers above 0"):
        RidgeHead(alphas=alphas).fit(*problem(2))


def test_fit_changes_neither_the_features_nor_the_labels():
    Z, y = problem(3)
    Z.flags.writeable = y.flags.writeable = False
    RidgeHead().fit(Z, y).predict(Z)


@pytest.mark.parametrize("n_classes", [2, 5, 16, 17])
def test_scores_of_rows_are_those_of_columns_whatever_stands_behind(n_classes):
    Z, y = problem(n_classes)
    head = RidgeHead().fit(Z, y)
    rows = np.full((Z.shape[1] + 1, 64), np.nan, np.float32)
    rows[:-1, :60] = Z.T
    np.testing.assert_array_equal(head.scores(rows, 60), head.decision_function(Z))
