"""An entry says exactly what an array or a number must be."""

import runpy
from dataclasses import dataclass

import numpy as np
import pytest

from lightwaves import entries
from lightwaves.entries import Array, Number, check_entries, entries_of, entry, names_of_sizes, sizes_of

SIZES = {"n": 3, "m": 2}
PAIRS = np.dtype([("n", np.int64), ("score", np.float64)])


@pytest.mark.parametrize(
    ("what", "fine", "wrong"),
    [
        (Array(np.int32, "n", least=1, most=4), [1, 4, 2], [[0, 1, 2], [1, 2, 5], [-(2**31), 1, 1], [2**31 - 1, 1, 1]]),
        (Array(np.int32, "n", below="m"), [0, 1, 0], [[0, 2, 0], [-1, 0, 0]]),
        (Array(np.float64, "n"), [-1e308, 0, 1e308], [[np.nan, 0, 0], [0, np.inf, 0], [0, 0, -np.inf]]),
        (Array(np.float32, "n"), [-3e38, 0, 3e38], [[np.nan, 0, 0], [0, np.inf, 0], [0, 0, -np.inf]]),
        (Array(np.float64, "n", least=0, most=np.inf), [0, 1, np.inf], [[np.nan, 0, 0], [-1e-300, 0, 0]]),
        (Array(np.float32, 3, least=0), [0, -0.0, 1], [[-1e-38, 0, 0]]),
        (Array(np.int64, "m", "n"), [[1, 2, 3], [4, 5, 6]], []),
        (Array(PAIRS, "m", least=0), [(1, 0.5), (2, 0.0)], [[(-1, 0.5), (2, 0.0)], [(1, 0.5), (2, np.nan)]]),
    ],
)
def test_values_within_the_range_are_taken_and_others_refused(what, fine, wrong):
    what.check("x", np.array(fine, what.dtype), SIZES)
    for values in wrong:
        with pytest.raises(ValueError, match=r"^x must be (from|finite).*, but holds "):
            what.check("x", np.array(values, what.dtype), SIZES)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3, np.int64), np.zeros(3, ">i4"), np.zeros(3, np.float32), np.zeros(2, np.int32),
        np.zeros((3, 1), np.int32), np.int32(0), [0, 0, 0], None,
    ],
    ids=repr,
)  # fmt: skip
def test_another_dtype_shape_or_thing_is_refused(array):
    with pytest.raises(ValueError, match=r"^x must be an array int32 \(3,\), but is "):
        Array(np.int32, "n", least=0, most=1).check("x", array, SIZES)


def test_an_array_without_values_has_none_that_are_wrong():
    Array(np.int32, 0, below="none").check("x", np.zeros(0, np.int32), {"none": 0})
    with pytest.raises(ValueError, match="x must be from 0 to -1, but holds 0"):
        Array(np.int32, 1, below="none").check("x", np.zeros(1, np.int32), {"none": 0})


def test_nan_may_stand_for_what_is_not_known_where_the_entry_says_so():
    what = Array(np.float64, "n", least=0, nan=True)
    what.check("x", np.array([np.nan, 0, 1]), SIZES)
    what.check("x", np.full(3, np.nan), SIZES)
    with pytest.raises(ValueError, match="x must be from 0"):
        what.check("x", np.array([np.nan, -1, 1]), SIZES)


@pytest.mark.parametrize("dtype", ["<U2", [("text", "<U1"), ("number", "<i4")]])
def test_texts_hold_characters(dtype):
    what = Array(dtype, "m", least=0)
    what.check("x", np.frombuffer(np.uint32([97, 0, 0x10FFFF, 0]).tobytes(), dtype), SIZES)
    with pytest.raises(ValueError, match="characters of x must be from 0 to 1114111, but holds 1114112"):
        what.check("x", np.frombuffer(np.uint32([97, 0, 0x110000, 0]).tobytes(), dtype), SIZES)


def test_bytes_that_are_neither_true_nor_false_are_refused():
    what = Array(np.bool_, "n")
    what.check("x", np.array([True, False, True]), SIZES)
    with pytest.raises(ValueError, match="x must be from 0 to 1, but holds 2"):
        what.check("x", np.array([0, 1, 2], np.uint8).view(bool), SIZES)


@pytest.mark.parametrize(
    ("what", "fine", "wrong"),
    [
        (Number(int, 1, 5), [1, 5], [0, 6, True, 1.0, "1", None, 10**30, [1]]),
        (Number(float, 0.0), [0.0, 1e308], [-1.0, float("nan"), float("inf"), 1, True, "1"]),
        (Number(bool), [True, False], [0, 1, None, "true"]),
    ],
)
def test_numbers_are_of_exactly_one_kind(what, fine, wrong):
    for value in fine:
        what.check("x", value, {})
    for value in wrong:
        with pytest.raises(ValueError, match=f"^x must be {what.kind.__name__}"):
            what.check("x", value, {})


@dataclass
class Record:
    """A few rows."""

    row: np.ndarray = entry(Array(np.int32, "n", below="m"))
    column: np.ndarray = entry(Array(np.float64, "m", "k"))
    number: int = entry(Number(int, 0))
    name: str = ""


def record(**changes):
    return vars(Record(**{"row": np.int32([0, 1, 1]), "column": np.zeros((2, 4)), "number": 3} | changes))


def test_fields_say_what_they_must_be_and_agree_on_sizes():
    entries = entries_of(Record)
    assert list(entries) == ["row", "column", "number"]
    assert names_of_sizes(entries) == {"n", "m", "k"}
    assert sizes_of(entries, record()) == {"n": 3, "m": 2, "k": 4}
    check_entries(entries, record())
    for changes, message in (
        ({"row": np.int32([0, 1, 2])}, "row must be from 0 to 1, but holds 2"),
        ({"row": np.int32([[0]])}, "row must have 1 dimensions, but has 2"),
        ({"row": [0, 1]}, "row must be an array int32"),
        ({"number": -1}, "number must be int from 0"),
    ):
        with pytest.raises(ValueError, match=message):
            check_entries(entries, record(**changes))


def test_a_program_that_raises_all_errors_of_numpy_can_import_them():
    with np.errstate(all="raise"):
        assert runpy.run_path(entries.__file__)["SMALLEST"] == 5e-324
