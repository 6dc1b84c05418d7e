"""What belongs to a release is there, is whole, and says the version in one place only."""

import re
from pathlib import Path

import pytest

import lightwaves
from lightwaves import cli

ROOT = Path(__file__).parents[1]
PAGES = ("CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "NOTICE.md", "SECURITY.md")


def text_of(name):
    """A file at the root of the sources; the tests may lie elsewhere."""
    if not (ROOT / name).exists():
        pytest.skip(f"{name} is not beside these tests")
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_at_the_root_links_to_exists(name):
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(name)):
        file, _, anchor = target.partition("#")
        if not target.startswith("https://"):
            headings = re.findall("^#+ (.*)$", text_of(file), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert not anchor or anchor in anchors, target


def test_a_source_archive_holds_these_pages():
    named = re.findall(r"^include (.*)$", text_of("MANIFEST.in"), re.MULTILINE)[0].split()
    assert {*PAGES, "CITATION.cff"} == set(named)


def test_the_version_stands_in_one_place():
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", lightwaves.__version__)
    for name in ("pyproject.toml", "CITATION.cff", "README.md"):
        assert not re.search(rf"(?<![\d.]){re.escape(lightwaves.__version__)}(?![\d.])", text_of(name)), name


def test_the_changelog_begins_with_this_version_or_with_what_is_not_released():
    first = re.search(r"^## (.*)$", text_of("CHANGELOG.md"), re.MULTILINE)[1]
    assert first == "Unreleased" or first.startswith(lightwaves.__version__)


def test_the_citation_names_the_library_and_the_paper():
    citation = text_of("CITATION.cff")
    for line in ("cff-version: 1.2.0", 'title: "lightwaves"', "license: BSD-3-Clause", "preferred-citation:"):
        assert f"\n{line}" in f"\n{citation}"
    assert "arXiv:2204.01379" in citation
    assert "2204.01379" in text_of("pyproject.toml")


def test_the_command_is_the_program():
    assert '\nlightwaves = "lightwaves.cli:main"\n' in text_of("pyproject.toml")
    assert callable(cli.main)


def test_the_recipe_for_conda_asks_for_what_the_package_asks_for():
    recipe, project = text_of("packaging/recipe.yaml"), text_of("pyproject.toml")
    listed = re.search(r"^dependencies = \[(.*)\]$", project, re.MULTILINE)[1]
    wanted = sorted(re.findall(r'"([^"]+)"', listed))
    run = re.search(r"^  run:\n((?:    - .*\n)+)", recipe, re.MULTILINE)[1]
    asked = [line.removeprefix("    - ").replace(" ", "") for line in run.splitlines()]
    assert sorted(asked[1:]) == wanted
    oldest = re.search(r'^requires-python = ">=(.*)"$', project, re.MULTILINE)[1]
    assert f'python_min: "{oldest}"' in recipe
    for name in re.findall(r"^    - ([\w/.]+)$", recipe.split("license_file:")[1], re.MULTILINE):
        assert text_of(name)


def test_the_image_for_a_cluster_asks_for_extras_that_there_are():
    extras = re.search(r"/tmp/lightwaves\[(.*)\]", text_of("packaging/Dockerfile"))[1].split(",")
    for extra in extras:
        assert re.search(rf"^{extra} = \[", text_of("pyproject.toml"), re.MULTILINE), extra


def test_the_versions_of_the_benchmarks_are_pinned():
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)$", text_of("benchmarks/requirements.txt"), re.MULTILINE))
    assert {"aeon", "numba", "numpy", "scipy", "scikit-learn", "matplotlib", "mpi4py"} <= set(pinned)
    assert "lightwaves" not in pinned
