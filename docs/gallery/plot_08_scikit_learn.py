"""
Pipelines and a grid search
===========================

The estimators are those of scikit-learn, so its tools work on series too.
"""

# %%
# Features of two banks, a choice among them, and a classifier of your own.

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

model

# %%
# How many features, and how much cheap features are preferred.

grid = {"n_features": [10, 50], "frugality": [0, 1]}
search = GridSearchCV(LightWaveSClassifier(search_candidates=2000, honest=False, random_state=0), grid, cv=3)
search.fit(X, y)
for candidate, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
    print(candidate, round(score, 3))
