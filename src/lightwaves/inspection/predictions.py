"""How sure, and how often right: probabilities and intervals against what happened, and classes against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..containers.frames import check_order
from ..estimators import LightWaveSClassifier, LightWaveSRegressor
from ..estimators.predicting import Predicting, check_fitted, is_number
from ..estimators.weights import weights_among, weights_of_classes
from ..search.merits import mean_and_standard_error, merits
from ..validation import as_list, check_int, check_labels, check_numbers, check_present, shown
from . import drawing
from .names import one_warning, short_names

MOST_WRITTEN = 25  # classes of which each cell has room for its number
LONGEST_NAME = 20  # characters of a class beside a matrix
LEVELS = np.arange(1, 20) / 20  # of intervals


def measured(model: Predicting, X: Any, y: Any) -> tuple[float, float]:
    """The score of a model on cases, and its standard error."""
    check_order(X, y=y)
    predicted = np.asarray(model.predict(X))
    n_cases = len(predicted)
    y = varied(check_numbers(y, n_cases)) if is_number(model) else labels_for(y, n_cases, model.classes_)
    return mean_and_standard_error(worth(model, predicted, y), y=y if is_number(model) else None)


def worth(
    model: Predicting, predicted: NDArray[Any], y: NDArray[Any], weights: NDArray[np.float64] | None = None
) -> NDArray[Any]:
    """What predictions, (..., n_cases), are worth: whether a label is right; of a number, see `CrossFitted.merits`."""
    return merits(predicted[..., np.newaxis], y, weights) if is_number(model) else predicted == y


def weights_of_cases(
    model: Predicting, y: NDArray[Any], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64] | None:
    """How often each case counts in a score, as in the honest one: its weight, times that of its class in the model.

    Parameters
    ----------
    model : LightWaveSClassifier or LightWaveSRegressor
        Need not be fitted.
    y : array (n_cases,)
    weights : float64 (n_cases,), optional

    Returns
    -------
    float64 (n_cases,), or None
        None where all cases count alike.
    """
    class_weight = getattr(model, "class_weight", None)
    if class_weight is None:
        return weights
    classes = np.union1d(getattr(model, "classes_", y), y)
    class_weight = weights_among(class_weight, classes)  # a fitted model does not know classes of weight 0
    codes, given = np.searchsorted(classes, y), np.ones(len(y)) if weights is None else weights
    return given * weights_of_classes(class_weight, classes, codes, given)[codes]


def varied(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers of test cases, of which not all are equal.

    Raises
    ------
    ValueError
        If they are, so that there is no R2.
    """
    if (y == y[0]).all():
        raise ValueError(f"y has only one value, {y[0]:g}: R2 needs at least two.")
    return y


def labels_for(y: Any, n_cases: int, classes: NDArray[Any]) -> NDArray[Any]:
    """Labels of test cases, also such that a model does not know, if only they are of the same type.

    Raises
    ------
    TypeError, ValueError
        If they are no labels, or not as many as cases, or one is missing; if they are numbers and the classes text, or
        the other way round; or if the model knows none of them.
    """
    y = check_present(y)
    if len(y) != n_cases:
        raise ValueError(f"y has shape {y.shape}, but X has {n_cases} cases: give one label for each.")
    check_labels(y, n_cases, least=1)
    if (y.dtype.kind in "biuf") != (classes.dtype.kind in "biuf"):
        raise ValueError(
            f"y holds labels such as {shown(y[0])}, but the model knows classes such as {shown(classes[0])}."
        )
    if not np.isin(y, classes).any():
        raise ValueError(
            f"the model knows no label in y, such as {shown(y[0])}; its classes are {shown(as_list(classes))}."
        )
    return y


