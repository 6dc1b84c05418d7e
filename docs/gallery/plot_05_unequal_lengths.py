"""
Unequal lengths, and how sure the model is
==========================================

Nine speakers say two vowels, one after the other, for 7 to 29 time points. Series of unequal length are a list of
arrays. They are used as they are, without padding.
"""

# %%
# How many cases there are, and how many channels and time points two of them have.

from lightwaves import LightWaveSClassifier, load_japanese_vowels
from lightwaves.inspection import ReliabilityDisplay

X, y = load_japanese_vowels("train")
print(len(X), X[0].shape, X[1].shape)
model = LightWaveSClassifier(n_features=200, random_state=0).fit(X, y)

# %%
# Probabilities are calibrated. Of the test cases that it is nine tenths sure of, it should have nine in ten right.

X_test, y_test = load_japanese_vowels("test")
ReliabilityDisplay.from_estimator(model, X_test, y_test)
