"""
Pipelines and a grid search
===========================

The estimators are those of scikit-learn, so its tools work on series too.
"""

# %%
# Features of two banks, a choice among them, and a classifier of your own.

from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler

from lightwaves import FeatureSelector, LightWaveSClassifier, MiniRocket, Prism, load_basic_motions

X, y = load_basic_motions("train")
X_test, y_test = load_basic_motions("test")
banks = make_union(Prism(800, random_state=0), MiniRocket(840, random_state=0))
model = make_pipeline(banks, FeatureSelector(n_features=50), StandardScaler(), LogisticRegression())
print(model.fit(X, y).score(X_test, y_test))

# %%
# A click opens a step. Of the names of features, scikit-learn lists at most 100 for each step.

model

# %%
# How many features, and how much cheap features are preferred.

grid = {"n_features": [10, 50], "frugality": [0, 1]}
quick = LightWaveSClassifier(search_candidates=2000, honest=False, random_state=0)
search = GridSearchCV(quick, grid, cv=3).fit(X, y)
results = search.cv_results_
for candidate, score in zip(results["params"], results["mean_test_score"], strict=True):
    print(candidate, round(score, 3))

# %%
# With ``frugality=1``, the importance of a feature is divided by its cost. The ten features that are left then are so
# cheap that they say too little about the classes. Fifty say enough, and cost far less than fifty that were chosen
# without regard to cost:

for frugality in grid["frugality"]:
    fifty = clone(quick).set_params(n_features=50, frugality=frugality).fit(X, y)
    cost = fifty.plan_.cost()
    print(f"frugality {frugality}: {cost.n_multiply_adds:,} multiply-adds for each case")