class ReliabilityDisplay:
    """How often the predicted class is right, against the probability that the model gives it.

    Parameters
    ----------
    probability : float64 (n_cases,)
        Of the predicted class.
    right : bool (n_cases,)
    n_bins : int, default=10
        At most so many groups of about equal size, and no more than one for each five cases. Cases of one probability
        are in one group.

    Attributes
    ----------
    mean_probability, accuracy, standard_error : float64 (n_groups,)
    n_cases : int (n_groups,)
    calibration_error : float
        The mean absolute difference of the two, weighted by cases.
    ax_, figure_ : matplotlib axes and figure
        After `plot`.

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.inspection import ReliabilityDisplay
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=50, search_candidates=500, random_state=0)
    >>> display = ReliabilityDisplay.from_estimator(model.fit(X, y), *load_basic_motions("test"))
    >>> int(display.n_cases.sum())
    40
    """

    def __init__(self, *, probability: NDArray[np.float64], right: NDArray[np.bool_], n_bins: int = 10) -> None:
        self.probability, self.right = probability, right
        order = np.argsort(probability, kind="stable")
        groups = np.split(order, borders_between(probability[order], min(n_bins, max(1, len(order) // 5))))
        self.n_cases = np.array([len(g) for g in groups])
        self.mean_probability = np.array([probability[g].mean() for g in groups])
        self.accuracy = np.array([right[g].mean() for g in groups])
        self.standard_error = error_of_share(self.accuracy, self.n_cases)
        gaps = np.abs(self.mean_probability - self.accuracy)
        self.calibration_error = float((gaps * self.n_cases).sum() / self.n_cases.sum())

    @classmethod
    def from_estimator(
        cls, model: LightWaveSClassifier, X: Any, y: Any, *, n_bins: int = 10, ax: Any = None
    ) -> ReliabilityDisplay:
        """Predict test cases and draw."""
        check_fitted(model, LightWaveSClassifier, "LightWaveSClassifier")
        check_int(n_bins, "n_bins", 1)
        if not hasattr(model, "predict_proba"):
            raise TypeError(f"the head of this model, {type(model.classifier_).__name__}, gives no probabilities.")
        check_order(X, y=y)
        probabilities, predicted = model.predict_proba(X), model.predict(X)
        right = predicted == labels_for(y, len(predicted), model.classes_)
        # not always the largest: some heads predict by something else than their probabilities
        of_predicted = probabilities[np.arange(len(predicted)), np.searchsorted(model.classes_, predicted)]
        return cls(probability=of_predicted, right=right, n_bins=n_bins).plot(ax)

    def plot(self, ax: Any = None) -> ReliabilityDisplay:
        """Draw groups of cases, with two standard errors, and the line on which they should stand."""
        ax = drawing.axes(ax, (4.8, 4.4))
        low = max(0.0, min(self.mean_probability.min(), (self.accuracy - 2 * self.standard_error).min()) - 0.05)
        label = f"groups of {self.n_cases.min()} or more cases, two standard errors"
        _draw_shares(ax, self.mean_probability, self.accuracy, self.standard_error, low, label)
        title = f"{drawing.counted(len(self.right), 'case')}; mean difference {self.calibration_error:.3f}"
        drawing.plain(ax, title, "probability of the predicted class", "share that is right")
        ax.legend(loc="lower right", fontsize=8, frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


class CoverageDisplay:
    """How often a predicted interval holds the true number, against the probability that it was asked for.

    Parameters
    ----------
    level, coverage : float64 (n_levels,)
        The probability, and the share of the cases whose number is in the interval.
    half_width : float64 (n_levels,)
        Half of the width of the intervals.
    n_cases : int

    Attributes
    ----------
    standard_error : float64 (n_levels,)
        Of the coverage.
    ax_, figure_ : matplotlib axes and figure
        After `plot`.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import LightWaveSRegressor
    >>> from lightwaves.inspection import CoverageDisplay
    >>> X = np.random.default_rng(0).standard_normal((80, 2, 50)).cumsum(axis=2)
    >>> y = X[:, 0].max(axis=1) - X[:, 0].min(axis=1)
    >>> model = LightWaveSRegressor(n_features=20, search_candidates=400, random_state=0).fit(X[:60], y[:60])
    >>> CoverageDisplay.from_estimator(model, X[60:], y[60:]).coverage.shape
    (19,)
    """

    def __init__(
        self,
        *,
        level: NDArray[np.float64],
        coverage: NDArray[np.float64],
        half_width: NDArray[np.float64],
        n_cases: int,
    ) -> None:
        self.level, self.coverage, self.half_width, self.n_cases = level, coverage, half_width, n_cases
        self.standard_error = error_of_share(coverage, n_cases)

    @classmethod
    def from_estimator(cls, model: LightWaveSRegressor, X: Any, y: Any, *, ax: Any = None) -> CoverageDisplay:
        """Predict intervals for test cases, for probabilities from 0.05 to 0.95, and draw."""
        check_fitted(model, LightWaveSRegressor, "LightWaveSRegressor")
        if not hasattr(model.regressor_, "half_width"):
            raise TypeError(f"the head of this model, {type(model.regressor_).__name__}, gives no intervals.")
        check_order(X, y=y)
        predicted = model.predict(X)
        far = np.abs(check_numbers(y, len(predicted)) - predicted)
        widths = np.array([model.regressor_.half_width(level, warn=False) for level in LEVELS])
        coverage = (far <= widths[:, np.newaxis]).mean(axis=1)
        return cls(level=LEVELS.copy(), coverage=coverage, half_width=widths, n_cases=len(far)).plot(ax)

    def plot(self, ax: Any = None) -> CoverageDisplay:
        """Draw the shares, with two standard errors, and the line on which they should stand."""
        ax = drawing.axes(ax, (4.8, 4.4))
        _draw_shares(ax, self.level, self.coverage, self.standard_error, 0.0, "with two standard errors")
        nine = int(np.argmin(np.abs(self.level - 0.9)))
        cases = drawing.counted(self.n_cases, "case")
        title = f"{cases}; {self.coverage[nine]:.0%} are in intervals of {self.level[nine]:.0%}"
        drawing.plain(ax, title, "probability of the interval", "share of cases in it")
        ax.legend(loc="lower right", fontsize=8, frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def borders_between(values: NDArray[np.float64], n_groups: int) -> NDArray[np.intp]:
    """Where groups of about equal size begin, but for the first, in ascending values: equal ones are in one group."""
    begins = np.cumsum([len(group) for group in np.array_split(values, n_groups)])[:-1]
    borders = np.unique(np.searchsorted(values, values[begins]))
    return borders[borders > 0]


def error_of_share(share: NDArray[np.float64], n_cases: int | NDArray[np.intp]) -> NDArray[np.float64]:
    """The standard error of a share of so many cases, smoothed, so that no share is without error."""
    smoothed = (share * n_cases + 1) / (n_cases + 2)
    return np.sqrt(smoothed * (1 - smoothed) / (n_cases + 2))


def _draw_shares(
    ax: Any,
    probability: NDArray[np.float64],
    share: NDArray[np.float64],
    error: NDArray[np.float64],
    low: float,
    label: str,
) -> None:
    """Draw shares with two standard errors over the probabilities that they should be, from `low` on."""
    ax.plot([low, 1], [low, 1], color=drawing.GREY, linestyle="--", linewidth=1, label="perfect")
    # Lists, since some versions of matplotlib warn of rows of one value.
    bars = [np.minimum(2 * error, room).tolist() for room in (share, 1 - share)]
    ax.errorbar(probability, share, bars, fmt="o", color=drawing.DARK, markersize=5, ecolor=drawing.MIDDLE,
                capsize=3, label=label)  # fmt: skip
    ax.set_xlim(low, 1)
    ax.set_ylim(low, 1.002)


def side_of(classes: NDArray[Any]) -> float:
    """How wide and high a confusion matrix of these classes is, in inches, with room for their names."""
    longest = max(map(len, short_names(list(classes), LONGEST_NAME)), default=0)
    return min(12.0, max(4.2, 2.4 + 0.34 * len(classes)) + 0.08 * max(longest - 8, 0))


class ConfusionDisplay:
    """Which classes are taken for which.

    Parameters
    ----------
    counts : int (n_classes, n_classes)
        Cases, by true and by predicted class.
    classes : array (n_classes,)

    Attributes
    ----------
    recall, precision : float64 (n_classes,)
        NaN for a class that has no case, or that is never predicted.
    ax_, figure_ : matplotlib axes and figure
        After `plot`.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves.inspection import ConfusionDisplay
    >>> display = ConfusionDisplay.from_predictions(np.array(["a", "a", "b"]), np.array(["a", "b", "b"]))
    >>> display.counts.tolist(), display.recall.tolist()
    ([[1, 1], [0, 1]], [0.5, 1.0])
    """

    def __init__(self, *, counts: NDArray[np.intp], classes: NDArray[Any]) -> None:
        self.counts, self.classes = counts, classes
        right = np.diag(counts).astype(float)
        n_cases, n_predicted = counts.sum(axis=1), counts.sum(axis=0)
        nothing = np.full(len(counts), np.nan)
        self.recall = np.divide(right, n_cases, out=nothing.copy(), where=n_cases > 0)
        self.precision = np.divide(right, n_predicted, out=nothing.copy(), where=n_predicted > 0)

    @classmethod
    def from_estimator(cls, model: LightWaveSClassifier, X: Any, y: Any, *, ax: Any = None) -> ConfusionDisplay:
        """Predict test cases and draw."""
        check_fitted(model, LightWaveSClassifier, "LightWaveSClassifier")
        check_order(X, y=y)
        predicted = model.predict(X)
        return cls.from_predictions(labels_for(y, len(predicted), model.classes_), predicted, ax=ax)

    @classmethod
    def from_predictions(cls, y: NDArray[Any], predicted: NDArray[Any], *, ax: Any = None) -> ConfusionDisplay:
        """Draw labels against predictions.

        Raises
        ------
        ValueError
            If there are not as many of one as of the other, or if one are numbers and the others text.
        """
        y, predicted = check_present(y), check_present(predicted)
        if y.shape != predicted.shape or y.ndim != 1:
            raise ValueError(f"y has shape {y.shape}, but predicted {predicted.shape}: give one of each for each case.")
        if (y.dtype.kind in "biuf") != (predicted.dtype.kind in "biuf"):
            raise ValueError(f"y holds labels such as {shown(y[0])}, but predicted such as {shown(predicted[0])}.")
        if not len(y):
            raise ValueError("y has 0 cases: there is nothing to draw.")
        classes, codes = np.unique(np.concatenate([y, predicted]), return_inverse=True)
        counts = np.zeros((len(classes), len(classes)), np.int64)
        np.add.at(counts, (codes[: len(y)], codes[len(y) :]), 1)
        return cls(counts=counts, classes=classes).plot(ax)

    @one_warning
    def plot(self, ax: Any = None) -> ConfusionDisplay:
        """Draw a matrix: shades are shares of the true class, numbers are cases."""
        n = len(self.classes)
        side = side_of(self.classes)
        ax = drawing.axes(ax, (side + 0.8, side))
        shares = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        image = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        if n <= MOST_WRITTEN:
            size = 9 if n <= 12 else 7
            for row, column in np.argwhere(self.counts):
                color = "white" if shares[row, column] > 0.55 else "black"
                ax.text(column, row, self.counts[row, column], ha="center", va="center", color=color, fontsize=size)
        names = short_names(list(self.classes), LONGEST_NAME)
        with_recall = [name + (f"  {r:.0%}" if np.isfinite(r) else "")
                       for name, r in zip(names, self.recall, strict=True)]  # fmt: skip
        every = -(-n // 60)
        ticks, size = np.arange(0, n, every), 9 if n <= 12 else 7 if n <= 30 else 5
        ax.set_yticks(ticks, [with_recall[i] for i in ticks], fontsize=size)
        ax.set_xticks(ticks, [names[i] for i in ticks], fontsize=size, rotation=90)
        right, total = int(np.diag(self.counts).sum()), int(self.counts.sum())
        ax.set_title(f"{right} of {total} cases right\n({right / max(total, 1):.1%})", fontsize=10, loc="left")
        ax.set_xlabel("predicted class")
        ax.set_ylabel("true class, and\nthe share of it that is right")
        ax.figure.colorbar(image, ax=ax, label="share of the true class", shrink=0.8)
        self.ax_, self.figure_ = ax, ax.figure
        return self
