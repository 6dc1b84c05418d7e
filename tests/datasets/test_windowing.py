"""Windows hold what stands in the series, and say which case they are cut from."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwaves import windows

SERIES = [np.arange(2 * n).reshape(2, n) for n in (7, 4, 9)]


@settings(deadline=None, max_examples=60)
@given(
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    length=st.integers(1, 5),
    hop=st.none() | st.integers(1, 7),
)
def test_windows_are_slices(lengths, length, hop):
    series = [np.arange(2 * n).reshape(2, n) + 100 * i for i, n in enumerate(lengths)]
    step = hop or length
    expected = [
        (x[:, begin : begin + length], case)
        for case, x in enumerate(series)
        for begin in range(0, x.shape[1] - length + 1, step)
    ]
    if not expected:
        with pytest.raises(ValueError, match="time points, fewer than length") as refused:
            windows(series, length, hop, short="drop")
        assert "short=" not in str(refused.value)
        return
    X, y, case = windows(series, length, hop, short="drop")
    np.testing.assert_array_equal(X, [x for x, _ in expected])
    assert (X.shape[1:], X.dtype, y) == ((2, length), np.int64, None)
    assert case.tolist() == [number for _, number in expected]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_windows_keep_the_dtype_and_gaps(dtype):
    x = np.ones((2, 3, 10), dtype)
    if dtype != np.int16:
        x[0, 1, 3] = np.nan
    cut = windows(x, 5)[0]
    assert cut.dtype == dtype
    np.testing.assert_array_equal(cut[0], x[0, :, :5])


@pytest.mark.parametrize("y", [["a", "b", "c"], np.array([3, 1, 2]), pd.Series([0.5, 1.5, 2.5], index=[9, 8, 7])])
def test_each_window_has_the_label_of_its_case(y):
    X, of_windows, case = windows(SERIES, 4, 2, y=y)
    assert len(X) == len(of_windows) == len(case) == 2 + 1 + 3
    assert of_windows.tolist() == [np.asarray(y)[c] for c in case]


def test_a_case_that_is_too_short_is_refused_or_left_out():
    with pytest.raises(ValueError, match=r"case 1 has 4 time points, fewer than length=5\. Choose"):
        windows(SERIES, 5)
    with pytest.raises(
        ValueError, match=r"case 0 has 7 time points, fewer than length=8, and 1 other cases are too short"
    ):
        windows(SERIES, 8)
    with pytest.raises(ValueError, match=r"If the axes of a case are \(n_timepoints, n_channels\), swap them first\.$"):
        windows(np.zeros((3, 9, 2)), 8, short="drop")
    with pytest.raises(ValueError, match=r"Choose a smaller length\.$"):  # to leave out all would be refused, too
        windows(np.zeros((3, 2, 7)), 8)
    X, y, case = windows(SERIES, 5, y=["a", "b", "c"], short="drop")
    assert (len(X), y.tolist(), case.tolist()) == (2, ["a", "c"], [0, 2])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"length": 0}, ValueError, "length must be at least 1, got 0"),
        ({"length": 2.0}, TypeError, "length must be an int"),
        ({"length": 2, "hop": 0}, ValueError, "hop must be at least 1"),
        ({"length": 2, "hop": "1"}, TypeError, "hop must be an int"),
        ({"length": 2, "short": "pad"}, ValueError, r"short must be one of \('error', 'drop'\)"),
        ({"length": 2, "y": [1, 2]}, ValueError, r"y has shape \(2,\), but X has 3 cases"),
        ({"length": 2, "y": "abc"}, ValueError, r"y has shape \(\), but X has 3 cases"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        windows(SERIES, **arguments)


def test_windows_that_no_memory_holds_are_refused(monkeypatch):
    monkeypatch.setattr("lightwaves.validation.memory_of_machine", lambda: 1000)
    with pytest.raises(ValueError, match=r"21 windows would take .* take a larger hop"):
        windows(np.zeros((1, 1, 30)), 10, hop=1)


@pytest.mark.parametrize("name", ["length", "hop"])
def test_counts_beyond_32_bits_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be at most 2147483647, got 1000000000000000000000000000000"):
        windows(np.zeros((2, 1, 30)), **{"length": 10, name: 10**30})


def test_masked_labels_are_refused():
    """They came back, without their mask."""
    y = np.ma.array([0, 1, 0, 1], mask=[0, 0, 0, 1])
    with pytest.raises(ValueError, match="y has masked values: leave out the cases"):
        windows(np.zeros((4, 1, 40)), 20, y=y)


@pytest.mark.parametrize("form", [np.asarray, pd.DataFrame, np.ndarray.tolist])
def test_a_table_could_be_one_recording_and_is_refused_with_the_three_ways(form):
    """Once, the channels of one recording were cases, and a model was trained on mixed sensors."""
    recording = np.arange(60.0).reshape(3, 20)
    with pytest.raises(ValueError, match=r"one recording of several channels, or many of one\. Pass numpy\.asarray"):
        windows(form(recording), 5)
    assert windows(recording[np.newaxis], 5)[0].shape == (4, 3, 5)
