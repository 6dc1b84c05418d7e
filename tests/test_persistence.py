"""A saved model predicts to the bit what it did, from a file of plain numbers and text that is whole or refused."""

import io
import json
import os
import re
import subprocess
import sys
import threading
import tracemalloc
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from features import same
from fuzz_files import array_in, resealed
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from wide import sweep, times

from lightwaves import (
    FeatureSelector,
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
    load,
    load_basic_motions,
    load_japanese_vowels,
    save,
)
from lightwaves.archive import npy, opened, sealed
from lightwaves.estimators.kernel import KernelHead
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.estimators.ridge import RidgeHead
from lightwaves.panel import Panel
from lightwaves.persistence import digest_of
from lightwaves.persistence.learnt import LEARNT
from lightwaves.persistence.model import FACTS, FORMAT, KEPT_BESIDE, NOT_KEPT, PARAMETERS, READABLE
from lightwaves.plans import Together
from lightwaves.plans.pooled import PooledPlan
from lightwaves.plans.rocket import RocketPlan

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
X_TEST, _ = load_basic_motions("test")
NAMES = ["ax", "ay", "az", "gx", "gy", "Gyroskop-Höhe"]


def table_of(x):
    return pytest.importorskip("pandas").DataFrame(x[:, 0], columns=[f"t{i}" for i in range(x.shape[2])])


def mapping_of(x):
    return dict(zip(NAMES, x.swapaxes(0, 1), strict=True))


SMALL = WaveletScattering(levels=(1,), max_dilation=1)
BANKS = [WaveletScattering(levels=(2,), max_dilation=2), WaveletScattering(levels=(1,), max_dilation=4)]


CASES = {
    "plain": ({"random_state": 0}, X, Y, X_TEST),
    "the paper's": ({"selection": "mrmr"}, X, Y, X_TEST),
    "two classes": ({}, X, Y == "Walking", X_TEST),
    "numbers as classes": ({}, X, np.unique(Y, return_inverse=True)[1], X_TEST),
    "text as objects": ({}, X, Y.astype(object), X_TEST),
    "as they are": ({"scale": False}, X, Y, X_TEST),
    "one level": ({"bank": WaveletScattering(levels=(2,), max_dilation=3)}, X, Y, X_TEST),
    "names": ({"channel_names": NAMES}, X, Y, X_TEST),
    "mapping": ({}, mapping_of(X), Y, mapping_of(X_TEST)),
    "flat": ({}, X[:, 0], Y, X_TEST[:, 0]),
    "NumPy's numbers": ({"n_jobs": np.int64(1), "scale": np.bool_(True), "search_cases": np.int32(30)}, X, Y, X_TEST),
    "detachment": ({"selection": "detach", "random_state": 0, "frugality": np.float64(0.1)}, X, Y, X_TEST),
    "several banks": ({"bank": BANKS}, X, Y, X_TEST),
    "several banks, detached": ({"bank": BANKS, "selection": "detach", "channel_names": NAMES}, X, Y, X_TEST),
    "constant": ({}, np.zeros_like(X), Y, X_TEST),
    "all channels": ({"screen_channels": False}, X, Y, X_TEST),
    "many channels": ({}, np.tile(X, (1, 3, 1)), Y, np.tile(X_TEST, (1, 3, 1))),
    "lists of banks": ({"bank": [BANKS, [Prism(400)]]}, X, Y, X_TEST),
    "intervals": ({"bank": [Prism(400), Intervals(depth=3)]}, X, Y, X_TEST),
    "groups of channels": ({"bank": [*BANKS, Prism(400)], "group_size": np.int64(2), "random_state": 0}, X, Y, X_TEST),
}

OF_LABELS = "two classes", "numbers as classes", "text as objects"  # which a transformer does not keep
TURNS = [(LightWaveSClassifier if i % 2 or case in OF_LABELS else LightWaveS, case) for i, case in enumerate(CASES)]
ALL = [(kind, case) for kind in (LightWaveS, LightWaveSClassifier) for case in CASES]


@pytest.mark.filterwarnings("ignore:All cases are equal")
@pytest.mark.parametrize(("kind", "case"), sweep(TURNS, [one for one in ALL if one not in TURNS]))
def test_a_model_that_was_read_back_computes_the_same_bits(kind, case, tmp_path):
    parameters, series, y, series_test = CASES[case]
    parameters = {"search_candidates": 800} | parameters if parameters.get("selection") != "mrmr" else parameters
    model = kind(n_features=20, **parameters).fit(series, y)
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert type(copy) is kind
    np.testing.assert_array_equal(copy.transform(series_test), model.transform(series_test))
    assert copy.plan_ == model.plan_
    for name in ("feature_scores_", "channels_", "channel_importances_"):
        same(getattr(copy, name), getattr(model, name))
    assert list(copy.get_feature_names_out()) == list(model.get_feature_names_out())
    for name in ("channel_names_", "n_channels_in_", "n_features_in_", "n_features", "scale", "search_cases", "n_jobs"):
        assert getattr(copy, name) == getattr(model, name)
    for name in ("selection", "search_candidates", "frugality", "screen_channels"):
        assert getattr(copy, name) == getattr(model, name)
    for name in ("selection_path_", "candidate_channels_", "bank_errors_"):
        assert hasattr(copy, name) == hasattr(model, name) == (model.selection == "detach")
        if model.selection == "detach":
            assert getattr(copy, name).dtype == getattr(model, name).dtype
            same(getattr(copy, name), getattr(model, name))
    if kind is LightWaveSClassifier:
        assert copy.classes_.dtype == model.classes_.dtype
        for method in ("predict", "decision_function", "predict_proba"):
            np.testing.assert_array_equal(getattr(copy, method)(series_test), getattr(model, method)(series_test))
        one = np.tile(X_TEST[0], (3, 1))[: model.n_channels_in_]
        assert copy.predict_one(one) == model.predict_one(one)
        np.testing.assert_array_equal(copy.classifier_.importances_, model.classifier_.importances_)
        np.testing.assert_array_equal(copy.classifier_.mean_, model.classifier_.mean_)
        assert copy.classifier_.alpha_ == model.classifier_.alpha_


@pytest.mark.parametrize("n_features", [20, "auto"])
def test_the_path_of_a_detachment_is_kept(n_features, tmp_path):
    model = LightWaveS(BANKS, n_features).fit(X, Y)
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert len(model.selection_path_) > 5
    assert copy.selection_path_.dtype == model.selection_path_.dtype
    same(copy.selection_path_, model.selection_path_)
    assert copy.n_features == n_features
    save(LightWaveS(n_features=20, selection="mrmr").fit(X, Y), tmp_path / "model")
    assert not hasattr(load(tmp_path / "model"), "selection_path_")


def test_what_the_default_classifier_learnt_is_kept(tmp_path):
    series = [np.vstack([x, x[::-1]])[:, : 70 + i] for i, x in enumerate(X)]  # twelve channels, unequal lengths
    model = LightWaveSClassifier(random_state=0).fit(series, Y)
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert copy.plan_ == model.plan_
    assert copy.bank_errors_.shape == (3,)
    for name in ("selection_path_", "candidate_channels_", "bank_errors_", "channel_importances_", "classes_"):
        same(getattr(copy, name), getattr(model, name))
    np.testing.assert_array_equal(copy.predict_proba(series), model.predict_proba(series))


def taken(path):
    """The facts and the arrays of a file, by their names."""
    entries = opened(path.read_bytes())
    facts = json.loads(entries.pop(FACTS))
    return facts, {name.removesuffix(".npy"): array_in(content) for name, content in entries.items()}


def put(path, facts, arrays):
    """A file of other facts and arrays, with the right digest."""
    entries = {f"{name}.npy": npy(np.asarray(array)) for name, array in arrays.items()}
    path.write_bytes(sealed({FACTS: json.dumps(facts).encode(), **entries}))


