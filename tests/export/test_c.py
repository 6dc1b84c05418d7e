"""A model as C says what it says in Python, compiles without a warning, and touches nothing that is not its own."""

import os
import re
import subprocess
import tempfile
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from compiled import (
    ADDRESSES,
    CPP,
    KERNEL_HEAD,
    PLENTY,
    STRICT,
    assert_says_what_python_says,
    build,
    environment,
    run,
    say,
    too_large,
    tool,
)
from lengths import OTHER_LENGTHS
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from wide import sweep

from lightwaves import Intervals, LightWaveS, LightWaveSClassifier, MorletScattering, load, load_basic_motions, save
from lightwaves.estimators.kernel import KernelHead
from lightwaves.export import c, sizes, to_c
from lightwaves.export.head import MUCH, most_added
from lightwaves.plans import Plan

pytestmark = [pytest.mark.slow, OTHER_LENGTHS]

SANITIZERS = [("gcc", "address,undefined"), ("clang", "address,undefined"), ("clang", "memory")]


# --- the same answers -----------------------------------------------------------------------------------------------


def test_each_bank_says_the_same_of_series_of_one_length(of_motions, tmp_path):
    model, X = of_motions
    assert_says_what_python_says(say(model, X, tmp_path, flags=("-O2",)), model, X)


def test_each_bank_says_the_same_of_series_of_unequal_length(of_vowels, tmp_path):
    model, X = of_vowels
    longest = max(x.shape[1] for x in X)
    assert longest > model.plan_.n_timepoints
    assert_says_what_python_says(say(model, X, tmp_path, n_timepoints=longest), model, X)


@pytest.mark.parametrize("n_timepoints", sweep([1, 33, 300], [2, 3, 7, 16, 99]))
def test_features_of_all_kinds_are_the_same_at_any_length(n_timepoints, all_kinds, tmp_path):
    model, X = all_kinds
    X = np.concatenate([X, X, X], axis=2)[:12, :, :n_timepoints]
    said = say(model, X, tmp_path, n_timepoints=n_timepoints)
    assert_says_what_python_says(said, model, X)


def test_a_shorter_series_is_read_as_such(all_kinds, tmp_path):
    model, X = all_kinds
    shorter = [x[:, : 1 + 7 * i] for i, x in enumerate(X[:14])]
    assert_says_what_python_says(say(model, shorter, tmp_path), model, shorter)


def test_two_classes_have_two_scores(of_two_classes, tmp_path):
    model, X = of_two_classes
    said = say(model, X, tmp_path)
    assert_says_what_python_says(said, model, X)
    assert said.scores.shape == (len(X), 2)


def test_a_kernel_head_says_the_same(of_kernel_head, tmp_path):
    model, X = of_kernel_head
    said = say(model, X, tmp_path, "gcc", (*STRICT, "-O2"), n_timepoints=max(x.shape[1] for x in X))
    assert_says_what_python_says(said, model, X, KERNEL_HEAD)
    assert bends(model, X)


def bends(model, X):
    """Whether the part of the scores that is not linear in the features is worth a test."""
    features = model._features(X)
    head = model.classifier_
    linear = features @ head.coef_.T + head.intercept_
    return np.abs(model.decision_function(X).reshape(linear.shape) - linear).max() > 0.1


@pytest.mark.parametrize("compiler", sweep(["clang++"], ["clang", "g++"]))
@pytest.mark.parametrize("of_kernel_head", sweep(["four classes"], ["two classes", "unequal lengths"]), indirect=True)
def test_a_kernel_head_compiles_without_a_warning(compiler, of_kernel_head, tmp_path):
    model, X = of_kernel_head
    tool(compiler)
    flags = CPP if "++" in compiler else (*STRICT, "-O2")
    X = X[:5]
    said = say(model, X, tmp_path, compiler, flags, n_timepoints=max(x.shape[1] for x in X))
    assert_says_what_python_says(said, model, X, KERNEL_HEAD)


def test_sanitizers_find_nothing_in_a_kernel_head(of_kernel_head, tmp_path):
    model, X = of_kernel_head
    if not compiles(tool("gcc"), ADDRESSES, tmp_path):
        pytest.skip("gcc has no sanitizers")
    some = [x[:, : 1 + 5 * i] for i, x in enumerate(X[:6])]
    said = say(model, some, tmp_path, "gcc", ADDRESSES, unaligned=3)
    assert_says_what_python_says(said, model, some, KERNEL_HEAD)


