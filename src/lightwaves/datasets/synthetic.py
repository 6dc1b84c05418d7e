"""Synthetic data, for a first look: it is known what can be found in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from ..validation import check_int

PUMP_CHANNELS = (
    "current_a", "current_b", "current_c", "voltage_a", "voltage_b", "voltage_c", "torque", "speed",
    "vibration_axial", "vibration_radial", "pressure_in", "pressure_out", "pressure_seal", "flow", "level", "valve",
    "temperature_bearing_a", "temperature_bearing_b", "temperature_oil", "temperature_casing", "temperature_winding",
    "temperature_air", "humidity", "power",
)  # fmt: skip
PUMP_CLASSES = ("bearing", "cavitation", "healthy", "leak")
PUMP_TIMEPOINTS = 200
SEVEREST, MILDEST = 0.9, 0.5  # the share of a channel's variance that a fault makes up


def make_pump(n_cases: int = 200, *, random_state: Any = 0) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """A synthetic pump, healthy or with one of three faults, under 24 sensors of which three notice.

    Nothing here is measured. All sensors give noise, each with a memory of its own. A worn bearing lets
    ``vibration_radial`` ring at every turn, cavitation lets ``pressure_out`` chatter, a leak lets ``flow`` sag once. A
    fault changes neither mean nor deviation of a channel, and begins at any time, so that summaries and single time
    points say little.

    Parameters
    ----------
    n_cases : int, default=200
    random_state : int, RandomState or None, default=0
        For what is drawn. An int gives the same series each time; two ints give a training and a test set.

    Returns
    -------
    X : float32 (n_cases, 24, 200)
        The names of the channels are `lightwaves.datasets.PUMP_CHANNELS`.
    y : array (n_cases,) of str
        bearing, cavitation, healthy, leak, in turn.

    Raises
    ------
    TypeError, ValueError
        If n_cases is not an int of at least 1.

    Examples
    --------
    >>> from lightwaves.datasets import make_pump
    >>> X, y = make_pump(100, random_state=1)
    >>> X.shape, y[:2].tolist()
    ((100, 24, 200), ['bearing', 'cavitation'])
    """
    rng = check_random_state(random_state)
    of_class = np.arange(check_int(n_cases, "n_cases", 1)) % len(PUMP_CLASSES)
    X = _noise(rng, n_cases)
    severity = rng.uniform(MILDEST, SEVEREST, n_cases)
    for fault, channel, symptom in (
        ("bearing", "vibration_radial", _ringing(rng, n_cases)),
        ("cavitation", "pressure_out", rng.standard_normal((n_cases, PUMP_TIMEPOINTS))),
        ("leak", "flow", _sag(rng, n_cases)),
    ):
        ill, c = of_class == PUMP_CLASSES.index(fault), PUMP_CHANNELS.index(channel)
        share = severity[ill, np.newaxis]
        X[ill, c] = np.sqrt(1 - share) * _standardised(X[ill, c]) + np.sqrt(share) * _standardised(symptom[ill])
    X = _standardised(X) * np.exp(0.2 * rng.standard_normal((n_cases, len(PUMP_CHANNELS), 1)))
    X += 0.5 * rng.standard_normal((n_cases, len(PUMP_CHANNELS), 1))
    return X.astype(np.float32), np.array(PUMP_CLASSES)[of_class]


def _noise(rng: np.random.RandomState, n_cases: int) -> NDArray[np.float64]:
    """Noise of which each value remembers the one before, in some channels more than in others."""
    memory = np.linspace(0.2, 0.9, len(PUMP_CHANNELS))
    X = rng.standard_normal((n_cases, len(PUMP_CHANNELS), PUMP_TIMEPOINTS))
    for t in range(1, PUMP_TIMEPOINTS):
        X[:, :, t] += memory * X[:, :, t - 1]
    return X


def _ringing(rng: np.random.RandomState, n_cases: int) -> NDArray[np.float64]:
    """A knock at every turn of 14 to 18 time points, which dies away."""
    turn, begin = rng.uniform(14, 18, (n_cases, 1)), rng.uniform(0, 1, (n_cases, 1))
    since = (np.arange(PUMP_TIMEPOINTS) / turn + begin) % 1 * turn
    return np.exp(-since / 2) * np.cos(2.2 * since)


def _sag(rng: np.random.RandomState, n_cases: int) -> NDArray[np.float64]:
    """Less for a while, once."""
    middle = rng.uniform(30, PUMP_TIMEPOINTS - 30, (n_cases, 1))
    return -np.exp(-0.5 * ((np.arange(PUMP_TIMEPOINTS) - middle) / 12) ** 2)


def _standardised(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same with mean 0 and deviation 1 over time."""
    return (x - x.mean(axis=-1, keepdims=True)) / x.std(axis=-1, keepdims=True)
