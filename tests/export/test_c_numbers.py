"""A regressor as C predicts what it predicts in Python, within the same bounds, and declares nothing of classes."""

import re
from copy import deepcopy

import numpy as np
import pytest
from compiled import ADDRESSES, CPP, KERNEL_HEAD, STRICT, build_for_cortex, lines, say_numbers, too_large, tool
from lengths import OTHER_LENGTHS
from sklearn.linear_model import Ridge
from wide import sweep

from lightwaves import LightWaveSRegressor, Prism, load, load_basic_motions, save
from lightwaves.estimators.kernel_regression import FARTHEST, KernelRegressionHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.estimators.regressor import OWN_HEADS
from lightwaves.export import kinds, to_c
from lightwaves.export.head import MUCH, as_integers, most_added
from lightwaves.export.onnx_model import SCORES

pytestmark = [pytest.mark.slow, OTHER_LENGTHS]

X, _ = load_basic_motions("train")
SMALL = {"bank": Prism(80), "n_features": 10, "honest": False, "random_state": 0}
HEADS = [RegressionHead(), KernelRegressionHead()]


def longest(cases):
    return max(x.shape[1] for x in cases)


def assert_predicts_what_python_predicts(said, model, cases):
    """The same numbers; those of a kernel ridge as far as likenesses of float32 allow, beside the range of numbers."""
    by_likenesses = type(model.regressor_) is KernelRegressionHead
    atol = KERNEL_HEAD * np.ptp(model.regressor_.bounds_) / 2 if by_likenesses else 0
    np.testing.assert_allclose(said, model.predict(cases), rtol=1e-8, atol=atol)


@pytest.mark.parametrize(
    ("of_numbers", "compiler"),
    sweep(
        [("ridge", "gcc"), ("kernel", "gcc"), ("kernel of a root", "clang++")],
        [("ridge", "clang++"), ("kernel", "clang"), ("kernel", "g++"), ("kernel of a root", "gcc")],
    ),
    indirect=["of_numbers"],
)
def test_each_number_is_that_of_python(compiler, of_numbers, tmp_path):
    model, cases = of_numbers
    tool(compiler)
    flags = CPP if "++" in compiler else (*STRICT, "-O2")
    said = say_numbers(model, cases, tmp_path, compiler, flags, n_timepoints=longest(cases))
    assert_predicts_what_python_predicts(said, model, cases)


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("head", HEADS, ids=lambda head: type(head).__name__)
def test_small_differences_of_large_numbers_are_kept(head, skewed, tmp_path):
    highest = X[:, 0].max(axis=1).astype(float)
    y = 1e9 + (highest**2 if skewed else highest)
    model = LightWaveSRegressor(regressor=head, **SMALL).fit(X, y)
    assert type(head) is RegressionHead or model.regressor_.target_.root == skewed
    said = say_numbers(model, X, tmp_path)
    np.testing.assert_allclose(said - 1e9, model.predict(X) - 1e9, atol=1e-5 * np.ptp(y))


def test_likenesses_that_nearly_cancel_are_found_in_float64(tmp_path):
    head = KernelRegressionHead(1e-12)
    model = LightWaveSRegressor(regressor=head, **(SMALL | {"n_features": 1})).fit(X, X[:, 0].max(axis=1))
    assert most_added(model.regressor_) > MUCH
    said = say_numbers(model, X, tmp_path, flags=STRICT)
    assert "double *compared;" in (tmp_path / "model.c").read_text()
    assert_predicts_what_python_predicts(said, model, X)


def test_nothing_is_read_beyond_what_was_given(of_numbers, tmp_path):
    model, cases = of_numbers
    some = [x[:, : 1 + 3 * i] for i, x in enumerate(cases[:5])]
    said = say_numbers(model, some, tmp_path, tool("gcc"), ADDRESSES, unaligned=3)
    assert_predicts_what_python_predicts(said, model, some)


@pytest.mark.parametrize("of_numbers", sweep(["ridge", "kernel of a root"], ["kernel"]), indirect=True)
def test_it_predicts_the_same_on_a_cortex(of_numbers, tmp_path):
    from compiled import QEMU

    tool("arm-none-eabi-gcc")
    model, cases = of_numbers
    to_c(model, tmp_path / "model.c", n_timepoints=longest(cases))
    semihosting = ("-semihosting-config", "enable=on,target=native")
    before = (tool("qemu-system-arm"), *QEMU, *semihosting, "-kernel")
    said = lines(build_for_cortex(tmp_path), model, cases[:4], before)[:, 0]
    assert_predicts_what_python_predicts(said, model, cases[:4])


