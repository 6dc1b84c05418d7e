"""The list of mutants fits the source: each text stands once where it is to be replaced, and its tests are there."""

import shlex

import pytest
from mutants import MUTANTS, ROOT, SOURCE


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.file}: {mutant.text}")
def test_a_mutant_changes_one_place_and_its_tests_are_there(mutant):
    assert (SOURCE / mutant.file).read_text().count(mutant.text) == 1
    assert mutant.replacement != mutant.text
    for word in shlex.split(mutant.tests):
        if word.startswith("tests/"):
            path, _, name = word.partition("::")
            assert f"def {name}(" in (ROOT / path).read_text() if name else (ROOT / path).is_file()
