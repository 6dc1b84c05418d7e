"""A card says what a model is, whatever its names hold, and nothing that the model does not know."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeClassifier

from lightwaves import (
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    Prism,
    __version__,
    load,
    load_basic_motions,
    save,
)
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.inspection import card, model_card
from lightwaves.inspection.card import MOST_NAMED, escaped

X, Y = load_basic_motions("train")
BANK = Prism(80)


def rows_of(model):
    """What a card says, by what it is about."""
    lines = model_card(model).splitlines()
    assert lines[:4] == [f"# {type(model).__name__}", "", "| what | value |", "| --- | --- |"]
    assert all(line.startswith("| ") and line.endswith(" |") for line in lines[4:])
    return dict(line[2:-2].split(" | ", 1) for line in lines[4:])


def test_a_card_says_what_the_model_is(tmp_path):
    model = LightWaveSClassifier(BANK, 12, random_state=0).fit([x[:, : 80 + i % 3] for i, x in enumerate(X)], Y)
    rows = rows_of(model)
    assert rows["training data"] == "40 cases, 6 channels, 80 to 82 time points"
    assert rows["classes"].startswith("Badminton (10), Running (10)")
    assert rows["channels read"].startswith(f"{len(model.channels_)} of 6: ch")
    assert rows["features"].startswith("12 of ")
    assert rows["honest accuracy"] == f"{model.honest_score_:.3f} +- {model.honest_standard_error_:.3f}"
    save(model, tmp_path / "model")
    assert rows["SHA-256 of the file"].encode() == (tmp_path / "model").read_bytes()[-64:]
    assert rows_of(load(tmp_path / "model")) == rows


def test_the_card_names_the_version_that_is_running_whatever_was_installed(monkeypatch):
    monkeypatch.setattr(card.metadata, "version", lambda name: "of another" if name == "lightwaves" else "1.0")
    rows = rows_of(LightWaveSClassifier(BANK, 12, random_state=0).fit(X, Y))
    assert rows["described with"].startswith(f"lightwaves {__version__}, numpy 1.0")


def test_a_package_whose_version_nobody_knows_is_named_all_the_same(monkeypatch):
    """Once, there was no card in a frozen application, which holds packages alone."""

    def unknown(name):
        raise card.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(card.metadata, "version", unknown)
    rows = rows_of(LightWaveSClassifier(BANK, 12, honest=False, random_state=0).fit(X, Y))
    assert rows["described with"].endswith("numba of unknown version")


def test_an_honest_score_is_on_the_card_where_the_model_has_one():
    model = LightWaveSClassifier(BANK, 12, random_state=0).fit(X, Y)
    model.honest_score_, model.honest_standard_error_ = 0.91234, 0.0221
    assert rows_of(model)["honest accuracy"] == "0.912 +- 0.022"
    del model.honest_score_
    assert not [what for what in rows_of(model) if "honest" in what]


def test_the_card_of_a_regressor_has_its_honest_score_and_its_head():
    model = LightWaveSRegressor(BANK, 12, random_state=0).fit(X, np.arange(40.0))
    rows = rows_of(model)
    assert rows["head"] == type(model.regressor_).__name__
    assert rows["honest R2"].startswith("0.")
    assert "classes" not in rows


def test_the_card_of_a_regressor_that_bends_is_that_of_its_file(tmp_path):
    head = KernelRegressionHead(n_landmarks=10)
    model = LightWaveSRegressor(BANK, 12, regressor=head, random_state=0).fit(X, X[:, 0].max(axis=1))
    rows = rows_of(model)
    assert rows["head"] == "KernelRegressionHead"
    save(model, tmp_path / "model")
    assert rows["SHA-256 of the file"].encode() == (tmp_path / "model").read_bytes()[-64:]
    assert rows_of(load(tmp_path / "model")) == rows


def test_names_and_labels_cannot_break_the_table():
    names = ["a|b", "new\nline", "*", "<b>", "`", "tab\t"]
    model = LightWaveSClassifier(BANK, 30, channel_names=names, random_state=0).fit(X, np.char.add(Y, "|\n"))
    rows = rows_of(model)
    assert r"Running\| " in rows["classes"]
    assert all("|" not in value.replace(r"\|", "") for value in rows.values())


def test_signs_of_markdown_and_html_are_shown_as_they_are():
    assert escaped("T&lt;5 ~~old~~ *a* <b>") == r"T\&lt;5 \~\~old\~\~ \*a\* \<b>"


def test_a_sign_of_dollar_begins_no_formula():
    assert escaped("$v_1^2$") == r"\$v\_1^2\$"


def test_many_classes_and_channels_are_counted_not_listed():
    x = np.random.default_rng(0).standard_normal((150, 30, 20))
    model = LightWaveSClassifier(Prism(800), 100, screen_channels=False, random_state=0).fit(x, np.arange(150) % 25)
    rows = rows_of(model)
    assert rows["classes"].endswith(f"and {25 - MOST_NAMED} more")


def test_a_model_that_no_file_keeps_has_a_card_without_digest():
    model = LightWaveSClassifier(BANK, 12, classifier=RidgeClassifier(), random_state=0).fit(X, Y)
    rows = rows_of(model)
    assert rows["head"] == "RidgeClassifier"
    assert "SHA-256 of the file" not in rows


def test_without_an_honest_score_none_is_on_the_card():
    assert "honest accuracy" not in rows_of(LightWaveSClassifier(BANK, 12, honest=False, random_state=0).fit(X, Y))


def test_a_transformer_and_a_model_of_an_older_file_have_cards():
    assert "classes" not in rows_of(LightWaveS(BANK, 12, random_state=0).fit(X, Y))
    old = load(Path(__file__).parents[1] / "golden" / "model_format_4.npz")
    assert rows_of(old)["training data"] == "6 channels, at most 100 time points"


def test_only_a_fitted_model_has_a_card():
    with pytest.raises(NotFittedError):
        model_card(LightWaveSClassifier())
    with pytest.raises(TypeError, match="got RidgeClassifier"):
        model_card(RidgeClassifier())