@pytest.mark.filterwarnings("ignore:The features of case .* as far:UserWarning")
def test_of_series_far_from_all_others_the_number_is_the_same(of_numbers, tmp_path):
    model, cases = of_numbers
    far = [factor * x[:, :20] for factor, x in zip((1e9, -1e9, 1e12, -1e12), cases, strict=False)]
    if type(model.regressor_) is RegressionHead:
        assert set(model.predict(far)) & set(model.regressor_.bounds_)
    else:
        features, head = model._features(far), model.regressor_
        assert (np.abs((features - head.mean_) / head.deviation_) > FARTHEST).mean() > 0.1
    assert_predicts_what_python_predicts(say_numbers(model, far, tmp_path), model, far)


@pytest.mark.parametrize("head", HEADS, ids=lambda head: type(head).__name__)
def test_of_a_feature_that_is_not_finite_there_is_no_number(head, tmp_path):
    """Once, C gave a bound, or any number, where Python raised."""
    options = SMALL | {"bank": Prism(400), "n_features": 40}
    model = LightWaveSRegressor(regressor=head, **options).fit(X, X[:, 0].std(axis=1))
    said = say_numbers(model, [*too_large(model, X[:3]), X[3]], tmp_path)
    assert np.isnan(said).tolist() == [True, True, True, False]


def test_numbers_stay_within_the_bounds_of_the_model(of_numbers, tmp_path):
    model, cases = deepcopy(of_numbers)
    model.regressor_.bounds_ = bounds = np.quantile(model.predict(cases), [0.3, 0.7])
    said = say_numbers(model, cases, tmp_path, n_timepoints=longest(cases))
    assert_predicts_what_python_predicts(said, model, cases)
    assert {*bounds} == {said.min(), said.max()}


def test_a_root_below_0_counts_as_0(tmp_path):
    head = KernelRegressionHead(n_landmarks=20)
    model = LightWaveSRegressor(regressor=head, **SMALL).fit(X, X[:, 0].max(axis=1).astype(float) ** 2)
    head = model.regressor_
    assert head.target_.root
    head.intercept_ -= 0.5
    least = head.target_.low + head.target_.unit * head.target_.added
    assert 5 < np.sum(model.predict(X) == least) < 35
    assert_predicts_what_python_predicts(say_numbers(model, X, tmp_path), model, X)


def test_a_regressor_that_was_saved_predicts_the_same(of_numbers, tmp_path):
    model, cases = of_numbers
    save(model, tmp_path / "model.npz")
    said = say_numbers(load(tmp_path / "model.npz"), cases, tmp_path, n_timepoints=longest(cases))
    assert_predicts_what_python_predicts(said, model, cases)


@pytest.mark.parametrize("head", HEADS, ids=lambda head: type(head).__name__)
@pytest.mark.parametrize("missing", ["error", "zero", "interpolate"])
def test_missing_values_follow_the_model_and_infinite_ones_have_no_number(missing, head, tmp_path):
    model = LightWaveSRegressor(missing=missing, regressor=head, **SMALL).fit(X, X[:, 0].max(axis=1))
    cases, channel = X[:3].copy(), model.channels_[0]
    cases[1, channel, 5:9], cases[2, channel, 5] = np.nan, np.inf
    said = say_numbers(model, cases, tmp_path)
    assert np.isnan(said).tolist() == [False, missing == "error", True]
    n_usable = 1 if missing == "error" else 2
    assert_predicts_what_python_predicts(said[:n_usable], model, cases[:n_usable])


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


def test_a_foreign_head_is_refused_and_the_error_says_which_are_possible(tmp_path):
    model = LightWaveSRegressor(regressor=Ridge(), **SMALL).fit(X, X[:, 0, 0])
    with pytest.raises(TypeError, match=r"no C for the head Ridge: fit .* such as classifier=None or regressor=None"):
        to_c(model, tmp_path / "model.c")
    assert list(tmp_path.iterdir()) == []


def test_every_head_that_a_regressor_may_choose_can_be_written():
    assert set(OWN_HEADS) <= set(kinds.HEADS) & set(kinds.FIXED_HEADS) & set(SCORES)


def test_what_coefficients_lose_of_features_that_hardly_vary_is_put_back(tmp_path):
    """Coefficients of 32 bits err by a share of a feature's mean, which is the same for all cases."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=len(X))
    model = LightWaveSRegressor(**SMALL | {"regressor": RegressionHead()}).fit(X, y)
    head = model.regressor_
    head.coef_ = np.where(np.arange(head.coef_.size) == 0, -1e7 / 3, head.coef_)
    head.intercept_ = head.intercept_ - head.coef_[0, 0] * head.mean_[0]
    kept, steps = as_integers(head.coef_.T)
    assert abs((head.coef_.T - kept * steps[:, np.newaxis])[0, 0]) * head.mean_[0] > 1e-5
    to_c(model, tmp_path / "model.c")
    said = re.search(r"intercepts\[[^=]*= *\{([^}]*)\}", (tmp_path / "model.c").read_text())[1]
    lost = ((head.coef_.T - kept * steps[:, np.newaxis])[:, 0] * head.mean_).sum()
    assert float.fromhex(said.strip().rstrip(",")) == pytest.approx(head.intercept_[0] + lost, abs=1e-9)
