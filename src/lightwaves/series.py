"""What every estimator does with the series it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import _check_feature_names, check_is_fitted

from .panel import Panel, as_panel, holds_cases


class SeriesMixin:
    """Checks X in `fit`, and that later input has the same channels.

    A 2D array is univariate and, as in all of scikit-learn, must keep its number of columns; 3D arrays and
    lists may come in other lengths than those of `fit`.
    """

    channel_names: Any
    channel_names_: tuple[str, ...] | None
    n_channels_in_: int
    n_features_in_: int

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.three_d_array = True
        return tags

    def _fit_panel(self, X: Any, **options: Any) -> Panel:
        panel = as_panel(X, **{"channel_names": self.channel_names} | options)
        _check_feature_names(self, X, reset=True)
        self._fitted_2d = _is_2d(X)
        self._remember_channels(panel)
        return panel

    def _remember_channels(self, panel: Panel) -> None:
        self.n_channels_in_ = panel.n_channels
        self.n_features_in_ = panel.n_timepoints if self._fitted_2d else panel.n_channels
        self.channel_names_ = panel.channel_names

    def _next_panel(self, X: Any) -> Panel:
        check_is_fitted(self)
        if isinstance(X, Mapping) and not issparse(X) and self.channel_names_ is None:
            raise ValueError(
                "X names its channels, but fit saw none: give fit a mapping too, or the parameter channel_names."
            )
        panel = as_panel(X, channel_names=self.channel_names_ if isinstance(X, Mapping) else None)
        name = type(self).__name__
        if _is_2d(X):
            _check_feature_names(self, X, reset=False)
            if self._fitted_2d and panel.n_timepoints != self.n_features_in_:
                raise ValueError(
                    f"X has {panel.n_timepoints} features, but {name} is expecting {self.n_features_in_} features "
                    "as input."
                )
        if panel.n_channels != self.n_channels_in_:
            raise ValueError(
                f"X has {panel.n_channels} channels, but {name} is expecting {self.n_channels_in_} channels as input."
            )
        return panel

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names that say what each feature is; see `feature_names` of its kind of plan.

        Those of wavelet scattering give channel, kernel, dilation, level and statistic, as ``ch3_k037_d4_L2_max_abs``;
        the digits after ``k`` are the positions of the kernel's three weights of 2 among its nine.

        Parameters
        ----------
        input_features : ignored
            Present for scikit-learn's convention.

        Returns
        -------
        object array (n_features,) of str
        """
        check_is_fitted(self)
        return np.array(self.plan_.feature_names(), dtype=object)  # type: ignore[attr-defined]


def _is_2d(X: Any) -> bool:
    """Whether X is a table: an array, a data frame, or rows of numbers."""
    return len(X.shape) == 2 if hasattr(X, "shape") else isinstance(X, list | tuple) and not holds_cases(X)
