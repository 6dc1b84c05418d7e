"""The reference has every public name, each with an example that runs, and the gallery's scripts are short."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PUBLIC = ("", ".banks", ".cli", ".datasets", ".estimators", ".export", ".inspection", ".plans", ".streaming")
NO_THINGS = {"lightwaves.__version__", "lightwaves.export", "lightwaves.inspection"}
ELSEWHERE = {"lightwaves.banks.Bank"}  # whose example is in docs/banks.md
pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the pages are not beside these tests")


def public_names():
    """Every public name and what it stands for."""
    for package in PUBLIC:
        module = import_module(f"lightwaves{package}")
        for name in module.__all__:
            full = f"lightwaves{package}.{name}"
            if full not in NO_THINGS:
                yield full, getattr(module, name)


def described():
    """What the reference has a place for."""
    for page in (DOCS / "reference").glob("*.rst"):
        for full in re.findall(r"^\.\. auto(?:class|function|data):: (\S+)$", page.read_text(), re.MULTILINE):
            module, _, name = full.rpartition(".")
            yield full, getattr(import_module(module), name)


def test_the_reference_has_every_public_name_once():
    things = [id(thing) for _, thing in described()]
    assert len(things) == len(set(things))
    assert not [name for name, thing in public_names() if id(thing) not in things]


def test_every_public_name_has_an_example():
    assert not [
        name
        for name, thing in public_names()
        if name not in ELSEWHERE and callable(thing) and ">>>" not in inspect.getdoc(thing)
    ]


def test_every_page_of_the_reference_is_in_its_index():
    listed = set(re.findall(r"^   (\w+)$", (DOCS / "reference" / "index.rst").read_text(), re.MULTILINE))
    assert listed == {page.stem for page in (DOCS / "reference").glob("*.rst")} - {"index"}


def test_every_page_is_in_the_contents():
    contents = set(re.findall(r"^   ([\w/]+)$", (DOCS / "index.rst").read_text(), re.MULTILINE))
    pages = [
        page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md") if "made" not in page.parts
    ]
    assert set(pages) <= contents


def test_scripts_of_the_gallery_begin_with_a_title():
    scripts = sorted((DOCS / "gallery").glob("*.py"))
    assert len(scripts) >= 8
    for script in scripts:
        assert re.match(r'"""\n.+\n=+\n\n', script.read_text()), script.name


@pytest.mark.parametrize("name", ["LightWaveS", "LightWaveSClassifier", "LightWaveSRegressor"])
def test_what_predicts_says_what_it_raises_and_shows_how_it_is_called(name):
    model = getattr(import_module("lightwaves"), name)
    methods = [method for method in vars(model) if re.match("predict|decision|transform", method)]
    assert methods
    for method in methods:
        text = inspect.getdoc(getattr(model(), method))
        assert "Raises\n------\n" in text, method
        assert ">>>" in text or "see `predict_one`" in text, method