@pytest.mark.parametrize("name", ["candidate_channels_", "bank_errors_"])
def test_a_file_that_lacks_a_part_of_a_detachment_is_refused(name, tmp_path):
    path = tmp_path / "model.npz"
    save(LightWaveS(BANKS, 20).fit(X, Y), path)
    facts, arrays = taken(path)
    del arrays[name]
    put(path, facts, arrays)
    with pytest.raises(ValueError, match=f"is not a model saved by lightwaves, or was changed: {name} is missing"):
        load(path)


def test_plans_side_by_side_are_read_back_as_such(tmp_path):
    model = LightWaveSClassifier(BANKS, 60, "detach", channel_names=NAMES, random_state=0).fit(X, Y)
    assert isinstance(model.plan_, Together)
    model.plan_ = model.plan_[np.random.default_rng(0).permutation(60)]
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert copy.plan_ == model.plan_
    assert [type(part) for part in copy.plan_.parts] == [type(part) for part in model.plan_.parts]
    assert copy.plan_.cost() == model.plan_.cost()
    assert copy.plan_.feature_names() == model.plan_.feature_names()
    np.testing.assert_array_equal(copy.transform(X_TEST), model.transform(X_TEST))
    np.testing.assert_array_equal(copy.plan_.apply_one(X_TEST[0]), model.plan_.apply_one(X_TEST[0]))


@pytest.mark.parametrize(
    "change",
    [
        lambda a: {**a, "plan.order": a["plan.order"] + 1},
        lambda a: {**a, "plan.order": a["plan.order"][:-1]},
        lambda a: {**a, "plan.order": a["plan.order"] * 0},
        lambda a: {**a, "plan.order": a["plan.order"].astype(np.int32)},
        lambda a: {**a, "plan.0.kernel": a["plan.0.kernel"] + 84},
        lambda a: {**a, "plan.1.level": a["plan.1.level"] * 0},
        lambda a: {**a, "plan.scale": a["plan.scale"][:-1]},
        lambda a: {**a, "plan.1.scale": a["plan.scale"]},
        lambda a: {name: v for name, v in a.items() if name != "plan.1.channel"},
        lambda a: {name: v for name, v in a.items() if name != "plan.order"},
    ],
)
def test_damaged_plans_side_by_side_are_refused(change, tmp_path):
    model = LightWaveS(BANKS, 60, "detach").fit(X, Y)
    save(model, tmp_path / "model.npz")
    facts, arrays = taken(tmp_path / "model.npz")
    put(tmp_path / "same.npz", facts, arrays)
    assert load(tmp_path / "same.npz").plan_ == model.plan_
    put(tmp_path / "model.npz", facts, change(arrays))
    with pytest.raises(ValueError, match="is not a model saved by lightwaves, or was changed"):
        load(tmp_path / "model.npz")


def test_series_of_unequal_length_are_predicted_the_same(tmp_path):
    model = LightWaveSClassifier(n_features=50, search_candidates=800).fit(*load_japanese_vowels("train"))
    save(model, tmp_path / "model")
    series = load_japanese_vowels("test")[0]
    np.testing.assert_array_equal(load(tmp_path / "model").predict_proba(series), model.predict_proba(series))


def test_a_table_is_still_known_by_its_columns(tmp_path):
    model = LightWaveSClassifier(n_features=20, search_candidates=400).fit(table_of(X), Y)
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    np.testing.assert_array_equal(copy.predict_proba(table_of(X_TEST)), model.predict_proba(table_of(X_TEST)))
    backwards = table_of(X_TEST).iloc[:, ::-1]
    with pytest.warns(UserWarning, match="do not ascend"), pytest.raises(ValueError, match="names should match"):
        copy.predict(backwards)


def test_a_table_still_keeps_its_width(tmp_path):
    save(LightWaveS(SMALL, n_features=20).fit(X[:, 0], Y), tmp_path / "model")
    with pytest.raises(ValueError, match="X has 99 features"):
        load(tmp_path / "model").transform(X_TEST[:, 0, :99])


def test_a_model_that_was_read_back_can_be_saved_and_fitted_again(tmp_path):
    model = LightWaveSClassifier(n_features=20, selection="mrmr").fit(X, Y)
    save(model, tmp_path / "one")
    save(load(tmp_path / "one"), tmp_path / "two")
    np.testing.assert_array_equal(load(tmp_path / "two").predict_proba(X_TEST), model.predict_proba(X_TEST))
    again = load(tmp_path / "two").fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X_TEST), model.predict_proba(X_TEST))


def test_the_file_holds_plain_arrays_and_one_text_which_numpy_reads(tmp_path):
    model = LightWaveSClassifier(n_features=20, random_state=0).fit(X, Y)
    save(model, tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
        contents = {name: archive[name] for name in archive.files}
    facts = json.loads(contents.pop(FACTS))
    assert facts["format"] == FORMAT
    assert not [name for name, array in contents.items() if array.dtype.hasobject]
    assert max(array.size for array in contents.values()) <= 20 * len(set(Y)), "nothing of the training data is kept"
    np.testing.assert_array_equal(contents["classifier_.coef_"], model.classifier_.coef_)
    np.testing.assert_array_equal(contents["classes"], model.classes_)


def test_one_model_gives_one_file(tmp_path):
    model = LightWaveSClassifier(SMALL, n_features=5).fit(X, Y)
    for name in ("one", "two"):
        save(model, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_every_parameter_is_kept_or_said_not_to_be():
    names = [set(kind().get_params(deep=False)) for kind in (LightWaveS, LightWaveSClassifier, LightWaveSRegressor)]
    assert set().union(*names) == {*PARAMETERS, *KEPT_BESIDE, *NOT_KEPT}
    assert len({*PARAMETERS, *KEPT_BESIDE, *NOT_KEPT}) == len(PARAMETERS) + len(KEPT_BESIDE) + len(NOT_KEPT)


@pytest.mark.parametrize(
    "class_weight", [None, "balanced", {"Walking": 2, "Running": 0.5}, {np.str_("Walking"): np.float32(2)}]
)
def test_weights_of_classes_are_kept(class_weight, tmp_path):
    save(LightWaveSClassifier(SMALL, n_features=5, class_weight=class_weight).fit(X, Y), tmp_path / "model")
    assert load(tmp_path / "model").class_weight == class_weight


def test_weights_of_classes_that_are_numbers_are_kept(tmp_path):
    y = np.unique(Y, return_inverse=True)[1]
    model = LightWaveSClassifier(SMALL, n_features=5, class_weight={0: 1, 1: 2.5, np.int64(3): 0.5}).fit(X, y)
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert copy.class_weight == {0: 1, 1: 2.5, 3: 0.5}
    copy.set_params(bank=SMALL).fit(X, y)
    np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))


def test_a_model_that_was_read_back_can_be_narrowed_and_saved(tmp_path):
    model = LightWaveSClassifier(Prism(400), 5, random_state=0).fit(np.tile(X, (1, 3, 1)), Y)
    save(model, tmp_path / "model")
    small = load(tmp_path / "model").narrowed()
    save(small, tmp_path / "small")
    again, x = load(tmp_path / "small"), np.tile(X_TEST, (1, 3, 1))
    np.testing.assert_array_equal(again.predict_proba(x[:, model.channels_]), model.predict_proba(x))
    np.testing.assert_array_equal(again.screening_["kept"], model.screening_["kept"][model.channels_])


@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
def test_a_model_that_was_read_back_has_every_attribute_that_it_had(kind, tmp_path):
    model = kind(SMALL, n_features=5).fit(X, Y)
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    of_cases = {"honest_proba_", "_learner", "_learnt"}  # of the training data, or of the fit, not of the model
    assert set(vars(copy)) == set(vars(model)) - of_cases, "what a fit learns stands in LEARNT"
    if kind is LightWaveSClassifier:
        of_fit = {"_analyses", "_given", "_kept"}  # what the coefficients hold
        assert set(vars(copy.classifier_)) == set(vars(model.classifier_)) - of_fit
    known = set(vars(model)) | {"_weights", "honest_score_", "honest_standard_error_"}
    assert {name for group in LEARNT.values() for name in group if "." not in name} <= known


