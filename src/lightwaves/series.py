"""What every estimator does with the series it is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import _check_feature_names, _check_feature_names_in, check_is_fitted

from .containers.cases import counts_channels, is_flat, names_in
from .containers.frames import n_index_levels
from .containers.long import turns_of, warn_of_counting, warn_of_still
from .panel import Panel, as_panel
from .panel.panel import has_gaps, without_gaps
from .panel.reading import MISSING, looked_at, panel_of, place_in
from .validation import check_choice, shown, warn_caller

HAS_DIGIT = re.compile(r"\d")
SEVERAL, FOR_EACH_TIME = 16, 4  # more channels than that, and than so many for each time point, are seldom meant
SMOOTHER = 0.8  # but where steps in time are smaller than that part of those between channels, time is time
FEW_CASES = 8  # they tell how large steps are


class SeriesMixin:
    """Checks X in `fit`, and that later input has the same channels.

    A 2D array is univariate and, as in all of scikit-learn, must keep its number of columns; 3D arrays and
    lists may come in other lengths than those of `fit`.
    """

    channel_names: Any
    missing: str = "error"
    channel_names_: tuple[str, ...] | None
    n_channels_in_: int
    n_features_in_: int

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = self.missing != "error"
        return tags

    def _fit_panel(self, X: Any, rank: int = 0, **options: Any) -> Panel:
        own = {"channel_names": self.channel_names, "missing": self.missing, "raw": not getattr(self, "scale", False)}
        panel = as_panel(X, **own | options)
        self._fitted_2d = is_flat(X)
        _check_feature_names(self, X if self._fitted_2d else np.empty((0, 0)), reset=True)  # channels are no features
        self._remember_channels(panel)
        if rank == 0 and panel.n_channels > max(SEVERAL, FOR_EACH_TIME * panel.n_timepoints) and not is_smooth(panel):
            warn_caller(
                f"X has {panel.n_channels} channels, but at most {panel.n_timepoints} time points. If its axes are "
                "(n_cases, n_timepoints, n_channels), pass X.transpose(0, 2, 1)."
            )
        words = [name for name in getattr(X, "columns", ()) if isinstance(name, str) and not HAS_DIGIT.search(name)]
        if rank == 0 and self._fitted_2d and words:
            warn_caller(
                f"X is a frame with columns such as {shown(words[0])}, but a row of a frame is a case of one channel, "
                "and its columns are time points. A table with a row for each reading becomes series by "
                "lightwaves.from_table; several channels are a mapping of their names to such frames. A column that is "
                "no time point, such as a label, must be dropped."
            )
        if rank == 0 and self.channel_names is None and panel.channel_names and not isinstance(X, Mapping):
            self._warn_of_no_sensors(panel)
        return panel

    def _warn_of_no_sensors(self, panel: Panel) -> None:
        """Warn of columns of frames that are labels, ages or numbers of cases, times or numbers of rows."""
        channels = np.arange(panel.n_channels)
        own = [panel.raw(slice(case, case + 1), channels)[0, :, :n] for case, n in enumerate(panel.lengths)]
        least, most = (np.stack([of.reduce(x, axis=1) for x in own], axis=1) for of in (np.fmin, np.fmax))
        warn_of_still(least, most, panel.channel_names or (), "take them out of X.")
        turns = np.sum([turns_of(x[:, :-1], x[:, 1:]) for x in own], axis=0)
        warn_of_counting(turns, panel.channel_names or (), "take them out of X.")

    def _remember_channels(self, panel: Panel) -> None:
        if self._fitted_2d and panel.n_channels > 1:  # of which this rank holds one, as a table
            self._fitted_2d = False
            _check_feature_names(self, np.empty((0, 0)), reset=True)
        self.n_channels_in_ = panel.n_channels
        self.n_features_in_ = panel.n_timepoints if self._fitted_2d else panel.n_channels
        self.channel_names_ = panel.channel_names

    def _next_panel(self, X: Any) -> Panel:
        """Series for a fitted model, without gaps; only the channels that it reads are looked at."""
        check_is_fitted(self)
        named = names_in(X)
        if named and self.channel_names_ is None:
            way = "frame.set_axis(range(frame.shape[1]), axis=1)"
            if isinstance(X, Mapping):
                way = "numpy.stack(list(X.values()), axis=1)"
            raise ValueError(
                "X names its channels, but fit saw none: give fit a mapping too, or the parameter channel_names; or "
                f"take the names away, as {way} does."
            )
        if not named and self.channel_names_ and all(map(is_number, self.channel_names_)) and counts_channels(X):
            raise ValueError(
                f"the columns of X are numbered from 0, but fit saw {shown(list(self.channel_names_))}: give X the "
                "columns that fit was given, or pass an array."
            )
        panel = panel_of(X, channel_names=self.channel_names_ if named else None)
        name = type(self).__name__
        if is_flat(X):
            _check_feature_names(self, X, reset=False)
            if self._fitted_2d and panel.n_timepoints != self.n_features_in_:
                raise ValueError(
                    f"X has {panel.n_timepoints} features, but {name} is expecting {self.n_features_in_} features "
                    "as input."
                )
        if panel.n_channels != self.n_channels_in_:
            raise ValueError(
                f"X has {panel.n_channels} channels, but {name} is expecting {self.n_channels_in_} channels as input."
                f"{self._hint(X)}"
            )
        plan = self.plan_  # type: ignore[attr-defined]
        missing = check_choice(self.missing, "missing", MISSING)
        standard, names = (plan.shift, plan.scale), self.channel_names_
        panel = looked_at(
            panel, missing=missing, read=plan.channels, standard=standard, channel_names=names, place=place_in(X)
        )
        return panel.filled(missing, plan.shift)

    def _hint(self, X: Any) -> str:
        """What to do about an array of another number of channels, if that can be told."""
        shape: tuple[int, ...] = np.shape(X) if is_flat(X) or isinstance(X, np.ndarray) else ()
        n_channels = self.n_channels_in_
        x = "X" if isinstance(X, np.ndarray) else "numpy.asarray(X)"
        for axis, way in enumerate((f"{x}[numpy.newaxis]", f"{x}.T[numpy.newaxis]")):
            if len(shape) == 2 and shape[axis] == n_channels:
                return f" A table {shape} holds cases of one channel. If it is one case, pass {way}."
        if len(shape) == 3 and shape[2] == n_channels:
            return " Its axes seem to be swapped: pass X.transpose(0, 2, 1)."
        return f" Those of fit were {shown(list(self.channel_names_))}." if self.channel_names_ else ""

    def _as_output(self, features: np.ndarray, X: Any) -> Any:
        """The features, as a frame if pandas was asked for and X is a frame with a row for each reading.

        The rows of this frame are cases. scikit-learn would give it the index of X, whose rows are readings.
        """
        if n_index_levels(X) == 2 and _get_output_config("transform", self)["dense"] == "pandas":
            import pandas

            return pandas.DataFrame(features, X.index.get_level_values(0).unique(), self.get_feature_names_out())
        return features

    def _without_gaps(self, x: np.ndarray) -> np.ndarray:
        """One case, (n_channels, n_timepoints), for a fitted model: gaps filled as in many cases."""
        x = np.asarray(x)
        if not has_gaps(x):
            return x
        shift = self.plan_.shift  # type: ignore[attr-defined]
        return without_gaps(x, np.full(len(x), x.shape[1], np.int32), self.missing, shift)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names that say what each feature is; see `feature_names` of its kind of plan.

        Those of wavelet scattering give channel, kernel, dilation, level and statistic, as ``ch3_k037_d4_L2_max_abs``;
        the digits after ``k`` are the positions of the kernel's three weights of 2 among its nine.

        Parameters
        ----------
        input_features : sequence of str, optional
            The names of what goes in, for scikit-learn's convention: those that `fit` saw. They change no name.

        Returns
        -------
        object array (n_features,) of str

        Raises
        ------
        ValueError
            If there are more or fewer than the model takes, or others than `fit` saw.
        """
        check_is_fitted(self)
        _check_feature_names_in(self, input_features, generate_names=False)
        return np.array(self.plan_.feature_names(), dtype=object)  # type: ignore[attr-defined]


def is_smooth(panel: Panel) -> bool:
    """Whether steps in time are clearly smaller than those between channels, so that axes are not swapped."""
    channels, in_time, between = np.arange(panel.n_channels), 0.0, 0.0
    with np.errstate(all="ignore"):  # of infinite values, and of those that are not there
        for case in range(min(FEW_CASES, panel.n_cases)):
            x = panel.raw(slice(case, case + 1), channels)[0, :, : panel.lengths[case]].astype(np.float64)
            in_time += np.nansum(np.abs(np.diff(x, axis=1))) / max(x.shape[1] - 1, 1) / x.shape[0]
            between += np.nansum(np.abs(np.diff(x, axis=0))) / (x.shape[0] - 1) / x.shape[1]
    return panel.n_timepoints > 1 and in_time < SMOOTHER * between


def is_number(name: str) -> bool:
    """Whether a channel may be called so because its column had a number."""
    try:
        float(name)
    except ValueError:
        return False
    return True
