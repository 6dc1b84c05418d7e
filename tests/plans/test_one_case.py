"""One case at a time: every plan checks what it is given before a loop reads it, and gives what a batch gives."""

import re
from copy import copy

import numpy as np
import pytest
from lengths import OTHER_LENGTHS
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge

from lightwaves import (
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
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.regression import RegressionHead

X, Y = load_basic_motions("train")
BANKS = {
    "Prism": Prism(80),
    "MiniRocket": MiniRocket(84),
    "MultiRocket": MultiRocket(672),
    "Rocket": Rocket(50),
    "WaveletScattering": WaveletScattering(max_dilation=2),
    "Intervals": Intervals(n_features=500),
    "MorletScattering": MorletScattering(J=3, Q=1),
    "several": [Prism(80), Rocket(50), WaveletScattering(max_dilation=1)],
}
METHODS = ("predict_one", "decision_function_one", "predict_proba_one")


@pytest.fixture(scope="module", params=BANKS)
def model(request):
    if request.param == "MorletScattering":
        pytest.importorskip("kymatio")
    return LightWaveSClassifier(BANKS[request.param], 30, random_state=0).fit(X, Y)


def ways(x):
    """The same case in other dtypes and layouts."""
    yield "float32", x
    yield "float64", x.astype(np.float64)
    yield "Fortran order", np.asfortranarray(x)
    yield "every second time", np.repeat(x, 2, axis=1)[:, ::2]
    yield "big endian", x.astype(">f4")
    read_only = x.copy()
    read_only.flags.writeable = False
    yield "read-only", read_only
    yield "a memory map's class", x.view(np.memmap)


@pytest.mark.slow
@OTHER_LENGTHS
def test_one_case_gives_what_a_batch_gives_whatever_its_layout(model):
    for n_timepoints in (100, 7, 1):
        cases = np.ascontiguousarray(X[:3, :, :n_timepoints])
        features = model.transform(cases)
        for i, case in enumerate(cases):
            for name, way in ways(case):
                np.testing.assert_array_equal(model.plan_.apply_one(way), features[i], err_msg=name)
            assert model.predict_one(case) == model.predict(cases)[i]
            np.testing.assert_array_equal(model.decision_function_one(case), model.decision_function(cases)[i])
            np.testing.assert_array_equal(model.predict_proba_one(case), model.predict_proba(cases)[i])


WRONG = {
    "fewer channels": (X[0, :5], ValueError, r"x has 5 channels \(shape \(5, 100\)\)"),
    "more channels": (np.tile(X[0], (2, 1)), ValueError, "x has 12 channels"),
    "no channels": (X[0, :0], ValueError, "x has 0 channels"),
    "swapped axes": (np.ascontiguousarray(X[0].T), ValueError, "axes seem to be swapped: pass x.T"),
    "a batch": (X[:1], ValueError, r"x has shape \(1, 6, 100\), but one case is an array \(6 channels, n_timepoints\)"),
    "a row": (X[0, 0], ValueError, r"x has shape \(100,\)"),
    "a number": (np.float32(1), TypeError, "x is of type float32"),
    "nothing": (X[0, :, :0], ValueError, "no time points"),
    "a list": (X[0].tolist(), TypeError, "x is of type list"),
    "None": (None, TypeError, "x is of type NoneType"),
    "text": (X[0].astype(str), TypeError, "x has dtype <U"),
    "objects": (X[0].astype(object), TypeError, "x has dtype object"),
    "complex numbers": (X[0] * 1j, TypeError, "x has dtype complex64"),
}


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_case_is_refused_checked_or_not(model, wrong, check):
    x, error, message = WRONG[wrong]
    for method in (model.plan_.apply_one, *(getattr(model, name) for name in METHODS)):
        with pytest.raises(error, match=message):
            method(x, check=check)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("value", "name"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")])
def test_a_value_that_is_not_finite_is_named(model, value, name, dtype):
    channel = model.channels_[-1]
    for time in (0, 17, 99):
        x = X[0].astype(dtype)
        x[channel, time] = value
        for method in (model.plan_.apply_one, *(getattr(model, method) for method in METHODS)):
            with pytest.raises(ValueError, match=f"x contains {name}: channel ch{channel}, time point {time}"):
                method(x)
        with np.errstate(invalid="ignore"):
            model.predict_one(x, check=False)  # any class: the caller has promised that this does not happen


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("value", [3.4e38, -1e38, 1e300])
def test_a_value_too_large_to_compute_with_is_named(model, value, dtype):
    channel = model.channels_[0]
    with np.errstate(over="ignore"):
        x = X[0].astype(dtype)
        x[channel, 7] = dtype(value)
    for method in (model.plan_.apply_one, *(getattr(model, method) for method in METHODS)):
        with pytest.raises(ValueError, match=rf"(too large|infinity).*: channel ch{channel}, time point 7"):
            method(x)


def test_a_value_beyond_float32_is_named_in_a_channel_that_deviates_much_too():
    """Once, such a value was looked for among those that are large once standardised, which ended in an IndexError."""
    model = LightWaveSClassifier(Prism(80), 10, honest=False, random_state=0).fit(1e6 * X.astype(np.float64), Y)
    channel = model.channels_[0]
    x = 1e6 * X[0].astype(np.float64)
    x[channel, 7] = 1e39
    message = rf"x contains 1e\+39, too large for float32: channel ch{channel}, time point 7"
    for method in (model.plan_.apply_one, *(getattr(model, method) for method in METHODS)):
        with pytest.raises(ValueError, match=message):
            method(x)


def test_masked_values_are_refused():
    model = LightWaveSClassifier(Prism(80), 10, random_state=0).fit(X, Y)
    masked = np.ma.masked_array(X[0], mask=X[0] > 1)
    for method in (model.plan_.apply_one, *(getattr(model, method) for method in METHODS)):
        with pytest.raises(ValueError, match="x has masked values"):
            method(masked)
    assert model.predict_one(np.ma.masked_array(X[0])) == model.predict_one(X[0])


def test_channels_that_are_not_read_may_hold_anything():
    model = LightWaveSClassifier(WaveletScattering(max_dilation=1), 3, "mrmr").fit(X, Y)
    unread = np.setdiff1d(np.arange(6), model.channels_)
    assert len(unread)
    x = X[0].copy()
    x[unread] = np.nan
    assert model.predict_one(x) == model.predict_one(X[0])
    assert model.predict_one(x.astype(np.float64)) == model.predict_one(X[0])


@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_is_not_fitted_says_so(method):
    with pytest.raises(NotFittedError):
        getattr(LightWaveSClassifier(), method)(X[0])


@pytest.mark.slow
def test_another_head_answers_for_one_case_if_it_can():
    logistic = LightWaveSClassifier(
        Prism(80), 10, classifier=LogisticRegression(C=0.01, max_iter=5000), random_state=0
    ).fit(X, Y)
    assert logistic.predict_one(X[3]) == logistic.predict(X[3:4])[0]
    np.testing.assert_allclose(logistic.predict_proba_one(X[3]), logistic.predict_proba(X[3:4])[0], rtol=1e-12)
    np.testing.assert_allclose(logistic.decision_function_one(X[3]), logistic.decision_function(X[3:4])[0], rtol=1e-9)
    dummy = LightWaveSClassifier(Prism(80), 10, classifier=DummyClassifier(), random_state=0).fit(X, Y)
    assert hasattr(dummy, "predict_proba_one")
    assert not hasattr(dummy, "decision_function_one")


NUMBER_HEADS = {"ridge": RegressionHead(), "kernel ridge": KernelRegressionHead(n_landmarks=20), "another": Ridge()}


@pytest.fixture(scope="module", params=NUMBER_HEADS)
def regressor(request):
    """A regressor with each head."""
    options = {"honest": False, "missing": "zero", "random_state": 0}
    return LightWaveSRegressor(Prism(80), 20, regressor=NUMBER_HEADS[request.param], **options).fit(X, X[:, 0, 0])


@pytest.mark.filterwarnings("ignore:A score is more than")
def test_one_case_whose_features_are_not_finite_is_refused_as_in_a_batch(monkeypatch):
    """Once, predict_one gave a label and NaN as probabilities, where predict raised."""
    model = LightWaveSClassifier(Prism(2000), 300, honest=False, random_state=0).fit(X, Y)
    plan = model.plan_
    case = (plan.shift[:, np.newaxis] + 9e36 * plan.scale[:, np.newaxis] * np.sign(X[0])).astype(np.float32)
    for x in (case, case.astype(np.float64)):
        for ask in (model.predict_one, model.predict_proba_one, model.decision_function_one, plan.apply_one):
            with pytest.raises(ValueError, match=r"A feature is not finite: values of X are too large for float32"):
                ask(x)
    monkeypatch.setattr("lightwaves.parallel.threads.FEW", 0)
    for n_jobs in (1, 2):  # threads share the look at features
        with pytest.raises(ValueError, match=r"A feature is not finite: values of X are too large for float32"):
            model.set_params(n_jobs=n_jobs).predict(case[np.newaxis])
    assert not np.isfinite(plan.apply_one(case, check=False)).all()


@OTHER_LENGTHS
def test_a_regressor_says_of_one_case_what_it_says_of_it_in_a_batch(regressor):
    for n_timepoints in (100, 7, 1):
        cases = X[:5, :, :n_timepoints].copy()
        cases[1, :, 0] = np.nan
        said = [regressor.predict_one(case) for case in cases]
        assert [type(number) for number in said] == [float] * 5
        if type(regressor.regressor_) is Ridge:  # which predicts in float32, summed as features lie in memory
            np.testing.assert_allclose(said, regressor.predict(cases), rtol=1e-5, atol=1e-5)
        else:
            assert said == [regressor.predict(cases[[i]])[0] for i in range(5)]
            np.testing.assert_allclose(said, regressor.predict(cases), rtol=1e-9, atol=1e-12)
        if type(regressor.regressor_) is RegressionHead:
            assert said == regressor.predict(cases).tolist()
    for name, way in ways(X[3]):
        assert regressor.predict_one(way) == regressor.predict_one(X[3]), name


def test_a_regressor_keeps_one_case_within_its_bounds_too(regressor):
    model = copy(regressor)
    if type(model.regressor_) is not Ridge:
        model.regressor_ = copy(model.regressor_)
        model.regressor_.bounds_ = np.quantile(model.predict(X), [0.3, 0.7])
        assert {*model.regressor_.bounds_} <= {model.predict_one(x) for x in X}
    for x in X[:10]:
        assert model.predict_one(x) == pytest.approx(model.predict(x[np.newaxis])[0], rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("wrong", WRONG)
def test_a_regressor_refuses_what_is_no_case_checked_or_not(regressor, wrong, check):
    x, error, message = WRONG[wrong]
    with pytest.raises(error, match=message):
        regressor.predict_one(x, check=check)


def test_a_regressor_names_a_value_that_is_not_finite():
    model = LightWaveSRegressor(Prism(80), 10, honest=False, random_state=0)
    with pytest.raises(NotFittedError):
        model.predict_one(X[0])
    model.fit(X, X[:, 0, 0])
    x, channel = X[0].copy(), model.channels_[0]
    x[channel, 5] = np.nan
    with pytest.raises(ValueError, match=f"x contains NaN: channel ch{channel}, time point 5"):
        model.predict_one(x)


def test_a_plan_refuses_series_of_other_channels(model):
    from lightwaves.panel import as_panel

    with pytest.raises(ValueError, match="the series have 5 channels, but the plan is for 6"):
        model.plan_.apply(as_panel(X[:, :5]))


@pytest.mark.parametrize(
    ("rows", "n_cases"),
    [
        (np.zeros((29, 16), np.float32), 1),
        (np.zeros((31, 16), np.float32), 17),
        (np.zeros((31, 16)), 1),
        (np.zeros((16, 31), np.float32).T, 1),
        (np.zeros(500, np.float32), 1),
    ],
)
def test_the_head_reads_only_rows_that_are_there(rows, n_cases):
    model = LightWaveSClassifier(Prism(80), 30, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match=re.escape(f"at least 30 x {n_cases}")):
        model.classifier_.scores(rows, n_cases)


def test_a_case_with_names_is_told_how_to_be_put_in_order():
    """Once, the advice lost the names: of a frame with columns in another order, channels were taken for each other."""
    pandas = pytest.importorskip("pandas")
    X, y = load_basic_motions()
    model = LightWaveS(n_features=5, search_candidates=50).fit({name: X[:, c] for c, name in enumerate("uvwxyz")}, y)
    frame = pandas.DataFrame({name: X[1, c] for c, name in reversed(list(enumerate("uvwxyz")))})
    with pytest.raises(TypeError) as raised:
        model.plan_.apply_one(frame)
    assert "pass x[list(model.channel_names_)].to_numpy().T" in str(raised.value)
    ordered = frame[list(model.channel_names_)].to_numpy().T
    np.testing.assert_array_equal(model.plan_.apply_one(ordered), model.transform(X[1:2])[0])
    with pytest.raises(TypeError, match=r"pass numpy.stack\(\[x\[channel\] for channel in model.channel_names_\]\)"):
        model.plan_.apply_one(dict(frame))
    with pytest.raises(TypeError, match=r"is of type Series.*pass numpy\.asarray"):
        model.plan_.apply_one(pandas.concat({"hand": frame}, axis=1).iloc[0])
    row = frame.assign(note="text").iloc[0]
    with pytest.raises(TypeError) as raised:
        model.plan_.apply_one(row)
    advice = str(raised.value).rstrip(".").partition("pass ")[2]
    np.testing.assert_array_equal(eval(advice, {"x": row, "model": model, "numpy": np}), X[1, :, :1])


@pytest.mark.parametrize(
    ("x", "n_channels", "advice"),
    [(X[1, :, 5], 6, "x[:, numpy.newaxis]"), (X[1, 2], 1, "x[numpy.newaxis]"), (X[1:2], 6, "x[0]")],
    ids=["time point", "one channel", "panel"],
)
def test_a_case_of_other_dimensions_is_told_what_to_pass(x, n_channels, advice):
    plan = MiniRocket(84, random_state=0).fit(X[:, :n_channels]).plan_
    with pytest.raises(ValueError, match=re.escape(f"n_timepoints): pass {advice}")):
        plan.apply_one(x)
    assert len(plan.apply_one(eval(advice, {"x": x, "numpy": np}))) == len(plan.feature_names())


def test_a_case_with_names_is_told_what_to_pass_to_a_model_without():
    pandas = pytest.importorskip("pandas")
    plan = MiniRocket(84, random_state=0).fit(X).plan_
    frame = pandas.DataFrame({name: X[1, c] for c, name in enumerate("uvwxyz")})
    for x, advice in ((frame, "x.to_numpy().T"), (dict(frame), "numpy.stack([x[channel] for channel in x])")):
        with pytest.raises(TypeError, match=re.escape(f"pass {advice}, with all channels in the order of training")):
            plan.apply_one(x)
        np.testing.assert_array_equal(plan.apply_one(eval(advice, {"x": x, "numpy": np})), plan.apply_one(X[1]))
