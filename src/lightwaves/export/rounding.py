"""Whether float32, with which all that is exported computes, holds the series that a model was fitted on."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..validation import shown, warn_caller

COARSE = 0.01  # of the deviation of a channel


def warn_of_rounding(model: Any) -> None:
    """Warn where numbers of float32 are so far apart, at the level of a channel, that its changes are lost.

    Without ``scale``, a model knows only such levels as are far from 0, and not how much its channels change. Then the
    warning says how much is too little.
    """
    plan = model.plan_
    levels, deviations = plan.shift[plan.channels], plan.scale[plan.channels]
    steps = np.spacing(np.abs(levels).astype(np.float32)).astype(np.float64)
    worst = int(np.argmax(steps / deviations))
    level, step, deviation = levels[worst], steps[worst], deviations[worst]
    if step > COARSE * deviation if model.scale else level != 0:
        channel = f"Channel {shown(plan.names_of_channels[plan.channels[worst]])} lies at {level:.7g}"
        known = f", with a deviation of {deviation:.2g}" if model.scale else ""
        unknown = "" if model.scale else f" where the channel deviates by less than {step / COARSE:.2g}"
        warn_caller(
            f"{channel}{known}. There, numbers of float32 are {step:.2g} apart, and what is written computes with "
            f"them. So{unknown} it can give other answers than Python gives, unless Python is given float32"
            f"{' or whole numbers' if step <= 1 else ''}, too. Subtract a constant from the channel, in training and "
            "wherever the model runs."
        )
