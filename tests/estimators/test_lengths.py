"""Whoever is given series of lengths that the fit knew nothing of says so, and nobody else does."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from lightwaves import (
    Intervals,
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    MiniRocket,
    Prism,
    Rocket,
    Stream,
    WaveletScattering,
    load,
    load_basic_motions,
    save,
)
from lightwaves.estimators.training import Training
from lightwaves.export import to_c, to_onnx
from lightwaves.inspection import explain
from lightwaves.inspection.report import report

X, Y = load_basic_motions("train")
SMALL = {"bank": Prism(160), "n_features": 20, "honest": False, "random_state": 0}


@pytest.fixture(scope="module")
def model():
    """Of series of 100 time points."""
    return LightWaveSClassifier(**SMALL).fit(X, Y)


@pytest.mark.parametrize(
    ("known", "shortest", "longest", "knows"),
    [
        ((100, 100), 100, 100, True),
        ((100, 100), 99, 100, False),
        ((100, 100), 100, 101, False),
        ((7, 26), 1, 45, True),
        ((7, 26), 7, 46, False),
        ((30, 40), 19, 35, False),
        ((30, 40), 20, 50, True),
    ],
)
def test_lengths_are_known_no_further_away_than_those_of_training_are_from_each_other(known, shortest, longest, knows):
    assert Training(shortest=known[0], longest=known[1]).knows(shortest, longest, counting=True) == knows
    assert not knows or Training(shortest=known[0], longest=known[1]).knows(shortest, longest, counting=False)


def test_features_that_count_no_time_points_know_lengths_within_a_quarter():
    training = Training(shortest=100, longest=100)
    knows = [training.knows(length, length, counting=False) for length in (74, 75, 125, 126)]
    assert knows == [False, True, True, False]


COUNTING = {
    "Prism": (Prism(160), True),
    "MiniRocket": (MiniRocket(), False),
    "Rocket": (Rocket(100), False),
    "WaveletScattering": (WaveletScattering(max_dilation=2), True),
    "Intervals": (Intervals(), True),
    "several": ([MiniRocket(), Rocket(100)], False),
    "one of several": ([Prism(160), Rocket(100)], True),
}


@pytest.mark.parametrize("bank", COUNTING)
def test_a_plan_knows_whether_it_counts_time_points(bank):
    banks, counts = COUNTING[bank]
    plan = LightWaveS(banks, 60, search_candidates=900, random_state=0).fit(X, Y).plan_
    assert plan.counts_time_points == counts


OF_MANY = {
    "predict": lambda model, X, path: model.predict(X),
    "predict_proba": lambda model, X, path: model.predict_proba(X),
    "decision_function": lambda model, X, path: model.decision_function(X),
    "transform": lambda model, X, path: model.transform(X),
    "score": lambda model, X, path: model.score(X, Y[: len(X)]),
    "explain": lambda model, X, path: explain(model, X),
    "a file": lambda model, X, path: again(model, path).predict(X),
    "report": lambda model, X, path: report(model, X, Y[: len(X)], path / "report.html", n_cases=0),
}
OF_ONE = {
    "predict_one": lambda model, x, path: model.predict_one(x),
    "predict_proba_one": lambda model, x, path: model.predict_proba_one(x),
    "Stream": lambda model, x, path: Stream(model, x.shape[1]),
    "to_c": lambda model, x, path: to_c(model, path / "model.c", n_timepoints=x.shape[1]),
    "to_onnx": lambda model, x, path: to_onnx(model, path / "model.onnx", n_timepoints=x.shape[1]),
}


def again(model, path):
    """The model, as its file gives it."""
    save(model, path / "model.npz")
    return load(path / "model.npz")


@pytest.mark.slow
@pytest.mark.parametrize("way", OF_MANY)
def test_other_lengths_are_told_of(way, model, tmp_path):
    """Once, a model of series of one length said one class of all longer ones, and was sure of it."""
    OF_MANY[way](model, X[:9], tmp_path)
    longer = [*X[:8], np.tile(X[8], 2)]
    with pytest.warns(UserWarning, match=r"X has series of 100 to 200 time points, but the training series had 100\. "):
        OF_MANY[way](model, longer, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("way", OF_ONE)
def test_another_length_of_one_case_is_told_of(way, model, tmp_path):
    if way == "to_onnx":
        pytest.importorskip("onnx")
    OF_ONE[way](model, X[0], tmp_path)
    with pytest.warns(UserWarning, match=r" series of 60 time points, but the training series had 100\. Features"):
        OF_ONE[way](model, X[0, :, :60], tmp_path)


def test_who_says_check_false_is_not_told(model):
    model.predict_one(X[0, :, :60], check=False)


def test_a_regressor_tells_of_other_lengths():
    regressor = LightWaveSRegressor(Prism(160), 20, honest=False, random_state=0).fit(X, X[:, 0, 0])
    with pytest.warns(UserWarning, match="X has series of 50 time points"):
        regressor.predict(X[:, :, :50])


def test_what_was_learnt_of_since_is_known():
    model = LightWaveSClassifier(**SMALL | {"search_cases": 20}).partial_fit(X, Y)
    with pytest.warns(UserWarning, match="X has series of 80 time points, but the training series had 100"):
        model.partial_fit(X[:, :, :80], Y)
    model.predict(X[:, :, :60])
    with pytest.warns(UserWarning, match="X has series of 50 time points, but the training series had 80 to 100"):
        model.predict(X[:, :, :50])


def test_a_pipeline_is_told_by_its_transformer():
    features = LightWaveS(Prism(160), 20, random_state=0).fit(X, Y)
    with pytest.warns(UserWarning, match="X has series of 50 time points, but the training series had 100"):
        features.transform(X[:, :, :50])


def test_a_head_of_ones_own_learns_of_lengths_too():
    model = LightWaveSClassifier(**SMALL, classifier=GaussianNB()).partial_fit(X, Y)
    with pytest.warns(UserWarning, match="X has series of 80 time points, but the training series had 100"):
        model.partial_fit(X[:, :, :80], Y)
    assert (model.training_.shortest, model.training_.longest, model.training_.n_cases) == (80, 100, 80)
    assert model.training_.class_counts.tolist() == [20] * 4
    model.predict(X[:, :, :80])