def test_likenesses_that_nearly_cancel_are_found_in_float64(tmp_path):
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(n_features=2, classifier=KernelHead(30), honest=False, random_state=0).fit(X, y)
    assert most_added(model.classifier_) > MUCH
    said = say(model, X, tmp_path, flags=STRICT)
    assert "double *compared;" in (tmp_path / "model.c").read_text()
    assert_says_what_python_says(said, model, X, KERNEL_HEAD)


def test_of_a_series_far_from_all_landmarks_the_linear_part_speaks(of_kernel_head, tmp_path):
    model, X = of_kernel_head
    X = [1e20 * x[:, :20] for x in X[:4]]
    said, linear = say(model, X, tmp_path), model._features(X) @ model.classifier_.coef_.T
    scores = (linear + model.classifier_.intercept_)[:, -1]
    np.testing.assert_allclose(said.scores[:, -1], scores, rtol=1e-5)


def test_a_feature_that_a_plan_has_twice_counts_twice(all_kinds, tmp_path):
    model, X = all_kinds
    rows = np.concatenate([np.arange(len(model.plan_)), np.arange(0, len(model.plan_), 2)])
    twice = clone(model)
    vars(twice).update(vars(model), plan_=model.plan_[rows])
    twice.classifier_ = clone(model.classifier_).fit(twice.plan_.apply(twice._next_panel(X)), model.predict(X))
    assert_says_what_python_says(say(twice, X, tmp_path), twice, X)


def test_a_constant_stretch_has_no_noise(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 3, (40, 2, 60)).repeat(3, axis=2).astype(np.float32) / 3, np.arange(40) % 2
    X[y == 1, 0, 50:90] = X[y == 1, 0, 50:51]
    model = LightWaveSClassifier(n_features=80, honest=False, random_state=0).fit(X, y)
    assert_says_what_python_says(say(model, X, tmp_path), model, X)


@pytest.mark.filterwarnings("ignore:Channel 'ch[0-9]' lies at 10000")  # but Python is given the same float32
@pytest.mark.parametrize("scale", [True, False])
def test_series_far_from_zero_are_the_same(scale, tmp_path):
    X, y = load_basic_motions("train")
    X = X * np.float32(1e-3) + np.float32(1e4)
    model = LightWaveSClassifier(n_features=60, scale=scale, honest=False, random_state=0).fit(X, y)
    assert_says_what_python_says(say(model, X, tmp_path), model, X)


# --- values that are missing or cannot be used ----------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["zero", "interpolate"])
def test_missing_values_are_filled_as_in_python(missing, tmp_path):
    rng = np.random.default_rng(0)
    X, y = load_basic_motions("train")
    X = np.where(rng.random(X.shape) < 0.1, np.nan, X).astype(np.float32)
    X[3, 2], X[4, :, :20], X[5, :, 80:] = np.nan, np.nan, np.nan
    model = LightWaveSClassifier(n_features=60, missing=missing, honest=False, random_state=0).fit(X, y)
    assert_says_what_python_says(say(model, X, tmp_path), model, X)


@pytest.mark.filterwarnings("ignore:The score of case .* away from 0:UserWarning")
def test_long_gaps_take_no_longer_than_values(tmp_path):
    """Once, each missing value looked for its neighbours anew: the time grew with the square of a gap."""
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(n_features=5, missing="interpolate", random_state=0).fit(X, y)
    n_timepoints = 200_000
    cases = np.full((2, X.shape[1], n_timepoints), np.nan, np.float32)
    cases[0, :, [0, -1]] = X[0, :, :2].T
    to_c(model, tmp_path / "model.c", n_timepoints=n_timepoints)
    said = run(build(tmp_path), model, cases, timeout=20)
    assert_says_what_python_says(said, model, cases)


@pytest.mark.parametrize("missing", ["error", "zero"])
def test_of_a_value_that_cannot_be_used_nothing_is_said(missing, all_kinds, tmp_path):
    model, X = all_kinds
    model = vars_copied(model, missing=missing)
    model.plan_.scale[:] = np.minimum(model.plan_.scale, 1e-2)
    X = X[:7].copy()
    X[[1, 3, 5], model.plan_.channels[-1], -1] = np.inf, -np.inf, 3e38
    said = say(model, X, tmp_path)
    assert (said.classes[[1, 3, 5]] == -1).all()
    assert np.isnan(said.scores[[1, 3, 5]]).all()
    assert np.isnan(said.probabilities[[1, 3, 5]]).all()
    assert (said.classes[[0, 2, 4, 6]] >= 0).all()


