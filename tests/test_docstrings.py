"""What ``help`` shows: every parameter is described, in the order of the signature, and no description is cut."""

import ast
import inspect
import pkgutil
import re
import textwrap
from importlib import import_module
from importlib.util import find_spec

import pytest

import lightwaves
from lightwaves import LightWaveS, LightWaveSClassifier
from lightwaves.banks import Bank, bank
from lightwaves.docstrings import PLACE, shares
from lightwaves.estimators import RidgeHead, descriptions

ESTIMATORS = {
    cls
    for cls in (*(getattr(lightwaves, name) for name in lightwaves.__all__), Bank, RidgeHead)
    if inspect.isclass(cls)
}
ADAPTERS = ("lightwaves.aeon", "lightwaves.sktime")  # each can be imported where the library of its name is
ENTRY = re.compile(r"^(\w+) : (.*)$", re.MULTILINE)

of_every_estimator = pytest.mark.parametrize(
    "cls", sorted(ESTIMATORS, key=lambda cls: cls.__name__), ids=lambda cls: cls.__name__
)


def described(cls):
    """The parameters that a docstring describes, each with what stands behind its colon."""
    _, _, behind = inspect.getdoc(cls).partition("Parameters\n----------\n")
    section = re.split(r"^\w[\w ]*\n-+\n", behind, maxsplit=1, flags=re.MULTILINE)[0]
    return dict(ENTRY.findall(section))


def public_docstrings():
    """Every docstring of the package that ``help`` shows, by the name of what it describes."""
    for found in pkgutil.walk_packages(lightwaves.__path__, "lightwaves."):
        if found.name in ADAPTERS and find_spec(found.name.partition(".")[2]) is None:
            continue
        module = import_module(found.name)
        for name, thing in vars(module).items():
            if not name.startswith("_") and getattr(thing, "__module__", None) == found.name:
                yield f"{found.name}.{name}", inspect.getdoc(thing)
                for method in vars(thing) if inspect.isclass(thing) else ():
                    yield f"{found.name}.{name}.{method}", inspect.getdoc(getattr(thing, method))


@of_every_estimator
def test_every_parameter_of_the_constructor_is_described_in_the_order_of_the_signature(cls):
    assert list(described(cls)) == list(inspect.signature(cls).parameters)


@of_every_estimator
def test_a_described_default_is_that_of_the_signature(cls):
    for name, parameter in inspect.signature(cls).parameters.items():
        if parameter.default is inspect.Parameter.empty:
            continue
        kind, _, default = described(cls)[name].partition(", default=")
        assert default or kind.endswith(", optional"), name
        assert (ast.literal_eval(default) if default else None) == parameter.default, name


def test_the_classifier_and_the_transformer_have_the_same_parameters_and_defaults_but_for_what_classifies():
    of_transformer, of_classifier = (
        dict(inspect.signature(cls).parameters) for cls in (LightWaveS, LightWaveSClassifier)
    )
    own = {"classifier": None, "class_weight": None, "honest": True}
    for name, default in own.items():
        assert of_classifier.pop(name).default is default
    assert list(of_classifier.items()) == list(of_transformer.items()), "in the same order, too"
    assert LightWaveSClassifier().get_params() == LightWaveS().get_params() | own


@of_every_estimator
def test_what_several_classes_share_is_described_alike_and_whole_in_each(cls):
    shared = bank.SHARED if issubclass(cls, Bank) else descriptions.SHARED if issubclass(cls, LightWaveS) else {}
    parameters = inspect.signature(cls).parameters
    for name, text in shared.items():
        if name in parameters or name.endswith("_"):  # attributes, which all of them have
            assert textwrap.dedent(text).strip() in inspect.getdoc(cls), name


def test_no_docstring_has_a_place_that_nothing_has_filled():
    docstrings = dict(public_docstrings())
    assert "lightwaves.banks.prism.Prism" in docstrings
    assert "lightwaves.plans.plan.Plan.apply" in docstrings
    assert not [name for name, text in docstrings.items() if text and PLACE.search(text)]


def test_a_place_without_a_description_is_an_error():
    with pytest.raises(KeyError, match="n_job"):

        @shares({"n_jobs": "n_jobs : int"})
        class Counter:
            """Count.

            {n_job}
            """
