"""
A number instead of a class
===========================

`LightWaveSRegressor` predicts a number for each case, and between which numbers it lies.
"""

# %%

import matplotlib.pyplot as plt
import numpy as np

from lightwaves import LightWaveSRegressor

# %%
# A worn bearing: one of four sensors rings after each turn, the longer the more it is worn.

rng = np.random.default_rng(0)
wear = rng.uniform(0.02, 0.2, 300)
time = np.arange(200) / 200
X = rng.standard_normal((300, 4, 200)).astype(np.float32)
X[:, 2] += 3 * np.exp(-(time % 0.25) / wear[:, np.newaxis]) * np.sin(2 * np.pi * 40 * time)

model = LightWaveSRegressor(n_features=100, random_state=0).fit(X[:200], wear[:200])
print(f"R2 on training cases that the search had not seen: {model.honest_score_:.2f}")
print(f"R2 on test cases: {model.score(X[200:], wear[200:]):.2f}")

# %%
# A channel that is read need not matter: look at its share. The bearing rings in channel 2.

for channel in model.channels_:
    print(f"channel {channel}: {model.channel_importances_[channel]:.2f}")

# %%
# Nine of ten numbers should lie in their interval.

predicted = model.predict(X[200:])
low, high = model.predict_interval(X[200:], 0.9).T
print(f"in their interval: {((low <= wear[200:]) & (wear[200:] <= high)).mean():.0%}")

# %%
# Each prediction with its interval. On the line, it would be right.

figure, axes = plt.subplots(figsize=(5, 4), layout="constrained")
axes.errorbar(wear[200:], predicted, [predicted - low, high - predicted], fmt=".", linewidth=0.5)
axes.axline((0.1, 0.1), slope=1, color="black", linewidth=0.8)
axes.set(xlabel="wear", ylabel="predicted, with intervals of 90 %")
figure