def test_of_a_missing_value_nothing_is_said_where_none_may_be(all_kinds, tmp_path):
    model, X = all_kinds
    X = X[:2].copy()
    X[1, model.plan_.channels[0], 5] = np.nan
    assert (say(model, X, tmp_path).classes >= 0).tolist() == [True, False]


def test_of_a_feature_that_is_not_finite_nothing_is_said(all_kinds, of_two_classes, of_kernel_head, tmp_path):
    """Once, C gave a label, with scores that were infinite or no numbers, where Python raised."""
    for model, X in (all_kinds, of_two_classes, of_kernel_head):
        longest = max(x.shape[1] for x in X)
        said = say(model, [*too_large(model, X[:3]), X[3]], tmp_path, n_timepoints=longest)
        assert (said.classes >= 0).tolist() == [False, False, False, True]
        assert np.isnan(said.scores[:3]).all()
        assert np.isnan(said.probabilities[:3]).all()


def test_of_a_series_that_is_too_long_nothing_is_said(of_two_classes, tmp_path):
    model, X = of_two_classes
    said = say(model, [X[0], np.concatenate([X[0], X[0]], axis=1), X[0][:, :0]], tmp_path)
    assert (said.classes >= 0).tolist() == [True, False, False]


def vars_copied(model, **changes):
    """A fitted model with other attributes, and a plan of its own."""
    other = clone(model)
    vars(other).update(vars(model))
    other.plan_ = deepcopy(model.plan_)
    vars(other).update(changes)
    return other


# --- compilers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("compiler", "flags"),
    sweep(
        [("gcc", ["-Os"]), ("clang", ["-O3", "-march=native"])],
        [("gcc", ["-O0"]), ("gcc", ["-O3"]), ("clang", ["-O0"]), ("clang", ["-Os"]), ("clang", ["-O3"])],
    ),
)
def test_c99_compiles_without_a_warning_and_says_the_same(compiler, flags, all_kinds, tmp_path):
    model, X = all_kinds
    tool(compiler)
    assert_says_what_python_says(say(model, X, tmp_path, compiler, (*STRICT, *flags)), model, X)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_it_compiles_as_cpp(compiler, all_kinds, tmp_path):
    model, X = all_kinds
    tool(compiler)
    assert_says_what_python_says(say(model, X, tmp_path, compiler, CPP), model, X)


@pytest.mark.parametrize("compiler", sweep(["gcc"], ["clang"]))
def test_it_says_the_same_with_the_machine_s_own_instructions(compiler, all_kinds, tmp_path):
    model, X = all_kinds
    tool(compiler)
    assert_says_what_python_says(say(model, X, tmp_path, compiler, ("-O3", "-march=native")), model, X)


@pytest.mark.parametrize(
    ("compiler", "flag"),
    [
        ("gcc", "-Ofast"),
        ("gcc", "-ffinite-math-only"),
        ("gcc", "-funsafe-math-optimizations"),
        ("gcc", "-freciprocal-math"),
        ("clang", "-ffast-math"),
        ("clang", "-ffinite-math-only"),
    ],
)
def test_it_refuses_to_be_compiled_with_fast_math_or_parts_of_it(compiler, flag, of_two_classes, tmp_path):
    to_c(of_two_classes[0], tmp_path / "model.c")
    with pytest.raises(AssertionError, match="without -ffast-math"):
        build(tmp_path, tool(compiler), (flag,))


@pytest.mark.parametrize("compiler", ["gcc", "g++"])
def test_sums_keep_their_order_where_gcc_has_disabled_an_option_to_change_it(compiler, all_kinds, tmp_path):
    model, X = all_kinds
    constant = np.zeros_like(X[:2])  # in another order, sums of taps are not exactly 0
    flags = ("-O2", "-fassociative-math")  # which takes two more options to be in force, and a pragma forgets that
    assert_says_what_python_says(say(model, constant, tmp_path, tool(compiler), flags), model, constant)


def test_it_refuses_to_be_compiled_where_a_float_is_computed_with_more_digits(of_two_classes, tmp_path):
    x87 = ("-mfpmath=387",)
    if not compiles(tool("gcc"), x87, tmp_path):
        pytest.skip("gcc knows no x87 unit")
    to_c(of_two_classes[0], tmp_path / "model.c")
    with pytest.raises(AssertionError, match="a float must be computed as one"):
        build(tmp_path, tool("gcc"), x87)