LABELS = {
    "NULs at the end": ["a", "a\0", "a\0\0", "\0"],
    "spaces": ["", " ", " a", "a "],
    "all kinds": ["\ud800", "a" * 5000, "\U0001f40b", "é", "e\u0301", "\n", '"\\'],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels_keep_every_character(labels, tmp_path):
    y = np.array(labels, dtype=object)[np.arange(len(X)) % len(labels)]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model = LightWaveSClassifier(SMALL, n_features=5).fit(X, y)
    assert len(told) == (labels != LABELS["NULs at the end"])  # classes that read alike, once
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert copy.classes_.tolist() == sorted(labels)
    assert copy.predict(X).tolist() == model.predict(X).tolist()


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, ">i4", np.float16, np.float64, "<U30", ">U3"])
def test_classes_keep_their_dtype(dtype, tmp_path):
    y = (np.arange(len(X)) % 2).astype(dtype)
    save(LightWaveSClassifier(SMALL, n_features=5).fit(X, y), tmp_path / "model")
    classes = load(tmp_path / "model").classes_
    assert classes.dtype == np.dtype(dtype).newbyteorder("=")
    assert classes.tolist() == np.unique(y).tolist()


def test_the_name_of_the_file_is_kept_and_nothing_stands_beside_it(tmp_path):
    model = LightWaveS(SMALL, n_features=5).fit(X, Y)
    for path in (tmp_path / "no_ending", str(tmp_path / "text.model")):
        save(model, path)
        save(model, path)
    assert sorted(os.listdir(tmp_path)) == ["no_ending", "text.model"]


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [LightWaveS(), LightWaveSClassifier()], ids=repr)
def test_an_unfitted_model_is_not_saved(model, tmp_path):
    with pytest.raises(NotFittedError):
        save(model, tmp_path / "model")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("model", [None, "model", WaveletScattering(), FeatureSelector(), RidgeClassifier()], ids=repr)
def test_other_things_are_not_saved(model, tmp_path):
    with pytest.raises(
        TypeError,
        match=rf"save takes a LightWaveS, LightWaveSClassifier or LightWaveSRegressor, got \S*{type(model).__name__}",
    ):
        save(model, tmp_path / "model")


def test_another_head_is_refused(tmp_path):
    model = LightWaveSClassifier(n_features=20, classifier=RidgeClassifier()).fit(X, Y)
    with pytest.raises(
        TypeError, match=r"keeps the library's own heads only, not RidgeClassifier; use skops\.io\.dump or joblib\.dump"
    ):
        save(model, tmp_path / "model")
    assert not os.listdir(tmp_path)


def test_a_pipeline_is_refused_with_other_ways(tmp_path):
    with pytest.raises(TypeError, match=r"got \S*Pipeline; use skops\.io\.dump or joblib\.dump for this model"):
        save(make_pipeline(LightWaveS(), RidgeClassifier()), tmp_path / "model")


@pytest.mark.parametrize("format_", READABLE)
def test_a_stored_file_of_each_format_that_is_read_predicts_what_it_did(format_):
    model = load(Path(__file__).parent / "golden" / f"model_format_{format_}.npz")
    expected = {
        3: [[0.079926, 0.020339, 0.860279, 0.039455], [0.013498, 0.026081, 0.943243, 0.017178]],
        4: [[0.079926, 0.020339, 0.860279, 0.039455], [0.013498, 0.026081, 0.943243, 0.017178]],
        5: [[0.01715, 0.001219, 0.976914, 0.004718], [0.000375, 0.001575, 0.997385, 0.000665]],
        6: [[0.012187, 0.000689, 0.984125, 0.002999], [0.00019, 0.000904, 0.998552, 0.000354]],
    }[format_]
    np.testing.assert_allclose(model.predict_proba(X_TEST[:2]), expected, atol=1e-5)
    assert model.channel_names_ == ("ax", "ay", "az", "gx", "gy", "gz")
    assert len(model.plan_.parts) == 3, "every kind of plan but Morlet scattering is in it"
    assert hasattr(model, "training_") == hasattr(model, "honest_score_") == (format_ > 4)


def test_the_kind_must_be_one_of_models(saved):
    for kind in ("LightWaveS", Prism, (LightWaveS,)):
        with pytest.raises(TypeError, match="kind must be LightWaveS or a class of models that is one, got "):
            load(saved["paper"], kind)


@pytest.mark.parametrize("format_", [3, 4])
def test_a_file_of_an_older_format_can_be_saved_again_and_fitted(format_, tmp_path):
    model = load(Path(__file__).parent / "golden" / f"model_format_{format_}.npz")
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    np.testing.assert_array_equal(copy.predict_proba(X_TEST), model.predict_proba(X_TEST))
    assert not hasattr(copy, "training_")


KEPT_BANKS = {
    "none": None,
    "one": Prism(80, windows=0.5, random_state=np.int64(3)),
    "levels": WaveletScattering(levels=np.array([1]), max_dilation=np.int32(2)),
    "a list": [Prism(80), Rocket(20, random_state=1), MiniRocket(84), MultiRocket(672)],
    "lists of lists": [[Prism(80), Rocket(20)], (WaveletScattering(levels=(2,), max_dilation=1),)],
    "intervals": [Prism(80), Intervals(depth=np.int64(4), n_features=200, random_state=2)],
    "Morlet": MorletScattering(J=2, Q=1, average=False),
}


@pytest.mark.parametrize("bank", KEPT_BANKS.values(), ids=KEPT_BANKS)
def test_banks_and_seeds_are_kept_so_that_a_model_can_be_fitted_again(bank, tmp_path):
    if isinstance(bank, MorletScattering):
        pytest.importorskip("kymatio")
    model = LightWaveSClassifier(bank, n_features=10, search_candidates=400, random_state=np.int64(7)).fit(X, Y)
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert copy.random_state == 7
    again = copy.fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X_TEST), model.predict_proba(X_TEST))


HEADS = {
    "the default": (LightWaveSClassifier(), None),
    "the best": (LightWaveSClassifier(classifier="auto"), "auto"),
    "a ridge": (LightWaveSClassifier(classifier=RidgeHead()), RidgeHead()),
    "a ridge of two": (LightWaveSClassifier(classifier=RidgeHead(np.array([1, 2.5]))), RidgeHead([1.0, 2.5])),
    "a ridge of a range": (LightWaveSClassifier(classifier=RidgeHead(range(1, 4))), RidgeHead([1, 2, 3])),
    "a kernel ridge": (LightWaveSClassifier(classifier=KernelHead(np.int64(20))), KernelHead(20)),
    "a kernel ridge on what mRMR keeps": (
        LightWaveSClassifier(selection="mrmr", classifier=KernelHead(20)),
        KernelHead(20),
    ),
    "the default of numbers": (LightWaveSRegressor(), None),
    "a ridge of numbers": (LightWaveSRegressor(regressor=RegressionHead(np.float32(0.5))), RegressionHead(0.5)),
    "a ridge of a fraction": (LightWaveSRegressor(regressor=RegressionHead(Fraction(1, 4))), RegressionHead(0.25)),
    "a kernel of numbers": (LightWaveSRegressor(regressor=KernelRegressionHead(0.5, 9)), KernelRegressionHead(0.5, 9)),
}


def said(head):
    """What kind of head it is, and its parameters."""
    parameters = head.get_params() if hasattr(head, "get_params") else {"word": head}
    return type(head), {name: np.ravel(value).tolist() for name, value in parameters.items()}  # Fraction(1, 4) == 0.25


