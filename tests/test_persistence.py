"""A saved model predicts to the bit what it did, from a file of plain numbers and text that is whole or refused."""

import json
import os
import re

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeClassifier

from lightwaves import (
    FeatureSelector,
    LightWaveS,
    LightWaveSClassifier,
    Prism,
    WaveletScattering,
    load,
    load_basic_motions,
    load_japanese_vowels,
    save,
)
from lightwaves.persistence import FORMAT
from lightwaves.plans import Together

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
    "groups of channels": ({"bank": [*BANKS, Prism(400)], "group_size": np.int64(2), "random_state": 0}, X, Y, X_TEST),
}


@pytest.mark.parametrize("kind", [LightWaveS, LightWaveSClassifier])
@pytest.mark.parametrize("case", CASES)
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
        np.testing.assert_array_equal(getattr(copy, name), getattr(model, name))
    assert list(copy.get_feature_names_out()) == list(model.get_feature_names_out())
    for name in ("channel_names_", "n_channels_in_", "n_features_in_", "n_features", "scale", "search_cases", "n_jobs"):
        assert getattr(copy, name) == getattr(model, name)
    for name in ("selection", "search_candidates", "frugality", "screen_channels"):
        assert getattr(copy, name) == getattr(model, name)
    for name in ("selection_path_", "candidate_channels_", "bank_errors_"):
        assert hasattr(copy, name) == hasattr(model, name) == (model.selection == "detach")
        if model.selection == "detach":
            assert getattr(copy, name).dtype == getattr(model, name).dtype
            np.testing.assert_array_equal(getattr(copy, name), getattr(model, name))
    if kind is LightWaveSClassifier:
        assert copy.classes_.dtype == model.classes_.dtype
        for method in ("predict", "decision_function", "predict_proba"):
            np.testing.assert_array_equal(getattr(copy, method)(series_test), getattr(model, method)(series_test))
        one = np.tile(X_TEST[0], (3, 1))[: model.n_channels_in_]
        assert copy.predict_one(one) == model.predict_one(one)
        np.testing.assert_array_equal(copy.classifier_.importances_, model.classifier_.importances_)
        assert copy.classifier_.alpha_ == model.classifier_.alpha_


@pytest.mark.parametrize("n_features", [20, "auto"])
def test_the_path_of_a_detachment_is_kept(n_features, tmp_path):
    model = LightWaveS(BANKS, n_features).fit(X, Y)
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert len(model.selection_path_) > 5
    assert copy.selection_path_.dtype == model.selection_path_.dtype
    np.testing.assert_array_equal(copy.selection_path_, model.selection_path_)
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
        np.testing.assert_array_equal(getattr(copy, name), getattr(model, name))
    np.testing.assert_array_equal(copy.predict_proba(series), model.predict_proba(series))


