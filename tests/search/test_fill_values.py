"""Fill values: one value that carries most of a channel's variance is named, events and outliers are not."""

import tracemalloc
import warnings

import numpy as np
import pytest
from ranks import on_ranks

from lightwaves import LightWaveS, LightWaveSClassifier, load_basic_motions
from lightwaves.panel import as_panel
from lightwaves.panel.held import HeldChannels
from lightwaves.parallel.crew import Crew, groups_of
from lightwaves.search.fill_values import lost_within
from lightwaves.search.moments import moments

X = np.random.default_rng(0).normal(size=(10, 4, 30)) * [[[1], [0.001], [50], [1]]]


def measure(x, lengths=None, **crew):
    panel = as_panel(x if lengths is None else [case[:, :n] for case, n in zip(x, lengths, strict=True)])
    return moments(panel, groups_of(panel.n_channels, None), Crew(**crew))


def with_values(*places, dtype=np.float64):
    x = X.astype(dtype)
    for case, channel, time, value in places:
        x[case, channel, time] = value
    return x


@pytest.mark.parametrize("value", [1e15, -3.4e38, -9999.0])
@pytest.mark.parametrize("layout", ["float32", "float64", "integers", "list"])
def test_a_fill_value_is_named_with_its_place(value, layout):
    x = with_values((7, 2, 4, value))
    if layout == "integers":
        x = np.clip(x, -(2.0**62), 2.0**62).astype(np.int64)
    elif layout == "float32":
        x = x.astype(np.float32)
    message = r"A value of X carries \d+% of the variance of its channel: case 7, channel 2, time point 4 is -?\d"
    with pytest.warns(UserWarning, match=message) as seen:
        measure(x, [30] * 7 + [20] + [30] * 2 if layout == "list" else None)
    assert len(seen) == 1
    assert "np." not in str(seen[0].message)


def test_all_places_with_the_same_value_count_together():
    x = with_values(*((case, 3, 11, -9999.0) for case in (2, 5, 9)), (1, 0, 0, 1e12))
    with pytest.warns(
        UserWarning, match=r"case 1, channel 0, time point 0 is 1e\+12\. .* So it is in 1 other channels"
    ):
        measure(x)
    with pytest.warns(UserWarning, match="case 2, channel 3, time point 11 is -9999, and 2 more of this channel are"):
        measure(np.concatenate([X[:, :3], x[:, 3:]], axis=1))


SILENT = {
    "noise": lambda x: x,
    "an outlier of nine deviations": lambda x: with_values((3, 0, 3, 9.0)),
    "a value that a tenth of all have": lambda x: np.where(x > 1.28, 9.0, x),
    "a channel of rare events": lambda x: np.where(x > 2.2, 1.0, 0.0),
    "constant channels": lambda x: np.ones_like(x),
    "a single event": lambda x: np.where(np.arange(x.size).reshape(x.shape) == 77, 1.0, 0.0),
    "the end of a sensor's range": lambda x: np.clip(np.where(x > 2.2, x * 200, x), -9, 500.0),
    "too few values": lambda x: np.where(np.arange(30) == 3, 1e9, x)[:1, :, :9],
    "heavy tails": lambda x: np.random.default_rng(1).standard_t(3, (10, 4, 3000)),
    "bools": lambda x: x > 0,
}