def test_it_refuses_to_be_compiled_with_constants_of_32_bits(of_two_classes, tmp_path):
    """Once, numbers of a regressor were off by several deviations."""
    to_c(of_two_classes[0], tmp_path / "model.c")
    with pytest.raises(AssertionError, match="constant_has_64_bits"):
        build(tmp_path, tool("gcc"), ("-fsingle-precision-constant",))


@pytest.mark.parametrize("other", ["short", "long long"])
def test_it_refuses_to_be_compiled_with_an_int_of_other_than_32_bits(other, of_two_classes, tmp_path):
    to_c(of_two_classes[0], tmp_path / "model.c")
    other_int = f'#include <math.h>\n#include <stdint.h>\n#define int {other}\n#include "model.c"\n'
    (tmp_path / "other.c").write_text(other_int)
    command = [tool("cc"), "-std=c99", "-fsyntax-only", str(tmp_path / "other.c")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PLENTY)
    assert "int_has_32_bits" in done.stderr


@pytest.mark.parametrize(("compiler", "kind"), SANITIZERS)
def test_sanitizers_find_nothing(compiler, kind, all_kinds, tmp_path):
    model, X = all_kinds
    flags = ("-g", "-O0", f"-fsanitize={kind}", "-fno-sanitize-recover=all")
    if not compiles(tool(compiler), flags, tmp_path):
        pytest.skip(f"{compiler} has no sanitizer for {kind}")
    some = [x[:, : 1 + 11 * i] for i, x in enumerate(X[:10])]
    assert_says_what_python_says(say(model, some, tmp_path, compiler, flags, unaligned=3), model, some)


def compiles(compiler, flags, folder):
    """Whether a compiler makes a program of nothing with some flags."""
    nothing = folder / "nothing.c"
    nothing.write_text("int main(void) { return 0; }\n")
    command = [compiler, *flags, str(nothing), "-o", str(folder / "nothing")]
    return subprocess.run(command, capture_output=True, timeout=PLENTY).returncode == 0


def test_valgrind_finds_nothing(all_kinds, tmp_path):
    model, X = all_kinds
    valgrind = (tool("valgrind"), "-q", "--error-exitcode=1")
    said = say(model, X[:3], tmp_path, flags=("-g", "-O1"), before=valgrind)
    assert_says_what_python_says(said, model, X[:3])


@pytest.mark.parametrize("unaligned", sweep([1, 4], [2, 3, 5, 6, 7]))
def test_work_can_begin_anywhere(unaligned, of_two_classes, tmp_path):
    model, X = of_two_classes
    assert_says_what_python_says(say(model, X[:4], tmp_path, unaligned=unaligned), model, X[:4])


def test_work_need_not_be_kept(all_kinds, tmp_path):
    model, X = all_kinds
    to_c(model, tmp_path / "model.c")
    program = build(tmp_path)
    for i in range(3):
        said = run(program, model, X[i : i + 1], env=environment(MALLOC_PERTURB_=str(i + 1)))
        assert_says_what_python_says(said, model, X[i : i + 1])


# --- what is in the files -------------------------------------------------------------------------------------------


def test_the_header_declares_what_is_promised(of_two_classes, tmp_path):
    model, _ = of_two_classes
    to_c(model, tmp_path / "gesture.c", name="gesture")
    header = (tmp_path / "gesture.h").read_text()
    macros = dict(re.findall(r"#define GESTURE_(N_\w+|WORK_BYTES) (\d+)\n", header))
    assert macros["N_CHANNELS"] == str(len(model.plan_.channels))
    assert (macros["N_TIMEPOINTS"], macros["N_CLASSES"]) == ("100", "2")
    for line in (
        "extern const char *const gesture_labels[];",
        "extern const int gesture_channels[];",
        "int gesture_predict(const float *x, void *work);",
        "void gesture_scores(const float *x, void *work, float *scores);",
        "void gesture_probabilities(const float *x, void *work, float *probabilities);",
        "int gesture_predict_n(const float *x, int n_timepoints, void *work);",
    ):
        assert line in header
    source = (tmp_path / "gesture.c").read_text()
    assert '#include "gesture.h"' in source
    assert not re.search(r"\bmodel_|\bMODEL_|@\w+@|/\*[{}]|malloc", source + header)


