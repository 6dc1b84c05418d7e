"""Whether time stamps stand at equal steps, as everything that follows takes for granted."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime, timezone

import numpy as np

from .values import number, shown

WHOLE = re.compile("[+-]?[0-9]{1,20}")
TOLERANCE = 0.25  # of a step: months pass, and stamps that were rounded when they were printed


class RegularSteps:
    """Holds the time stamps of a file against one rule.

    Every stamp stands within a quarter of a step of its place on a grid from the first to the last of its channel, so
    that one that is missing breaks the rule; all channels of a case begin together; all cases have the step of the
    first one, to a quarter.
    """

    def __init__(self) -> None:
        self._step = 0.0

    def check(self, case: Sequence[Sequence[str]]) -> None:
        """Make sure that the stamps of a case, channel by channel, are regular.

        Raises
        ------
        ValueError
            If they are not; the message names the channel and the time point.
        """
        starts = [self._start(channel, stamps) for channel, stamps in enumerate(case)]
        for channel, start in enumerate(starts):
            if abs(start - starts[0]) > TOLERANCE * self._step:
                raise ValueError(
                    f"channel {channel} begins at {shown(case[channel][0])}, channel 0 at {shown(case[0][0])}"
                )

    def _start(self, channel: int, stamps: Sequence[str]) -> float:
        moments = [_seconds(stamp, channel, time) for time, stamp in enumerate(stamps)]
        start = moments[0]
        if len(moments) == 1:
            return start
        times = np.array([float(moment - start) for moment in moments])
        step = float(times[-1]) / (len(times) - 1)
        if not 0 < step < math.inf:
            raise ValueError(f"channel {channel}: the time stamps do not ascend")
        late = np.abs(times - step * np.arange(len(times))) > TOLERANCE * step
        if late.any():
            time = int(late.argmax())
            raise ValueError(f"channel {channel}, time point {time}: {shown(stamps[time])} is not at a regular step")
        self._step = self._step or step
        if abs(step - self._step) > TOLERANCE * self._step:
            raise ValueError(f"channel {channel}: steps of {step:g}, but {self._step:g} in the first case")
        return start


def _seconds(stamp: str, channel: int, time: int) -> float:
    """A number as it is, an int where it is whole; a date as seconds since 1970, in UTC where it names no zone."""
    stamp = stamp.strip()
    value = number(stamp)
    if value is not None:
        return int(stamp) if WHOLE.fullmatch(stamp) else value
    try:
        moment = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(
            f"channel {channel}, time point {time}: the time stamp {shown(stamp)} is neither a number "
            "nor a date such as '2024-01-31 12:00:00'"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
