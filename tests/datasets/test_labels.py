"""Labels in quotes are what they were; a label means the class that was declared, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwaves.datasets.labels import Classes, quoted, quoted_end, spelled_twice, unquoted, words_of

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(texts)
def test_quotes_keep_every_character(label):
    text = quoted(label)
    assert unquoted(text) == label
    assert not set(text) & set(":\n\r")


@given(texts)
def test_the_end_in_quotes_is_found_whatever_it_holds(label):
    assert quoted_end(f"1,2:3,4: {quoted(label)}", ":") == ("1,2:3,4", quoted(label))


@pytest.mark.parametrize("text", ["", "a", "'", "'a", "a'", "'a\"", "'a'b'", "'a\\'", '"a" b'])
def test_quotes_that_do_not_end_with_the_label_are_refused(text):
    with pytest.raises(ValueError, match="quotes do not end where the class ends"):
        unquoted(text)


@pytest.mark.parametrize("text", [r"'C:\data'", r"'\u00'", r"'\x41'"])
def test_a_backslash_before_another_letter_is_refused(text):
    with pytest.raises(ValueError, match="a backslash must be written twice"):
        unquoted(text)


def test_a_label_means_the_declared_class():
    classes = Classes(["1", "2.0", "walk", "3", "3.0"], ["walk", "up", "walk", "down"])
    assert classes.meant_by("1") == classes.meant_by("1.0") == classes.meant_by("+1") == "1"
    assert classes.meant_by("2") == "2.0"
    assert classes.meant_by("3") == "3"
    assert classes.meant_by("3.00") is None, "either 3 or 3.0"
    assert classes.meant_by("walk down") == "walk down"
    assert classes.meant_by("up down") is None
    assert classes.meant_by("up") is None
    assert classes.meant_by("Walk") is None
    assert str(Classes(map(str, range(12)))) == "'0', '1', '2', '3', '4', '5', '6', '7', '8', '9' and 2 more"


def test_two_spellings_of_a_number_are_found():
    assert spelled_twice(["a", "1", "2", "1.0"]) == ("1", "1.0")
    assert spelled_twice(["a", "A", "1", "2"]) is None


def test_words_are_separated_by_ascii_white_space_only():
    assert words_of(" a\u00a0b \t c\u2003d ") == ["a\u00a0b", "c\u2003d"]
