"""Weights of cases and classes as the estimators take them: what they mean, where they go, and what is refused."""

import re

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401, without which there is no HalvingGridSearchCV
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.metrics import balanced_accuracy_score, recall_score
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_class_weight

from lightwaves import (
    FeatureSelector,
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    Rocket,
    WaveletScattering,
    load_basic_motions,
    windows,
)
from lightwaves.estimators.heads import without_each
from lightwaves.estimators.ridge import RidgeHead
from lightwaves.estimators.weights import weighed, weights_of_classes
from lightwaves.search.merits import mean_and_standard_error
from lightwaves.selection.calibration import calibration, effective_number, probabilities
from lightwaves.selection.discriminant import Discriminant
from lightwaves.selection.products import targets_of

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
WEIGHTS = np.random.default_rng(0).uniform(0.2, 3, len(Y))
SMALL = {"n_features": 20, "search_candidates": 400, "random_state": 0}


class Recorder(ClassifierMixin, BaseEstimator):
    """A head that keeps what it is given."""

    def __init__(self, name="recorder"):
        self.name = name

    def fit(self, X, y, sample_weight=None):
        """Keep all."""
        self.given_, self.classes_ = (X, y, sample_weight), np.unique(y)
        return self

    def predict(self, X):
        """The first class."""
        return np.full(len(X), self.classes_[0])


def weights_at_head(sample_weight=None, **options):
    """What a head is given."""
    model = LightWaveSClassifier(WaveletScattering(levels=(1,), max_dilation=1), 5, classifier=Recorder(), **options)
    return model.fit(X, Y, sample_weight=sample_weight).classifier_.given_[2]


# --- what they mean -----------------------------------------------------------------------------------------------


def test_the_head_is_given_weights_of_cases_times_weights_of_classes():
    assert weights_at_head() is None
    np.testing.assert_array_equal(weights_at_head(WEIGHTS), WEIGHTS)
    by_class = dict(zip(np.unique(Y).tolist(), (2, 0.5, 1, 3), strict=True))
    expected = np.array([by_class[label] for label in Y])
    np.testing.assert_array_equal(weights_at_head(class_weight=by_class), expected)
    np.testing.assert_array_equal(weights_at_head(WEIGHTS, class_weight=by_class), WEIGHTS * expected)
    one = {Y[0]: 5}
    np.testing.assert_array_equal(weights_at_head(class_weight=one), np.where(np.isin(Y, Y[:1]), 5.0, 1.0))
    assert weights_at_head(WEIGHTS > 1) is None, "all that count do so once"


def test_a_warning_counts_cases_of_no_weight_too():
    """Once, it named a case before the one that it meant."""
    x, weights = X.copy(), WEIGHTS.copy()
    x[9, 2, 4], weights[:5] = 1e12, 0.0
    with pytest.raises(UserWarning, match=r"carries 100% of .*: case 9, channel 2, time point 4"):
        LightWaveSClassifier().fit(x, Y, sample_weight=weights)


def test_values_and_label_of_a_case_of_no_weight_are_checked_as_those_of_others():
    weights, gap, labels = np.where(np.arange(len(Y)) == 3, 0.0, 1.0), X.copy(), Y.astype(object)
    gap[3, 0, 2], labels[3] = np.nan, None
    for x, y, message in ((gap, Y, "X contains NaN: case 3"), (X, labels, "no label for case 3")):
        with pytest.raises(ValueError, match=message):
            LightWaveSClassifier().fit(x, y, sample_weight=weights)


def test_the_head_sees_no_case_without_weight():
    head = (
        LightWaveSClassifier(WaveletScattering(levels=(1,), max_dilation=1), 5, classifier=Recorder())
        .fit(X, Y, sample_weight=np.where(WEIGHTS > 1, WEIGHTS, 0))
        .classifier_
    )
    features, labels, weights = head.given_
    assert features.shape == ((WEIGHTS > 1).sum(), 5)
    np.testing.assert_array_equal(labels, Y[WEIGHTS > 1])
    np.testing.assert_array_equal(weights, WEIGHTS[WEIGHTS > 1])


