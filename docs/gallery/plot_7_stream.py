"""
A stream
========

Samples arrive one by one, and the newest window is classified again and again, at a fraction of the cost of a
prediction.
"""

# %%

import matplotlib.pyplot as plt
import numpy as np

from lightwaves import LightWaveSClassifier, Stream, load_basic_motions

X, y = load_basic_motions("train")
model = LightWaveSClassifier(n_features=100, random_state=0).fit(X, y)

# %%
# Somebody stands, then runs, then walks.

samples = np.concatenate([X[int((y == activity).argmax())] for activity in ("Standing", "Running", "Walking")], axis=1)
decisions = Stream(model, hop=5).push(samples)

# %%

figure, axes = plt.subplots(2, 1, sharex=True, figsize=(8, 4), layout="constrained")
axes[0].plot(samples[0], linewidth=0.8)
axes[0].set_ylabel("ch0")
for k, label in enumerate(model.classes_):
    axes[1].plot([d.sample for d in decisions], [d.scores[k] for d in decisions], label=label)
axes[1].set(xlabel="sample", ylabel="score")
axes[1].legend(ncols=4, fontsize="small")
figure
