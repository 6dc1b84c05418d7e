"""Heads as users may write them."""

import numpy as np
from sklearn.neighbors import KNeighborsClassifier


class OfCosts(KNeighborsClassifier):
    """Of classes that cost differently, the predicted one is not always the most probable."""

    def predict(self, X):
        """Labels (n_cases,)."""
        return self.classes_[(self.predict_proba(X) * np.linspace(1.0, 2.0, len(self.classes_))).argmax(axis=1)]


def ridge_scores(head, features):
    """What the ridge says, before the analysis of its scores, but for what is equal for all classes."""
    analysis = head._analyses.of_all
    scores = np.linalg.lstsq(analysis.slopes.T, (head.decision_function(features) - analysis.offsets).T, rcond=1e-9)[
        0
    ].T
    return scores - scores.mean(axis=1, keepdims=True)