@pytest.mark.parametrize("labels", [[0, 1, 2], ["a", "b", "c"], [-1.0, 2.0, 7.0], [True, False, True]], ids=str)
@pytest.mark.parametrize("class_weight", ["balanced", {}, "all"])
def test_weights_of_classes_are_scikit_learns(labels, class_weight):
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat(np.array(labels), [20, 3, 9]))
    classes, codes = np.unique(y, return_inverse=True)
    if class_weight == "all":
        class_weight = {label: i + 0.5 for i, label in enumerate(classes.tolist())}
    found = weights_of_classes(class_weight, classes, codes, np.ones(len(y)))
    np.testing.assert_allclose(found, compute_class_weight(class_weight, classes=classes, y=y), rtol=1e-12)


def test_balanced_classes_weigh_the_same_together_whatever_the_cases_weigh():
    y, weights = np.repeat([0, 1, 2], [30, 6, 4]), np.random.default_rng(0).uniform(0, 2, 40)
    weights[30:32] = 0
    found = weighed(y, 40, weights, "balanced")
    sums = np.bincount(found.codes, found.weights)
    np.testing.assert_allclose(sums, weights.sum() / 3)
    assert found.cases.tolist() == np.flatnonzero(weights).tolist()
    alone = weighed(y, 40, np.where(y == 1, 0, weights), "balanced")
    np.testing.assert_allclose(np.bincount(alone.codes, alone.weights), weights[y != 1].sum() / 2)
    assert alone.classes.tolist() == [0, 2]


def rare_waves(n_cases, n_rare, seed):
    """Noise, with a weak wave in a few of the cases."""
    rng = np.random.default_rng(seed)
    y = np.zeros(n_cases, int)
    y[rng.permutation(n_cases)[:n_rare]] = 1
    x = rng.standard_normal((n_cases, 2, 60)).astype(np.float32)
    x[y == 1, 0] += 0.9 * np.sin(np.arange(60) / 2)
    return x, y


def test_balanced_weights_find_more_of_a_rare_class():
    train, test = rare_waves(600, 12, 0), rare_waves(600, 60, 1)
    recalls, accuracies = {}, {}
    for class_weight in (None, "balanced"):
        options = {"n_features": 100, "search_candidates": 1000, "random_state": 0}
        model = LightWaveSClassifier(**options, class_weight=class_weight)
        found = model.fit(*train).predict(test[0])
        recalls[class_weight] = recall_score(test[1], found)
        accuracies[class_weight] = balanced_accuracy_score(test[1], found)
    assert recalls["balanced"] > recalls[None] + 0.3
    assert accuracies["balanced"] > accuracies[None] + 0.1


def test_sample_weights_that_balance_are_balanced_class_weights():
    y = np.repeat(["a", "b"], [30, 10])
    model = LightWaveSClassifier(**SMALL)
    by_class = clone(model).set_params(class_weight="balanced").fit(X, y)
    by_case = clone(model).fit(X, y, sample_weight=np.where(y == "a", 40 / 60, 40 / 20))
    assert by_class.plan_ == by_case.plan_
    np.testing.assert_array_equal(by_class.predict_proba(X), by_case.predict_proba(X))
    assert not np.array_equal(clone(model).fit(X, y).predict_proba(X), by_case.predict_proba(X))


# --- the ridge head -----------------------------------------------------------------------------------------------