@pytest.mark.parametrize(
    "name", sweep(["pooled", "int", "Main_2_"], ["rocket", "wavelet", "head", "taps", "channel", "X"])
)
def test_any_name_will_do(name, all_kinds, in_integers, tmp_path):
    model, X, _ = in_integers
    to_c(all_kinds[0], tmp_path / "one.c", name=name)
    to_c(model, tmp_path / "two.c", name=name, dtype="int16", calibration=X)
    for source in ("one.c", "two.c"):
        command = [tool("cc"), *STRICT, "-c", str(tmp_path / source), "-o", str(tmp_path / "model.o")]
        subprocess.run(command, check=True, timeout=PLENTY)


def test_two_models_can_be_in_one_program(all_kinds, of_two_classes, tmp_path):
    to_c(all_kinds[0], tmp_path / "one.c", name="one")
    to_c(of_two_classes[0], tmp_path / "two.c", name="two")
    (tmp_path / "main.c").write_text(
        '#include "one.h"\n#include "two.h"\nint main(void) { return ONE_N_CLASSES - 2 * TWO_N_CLASSES; }\n'
    )
    sources = [str(tmp_path / f"{name}.c") for name in ("main", "one", "two")]
    subprocess.run([tool("cc"), *STRICT, *sources, "-o", str(tmp_path / "main"), "-lm"], check=True, timeout=PLENTY)
    subprocess.run([str(tmp_path / "main")], check=True, timeout=PLENTY)


def test_types_have_names_of_their_own_in_each_model(all_kinds, in_integers, tmp_path):
    """In C++, all files of a program must mean one and the same type by a name."""
    model, X, _ = in_integers
    to_c(all_kinds[0], tmp_path / "one.c", name="gait", stream=True)
    to_c(model, tmp_path / "two.c", name="gait", dtype="int16", calibration=X)
    for source in ("one.c", "two.c"):
        types = re.findall(r"^(?:typedef [^{\n]* |\} )(\w+)(?:\[.*\])?;", (tmp_path / source).read_text(), re.MULTILINE)
        assert {"gait_state", "gait_value", "gait_pooled", "gait_kernel"} < set(types)
        assert all(name.startswith("gait_") for name in types)


def test_names_that_differ_in_upper_and_lower_case_only_do_not_compile(all_kinds, of_two_classes, tmp_path):
    """Once, the second header was skipped, and the room of the first model was taken for both."""
    to_c(all_kinds[0], tmp_path / "one.c", name="gait")
    to_c(of_two_classes[0], tmp_path / "two.c", name="Gait")
    for first, second in (("one", "two"), ("two", "one")):
        (tmp_path / "main.c").write_text(
            f'#include "{first}.h"\n#include "{second}.h"\nint main(void) {{ return 0; }}\n'
        )
        command = [tool("cc"), "-c", str(tmp_path / "main.c"), "-o", str(tmp_path / "main.o")]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PLENTY)
        assert ended.returncode
        assert "differ in upper and lower case only" in ended.stderr


def test_a_model_that_was_saved_says_the_same(all_kinds, tmp_path):
    model, X = all_kinds
    save(model, tmp_path / "model.npz")
    assert_says_what_python_says(say(load(tmp_path / "model.npz"), X, tmp_path), model, X)


def test_of_many_channels_only_those_that_are_used_are_supplied(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 200, 120)).astype(np.float32), np.arange(60) % 3
    X[:, ::20] += np.sin(np.arange(120) * (1 + y[:, np.newaxis, np.newaxis]))
    model = LightWaveSClassifier(n_features=40, honest=False, random_state=0).fit(X, y)
    assert len(model.plan_.channels) < 100
    assert_says_what_python_says(say(model, X, tmp_path), model, X)


def test_a_series_of_one_channel_may_come_as_a_row(tmp_path):
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(n_features=40, honest=False, random_state=0).fit(X[:, 0], y)
    to_c(model, tmp_path / "model.c")
    said = run(build(tmp_path), model, X[:, :1])
    assert (model.classes_[said.classes] == model.predict(X[:, 0])).all()


def test_every_table_is_constant_and_nothing_else_is_kept(all_kinds, tmp_path):
    to_c(all_kinds[0], tmp_path / "model.c")
    tables = [line for line in (tmp_path / "model.c").read_text().splitlines() if re.match(r"\S.*\] = \{$", line)]
    assert len(tables) > 10
    assert all(re.match(r"(static )?const |\} ", line) for line in tables)


