"""The estimators keep scikit-learn's contract: its own checks, and the tools that people put around them."""

import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import estimator_checks_generator

from lightwaves import (
    FeatureSelector,
    Intervals,
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    MiniRocket,
    MorletScattering,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
    load_basic_motions,
)
from lightwaves.estimators.kernel import KernelHead
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.estimators.ridge import RidgeHead

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
X_TEST, Y_TEST = load_basic_motions("test")
FEW = WaveletScattering(levels=(1,), max_dilation=4)  # whose candidates mRMR compares sooner than the default ones
ESTIMATORS = [
    LightWaveS(n_features=20, search_candidates=200, random_state=0),
    LightWaveSClassifier(n_features=20, search_candidates=200, random_state=0),
    LightWaveSClassifier(FEW, n_features=20, selection="mrmr", missing="interpolate", honest=False),
    Prism(n_features=80, random_state=0),
    MiniRocket(n_features=84, random_state=0),
    MorletScattering(Q=1),
    Intervals(depth=2),
    MultiRocket(n_features=672, random_state=0),
    WaveletScattering(max_dilation=2),
    Rocket(n_kernels=20, random_state=0),
    RidgeHead(),
    KernelHead(),
    RegressionHead(),
    KernelRegressionHead(),
    LightWaveSRegressor(n_features=20, search_candidates=200, regressor=RegressionHead(), random_state=0),
]
# These draw nothing, and choose nothing by leaving cases out: so a case of weight 2 is the case twice in every respect.
# Elsewhere it cannot be: what is drawn of 15 cases is not what is drawn of 30, and where cases are left out one by one,
# a case of weight 2 is left out whole, but of two equal ones the other stays.
WEIGHT_IS_NUMBER = [
    LightWaveS(FEW, n_features=20, selection="mrmr"),
    LightWaveSClassifier(
        FEW,
        n_features=20,
        selection="mrmr",
        classifier=DecisionTreeClassifier(min_weight_fraction_leaf=0.01, random_state=0),
    ),
    FeatureSelector(n_features=1),
    FeatureSelector(n_features=1, method="detach"),
]

OF_MRMR = WEIGHT_IS_NUMBER[:2]  # what is checked of them beside weights is checked of others above
# A fit tries each head that competes in folds, which takes most of its time. Those checks could see it that fit twice,
# copy, weigh or reorder.
COMPETING = LightWaveSRegressor(n_features=20, search_candidates=200, random_state=0)
OF_COMPETING = ("idempotent", "pickle", "sample_weight", "invariance", "regressors_train")


def is_asked(estimator, name):
    """Whether a check is one of those that an estimator is put to."""
    if "sample_weight_equivalence" in name:
        return estimator in WEIGHT_IS_NUMBER
    if estimator in OF_MRMR:
        return "sample_weight" in name
    return estimator is not COMPETING or any(part in name for part in OF_COMPETING)


def checks():
    """Scikit-learn's checks of all estimators, with a name each."""
    for estimator in (*ESTIMATORS, *WEIGHT_IS_NUMBER, COMPETING):
        for copy, check in estimator_checks_generator(estimator):
            name = check.func.__name__
            if is_asked(estimator, name):
                yield pytest.param(copy, check, id=f"{' '.join(repr(estimator).split())}-{name}")