@pytest.mark.parametrize("what", HEADS)
def test_the_head_that_was_asked_for_is_kept_with_its_parameters(what, tmp_path):
    """Once, a model that was read chose its head anew in the next fit, and of mRMR a kernel ridge was not kept."""
    model, expected = HEADS[what]
    name = "regressor" if isinstance(model, LightWaveSRegressor) else "classifier"
    model = clone(model).set_params(bank=SMALL, n_features=8, random_state=0)
    model.fit(X, np.arange(len(Y)) % 13 if name == "regressor" else Y)
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert said(getattr(copy, name)) == said(expected)
    assert said(getattr(copy, f"{name}_")) == said(getattr(model, f"{name}_"))
    save(copy, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "model").read_bytes()


def test_a_head_of_others_that_was_set_after_the_fit_is_not_kept(tmp_path):
    model = LightWaveSClassifier(SMALL, n_features=5).fit(X, Y).set_params(classifier=RidgeClassifier())
    save(model, tmp_path / "model")
    assert load(tmp_path / "model").classifier is None


def test_a_generator_and_banks_of_ones_own_come_back_as_none(tmp_path):
    class Own(Prism):
        """A bank that no file knows."""

    for bank in (Own(80), [Prism(80), Own(80)], [[Prism(80)], [Own(80)]]):
        model = LightWaveSClassifier(bank, n_features=5, random_state=np.random.RandomState(0)).fit(X, Y)
        save(model, tmp_path / "model")
        copy = load(tmp_path / "model")
        assert copy.bank is None
        assert copy.random_state is None
        np.testing.assert_array_equal(copy.predict_proba(X_TEST), model.predict_proba(X_TEST))


def test_the_summary_of_the_training_is_kept(tmp_path):
    series = [x[:, : 70 + i % 5] for i, x in enumerate(X)]
    model = LightWaveSClassifier(SMALL, n_features=5).fit(series, Y, sample_weight=(np.arange(40) > 3).astype(float))
    assert (model.training_.n_cases, model.training_.shortest, model.training_.longest) == (36, 70, 74)
    assert model.training_.class_counts.tolist() == [int((Y[4:] == label).sum()) for label in model.classes_]
    save(model, tmp_path / "model")
    kept = load(tmp_path / "model").training_
    assert kept.class_counts.tolist() == model.training_.class_counts.tolist()
    for name in ("n_cases", "shortest", "longest", "version"):
        assert getattr(kept, name) == getattr(model.training_, name)


def test_the_digest_is_that_of_the_file(tmp_path):
    model = LightWaveSClassifier(SMALL, n_features=5).fit(X, Y)
    save(model, tmp_path / "model")
    assert digest_of(model).encode() == (tmp_path / "model").read_bytes()[-64:]
    model.classifier_.intercept_ = model.classifier_.intercept_ + 1
    assert digest_of(model).encode() != (tmp_path / "model").read_bytes()[-64:]


@pytest.mark.parametrize("kind", ["default head", "another head", "a pipeline"])
def test_skops_keeps_what_save_does_not_and_trusts_only_the_types_of_this_library(kind):
    io_of_skops = pytest.importorskip("skops.io", reason="skops is not installed")
    banks = [Prism(80), Rocket(20), WaveletScattering(max_dilation=1), MiniRocket(84)]
    model = {
        "default head": LightWaveSClassifier(banks, 40, random_state=0),
        "another head": LightWaveSClassifier(banks, 40, classifier=RidgeClassifier(), honest=False, random_state=0),
        "a pipeline": make_pipeline(LightWaveS(banks, 40, random_state=0), RidgeClassifier()),
    }[kind].fit(X, Y)
    content = io_of_skops.dumps(model)
    untrusted = io_of_skops.get_untrusted_types(data=content)
    assert untrusted
    assert not [name for name in untrusted if not name.startswith("lightwaves.")]
    copy = io_of_skops.loads(content, trusted=untrusted)
    np.testing.assert_array_equal(copy.decision_function(X_TEST), model.decision_function(X_TEST))


def test_a_plan_that_was_changed_does_not_come_through_skops():
    """Once, it did, and a prediction wrote outside its arrays."""
    io_of_skops = pytest.importorskip("skops.io", reason="skops is not installed")
    model = LightWaveSClassifier([Prism(400)], 12, random_state=0).fit(X, Y)
    model.plan_ = replace(model.plan_, end=np.full_like(model.plan_.end, 1 << 20))
    content = io_of_skops.dumps(model)
    with pytest.raises(ValueError, match="PooledPlan is not what a fit left, or was changed: end must be from 1 to 16"):
        io_of_skops.loads(content, trusted=io_of_skops.get_untrusted_types(data=content))


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_an_interrupted_save_leaves_the_old_file(where, tmp_path, monkeypatch):
    path = tmp_path / "model"
    save(LightWaveS(SMALL, n_features=5).fit(X, Y), path)
    before = path.read_bytes()

    def interrupted(*_):
        raise KeyboardInterrupt

    other = LightWaveS(SMALL, n_features=6).fit(X, Y)
    with monkeypatch.context() as patch:
        patch.setattr(os, where, interrupted)
        with pytest.raises(KeyboardInterrupt):
            save(other, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("n_features", "many", "n_features must be an int or 'auto', got 'many'"),
        ("n_jobs", 0, "n_jobs == 0 has no meaning"),
        ("_weights", np.full(5, np.nan), "_weights must be from 0 to inf|_weights must be"),
        ("feature_scores_", np.zeros(4), "the plan has 5 features instead of 4"),
        ("channel_names_", ("a", "b"), "channel_names has 2 names, but X has 6 channels"),
    ],
)
def test_a_model_that_no_fit_leaves_is_not_saved(attribute, value, message, tmp_path):
    model = LightWaveS(SMALL, n_features=5).fit(X, Y)
    setattr(model, attribute, value)
    with pytest.raises(ValueError, match=f"save keeps what a fit leaves, but in this model .*({message})"):
        save(model, tmp_path / "model")
    assert not os.listdir(tmp_path)


def test_classes_that_are_neither_text_nor_numbers_are_not_saved(tmp_path):
    model = LightWaveSClassifier(SMALL, n_features=5).fit(X, Y)
    for classes in (np.array([1, 2, 3, 4], object), np.array([1, 2, 3, 4], "M8[s]"), model.classes_.astype("S9")):
        model.classes_ = classes
        with pytest.raises(
            TypeError, match=r"save keeps classes that are text or numbers; use skops\.io\.dump or joblib\.dump"
        ):
            save(model, tmp_path / "model")
    assert not os.listdir(tmp_path)


# --- contents that cannot be, with the right digest ---------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Files of small models of every kind."""
    folder = tmp_path_factory.mktemp("saved")
    models = {
        "paper": LightWaveSClassifier(WaveletScattering(max_dilation=4), 12, "mrmr"),
        "prism": LightWaveSClassifier([Prism(400)], 12),
        "windows": LightWaveSClassifier(Prism(400, windows=1.0), 12),
        "transformer": LightWaveS(MultiRocket(672), 12),
        "rocket": LightWaveSClassifier(Rocket(100), 12),
        "together": LightWaveSClassifier([Prism(400), Rocket(100), *BANKS], 30, channel_names=NAMES),
        "table": LightWaveSClassifier(MiniRocket(84), 12),
        "intervals": LightWaveS(Intervals(depth=4), 12),
        "morlet": LightWaveS(MorletScattering(J=2, Q=1), 12),
        "kernel": LightWaveSClassifier([Prism(400)], 12, classifier=KernelHead(20)),
        "number": LightWaveSRegressor([Prism(400)], 12),
        "number of a kernel": LightWaveSRegressor([Prism(400)], 12, regressor=KernelRegressionHead(20)),
    }
    labels = {"prism": Y.astype(object), "windows": Y == "Walking", "rocket": np.unique(Y, return_inverse=True)[1]}
    labels |= dict.fromkeys(["number", "number of a kernel"], X[:, 0].std(axis=1))
    for number, (name, model) in enumerate(models.items()):
        model.set_params(random_state=0).fit(table_of(X) if name == "table" else X, labels.get(name, Y))
        save(model, folder / f"model{number}-{name}.npz")
    return {path.stem.partition("-")[2]: path for path in folder.iterdir()}


