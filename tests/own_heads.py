"""Heads as users may write them."""

import numpy as np
from sklearn.neighbors import KNeighborsClassifier


class OfCosts(KNeighborsClassifier):
    """Of classes that cost differently, the predicted one is not always the most probable."""

    def predict(self, X):
        """Labels (n_cases,)."""
        return self.classes_[(self.predict_proba(X) * np.linspace(1.0, 2.0, len(self.classes_))).argmax(axis=1)]