@pytest.mark.parametrize(
    "labels",
    [
        (1, 2),
        (True, False),
        (1.0, -3.0),
        ('say "hi"\\', "??=/*@x@%d"),
        ("né", "日本"),
        ("model_a", "my MODEL_B model_"),
    ],
)
def test_labels_are_those_of_the_classes_and_the_header_is_found_whatever_the_name(labels, tmp_path):
    """Once, ``model_`` became another name in labels, and in the name of the header, too."""
    X, y = load_basic_motions("train")
    y = np.array(labels)[(y == y[0]).astype(int)]
    model = LightWaveSClassifier(n_features=10, search_candidates=400, random_state=0).fit(X, y)
    to_c(model, tmp_path / "model_v2.c", name="gait")
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "model_v2.h"\n'
        "int main(void) { return puts(gait_labels[0]) + puts(gait_labels[1]) < 0; }\n"
    )
    sources = [str(tmp_path / "main.c"), str(tmp_path / "model_v2.c")]
    subprocess.run([tool("cc"), *STRICT, *sources, "-o", str(tmp_path / "main"), "-lm"], check=True)
    said = subprocess.run([str(tmp_path / "main")], capture_output=True, check=True).stdout.decode()
    assert said.splitlines() == [str(label) for label in model.classes_.tolist()]


@pytest.mark.measured
def test_what_it_takes_is_reported(of_two_classes, tmp_path):
    tool("cc")
    exported = to_c(of_two_classes[0], tmp_path / "model.c")
    assert exported.source == tmp_path / "model.c"
    assert exported.header == tmp_path / "model.h"
    assert 500 < exported.code_bytes < 10_000
    assert 500 < exported.table_bytes < 10_000
    assert 100 < exported.stack_bytes < 3_000
    assert f"WORK_BYTES {exported.work_bytes}\n" in exported.header.read_text()


@pytest.mark.measured
def test_without_a_compiler_the_files_are_written_all_the_same(of_two_classes, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    exported = to_c(of_two_classes[0], tmp_path / "model.c")
    assert exported.compiler is exported.code_bytes is exported.table_bytes is exported.stack_bytes is None
    assert exported.source.exists()
    assert exported.header.exists()


@pytest.mark.measured
def test_without_a_folder_for_what_a_compiler_makes_the_files_are_written_too(of_two_classes, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    monkeypatch.delenv("CC", raising=False)
    assert to_c(of_two_classes[0], tmp_path / "model.c").compiler is None


@pytest.mark.measured
def test_the_compiler_of_the_environment_is_taken_with_its_options(of_two_classes, tmp_path, monkeypatch):
    monkeypatch.setenv("CC", f"{tool('gcc')} -O0 -DNOTHING")
    exported = to_c(of_two_classes[0], tmp_path / "model.c")
    assert exported.compiler.endswith("gcc -O0 -DNOTHING")
    assert exported.code_bytes > 500


@pytest.mark.measured
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("false", "does not tell the sizes of model.c."),
        ("no-such-compiler -m32", "is not found."),
        ("gcc -ffast-math", "does not tell the sizes of model.c: .*error.*compile this file without -ffast-math"),
    ],
)
def test_a_compiler_of_the_environment_that_fails_is_told_and_another_one_measures(
    wrong, why, of_two_classes, tmp_path, monkeypatch
):
    tool("gcc")
    monkeypatch.setenv("CC", wrong)
    with pytest.warns(UserWarning, match=f"the compiler that CC names, .*{wrong}, {why}"):
        exported = to_c(of_two_classes[0], tmp_path / "model.c")
    assert exported.code_bytes > 500
    assert wrong not in exported.compiler


def test_a_folder_whose_name_is_no_text_is_no_obstacle(tmp_path, monkeypatch):
    folder = tmp_path / os.fsdecode(b"J\xfcrgen")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("names are text here")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    (tmp_path / "one.c").write_text("int one(void) { return 1; }\n")
    code, tables, _ = sizes.sizes(tmp_path / "one.c", [tool("gcc")])
    assert (0 < code < 100, tables) == (True, 0)


@pytest.mark.parametrize("compiler", ["board-gcc", "board-gcc-12.2", "board-gcc.EXE", "board-clang.exe"])
def test_the_sizes_are_told_by_the_tool_of_the_compiler(compiler, tmp_path):
    own = tmp_path / "board-size"
    own.touch(0o755)
    assert sizes.size_beside(str(tmp_path / compiler)) == str(own)
    assert sizes.size_beside(str(tmp_path / f"other-{compiler}")) == "size"