def features(n_classes=3, n_cases=60, n_features=12):
    rng = np.random.default_rng(0)
    y = np.arange(n_cases) % n_classes
    return rng.standard_normal((n_classes, n_features))[y] * 0.7 + rng.standard_normal((n_cases, n_features)), y


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("n_features", [12, 90])
def test_the_head_is_scikit_learns_ridge_with_the_same_weights(n_classes, n_features):
    Z, y = features(n_classes, n_features=n_features)
    Z, weights = Z.astype(np.float32).astype(float), np.random.default_rng(1).uniform(0.1, 3, 60)
    head = RidgeHead().fit(Z, y, weights)
    scaler = StandardScaler().fit(Z, sample_weight=weights)
    alphas = np.logspace(-3, 3, 10) * weights.sum()
    ridge = RidgeClassifierCV(alphas).fit(scaler.transform(Z), y, sample_weight=weights)
    assert head.alpha_ == pytest.approx(ridge.alpha_)
    scores = ridge.decision_function(scaler.transform(Z))
    if n_classes == 2:
        np.testing.assert_allclose(head.coef_ * scaler.scale_, np.atleast_2d(ridge.coef_), rtol=1e-7, atol=1e-10)
    else:
        scores = head._analyses.of_all(scores)
    np.testing.assert_allclose(head.decision_function(Z), scores, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_left_out_scores_are_those_of_weighted_ridges_fitted_without_the_case(n_classes):
    Z, y = features(n_classes)
    weights, alphas = np.random.default_rng(1).uniform(0.1, 3, 60), np.array([3.0, 300.0])
    ridge = RidgeClassifierCV(alphas, store_cv_results=True).fit(Z, y, sample_weight=weights)
    expected = []
    for i in range(60):
        others = np.arange(60) != i
        left = RidgeClassifierCV([ridge.alpha_]).fit(Z[others], y[others], sample_weight=weights[others])
        expected.append(np.atleast_1d(left.decision_function(Z[[i]])[0]))
    targets = targets_of(y, n_classes)
    fitted = ridge.decision_function(Z).reshape(targets.shape)
    np.testing.assert_allclose(without_each(ridge, alphas, targets, fitted, weights), expected, rtol=1e-6, atol=1e-8)


def test_whole_weights_are_repeated_cases_at_a_given_penalty():
    Z, y = features()
    weights = np.random.default_rng(1).integers(0, 4, 60)
    often = np.repeat(np.arange(60), weights)
    # An analysis would be made without each case, or without one of its copies.
    one, other = (RidgeHead([0.1])._analysed_by(Discriminant.none(3)) for _ in range(2))
    one.fit(Z, y, weights)
    other.fit(Z[often], y[often])
    np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-9)
    np.testing.assert_allclose(one.intercept_, other.intercept_, rtol=1e-9, atol=1e-12)
    assert one.alpha_ == pytest.approx(other.alpha_)


def test_the_scale_of_the_weights_does_not_matter_to_the_head():
    Z, y = features()
    one, other = (RidgeHead().fit(Z, y, factor * WEIGHTS[np.arange(60) % 40]) for factor in (1, 1000))
    np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-9)
    assert other.temperature_ == pytest.approx(one.temperature_)


def test_few_cases_of_large_weight_do_not_count_as_many():
    """Once, five cases of a rare class that class_weight makes heavy had an honest score of 1.0000 ± 0.0006."""
    assert effective_number(np.full(7, 0.1)) == 7
    rare = np.arange(500) < 5
    weights = np.where(rare, 250 / 5, 250 / 495)
    assert effective_number(weights) == pytest.approx(4 / (1 / 5 + 1 / 495))
    score, error = mean_and_standard_error(np.ones(500, bool), weights)
    assert (score, error) == (1, pytest.approx(0.034, abs=0.001))
    of_groups = mean_and_standard_error(np.ones(500, bool), None, np.where(rare, np.arange(500), 9))[1]
    assert of_groups == pytest.approx(0.105, abs=0.001), "six groups, though all but five cases are of one"
    scores = np.where(rare[:, np.newaxis], [[1.0, -1.0]], [[-1.0, 1.0]])
    heavy, light = calibration(scores, 1 - rare, weights)[0], calibration(scores, 1 - rare)[0]
    assert probabilities(scores[:1], heavy, 0)[0, 0] == pytest.approx(1 - 0.5 / (1 + np.sqrt(500 * 19.8)), abs=0.001)
    assert probabilities(scores[:1], light, 0)[0, 0] == pytest.approx(1 - 0.5 / 501, abs=1e-4)


def test_the_error_of_a_mean_is_about_its_spread_however_uneven_groups_are():
    """Once, few large groups among small ones made it twice as large as the means spread."""
    rng = np.random.default_rng(1)
    sizes = [200] * 3 + [25] * 17
    groups = np.repeat(np.arange(20), sizes)
    found = [
        mean_and_standard_error(rng.random(len(groups)) < rng.beta(7.7, 2.3, 20)[groups], None, groups)
        for _ in range(400)
    ]
    means, errors = np.transpose(found)
    assert 0.8 * means.std() < errors.mean() < 1.2 * means.std()


def test_a_constant_column_has_no_weight_in_a_weighted_head():
    Z, y = features()
    extended = np.column_stack([Z, np.full(60, 0.1)])
    weights = np.random.default_rng(1).uniform(0.1, 3, 60)
    assert not RidgeHead().fit(extended, y, weights).coef_[:, -1].any()


