"""A regressor as C predicts what it predicts in Python, within the same bounds, and declares nothing of classes."""

import re

import numpy as np
import pytest
from compiled import STRICT, build_for_cortex, lines, say_numbers, tool
from sklearn.linear_model import Ridge

from lightwaves import LightWaveSRegressor, Prism, load_basic_motions
from lightwaves.export import to_c

X, _ = load_basic_motions("train")
ADDRESSES = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
SMALL = {"bank": Prism(80), "n_features": 10, "random_state": 0}


def longest(cases):
    return max(x.shape[1] for x in cases)


@pytest.mark.parametrize("compiler", ["gcc", "clang", "g++", "clang++"])
def test_each_number_is_that_of_python(compiler, of_numbers, tmp_path):
    model, cases = of_numbers
    tool(compiler)
    flags = ("-std=c++17" if "++" in compiler else "-std=c99", *STRICT[1:], "-O2")
    said = say_numbers(model, cases, tmp_path, compiler, flags, n_timepoints=longest(cases))
    np.testing.assert_allclose(said, model.predict(cases), rtol=1e-8)


def test_small_differences_of_large_numbers_are_kept(tmp_path):
    y = 1e9 + X[:, 0].max(axis=1).astype(float)
    model = LightWaveSRegressor(**SMALL).fit(X, y)
    said = say_numbers(model, X, tmp_path)
    np.testing.assert_allclose(said - 1e9, model.predict(X) - 1e9, atol=1e-5 * np.ptp(y))


def test_nothing_is_read_beyond_what_was_given(of_numbers, tmp_path):
    model, cases = of_numbers
    some = [x[:, : 1 + 3 * i] for i, x in enumerate(cases[:5])]
    said = say_numbers(model, some, tmp_path, tool("gcc"), ADDRESSES, unaligned=3)
    np.testing.assert_allclose(said, model.predict(some), rtol=1e-8)


def test_it_predicts_the_same_on_a_cortex(of_numbers, tmp_path):
    from compiled import QEMU

    tool("arm-none-eabi-gcc")
    model, cases = of_numbers
    to_c(model, tmp_path / "model.c", n_timepoints=longest(cases))
    semihosting = ("-semihosting-config", "enable=on,target=native")
    before = (tool("qemu-system-arm"), *QEMU, *semihosting, "-kernel")
    said = lines(build_for_cortex(tmp_path), model, cases[:4], before)[:, 0]
    np.testing.assert_allclose(said, model.predict(cases[:4]), rtol=1e-8)


def test_numbers_stay_within_the_bounds_of_the_model(of_numbers, tmp_path):
    model, cases = of_numbers
    far = [factor * x[:, :20] for factor, x in zip((1e9, -1e9, 1e12, -1e12), cases, strict=False)]
    expected = model.predict(far)
    assert set(expected) & set(model.regressor_.bounds_)
    np.testing.assert_allclose(say_numbers(model, far, tmp_path), expected, rtol=1e-8)


@pytest.mark.parametrize("missing", ["error", "zero", "interpolate"])
def test_missing_values_follow_the_model_and_infinite_ones_have_no_number(missing, tmp_path):
    model = LightWaveSRegressor(missing=missing, **SMALL).fit(X, X[:, 0].max(axis=1))
    cases, channel = X[:3].copy(), model.channels_[0]
    cases[1, channel, 5:9], cases[2, channel, 5] = np.nan, np.inf
    said = say_numbers(model, cases, tmp_path)
    assert np.isnan(said).tolist() == [False, missing == "error", True]
    n_usable = 1 if missing == "error" else 2
    np.testing.assert_allclose(said[:n_usable], model.predict(cases[:n_usable]), rtol=1e-8)


def test_the_header_declares_a_number_and_nothing_of_classes(of_numbers, tmp_path):
    exported = to_c(of_numbers[0], tmp_path / "load.c", name="load")
    header = exported.header.read_text()
    for line in (
        "extern const int load_channels[];",
        "double load_predict(const float *x, void *work);",
        "double load_predict_n(const float *x, int n_timepoints, void *work);",
        f"#define LOAD_WORK_BYTES {exported.work_bytes}",
    ):
        assert line in header
    assert not re.search("class|label|score|probabilit", header, re.IGNORECASE)
    assert not re.search(r"\bmodel_|\bMODEL_|@\w+@|/\*[{}]|label", header + exported.source.read_text())


def test_what_cannot_be_written_is_refused_by_name_and_nothing_is_written(tmp_path):
    path = tmp_path / "model.c"
    with pytest.raises(TypeError, match="no C of int16 for RegressionHead, only for RidgeHead: say dtype"):
        to_c(LightWaveSRegressor(**SMALL).fit(X, X[:, 0, 0]), path, dtype="int16", calibration=X)
    with pytest.raises(TypeError, match=r"no C for the head Ridge: .* Fit the model with one of these"):
        to_c(LightWaveSRegressor(regressor=Ridge(), **SMALL).fit(X, X[:, 0, 0]), path)
    assert list(tmp_path.iterdir()) == []