@pytest.mark.parametrize(
    "told",
    [
        ".text 199 0\n.text.unlikely 1 0\n.rodata 910 0\n.data.rel.ro.local 6 0\n.bss 0 0\n.eh_frame 64 0",
        ".text 200 0\n.data 0 0\n.bss 0 0\n.xdata 8 0\n.rdata 4 0\n.rdata 912 0\n.pdata 12 0",
        "__text 200 0\n__cstring 6 199\n__const 16 208\n__const 894 224\n__compact_unwind 32 1128\n__eh_frame 64 1160",
    ],
    ids=["ELF", "Windows", "macOS"],
)
def test_code_and_tables_are_found_in_files_of_any_system(told):
    told = f"model.o  :\nsection size addr\n{told}\nTotal 1279\n\n"
    assert sizes.bytes_of(told, sizes.CODE) == 200
    assert sizes.bytes_of(told, sizes.TABLES) == 916


@pytest.mark.measured
def test_a_model_of_five_hundred_features_and_two_classes_is_small(tmp_path):
    tool("cc")
    X, y = load_basic_motions("train")
    two = np.isin(y, ("Running", "Walking"))
    exported = to_c(LightWaveSClassifier(honest=False, random_state=0).fit(X[two], y[two]), tmp_path / "model.c")
    assert exported.code_bytes + exported.table_bytes < 24 * 1024


# --- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "what"),
    [
        ({"path": 3}, TypeError, "path must be a path"),
        ({"path": "model.txt"}, ValueError, 'must end in ".c"'),
        ({"path": 'mo"del.c'}, ValueError, "without quotes"),
        ({"path": "mo??=del.c"}, ValueError, "without .* trigraphs"),
        ({"path": "nowhere/model.c"}, FileNotFoundError, "make it first"),
        ({"name": "2nd"}, ValueError, "name must be a letter"),
        ({"name": ""}, ValueError, "name must be a letter"),
        ({"name": "é"}, ValueError, "name must be a letter"),
        ({"name": None}, TypeError, "name must be a str"),
        ({"n_timepoints": 0}, ValueError, "n_timepoints"),
        ({"n_timepoints": 2.5}, TypeError, "n_timepoints"),
        ({"n_timepoints": 2**24}, ValueError, "at most"),
        ({"dtype": "float64"}, ValueError, "dtype"),
        ({"calibration": [[1.0]]}, ValueError, "of no use"),
    ],
)
def test_an_argument_that_is_wrong_is_named_and_nothing_is_written(
    options, error, what, all_kinds, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=what):
        to_c(all_kinds[0], **({"path": "model.c"} | options))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("linked", ["model.c", "model.h"])
def test_a_link_is_refused_since_source_and_header_must_be_side_by_side(linked, of_two_classes, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / linked).symlink_to(tmp_path / "real" / "other.c")
    with pytest.raises(ValueError, match="is a link: name the file itself"):
        to_c(of_two_classes[0], tmp_path / "model.c")
    assert list((tmp_path / "real").iterdir()) == []


