"""Contributions sum to scores, whatever the model and the reference; and they point at what was planted."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeRegressor

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    MultiRocket,
    Rocket,
    WaveletScattering,
    load,
    load_basic_motions,
    load_japanese_vowels,
    save,
)
from lightwaves.estimators import KernelHead, RegressionHead, RidgeHead
from lightwaves.inspection import explain
from lightwaves.inspection.explanation import check_sum, sum_of

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
X_TEST, _ = load_basic_motions("test")
FEW = {"n_features": 60, "search_candidates": 400, "random_state": 0}
EVENT = 20  # time points that a planted event lasts


@pytest.fixture(scope="module")
def model():
    return LightWaveSClassifier(**FEW).fit(X, Y)


def check_sums(explanation, decision, atol=1e-6):
    """Features, channels, times and cells all sum to the score less the reference's.

    The tolerance is for the scores of heads that compute in float32; the sums are exact for any head.
    """
    if decision.ndim == 1:
        decision = np.column_stack([-decision, decision])
    np.testing.assert_allclose(explanation.scores, decision, atol=atol)
    gained = decision - explanation.reference_scores
    for by in ("features", "channels", "times"):
        np.testing.assert_allclose(getattr(explanation, by).sum(axis=2), gained, atol=atol, err_msg=by)
        own = explanation.scores - explanation.reference_scores
        np.testing.assert_allclose(getattr(explanation, by).sum(axis=2), own, atol=1e-6, err_msg=by)
    np.testing.assert_allclose(explanation.cells.sum(axis=3), explanation.channels, atol=1e-6)
    np.testing.assert_allclose(explanation.cells.sum(axis=2), explanation.times, atol=1e-6)
    assert explanation.exact
    assert np.abs(explanation.error).max() < 1e-6


@pytest.mark.parametrize(
    "bank", [None, WaveletScattering(levels=(1, 2)), Rocket(200), [MultiRocket(200), Rocket(100)]], ids=str
)
def test_contributions_sum_to_the_scores(bank):
    model = LightWaveSClassifier(bank, **FEW).fit(X, Y)
    check_sums(explain(model, X_TEST, cells=True), model.decision_function(X_TEST))


def test_of_two_classes_both_are_explained_with_opposite_signs():
    model = LightWaveSClassifier(**FEW).fit(X, np.where(np.equal(Y, Y[0]), "this", "that"))
    explanation = explain(model, X_TEST, cells=True)
    check_sums(explanation, model.decision_function(X_TEST))
    np.testing.assert_array_equal(explanation.features[:, 0], -explanation.features[:, 1])
    np.testing.assert_array_equal(explanation.classes[explanation.predicted], model.predict(X_TEST))


def test_series_of_unequal_length_are_explained_within_their_lengths():
    x, y = load_japanese_vowels("train")
    model = LightWaveSClassifier(**FEW).fit(x, y)
    explanation = explain(model, x[:30], cells=True)
    check_sums(explanation, model.decision_function(x[:30]))
    for case, length in enumerate(explanation.lengths):
        assert length == x[case].shape[1]
        assert not explanation.times[case, :, length:].any()


def test_relative_to_a_case_that_case_has_no_contributions(model):
    explanation = explain(model, X_TEST[:3], reference=X_TEST[1:2], cells=True)
    check_sums(explanation, model.decision_function(X_TEST[:3]))
    np.testing.assert_allclose(explanation.features[1], 0, atol=1e-12)
    np.testing.assert_allclose(explanation.reference_scores, model.decision_function(X_TEST[1:2])[0], atol=1e-9)
    assert explanation.reference == "a given case"


def test_cases_as_a_reference_stand_for_the_mean_of_their_features(model):
    explanation = explain(model, X_TEST[:3], reference=X)
    mean = explain(model, X_TEST[:3])
    np.testing.assert_allclose(explanation.features, mean.features, atol=1e-5)
    assert (mean.reference, explanation.reference) == ("the training mean", f"the mean of {len(X)} given cases")
    np.testing.assert_allclose(mean.reference_values, model.transform(X).mean(axis=0, dtype=np.float64), rtol=1e-5)


def test_no_number_of_threads_and_no_company_changes_a_contribution(model):
    alone = [explain(model, X_TEST[i : i + 1]) for i in range(3)]
    threads = LightWaveSClassifier(**FEW, n_jobs=2).fit(X, Y)
    together = explain(threads, X_TEST)
    for i, one in enumerate(alone):
        np.testing.assert_allclose(together.times[i], one.times[0], rtol=0, atol=1e-12)


def test_a_saved_model_is_explained_as_before(model, tmp_path):
    save(model, tmp_path / "model")
    before, after = explain(model, X_TEST), explain(load(tmp_path / "model"), X_TEST)
    np.testing.assert_array_equal(before.features, after.features)
    np.testing.assert_array_equal(before.times, after.times)


def test_linear_heads_of_others_are_explained_exactly_also_behind_a_scaler():
    for head in (LogisticRegression(), make_pipeline(StandardScaler(), LogisticRegression())):
        model = LightWaveSClassifier(classifier=head, **FEW).fit(X, Y)
        explanation = explain(model, X_TEST, reference=X, cells=True)
        check_sums(explanation, model.decision_function(X_TEST), atol=1e-4)
        with pytest.raises(ValueError, match="pass training cases as reference"):
            explain(model, X_TEST)


def test_a_reference_in_the_middle_between_two_classes_may_be_of_either():
    y = np.arange(40) % 2  # as many of each, so that a ridge says 0 of their mean, but for rounding
    for seed in range(9):
        Z = np.random.default_rng(seed).standard_normal((40, 10))
        head = make_pipeline(StandardScaler(), RidgeClassifier()).fit(Z, y)
        model = SimpleNamespace(classifier_=head, classes_=head.classes_, plan_=range(10))
        check_sum(model, sum_of(model), np.vstack([Z[:1], Z.mean(axis=0)]))


@pytest.mark.parametrize("level", [0, 3, 100])
def test_a_head_of_the_library_behind_a_scaler_is_a_sum_as_far_as_float32_is(level):
    """Once, it was said to have no coefficients."""
    Z, y = level + np.random.default_rng(0).standard_normal((40, 10)), np.arange(40) % 2
    head = make_pipeline(StandardScaler(), RidgeHead()).fit(Z, y)
    model = SimpleNamespace(classifier_=head, classes_=head.classes_, plan_=range(10))
    found = sum_of(model)
    check_sum(model, found, Z)
    np.testing.assert_allclose(found.scores(Z)[:, 0], head.decision_function(Z), atol=1e-5 * (1 + level))


class OwnRidge(RidgeHead):
    """A head that derives from one of the library, as one of a user may."""


class OwnRegression(RegressionHead):
    """The same of a regressor."""


def test_heads_that_derive_from_those_of_the_library_are_explained_by_their_coefficients(monkeypatch):
    Z = np.random.default_rng(0).standard_normal((40, 10)).astype(np.float32) + np.float32(9)
    regressor, model = LightWaveSRegressor(), LightWaveSClassifier()
    regressor.regressor_ = OwnRegression().fit(Z, Z[:, 0])
    model.classifier_, model.classes_ = OwnRidge().fit(Z, np.arange(40) % 3), np.arange(3)
    for own, head in ((regressor, regressor.regressor_), (model, model.classifier_)):
        check_sum(own, sum_of(own), Z.astype(np.float64))
        np.testing.assert_array_equal(sum_of(own).coefficients, head.coef_)
    monkeypatch.setattr(OwnRidge, "decision_function", lambda self, Z: RidgeHead.decision_function(self, Z) ** 3)
    with pytest.raises(TypeError, match="needs a linear head"):
        check_sum(model, sum_of(model), Z.astype(np.float64))


class Bent(LogisticRegression):
    """A head whose scores are not a sum, and that knows its slopes."""

    def decision_function(self, X):
        """Scores that level off."""
        return np.tanh(super().decision_function(X))

    def gradient(self, Z):
        """By how much each score rises with each feature."""
        inner = np.tanh(super().decision_function(Z))
        return (1 - inner**2)[:, :, np.newaxis] * self.coef_


def test_a_head_with_a_gradient_is_explained_approximately_and_says_how_well():
    model = LightWaveSClassifier(classifier=Bent(), **FEW).fit(X, Y)
    explanation = explain(model, X_TEST, reference=X)
    assert not explanation.exact
    assert "approximate, error up to" in repr(explanation)
    gained = explanation.scores - explanation.reference_scores
    np.testing.assert_allclose(explanation.features.sum(axis=2) + explanation.error, gained)
    assert np.abs(explanation.error).max() < 0.05 * np.abs(gained).max()
    np.testing.assert_allclose(explanation.times.sum(axis=2), explanation.features.sum(axis=2), atol=1e-6)


class TwoScores(LogisticRegression):
    """A head with a score for each of two classes, as networks have, that levels off."""

    def decision_function(self, X):
        """A score for each class."""
        score = np.tanh(0.1 * super().decision_function(X))
        return np.column_stack([-score, score])

    def gradient(self, Z):
        """By how much each score rises with each feature."""
        slope = 0.1 * (1 - self.decision_function(Z)[:, 1:] ** 2) * self.coef_
        return np.stack([-slope, slope], axis=1)


def test_two_scores_of_two_classes_are_explained_as_they_are(monkeypatch):
    """Once, they were doubled, and any of four classes was explained."""
    y = np.where(np.equal(Y, Y[0]), "this", "that")
    model = LightWaveSClassifier(classifier=TwoScores(), **FEW).fit(X, y)
    explanation = explain(model, X_TEST, reference=X)
    assert explanation.features.shape == (40, 2, 60)
    np.testing.assert_allclose(explanation.scores, model.decision_function(X_TEST), atol=1e-9)
    np.testing.assert_array_equal(explanation.classes[explanation.predicted], model.predict(X_TEST))
    gained = explanation.scores - explanation.reference_scores
    np.testing.assert_allclose(explanation.features.sum(axis=2), gained, atol=1e-3)
    monkeypatch.setattr(TwoScores, "predict", lambda self, Z: self.classes_[self.decision_function(Z).argmin(axis=1)])
    with pytest.raises(TypeError, match="needs a score for each class, of which the largest is that of the predicted"):
        explain(model, X_TEST, reference=X)


@pytest.mark.parametrize("head", [RandomForestClassifier(), SVC()])
def test_a_head_without_coefficients_is_refused(head):
    model = LightWaveSClassifier(classifier=head, **FEW).fit(X, Y)
    with pytest.raises(TypeError, match=f"needs a linear head.*{type(head).__name__} has no coefficients"):
        explain(model, X_TEST, reference=X)


@pytest.mark.parametrize(
    "head",
    [
        KNeighborsRegressor(),
        DecisionTreeRegressor(max_depth=2, random_state=0),
        GradientBoostingRegressor(n_estimators=3, random_state=0),
    ],
    ids=str,
)
def test_a_head_that_is_constant_near_zero_is_no_sum(head):
    """Once, nothing contributed to what such heads say, and that was called exact."""
    y = X[:, 0].std(axis=1)
    model = LightWaveSRegressor(**FEW, regressor=head).fit(X, y)
    with pytest.raises(TypeError, match="needs a linear head"):
        explain(model, X_TEST, reference=X)


@pytest.mark.parametrize("labels", [Y, np.where(Y == "Walking", "Running", Y)], ids=["four", "three"])
def test_scores_of_pairs_of_classes_are_no_scores_of_classes(labels):
    """Once, most explanations were of another class than was predicted, and called exact."""
    head = SVC(kernel="linear", decision_function_shape="ovo")
    model = LightWaveSClassifier(**FEW, classifier=head).fit(X, labels)
    with pytest.raises(TypeError, match=r"needs a score for each class, .* such as one for each pair"):
        explain(model, X, reference=X)


def test_what_cannot_be_explained_is_refused_with_one_clear_error(model):
    for wrong in (None, make_pipeline(model), LightWaveS()):
        with pytest.raises(TypeError, match=f"got {type(wrong).__name__}"):
            explain(wrong, X)
    with pytest.raises(NotFittedError):
        explain(LightWaveSClassifier(), X)
    with pytest.raises(ValueError, match="X has 5 channels"):
        explain(model, X[:, :5])
    with pytest.raises(ValueError, match=r"reference must be .* but they do not suit: X has 5 channels"):
        explain(model, X, reference=X[:, :5])
    with pytest.raises(ValueError, match='reference must be "mean" or cases'):
        explain(model, X, reference="median")
    with pytest.raises(ValueError, match="NaN"):
        explain(model, np.where(X_TEST > 0, np.nan, X_TEST))
    with pytest.raises(TypeError, match="cells must be"):
        explain(model, X, cells="all")


RANGES = np.ptp(X[:, 0], axis=1).astype(float)


@pytest.fixture(scope="module")
def regressor():
    return LightWaveSRegressor(**FEW).fit(X, RANGES)


@pytest.mark.parametrize("factor", [1, 1e6], ids=["within the bounds", "beyond them"])
@pytest.mark.filterwarnings("ignore:The features of case .* as far:UserWarning")
def test_contributions_sum_to_the_predicted_number(regressor, factor):
    x = factor * X_TEST
    explanation = explain(regressor, x, cells=True)
    predicted = regressor.predict(x)
    assert (factor > 1) == (predicted.max() == regressor.regressor_.bounds_[1])
    gained = predicted - explanation.reference_scores
    assert explanation.reference_scores[0] == pytest.approx(RANGES.mean())
    for by in ("features", "channels", "times"):
        sums = getattr(explanation, by).sum(axis=2)
        assert sums.shape == (len(x), 1)
        np.testing.assert_allclose(sums[:, 0], gained, rtol=0, atol=1e-6, err_msg=by)
    np.testing.assert_allclose(explanation.cells.sum(axis=(2, 3))[:, 0], gained, rtol=0, atol=1e-6)
    assert explanation.exact
    assert np.abs(explanation.error).max() < 1e-6
    assert explanation.classes is None
    assert "40 cases, predicted numbers, 60 features" in repr(explanation)


def test_a_bound_that_one_case_reaches_changes_no_contribution_of_another(regressor):
    together = explain(regressor, np.concatenate([X_TEST[:3], 1e6 * X_TEST[3:6]]))
    np.testing.assert_array_equal(together.features[:3], explain(regressor, X_TEST[:3]).features)


def test_the_contributions_point_at_the_channel_that_the_number_is_made_of():
    x = np.random.default_rng(0).standard_normal((120, 4, 50)).cumsum(axis=2)
    model = LightWaveSRegressor(**FEW, honest=False).fit(x[:80], np.ptp(x[:80, 2], axis=1))
    sizes = np.abs(explain(model, x[80:]).channels[:, 0]).mean(axis=0)
    assert sizes[2] > 2 * np.delete(sizes, 2).max()


def test_linear_heads_of_others_that_predict_numbers_are_explained_exactly():
    for head in (Ridge(100.0), make_pipeline(StandardScaler(), Ridge())):
        model = LightWaveSRegressor(regressor=head, honest=False, **FEW).fit(X, RANGES)
        explanation = explain(model, X_TEST, reference=X)
        gained = model.predict(X_TEST) - explanation.reference_scores
        np.testing.assert_allclose(explanation.times.sum(axis=2)[:, 0], gained, atol=1e-3)  # heads compute in float32
        assert explanation.exact
        assert np.abs(explanation.error).max() < 1e-6
    bent = LightWaveSRegressor(regressor=SVR(), honest=False, **FEW).fit(X, RANGES)
    with pytest.raises(TypeError, match=r"needs a linear head.*SVR has no coefficients that its predict is the sum of"):
        explain(bent, X_TEST, reference=X)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_kernel_head_is_explained_by_its_gradient_and_says_how_well(n_classes):
    x, y = X[: 10 * n_classes], Y[: 10 * n_classes]
    model = LightWaveSClassifier(**FEW).fit(x, y)
    model.classifier_ = KernelHead(15).fit(model.transform(x), y)
    explanation = explain(model, X_TEST, cells=True)
    assert not explanation.exact
    assert "approximate, error up to" in repr(explanation)
    gained = explanation.scores - explanation.reference_scores
    np.testing.assert_allclose(explanation.features.sum(axis=2) + explanation.error, gained, atol=1e-12)
    assert np.abs(explanation.error).max() < 1e-4 * np.abs(gained).max()
    for by in ("channels", "times"):
        sums = getattr(explanation, by).sum(axis=2)
        np.testing.assert_allclose(sums, explanation.features.sum(axis=2), atol=1e-9, err_msg=by)


def planted(n_cases, seed, offset):
    """Noise with a memory; in three of four classes an event, each in a channel of its own and at any time."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n_cases, 8, 120))
    for t in range(1, 120):
        x[:, :, t] += 0.6 * x[:, :, t - 1]
    x /= x.std()
    x += offset * rng.standard_normal((n_cases, 8, 1))
    y, begin, s = np.arange(n_cases) % 4, rng.integers(10, 90, n_cases), np.arange(EVENT)
    events = np.array([np.sin(0.9 * s), np.exp(-0.5 * ((s - 10) / 4) ** 2), np.sign(np.sin(0.6 * s))])
    for case in np.flatnonzero(y < 3):
        x[case, 2 * y[case] + 1, begin[case] : begin[case] + EVENT] += 4 * events[y[case]]
    return x.astype(np.float32), y, begin


@pytest.mark.parametrize("offset", [0, 1])
def test_the_planted_channel_and_time_rank_first_in_nearly_all_cases(offset):
    x, y, _ = planted(300, 0, offset)
    model = LightWaveSClassifier(n_features=300, search_candidates=4000, honest=False, random_state=0).fit(x, y)
    x_test, y_test, begin = planted(160, 1, offset)
    right = (model.predict(x_test) == y_test) & (y_test < 3)
    assert right.sum() > 100
    explanation = explain(model, x_test[right], reference=x[y == 3])
    mine, y_right, begin = np.arange(right.sum()), y_test[right], begin[right]
    channel = explanation.channels[mine, y_right].argmax(axis=1)
    assert (channel == 2 * y_right + 1).mean() >= 0.95
    time = explanation.times[mine, y_right].argmax(axis=1)
    assert ((begin - 2 <= time) & (time < begin + EVENT + 2)).mean() >= 0.95
