"""NaN around series and in them: what it looks like, and how padding is cut."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cases import contents

FILL = 'LightWaveS, LightWaveSClassifier and LightWaveSRegressor fill gaps with missing="interpolate"'


def unpad(X: Any) -> Any:
    """Cut the NaN that some archives put behind or before shorter series.

    Parameters
    ----------
    X : array (n_cases, n_channels, n_timepoints), list of arrays, or whatever else `LightWaveS` takes
        Times at the beginning or the end of a case at which all channels are NaN are padding.

    Returns
    -------
    list of arrays (n_channels, n_timepoints_i), or a mapping
        What `LightWaveS` takes for series of unequal length: views where X is an array. A case without any value
        has no time points left. Where X names its channels, a mapping from these names to lists of arrays
        (n_timepoints_i,).

    Notes
    -----
    NaN between values, or in some channels only, is a gap and stays; see the parameter ``missing`` of `LightWaveS`.

    Cases keep the order of X, but not the names that an index of a frame gives them, by which `LightWaveS` would notice
    labels in another order: bring these into the order of X first.

    Examples
    --------
    >>> import numpy as np
    >>> [x.shape for x in unpad(np.array([[[1.0, 2.0, np.nan]], [[1.0, 2.0, 3.0]]]))]
    [(1, 2), (1, 3)]
    """
    given = contents(X)
    own = [_cut(x) for x in given.cases]
    if given.names is None:
        return own
    return {name: [x[channel] for x in own] for channel, name in enumerate(given.names)}


def _cut(x: NDArray[Any]) -> NDArray[Any]:
    begin, end = own_times(np.isnan(x))
    return x[:, begin:end]


def own_times(absent: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the first time is at which not all channels are absent, and one behind the last; 0 and 0 without any."""
    present = np.flatnonzero(~absent.all(axis=0))
    return (int(present[0]), int(present[-1]) + 1) if len(present) else (0, 0)


def remedy(absent: NDArray[np.bool_], channel: int, time: int, name: str) -> str:
    """What a missing value of a case looks like among the others, and what to do about it.

    Parameters
    ----------
    absent : bool (n_channels, n_timepoints)
        Where the case has no value.
    channel, time : int
        Of the missing value.
    name : str
        What error messages call the input.

    Returns
    -------
    str
    """
    n_timepoints, (begin, end) = absent.shape[1], own_times(absent)
    if begin == end:
        return "This case has no value at all: leave it out, of y too."
    if not begin <= time < end:
        where = f"the first {begin}" if time < begin else f"the last {n_timepoints - end}"
        return (
            f"Here all channels are NaN at {where} of {n_timepoints} time points: if they pad a shorter series, pass "
            f"lightwaves.unpad({name}); else {FILL}."
        )
    own = np.flatnonzero(~absent[channel])
    if not len(own):
        here = "by the channel's training mean, or by 0 with scale=False"
        return f"This channel has no value in this case: {FILL}, here {here}."
    if time > own[-1]:
        seen = f"This channel ends at time point {own[-1]}, but others go on to {end - 1}"
    elif time < own[0]:
        seen = f"This channel begins at time point {own[0]}, but others at {begin}"
    else:
        after, before = own[own > time][0], own[own < time][-1]
        seen = f"This is a gap of {after - before - 1} time point(s)"
    return f"{seen}: {FILL}; or fill it yourself, or cut the case."
