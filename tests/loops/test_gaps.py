"""Filling gaps: the loop against the oracle."""

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwaves.loops.gaps import fill_gaps

NAN = np.nan


@settings(deadline=None, max_examples=100)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_timepoints=st.integers(1, 12),
    share=st.sampled_from([0.0, 0.2, 0.7, 1.0]),
    interpolate=st.booleans(),
    dtype=st.sampled_from([np.float32, np.float64]),
    level=st.sampled_from([0.0, 1e8]),
)
def test_gaps_are_filled_as_numpy_interpolates(seed, n_timepoints, share, interpolate, dtype, level):
    rng = np.random.default_rng(seed)
    x = (level + rng.normal(size=(6, n_timepoints))).astype(dtype)
    x[rng.random(x.shape) < share] = NAN
    lengths = rng.integers(1, n_timepoints + 1, 6).astype(np.int32)
    values = rng.normal(size=6)
    expected = oracle.fill_gaps(x, lengths, values, interpolate).astype(dtype)
    filled = x.copy()
    fill_gaps(filled, lengths, values, interpolate)
    near = 4 * np.finfo(dtype).eps * max(1.0, np.abs(np.nan_to_num(x)).max())  # of neighbours, which may cancel
    np.testing.assert_allclose(filled, expected, rtol=4 * np.finfo(dtype).eps, atol=near)
    there = ~np.isnan(x)
    np.testing.assert_array_equal(filled[there], x[there])
    for row, before, length in zip(filled, x, lengths, strict=True):
        assert not np.isnan(row[:length]).any()
        np.testing.assert_array_equal(row[length:], before[length:], "what is behind the end stays as it was")


@pytest.mark.parametrize(
    ("row", "interpolated", "zero"),
    [
        ([1, NAN, NAN, 4], [1, 2, 3, 4], [1, 9, 9, 4]),
        ([NAN, NAN, 5, 7], [5, 5, 5, 7], [9, 9, 5, 7]),
        ([3, 4, NAN, NAN], [3, 4, 4, 4], [3, 4, 9, 9]),
        ([NAN, 2, NAN, NAN], [2, 2, 2, 2], [9, 2, 9, 9]),
        ([NAN, NAN, NAN, NAN], [9, 9, 9, 9], [9, 9, 9, 9]),
        ([1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]),
        ([-3e38, NAN, NAN, 3e38], [-3e38, -1e38, 1e38, 3e38], [-3e38, 9, 9, 3e38]),
    ],
    ids=str,
)
def test_a_gap_takes_a_straight_line_or_the_value(row, interpolated, zero):
    for interpolate, expected in ((True, interpolated), (False, zero)):
        x = np.array([row], np.float32)
        fill_gaps(x, np.array([4], np.int32), np.array([9.0]), interpolate)
        np.testing.assert_allclose(x[0], expected, rtol=1e-6)


def test_a_gap_between_equal_values_is_exactly_that_value():
    for value in (0.1, 1e8 + 0.3, -7.7):
        x = np.array([[value, *[NAN] * 9, value]])
        fill_gaps(x, np.array([11], np.int32), np.zeros(1), True)
        np.testing.assert_array_equal(x, value)
