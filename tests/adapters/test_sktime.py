"""The adapters for sktime pass its own checks, say truthfully what they can do, and work in its tools."""

import pickle
import warnings

import numpy as np
import pytest

import lightwaves
from lightwaves import load_basic_motions, load_japanese_vowels

pytest.importorskip("sktime", reason="sktime is not installed: pip install 'lightwaves[sktime]'")
pytestmark = pytest.mark.filterwarnings("ignore")  # those of another library

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from sklearn.linear_model import RidgeClassifierCV
    from sklearn.model_selection import KFold
    from sktime.classification.model_evaluation import evaluate
    from sktime.classification.model_selection import TSCGridSearchCV
    from sktime.datatypes import convert_to
    from sktime.pipeline import make_pipeline
    from sktime.utils.estimator_checks import check_estimator

    from lightwaves import sktime as adapters

X, Y = load_basic_motions("train")
X_TEST, Y_TEST = load_basic_motions("test")
FEW = {"n_features": 20, "search_candidates": 400, "random_state": 0}


@pytest.mark.parametrize("name", adapters.__all__)
def test_sktimes_own_checks_pass(name):
    found = check_estimator(getattr(adapters, name), verbose=0)
    assert len(found) > 100
    assert {check: result for check, result in found.items() if result != "PASSED"} == {}


def test_sktimes_own_checks_pass_with_missing_values():
    model = adapters.LightWaveSClassifier(n_features=5, search_candidates=99, missing="interpolate")
    found = check_estimator(model, verbose=0)
    assert {check: result for check, result in found.items() if result != "PASSED"} == {}


@pytest.mark.parametrize("mtype", ["numpy3D", "pd-multiindex", "nested_univ", "df-list"])
def test_a_model_is_that_of_the_library_whatever_holds_the_series(mtype):
    train, test = (convert_to(np.asarray(part, float), mtype) for part in (X, X_TEST))
    adapter = adapters.LightWaveSClassifier(**FEW).fit(train, Y)
    model = lightwaves.LightWaveSClassifier(**FEW).fit(X, Y)
    np.testing.assert_array_equal(adapter.predict(test), model.predict(X_TEST))
    np.testing.assert_array_equal(adapter.predict(X_TEST), model.predict(X_TEST), "fit in one form, used in another")
    np.testing.assert_allclose(adapter.predict_proba(test), model.predict_proba(X_TEST), rtol=1e-6)
    assert pickle.loads(pickle.dumps(adapter)).predict(test).tolist() == model.predict(X_TEST).tolist()


def test_a_model_of_arrays_takes_frames():
    adapter = adapters.LightWaveSClassifier(**FEW).fit(X, Y)
    frame = convert_to(np.asarray(X_TEST, float), "pd-multiindex")
    assert adapter.predict(frame).tolist() == adapter.predict(X_TEST).tolist()


@pytest.mark.parametrize("name", adapters.__all__)
def test_parameters_and_defaults_are_those_of_the_library_but_for_the_threads(name):
    theirs = getattr(adapters, name)().get_params(deep=False)
    ours = getattr(lightwaves, name)().get_params(deep=False)
    assert theirs == ours | {"n_jobs": 1}


def test_a_regressor_predicts_numbers():
    y = X[:, 0].std(axis=1)
    adapter = adapters.LightWaveSRegressor(**FEW).fit(X, y)
    np.testing.assert_allclose(adapter.predict(X_TEST), lightwaves.LightWaveSRegressor(**FEW).fit(X, y).predict(X_TEST))
    assert adapter.score(X_TEST, X_TEST[:, 0].std(axis=1)) > 0.8


def test_series_of_unequal_length_are_taken_as_they_are():
    (series, labels), (test, test_labels) = load_japanese_vowels("train"), load_japanese_vowels("test")
    train, test = (convert_to([to_frame(x) for x in part], "nested_univ") for part in (series, test))
    assert adapters.LightWaveSClassifier(**FEW).fit(train, labels).score(test, test_labels) > 0.8
    assert adapters.LightWaveS(**FEW).fit_transform(train, labels).shape == (270, 20)


def to_frame(x):
    """A case as sktime's df-list has it."""
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(np.asarray(x, float).T, columns=[f"c{c}" for c in range(len(x))])


def test_missing_values_are_taken_where_the_tag_says_so():
    gaps = X.astype(float)
    gaps[0, 0, 5] = np.nan
    for missing, taken in (("error", False), ("interpolate", True), ("zero", True)):
        adapter = adapters.LightWaveSClassifier(**FEW).set_params(missing=missing)
        assert adapter.get_tag("capability:missing_values") is taken
        if taken:
            assert adapter.fit(gaps, Y).score(X_TEST, Y_TEST) > 0.8
        else:
            with pytest.raises(ValueError, match="missing values"):
                adapter.fit(gaps, Y)


def test_they_work_in_pipelines_in_evaluation_and_in_tuning():
    model = adapters.LightWaveSClassifier(**FEW)
    for tool in (
        make_pipeline(adapters.LightWaveS(**FEW), RidgeClassifierCV()),
        make_pipeline(adapters.Prism(80, random_state=0), RidgeClassifierCV()),
        TSCGridSearchCV(model, {"n_features": [5, 20]}, cv=KFold(2, shuffle=True, random_state=0)),
    ):
        assert tool.fit(X, Y).score(X_TEST, Y_TEST) > 0.8, tool
    scores = evaluate(model, cv=KFold(2, shuffle=True, random_state=0), X=X.astype(float), y=Y, error_score="raise")
    assert scores["test_accuracy_score"].min() > 0.8


def test_features_are_a_frame_with_their_names():
    frame = adapters.LightWaveS(**FEW).fit_transform(X, Y)
    model = lightwaves.LightWaveS(**FEW).fit(X, Y)
    assert list(frame.columns) == model.get_feature_names_out().tolist()
    np.testing.assert_array_equal(frame.to_numpy(), model.transform(X))


def test_labels_that_name_the_cases_in_another_order_are_refused():
    """Once, they were taken by place, as sktime does."""
    import pandas

    frame = convert_to(X, "pd-multiindex")
    labels = pandas.Series(Y, index=frame.index.get_level_values(0).unique())
    model = adapters.LightWaveSClassifier(**FEW)
    with pytest.raises(ValueError, match="the index of y names the cases of X in another order"):
        model.fit(frame, labels[::-1])
    assert model.fit(frame, labels).score(frame, labels) > 0.9
    with pytest.raises(ValueError, match="the index of y names the cases of X in another order"):
        model.score(frame, labels[::-1])
