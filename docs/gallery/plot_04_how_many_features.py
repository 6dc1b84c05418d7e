"""
How many features
=================

Features are dropped until the wanted number is left. The path says how accurate the model was with each number.
Accuracies of cases that the choice has seen are too good. Honest ones are found with ``n_features="auto"``, which takes
the smallest number that is about as good as the best.
"""

# %%
# The data has 270 cases: nine speakers say two vowels, one after the other.

from lightwaves import LightWaveSClassifier, load_japanese_vowels
from lightwaves.inspection import SelectionPathDisplay

X, y = load_japanese_vowels("train")
model = LightWaveSClassifier(n_features="auto", random_state=0).fit(X, y)

# %%
# The number that it took.

print(len(model.plan_), "features")

# %%
# The accuracy with each number of features that was tried.

SelectionPathDisplay.from_estimator(model)
