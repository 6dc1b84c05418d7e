"""A model in integers says nearly what it says in Python, whatever it is given, and computes with nothing else."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from compiled import ADDRESSES, CPP, STRICT, build, build_for_cortex, lines, run, run_on_cortex, say, say_numbers, tool
from lengths import OTHER_LENGTHS
from sklearn.base import clone
from wide import sweep

from lightwaves import (
    LightWaveSClassifier,
    LightWaveSRegressor,
    MiniRocket,
    MultiRocket,
    Prism,
    Rocket,
    load_basic_motions,
    load_japanese_vowels,
)
from lightwaves.estimators.kernel import KernelHead
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.estimators.ridge import RidgeHead
from lightwaves.export import fixed_kernel, to_c
from lightwaves.export.c import Texts, check_agreement
from lightwaves.export.fixed import NARROW, WIDE, bits_of, is_coarse, units_of, widened
from lightwaves.export.fixed_head import BYTE, NEAR, SHORT, Seen, as_shifted, check_features, sums_of, tables_of
from lightwaves.export.fixed_kernel import BYTE as FEW_GRAINS
from lightwaves.export.fixed_kernel import SHORT as MANY_GRAINS
from lightwaves.export.fixed_kernel import Bent, Tables, bent_in_integers, steady
from lightwaves.export.fixed_pooled import type_of_sums
from lightwaves.export.kinds import features_of
from lightwaves.export.rounding import warn_of_rounding
from lightwaves.panel import as_panel

pytestmark = [pytest.mark.slow, OTHER_LENGTHS]

NEARLY = 0.05  # of a score; those of the classes are 2 apart


def assert_says_nearly_what_python_says(said, model, X, share=1.0):
    scores = model.decision_function(X)
    scores = np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
    assert np.mean(model.classes_[said.classes] == model.predict(X)) >= share
    assert np.sqrt(np.mean((said.scores - scores) ** 2)) < NEARLY
    assert np.abs(said.probabilities - model.predict_proba(X)).max() < 2 * NEARLY


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_it_says_nearly_the_same_and_compiles_without_a_warning(compiler, in_integers, tmp_path):
    model, X, X_test = in_integers
    tool(compiler)
    said = say(model, X_test, tmp_path, compiler, (*STRICT, "-O2"), dtype="int16", calibration=X)
    assert_says_nearly_what_python_says(said, model, X_test)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_it_compiles_as_cpp(compiler, in_integers, tmp_path):
    model, X, X_test = in_integers
    tool(compiler)
    said = say(model, X_test, tmp_path, compiler, CPP, dtype="int16", calibration=X)
    assert_says_nearly_what_python_says(said, model, X_test)


def test_series_of_unequal_length_are_read_as_such(tmp_path):
    X, y = load_japanese_vowels("train")
    model = LightWaveSClassifier(n_features=200, honest=False, random_state=0).fit(X, y)
    X_test = load_japanese_vowels("test")[0]
    longest = max(x.shape[1] for x in X_test)
    said = say(model, X_test, tmp_path, dtype="int16", calibration=X, n_timepoints=longest)
    assert_says_nearly_what_python_says(said, model, X_test, share=0.995)


def test_two_classes_are_told_apart(of_two_classes, tmp_path):
    model, X = of_two_classes
    assert_says_nearly_what_python_says(say(model, X, tmp_path, dtype="int16", calibration=X), model, X)


def test_missing_values_are_filled(tmp_path):
    X, y = load_basic_motions("train")
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X).astype(np.float32)
    model = LightWaveSClassifier(n_features=60, missing="interpolate", honest=False, random_state=0).fit(X, y)
    assert_says_nearly_what_python_says(say(model, X, tmp_path, dtype="int16", calibration=X), model, X)


@pytest.mark.parametrize("factor", sweep([1e30], [1e3]))
def test_values_far_larger_than_those_of_calibration_are_cut_off_and_nothing_overflows(factor, in_integers, tmp_path):
    model, X, X_test = in_integers
    said = say(model, X_test[:5] * np.float32(factor), tmp_path, "gcc", ADDRESSES, dtype="int16", calibration=X)
    assert (said.classes >= 0).all()
    assert np.isfinite(said.scores).all()


@pytest.mark.parametrize("missing", ["error", "interpolate"])
def test_of_a_value_that_cannot_be_used_no_integer_is_made(missing, tmp_path):
    """NaN was cast to an integer before the series was refused, which is undefined."""
    tool("gcc")
    X, y = load_basic_motions("train")
    options = {"n_features": 20, "search_candidates": 400, "honest": False, "random_state": 0}
    model = LightWaveSClassifier(missing=missing, **options).fit(X, y)
    series = X[:7].copy()
    series[[1, 3, 5], :, 7] = np.array([np.nan, np.inf, -3e38])[:, np.newaxis]
    flags = (*STRICT, "-g", "-O0", "-fsanitize=undefined,float-cast-overflow", "-fno-sanitize-recover=all")
    said = say(model, series, tmp_path, "gcc", flags, dtype="int16", calibration=X)
    assert (said.classes[[1, 3, 5]] == -1).tolist() == [missing == "error", True, True]
    assert (said.classes[::2] >= 0).all()


@pytest.mark.parametrize("missing", ["error", "interpolate"])
def test_whatever_python_takes_is_cut_off_and_nothing_else_is_refused(missing, tmp_path):
    """Once, a value was too large if it was so in the unit of the integers."""
    rng, y = np.random.default_rng(0), np.arange(40) % 2
    X = (rng.standard_normal((40, 1, 60)) * 1e-3).astype(np.float32)
    X[y == 1] += np.float32(1e-3) * np.sin(np.arange(60, dtype=np.float32))
    options = {"n_features": 30, "scale": False, "honest": False, "random_state": 0}
    model = LightWaveSClassifier(MiniRocket(), missing=missing, **options).fit(X, y)
    high = np.float32([1e3, 1e30, 1e36, 9e36, 2e37, 3e38, np.inf])[:, np.newaxis, np.newaxis]
    said = say(
        model, high * np.where(np.arange(60) % 2, 1, -1).astype(np.float32), tmp_path, dtype="int16", calibration=X
    )
    assert (said.classes >= 0).tolist() == [True] * 4 + [False] * 3


@pytest.mark.parametrize("compiler", sweep(["gcc"], ["clang"]))
def test_series_of_32_bits_compile_without_a_warning_and_do_not_overflow_either(compiler, in_integers, tmp_path):
    model, X, _ = in_integers
    tool(compiler)
    calibration = np.concatenate([X, 1e4 * X[:1]])
    flags = (*STRICT, "-g", "-O0", "-fsanitize=undefined", "-fno-sanitize-recover=all")
    said = say(model, X * np.float32(1e30), tmp_path, compiler, flags, dtype="int16", calibration=calibration)
    assert "int32_t model_value" in (tmp_path / "model.c").read_text()
    assert np.isfinite(said.scores).all()
    said = run(tmp_path / "run_model", model, X)
    assert_says_nearly_what_python_says(said, model, X)


@pytest.mark.parametrize("n_timepoints", sweep([1, 65, 300], [2, 9]))
def test_nothing_is_read_beyond_series_of_any_length(n_timepoints, in_integers, tmp_path):
    model, X, X_test = in_integers
    X_test = np.concatenate([X_test] * 3, axis=2)[:6, :, :n_timepoints]
    said = say(model, X_test, tmp_path, "gcc", ADDRESSES, 1, dtype="int16", calibration=X, n_timepoints=n_timepoints)
    scores = model.decision_function(X_test)
    assert np.median(np.abs(said.scores - scores)) < 10 * NEARLY  # features beyond those of calibration are cut off


def test_loops_and_head_have_no_real_numbers(in_integers, tmp_path):
    model, X, _ = in_integers
    to_c(model, tmp_path / "model.c", dtype="int16", calibration=X)
    source = (tmp_path / "model.c").read_text()
    loops = source[source.index("/* ---- features") : source.index("/* ---- what the header declares")]
    head = source[source.index("/* ---- the head") : source.index("/* ---- the channels")]
    for text in (head, loops):
        assert len(text) > 1000
        assert not re.search(r"\b(float|double)\b|\d\.\d|0x", text)


def test_fine_details_beside_large_values_take_32_bits():
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(n_features=20, honest=False, random_state=0).fit(X, y)
    assert units_of(model.plan_, as_panel(X)).width is NARROW
    slow = np.tile(np.sin(np.linspace(0, 2 * np.pi, 4000, dtype=np.float32)), (40, 6, 1))
    assert units_of(model.plan_, as_panel(slow)).width is WIDE
    X = X.copy()
    X[0, :, 0] = 1000 * model.plan_.scale
    assert units_of(model.plan_, as_panel(X)).width is WIDE


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_the_largest_value_of_a_channel_fits(width):
    series = np.random.default_rng(0).standard_normal((5, 4, 30)) * [[[1e-9], [1.0], [7.0], [3e3]]]
    bits = bits_of(series, width)
    assert (np.abs(series).max(axis=(0, 2)) * 2.0**bits <= width.most)[2:].all()
    assert np.ptp(bits) <= width.widest


def test_numbers_are_integers_over_a_power_of_two():
    numbers = 10.0 ** np.arange(-12, 4.0)
    integers, shifts = as_shifted(numbers)
    np.testing.assert_allclose(integers / 2.0**shifts, numbers, rtol=2e-5)
    assert (shifts >= 0).all()
    assert (shifts < 63).all()


def test_a_model_of_few_features_that_count_in_large_units_is_right(tmp_path):
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(bank=MultiRocket(), n_features=100, honest=False, random_state=0).fit(X, y)
    longest_stretches = np.flatnonzero(model.plan_.statistic == 1)[:2]
    few = clone(model)
    vars(few).update(vars(model), plan_=model.plan_[longest_stretches])
    few.classifier_ = RidgeHead().fit(few.plan_.apply(as_panel(X)), y)
    assert_says_nearly_what_python_says(say(few, X, tmp_path, dtype="int16", calibration=X), few, X, share=0.9)


def test_it_says_the_same_on_a_cortex(in_integers, tmp_path):
    tool("arm-none-eabi-gcc"), tool("qemu-system-arm")
    model, X, X_test = in_integers
    here = say(model, X_test[:4], tmp_path, dtype="int16", calibration=X)
    there = run_on_cortex(build_for_cortex(tmp_path), model, X_test[:4])
    for one, other in zip(here, there, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_it_has_half_the_room_of_real_numbers(of_two_classes, tmp_path):
    model, X = of_two_classes
    real, integer = (
        to_c(model, tmp_path / "model.c", **options) for options in ({}, {"dtype": "int16", "calibration": X})
    )
    assert integer.work_bytes < 0.6 * real.work_bytes


def test_series_for_calibration_are_checked(of_two_classes, all_kinds, tmp_path):
    model, X = of_two_classes
    path = tmp_path / "model.c"
    with pytest.raises(ValueError, match="needs series to choose its units by"):
        to_c(model, path, dtype="int16")
    with pytest.raises(ValueError, match="channels"):
        to_c(model, path, dtype="int16", calibration=X[:, :2])
    with pytest.raises(ValueError, match="NaN"):
        to_c(model, path, dtype="int16", calibration=np.full_like(X, np.nan))
    with pytest.raises(ValueError, match="at most 32767"):
        to_c(model, path, dtype="int16", calibration=X, n_timepoints=32768)
    with pytest.raises(TypeError, match="no C of int16 for the features of WaveletScattering"):
        to_c(all_kinds[0], path, dtype="int16", calibration=X)
    assert list(tmp_path.iterdir()) == []


# --- what is known of the labels before anything is compiled ------------------------------------------------------


@pytest.mark.parametrize("wide", [False, True], ids=["16 bits", "32 bits"])
def test_python_knows_every_integer_that_c_computes(wide, monkeypatch, tmp_path):
    X, y = load_japanese_vowels("train")
    X = [x * np.float32(1 + 20 * (i % 40 == 0)) for i, x in enumerate(X)] if wide else X
    banks = [Prism(), Rocket(n_kernels=500)]
    model = LightWaveSClassifier(banks, n_features=90, honest=False, random_state=0).fit(X, y)
    longest = max(x.shape[1] for x in X)
    exported = to_c(model, tmp_path / "model.c", dtype="int16", calibration=X, n_timepoints=longest)
    said = run(build(tmp_path), model, X)
    assert exported.agreement == np.mean(model.classes_[said.classes] == model.predict(X))
    assert ("int32_t model_value" in exported.source.read_text()) == wide
    units = units_of(model.plan_, as_panel(X))
    found = features_of(model.plan_, longest, widened(units) if wide else units)
    order = [column for features in found for column in features.order]
    values = np.concatenate([features.values for features in found])
    sizes = np.array([size for features in found for size in features.sizes])
    seen, coefficients = Seen(values, sizes, units.features[order]), model.classifier_.coef_[:, order].T
    scores = coefficients.T @ seen.features + model.classifier_.intercept_[:, np.newaxis]
    made = [tables_of(coefficients, scores, seen, sums) for sums in (BYTE, SHORT)]
    expected = [(sums_of(tables, values) * 2.0**-tables.bits).T for tables in made]
    assert min(np.abs(said.scores - scores).max() for scores in expected) < 1e-6


@pytest.mark.parametrize("sums", [BYTE, SHORT], ids=["8 bits", "16 bits"])
def test_what_a_single_feature_adds_has_32_bits(sums):
    values, coefficients = np.arange(-50, 50)[np.newaxis], np.array([[1.0, -0.3, 0.2]])
    assert tables_of(coefficients, coefficients.T * values, Seen(values, np.ones(1), values), sums).most < 2**31


def test_readings_in_whole_numbers_are_on_the_right_side_of_a_bias_that_they_equal():
    X, y = load_basic_motions("train")
    X = np.round(2 * X)
    model = LightWaveSClassifier(Prism(), n_features=200, honest=False, random_state=0).fit(X, y)
    units = units_of(model.plan_, as_panel(X))
    (found,) = features_of(model.plan_, 100, units)
    shares = np.flatnonzero(model.plan_.statistic[found.order] == 0)
    differ = np.abs(found.values[shares] / 2.0**15 - units.features[found.order][shares])
    assert differ.mean() < 0.004  # .011 with biases that are only rounded; in Python, too, roundings split some ties


def test_readings_in_whole_numbers_get_their_labels(tmp_path):
    X, y = load_basic_motions("train")
    X, X_test = np.round(2 * X), np.round(2 * load_basic_motions("test")[0])
    model = LightWaveSClassifier(n_features=200, honest=False, random_state=0).fit(X, y)
    said = say(model, X_test, tmp_path, dtype="int16", calibration=X)
    assert (model.classes_[said.classes] == model.predict(X_test)).all()


def test_details_far_below_the_largest_value_are_seen(tmp_path):
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    X = 0.1 * np.sin(np.arange(100) * (0.5 + 0.2 * y[:, np.newaxis])) + 0.01 * rng.standard_normal((80, 100))
    X = (X + rng.choice([-1.0, 1.0, 300.0], (80, 1))).astype(np.float32)[:, np.newaxis]
    model = LightWaveSClassifier(n_features=40, honest=False, random_state=0).fit(X[:60], y[:60])
    exported = to_c(model, tmp_path / "model.c", dtype="int16", calibration=X[:60])
    said = run(build(tmp_path), model, X)
    assert "int32_t model_value" in exported.source.read_text()
    assert np.mean(model.classes_[said.classes] == model.predict(X)) > 0.98


def test_labels_that_differ_are_told_or_refused():
    def texts(n_agree, n_cases):
        return Texts("", "", 0, 0, n_agree, n_cases, False, "another label")

    check_agreement(texts(1000, 1000))
    check_agreement(texts(995, 1000))
    with pytest.warns(UserWarning, match="gives 6 of 1000 series of calibration another label"):
        check_agreement(texts(994, 1000))
    with pytest.warns(UserWarning, match="gives 1 of 20 series"):
        check_agreement(texts(19, 20))
    with pytest.raises(ValueError, match=r"gives 21 of 1000 series .* at most 2% may get one\. Say dtype"):
        check_agreement(texts(979, 1000))


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("bank", [None, Rocket(n_kernels=500)], ids=["Prism", "Rocket"])
def test_calibration_in_other_units_than_training_is_refused(bank, scale, tmp_path):
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(bank, n_features=40, scale=scale, honest=False, random_state=0).fit(X, y)
    for factor in (0, 1e-6, 1e5, 1e30):
        with pytest.raises(ValueError, match=r"calibration (does not resemble|holds too little)"):
            to_c(model, tmp_path / "model.c", dtype="int16", calibration=X * np.float32(factor))
        assert list(tmp_path.iterdir()) == [], factor


def test_biases_that_vanish_beside_the_values_of_calibration_are_coarse():
    assert is_coarse(np.array([[0.0, -5, 5], [3.0, -100, 100], [-2.0, -100, 100]]))
    assert not is_coarse(np.array([[0.0, -5, 5], [0.0, -5, 5], [0.0, -5, 5], [900.0, -1000, 1000]]))
    assert not is_coarse(np.zeros((3, 3)))
    assert not is_coarse(np.zeros((0, 3)))


def test_outliers_that_leave_nothing_of_the_biases_are_refused(tmp_path):
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(MiniRocket(), n_features=40, honest=False, random_state=0).fit(X, y)
    X = X.copy()
    X[0, :, 3] = 1e12
    with pytest.raises(ValueError, match="thresholds of features vanish beside them"):
        to_c(model, tmp_path / "model.c", dtype="int16", calibration=X)
    assert list(tmp_path.iterdir()) == []


def test_calibration_of_one_class_is_refused(tmp_path):
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(n_features=40, honest=False, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match=r"holds too little|does not reach|does not resemble"):
        to_c(model, tmp_path / "model.c", dtype="int16", calibration=X[:1])


def test_sums_of_many_channels_are_formed_in_64_bits():
    X, y = load_basic_motions("train")
    units = units_of(LightWaveSClassifier(n_features=20, honest=False, random_state=0).fit(X, y).plan_, as_panel(X))
    assert type_of_sums([(1, -2), (3,)], units) == "int32_t"
    assert type_of_sums([(1,), (1,) * 2**16], units) == "int64_t"


# --- heads that compare cases with landmarks -------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["two classes", "nine classes of unequal lengths"])
def of_landmarks(request):
    """A model with a kernel head that can be written in integers, series for calibration, and cases."""
    load = load_basic_motions if request.param == "two classes" else load_japanese_vowels
    (X, y), (X_test, _) = load("train"), load("test")
    y = np.isin(y, ("Running", "Walking")) if request.param == "two classes" else y
    options = {"n_features": 90, "search_candidates": 2000, "random_state": 0}
    model = LightWaveSClassifier([Prism(), Rocket(n_kernels=500)], classifier=KernelHead(40), **options)
    return model.fit(X, y), X, X_test


def longest(*some):
    return max(x.shape[1] for X in some for x in X)


@pytest.mark.parametrize("compiler", sweep(["gcc", "clang++"], ["clang", "g++"]))
def test_a_kernel_head_says_nearly_the_same(compiler, of_landmarks, tmp_path):
    model, X, X_test = of_landmarks
    tool(compiler)
    flags = CPP if "++" in compiler else (*STRICT, "-O2")
    options = {"dtype": "int16", "calibration": X, "n_timepoints": longest(X, X_test)}
    said = say(model, X_test, tmp_path, compiler, flags, **options)
    assert_says_nearly_what_python_says(said, model, X_test, share=0.995)
    source = (tmp_path / "model.c").read_text()
    head = source[source.index("/* ---- the head") : source.index("/* ---- the channels")]
    assert len(head) > 1000
    assert not re.search(r"\b(float|double)\b|\d\.\d|0x", head)


def test_nothing_overflows_in_a_kernel_head(of_landmarks, tmp_path):
    model, X, X_test = of_landmarks
    some = [x * np.float32(factor) for x in X_test[:3] for factor in (0, 1, 30, 1e30)]
    flags = (*STRICT, "-g", "-O0", "-fsanitize=undefined,address", "-fno-sanitize-recover=all")
    options = {"dtype": "int16", "calibration": X, "n_timepoints": longest(X, X_test)}
    said = say(model, some, tmp_path, "gcc", flags, **options)
    assert (said.classes >= 0).all()
    assert np.isfinite(said.scores).all()


def test_a_kernel_head_of_integers_says_the_same_on_a_cortex(of_landmarks, tmp_path):
    tool("arm-none-eabi-gcc"), tool("qemu-system-arm")
    model, X, X_test = of_landmarks
    here = say(model, X_test[:4], tmp_path, dtype="int16", calibration=X, n_timepoints=longest(X, X_test))
    there = run_on_cortex(build_for_cortex(tmp_path), model, X_test[:4])
    for one, other in zip(here, there, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("grains", [FEW_GRAINS, MANY_GRAINS], ids=["8 bits", "16 bits"])
def test_python_knows_every_integer_of_a_kernel_head(grains, of_landmarks, monkeypatch, tmp_path):
    model, X, _ = of_landmarks
    X = [x * np.float32(30 if i == 0 else 1) for i, x in enumerate(X)]  # far beyond what is counted
    for name in ("BYTE", "SHORT"):
        monkeypatch.setattr(fixed_kernel, name, grains)
    tables_of_head = []
    made = Tables.of.__func__
    monkeypatch.setattr(Tables, "of", lambda *given: tables_of_head.append(made(Tables, *given)) or tables_of_head[-1])
    exported = to_c(model, tmp_path / "model.c", dtype="int16", calibration=X, n_timepoints=longest(X))
    said = run(build(tmp_path), model, X)
    assert exported.agreement == np.mean(model.classes_[said.classes] == model.predict(X))
    assert f"static const {grains.type} head_landmarks" in exported.source.read_text()
    found = features_of(model.plan_, longest(X), units_of(model.plan_, as_panel(X)))
    tables = tables_of_head[0]
    expected = tables.sums(np.concatenate([features.values for features in found])) * 2.0**-tables.bits
    scores = said.scores[:, 1:] if len(expected) == 1 else said.scores
    np.testing.assert_allclose(scores, expected.T, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("n_sums", [1, 3])
def test_landmarks_have_8_bits_where_these_hardly_move_by_how_much_labels_lead(n_sums):
    scores, moves = np.random.default_rng(0).standard_normal((2, n_sums, 200))
    assert steady(scores + 0.002 * moves, scores)
    assert not steady(scores + 0.02 * moves, scores)
    assert not steady(0.1 * scores + 0.002 * moves, 0.1 * scores)


@pytest.mark.parametrize(("grains", "differ"), [(FEW_GRAINS, 0.02), (MANY_GRAINS, 0.0005)], ids=["8 bits", "16 bits"])
def test_likenesses_in_integers_are_nearly_those_of_real_numbers(grains, differ):
    rng = np.random.default_rng(0)
    features = rng.standard_normal((30, 50)) * 10.0 ** np.linspace(-6, 6, 30)[:, np.newaxis]
    deviation = features.std(axis=1)
    mean = features.mean(axis=1) + 0.3 * deviation  # series of calibration need not have the mean of training
    standard = ((features.T - mean) / deviation).T
    landmarks = standard.T[:20].copy()
    for width in (1e-9, 0.01, 0.05, 1.0):
        bent = Bent(mean, deviation, np.inf, landmarks, width, np.ones((50, 1)), np.zeros(1))
        sizes = deviation / 1000
        values = np.rint(features / sizes[:, np.newaxis]).astype(np.int64)
        tables = Tables.of(bent, np.zeros((1, 50)), Seen(values, sizes, features), grains)
        counted = ((values * tables.factors[:, np.newaxis]) >> tables.shifts[:, np.newaxis]) - tables.centres[
            :, np.newaxis
        ]
        np.testing.assert_allclose(counted / 2**12, standard, atol=0.003)
        found = tables.likenesses(np.rint(standard * 2**12).astype(np.int64)) / 2.0**24
        squares = ((standard.T[np.newaxis] - landmarks[:, np.newaxis]) ** 2).sum(axis=2)
        np.testing.assert_allclose(found, np.exp(-width * squares), atol=differ)


def test_a_series_of_calibration_that_lies_far_out_does_not_shift_the_scores_of_others():
    features = np.random.default_rng(0).standard_normal((5, 40))
    landmarks = features.T[:10].copy()
    features[:, 0] = 1000
    bent = Bent(np.zeros(5), np.ones(5), np.inf, landmarks, 0.1, np.ones((15, 1)), np.zeros(1))
    sizes, scores = np.full(5, 2.0**-14), bent.scores(features)
    values = np.rint(features * 2**14).astype(np.int64)
    tables = Tables.of(bent, scores, Seen(values, sizes, features), MANY_GRAINS)
    found = np.ldexp(tables.sums(values), -tables.bits)
    np.testing.assert_allclose(found[:, 1:], scores[:, 1:], atol=0.01)


def test_squared_distances_of_very_many_features_leave_room_for_what_they_are_multiplied_by(monkeypatch):
    monkeypatch.setattr(fixed_kernel, "SHORT", None)  # is not tried
    n_features = 2**14 + 1
    features = np.random.default_rng(0).standard_normal((n_features, 4))
    coefficients = np.concatenate([np.zeros(n_features), np.ones(2)])[:, np.newaxis]
    bent = Bent(
        np.zeros(n_features), np.ones(n_features), np.inf, features.T[:2], 1 / n_features, coefficients, np.zeros(1)
    )
    seen = Seen(np.rint(features * 2**14).astype(np.int64), np.full(n_features, 2.0**-14), features)
    scores = bent.scores(features)
    head = bent_in_integers(bent, scores, seen, lambda found: np.abs(found[0] - scores[0]) < 1e-9)
    assert "static const int8_t head_landmarks" in head.source


# --- numbers ------------------------------------------------------------------------------------------------------


OF_NUMBERS = {"n_features": 60, "search_candidates": 2000, "regressor": RegressionHead(), "random_state": 0}


KERNEL = {"regressor": KernelRegressionHead(n_landmarks=60)}


def numbers_of(X):
    """A number that an event decides, and how long the series is."""
    return np.array([50 * x[0].max() + x.shape[1] for x in X])


@pytest.fixture(scope="module", params=["Prism and Rocket", "kernel", "kernel of a root", *sweep([], ["MultiRocket"])])
def regressor(request):
    """A regressor that can be written in integers, series for calibration, and cases."""
    X, X_test = (load_japanese_vowels(part)[0] for part in ("train", "test"))
    bank = MultiRocket() if request.param == "MultiRocket" else None
    y = numbers_of(X)
    y = np.exp(y / 25) if request.param == "kernel of a root" else y
    return LightWaveSRegressor(bank, **OF_NUMBERS | (KERNEL if "kernel" in request.param else {})).fit(X, y), X, X_test


@pytest.mark.parametrize("compiler", sweep(["gcc", "clang++"], ["clang", "g++"]))
def test_numbers_differ_by_little_beside_the_error_of_the_model(compiler, regressor, tmp_path):
    model, X, X_test = regressor
    tool(compiler)
    flags = CPP if "++" in compiler else (*STRICT, "-O2")
    options = {"dtype": "int16", "calibration": X, "n_timepoints": max(x.shape[1] for x in X_test)}
    said = say_numbers(model, X_test, tmp_path, compiler, flags, **options)
    differ = np.abs(said - model.predict(X_test)) / model.regressor_.spread_
    assert np.mean(differ <= NEAR) > 0.98
    assert differ.max() < 5 * NEAR


def test_python_knows_which_numbers_agree(regressor, tmp_path):
    model, X, _ = regressor
    longest = max(x.shape[1] for x in X)
    exported = to_c(model, tmp_path / "model.c", dtype="int16", calibration=X, n_timepoints=longest)
    said = lines(build(tmp_path), model, X)[:, 0]
    differ = np.abs(said - model.predict(X)) / model.regressor_.spread_
    assert exported.agreement == np.mean(differ <= NEAR)


@pytest.mark.parametrize(("offset", "factor"), [(1e9, 1.0), (-3.0, 1e-6), (0.0, 1e6)])
def test_numbers_of_any_size_keep_their_digits(offset, factor, tmp_path):
    X, _ = load_basic_motions("train")
    model = LightWaveSRegressor(Prism(400), **OF_NUMBERS).fit(X, offset + factor * numbers_of(X))
    said = say_numbers(model, X, tmp_path, dtype="int16", calibration=X)
    assert np.mean(np.abs(said - model.predict(X)) <= NEAR * model.regressor_.spread_) > 0.98


def test_numbers_of_values_far_larger_than_those_of_calibration_stay_within_bounds(regressor, tmp_path):
    model, X, X_test = regressor
    far = [x[:, :20] * np.float32(1e30) for x in X_test[:5]]
    said = say_numbers(model, far, tmp_path, "gcc", ADDRESSES, dtype="int16", calibration=X)
    lowest, highest = model.regressor_.bounds_
    assert ((said >= lowest) & (said <= highest)).all()


def test_a_regressor_in_integers_takes_samples_one_by_one(regressor, tmp_path):
    model, X, _ = regressor
    to_c(model, tmp_path / "model.c", dtype="int16", calibration=X, n_timepoints=20, stream=True)
    assert "model_push" in (tmp_path / "model.h").read_text()
    build(tmp_path, flags=STRICT)


@pytest.mark.parametrize("factor", [0, 1e-6, 1e5])
def test_calibration_of_a_regressor_in_other_units_is_refused(factor, regressor, tmp_path):
    model, X, _ = regressor
    with pytest.raises(ValueError, match="calibration does not resemble"):
        to_c(model, tmp_path / "model.c", dtype="int16", calibration=[x * np.float32(factor) for x in X])
    assert list(tmp_path.iterdir()) == []


def test_one_series_is_no_calibration_of_a_regressor(regressor, tmp_path):
    model, X, _ = regressor
    with pytest.raises(ValueError, match=r"among its 1 series, features vary 0 times as much.*Take many series"):
        to_c(model, tmp_path / "model.c", dtype="int16", calibration=X[:1])
    assert list(tmp_path.iterdir()) == []


def test_features_that_do_not_count_say_nothing_of_calibration():
    check_features(np.zeros((2, 5)), np.zeros(2), np.ones(2))
    check_features(np.zeros((2, 5)), np.ones(2), np.zeros(2))


def test_calibration_in_other_units_is_seen_in_the_channels_where_features_have_bounds(tmp_path):
    """Once, series in thousandths passed, with an agreement of 1: features that are shares are never far off."""
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(MiniRocket(168), n_features=30, random_state=0).fit(X, y)
    assert to_c(model, tmp_path / "m.c", dtype="int16", calibration=X[::2]).agreement > 0.9
    for factor in (10, 1000, 0.05):
        with pytest.raises(ValueError, match=r"standardised, a channel is about .* in size, where 1 is usual"):
            to_c(model, tmp_path / "m.c", dtype="int16", calibration=X * np.float32(factor))
    one_off = X.copy()
    one_off[:, model.channels_[0]] *= 1000
    with pytest.raises(ValueError, match="calibration does not resemble"):
        to_c(model, tmp_path / "m.c", dtype="int16", calibration=one_off)


@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_where_float32_does_not_hold_the_series_it_is_told(dtype, tmp_path):
    """Once, half of the labels were other than Python's without a word, and the agreement was said to be 1."""
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(n_features=30, honest=False, random_state=0).fit(X.astype(np.float64) * 1e-3 + 1e6, y)
    words = r"Channel 'ch\d' lies at 1000000, with a deviation of 0.00.*numbers of float32 are 0.062 apart"
    if dtype == "float32":
        with pytest.warns(UserWarning, match=words):
            to_c(model, tmp_path / "m.c")
    else:
        calibration = X.astype(np.float64) * 1e-3 + 1e6
        with pytest.warns(UserWarning, match=words), pytest.raises(ValueError, match=r"dtype|calibration"):
            to_c(model, tmp_path / "m.c", dtype="int16", calibration=calibration)
        assert not list(tmp_path.iterdir())