def with_numbers(changes):
    """What changes some of the numbers that a fit has learnt."""

    def change(facts, arrays):
        facts["numbers"] |= changes

    return change


def without_rows(size, *names):
    """What leaves nothing of a size."""

    def change(facts, arrays):
        facts["sizes"][size] = 0
        arrays.update({name: arrays[name][:0] for name in names})

    return change


def with_class_counts(facts, arrays):
    """Classes of a model that predicts numbers."""
    facts["sizes"]["n_counted"], arrays["training_.class_counts"] = 2, np.array([20, 20])


def with_honest_estimate(facts, arrays):
    """An estimate of what a model says that says nothing."""
    facts["learnt"].insert(-1, "of an honest estimate")
    facts["numbers"] |= {"honest_score_": 0.5, "honest_standard_error_": 0.1}


def of_seven_columns(facts, arrays):
    """A table of another width than the series had that the plan is for."""
    facts["numbers"]["n_features_in_"], facts["feature_names_in"] = 7, list("abcdefg")


def many_rows_of_one_sum(facts, arrays, n=3000):
    """Features that all name one output, of as many channels: together they read the square of that."""
    facts["plan"]["sizes"] |= {"n_features": n, "n_outputs": 1, "n_members_in_all": n}
    for name in PooledPlan.ROWS:
        arrays[f"plan.{name}"] = np.full(n, 16 if name == "end" else 0, arrays[f"plan.{name}"].dtype)
    for name in PooledPlan.OUTPUTS:
        arrays[f"plan.{name}"] = np.full(1, {"dilation": 1, "n_members": n}.get(name, 0), np.int32)
    arrays["plan.member"], arrays["plan.sign"] = np.zeros(n, np.int32), np.ones(n, np.int32)


def many_rows_of_one_kernel(facts, arrays, n=3001):
    """Features that all name one kernel, of as many weights."""
    facts["plan"]["sizes"] |= {"n_features": n, "n_kernels": 1, "n_inputs_in_all": 1, "n_taps": n}
    for name in RocketPlan.ROWS:
        arrays[f"plan.{name}"] = np.zeros(n, np.int32)
    for name in RocketPlan.KERNELS:
        arrays[f"plan.{name}"] = np.full(1, n if name == "length" else 1, arrays[f"plan.{name}"].dtype)
    arrays["plan.channel"], arrays["plan.weight"] = np.zeros(1, np.int32), np.ones(n, np.float32)


def with_facts(**changes):
    return lambda facts, arrays: facts.update(changes)


def with_parameter(**changes):
    return lambda facts, arrays: facts["parameters"].update(changes)


def with_number(**changes):
    return lambda facts, arrays: facts["numbers"].update(
        {name.replace("classifier_", "classifier_."): n for name, n in changes.items()}
    )


def with_head(**changes):
    return lambda facts, arrays: facts["head"].update(changes)


def with_array(name, change):
    return lambda facts, arrays: arrays.update({name: change(arrays[name])})


def without_array(name):
    return lambda facts, arrays: arrays.pop(name)


def put_first(value):
    def change(array):
        array.reshape(-1)[0] = value
        return array

    return change


def wrapping_members(facts, arrays):
    """Numbers of members whose sum is right only modulo 2**32."""
    n = arrays["plan.n_members"]
    arrays["plan.n_members"] = np.int32([n.sum() - len(n) + 3 + 2, 2**31 - 1, 2**31 - 1, *[1] * (len(n) - 3)])


def wrapping_taps(facts, arrays):
    """Numbers of taps whose sum is right only modulo 2**64."""
    arrays["plan.length"][:], arrays["plan.n_inputs"][:] = 2**31 - 1, 1


