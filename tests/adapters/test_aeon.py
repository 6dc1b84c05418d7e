"""The adapters for aeon pass its own checks, say truthfully what they can do, and work in its tools."""

import pickle
import warnings

import numpy as np
import pytest

import lightwaves
from lightwaves import load_basic_motions, load_japanese_vowels

pytest.importorskip("aeon", reason="aeon is not installed: pip install 'lightwaves[aeon]'")
pytestmark = pytest.mark.filterwarnings("ignore")  # those of another library

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from aeon.classification.compose import ClassifierEnsemble
    from aeon.pipeline import make_pipeline
    from aeon.testing.estimator_checking import parametrize_with_checks
    from aeon.transformations.collection import Normalizer
    from sklearn.linear_model import RidgeClassifierCV
    from sklearn.model_selection import GridSearchCV, cross_val_score

    from lightwaves import aeon as adapters

X, Y = load_basic_motions("train")
X_TEST, Y_TEST = load_basic_motions("test")
FEW = {"n_features": 20, "search_candidates": 400, "random_state": 0}
CHECKED = [getattr(adapters, name) for name in adapters.__all__]


@parametrize_with_checks([*CHECKED, adapters.LightWaveSClassifier(n_features=5, search_candidates=99, missing="zero")])
def test_aeons_own_checks_pass(check):
    check()


def test_a_model_is_that_of_the_library():
    adapter = adapters.LightWaveSClassifier(**FEW).fit(X, Y)
    model = lightwaves.LightWaveSClassifier(**FEW).fit(X, Y)
    np.testing.assert_array_equal(adapter.predict(X_TEST), model.predict(X_TEST))
    np.testing.assert_array_equal(adapter.predict_proba(X_TEST), model.predict_proba(X_TEST))
    assert adapter.model_.plan_ == model.plan_
    assert pickle.loads(pickle.dumps(adapter)).predict(X_TEST).tolist() == model.predict(X_TEST).tolist()


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
    series, labels = load_japanese_vowels("train")
    test, test_labels = load_japanese_vowels("test")
    assert adapters.LightWaveSClassifier(**FEW).fit(series, labels).score(test, test_labels) > 0.8
    assert adapters.LightWaveS(**FEW).fit_transform(series, labels).shape == (270, 20)


def test_missing_values_are_taken_where_the_tag_says_so():
    gaps = X.copy()
    gaps[0, 0, 5] = np.nan
    for missing, taken in (("error", False), ("interpolate", True), ("zero", True)):
        adapter = adapters.LightWaveSClassifier(**FEW).set_params(missing=missing)
        if taken:
            assert adapter.fit(gaps, Y).score(X_TEST, Y_TEST) > 0.8
            assert adapter.get_tag("capability:missing_values") is True
        else:
            assert adapter.get_tag("capability:missing_values") is False
            with pytest.raises(ValueError, match="missing values"):
                adapter.fit(gaps, Y)


def test_they_work_in_pipelines_ensembles_and_searches():
    model = adapters.LightWaveSClassifier(**FEW)
    for tool in (
        make_pipeline(Normalizer(), model),
        make_pipeline(adapters.LightWaveS(**FEW), RidgeClassifierCV()),
        make_pipeline(adapters.Prism(80, random_state=0), RidgeClassifierCV()),
        ClassifierEnsemble([("a", model), ("b", adapters.LightWaveSClassifier(n_features=10, random_state=1))]),
        GridSearchCV(model, {"n_features": [5, 20]}, cv=2, error_score="raise"),
    ):
        assert tool.fit(X, Y).score(X_TEST, Y_TEST) > 0.8, tool
    assert cross_val_score(model, X, Y, cv=2, error_score="raise").min() > 0.8


def test_estimates_of_training_cases_are_the_honest_ones_of_one_fit(monkeypatch):
    fits = []
    fit = lightwaves.LightWaveSClassifier.fit
    monkeypatch.setattr(lightwaves.LightWaveSClassifier, "fit", lambda self, *a: fits.append(self) or fit(self, *a))
    adapter = adapters.LightWaveSClassifier(**FEW)
    chances = adapter.fit_predict_proba(X, Y)
    np.testing.assert_array_equal(chances, lightwaves.LightWaveSClassifier(**FEW).fit(X, Y).honest_proba_)
    np.testing.assert_array_equal(adapter.fit_predict(X, Y), adapter.classes_[chances.argmax(axis=1)])
    assert len(fits) == 3
    assert adapter.score(X_TEST, Y_TEST) > 0.8
    y = X[:, 0].std(axis=1)
    regressor = adapters.LightWaveSRegressor(**FEW)
    np.testing.assert_array_equal(regressor.fit_predict(X, y), regressor.model_.honest_prediction_)


@pytest.mark.parametrize("other", [{"honest": False}, {"selection": "mrmr"}, {"classifier": RidgeClassifierCV()}])
def test_estimates_of_training_cases_are_cross_validated_where_the_fit_has_none(other):
    adapter = adapters.LightWaveSClassifier(**(FEW | other))
    assert (adapter.fit_predict(X, Y, cv_size=2) == Y).mean() > 0.8
    assert adapter.fit_predict_proba(X, Y, cv_size=2).shape == (len(X), 4)
    assert adapter.score(X_TEST, Y_TEST) > 0.8
    if "selection" not in other:
        y = X[:, 0].std(axis=1)
        regressor = adapters.LightWaveSRegressor(**FEW, honest=False)
        assert np.corrcoef(regressor.fit_predict(X, y), y)[0, 1] > 0.8


@pytest.fixture
def shuffled():
    """A frame by case and time, whose cases do not ascend by name, and labels with these names."""
    import pandas

    names = [f"case {i:02d}" for i in np.random.default_rng(0).permutation(len(Y))]
    frame = pandas.concat({n: pandas.DataFrame(x.T, columns=list("abcdef")) for n, x in zip(names, X, strict=True)})
    return frame, pandas.Series(Y, index=names)


def test_cases_of_a_frame_keep_their_order(shuffled):
    """Once, they were sorted by name, but their labels were not, and predictions came in another order."""
    frame, labels = shuffled
    adapter, of_arrays = adapters.LightWaveSClassifier(**FEW), adapters.LightWaveSClassifier(**FEW).fit(X, Y)
    for y in (labels, Y):
        assert adapter.fit(frame, y).model_.plan_ == of_arrays.model_.plan_
    assert adapter.predict(frame[list("fedcba")]).tolist() == of_arrays.predict(X).tolist(), "columns in any order"
    assert adapter.score(frame, labels) == of_arrays.score(X, Y)
    features = adapters.LightWaveS(**FEW).fit_transform(frame, labels)
    np.testing.assert_array_equal(features, lightwaves.LightWaveS(**FEW).fit_transform(X, Y))
    np.testing.assert_array_equal(adapter.fit_predict(frame, labels), of_arrays.fit_predict(X, Y))


def test_labels_that_name_the_cases_in_another_order_are_refused(shuffled):
    frame, labels = shuffled
    other, fitted = labels[::-1], adapters.LightWaveSClassifier(**FEW).fit(frame, labels)
    for call in (
        adapters.LightWaveSClassifier(**FEW).fit,
        adapters.LightWaveSClassifier(**FEW).fit_predict,
        adapters.LightWaveS(**FEW).fit,
        adapters.LightWaveS(**FEW).fit_transform,
        fitted.score,
    ):
        with pytest.raises(ValueError, match="the index of y names the cases of X in another order"):
            call(frame, other)