@pytest.mark.parametrize("method", ["mrmr", "detach"])
def test_the_selector_takes_weights(method):
    Z, y = features(n_features=30)
    weights = np.random.default_rng(1).integers(0, 4, 60)
    often = np.repeat(np.arange(60), weights)
    one = FeatureSelector(5, method=method).fit(Z, y, weights)
    other = FeatureSelector(5, method=method).fit(Z[often], y[often])
    np.testing.assert_allclose(one.scores_, other.scores_, rtol=1e-5)
    if method == "mrmr":
        np.testing.assert_array_equal(one.ranking_, other.ranking_)
    absent = FeatureSelector(5, method=method).fit(Z[weights > 0], y[weights > 0], weights[weights > 0])
    np.testing.assert_array_equal(one.ranking_, absent.ranking_)


# --- other heads --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        KNeighborsClassifier(),
        LinearDiscriminantAnalysis(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1]}),
    ],
    ids=lambda head: type(head).__name__,
)
@pytest.mark.parametrize("weights", ["cases", "classes"])
def test_a_head_that_takes_no_weights_is_refused_before_the_search(head, weights, monkeypatch):
    monkeypatch.setattr("lightwaves.estimators.transformer.search", None)
    model = LightWaveSClassifier(classifier=head, class_weight="balanced" if weights == "classes" else None)
    sample_weight = WEIGHTS if weights == "cases" else None
    with pytest.raises(ValueError, match=r"takes sample_weight in fit, and .* does not.*set_fit_request"):
        model.fit(X, Y, sample_weight=sample_weight)


def test_a_head_that_takes_no_weights_is_welcome_without():
    assert LightWaveSClassifier(**SMALL, classifier=KNeighborsClassifier()).fit(X, Y).score(X, Y) > 0.9


def test_a_pipeline_takes_weights_once_it_is_said_which_step_does():
    scaler, ridge = StandardScaler(), RidgeClassifierCV([10.0])
    with sklearn.config_context(enable_metadata_routing=True):
        head = make_pipeline(scaler.set_fit_request(sample_weight=True), ridge.set_fit_request(sample_weight=True))
        model = LightWaveSClassifier(**SMALL, classifier=head, class_weight="balanced")
        y = np.repeat([0, 1], [30, 10])
        fitted = model.fit(X, y, sample_weight=WEIGHTS)
        Z, weights = fitted.transform(X), WEIGHTS * weights_of_classes("balanced", np.arange(2), y, WEIGHTS)[y]
        plain = StandardScaler().fit(Z, sample_weight=weights)
        expected = RidgeClassifierCV([10.0]).fit(plain.transform(Z), y, sample_weight=weights)
        np.testing.assert_allclose(fitted.classifier_[-1].coef_, expected.coef_, rtol=1e-5, atol=1e-8)
        silent = make_pipeline(StandardScaler(), RidgeClassifierCV().set_fit_request(sample_weight=False))
        with pytest.raises(ValueError, match="set_fit_request"):
            LightWaveSClassifier(**SMALL, classifier=silent).fit(X, y, sample_weight=WEIGHTS)


# --- scikit-learn's tools -------------------------------------------------------------------------------------------


def test_weights_go_through_cross_validation_and_pipelines():
    model = LightWaveSClassifier(**SMALL)
    scores = cross_val_score(model, X, Y, cv=2, params={"sample_weight": WEIGHTS}, error_score="raise")
    assert scores.shape == (2,)
    with sklearn.config_context(enable_metadata_routing=True):
        steps = make_pipeline(
            LightWaveS(**SMALL).set_fit_request(sample_weight=True),
            RidgeHead().set_fit_request(sample_weight=True),
        )
        fitted = steps.fit(X, Y, sample_weight=WEIGHTS)
    alone = LightWaveS(**SMALL).fit(X, Y, sample_weight=WEIGHTS)
    assert fitted[0].plan_ == alone.plan_
    np.testing.assert_array_equal(fitted[1].coef_, RidgeHead().fit(alone.transform(X), Y, WEIGHTS).coef_)
    np.testing.assert_array_equal(LightWaveS(**SMALL).fit_transform(X, Y, sample_weight=WEIGHTS), alone.transform(X))


def test_a_grid_search_varies_class_weights():
    y = np.repeat([0, 1], [30, 10])
    search = GridSearchCV(LightWaveSClassifier(**SMALL), {"class_weight": [None, "balanced", {1: 3}]}, cv=2)
    assert search.fit(X, y).best_score_ > 0.7