@pytest.mark.filterwarnings("ignore:12 of 16 cases are equal to others")  # as two of the checks have them
@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_scikit_learns_own_checks_pass(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", WEIGHT_IS_NUMBER, ids=repr)
def test_scikit_learns_checks_of_weights_are_among_them(estimator):
    names = [check.func.__name__ for _, check in estimator_checks_generator(estimator)]
    assert "check_sample_weight_equivalence_on_dense_data" in names
    assert len([name for name in names if "sample_weight" in name]) >= 6


def test_named_channels_are_cross_validated_as_an_array_with_names():
    series = {name: X[:, c] for c, name in enumerate(["ax", "ay", "az", "gx", "gy", "gz"])}
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[6, 40\]"):
        cross_val_score(ESTIMATORS[1], series, Y, cv=2)  # cases are taken out of X before the estimator sees it
    named = clone(ESTIMATORS[1]).set_params(channel_names=list(series))
    stacked = np.stack(list(series.values()), axis=1)
    assert list(cross_val_score(named, stacked, Y, cv=2)) == list(cross_val_score(ESTIMATORS[1], X, Y, cv=2))
    by_name = clone(ESTIMATORS[1]).fit(series, Y)
    assert named.fit(stacked, Y).plan_ == by_name.plan_


def test_a_pipeline_takes_series_and_decodes_its_names():
    pipeline = make_pipeline(
        WaveletScattering(levels=(1,), max_dilation=4), FeatureSelector(n_features=30), StandardScaler(), RidgeHead()
    ).fit(X, Y)
    assert pipeline.score(X_TEST, Y_TEST) >= 0.8
    everything = pipeline[0].get_feature_names_out()
    assert list(pipeline[:2].get_feature_names_out()) == list(everything[pipeline[1].get_support()])


def test_the_transformer_works_in_a_pipeline():
    pipeline = make_pipeline(LightWaveS(n_features=50, random_state=0), StandardScaler(), LogisticRegression())
    assert pipeline.fit(X, Y).score(X_TEST, Y_TEST) >= 0.9


def test_a_grid_search_with_processes_finds_parameters_of_the_bank_too():
    grid = {"n_features": [1, 40], "bank__max_dilation": [1, 4]}
    estimator = LightWaveSClassifier(bank=WaveletScattering(levels=(1,)))
    search = GridSearchCV(estimator, grid, cv=2, n_jobs=2).fit(X, Y)
    assert search.best_params_["n_features"] == 40
    assert search.best_estimator_.plan_.dilation.max() <= search.best_params_["bank__max_dilation"]
    assert search.score(X_TEST, Y_TEST) >= 0.9


def test_cross_validation_is_the_same_in_threads_of_its_own_or_of_scikit_learn():
    series = [x[:, : 60 + i] for i, x in enumerate(X)]
    model = LightWaveSClassifier(n_features=40, search_candidates=1000, random_state=0)
    scores = cross_val_score(model, series, Y, cv=3, error_score="raise")
    assert scores.mean() >= 0.8
    with joblib.parallel_config("threading", n_jobs=2):
        again = cross_val_score(model, series, Y, cv=3, error_score="raise")
    np.testing.assert_array_equal(scores, again)


def test_a_clone_has_the_parameters_and_nothing_learnt():
    model = LightWaveSClassifier(bank=WaveletScattering(levels=(2,)), n_features=7, channel_names=list("abcdef"))
    copy = clone(model.fit(X, Y))
    assert copy.bank is not model.bank
    assert repr(copy) == repr(model)
    assert not [name for name in vars(copy) if name.endswith("_")]


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
@pytest.mark.parametrize("way", ["pickle", "joblib", "memory map"])
def test_a_copy_from_disk_computes_the_same_bits(kind, selection, way, tmp_path):
    model = kind(n_features=20, selection=selection, search_candidates=400).fit(X, Y)
    if way == "pickle":
        copy = pickle.loads(pickle.dumps(model))
    else:
        joblib.dump(model, tmp_path / "model")
        copy = joblib.load(tmp_path / "model", mmap_mode="r" if way == "memory map" else None)
    np.testing.assert_array_equal(copy.transform(X_TEST), model.transform(X_TEST))
    assert copy.plan_ == model.plan_
    if isinstance(model, LightWaveSClassifier):
        np.testing.assert_array_equal(copy.predict_proba(X_TEST), model.predict_proba(X_TEST))
        assert copy.predict_one(X_TEST[0]) == model.predict_one(X_TEST[0])


@pytest.mark.parametrize(
    "model",
    [
        LightWaveS(n_features=20, search_candidates=400, random_state=0),
        LightWaveS(n_features=20, selection="mrmr"),
        WaveletScattering(levels=(1,), max_dilation=1),
    ],
    ids=repr,
)
def test_pandas_output_has_the_feature_names(model):
    pytest.importorskip("pandas")
    plain = model.fit_transform(X, Y)
    table = model.set_output(transform="pandas").fit(X, Y).transform(X)
    assert list(table.columns) == list(model.get_feature_names_out())
    np.testing.assert_array_equal(table.to_numpy(), plain)


def test_selected_columns_of_a_data_frame_keep_their_names():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(np.random.default_rng(0).standard_normal((50, 4)), columns=list("abcd"))
    selector = FeatureSelector(n_features=2).set_output(transform="pandas").fit(table, table["c"] > 0)
    assert "c" in selector.transform(table).columns
    assert len(selector.transform(table).columns) == 2


def test_calibration_can_be_put_around_the_classifier():
    base = LightWaveSClassifier(n_features=40, search_candidates=2000, random_state=0)
    model = CalibratedClassifierCV(base, cv=3).fit(X, Y)
    assert model.score(X_TEST, Y_TEST) >= 0.9
    np.testing.assert_allclose(model.predict_proba(X_TEST).sum(axis=1), 1)


@pytest.mark.parametrize(
    ("head", "methods"),
    [
        (make_pipeline(StandardScaler(), LogisticRegression()), {"decision_function", "predict_proba"}),
        (make_pipeline(StandardScaler(), RidgeClassifierCV()), {"decision_function"}),
        (make_pipeline(StandardScaler(), KNeighborsClassifier()), {"predict_proba"}),
    ],
    ids=["logistic regression", "ridge", "neighbours"],
)
def test_another_head_lends_its_methods_and_no_more(head, methods):
    model = LightWaveSClassifier(n_features=60, classifier=head, search_candidates=2000, random_state=0)
    offered = {"decision_function", "predict_proba"}
    assert {name for name in offered if hasattr(model, name)} == methods
    model.fit(X, Y)
    assert {name for name in offered if hasattr(model, name)} == methods
    assert not hasattr(head, "classes_"), "the head that was passed is a parameter and stays as it was"
    assert model.score(X_TEST, Y_TEST) >= 0.9
    assert model.predict_one(X_TEST[0]) == model.predict(X_TEST)[0]
    assert model.channel_importances_.sum() == pytest.approx(1)
    features = model.transform(X_TEST).astype(np.float64)
    for name in methods:
        np.testing.assert_array_equal(getattr(model, name)(X_TEST), getattr(model.classifier_, name)(features))


def test_fit_leaves_attributes_that_are_not_its_own():
    model = LightWaveS(n_features=5, search_candidates=400)
    model.remark = "mine"
    assert model.fit(X, Y).remark == "mine"


def test_a_generator_goes_on_from_fit_to_fit():
    """Once, each fit began where the first did, so members of an ensemble that shared a generator were one model."""

    def model_of(state):
        return LightWaveSClassifier(MiniRocket(500), n_features=20, random_state=state).fit(X, Y)

    state = np.random.RandomState(0)
    first, second = model_of(state), model_of(state)
    assert not np.array_equal(first.decision_function(X), second.decision_function(X))
    anew = model_of(np.random.RandomState(0))
    np.testing.assert_array_equal(first.decision_function(X), anew.decision_function(X))
    assert isinstance(anew.random_state, np.random.RandomState)


class Centred(LightWaveSClassifier):
    """Learns a level of its own, and hands over the rest."""

    def __init__(self, n_features=20):
        super().__init__(MiniRocket(500), n_features=n_features)

    def fit(self, X, y):
        """Learn a level, and the rest without it."""
        self.level_ = X.mean()
        return super().fit(X - self.level_, y)

    def predict(self, X):
        """Classes, told without the level."""
        return super().predict(X - self.level_)


class Coded(LightWaveSClassifier):
    """Knows classes as numbers, and gives them their names."""

    def fit(self, X, y, sample_weight=None):
        """Learn the names, and the rest."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        self._n_fitted = len(X)
        return super().fit(X, codes if np.asarray(y).dtype.kind == "U" else y, sample_weight=sample_weight)


def test_what_a_fit_learns_takes_the_place_of_what_a_subclass_has_set():
    options = {"bank": MiniRocket(500), "n_features": 20, "random_state": 0}
    model = Coded(**options).fit(X, Y)
    assert model.classes_.tolist() == [0, 1, 2, 3]
    assert model._n_fitted == len(X)
    assert model.fit(X[1:], Y[1:])._n_fitted == len(X) - 1
    codes = np.unique(Y, return_inverse=True)[1]
    begun = Coded(**options).partial_fit(X, codes)
    assert begun._n_fitted == len(X)
    assert begun.fit(X[2:], Y[2:])._n_fitted == len(X) - 2


def test_what_a_subclass_learns_before_the_fit_stays():
    """Once, all names that end in _ were taken off as left by an earlier fit, and attributes were not passed on."""
    model = Centred()
    model.random_state = 7
    model.fit(X, Y)
    model.selection_path_, model.level_ = "stale", -1.0
    model.fit(X + 5, Y)
    assert model.level_ == (X + 5).mean()
    assert isinstance(model.selection_path_, np.ndarray)
    assert (model.predict(X_TEST + 5) == Y_TEST).mean() > 0.8
    plain = LightWaveSClassifier(MiniRocket(500), n_features=20, random_state=7).fit(X + 5 - model.level_, Y)
    np.testing.assert_array_equal(model.decision_function(X), plain.decision_function(X))
