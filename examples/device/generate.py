"""Fit the small model of this example and write it as model.c and model.h.

    python generate.py

The model tells four motions of a smartwatch apart, by 100 features of six channels (BasicMotions, which the package
holds). A test case of each class is written to samples.txt: a line for each time, a number for each channel.
"""

from pathlib import Path

import numpy as np

from lightwaves import LightWaveSClassifier, load_basic_motions
from lightwaves.export import to_c

HERE = Path(__file__).parent

X, y = load_basic_motions("train")
model = LightWaveSClassifier(n_features=100, random_state=0).fit(X, y)
print(to_c(model, HERE / "model.c"))

X_test, y_test = load_basic_motions("test")
some = [int(np.flatnonzero(y_test == label)[0]) for label in np.unique(y_test)]
times = np.concatenate([X_test[case][model.plan_.channels].T for case in some])
np.savetxt(HERE / "samples.txt", times, fmt="%.9g")
print("expected:", *model.predict(X_test[some]))
