"""Which sensors: how much each counts, how many are enough, what the loss of one costs, and a model of some of them."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ..containers.frames import check_order
from ..containers.stored import Stored
from ..estimators import LightWaveS
from ..estimators.predicting import ALL_NAMES, NAMES, Predicting, check_fitted, is_number, other_than_model, score_of
from ..estimators.weights import check_class_weight, check_sample_weight, weights_among, weights_of_classes
from ..panel import Panel, as_panel
from ..panel.reading import MISSING
from ..panel.stored import StoredPanel
from ..search.folds import folds_of
from ..search.merits import mean_and_standard_error
from ..selection.products import some_of
from ..validation import check_case_groups, check_choice, check_int, check_labels, check_numbers, shown
from . import drawing
from .names import one_warning
from .predictions import varied, weights_of_cases, worth

STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
LEFT_OUT = "left out by hand"


@dataclass(frozen=True, eq=False, kw_only=True)
class ChannelPath:
    """How accurate models of the best channels are; see `channel_path`.

    Attributes
    ----------
    n_channels : int (n_steps,)
        Ascending; the last is the number of all.
    score, standard_error : float64 (n_steps,)
        Cross-validated accuracy, or R2 of a regressor, and its standard error.
    channels : list of int arrays
        For each step, the channels that are the best when all cases are used, the most important first.
    loss, loss_error : float64 (n_channels,)
        By how much the score falls when one channel gives nothing but its mean, and the standard error of that.
    channel_names : list of str
    n_cases : int
    score_name : str
        "accuracy" or "R2".

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.inspection import channel_path
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=50, search_candidates=500, random_state=0)
    >>> path = channel_path(model, X, y, n_channels=[2], n_splits=2)
    >>> path.n_channels.tolist(), path.score.shape, len(path.channels[0])
    ([2, 6], (2,), 2)
    """

    n_channels: NDArray[np.intp]
    score: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    channels: list[NDArray[np.intp]]
    loss: NDArray[np.float64]
    loss_error: NDArray[np.float64]
    channel_names: list[str]
    n_cases: int
    score_name: str = "accuracy"

    @property
    def enough(self) -> int:
        """The smallest number of channels whose score is within one standard error of the best."""
        best = int(self.score.argmax())
        return int(self.n_channels[np.argmax(self.score >= self.score[best] - self.standard_error[best])])


def channel_path(
    model: Predicting,
    X: Any,
    y: Any,
    *,
    n_channels: Sequence[int] | None = None,
    n_splits: int = 5,
    sample_weight: Any = None,
    groups: Any = None,
) -> ChannelPath:
    """How accurate a model is with the best 1, 2, 3, ... channels, and what the loss of one channel costs.

    The model is fitted on all channels, then on those that count most in it, and so on down to one. Which these are is
    found anew in each fold, from its training cases, so no case helps to choose channels that it then judges.

    Parameters
    ----------
    model : LightWaveSClassifier or LightWaveSRegressor
        How to fit; need not be fitted.
    X, y : as in `fit` of the model
        Training cases.
    n_channels : sequence of int, optional
        The numbers of channels to try. By default 1, 2, 3, 4, 6, 8, 12, and so on.
    n_splits : int, default=5
        The folds: stretches of neighbours, of each class or, for a regressor, of each quarter of the numbers. There are
        ``n_splits + 1`` fits for each number of channels. A model with fewer ``n_features`` or ``search_candidates`` is
        faster, and ranks channels much the same.
    sample_weight : array (n_cases,) or number, optional
        How often each case counts, as in `fit` and in the scores. The ``class_weight`` of the model multiplies it.
    groups : array (n_cases,), optional
        To which group each case belongs. Cases of one group are left out together.

    Returns
    -------
    ChannelPath

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described; if a class has fewer cases than there are folds, or there are fewer groups;
        or if fewer than two classes, or numbers, are left where some cases are left out.

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.inspection import channel_path
    >>> X, y = load_basic_motions()
    >>> quick = LightWaveSClassifier(n_features=50, search_candidates=500, random_state=0)
    >>> path = channel_path(quick, X, y, n_channels=[1, 2], n_splits=2)
    >>> path.n_channels.tolist()
    [1, 2, 6]
    """
    if not isinstance(model, Predicting):
        raise TypeError(f"model must be a {NAMES}, got {other_than_model(model)}.")
    check_int(n_splits, "n_splits", 2)
    check_order(X, y=y, sample_weight=sample_weight, groups=groups)
    panel = _panel(model, X)
    weights = check_sample_weight(sample_weight, panel.n_cases)
    groups = check_case_groups(groups, panel.n_cases)
    y = varied(check_numbers(y, panel.n_cases)) if is_number(model) else _labels(model, y, panel.n_cases)
    count_as = weights_of_cases(model, y, weights)
    if count_as is not None and not count_as.all():  # cases of no weight are as if they were not there
        some = np.flatnonzero(count_as)
        panel, y, weights = panel.of_cases(some), y[some], some_of(weights, some)
        groups = None if groups is None else check_case_groups(groups[some], len(some))
    fold = _folds(model, y, groups, n_splits)
    steps = _steps(n_channels, panel.n_channels)
    said = np.empty((len(steps), panel.n_cases), y.dtype)
    without = np.empty((panel.n_channels, panel.n_cases), y.dtype)
    for number in range(n_splits):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        training, testing = panel.of_cases(train), panel.of_cases(test)
        for step, fitted, channels in _down(model, training, y[train], steps, _of_cases(weights, groups, train)):
            said[step, test] = fitted.predict(_of_channels(testing, channels))
            if step == len(steps) - 1:
                without[:, test] = said[step, test]  # the same where a channel is not read
                for c in fitted.channels_:
                    mean = training.moments(np.array([c]))[0][0]
                    without[c, test] = fitted.predict(_constant(testing, c, mean))
    count_as = weights_of_cases(model, y, weights)
    values = worth(model, said, y, count_as)
    lost = values[-1] - worth(model, without, y, count_as).astype(float)
    best: list[NDArray[np.intp]] = [np.empty(0, np.intp)] * len(steps)
    for step, fitted, channels in _down(model, panel, y, steps, _of_cases(weights, groups, np.arange(panel.n_cases))):
        best[step] = channels[np.argsort(-fitted.channel_importances_, kind="stable")]
    numbers = y if is_number(model) else None
    score, standard_error = np.transpose(
        [mean_and_standard_error(of_step, count_as, groups, numbers) for of_step in values]
    )
    loss, loss_error = np.transpose(
        [mean_and_standard_error(of_channel, count_as, groups, numbers, 0.0) for of_channel in lost]
    )
    return ChannelPath(
        n_channels=np.array(steps),
        score=score,
        standard_error=standard_error,
        channels=best,
        loss=loss,
        loss_error=loss_error,
        channel_names=drawing.channel_names(panel.channel_names or model.channel_names, panel.n_channels),
        n_cases=panel.n_cases,
        score_name=score_of(model),
    )


def refit(model: LightWaveS, X: Any, y: Any, channels: Sequence[int | str], **fit: Any) -> Any:
    """A model of the same kind, fitted on some channels only.

    Parameters
    ----------
    model : LightWaveS, LightWaveSClassifier or LightWaveSRegressor
        How to fit; need not be fitted.
    X, y : as in `fit` of the model
    channels : sequence of int or str
        The channels to use, by number or by name.
    **fit
        What else ``fit`` takes, such as ``sample_weight``.

    Returns
    -------
    LightWaveS, LightWaveSClassifier or LightWaveSRegressor
        Fitted. It takes series of all channels, as `model` does, and reads the chosen ones only; its method
        ``narrowed()`` gives the model for series that hold no others.

    Raises
    ------
    TypeError, ValueError
        If a channel is not there, or an argument is not as described.

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.inspection import refit
    >>> X, y = load_basic_motions()
    >>> small = refit(LightWaveSClassifier(n_features=20, search_candidates=500, random_state=0), X, y, channels=[0, 3])
    >>> small.predict(X).shape, set(small.channels_.tolist()) <= {0, 3}
    ((40,), True)
    """
    if not isinstance(model, LightWaveS):
        raise TypeError(f"model must be a {ALL_NAMES}, got {other_than_model(model)}.")
    check_order(X, y=y, sample_weight=fit.get("sample_weight"), groups=fit.get("groups"))
    panel = _panel(model, X)
    names = panel.channel_names or (tuple(model.channel_names) if model.channel_names is not None else None)
    chosen = np.sort(drawing.numbers_of(channels, panel.n_channels, names))
    some = None if names is None else [names[c] for c in chosen]
    fitted = clone(model).set_params(channel_names=some)
    fitted.fit(_of_channels(panel, chosen), y, **fit)
    return _widened(fitted, chosen, panel.n_channels, names)


class ChannelImportancesDisplay:
    """How much each channel counts, the most important first.

    Parameters
    ----------
    importances : float64 (n_channels,)
        Shares that sum to 1.
    n_reading : int (n_channels,)
        The features that read each channel. One that reads several counts for each.
    channel_names : list of str
    n_features : int

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
        After `plot`.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> from lightwaves.inspection import ChannelImportancesDisplay
    >>> model = LightWaveS(n_features=50, search_candidates=500).fit(*load_basic_motions())
    >>> display = ChannelImportancesDisplay.from_estimator(model)
    >>> display.ax_.get_xlabel()
    'share of importance'
    """

    def __init__(
        self,
        *,
        importances: NDArray[np.float64],
        n_reading: NDArray[np.intp],
        channel_names: list[str],
        n_features: int,
    ) -> None:
        self.importances, self.n_reading = importances, n_reading
        self.channel_names, self.n_features = channel_names, n_features

    @classmethod
    def from_estimator(cls, model: LightWaveS, *, max_channels: int = 30, ax: Any = None) -> ChannelImportancesDisplay:
        """Draw it for a fitted model; see `plot`."""
        return cls.of(model).plot(ax, max_channels=max_channels)

    @classmethod
    def of(cls, model: LightWaveS) -> ChannelImportancesDisplay:
        """The numbers of a fitted model, not yet drawn."""
        check_fitted(model, LightWaveS, ALL_NAMES)
        importances = model.channel_importances_
        return cls(
            importances=importances,
            n_reading=np.bincount(model.plan_.reads[1], minlength=len(importances)),
            channel_names=drawing.channel_names(model.channel_names_, len(importances)),
            n_features=len(model.plan_),
        )

    @one_warning
    def plot(self, ax: Any = None, *, max_channels: int = 30, path: Any = None) -> ChannelImportancesDisplay:
        """Draw bars.

        Parameters
        ----------
        ax : matplotlib axes, optional
        max_channels : int, default=30
            So many channels have a bar; one line says how much all others that are read count.
        path : str or path, optional
            Write the picture there, without a window.

        Returns
        -------
        self
        """
        check_int(max_channels, "max_channels", 1)
        read = np.flatnonzero(self.n_reading)
        order = read[np.argsort(-self.importances[read], kind="stable")]
        shown_ones, others = order[:max_channels], order[max_channels:]
        shares, n_rows = self.importances[shown_ones], len(shown_ones) + bool(len(others))
        labels = [f"{share:.1%}, in {n} features" for share, n in zip(shares, self.n_reading[shown_ones], strict=True)]
        ax = drawing.axes(ax, (6.4, 1.5 + 0.28 * n_rows), path)
        bars = ax.barh(range(len(shown_ones)), shares, color=drawing.DARK)
        ax.bar_label(bars, labels, padding=3, fontsize=8)
        drawing.names_on(ax.yaxis, range(len(shown_ones)), [self.channel_names[c] for c in shown_ones])
        if len(others):
            text = f"{len(others)} more: {self.importances[others].sum():.1%} together"
            ax.text(0, len(shown_ones), f" {text}", va="center", fontsize=8, style="italic")
        ax.set_ylim(n_rows - 0.4, -0.6)
        widest = max(shares.max(), 1e-9)
        ax.set_xlim(0, 1.45 * widest)
        ax.set_xticks([tick for tick in ax.get_xticks() if tick <= min(1.0, 1.1 * widest)])
        n_all = len(self.importances)
        rest = f"; {n_all - len(read)} are not read" if len(read) < n_all else ""
        title = f"{self.n_features} features read {len(read)} of {n_all} channels{rest}"
        if self.n_reading.sum() > self.n_features:
            title += "\n(one that reads several counts for each)"
        drawing.plain(ax, title, "share of importance")
        self.ax_, self.figure_ = drawing.saved(ax, path), ax.figure
        return self


class ChannelPathDisplay:
    """Accuracy, or R2, with the best 1, 2, 3, ... channels, and beside it what the loss of one channel costs.

    Parameters
    ----------
    path : ChannelPath

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
        After `plot`.
    axes_ : list of matplotlib axes
        The path, and the losses.

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.inspection import ChannelPathDisplay
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=50, search_candidates=500, random_state=0)
    >>> display = ChannelPathDisplay.from_estimator(model, X, y, n_channels=[2], n_splits=2)
    >>> len(display.axes_)
    2
    """

    def __init__(self, path: ChannelPath) -> None:
        self.path = path

    @classmethod
    def from_estimator(
        cls,
        model: Predicting,
        X: Any,
        y: Any,
        *,
        ax: Any = None,
        max_channels: int = 15,
        **how: Any,
    ) -> ChannelPathDisplay:
        """Find the path, see `channel_path`, and draw it, see `plot`."""
        check_int(max_channels, "max_channels", 1)
        drawing.class_of_figures()
        return cls(channel_path(model, X, y, **how)).plot(ax, max_channels=max_channels)

    @one_warning
    def plot(self, ax: Any = None, *, max_channels: int = 15) -> ChannelPathDisplay:
        """Draw the path with one standard error to either side, and the channels whose loss costs most.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Cut in two.
        max_channels : int, default=15
            So many channels have a row.

        Returns
        -------
        self
        """
        check_int(max_channels, "max_channels", 1)
        path = self.path
        order = np.argsort(-path.loss, kind="stable")[:max_channels]
        outer = drawing.axes(ax, (10, max(3.6, 1.4 + 0.26 * len(order))))
        left, right = drawing.grid(outer, 1, 2, wspace=0.05, width_ratios=[3, 2])[0]
        low, high = path.score - path.standard_error, np.minimum(path.score + path.standard_error, 1)
        left.fill_between(path.n_channels, low, high, color=drawing.LIGHT, label="one standard error")
        left.plot(path.n_channels, path.score, color=drawing.DARK, marker="o", markersize=4, label="cross-validated")
        left.axvline(path.enough, color=drawing.ACCENT, linewidth=1, linestyle="--")
        side = "right" if path.enough == path.n_channels[-1] > path.n_channels[0] else "left"
        left.annotate(f" {path.enough} enough ", (path.enough, 0.5), xycoords=("data", "axes fraction"), ha=side,
                      color=drawing.ACCENT, fontsize=9)  # fmt: skip
        left.set_xscale("log")
        ticks = [n for i, n in enumerate(path.n_channels) if len(path.n_channels) <= 10 or i % 2 == 0]
        left.set_xticks(ticks, [str(n) for n in ticks], minor=False)
        left.set_xticks([], minor=True)
        left.set_ylim(min(max(0.0, low.min() - 0.05), low.min()), min(1.0, high.max() + 0.05))
        left.legend(loc="lower right", fontsize=8, frameon=False)
        name = path.score_name
        drawing.plain(
            left, f"{name} with the best channels, {drawing.counted(path.n_cases, 'case')}", "channels used", name
        )
        right.barh(range(len(order)), 100 * path.loss[order], xerr=100 * path.loss_error[order], color=drawing.MIDDLE,
                   error_kw={"ecolor": drawing.GREY, "elinewidth": 1})  # fmt: skip
        drawing.names_on(right.yaxis, range(len(order)), [path.channel_names[c] for c in order])
        right.set_ylim(len(order) - 0.4, -0.6)
        right.axvline(0, color="black", linewidth=0.8)
        drawing.plain(right, "a channel gives only its mean", f"{name} lost, points")
        self.axes_, self.ax_, self.figure_ = [left, right], left, outer.figure
        return self


# --- the pieces -----------------------------------------------------------------------------------------------


def _labels(model: Any, y: Any, n_cases: int) -> NDArray[Any]:
    """The class of each case, checked, and the weights that the model gives to classes: some fits see fewer classes."""
    classes, codes = check_labels(y, n_cases)
    check_class_weight(model.class_weight)
    if model.class_weight is not None:
        weights_of_classes(model.class_weight, classes, codes, np.ones(n_cases))
    return classes[codes]


def _folds(model: LightWaveS, y: NDArray[Any], groups: NDArray[np.intp] | None, n_splits: int) -> NDArray[np.intp]:
    """The fold in which each case is left out; with an error where what is left would be too little."""
    if len(y) < n_splits:
        raise ValueError(f"there are fewer cases than n_splits={n_splits}; say a smaller n_splits.")
    if groups is not None and groups.max() + 1 < n_splits:
        raise ValueError(
            f"there are {groups.max() + 1} groups, fewer than n_splits={n_splits}; say a smaller n_splits."
        )
    cases = np.arange(len(y))
    if is_number(model):
        fold = folds_of(varied(check_numbers(y, len(y))), cases, groups, n_splits)
        for number in range(n_splits):
            rest = y[fold != number]
            if (rest == rest[0]).all():
                raise ValueError(
                    f"without cases that are left out together, y has only one value, {rest[0]:g}: more cases, or more "
                    "groups, must have other numbers."
                )
        return fold
    classes, codes = check_labels(y, len(y))
    if np.bincount(codes).min() < n_splits and groups is None:
        rare = classes[np.bincount(codes).argmin()]
        what_to_do = "say a smaller n_splits" if n_splits > 2 else "leave it out, or give it more"
        raise ValueError(f"class {rare!s} has fewer cases than n_splits={n_splits}; {what_to_do}.")
    fold = folds_of(codes, cases, groups, n_splits)
    for number in range(n_splits):
        if len(np.unique(codes[fold != number])) < 2:
            raise ValueError(
                "without the groups that are left out together, fewer than two classes are left: leave out groups, or, "
                "if there are more of them, say a larger n_splits."
            )
    return fold


def _of_cases(
    weights: NDArray[np.float64] | None, groups: NDArray[np.intp] | None, cases: NDArray[np.intp]
) -> dict[str, Any]:
    """What `fit` is told of some cases, beside their labels."""
    told = {"sample_weight": some_of(weights, cases), "groups": some_of(groups, cases)}
    if groups is not None and len(np.unique(groups[cases])) < 2:  # of which none could be left out
        told["groups"] = None
    return {name: values for name, values in told.items() if values is not None}


def _panel(model: LightWaveS, X: Any) -> Panel:
    missing = check_choice(model.missing, "missing", MISSING)
    return as_panel(X, channel_names=model.channel_names, missing=missing)


class _InFiles:
    """Some channels of series in files, which stay there until some cases are read."""

    def __init__(self, series: Stored, channels: NDArray[np.intp]):
        self.series, self.channels, self.dtype = series, channels, series.dtype
        self.shape = (len(series), len(channels), series.shape[2])

    def __getitem__(self, cases: slice) -> NDArray[Any]:
        return self.series[cases][:, self.channels]


def _of_channels(panel: Panel, channels: NDArray[np.intp]) -> Any:
    """Some channels, ascending, as series that ``fit`` takes."""
    if isinstance(panel, StoredPanel):
        return _InFiles(panel.series, channels)
    values = panel.raw(slice(None), channels)
    if (panel.lengths == panel.n_timepoints).all():
        return values
    return [case[:, :length] for case, length in zip(values, panel.lengths, strict=True)]


def _constant(panel: Panel, channel: int, value: float) -> Any:
    """All channels, one of which gives the same value at all times."""
    whole = _of_channels(panel, np.arange(panel.n_channels))
    whole = [case.astype(np.float64) for case in whole] if isinstance(whole, list) else whole.astype(np.float64)
    for case in whole:
        case[channel] = value
    return whole


def _steps(wanted: Sequence[int] | None, n_all: int) -> list[int]:
    """The numbers of channels to try, ascending, with all of them at the end."""
    if wanted is None:
        return [*(n for n in STEPS if n < n_all), n_all]
    if not np.iterable(wanted):
        raise TypeError(f"n_channels must be a sequence of numbers, got {shown(wanted)}.")
    wanted = list(wanted)
    for n in wanted:
        check_int(n, "n_channels", 1)
        if n > n_all:
            raise ValueError(f"n_channels must be at most {n_all}, the channels of X; got {n}.")
    return sorted({*(int(n) for n in wanted), n_all})


def _down(model: LightWaveS, panel: Panel, y: NDArray[Any], steps: list[int], told: dict[str, Any]) -> Any:
    """Models of ever fewer channels, each of the best of the model before: step, model and channels."""
    channels = np.arange(panel.n_channels)
    for step in reversed(range(len(steps))):
        fitted = clone(model).set_params(channel_names=None)
        if not is_number(model):
            fitted.set_params(class_weight=weights_among(model.class_weight, np.unique(y)))
        fitted.fit(_of_channels(panel, channels), y, **told)
        yield step, fitted, channels
        best = np.argsort(-fitted.channel_importances_, kind="stable")[: steps[max(step - 1, 0)]]
        channels = channels[np.sort(best)]


def _widened(fitted: Any, chosen: NDArray[np.intp], n_channels: int, names: tuple[str, ...] | None) -> Any:
    """A model of some channels as one for series of all: the opposite of ``narrowed``."""
    wide = copy(fitted)
    shift, scale = np.zeros(n_channels), np.ones(n_channels)
    shift[chosen], scale[chosen] = fitted.plan_.shift, fitted.plan_.scale
    wide.plan_ = fitted.plan_.renumbered(chosen, shift, scale, names)
    wide.channel_names = wide.channel_names_ = names
    wide.n_channels_in_ = n_channels
    if not fitted._fitted_2d:
        wide.n_features_in_ = n_channels
    if hasattr(fitted, "candidate_channels_"):
        wide.candidate_channels_ = chosen[fitted.candidate_channels_]
        verdicts = np.zeros(n_channels, fitted.screening_.dtype)
        verdicts["score"] = verdicts["by_chance"] = np.nan
        verdicts["reason"] = LEFT_OUT
        verdicts[chosen] = fitted.screening_
        wide.screening_ = verdicts
    return wide