def test_without_scaling_it_is_told_how_little_a_far_channel_may_deviate():
    plan = SimpleNamespace(
        channels=np.array([0, 2]), shift=np.array([0, 9e9, 2.0**31]), scale=np.ones(3), names_of_channels=list("abc")
    )
    words = r"'c' lies at 2\.147484e\+09\. .* 2.6e\+02 apart.* deviates by less than 2.6e\+04 it .* given float32, too"
    with pytest.warns(UserWarning, match=words):
        warn_of_rounding(SimpleNamespace(plan_=plan, scale=False))
    plan.shift[2] = 0
    warn_of_rounding(SimpleNamespace(plan_=plan, scale=False))


def test_agreement_is_that_of_what_c_is_given(tmp_path):
    """Once, integers were made of series in float64, which C never sees."""
    X, y = load_basic_motions("train")
    level = X.astype(np.float64) * 0.3 + 1e6
    model = LightWaveSClassifier(n_features=60, honest=False, random_state=0).fit(level, y)
    with pytest.warns(UserWarning, match="lies at 1000000"):
        exported = to_c(model, tmp_path / "model.c", dtype="int16", calibration=level)
    said = run(build(tmp_path), model, level)
    assert exported.agreement == np.mean(model.classes_[said.classes] == model.predict(level))


def test_small_units_are_told_as_what_they_are(tmp_path):
    """Once, the error blamed calibration, which was that of training."""
    X, y = load_basic_motions("train")
    small = X * np.float32(1e-9)
    model = LightWaveSClassifier(MiniRocket(168), n_features=30, scale=False, random_state=0).fit(small, y)
    with pytest.raises(ValueError, match="fit with scale=True, or multiply all series"):
        to_c(model, tmp_path / "m.c", dtype="int16", calibration=small)
    head = RegressionHead()
    model = LightWaveSRegressor(n_features=30, regressor=head, honest=False, random_state=0)
    model.fit(X, X[:, 0].std(axis=1) * 1e-20)
    assert to_c(model, tmp_path / "m.c", dtype="int16", calibration=X).agreement > 0.9