def test_a_folder_that_is_a_link_holds_both(of_two_classes, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    to_c(of_two_classes[0], tmp_path / "folder" / "model.c")
    assert {path.name for path in (tmp_path / "real").iterdir()} == {"model.c", "model.h"}


def test_a_label_that_c_would_cut_short_is_refused(of_two_classes, tmp_path):
    model = vars_copied(of_two_classes[0], classes_=np.array(["a\0b", "a\0c"], object))
    with pytest.raises(ValueError, match="with a character of code 0: rename the class"):
        to_c(model, tmp_path / "model.c")
    assert list(tmp_path.iterdir()) == []


def test_labels_that_are_dates_are_written_as_dates(of_two_classes, tmp_path):
    """Once, those of nanoseconds were written as whole numbers."""
    dates = np.array(["1969-05-05", "2020-01-01"], "M8[ns]")
    to_c(vars_copied(of_two_classes[0], classes_=dates), tmp_path / "model.c")
    source = (tmp_path / "model.c").read_text()
    assert '"1969-05-05T00:00:00.000000000", "2020-01-01T00:00:00.000000000",' in source


def test_more_room_than_can_be_counted_is_refused(all_kinds, tmp_path, monkeypatch):
    monkeypatch.setattr(c, "INT32", 10_000)
    with pytest.raises(ValueError, match=r"n_timepoints is too large: 1000 take .* bytes of work"):
        to_c(all_kinds[0], tmp_path / "model.c", n_timepoints=1000)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_fitted_classifier_is_refused(of_two_classes, tmp_path):
    for other in (None, LightWaveSClassifier, LightWaveS(), LogisticRegression()):
        with pytest.raises(TypeError, match="must be a fitted LightWaveSClassifier or LightWaveSRegressor, got"):
            to_c(other, tmp_path / "model.c")
    with pytest.raises(NotFittedError):
        to_c(LightWaveSClassifier(), tmp_path / "model.c")


def test_a_foreign_head_is_refused_and_the_error_says_which_are_possible(tmp_path):
    X, y = load_basic_motions("train")
    head = LogisticRegression(max_iter=10_000)
    model = LightWaveSClassifier(n_features=10, search_candidates=400, classifier=head, honest=False).fit(X, y)
    with pytest.raises(TypeError, match="no C for the head LogisticRegression: fit with one of the library"):
        to_c(model, tmp_path / "model.c")
    assert list(tmp_path.iterdir()) == []


def test_morlet_scattering_is_refused_and_the_error_says_which_banks_are_possible(tmp_path):
    pytest.importorskip("kymatio")
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(bank=MorletScattering(), n_features=10, honest=False, random_state=0).fit(X, y)
    with pytest.raises(TypeError, match=r"no C of float32 for the features of MorletScattering.*Prism"):
        to_c(model, tmp_path / "model.c")


@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_intervals_are_refused_by_name(dtype, tmp_path):
    X, y = load_basic_motions("train")
    model = LightWaveSClassifier(Intervals(depth=2), n_features=10, honest=False, random_state=0).fit(X, y)
    with pytest.raises(TypeError, match=f"no C of {dtype} for the features of Intervals"):
        to_c(model, tmp_path / "model.c", dtype=dtype)


def test_a_plan_of_one_s_own_is_refused(of_two_classes, tmp_path):
    class Own(Plan):
        ROWS = ("channel",)

    plan = of_two_classes[0].plan_
    own = Own(shift=plan.shift, scale=plan.scale, n_timepoints=plan.n_timepoints)
    vars(own)["channel"] = np.zeros(3, np.int32)
    model = vars_copied(of_two_classes[0], plan_=own)
    with pytest.raises(TypeError, match="no C of float32 for the features of Own"):
        to_c(model, tmp_path / "model.c")


@pytest.mark.parametrize("old", [None, b"old"])
def test_an_export_that_fails_leaves_what_was_there(old, of_two_classes, tmp_path, monkeypatch):
    from lightwaves import files

    if old is not None:
        for name in ("model.c", "model.h"):
            (tmp_path / name).write_bytes(old)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    writes = []

    def fail_at_the_second(place, content):
        writes.append(place)
        if len(writes) == 2:
            raise OSError("no room")
        place.write_bytes(content)

    monkeypatch.setattr(files, "write_whole", fail_at_the_second)
    with pytest.raises(OSError, match="no room"):
        to_c(of_two_classes[0], tmp_path / "model.c")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_longest_length_is_one_whose_sixteenths_can_be_counted():
    assert 16 * (c.LONGEST + 1) <= 2**31


@pytest.mark.parametrize("format_", [3, 4, 5])
def test_a_model_of_an_older_file_is_written(format_, tmp_path):
    """Files before format 5 do not keep the mean of the features, without which C said AttributeError."""
    model = load(Path(__file__).parents[1] / "golden" / f"model_format_{format_}.npz")
    assert to_c(model, tmp_path / "model.c").work_bytes > 0


@pytest.mark.measured
@pytest.mark.parametrize("folder", sweep([b"t\tb \xff", "new\nline"], ["t\tb", b"\xff", "a b"]), ids=repr)
def test_a_folder_may_have_any_name(of_two_classes, folder, tmp_path):
    """Sizes were read out of a line that begins with the path."""
    place = os.path.join(os.fsencode(tmp_path), os.fsencode(folder))
    try:
        os.mkdir(place)
    except OSError as error:
        pytest.skip(f"no such name here: {error}")
    exported = to_c(of_two_classes[0], os.path.join(place, b"m.c"))
    assert exported.stack_bytes == to_c(of_two_classes[0], tmp_path / "m.c").stack_bytes
