"""Padding is cut at both ends, and a message about NaN says what it looks like and what helps."""

import numpy as np
import pandas as pd
import pytest

from lightwaves import unpad
from lightwaves.panel import as_panel

NAN = np.nan


def panel_with(*absent):
    """Two cases of two channels and six times, of the first of which some values are missing."""
    x = np.arange(24.0).reshape(2, 2, 6)
    for channel, times in absent:
        x[0, channel, times] = NAN
    return x


BOTH = slice(None)


def test_unpad_cuts_what_is_missing_in_all_channels_at_either_end():
    x = panel_with((BOTH, [0, 1, 5]))
    cut = unpad(x)
    assert [case.shape for case in cut] == [(2, 3), (2, 6)]
    np.testing.assert_array_equal(cut[0], np.arange(24.0).reshape(2, 2, 6)[0, :, 2:5])
    assert np.shares_memory(cut[0], x)
    as_panel(cut)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_unpad_keeps_the_dtype(dtype):
    assert {x.dtype for x in unpad(np.ones((2, 2, 3), dtype))} == {np.dtype(dtype)}


def test_unpad_takes_whatever_the_estimators_take():
    x = panel_with((BOTH, [0, 5]))
    names = {"a": x[:, 0], "b": x[:, 1]}
    frames = [pd.DataFrame(case.T, columns=["a", "b"]) for case in x]
    for X in (x, list(x), x.astype(np.float32)):
        assert [case.shape for case in unpad(X)] == [(2, 4), (2, 6)]
    for X in (names, frames):
        assert {name: [len(case) for case in cases] for name, cases in unpad(X).items()} == {"a": [4, 6], "b": [4, 6]}
    assert [case.shape for case in unpad(x[:, 0])] == [(1, 4), (1, 6)]
    assert [case.shape for case in unpad([[[1, NAN]], [[1, 2, 3]]])] == [(1, 1), (1, 3)]


MESSAGES = {
    "padding behind": (
        [(BOTH, [4, 5])],
        r"channel 0, time point 4\. Here all channels are NaN at the last 2 of 6 time points",
    ),
    "padding before": (
        [(BOTH, [0])],
        r"channel 0, time point 0\. Here all channels are NaN at the first 1 of 6 time points",
    ),
    "a short channel": (
        [(1, [3, 4, 5])],
        r"channel 1, time point 3\. This channel ends at time point 2, but others go on to 5",
    ),
    "a short channel in padding": (
        [(1, [3, 4]), (BOTH, [5])],
        r"time point 5\. Here all channels are NaN at the last 1 of",
    ),
    "a late channel": (
        [(0, [0, 1])],
        r"channel 0, time point 0\. This channel begins at time point 2, but others at 0",
    ),
    "a gap": ([(1, [2, 3])], r"channel 1, time point 2\. This is a gap of 2 time point\(s\)"),
    "no value in a channel": ([(1, BOTH)], r"channel 1, time point 0\. This channel has no value in this case"),
    "no value in a case": ([(BOTH, BOTH)], r"channel 0, time point 0\. This case has no value at all: leave it out"),
}


@pytest.mark.parametrize("seen", MESSAGES)
@pytest.mark.parametrize("form", [np.asarray, list])
def test_a_message_about_nan_says_what_was_seen(seen, form):
    absent, message = MESSAGES[seen]
    with pytest.raises(ValueError, match=message):
        as_panel(form(panel_with(*absent)))


@pytest.mark.parametrize("seen", MESSAGES)
def test_nobody_who_called_unpad_is_told_to_call_it(seen):
    cut = unpad(panel_with(*MESSAGES[seen][0]))
    try:
        as_panel(cut)
    except ValueError as error:
        assert "unpad" not in str(error)  # noqa: PT017
        assert "missing=" in str(error) or "leave" in str(error).lower()  # noqa: PT017
    else:
        assert seen.startswith("padding")


def test_unpad_keeps_the_names_of_channels():
    """Once, a model that was fitted on names then took channels by place."""
    x = np.array([[1.0, 2, NAN], [1, 2, 3]])
    cut = unpad({"b": x, "a": 10 * x})
    assert [(name, [channel.tolist() for channel in cases]) for name, cases in cut.items()] == [
        ("b", [[1, 2], [1, 2, 3]]),
        ("a", [[10, 20], [10, 20, 30]]),
    ]
    assert as_panel(cut).channel_names == ("b", "a")
