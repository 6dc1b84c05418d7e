"""Whether float32, with which all that is exported computes, holds the series that a model was fitted on."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..validation import shown, warn_caller

COARSE = 0.01  # of the deviation of a channel


def warn_of_rounding(model: Any) -> None:
    """Warn where numbers of float32 are so far apart, at the level of a channel, that its changes are lost.

    Without ``scale``, a model does not know how much its channels change.
    """
    plan = model.plan_
    if not model.scale:
        return
    levels, deviations = plan.shift[plan.channels], plan.scale[plan.channels]
    steps = np.spacing(np.abs(levels).astype(np.float32)).astype(np.float64)
    worst = int(np.argmax(steps / deviations))
    if steps[worst] > COARSE * deviations[worst]:
        name = plan.names_of_channels[plan.channels[worst]]
        warn_caller(
            f"Channel {shown(name)} lies at {levels[worst]:.7g}, with a deviation of {deviations[worst]:.2g}. There, "
            f"numbers of float32 are {steps[worst]:.2g} apart, and what is written computes with them. So it can give "
            "other answers than Python gives, unless Python is given float32 or whole numbers, too. Subtract a "
            "constant from the channel, in training and wherever the model runs."
        )