@pytest.mark.parametrize("name", ["candidate_channels", "bank_errors"])
def test_a_file_that_lacks_a_part_of_a_detachment_is_refused(name, tmp_path):
    save(LightWaveS(BANKS, 20).fit(X, Y), tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as archive:
        arrays = {other: archive[other] for other in archive.files if other != name}
    np.savez(tmp_path / "model.npz", **arrays)
    with pytest.raises(ValueError, match="is not a model saved by lightwaves, or is damaged"):
        load(tmp_path / "model.npz")


def test_plans_side_by_side_are_read_back_as_such(tmp_path):
    model = LightWaveSClassifier(BANKS, 60, "detach", channel_names=NAMES).fit(X, Y)
    assert isinstance(model.plan_, Together)
    model.plan_ = model.plan_[np.random.default_rng(0).permutation(60)]
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert copy.plan_ == model.plan_
    assert [type(part) for part in copy.plan_.parts] == [type(part) for part in model.plan_.parts]
    assert copy.plan_.cost() == model.plan_.cost()
    assert copy.plan_.feature_names() == model.plan_.feature_names()
    np.testing.assert_array_equal(copy.transform(X_TEST), model.transform(X_TEST))
    assert copy.predict_one(X_TEST[0]) == model.predict_one(X_TEST[0])


@pytest.mark.parametrize(
    "change",
    [
        lambda a: {**a, "plan.order": a["plan.order"] + 1},
        lambda a: {**a, "plan.order": a["plan.order"][:-1]},
        lambda a: {**a, "plan.order": a["plan.order"] * 0},
        lambda a: {**a, "plan.0.kernel": a["plan.0.kernel"] + 84},
        lambda a: {**a, "plan.1.level": a["plan.1.level"] * 0},
        lambda a: {**a, "plan.1.scale": a["plan.1.scale"][:-1]},
        lambda a: {name: v for name, v in a.items() if name != "plan.1.channel"},
        lambda a: {name: v for name, v in a.items() if name != "plan.order"},
    ],
)
def test_damaged_plans_side_by_side_are_refused(change, tmp_path):
    model = LightWaveS(BANKS, 60, "detach").fit(X, Y)
    save(model, tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as archive:
        arrays = dict(archive)
    np.savez(tmp_path / "same.npz", **arrays)
    assert load(tmp_path / "same.npz").plan_ == model.plan_
    np.savez(tmp_path / "model.npz", **change(arrays))
    with pytest.raises(ValueError, match="is not a model saved by lightwaves, or is damaged"):
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
    with pytest.raises(ValueError, match="feature names should match"):
        copy.predict(table_of(X_TEST).iloc[:, ::-1])


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


def test_the_file_holds_plain_arrays_and_one_text(tmp_path):
    save(LightWaveSClassifier(n_features=20).fit(X, Y), tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    assert not [name for name, array in arrays.items() if array.dtype.hasobject]
    assert json.loads(str(arrays["facts"]))["format"] == FORMAT
    assert max(array.size for array in arrays.values()) <= 20 * len(set(Y)), "nothing of the training data is kept"


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
    with pytest.raises(TypeError, match=f"save takes a LightWaveS or LightWaveSClassifier, got {type(model).__name__}"):
        save(model, tmp_path / "model")


def test_another_head_is_refused(tmp_path):
    model = LightWaveSClassifier(n_features=20, classifier=RidgeClassifier()).fit(X, Y)
    with pytest.raises(TypeError, match=r"keeps the default ridge head only, not RidgeClassifier; use joblib\.dump"):
        save(model, tmp_path / "model")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("where", ["savez_compressed", "replace"])
def test_an_interrupted_save_leaves_the_old_file(where, tmp_path, monkeypatch):
    path = tmp_path / "model"
    save(LightWaveS(SMALL, n_features=5).fit(X, Y), path)
    before = path.read_bytes()

    def interrupted(target, *_, **__):
        if where == "savez_compressed":
            target.write(b"half a file")
        raise KeyboardInterrupt

    other = LightWaveS(SMALL, n_features=6).fit(X, Y)
    with monkeypatch.context() as patch:
        patch.setattr(np if where == "savez_compressed" else os, where, interrupted)
        with pytest.raises(KeyboardInterrupt):
            save(other, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model"]


def changed(facts, **changes):
    return np.array(json.dumps({**json.loads(str(facts)), **changes}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda a: {**a, "facts": changed(a["facts"], format=FORMAT + 1)},
            f"has format {FORMAT + 1}; .*reads format {FORMAT}",
        ),
        (
            lambda a: {**a, "facts": changed(a["facts"], format=FORMAT - 1)},
            f"has format {FORMAT - 1}; .*reads format {FORMAT}",
        ),
        (lambda a: {**a, "facts": changed(a["facts"], format="new")}, "damaged"),
        (lambda a: {**a, "facts": changed(a["facts"], format=None)}, "damaged"),
        (lambda a: {**a, "facts": changed(a["facts"], model="Rocket")}, "damaged"),
        (lambda a: {**a, "facts": changed(a["facts"], parameters={"depth": 3})}, "damaged"),
        (lambda a: {**a, "facts": np.array("[1, 2")}, "damaged"),
        (lambda a: {**a, "facts": np.array("[1, 2]")}, "damaged"),
        (lambda a: {name: v for name, v in a.items() if name != "facts"}, "damaged"),
        (lambda a: {name: v for name, v in a.items() if name != "plan.kernel"}, "damaged"),
        (lambda a: {name: v for name, v in a.items() if name != "head.coef_"}, "damaged"),
        (lambda a: {name: v for name, v in a.items() if name != "classes"}, "damaged"),
        (lambda a: {**a, "plan.kernel": a["plan.kernel"][:-1]}, "damaged"),
        (lambda a: {**a, "plan.kernel": a["plan.kernel"] + 84}, "damaged"),
        (lambda a: {**a, "plan.channel": a["plan.channel"] - 6}, "damaged"),
        (lambda a: {**a, "plan.channel": a["plan.channel"] + 6}, "damaged"),
        (lambda a: {**a, "plan.statistic": a["plan.statistic"].astype(float)}, "damaged"),
        (lambda a: {**a, "plan.level": a["plan.level"] * 0}, "damaged"),
        (lambda a: {**a, "plan.scale": a["plan.scale"][:-1]}, "damaged"),
        (lambda a: {**a, "weights": a["weights"][:-1]}, "damaged"),
        (lambda a: {**a, "head.coef_": a["head.coef_"][:, :-1]}, "damaged"),
    ],
)
def test_a_file_with_other_contents_is_refused(change, message, tmp_path):
    path = tmp_path / "model.npz"
    save(LightWaveSClassifier(n_features=5, selection="mrmr").fit(X, Y), path)
    with np.load(path) as archive:
        arrays = dict(archive)
    np.savez(path, **change(arrays))
    with pytest.raises(ValueError, match=rf"{re.escape(str(path))}.*{message}"):
        load(path)


@pytest.mark.parametrize("contents", [b"", b"hello", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x80\x04N."], ids=repr)
def test_a_foreign_file_is_refused(contents, tmp_path):
    (tmp_path / "file").write_bytes(contents)
    with pytest.raises(ValueError, match="is not a model saved by lightwaves, or is damaged"):
        load(tmp_path / "file")


def test_another_numpy_archive_or_array_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    np.save(tmp_path / "other.npy", np.zeros(3))
    for name in ("other.npz", "other.npy"):
        with pytest.raises(ValueError, match="is not a model saved by lightwaves"):
            load(tmp_path / name)


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path):
    path = tmp_path / "model"
    save(LightWaveS(SMALL, n_features=5).fit(X, Y), path)
    whole = path.read_bytes()
    for end in range(0, len(whole) - 1, 97):
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match="damaged"):
            load(path)


def test_a_damaged_byte_is_noticed_or_harmless(tmp_path):
    path = tmp_path / "model"
    model = LightWaveSClassifier(SMALL, n_features=5).fit(X, Y)
    save(model, path)
    whole, expected, n_refused = path.read_bytes(), model.predict_proba(X_TEST), 0
    # Some of all, and all of where the archive says where its directory is.
    places = sorted({*range(0, len(whole), max(1, len(whole) // 250)), *range(len(whole) - 22, len(whole))})
    for place in places:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x15]) + whole[place + 1 :])
        try:
            copy = load(path)
        except ValueError:
            n_refused += 1
        else:
            np.testing.assert_array_equal(copy.predict_proba(X_TEST), expected)
    assert n_refused > len(places) / 2


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nowhere")
    with pytest.raises(OSError, match="nowhere"):
        save(LightWaveS(SMALL, n_features=5).fit(X, Y), tmp_path / "nowhere" / "model")