CHANGES = [
    ("paper", with_facts(format=FORMAT + 1), f"has format {FORMAT + 1}; .*reads formats 3 to {FORMAT}"),
    ("paper", with_facts(format=READABLE[0] - 1), f"has format {READABLE[0] - 1}; .*reads formats 3 to {FORMAT}"),
    ("paper", with_facts(format="new"), "has format 'new'"),
    ("paper", with_numbers({"training_.shortest": 101}), "training_.shortest is 101, but training_.longest 100"),
    ("paper", with_numbers({"training_.n_cases": 39}), "n_cases is 39, but training_.class_counts count 40"),
    ("paper", with_facts(model="Rocket"), "Rocket"),
    ("paper", with_facts(another=1), "facts differ in 'another'"),
    ("paper", lambda facts, arrays: facts.pop("plan"), "facts differ in 'plan'"),
    ("paper", with_facts(plan=None), "plan must have names, but are NoneType"),
    ("paper", with_facts(by_detachment=True), "facts differ in 'by_detachment'"),
    ("prism", with_facts(learnt=0), "must be a list of known kinds"),
    ("prism", with_facts(learnt=["of a ridge"]), "the version of a fit"),
    ("prism", with_facts(learnt=["of a ridge", "of every model"]), "must be a list of known kinds, in order"),
    ("prism", with_facts(learnt=["of every model", "of a kernel head"], version=None), "of KernelHead differ"),
    ("prism", with_facts(learnt=["of every model"]), "a model has one head"),
    # entries that are not ours, and those that are not there
    ("paper", lambda facts, arrays: arrays.update(another=np.zeros(3)), "entries differ in 'another.npy'"),
    (
        "paper",
        lambda facts, arrays: arrays.update({"plan.layouts": np.zeros(3)}),
        "differ in 'plan.layouts.npy'",
    ),
    ("paper", without_array("plan.kernel"), "plan.kernel is missing"),
    ("paper", without_array("classifier_.coef_"), "classifier_.coef_ is missing"),
    ("paper", without_array("classes"), "classes is missing"),
    # arrays of another number of dimensions, size or dtype
    ("paper", with_array("plan.kernel", lambda v: v[:-1]), "plan.kernel is not what it must be"),
    ("paper", with_array("plan.kernel", lambda v: v[:, np.newaxis]), "plan.kernel is not what it must be"),
    ("paper", with_array("plan.statistic", lambda v: v.astype(float)), "plan.statistic is not what it must be"),
    ("paper", with_array("plan.scale", lambda v: v[:-1]), "plan.scale is not what it must be"),
    ("paper", with_array("feature_scores_", lambda v: v[:-1]), "feature_scores_ is not what it must be"),
    ("paper", with_array("classifier_.coef_", lambda v: v[:, :-1]), "coef_ is not what it must be"),
    ("paper", with_array("classifier_.coef_", lambda v: v.T), "coef_ is not what it must be"),
    ("transformer", with_array("_weights", lambda v: v[:-1]), "_weights is not what it must be"),
    ("rocket", with_array("plan.padded", lambda v: v.view(np.int8)), "plan.padded is not what it must be"),
    # numbers that become indices, sizes, lengths and offsets
    ("paper", with_array("plan.kernel", lambda v: v + 84), "kernel must be from 0 to 83"),
    ("paper", with_array("plan.channel", lambda v: v - 6), "channel must be from 0 to 5"),
    ("paper", with_array("plan.channel", lambda v: v + 6), "channel must be from 0 to 5"),
    ("paper", with_array("plan.level", lambda v: v * 0), "level must be from 1 to 2"),
    (
        "paper",
        with_array("plan.dilation", put_first(2**28)),
        "dilation must be .*, but holds 268435456",
    ),
    ("prism", with_array("plan.dilation", put_first(2**30)), "dilation must be from 1 to 268435455"),
    ("rocket", with_array("plan.dilation", put_first(-1)), "dilation must be from 1 to 268435455, but holds -1"),
    ("rocket", with_array("plan.weight", lambda v: v * np.float32(1e30)), "weight must be from -10000.0 to 10000.0"),
    ("prism", wrapping_members, "n_members must say of how many channels each output is"),
    ("rocket", wrapping_taps, "(channel|weight) must have .* entries"),
    ("rocket", with_array("plan.padded", lambda v: (v.view(np.uint8) + 2).view(bool)), "padded must be from 0 to 1"),
    ("prism", with_array("candidate_channels_", put_first(6)), "candidate_channels_ must be from 0 to 5"),
    ("paper", with_facts(n_timepoints=0), "n_timepoints must be int from 1"),
    ("paper", with_facts(n_timepoints=2**28), "n_timepoints must be int from 1"),
    ("paper", with_facts(n_timepoints=100.0), "n_timepoints must be int from 1"),
    ("paper", lambda facts, arrays: facts["sizes"].update(n_features=2**62), "12 features instead of"),
    ("paper", lambda facts, arrays: facts["sizes"].update(n_features=-1), "n_features must be int from 1"),
    ("paper", lambda facts, arrays: facts["sizes"].update(n_features=True), "n_features must be int from 1"),
    ("prism", lambda facts, arrays: facts["sizes"].update(n_alternatives=-1), "n_alternatives must be int from 0"),
    ("paper", lambda facts, arrays: facts["plan"]["sizes"].update(n_features=11), "is not what it must be"),
    ("morlet", lambda facts, arrays: facts["plan"]["numbers"].update(J=17), "J must be int from 1 to 16"),
    ("morlet", lambda facts, arrays: facts["plan"]["numbers"].update(J=16, Q=64), "n_paths must be"),
    ("morlet", with_array("plan.path", put_first(2**31 - 1)), "path must be from 0 to"),
    # little that would take any room and time
    ("prism", many_rows_of_one_sum, "must read at most .* channels, but read 9000000"),
    ("rocket", many_rows_of_one_kernel, "must read at most .* weights, but read 9006001"),
    # heads that say nothing
    (
        "windows",
        without_rows("n_outputs", "classifier_.coef_", "classifier_.intercept_"),
        "n_outputs must be int from 1",
    ),
    (
        "kernel",
        without_rows("n_landmarks", "classifier_.landmarks_", "classifier_.weights_"),
        "n_landmarks must be int",
    ),
    # what no fit leaves, of what shows and explains a model
    ("prism", without_rows("n_rounds", "selection_path_"), "n_rounds must be int from 1"),
    ("prism", with_array("candidate_channels_", lambda v: v[::-1]), "candidate_channels_ must ascend"),
    ("paper", with_array("classifier_.importances_", lambda v: v + 1e300), r"importances_ must be from 0 to 1e\+250"),
    ("paper", with_array("classifier_.mean_", put_first(-1e40)), r"mean_ must be from -1e\+39 to 1e\+39"),
    ("prism", with_number(honest_score_=-0.5), "honest_score_ must be an accuracy, but is -0.5"),
    ("prism", with_array("selection_path_", lambda v: v[::-1]), "selection_path_ must go from more features to fewer"),
    ("number", with_class_counts, "class_counts must be empty: numbers have no classes"),
    ("transformer", with_honest_estimate, "is not what such a model learns"),
    # plans within plans
    ("paper", lambda facts, arrays: facts["plan"].update(kind="Together"), "numbers|sizes|order|parts"),
    ("together", lambda facts, arrays: facts["plan"]["parts"].append(facts["plan"]["parts"][0]), "missing"),
    ("together", lambda facts, arrays: facts["plan"]["parts"].clear(), "parts that it cannot have, or lacks them"),
    ("paper", lambda facts, arrays: facts["plan"]["parts"].append({}), "parts that it cannot have"),
    # what a head cannot be
    (
        "paper",
        with_array("classifier_.coef_", put_first(np.nan)),
        r"coef_ must be from -1e\+250 to 1e\+250, but holds nan",
    ),
    (
        "paper",
        with_array("classifier_.intercept_", put_first(-np.inf)),
        r"intercept_ must be from -1e\+250 to 1e\+250, but holds -inf",
    ),
    ("paper", with_array("classifier_.importances_", put_first(-1.0)), "importances_ must be from 0"),
    ("paper", with_array("feature_scores_", put_first(np.nan)), "feature_scores_ must be from 0 to inf, but holds nan"),
    ("paper", with_number(classifier_alpha_="1"), "alpha_ must be float"),
    ("paper", with_number(classifier_temperature_=0.0), "temperature_ must be float"),
    ("paper", with_number(classifier_temperature_=1), "temperature_ must be float"),
    ("paper", with_array("classes", lambda v: v[[0, 0, 1, 2]]), "classes must be 4 different ones in order"),
    ("paper", with_array("classes", lambda v: v[::-1]), "classes must be 4 different ones in order"),
    ("paper", with_array("classes", put_first("Zzz")), "classes must be 4 different ones in order"),
    (
        "paper",
        with_array("classes", lambda v: np.full((4, 9), 2**31, np.uint32).view("<U9")[:, 0]),
        "characters of classes",
    ),
    ("paper", with_array("classes", lambda v: v[:3]), "classes is not what it must be"),
    ("rocket", with_array("classes", lambda v: v.astype(float)), "classes is not what it must be"),
    ("rocket", with_facts(classes="<f8"), "classes must be|is not what it must be"),
    ("rocket", with_facts(classes="O"), "classes must be texts or numbers, not 'O'"),
    ("rocket", with_facts(classes="<U99999999"), "classes is not what it must be"),
    ("rocket", with_facts(classes=None), "classes must be texts or numbers, not None"),
    ("prism", with_facts(classes=["a", "b", "c"]), "classes must be 4 different ones in order"),
    ("prism", with_facts(classes=["a", "b", "c", "c"]), "classes must be 4 different ones in order"),
    ("prism", with_facts(classes=["a", "b", "c", 4]), "classes must be texts"),
    ("prism", with_facts(classes=["a"]), "only one class"),
    ("windows", with_facts(classes=["a", "b", "c"]), "classes must be 2 different ones in order"),
    ("transformer", with_facts(classes=["a", "b"]), "only a classifier has classes"),
    # banks, seeds, what is said of the training
    ("prism", with_facts(bank={"kind": "Magic", "parameters": {}}), "KeyError"),
    ("prism", with_facts(bank={"kind": "Prism", "parameters": {"n_features": 8}}), "parameters of Prism differ in"),
    ("prism", with_facts(bank=[[[None]]]), "bank must have names"),
    ("prism", with_facts(bank=[]), "bank"),
    ("prism", with_facts(bank=7), "bank must have names"),
    ("prism", with_facts(random_state="dice"), "seed"),
    # the head that was asked for
    ("prism", with_facts(head=None), "head must have names"),
    ("transformer", with_facts(head={"asked_for": None, "parameters": None}), "a transformer has no head"),
    ("prism", with_head(asked_for="magic"), "classifier must be None, 'auto' or"),
    ("prism", with_head(asked_for=7), "classifier must be None or a scikit-learn classifier, got 7"),
    ("prism", with_head(asked_for={"kind": "Magic", "parameters": {}}), "KeyError"),
    (
        "prism",
        with_head(asked_for={"kind": "RidgeHead", "parameters": {}}),
        "parameters of RidgeHead differ in 'alphas'",
    ),
    ("prism", with_head(asked_for={"kind": "RidgeHead", "parameters": {"alphas": [-1]}}), "alphas must be a list of"),
    ("prism", with_head(asked_for={"kind": "RegressionHead", "parameters": {"alpha": 1}}), "got a regressor"),
    ("prism", with_head(parameters={"alphas": "many"}), "alphas must be a list of finite numbers above 0, got 'many'"),
    ("prism", with_head(parameters={"alpha": 1}), "parameters of RidgeHead differ in 'alpha'"),
    ("prism", with_head(parameters=[1]), "parameters of RidgeHead must have names"),
    ("prism", with_facts(version=5), "version must be texts"),
    ("prism", with_facts(version=None), "version must be texts"),
    ("prism", with_array("training_.class_counts", lambda v: v[:3]), "training_.class_counts is not what it must be"),
    ("prism", with_number(**{"training_.n_cases": 0}), "training_.n_cases must be int from 1"),
    # names
    ("together", with_facts(channel_names=["a"]), "channel_names has 1 names, but X has 6 channels"),
    ("together", with_facts(channel_names=list("aabcde")), "channel_names must differ"),
    ("together", with_facts(channel_names=list(range(6))), "channel_names must be a sequence of strings"),
    ("table", with_facts(feature_names_in=["a"]), "feature_names_in must name 100 columns"),
    ("table", with_facts(feature_names_in="abc"), "feature_names_in must be texts"),
    ("paper", with_facts(feature_names_in=list("abcdef")), "feature_names_in must name 6 columns of a table"),
    ("paper", with_number(n_features_in_=7), "n_features_in_ must be 6, but is 7"),
    ("table", with_number(_fitted_2d=1), "_fitted_2d must be bool"),
    ("table", with_number(_fitted_2d=False), "n_features_in_ must be 1, but is 100"),
    ("table", of_seven_columns, "n_features_in_ must be 100, but is 7"),
    ("paper", with_number(_fitted_2d=True), "a table has one channel, but the model 6"),
    # parameters that no constructor would take
    ("paper", with_parameter(depth=3), "parameters differ in 'depth'"),
    ("paper", with_parameter(n_features="x"), "n_features must be an int or 'auto'"),
    ("paper", with_parameter(n_features=True), "n_features must be an int"),
    ("paper", with_parameter(n_features=0), "n_features must be at least 1"),
    ("paper", with_parameter(selection="best"), "selection must be one of"),
    ("paper", with_parameter(scale=1), "scale must be True or False"),
    ("paper", with_parameter(search_cases=10**30 + 0.5), "search_cases must be an int"),
    ("paper", with_parameter(frugality=-1), "frugality must be finite and at least 0"),
    ("paper", with_parameter(frugality=10**400), "too large"),
    ("paper", with_parameter(frugality=float("nan")), "NaN is no number"),
    ("paper", with_parameter(group_size="4"), "group_size must be an int"),
    ("paper", with_parameter(n_jobs=0), "n_jobs == 0 has no meaning"),
    ("paper", with_parameter(verbose=None), "verbose must be an int"),
    ("paper", with_parameter(n_jobs=[1]), "TypeError"),
    ("paper", with_parameter(class_weight="heavy"), "class_weight must be None, 'balanced' or a dict"),
    ("paper", with_parameter(class_weight=[["Walking", -1]]), "class_weight.* must be finite and at least 0"),
    ("paper", with_parameter(class_weight=[[["Walking"], 1]]), "unhashable"),
    ("transformer", with_parameter(class_weight=None), "parameters differ in 'class_weight'"),
]