@pytest.mark.parametrize("name", SILENT)
def test_nothing_is_said_where_values_only_differ(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measure(SILENT[name](X))


def test_what_is_behind_a_case_is_no_fill_value():
    x = X + 1e6  # zeros stand behind shorter cases
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measure(x, [30, 12, 9, *[30] * 7])


def test_a_value_far_out_takes_no_room_for_numbers_of_each_value():
    """Once, every channel with a value beyond five deviations took nine times its size: of many cases, gigabytes."""
    x = np.random.default_rng(0).normal(size=(8000, 1, 500)).astype(np.float32)
    x[5, 0, 7] = 10.0
    panel = as_panel(x)
    tracemalloc.start()
    try:
        moments(panel, groups_of(1, None), Crew())
        assert tracemalloc.get_traced_memory()[1] < 3 * x.nbytes
    finally:
        tracemalloc.stop()


def test_a_missing_value_is_passed_over():
    x = with_values((7, 2, 4, 1e15), (7, 2, 3, np.nan), (0, 1, slice(None), np.nan))
    panel = as_panel(x, missing="zero")
    with pytest.warns(UserWarning, match=r"case 7, channel 2, time point 4 is 1e\+15"):
        moments(panel, groups_of(4, None), Crew())


@pytest.mark.parametrize("held", [False, True])
def test_of_several_ranks_the_first_warns_alone(held):
    x = with_values((7, 3, 4, 1e15))

    def of_rank(comm):
        mine = np.array([comm.rank])
        numbers = np.arange(2) + 2 * comm.rank
        panel = HeldChannels(as_panel(x[:, numbers]), numbers, 4) if held else as_panel(x)
        return moments(panel, groups_of(4, 2), Crew(comm, held=mine if held else None))

    with pytest.warns(UserWarning, match="case 7, channel 3, time point 4") as seen:
        results = on_ranks(2, of_rank)
    assert len(seen) == 1
    np.testing.assert_array_equal(results[0], results[1])


def test_a_fit_warns_and_names_the_channel():
    x, y = load_basic_motions("train")
    x = x.copy()
    x[3, 1, 17] = 1e15
    model = LightWaveSClassifier(n_features=5, search_candidates=200, channel_names=list("abcdef"), random_state=0)
    with pytest.warns(UserWarning, match=r"case 3, channel b, time point 17 is 1e\+15.*missing=.interpolate") as seen:
        model.fit(x, y)
    assert seen[0].filename == __file__, "the line that called fit"


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.uint64])
def test_cases_so_far_apart_that_what_happens_within_them_is_lost_are_told_of(dtype):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 100, (20, 3, 30)).astype(dtype)
    x[:, 1] += (np.arange(20)[:, np.newaxis] * 10**10).astype(dtype)  # a counter that goes on
    y = np.arange(20) % 2
    options = {"n_features": 5, "search_candidates": 100, "random_state": 0}
    with pytest.warns(UserWarning, match=r"Channel 1 of X varies within a case by [0-9.e-]+ of what .*numpy\.diff"):
        LightWaveS(**options).fit(x, y)
    x[:, 1] %= 1000
    LightWaveS(**options).fit(x, y)  # no warning, which would be an error
    x[:, 2] = np.arange(20)[:, np.newaxis]  # constant in each case: nothing to lose
    LightWaveS(**options).fit(x, y)


@pytest.mark.parametrize("dtype", [np.float16, np.int8, np.int32, bool])
def test_differences_within_cases_may_be_beyond_a_small_dtype(dtype):
    if dtype is bool:
        least, most = False, True
    else:
        limits = np.finfo(dtype) if dtype is np.float16 else np.iinfo(dtype)
        least, most = limits.min, limits.max
    x = np.where(np.random.default_rng(0).random((20, 2, 30)) < 0.5, least, most).astype(dtype)
    assert lost_within(as_panel(x), np.arange(2), x.std(axis=(0, 2), dtype=np.float64)) == []  # and without a warning


@pytest.mark.parametrize("value", [1e15, -9999.0])
@pytest.mark.parametrize("share", [0.05, 0.1, 0.2, 0.4])
def test_a_fill_value_is_warned_of_however_often_it_stands(share, value):
    x, rng = X.copy(), np.random.default_rng(1)
    x[rng.random(x.shape) < share] = value
    with pytest.warns(UserWarning, match="carries [0-9]+% of the variance"):
        measure(x)


def test_neither_steps_nor_counts_nor_noise_with_long_tails_are_taken_for_fill_values():
    rng = np.random.default_rng(0)
    shape = (30, 2, 200)
    for values in (rng.standard_cauchy(shape), rng.poisson(0.05, shape), rng.integers(0, 4, shape)):
        measure(np.clip(values, -50, 50).astype(float))  # a warning would be an error
    levels = np.repeat(rng.choice([0.0, 1.0, 500.0], (30, 2, 10)), 20, axis=2) + rng.normal(size=(30, 2, 200))
    measure(levels)
