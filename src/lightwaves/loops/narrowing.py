"""Before anything is computed: from float64 to float32 without losing what varies, and whether values are finite."""

from __future__ import annotations

import numpy as np

from .jit import loop


@loop
def narrow(values, shift, out):
    """Float64 series less a number for each channel, as float32.

    A value that float32 holds gives what the loops of plans make of that: less the two float32 parts of the shift, one
    after the other. So an array of float64 that holds float32 values gives the same features, to the bit. Any other
    value is subtracted from in float64.

    Parameters
    ----------
    values : float64 (n_cases, n_channels, n_timepoints), C order
    shift : float64 (n_channels,)
    out : float32 (n_cases, n_channels, n_timepoints), C order
        Written to.
    """
    for case in range(values.shape[0]):
        for channel in range(values.shape[1]):
            large = np.float32(shift[channel])
            small = np.float32(shift[channel] - np.float64(large))
            row, to, centre = values[case, channel], out[case, channel], shift[channel]
            for t in range(row.size):
                value = row[t]
                near = np.float32(value)
                exact = np.float64(near) == value
                to[t] = (near - large) - small if exact else np.float32(value - centre)


@loop
def all_usable(x, channels, standard, most):
    """Whether all values of some channels are finite, and once standardised not too large.

    Parameters
    ----------
    x : float32 (n_cases, n_channels, n_timepoints)
    channels : int64 (n_channels_read,)
    standard : float32 (n_channels_read, 3)
        See ``standardised`` of the wavelet loops.
    most : float32
        What no standardised value may exceed.
    """
    n_wrong = np.int32(0)
    for case in range(x.shape[0]):
        for c in range(channels.size):
            row = x[case, channels[c]]
            large, small, factor = standard[c, 0], standard[c, 1], standard[c, 2]
            for t in range(row.size):
                n_wrong += np.int32(0) if abs(((row[t] - large) - small) * factor) <= most else np.int32(1)
    return n_wrong == 0
