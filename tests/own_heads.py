"""Heads as users may write them."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier


class OfCosts(KNeighborsClassifier):
    """Of classes that cost differently, the predicted one is not always the most probable."""

    def predict(self, X):
        """Labels (n_cases,)."""
        return self.classes_[(self.predict_proba(X) * np.linspace(1.0, 2.0, len(self.classes_))).argmax(axis=1)]


class Backwards(LogisticRegression):
    """Its classes are in an order of its own, as those that somebody has named."""

    def fit(self, X, y, sample_weight=None):
        """Fit as always, then turn the order round."""
        super().fit(X, y, sample_weight)
        turn = -1 if len(self.classes_) == 2 else 1  # of two classes there is one score, of the second
        self.classes_ = self.classes_[::-1]
        self.coef_, self.intercept_ = turn * self.coef_[::-1], turn * self.intercept_[::-1]
        return self


def ridge_scores(head, features):
    """What the ridge says, before the analysis of its scores, but for what is equal for all classes."""
    analysis = head._analyses.of_all
    scores = np.linalg.lstsq(analysis.slopes.T, (head.decision_function(features) - analysis.offsets).T, rcond=1e-9)[
        0
    ].T
    return scores - scores.mean(axis=1, keepdims=True)
