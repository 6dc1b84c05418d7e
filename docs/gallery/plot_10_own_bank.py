"""
A bank of your own
==================

Whatever you can compute of a series can take part in the search. This bank offers the share of the values of a channel
that lie above a level. It competes with the features of ``Prism``.
"""

# %%

from collections import Counter
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np

from lightwaves import LightWaveSClassifier, Prism, load_basic_motions
from lightwaves.banks import Bank
from lightwaves.plans import Plan

# %%
# A plan computes features. ``x`` has the standardised channels ``self.channels``.


@dataclass(frozen=True, eq=False, kw_only=True)
class LevelPlan(Plan):
    """Shares of values above a level."""

    channel: np.ndarray
    level: np.ndarray
    ROWS = ("channel", "level")  # the arrays with a row for each feature

    def compute(self, x, lengths):
        """One row for each case."""
        slot = np.searchsorted(self.channels, self.channel)
        level = self.level[:, np.newaxis]
        cases = zip(x, lengths, strict=True)
        return np.array([(case[slot, :n] > level).mean(axis=1) for case, n in cases])

    def feature_names(self):
        """What each feature is called."""
        rows = zip(self.channel, self.level, strict=True)
        return [f"ch{channel}_above{level:g}" for channel, level in rows]


# %%
# A bank says which features there are.


class Levels(Bank):
    """Some levels of each channel."""

    def __init__(self, n_levels=9):
        self.n_levels = n_levels

    def candidates(self, panel, shift, scale, random_state):
        """All of them, as a plan."""
        levels = np.linspace(-2, 2, self.n_levels)
        return LevelPlan(
            channel=np.repeat(np.arange(panel.n_channels), self.n_levels),
            level=np.tile(levels, panel.n_channels),
            shift=shift,
            scale=scale,
            n_timepoints=panel.n_timepoints,
        )


# %%
# Both banks compete. These features of the new one were kept.

X, y = load_basic_motions("train")
model = LightWaveSClassifier([Levels(), Prism()], n_features=40, random_state=0).fit(X, y)
names = model.get_feature_names_out()
print([name for name in names if "above" in name])
print(f"accuracy: {model.score(*load_basic_motions('test')):.3f}")

# %%
# How many of each bank.

kept = Counter("level" if "above" in name else "kernel" for name in names)
figure, axes = plt.subplots(figsize=(5, 1.6), layout="constrained")
axes.barh(list(kept), list(kept.values()))
axes.set_xlabel("features that were kept")
figure
