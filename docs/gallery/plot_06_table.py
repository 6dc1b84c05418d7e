"""
From a table of readings
========================

A logger writes a row for each reading. ``from_table`` makes series of them, and ``windows`` cuts long series into
pieces.
"""

# %%

import numpy as np
import pandas as pd

from lightwaves import LightWaveSClassifier, from_table, windows
from lightwaves.inspection import ClassMeansDisplay

rng = np.random.default_rng(0)
log = pd.DataFrame({"trial": np.repeat(np.arange(20), 300), "t": np.tile(np.arange(300) / 50, 20)})
log["gait"] = np.where(log["trial"] % 2, "run", "walk")
log["acc_x"] = np.sin(log["t"] * np.where(log["gait"] == "run", 16, 9)) + rng.normal(size=len(log)) / 2
log["acc_y"] = rng.normal(size=len(log))
print(log.head())

# %%
# Windows of one trial resemble each other. So whole trials are held out.

X, y, names = from_table(log, case="trial", time="t", label="gait")
X, y, trial = windows(X, length=100, hop=50, y=y)
model = LightWaveSClassifier(n_features=20, channel_names=names.channels, random_state=0)
model.fit(X[trial < 15], y[trial < 15], groups=trial[trial < 15])
print(model.score(X[trial >= 15], y[trial >= 15]), model.honest_score_)

# %%

ClassMeansDisplay.from_estimator(model, X, y)
