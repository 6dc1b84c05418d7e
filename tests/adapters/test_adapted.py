"""An adapter has the constructor of its estimator, and describes what it takes."""

import inspect
from functools import partial
from importlib import import_module

import numpy as np
import pytest
from test_docstrings import described

import lightwaves
from lightwaves import FeatureSelector, LightWaveSClassifier, Stream
from lightwaves.adapted import Adapter, Classifier, takes_parameters_of
from lightwaves.export import to_c
from lightwaves.inspection import explain, model_card


@takes_parameters_of(FeatureSelector, n_features=7)
class Selector(Adapter):
    """Selects.

    Parameters
    ----------
    {parameters}
    """


def test_the_constructor_is_that_of_the_estimator_but_for_other_defaults():
    ours, theirs = (dict(inspect.signature(kind).parameters) for kind in (FeatureSelector, Selector))
    assert list(theirs) == list(ours)
    assert {name: p.default for name, p in theirs.items()} == {name: p.default for name, p in ours.items()} | {
        "n_features": 7
    }
    assert vars(Selector(9)) == vars(FeatureSelector(9))
    assert vars(Selector()) == vars(FeatureSelector(7))
    with pytest.raises(TypeError, match="n_feature"):
        Selector(n_feature=9)


def test_parameters_are_described_with_their_own_defaults():
    changed = {"n_features": described(FeatureSelector)["n_features"].replace("default=500", "default=7")}
    assert described(Selector) == described(FeatureSelector) | changed
    assert described(Selector) != described(FeatureSelector)


@pytest.mark.filterwarnings("ignore")  # those of another library
@pytest.mark.parametrize("library", ["aeon", "sktime"])
def test_the_docstring_of_an_adapter_has_every_parameter(library):
    pytest.importorskip(library, reason=f"{library} is not installed: pip install 'lightwaves[{library}]'")
    adapters = import_module(f"lightwaves.{library}")
    for name in adapters.__all__:
        kind = getattr(adapters, name)
        assert list(described(kind)) == list(inspect.signature(kind).parameters)
        assert described(kind) == described(getattr(lightwaves, name)) | {"n_jobs": "int, default=1"}


def test_what_takes_a_model_asks_for_that_which_an_adapter_holds():
    adapter = Selector()
    adapter.model_ = LightWaveSClassifier()
    for function in (Stream, model_card, partial(explain, X=None), partial(to_c, path="model.c")):
        with pytest.raises(TypeError, match=f"got Selector of {__name__}, an adapter: pass its model_"):
            function(adapter)


def test_a_tag_follows_the_parameter_that_is_set_later():
    class Library:
        """What both libraries have in common."""

        def get_params(self, deep=True):
            """All of them."""
            return {"missing": self.missing, "bank": None}

        def set_params(self, **params):
            """Set them as they are."""
            vars(self).update(params)

        def set_tags(self, **tags):
            """Keep them."""
            self.tags = tags

    class Filler(Adapter, Library):
        missing = "error"

    filler = Filler()
    assert filler.set_params(missing="zero") is filler
    assert filler.tags == {"capability:missing_values": True}
    filler.model_ = lightwaves.LightWaveS()
    assert filler.set_params(missing="interpolate").model_.missing == "interpolate", "as of the estimator itself"
    with pytest.raises(ValueError, match="bank__n_features is a parameter of bank, but bank is None"):
        filler.set_params(bank__n_features=84)


def test_probabilities_have_a_column_for_a_class_of_weight_0_too():
    X, y = lightwaves.load_basic_motions()
    adapter = Classifier()
    adapter.classes_ = np.unique(y)
    small = {"n_features": 5, "search_candidates": 100, "honest": False, "random_state": 0}
    adapter.model_ = lightwaves.LightWaveSClassifier(**small, class_weight={"Running": 0.0}).fit(X, y)
    chances, known = adapter._predict_proba(X), adapter.model_.predict_proba(X)
    np.testing.assert_array_equal(chances[:, adapter.classes_ != "Running"], known)
    assert (chances[:, adapter.classes_ == "Running"] == 0).all()


@pytest.mark.slow
def test_save_says_what_to_save_of_an_adapter(tmp_path):
    X, y = lightwaves.load_basic_motions()
    adapter = Selector()
    adapter.model_ = lightwaves.LightWaveSClassifier(n_features=5, honest=False, random_state=0).fit(X, y)
    with pytest.raises(TypeError, match=r"got .*Selector, an adapter: save\(model\.model_, path\)"):
        lightwaves.save(adapter, tmp_path / "m.npz")
