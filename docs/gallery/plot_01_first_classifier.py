"""
A first classifier
==================

Four activities, told apart by the accelerometer and the gyroscope of a smart watch.
"""

# %%
# The data has 40 cases for training, each of 6 channels and 100 time points.

from lightwaves import LightWaveSClassifier, load_basic_motions

X, y = load_basic_motions("train")
X_test, y_test = load_basic_motions("test")
print(X.shape, *sorted(set(y)))

# %%
# A model of 100 features. The same ``random_state`` gives the same model, on any number of threads.

model = LightWaveSClassifier(n_features=100, random_state=0).fit(X, y)
print(f"accuracy: {model.score(X_test, y_test):.3f}")

# %%
# What it would have said without the test cases: the accuracy on training cases that the search had not seen.

print(f"estimated: {model.honest_score_:.3f} +- {model.honest_standard_error_:.3f}")

# %%
# Which classes it takes for which.

from lightwaves.inspection import ConfusionDisplay

ConfusionDisplay.from_estimator(model, X_test, y_test)
