"""Synthetic data: the same each time, and such as its description says."""

import numpy as np
import pytest

from lightwaves.datasets import PUMP_CHANNELS, make_pump

NOTICE = {"bearing": "vibration_radial", "cavitation": "pressure_out", "leak": "flow"}


def test_an_int_makes_the_same_pump_each_time():
    X, y = make_pump()
    assert (X.shape, X.dtype, len(PUMP_CHANNELS), len(set(PUMP_CHANNELS))) == ((200, 24, 200), np.float32, 24, 24)
    assert y.tolist() == ["bearing", "cavitation", "healthy", "leak"] * 50
    np.testing.assert_array_equal(make_pump(200, random_state=0)[0], X)
    assert not (make_pump(200, random_state=1)[0] == X).all(axis=2).any()
    assert np.isfinite(X).all()
    assert make_pump(1)[1].tolist() == ["bearing"]


def test_a_generator_goes_on_and_the_global_one_is_left_alone():
    rng, before = np.random.RandomState(0), np.random.get_state()
    first, second = (make_pump(4, random_state=rng)[0] for _ in range(2))
    np.testing.assert_array_equal(first, make_pump(4)[0])
    assert (first != second).any()
    np.testing.assert_equal(np.random.get_state(), before)


@pytest.mark.slow
def test_a_fault_is_noticed_in_one_channel_and_moves_neither_mean_nor_deviation():
    X, y = make_pump(4000)
    roughness = np.abs(np.diff(X, axis=2)).mean(axis=2) / X.std(axis=2)
    for fault, channel in NOTICE.items():
        ill, c = y == fault, PUMP_CHANNELS.index(channel)
        for summary in (X.mean(axis=2), X.std(axis=2)):
            shift = summary[ill].mean(axis=0) - summary[y == "healthy"].mean(axis=0)
            assert np.abs(shift).max() < 5 * summary.std() / np.sqrt(1000)
        shift = np.abs(roughness[ill].mean(axis=0) - roughness[y == "healthy"].mean(axis=0))
        assert shift.argmax() == c
        assert shift[c] > 5 * np.delete(shift, c).max()


@pytest.mark.parametrize(
    ("n_cases", "error", "message"),
    [(0, ValueError, "n_cases must be at least 1, got 0"), (2.5, TypeError, "n_cases must be an int, got 2.5")],
)
def test_the_number_of_cases_is_checked(n_cases, error, message):
    with pytest.raises(error, match=message):
        make_pump(n_cases)