@pytest.mark.parametrize(("name", "change", "message"), CHANGES)
def test_contents_that_cannot_be_are_refused(name, change, message, saved, tmp_path):
    facts, arrays = taken(saved[name])
    put(tmp_path / "same", facts, arrays)
    load(tmp_path / "same")
    change(facts, arrays)
    put(tmp_path / "changed", facts, arrays)
    with pytest.raises(ValueError, match=rf"{re.escape(str(tmp_path / 'changed'))} .*({message})"):
        load(tmp_path / "changed")


@pytest.mark.parametrize(
    "change",
    [with_facts(format="x" * 10_000), with_facts(random_state=[1] * 10_000), with_number(_fitted_2d="x" * 10_000)],
)
def test_an_error_is_short_whatever_a_file_says(change, saved, tmp_path):
    facts, arrays = taken(saved["paper"])
    change(facts, arrays)
    put(tmp_path / "changed", facts, arrays)
    with pytest.raises(ValueError, match="changed") as raised:
        load(tmp_path / "changed")
    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize("name", ["bounds_", "errors_"])
def test_limits_of_intervals_that_do_not_ascend_are_refused(name, tmp_path):
    """Once, all predictions of such a model were one number, or wider intervals were the narrower ones."""
    save(
        LightWaveSRegressor(n_features=5, search_candidates=100, random_state=0).fit(X, X[:, 0, 0]), tmp_path / "model"
    )
    entries = opened((tmp_path / "model").read_bytes())
    entry = f"regressor_.{name}.npy"
    turned = np.load(io.BytesIO(entries[entry]))[::-1]
    (tmp_path / "turned").write_bytes(sealed({**entries, entry: npy(np.ascontiguousarray(turned))}))
    with pytest.raises(ValueError, match=rf"regressor_\.{name} must ascend, but does not"):
        load(tmp_path / "turned")


@pytest.mark.parametrize("text", ["[1, 2", "[1, 2]", "null", "", "[" * 100_000, '{"format": 4}', '"format"', "\xff"])
def test_a_text_that_is_no_model_is_refused(text, saved, tmp_path):
    entries = opened(saved["paper"].read_bytes())
    (tmp_path / "file").write_bytes(sealed({**entries, FACTS: text.encode("latin-1")}))
    with pytest.raises(ValueError, match="is not a model saved by lightwaves, or was changed") as caught:
        load(tmp_path / "file")
    assert len(str(caught.value)) < 600, "not all of the file"


def with_one_more(facts, arrays, of_one, sizes):
    """One more channel, and one more output or kernel, which reads it, but is named by no row."""
    for name, value in {"shift": 0, "scale": 1, **of_one}.items():
        array = arrays[f"plan.{name}"]
        arrays[f"plan.{name}"] = np.append(array, np.array([value], array.dtype))
    facts["sizes"]["n_channels"] = facts["numbers"]["n_features_in_"] = 7
    arrays["screening_"] = np.append(arrays["screening_"], arrays["screening_"][-1:])
    for size in sizes:
        facts["plan"]["sizes"][size] += 1


FAR = {"dilation": 2**28 - 1, "kernel": 100, "length": 1, "weight": 1, "sign": 1, "channel": 6, "member": 6}


@pytest.mark.parametrize(
    ("name", "fields", "sizes"),
    [
        ("prism", (*PooledPlan.OUTPUTS, "member", "sign"), ["n_outputs", "n_members_in_all"]),
        ("rocket", (*RocketPlan.KERNELS, "channel", "weight"), ["n_kernels", "n_inputs_in_all", "n_taps"]),
    ],
)
def test_an_output_that_no_row_names_is_not_laid_out(name, fields, sizes, saved, tmp_path):
    facts, arrays = taken(saved[name])
    with_one_more(facts, arrays, {field: FAR.get(field, 1) for field in fields}, sizes)
    put(tmp_path / "more", facts, arrays)
    plan, more = load(saved[name]).plan_, load(tmp_path / "more").plan_
    x = np.concatenate([X_TEST, X_TEST[:, :1]], axis=1)
    for some in (slice(20), slice(1)):
        for n_timepoints in (3, 100):
            expected = plan.apply(panel_of(x[some, :6, :n_timepoints]))
            np.testing.assert_array_equal(more.apply(panel_of(x[some, :, :n_timepoints])), expected)
    np.testing.assert_array_equal(more.apply_one(x[0]), plan.apply_one(x[0, :6]))


def panel_of(x):
    return Panel(x, np.full(len(x), x.shape[2], np.int32))


