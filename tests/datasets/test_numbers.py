"""What is a number in a file is read as Python reads it; whatever else is refused with its place."""

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwaves.datasets.values import PIECE, append_values, count, number


def values_of(row):
    values = array("d")
    append_values(row, values)
    return np.array(values)


@given(st.lists(st.floats(allow_infinity=False), min_size=1, max_size=20))
def test_numbers_come_back_to_the_bit(values):
    np.testing.assert_array_equal(values_of(",".join(map(repr, values))), values)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("+1", 1), ("-1.5", -1.5), (".5", 0.5), ("5.", 5), ("1e3", 1000), (" 1E-3\t", 0.001), ("-.5e+1", -5)],
)
def test_every_form_of_a_number_is_read(text, value):
    assert values_of(text) == [value]
    assert number(text.strip()) == value


@pytest.mark.parametrize("text", ["?", " ? ", "NaN", "nan", "NAN", "-nan", "+NaN"])
def test_missing_values_are_nan(text):
    assert np.isnan(values_of(text)).all()


@pytest.mark.parametrize(
    "text",
    ["", " ", "1_0", "0x10", "inf", "-Infinity", "٣", "\uff11", "1 2", "1?", "?1", "??", "-?", "nan1", "na", "e", ".",
     "+", "1e", "--1", "1.2.3", "1;2", "true", "None", "1\u00a0", "(1)", "1j", "1d3"],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_its_time_point(text):
    with pytest.raises(ValueError, match=r"^time point 2: '.*' is not a finite number$"):
        values_of(f"1,?,{text},4")
    assert number(text) is None


def test_numbers_too_large_become_infinite_for_the_caller_to_refuse():
    np.testing.assert_array_equal(values_of("1e400,-1e400"), [np.inf, -np.inf])
    assert number("1e400") is None


def test_rows_longer_than_a_piece_are_read_whole():
    text = ",".join(map(str, range(PIECE)))
    np.testing.assert_array_equal(values_of(text), np.arange(PIECE))
    with pytest.raises(ValueError, match=rf"^time point {PIECE}: 'x' is not a finite number$"):
        values_of(text + ",x")
    for end in range(PIECE - 2, PIECE + 3):
        with pytest.raises(ValueError, match=rf"^time point {end}: '' is not a finite number$"):
            values_of("1," * end)


def test_a_wrong_text_is_shown_cut():
    with pytest.raises(ValueError, match=r"^time point 0: 'x{40}\.\.\.' is not a finite number$"):
        values_of("x" * 1000)


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("3.0", 3), ("3.", 3), ("0", 0), ("--2", None), ("-2", None), ("1e3", None), ("1_0", None),
     ("3.5", None), ("", None), ("9" * 5000, None), ("²", None), ("٣", None)],
)  # fmt: skip
def test_counts_are_whole_numbers(text, value):
    assert count(text) == value
