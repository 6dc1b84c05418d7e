"""Values that cannot be used are named with their place; the others may be of any size and dtype."""

import numpy as np
import pytest
from sklearn.base import clone

from lightwaves import LightWaveS, LightWaveSClassifier, MiniRocket, WaveletScattering, load_basic_motions
from lightwaves.containers import values
from lightwaves.panel import as_panel
from lightwaves.panel.reading import looked_at, panel_of

LARGEST = float(np.finfo(np.float32).max)
X, Y = load_basic_motions("train")


@pytest.fixture(scope="module")
def model():
    """A model that reads some of the channels only."""
    fitted = LightWaveSClassifier(n_features=10, selection="mrmr").fit(X, Y)
    assert 0 < len(fitted.channels_) < 6
    return fitted


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("share", [(0, 1), (1, 2)])
def test_a_block_is_looked_at_whatever_its_dtype(dtype, share, monkeypatch):
    monkeypatch.setattr(values, "CHUNK", 1)
    x = np.zeros((4, 2, 3), dtype)
    as_panel(x, share=share)
    for value in (np.nan, np.inf, -np.inf):
        x[3, 1, 2] = value
        with pytest.raises(ValueError, match="case 3, channel 1, time point 2"):
            as_panel(x, share=share)
        as_panel(x, share=(0, 2))


@pytest.mark.parametrize("value", [LARGEST, -LARGEST, 1e15, 1e38])
def test_whatever_float32_holds_is_accepted(value):
    as_panel(np.array([[0.0, value]]))


@pytest.mark.parametrize("value", [np.nextafter(LARGEST, np.inf), -1e39, 1e300])
def test_larger_values_are_refused_as_what_they_are(value):
    with pytest.raises(ValueError, match=r"too large for float32: case 0, channel 0, time point 1") as caught:
        as_panel(np.array([[0.0, value]]))
    assert "infinity" not in str(caught.value)


def test_what_is_behind_a_case_may_be_anything():
    panel = panel_of([np.ones((1, 3)), np.ones((1, 2))])
    panel.values[1, 0, 2] = np.nan
    assert looked_at(panel).complete
    assert looked_at(panel, missing="zero").complete


@pytest.mark.parametrize("missing", ["interpolate", "zero"])
def test_infinity_is_refused_also_where_values_may_miss(missing):
    x = np.zeros((2, 1, 3))
    x[0, 0, 0], x[1, 0, 1] = np.nan, -np.inf
    with pytest.raises(ValueError, match="X contains infinity: case 1, channel 0, time point 1"):
        as_panel(x, missing=missing)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function", "transform"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -3.4e38, 1e38])
def test_channels_that_are_not_read_may_hold_anything(model, method, value):
    unread = np.setdiff1d(np.arange(6), model.channels_)
    x = X.astype(np.float64)
    x[:, unread] = value
    np.testing.assert_array_equal(getattr(model, method)(x), getattr(model, method)(X))
    np.testing.assert_array_equal(getattr(model, method)(list(x)), getattr(model, method)(X))


@pytest.mark.parametrize("value", [np.nan, np.inf, -3.4e38, 2e38])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function", "transform"])
def test_a_value_that_overflows_once_standardised_is_named(model, method, value):
    x, channel = X.copy(), int(model.channels_[-1])
    x[7, channel, 3] = value
    with pytest.raises(ValueError, match=f"case 7, channel {channel}, time point 3"):
        getattr(model, method)(x)


def test_a_feature_that_overflows_is_traced_to_its_value():
    plan = WaveletScattering(levels=(1,), max_dilation=1).fit(X).plan_
    panel = panel_of(X.copy())
    panel.values[9, 1, 4], panel.values[9, 2, 7] = 1e38, -3.4e38
    for cases in (None, np.array([3, 9])):
        with pytest.raises(ValueError, match=r"A feature is not finite.*-3\.4e\+38: case 9, channel ch2, time point 7"):
            plan.finite_rows(panel, cases=cases)
    assert np.isfinite(plan.finite_rows(panel, cases=np.array([3, 8]))[:-1, :2]).all()
    panel.values[9, 0, 4] = np.nan
    with pytest.raises(ValueError, match="X contains NaN: case 9, channel ch0, time point 4"):
        plan.apply(panel)


@pytest.mark.filterwarnings("ignore:A value of X carries")
@pytest.mark.parametrize("value", [2e37, -3e38])
def test_values_that_sums_of_float32_cannot_hold_are_refused_without_scaling_too(value):
    """Once, they were taken up to what float32 holds, and counts of sums that had overflown were wrong."""
    x = X.copy()
    x[3, 0, 5] = value
    model = LightWaveS([MiniRocket(84)], 4, scale=False, random_state=0)
    for estimator in (model, MiniRocket(84, random_state=0)):
        for method in (clone(estimator).fit, clone(estimator).fit(X, Y).transform):
            with pytest.raises(ValueError, match=r"too large for sums in float32: case 3, channel 0, time point 5"):
                method(x, Y) if method.__name__ == "fit" else method(x)
    model.fit(X, Y)
    x[3, :, 5] = 0.9e37
    np.testing.assert_array_equal(model.transform(x[3:4])[0], model.plan_.apply_one(x[3]))