@pytest.mark.parametrize("n_timepoints", [1, 2, 17, 100])
def test_dilations_longer_than_the_series_are_harmless(n_timepoints, saved, tmp_path):
    for name in ("paper", "prism", "rocket"):
        for dilation in (1000, 2**28 - 1):
            facts, arrays = taken(saved[name])
            arrays["plan.dilation"][:] = dilation
            put(tmp_path / f"{name}{dilation}", facts, arrays)
        near, far = (load(tmp_path / f"{name}{dilation}").plan_ for dilation in (1000, 2**28 - 1))
        x = X_TEST[:20, :, :n_timepoints]
        same = near.statistic < 1 if name == "paper" else slice(None)  # others are divided by the dilation
        np.testing.assert_array_equal(near.apply(panel_of(x))[:, same], far.apply(panel_of(x))[:, same])


def test_a_small_file_takes_little_memory_whatever_it_promises(saved, tmp_path):
    load(saved["paper"])
    entries = opened(saved["paper"].read_bytes())
    promising = {}
    for shape in ((2**31,), (2**40, 2**20), (10**9,)):
        text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape!r}, }}".ljust(117) + "\n"
        header = b"\x93NUMPY\x01\x00\x76\x00" + text.encode()
        promising[str(shape)] = sealed({**entries, "classifier_.coef_.npy": header + bytes(64)})
    with zipfile.ZipFile(tmp_path / "bomb", "w") as archive:
        archive.comment = bytes(64)
        for name, content in entries.items():
            archive.writestr(name, content + bytes(50_000_000), zipfile.ZIP_DEFLATED)
            break
    promising["bomb"] = resealed((tmp_path / "bomb").read_bytes()[:-64])
    facts = json.loads(entries[FACTS])
    facts["classes"] = "<U999999999"
    promising["classes"] = sealed({**entries, FACTS: json.dumps(facts).encode()})
    tracemalloc.start()
    try:
        for content in promising.values():
            (tmp_path / "file").write_bytes(content)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            with pytest.raises(ValueError, match="is not a model saved by lightwaves, or was changed"):
                load(tmp_path / "file")
            assert tracemalloc.get_traced_memory()[1] - before < 10 * len(content) + 300_000
    finally:
        tracemalloc.stop()


def test_whatever_load_accepts_can_be_used(saved, tmp_path, with_checks):
    """A hundred altered files, or more, with every look into an array checked: see ``fuzz_files.py``."""
    for path in saved.values():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    script = Path(__file__).with_name("fuzz_files.py")
    command = [sys.executable, str(script), str(tmp_path), str(times(120, 400)), "0"]
    done = subprocess.run(command, env=with_checks, capture_output=True, text=True, timeout=600)
    at = (tmp_path / "now").read_text()
    assert done.returncode == 0, f"seed 0, file {at}: {done.returncode}\n{done.stdout}\n{done.stderr[-5000:]}"
    counts = json.loads(done.stdout)
    for kind in ("other_values", "lawful_values", "other_sizes", "other_archive"):
        assert counts[f"{kind}: accepted"] > 0, "a test that accepts nothing tests nothing"
    assert "damaged_bytes: accepted" not in counts


# --- files that are damaged, or something else --------------------------------------------------------------


@pytest.mark.parametrize("contents", [b"", b"hello", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x80\x04N."], ids=repr)
def test_a_foreign_file_is_refused(contents, tmp_path):
    (tmp_path / "file").write_bytes(contents)
    with pytest.raises(ValueError, match="is not a model saved by lightwaves, or is damaged"):
        load(tmp_path / "file")


def test_of_a_file_that_is_no_archive_only_the_beginning_is_read(tmp_path):
    np.save(tmp_path / "series.npy", np.zeros(3))
    os.truncate(tmp_path / "series.npy", 30_000_000)
    tracemalloc.start()
    with pytest.raises(ValueError, match="is not a model saved by lightwaves"):
        load(tmp_path / "series.npy")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_another_numpy_archive_or_array_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    np.save(tmp_path / "other.npy", np.zeros(3))
    for name in ("other.npz", "other.npy"):
        with pytest.raises(ValueError, match="is not a model saved by lightwaves"):
            load(tmp_path / name)


def test_a_truncated_file_is_refused_wherever_it_ends(saved, tmp_path):
    whole = saved["paper"].read_bytes()
    for end in range(0, len(whole), 97):
        (tmp_path / "file").write_bytes(whole[:end])
        with pytest.raises(ValueError, match="or is damaged"):
            load(tmp_path / "file")


def test_every_damaged_byte_is_noticed(saved, tmp_path):
    whole = saved["paper"].read_bytes()
    for place in (*range(0, len(whole), 11), *range(len(whole) - 90, len(whole))):
        (tmp_path / "file").write_bytes(whole[:place] + bytes([whole[place] ^ 0x15]) + whole[place + 1 :])
        with pytest.raises(ValueError, match="is not a model saved by lightwaves, or is damaged: its last 64 bytes"):
            load(tmp_path / "file")


# --- paths --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small():
    return LightWaveSClassifier(SMALL, n_features=5).fit(X, Y)


def test_a_path_where_no_file_can_be_is_an_error_before_any_work(small, tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere: make it first"):
        save(small, tmp_path / "nowhere" / "model")
    for path in (None, io.BytesIO()):
        for use in (lambda path=path: save(small, path), lambda path=path: load(path)):
            with pytest.raises(TypeError, match=r"path must be a path, as str or pathlib\.Path, got"):
                use()
    assert not os.listdir(tmp_path)


def test_several_threads_may_save_to_one_path(tmp_path):
    models = [LightWaveSClassifier(SMALL, n_features=n).fit(X, Y) for n in range(2, 10)]
    path, start = tmp_path / "model", threading.Barrier(len(models) + 1)

    def save_often(model):
        start.wait()
        for _ in range(10):
            save(model, path)

    with ThreadPoolExecutor(len(models)) as pool:
        save(models[0], path)
        done = [pool.submit(save_often, model) for model in models]
        start.wait()
        seen = set()
        while not all(future.done() for future in done):
            seen.add(len(load(path).plan_))  # whoever looks meanwhile finds one of them, whole
        for future in done:
            future.result()
    assert len(load(path).plan_) in range(2, 10)
    assert os.listdir(tmp_path) == ["model"]
    assert len(seen) > 1


def test_the_kind_of_a_model_may_be_demanded(tmp_path):
    save(LightWaveS(SMALL, n_features=5).fit(X, Y), tmp_path / "features")
    assert type(load(tmp_path / "features", LightWaveS)) is LightWaveS
    assert type(load(tmp_path / "features")) is LightWaveS
    with pytest.raises(TypeError, match="features holds a LightWaveS, not a LightWaveSClassifier"):
        load(tmp_path / "features", LightWaveSClassifier)


@pytest.mark.parametrize("kind", [KernelHead, KernelRegressionHead])
def test_a_kernel_head_that_was_read_says_the_same_to_the_bit(kind, tmp_path):
    if kind is KernelHead:
        model = LightWaveSClassifier(n_features=40, classifier=kind(20), honest=False, random_state=0).fit(X, Y)
        scores = LightWaveSClassifier.decision_function, LightWaveSClassifier.decision_function_one
    else:
        numbers = X[:, 0].std(axis=1).astype(np.float64)
        model = LightWaveSRegressor(n_features=40, regressor=kind(n_landmarks=20), honest=False, random_state=0)
        model.fit(X, numbers)
        scores = LightWaveSRegressor.predict, LightWaveSRegressor.predict_one
    save(model, tmp_path / "model.npz")
    copy = load(tmp_path / "model.npz")
    of_all, of_one = scores
    np.testing.assert_array_equal(of_all(copy, X), of_all(model, X))
    np.testing.assert_array_equal([of_one(copy, x) for x in X], [of_one(model, x) for x in X])