def test_fit_changes_neither_weights_nor_parameters():
    weights, by_class = WEIGHTS.copy(), dict.fromkeys(np.unique(Y)[:2].tolist(), 1.5)
    weights.flags.writeable = False
    model = LightWaveSClassifier(**SMALL, class_weight=by_class).fit(X, Y, sample_weight=weights)
    assert model.class_weight is by_class
    assert len(by_class) == 2


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [LightWaveS(**SMALL), LightWaveSClassifier(**SMALL)], ids=lambda e: type(e).__name__)
@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        (WEIGHTS[:-1], ValueError, r"sample_weight has shape (39,), but X has 40 cases"),
        (np.ones((40, 1)), ValueError, r"shape (40, 1)"),
        (np.r_[WEIGHTS[:-1], np.nan], ValueError, "not finite for case 39: nan"),
        (np.r_[np.inf, WEIGHTS[1:]], ValueError, "not finite for case 0: inf"),
        (np.r_[WEIGHTS[:3], -1e-9, WEIGHTS[4:]], ValueError, "negative for case 3"),
        (np.zeros(40), ValueError, "sample_weight is zero for all cases"),
        (0, ValueError, "sample_weight is zero for all cases"),
        (np.where(np.isin(Y, Y[:1]), 1, 0), ValueError, "only one class"),
        (["heavy"] * 40, TypeError, "sample_weight must be real numbers"),
        (np.array(["1"] * 40, object), TypeError, "sample_weight must be real numbers"),
        (WEIGHTS + 1j, TypeError, "sample_weight must be real numbers"),
        ("balanced", TypeError, "sample_weight must be real numbers"),
        (WEIGHTS * 1e12, ValueError, "add up to more than 1e+12, with which a ridge cannot be solved: the largest is"),
        ({}, TypeError, "sample_weight must be real numbers"),
        (np.ma.masked_less(WEIGHTS, 1), ValueError, "sample_weight has masked values"),
    ],
    ids=range(15),
)
def test_weights_that_make_no_sense_are_refused(kind, weights, error, message):
    with pytest.raises(error, match=re.escape(message)):
        clone(kind).fit(X, Y, sample_weight=weights)


@pytest.mark.parametrize(
    ("class_weight", "error", "message"),
    [
        ("auto", ValueError, "class_weight must be None, 'balanced' or a dict, got 'auto'"),
        ([1, 2, 3, 4], TypeError, "class_weight must be None, 'balanced' or a dict"),
        (2.0, TypeError, "class_weight must be None, 'balanced' or a dict"),
        ({"Standing": -1}, ValueError, "class_weight['Standing'] must be finite and at least 0"),
        ({"Standing": np.nan}, ValueError, "class_weight['Standing'] must be finite"),
        ({"Standing": "much"}, TypeError, "class_weight['Standing'] must be a number"),
        ({"Standing": True}, TypeError, "class_weight['Standing'] must be a number"),
        ({"standing": 2}, ValueError, "class_weight names ['standing'], which are no labels of y: it has ["),
        (dict.fromkeys(np.unique(Y).tolist(), 0), ValueError, "no class has a case of weight above zero"),
    ],
    ids=str,
)
def test_class_weights_that_make_no_sense_are_refused(class_weight, error, message):
    with pytest.raises(error, match=re.escape(message)):
        LightWaveSClassifier(**SMALL, class_weight=class_weight).fit(X, Y)


@pytest.mark.parametrize("estimator", [LightWaveS(**SMALL), FeatureSelector(2, method="detach")], ids=repr)
def test_weights_that_add_up_to_one_draw_a_warning(estimator):
    series = X if isinstance(estimator, LightWaveS) else X[:, 0, :5]
    with pytest.warns(UserWarning, match="mean of 0.025. A case of weight 2 counts as two cases"):
        estimator.fit(series, Y, sample_weight=np.full(40, 1 / 40))


