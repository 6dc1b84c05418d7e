"""
A stream
========

Samples arrive one by one. After every few of them, the newest window is classified anew. :doc:`/deployment` says what
this costs.
"""

# %%
# A model of windows with 100 time points.

import matplotlib.pyplot as plt
import numpy as np

from lightwaves import LightWaveSClassifier, Stream, load_basic_motions

X, y = load_basic_motions("train")
model = LightWaveSClassifier(n_features=100, random_state=0).fit(X, y)

# %%
# Somebody stands, then runs, then walks. There is a decision after every 5 samples, from the 100th sample on.

parts = [X[int((y == activity).argmax())] for activity in ("Standing", "Running", "Walking")]
samples = np.concatenate(parts, axis=1)
decisions = Stream(model, hop=5).push(samples)

# %%
# Above, one channel. Below, the score of each class: the class with the highest score is the decision. At a change, the
# window holds some of both activities, and the scores need some time.

figure, axes = plt.subplots(2, 1, sharex=True, figsize=(8, 4), layout="constrained")
axes[0].plot(samples[0], linewidth=0.8)
axes[0].set_ylabel("ch0")
last = [decision.sample for decision in decisions]
scores = np.array([decision.scores for decision in decisions])
axes[1].plot(last, scores, label=model.classes_)
axes[1].set(xlabel="last sample of the window", ylabel="score")
axes[1].legend(loc="center left", fontsize="small")
figure
