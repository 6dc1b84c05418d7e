"""Numbers and strings as C: exact, and of the narrowest type."""

import ctypes

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwaves.export.text import integer_type, named, number, string, wrapped


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float64_is_written_exactly(value):
    assert float.fromhex(number(value)) == value


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float32_is_written_exactly_and_marked(value):
    text = number(np.float32(value))
    assert text.endswith("f")
    assert float.fromhex(text[:-1]) == value


@given(st.lists(st.integers(-(2**31), 2**32 - 1), min_size=1, max_size=4))
def test_the_type_holds_all_integers_and_none_narrower_does(values):
    if min(values) < 0 and max(values) >= 2**31:
        with pytest.raises(ValueError, match="no type of 32 bits"):
            integer_type(values)
        return
    name = integer_type(values)
    kind = getattr(ctypes, f"c_{name.removesuffix('_t')}")
    assert [kind(value).value for value in values] == values
    narrower = [f"{prefix}{bits}" for bits in (8, 16) if bits < 8 * ctypes.sizeof(kind) for prefix in ("int", "uint")]
    for other in narrower:
        assert [getattr(ctypes, f"c_{other}")(value).value for value in values] != values


@pytest.mark.slow
@given(st.text())
def test_a_string_holds_its_bytes_and_nothing_that_c_reads_otherwise(text):
    constant = string(text)
    assert constant.isascii()
    assert constant[0] == constant[-1] == '"'
    inner = constant[1:-1]
    assert '"' not in inner
    assert "?" not in inner
    assert inner.encode().decode("unicode_escape").encode("latin-1") == text.encode("utf-8", "surrogatepass")


def test_only_names_that_are_seen_from_outside_are_changed():
    assert named("model_predict MODEL_N remodel_x my_model_x", "a1") == "a1_predict A1_N remodel_x my_model_x"


def test_lines_are_not_too_long_and_lose_nothing():
    entries = [str(i) for i in range(1000)]
    lines = wrapped(entries).split("\n")
    assert max(map(len, lines)) <= 120
    assert "".join(lines).replace(" ", "").strip(",").split(",") == entries