@pytest.mark.parametrize("weights", [1e-300, 1e6, "far apart", "one"])
@pytest.mark.parametrize("selection", ["detach", "mrmr"])
@pytest.mark.filterwarnings("ignore:the weights of the cases have a mean")
def test_weights_of_any_size_give_a_model(weights, selection):
    weights = {
        "far apart": 10.0 ** np.random.default_rng(0).uniform(-12, 3, 40),
        "one": np.r_[1e3, np.ones(39)],
    }.get(weights, weights)
    options = {"n_features": 20, "selection": selection, "search_candidates": 400, "random_state": 0}
    model = LightWaveSClassifier(**options).fit(X, Y, sample_weight=weights)
    assert np.isfinite(model.predict_proba(X)).all()
    assert np.isfinite(model.feature_scores_).all() or selection == "mrmr"
    assert not np.isnan(model.feature_scores_).any()
    assert np.isfinite(model.channel_importances_).all()


@pytest.mark.parametrize("weight", [1e-308, 1e-320, 5e-324])
@pytest.mark.parametrize("kind", [LightWaveSClassifier, LightWaveSRegressor])
def test_weights_that_no_sum_can_hold_are_refused(kind, weight):
    """Once, they gave a model that knew nothing, or an error that blamed X."""
    with pytest.raises(ValueError, match="the largest weight of a case is"):
        kind(n_features=5).fit(np.zeros((40, 2, 20)), np.arange(40) % 2, sample_weight=np.full(40, weight))


@pytest.mark.parametrize("weight", [100.0, 0.001])
def test_weights_whose_mean_is_far_from_1_are_told_of(weight):
    """Once, only small ones were, though R2 was .74 with a weight of 10,000 for each case, and .82 with 1."""
    with pytest.warns(UserWarning, match=rf"the weights of the cases have a mean of {weight:.2g}".replace("+", r"\+")):
        LightWaveSClassifier(**SMALL).fit(X, Y, sample_weight=weight)


LOGISTIC, NEIGHBOURS = LogisticRegression(max_iter=2000), KNeighborsClassifier()


@pytest.mark.parametrize(
    "head",
    [
        GridSearchCV(LOGISTIC, {"C": [1.0]}, cv=2),
        HalvingGridSearchCV(LOGISTIC, {"C": [1.0]}, cv=2, min_resources=20, random_state=0),
        VotingClassifier([("a", LOGISTIC), ("b", GaussianNB()), ("c", "drop")], voting="soft"),
        StackingClassifier([("a", LOGISTIC), ("b", GaussianNB())], cv=2),
        GridSearchCV(VotingClassifier([("a", LOGISTIC)], voting="soft"), {"a__C": [1.0]}, cv=2),
    ],
    ids=["search", "halving", "vote", "stack", "search of a vote"],
)
def test_heads_that_hand_weights_on_are_given_them(head):
    """Once, they were said to take none; stacks were with scikit-learn 1.7 and later."""
    model = LightWaveSClassifier(**SMALL, classifier=head, honest=False).fit(X, Y, sample_weight=WEIGHTS)
    Z = model.transform(X).astype(np.float64)
    np.testing.assert_allclose(
        model.predict_proba(X), clone(head).fit(Z, Y, sample_weight=WEIGHTS).predict_proba(Z), rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize(
    "head",
    [
        VotingClassifier([("a", LOGISTIC), ("b", NEIGHBOURS)]),
        StackingClassifier([("a", NEIGHBOURS)]),
        StackingClassifier([("a", LOGISTIC)], NEIGHBOURS),
        GridSearchCV(VotingClassifier([("a", NEIGHBOURS)]), {"a__n_neighbors": [1]}),
    ],
    ids=["vote", "stack", "end of a stack", "search of a vote"],
)
def test_heads_of_which_a_part_takes_no_weights_are_refused_before_the_search(head, monkeypatch):
    """Once, with scikit-learn 1.6, they failed after it."""
    monkeypatch.setattr("lightwaves.estimators.transformer.search", None)
    with pytest.raises(
        ValueError, match=f"need a classifier that takes sample_weight in fit, and {type(head).__name__[:4]}"
    ):
        LightWaveSClassifier(**SMALL, classifier=head).fit(X, Y, sample_weight=WEIGHTS)


class ByItself:
    """A head that takes no weights, and no class of scikit-learn."""

    def get_params(self, deep=True):
        """None."""
        return {}

    def fit(self, X, y):
        """Learn nothing."""
        return self

    def predict(self, X):
        """Say nothing."""


@pytest.mark.parametrize(("model", "kind"), [(LightWaveSClassifier, "classifier"), (LightWaveSRegressor, "regressor")])
def test_a_head_that_is_no_class_of_scikit_learn_is_said_to_take_no_weights(model, kind):
    """Once, the error said that it has no tags."""
    with pytest.raises(ValueError, match=f"need a {kind} that takes sample_weight in fit, and .*ByItself"):
        model(**SMALL, **{kind: ByItself()}).fit(X, np.arange(len(X)) % 2, sample_weight=WEIGHTS)


def test_a_pipeline_of_which_a_step_has_not_said_whether_it_takes_weights_is_refused_before_the_search(monkeypatch):
    """Once, it failed after it."""
    monkeypatch.setattr("lightwaves.estimators.transformer.search", None)
    with sklearn.config_context(enable_metadata_routing=True):
        asking = LogisticRegression().set_fit_request(sample_weight=True)
        for head in (make_pipeline(StandardScaler(), asking), GridSearchCV(asking, {"C": [1.0]})):
            with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match=r"\.set_(fit|score)_request"):
                LightWaveSClassifier(**SMALL, classifier=head).fit(X, Y, sample_weight=WEIGHTS)


