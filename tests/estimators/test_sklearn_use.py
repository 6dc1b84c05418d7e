"""The estimators inside scikit-learn's own tools, with arrays and with series of unequal length."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, MultiTaskLasso
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_validate,
    learning_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import estimator_html_repr

from lightwaves import (
    FeatureSelector,
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    MiniRocket,
    Prism,
    load_basic_motions,
    unpad,
)

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
X_TEST, Y_TEST = load_basic_motions("test")
GROUPS = np.arange(len(Y)) // 2 % 10
MODEL = LightWaveSClassifier(n_features=20, search_candidates=400, honest=False, random_state=0)
SEARCH = LightWaveS(n_features=20, search_candidates=400, random_state=0)
BANKS = FeatureUnion([("prism", Prism(80, random_state=0)), ("mini", MiniRocket(84, random_state=0))])


def of_unequal_length(X):
    """The same cases, each cut somewhere else."""
    return [x[:, : 60 + i] for i, x in enumerate(X)]


SERIES = {"array": (X, X_TEST), "list": (of_unequal_length(X), of_unequal_length(X_TEST))}
of_both_forms = pytest.mark.parametrize("form", SERIES)

AROUND_THE_CLASSIFIER = [
    GridSearchCV(MODEL, {"n_features": [2, 20]}, cv=2, error_score="raise"),
    RandomizedSearchCV(MODEL, {"n_features": [2, 20]}, n_iter=1, cv=2, random_state=0, error_score="raise"),
    CalibratedClassifierCV(MODEL, cv=2),
    CalibratedClassifierCV(MODEL, cv=2, ensemble=False),
    StackingClassifier([("few", clone(MODEL).set_params(n_features=5)), ("many", MODEL)], LogisticRegression(), cv=2),
    VotingClassifier([("few", clone(MODEL).set_params(n_features=5)), ("many", MODEL)], voting="soft"),
    VotingClassifier([("few", clone(MODEL).set_params(n_features=5)), ("many", MODEL)], voting="hard"),
    OneVsRestClassifier(MODEL),
    make_pipeline(SEARCH, StandardScaler(), LogisticRegression()),
    make_pipeline(BANKS, FeatureSelector(n_features=20), StandardScaler(), LogisticRegression()),
    make_pipeline(BANKS, SelectKBest(k=30), LogisticRegression(max_iter=1000)),
    make_pipeline(FeatureUnion([("a", SEARCH), ("b", clone(SEARCH).set_params(random_state=1))]), LogisticRegression()),
]


@of_both_forms
@pytest.mark.parametrize("tool", AROUND_THE_CLASSIFIER, ids=lambda tool: " ".join(repr(tool).split())[:60])
def test_a_tool_around_the_estimators_fits_and_predicts(form, tool):
    train, test = SERIES[form]
    fitted = clone(tool).fit(train, Y)
    assert fitted.score(test, Y_TEST) >= 0.8
    assert set(fitted.predict(test)) <= set(Y)


@of_both_forms
def test_cross_validation_scores_by_labels_and_by_probabilities(form):
    found = cross_validate(MODEL, SERIES[form][0], Y, cv=2, scoring=["accuracy", "neg_log_loss"], error_score="raise")
    assert found["test_accuracy"].min() >= 0.8
    assert found["test_neg_log_loss"].min() > -1


@of_both_forms
def test_predictions_of_cases_left_out_are_put_together(form):
    shares = cross_val_predict(MODEL, SERIES[form][0], Y, cv=2, method="predict_proba")
    assert (np.unique(Y)[shares.argmax(axis=1)] == Y).mean() >= 0.8
    np.testing.assert_allclose(shares.sum(axis=1), 1)


@of_both_forms
def test_a_learning_curve_is_drawn_from_shares_of_the_cases(form):
    sizes, _, scores = learning_curve(
        MODEL, SERIES[form][0], Y, cv=2, train_sizes=[0.8, 1.0], shuffle=True, random_state=0, error_score="raise"
    )
    assert sizes.tolist() == [16, 20]
    assert scores.mean() >= 0.8


@of_both_forms
def test_a_threshold_is_tuned(form):
    train, test = SERIES[form]
    tuned = TunedThresholdClassifierCV(MODEL, cv=2).fit(train, Y == "Walking")
    assert tuned.score(test, Y_TEST == "Walking") >= 0.8


def test_a_fitted_model_is_calibrated_by_other_cases():
    fitted = clone(MODEL).fit(X, Y)
    calibrated = CalibratedClassifierCV(FrozenEstimator(fitted)).fit(X_TEST, Y_TEST)
    assert calibrated.score(X, Y) >= 0.9


def test_a_union_of_banks_names_its_columns():
    names = clone(BANKS).fit(X, Y).get_feature_names_out()
    assert len(names) == 164
    assert [name.partition("__")[0] for name in names] == ["prism"] * 80 + ["mini"] * 84


# --- where X must be 2D -------------------------------------------------------------------------------------

FLAT = X.reshape(len(X), -1)


def as_series(rows):
    """Rows of 6 channels as series."""
    return rows.reshape(-1, 6, 100)


def unpadded(rows):
    """Rows of 6 channels, padded with NaN, as series."""
    return unpad(as_series(rows))


TO_SERIES = FunctionTransformer(as_series)  # not np.reshape, which takes no shape=... before NumPy 2.1


def test_bagging_gets_rows_that_the_model_folds_into_series():
    with pytest.raises(ValueError, match="dim 3"):
        BaggingClassifier(MODEL).fit(X, Y)
    bagging = BaggingClassifier(make_pipeline(TO_SERIES, MODEL), n_estimators=2, random_state=0)
    assert bagging.fit(FLAT, Y).score(X_TEST.reshape(len(X_TEST), -1), Y_TEST) >= 0.8


def test_series_of_one_channel_are_2d_already_and_are_boosted_by_weights():
    with pytest.warns(UserWarning, match="the weights of the cases have a mean of"):  # boosting's sum to 1
        boosted = AdaBoostClassifier(MODEL, n_estimators=2, random_state=0).fit(X[:, 0], Y)
    assert boosted.score(X_TEST[:, 0], Y_TEST) >= 0.7


def test_series_of_unequal_length_are_padded_for_a_tool_that_insists_on_2d():
    padded = np.full(X.shape, np.nan)
    for row, x in zip(padded, of_unequal_length(X), strict=True):
        row[:, : x.shape[1]] = x
    bagging = BaggingClassifier(make_pipeline(FunctionTransformer(unpadded), MODEL), 2, random_state=0)
    assert bagging.fit(padded.reshape(len(X), -1), Y).score(padded.reshape(len(X), -1), Y) >= 0.8


def test_stacking_passes_rows_on_to_a_final_estimator():
    stack = StackingClassifier(
        [("series", make_pipeline(TO_SERIES, MODEL))], LogisticRegression(max_iter=2000), cv=2, passthrough=True
    )
    stack.fit(FLAT, Y)
    assert stack.final_estimator_.n_features_in_ == len(stack.classes_) + FLAT.shape[1]
    assert stack.score(FLAT, Y) >= 0.9


def test_a_head_of_several_outputs_is_refused_before_the_search(monkeypatch):
    """Once, it failed after it, a chain with an IndexError."""
    monkeypatch.setattr("lightwaves.estimators.transformer.search", None)
    for head in (MultiOutputClassifier(LogisticRegression()), ClassifierChain(LogisticRegression())):
        with pytest.raises(ValueError, match=r"learns several\. To learn several, put MultiOutputClassifier around"):
            clone(MODEL).set_params(classifier=head).fit(X, Y)
    with pytest.raises(ValueError, match="regressor must learn one label or number of each case, but MultiTaskLasso"):
        LightWaveSRegressor(regressor=MultiTaskLasso()).fit(X, np.arange(len(X)))


def test_several_labels_of_each_case_are_learnt_by_a_model_for_each():
    both = np.column_stack([Y == "Walking", Y == "Running"])
    models = MultiOutputClassifier(MODEL).fit(X, both)
    alone = [clone(MODEL).fit(X, labels).predict(X_TEST) for labels in both.T]
    np.testing.assert_array_equal(models.predict(X_TEST), np.column_stack(alone))


# --- metadata -----------------------------------------------------------------------------------------------


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


class Recorder(LightWaveSClassifier):
    """A classifier that remembers what its `fit` was given."""

    def fit(self, X, y, *, sample_weight=None, groups=None, comm=None, channels=None, checkpoint=None):
        """See `LightWaveSClassifier.fit`."""
        super().fit(X, y, sample_weight=sample_weight, groups=groups, comm=comm, channels=channels)
        self.given_ = {"sample_weight": sample_weight, "groups": groups}
        return self


def recorder(**requests):
    """One that asks for some of the metadata, and not for the rest."""
    return Recorder(**MODEL.get_params()).set_fit_request(**requests)


@pytest.mark.usefixtures("routing")
def test_weights_and_groups_reach_the_fits_of_a_search_and_the_scores_where_asked_for():
    model = recorder(sample_weight=True, groups=True).set_score_request(sample_weight=True)
    weights = np.linspace(0.5, 1.5, len(Y))
    search = GridSearchCV(model, {"n_features": [5, 20]}, cv=GroupKFold(2), error_score="raise")
    search.fit(X, Y, sample_weight=weights, groups=GROUPS)
    np.testing.assert_array_equal(search.best_estimator_.given_["sample_weight"], weights)
    np.testing.assert_array_equal(search.best_estimator_.given_["groups"], GROUPS)
    found = cross_validate(
        model, X, Y, cv=GroupKFold(2), params={"sample_weight": weights, "groups": GROUPS}, return_estimator=True
    )
    for fitted, (train, _) in zip(found["estimator"], GroupKFold(2).split(X, Y, GROUPS), strict=True):
        np.testing.assert_array_equal(fitted.given_["groups"], GROUPS[train])
        np.testing.assert_array_equal(fitted.given_["sample_weight"], weights[train])


@pytest.mark.usefixtures("routing")
def test_what_is_not_asked_for_does_not_arrive_and_what_nobody_has_decided_is_an_error():
    weights = np.ones(len(Y))
    weighing, grouping = (recorder(sample_weight=weigh, groups=not weigh) for weigh in (True, False))
    voting = VotingClassifier([("a", weighing), ("b", grouping)]).fit(X, Y, sample_weight=weights, groups=GROUPS)
    for fitted, absent in zip(voting.estimators_, ("groups", "sample_weight"), strict=True):
        assert [name for name, value in fitted.given_.items() if value is None] == [absent]
    with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="set_fit_request"):
        VotingClassifier([("a", MODEL)]).fit(X, Y, groups=GROUPS)


@pytest.mark.usefixtures("routing")
def test_weights_and_groups_go_through_pipelines_unions_and_calibration():
    asking = clone(SEARCH).set_fit_request(sample_weight=True, groups=True)
    head = LogisticRegression().set_fit_request(sample_weight=True)
    weights = np.where(Y == "Walking", 0.0, 1.0)
    pipeline = make_pipeline(asking, head).fit(X, Y, sample_weight=weights, groups=GROUPS)
    assert "Walking" not in set(pipeline.predict(X_TEST))
    union = FeatureUnion([("a", asking)]).fit(X, Y, sample_weight=weights, groups=GROUPS)
    alone = clone(SEARCH).fit(X, Y, sample_weight=weights, groups=GROUPS)
    assert union.transformer_list[0][1].plan_ == alone.plan_
    calibrated = CalibratedClassifierCV(recorder(sample_weight=True, groups=True), cv=GroupKFold(2))
    calibrated.fit(X, Y, sample_weight=np.ones(len(Y)), groups=GROUPS)
    assert len(calibrated.calibrated_classifiers_[0].estimator.given_["groups"]) == 20


@pytest.mark.usefixtures("routing")
def test_what_a_fit_takes_can_be_asked_for():
    assert set(MODEL.get_metadata_routing().fit.requests) == {
        "sample_weight", "groups", "comm", "channels", "cases", "checkpoint",
    }  # fmt: skip
    assert clone(MODEL).set_fit_request(comm=True).get_metadata_routing().fit.requests["comm"] is True


# --- containers and looks -----------------------------------------------------------------------------------


@of_both_forms
@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("transformer", [SEARCH, Prism(80, random_state=0), BANKS], ids=lambda t: type(t).__name__)
def test_output_is_a_frame_with_the_names_of_the_features(form, library, transformer):
    pytest.importorskip(library)
    plain = clone(transformer).fit(SERIES[form][0], Y)
    framed = clone(transformer).set_output(transform=library).fit(SERIES[form][0], Y)
    frame = framed.transform(SERIES[form][1])
    assert type(frame).__module__.startswith(library)
    assert list(frame.columns) == plain.get_feature_names_out().tolist()
    np.testing.assert_array_equal(frame.to_numpy(), plain.transform(SERIES[form][1]))


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("transformer", [SEARCH, MODEL, Prism(80, random_state=0)], ids=lambda t: type(t).__name__)
def test_output_for_a_frame_of_readings_has_a_row_for_each_case(library, transformer):
    """Once, scikit-learn gave it the index of the readings, and failed."""
    pandas = pytest.importorskip("pandas")
    pytest.importorskip(library)
    cases = [f"case {i}" for i in range(len(X))][::-1]
    frame = pandas.concat([pandas.DataFrame(x.T, columns=list("abcdef")) for x in X], keys=cases)
    plain = clone(transformer).fit(frame, Y)
    framed = clone(transformer).set_output(transform=library).fit(frame, Y)
    output = framed.transform(frame)
    np.testing.assert_array_equal(output.to_numpy(), plain.transform(frame))
    assert list(output.columns) == plain.get_feature_names_out().tolist()
    if library == "pandas":
        assert output.index.tolist() == cases
    if hasattr(transformer, "fit_transform"):
        np.testing.assert_array_equal(framed.fit_transform(frame, Y).to_numpy(), plain.transform(frame))


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_pipeline_of_frames_classifies_as_one_of_arrays(library):
    pytest.importorskip(library)
    steps = make_pipeline(clone(SEARCH), StandardScaler(), LogisticRegression())
    framed = clone(steps).set_output(transform=library).fit(X, Y)
    assert framed.predict(X_TEST).tolist() == steps.fit(X, Y).predict(X_TEST).tolist()
    names = framed[0].get_feature_names_out().tolist()
    assert list(framed[0].transform(X).columns) == names
    if hasattr(framed[1], "feature_names_in_"):  # scikit-learn 1.7 knows none of polars 2
        assert list(framed[:-1].transform(X).columns) == names
    model = clone(MODEL).set_output(transform=library).fit(X, Y)
    assert model.predict(X_TEST).tolist() == clone(MODEL).fit(X, Y).predict(X_TEST).tolist()


def test_an_estimator_is_shown_in_notebooks_with_its_parameters_before_and_after_the_fit():
    for estimator in (clone(MODEL), clone(MODEL).fit(X, Y), make_pipeline(clone(SEARCH), LogisticRegression())):
        page = estimator_html_repr(estimator)
        assert "LightWaveS" in page
        assert "search_candidates" in page
    assert "not fitted" in estimator_html_repr(clone(MODEL)).lower()


@pytest.mark.parametrize(
    ("params", "seen"),
    [
        ({"bank__n_features": 84}, "bank__n_features is a parameter of bank, but bank is None, which has none: set"),
        ({"bank": [MiniRocket()], "bank__n_features": 84}, r"bank is \[MiniRocket\(\)\], which has none"),
        ({"classifier": "auto", "classifier__C": 1.0}, "classifier is 'auto', which has none"),
    ],
)
def test_a_parameter_of_what_is_not_there_is_told_with_what_to_do(params, seen):
    """Once, None had no attribute set_params."""
    grid = GridSearchCV(MODEL, {name: [value] for name, value in params.items()}, cv=2)
    with pytest.raises(ValueError, match=seen):
        grid.fit(X, Y)
    model = clone(MODEL).set_params(bank=MiniRocket(), bank__n_features=84, classifier=LogisticRegression())
    assert (model.bank.n_features, model.set_params(classifier__C=2.0).classifier.C) == (84, 2.0)
    with pytest.raises(ValueError, match="Invalid parameter 'banc' for estimator LightWaveSClassifier"):
        model.set_params(banc__levels=2)
