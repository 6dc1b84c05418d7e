"""
From a table of readings
========================

A logger writes a row for each reading. ``from_table`` makes series of them, and ``windows`` cuts long series into
pieces.
"""

# %%
# Twenty trials of six seconds. Somebody walks or runs, which is faster. ``acc_y`` is noise. A file of such rows is read
# by ``pandas.read_csv(path)``.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from lightwaves import LightWaveSClassifier, from_table, windows

rng = np.random.default_rng(0)
log = pd.DataFrame({"trial": np.repeat(np.arange(20), 300), "t": np.tile(np.arange(300) / 50, 20)})
log["gait"] = np.where(log["trial"] % 2, "run", "walk")
rhythm = np.where(log["gait"] == "run", 16, 9)
log["acc_x"] = np.sin(log["t"] * rhythm) + rng.normal(size=len(log)) / 2
log["acc_y"] = rng.normal(size=len(log))
print(log.head())

# %%
# One series for each trial, then windows of two seconds.

X, y, names = from_table(log, case="trial", time="t", label="gait")
print(X.shape, names.channels)
X, y, trial = windows(X, length=100, hop=50, y=y)
print(X.shape)

# %%
# One window of each class. A window begins anywhere in a step. So no time point tells the classes apart, but the rhythm
# does.

figure, axes = plt.subplots(2, 1, sharex=True, sharey=True, figsize=(8, 3.6), layout="constrained")
for panel, gait in zip(axes, ["walk", "run"], strict=True):
    panel.plot(np.arange(100) / 50, X[np.flatnonzero(y == gait)[0], 0], linewidth=1)
    panel.set(title=gait, ylabel="acc_x")
axes[1].set_xlabel("seconds")
figure

# %%
# Windows of one trial resemble each other. So whole trials are held out, also for the model's own estimate.

model = LightWaveSClassifier(n_features=20, channel_names=names.channels, random_state=0)
model.fit(X[trial < 15], y[trial < 15], groups=trial[trial < 15])
print(f"estimated: {model.honest_score_:.3f}")
print(f"accuracy: {model.score(X[trial >= 15], y[trial >= 15]):.3f}")