def test_labels_that_are_dates_in_nanoseconds_have_weights_of_classes():
    """Once, they were compared as numbers, which no date is."""
    x = np.random.default_rng(0).standard_normal((20, 1, 20))
    y = np.array(["2020", "2021"], "M8[ns]")[np.arange(20) % 2]
    given = {y[0]: 2.0, y[1]: 1.0}
    small = {"n_features": 5, "search_candidates": 200, "random_state": 0, "honest": False}
    found = LightWaveSClassifier(**small, class_weight=given).fit(x, y)
    wanted = LightWaveSClassifier(**small).fit(x, y, sample_weight=np.where(y == y[0], 2.0, 1.0))
    np.testing.assert_array_equal(found.decision_function(x), wanted.decision_function(x))


def test_weights_of_classes_may_name_dates_as_python_has_them():
    """Once, they counted for nothing, as equal dates of Python and of NumPy hash apart."""
    y = np.array(["2020-01-01", "2021-01-01"], "M8[D]")[np.arange(20) % 2]
    given = dict(zip(np.unique(y).tolist(), (2.0, 3.0), strict=True))
    np.testing.assert_array_equal(weighed(y, 20, None, given).weights, np.where(y == y[0], 2.0, 3.0))


@pytest.mark.parametrize("small", [np.uint8, np.int16, np.uint64])
def test_numbers_of_numpy_are_parameters_as_python_s_are(small):
    """Once, sums of small ones overflowed in the midst of a fit."""
    x, y = np.random.default_rng(0).standard_normal((12, 20, 20)), np.arange(12) % 2
    plain = {"search_candidates": 120, "group_size": 3, "n_features": 5}
    both = [
        LightWaveSClassifier(**{name: kind(n) for name, n in plain.items()}, random_state=0, honest=False).fit(x, y)
        for kind in (int, small)
    ]
    assert both[0].plan_ == both[1].plan_
    assert Rocket(small(100), random_state=0).fit(x).plan_ == Rocket(100, random_state=0).fit(x).plan_
    for ours, theirs in zip(windows(x.repeat(20, axis=2), small(120)), windows(x.repeat(20, axis=2), 120), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_bools_of_numpy_are_parameters_as_python_s_are():
    """Once, the error about verbose said that it must be an int, and not of the type bool."""
    bools = {"scale": True, "screen_channels": True, "honest": False, "verbose": False}
    both = [
        LightWaveSClassifier(**SMALL, **{name: kind(value) for name, value in bools.items()}).fit(X, Y)
        for kind in (bool, np.bool_)
    ]
    assert both[0].plan_ == both[1].plan_


def test_weights_and_gaps_go_with_long_doubles():
    """Once, it was an error of shapes in the midst of a fit."""
    x, y = np.random.default_rng(0).standard_normal((12, 2, 20)), np.arange(12) % 2
    x[3, 1, 4] = np.nan
    options = {"n_features": 5, "search_candidates": 200, "random_state": 0, "honest": False, "missing": "interpolate"}
    found, wanted = (
        LightWaveSClassifier(**options).fit(x.astype(dtype), y, sample_weight=1.0 + np.arange(12) / 8)
        for dtype in (np.longdouble, float)
    )
    np.testing.assert_allclose(found.plan_.scale, wanted.plan_.scale, rtol=1e-12)
