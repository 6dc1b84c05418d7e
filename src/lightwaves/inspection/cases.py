"""Cases as pictures: one case with what spoke for and against a class or a number, and mean series of classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..containers.frames import check_order
from ..estimators.predicting import Predicting, check_fitted, is_number
from ..panel import Panel, as_panel
from ..panel.panel import Filled
from ..search.folds import bins_of
from ..validation import as_list, check_int, check_labels, check_numbers, shown
from . import drawing
from .explanation import Explanation, explain
from .names import one_warning, short, short_names

MOST_CLASSES = 6  # whose lines can be told apart
N_RANGES = 4  # of numbers, each with a line as a class has
LONGEST_OF_TWO = 20  # characters of names of which two stand beside each other in a legend


class ExplanationDisplay:
    """One case: its series, coloured where they spoke for and against a class, and its strongest features.

    Of a regressor, they are coloured where they raised and lowered the predicted number.

    Parameters
    ----------
    series : list of arrays (n_timepoints,)
        Of the channels that are shown, the strongest first.
    cells : float64 (n_shown, n_timepoints)
        What each value added to the score of the class.
    times : float64 (n_timepoints,)
        What each time point added, over all channels.
    channel_names : list of str
    channels : float64 (n_shown,)
        What each of these channels added.
    features : float64 (n_strongest,)
        What the strongest features added.
    feature_names : list of str
    title : str
    n_others : int
        The channels that are read and not shown.
    of_others : float
        What these added together.
    what : str, default="score"
        What is explained.

    Attributes
    ----------
    explanation : Explanation
        All numbers, where the display comes from `from_estimator`.
    ax_, figure_ : matplotlib axes and figure
        After `plot`.
    axes_ : list of matplotlib axes
        The series, what the times added, and the features.

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.inspection import ExplanationDisplay
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=50, search_candidates=500, random_state=0).fit(X, y)
    >>> display = ExplanationDisplay.from_estimator(model, X, case=3)
    >>> display.cells.shape
    (4, 100)
    """

    explanation: Explanation

    def __init__(
        self,
        *,
        series: list[NDArray[Any]],
        cells: NDArray[np.float64],
        times: NDArray[np.float64],
        channel_names: list[str],
        channels: NDArray[np.float64],
        features: NDArray[np.float64],
        feature_names: list[str],
        title: str = "",
        n_others: int = 0,
        of_others: float = 0.0,
        what: str = "score",
    ) -> None:
        self.series, self.cells, self.times = series, cells, times
        self.channel_names, self.channels = channel_names, channels
        self.features, self.feature_names = features, feature_names
        self.title, self.n_others, self.of_others, self.what = title, n_others, of_others, what

    @classmethod
    @one_warning
    def from_estimator(
        cls,
        model: Predicting,
        X: Any,
        *,
        case: int = 0,
        label: Any = None,
        reference: Any = "mean",
        max_channels: int = 4,
        max_features: int = 10,
        name: str | None = None,
        ax: Any = None,
    ) -> ExplanationDisplay:
        """Explain and draw one case.

        Parameters
        ----------
        model : LightWaveSClassifier or LightWaveSRegressor
            Fitted, with a head that can be explained; see `explain`.
        X : as in `explain`
        case : int, default=0
            Which of the cases of X.
        label : label, optional
            The class whose score is explained; by default the predicted one. Not for a regressor.
        reference : see `explain`
        max_channels, max_features : int, default=4 and 10
            How many of the strongest to show.
        name : str, optional
            What the title calls the case. By default its number, as ``case 3``.
        ax : matplotlib axes, optional
            Cut into parts.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_fitted(model)
        check_int(max_channels, "max_channels", 1)
        check_int(max_features, "max_features", 1)
        panel = model._next_panel(X)
        check_int(case, "case", 0)
        if case >= panel.n_cases:
            raise ValueError(f"case is {case}, but X has {panel.n_cases} cases.")
        one = panel.of_cases(np.array([case]))
        x = one.values[:, :, : one.lengths[0]]
        explanation = explain(model, x, reference=reference, cells=True)
        column = _column(explanation, label)
        assert explanation.cells is not None
        of_channels = explanation.channels[0, column]
        strongest = np.argsort(-np.abs(explanation.cells[0, column]).sum(axis=1), kind="stable")
        read = strongest[np.isin(strongest, model.channels_)]
        kept, others = read[:max_channels], read[max_channels:]
        of_features = explanation.features[0, column]
        best = np.argsort(-np.abs(of_features), kind="stable")[:max_features]
        names = drawing.channel_names(model.channel_names_, panel.n_channels)
        display = cls(
            series=[np.asarray(x[0, c], np.float64) for c in kept],
            cells=explanation.cells[0, column, kept],
            times=explanation.times[0, column],
            channel_names=[names[c] for c in kept],
            channels=of_channels[kept],
            features=of_features[best],
            feature_names=[explanation.feature_names[j] for j in best],
            title=_title(explanation, short(name or f"case {case}", 60), column),
            n_others=len(others),
            of_others=float(of_channels[others].sum()),
            what="score" if explanation.classes is not None else "prediction",
        )
        display.explanation = explanation
        return display.plot(ax)

    @one_warning
    def plot(self, ax: Any = None) -> ExplanationDisplay:
        """Draw series above each other, what the times added below them, and the features beside.

        Blue and upwards speaks for the class, or raises the number; orange and downwards does the opposite.
        """
        n_series = len(self.series)
        outer = drawing.axes(ax, (11, 2.4 + 1.1 * n_series))
        from matplotlib.colors import TwoSlopeNorm

        left, right = _two_columns(outer, n_series)
        most = float(np.abs(self.cells).max(initial=0)) or 1.0
        norm, colors = TwoSlopeNorm(0, -most, most), drawing.signed_colors()
        names = short_names(self.channel_names, 40)
        for row, panel in enumerate(left[:-1]):
            x, of_cells = self.series[row], self.cells[row]
            t = np.arange(len(x))
            panel.pcolormesh(np.arange(len(x) + 1) - 0.5, [0, 1], of_cells[np.newaxis], cmap=colors, norm=norm,
                             transform=panel.get_xaxis_transform(), alpha=0.75, rasterized=True)  # fmt: skip
            panel.plot(t, x, "k-" if len(x) > 1 else "k.", linewidth=0.9)
            spread = float(np.ptp(x)) or 0.1 * float(np.abs(x).max()) or 1.0
            panel.set_ylim(x.min() - 0.55 * spread, x.max() + 0.1 * spread)  # with room for what each value added
            for sign, color in ((1, drawing.FOR), (-1, drawing.AGAINST)):
                heights = 0.15 + 0.14 * sign * np.maximum(sign * of_cells, 0) / most
                panel.fill_between(*_steps(heights), 0.15, step="post", color=color, linewidth=0,
                                   transform=panel.get_xaxis_transform())  # fmt: skip
            panel.set_xlim(-0.5, len(x) - 0.5)
            panel.set_xticklabels([])
            panel.tick_params(labelsize=7)
            panel.set_title(f"{names[row]}: {self.channels[row]:+.3g}", fontsize=9,
                            loc="left", pad=2)  # fmt: skip
        sums = left[-1]
        sums.fill_between(*_steps(np.maximum(self.times, 0)), step="post", color=drawing.FOR, linewidth=0)
        sums.fill_between(*_steps(np.minimum(self.times, 0)), step="post", color=drawing.AGAINST, linewidth=0)
        sums.axhline(0, color="black", linewidth=0.8)
        sums.set_xlim(-0.5, len(self.times) - 0.5)
        sums.tick_params(labelsize=7)
        others = f", {drawing.counted(self.n_others, 'channel')} more: {self.of_others:+.3g}" if self.n_others else ""
        drawing.plain(sums, "", "time point")
        sums.set_title(f"all channels: {self.times.sum():+.3g}{others}", fontsize=9, loc="left", pad=2)
        places = np.arange(len(self.features))
        right.barh(places, self.features, color=[drawing.FOR if f > 0 else drawing.AGAINST for f in self.features])
        right.axvline(0, color="black", linewidth=0.8)
        right.set_ylim(len(places) - 0.4, -0.6)
        right.set_yticks(places, short_names(self.feature_names, 44), fontsize=7)
        right.locator_params("x", nbins=5)  # labels of more would touch each other
        drawing.plain(right, f"the {len(places)} strongest features", f"added to the {self.what}")
        drawing.headline(outer, [*left, right], self.title)
        self.axes_, self.ax_, self.figure_ = [*left, right], left[0], outer.figure
        return self


class ClassMeansDisplay:
    """The mean series of the classes, with the middle half of the cases around each.

    Numbers that a regressor predicts are cut into four ranges with about as many cases each.

    Parameters
    ----------
    mean, low, high : float64 (n_classes, n_channels_shown, n_timepoints)
        Mean, first and third quartile over the cases of each class that have a value there; NaN where none has.
    classes : array (n_classes,)
    n_cases : int (n_classes,)
    channel_names : list of str
    what : str, default="class"
        What has a line of its own: a class, or a range.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
        After `plot`.
    axes_ : list of matplotlib axes
        One for each channel.

    Examples
    --------
    >>> from lightwaves import load_basic_motions
    >>> from lightwaves.inspection import ClassMeansDisplay
    >>> display = ClassMeansDisplay.from_data(*load_basic_motions(), channels=[0, 3])
    >>> display.mean.shape, len(display.axes_)
    ((4, 2, 100), 2)
    """

    def __init__(
        self,
        *,
        mean: NDArray[np.float64],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        classes: NDArray[Any],
        n_cases: NDArray[np.intp],
        channel_names: list[str],
        what: str = "class",
    ) -> None:
        self.mean, self.low, self.high = mean, low, high
        self.classes, self.n_cases, self.channel_names, self.what = classes, n_cases, channel_names, what

    @classmethod
    @one_warning
    def from_estimator(
        cls,
        model: Predicting,
        X: Any,
        y: Any,
        *,
        max_channels: int = 4,
        ax: Any = None,
    ) -> ClassMeansDisplay:
        """Draw the channels that count most in a fitted model."""
        check_fitted(model)
        check_int(max_channels, "max_channels", 1)
        check_order(X, y=y)
        panel = model._next_panel(X)
        panel = panel.source if isinstance(panel, Filled) else panel  # means are of what was measured
        order = np.argsort(-model.channel_importances_, kind="stable")
        order = order[np.isin(order, model.channels_)][:max_channels]
        return cls._of(panel, y, is_number(model), order, model.channel_names_).plot(ax)

    @classmethod
    def from_data(cls, X: Any, y: Any, *, channels: Any = None, ax: Any = None) -> ClassMeansDisplay:
        """Draw some channels, numbers or names, by default the first four; of y with fractions, four ranges."""
        check_order(X, y=y)
        panel = as_panel(X, missing="zero", raw=True)
        first = range(min(4, panel.n_channels))
        chosen = drawing.numbers_of(first if channels is None else channels, panel.n_channels, panel.channel_names)
        values = np.asarray(y)
        are_measured = values.dtype.kind == "f" and bool((values % 1 != 0).any())
        return cls._of(panel, y, are_measured, chosen, panel.channel_names).plot(ax)

    @classmethod
    def _of(
        cls, panel: Panel, y: Any, are_numbers: bool, channels: NDArray[np.intp], channel_names: tuple[str, ...] | None
    ) -> ClassMeansDisplay:
        """The numbers of some channels, not yet drawn."""
        classes, codes = _ranges(y, panel.n_cases) if are_numbers else check_labels(y, panel.n_cases, least=1)
        names = drawing.channel_names(channel_names, panel.n_channels)
        shape = (len(classes), len(channels), panel.n_timepoints)
        mean, low, high = (np.full(shape, np.nan) for _ in range(3))
        behind = np.arange(panel.n_timepoints) >= panel.lengths[:, np.newaxis]
        for i, channel in enumerate(channels):
            x = panel.raw(np.arange(panel.n_cases), np.array([channel]))[:, 0].astype(np.float64)
            x[behind] = np.nan
            for k in range(len(classes)):
                of_class = x[codes == k]
                there = ~np.isnan(of_class).all(axis=0)
                mean[k, i, there] = np.nanmean(of_class[:, there], axis=0)
                low[k, i], high[k, i] = quartiles(of_class)
        return cls(
            mean=mean,
            low=low,
            high=high,
            classes=classes,
            n_cases=np.bincount(codes),
            channel_names=[names[c] for c in channels],
            what="range" if are_numbers else "class",
        )

    @one_warning
    def plot(self, ax: Any = None) -> ClassMeansDisplay:
        """Draw a panel for each channel; of more than six classes, the six with most cases."""
        n_channels = len(self.channel_names)
        n_columns = min(2, n_channels)
        n_rows = -(-n_channels // n_columns)
        outer = drawing.axes(ax, (10, 1.0 + 2.2 * n_rows))
        panels = drawing.grid(outer, n_rows, n_columns, hspace=0.05, wspace=0.05).reshape(-1)
        drawn = np.sort(np.argsort(-self.n_cases, kind="stable")[:MOST_CLASSES])
        t = np.arange(self.mean.shape[2])
        channels = short_names(self.channel_names, 40)
        lines = short_names([self.classes[k] for k in drawn], 44 if self.what == "range" else LONGEST_OF_TWO)
        for i, panel in enumerate(panels):
            if i >= n_channels:
                panel.set_axis_off()
                continue
            for (color, line), name, k in zip(drawing.LINES, lines, drawn, strict=False):
                panel.fill_between(t, self.low[k, i], self.high[k, i], color=color, alpha=0.13, linewidth=0)
                if len(t) == 1:
                    panel.vlines(t, self.low[k, i], self.high[k, i], color=color, linestyle=line, linewidth=1)
                label = f"{name} ({self.n_cases[k]})"
                label = f" {label}" if label.startswith("_") else label  # matplotlib would leave it out
                marker = "o" if len(t) == 1 else None
                panel.plot(t, self.mean[k, i], marker=marker, color=color, linestyle=line, linewidth=1.3, label=label)
            panel.margins(x=0)
            panel.tick_params(labelsize=7)
            drawing.plain(panel, channels[i], "time point" if i >= n_channels - n_columns else "")
        rest = f"; {len(self.classes) - len(drawn)} more are not drawn" if len(drawn) < len(self.classes) else ""
        beside = 2 if max(map(len, lines)) <= LONGEST_OF_TWO else 1
        panels[0].legend(fontsize=7, frameon=False, ncols=beside, loc="best")
        title = f"mean of each {self.what}, and the middle half of its cases{rest}"
        drawing.headline(outer, panels, title)
        self.axes_, self.ax_, self.figure_ = list(panels[:n_channels]), panels[0], outer.figure
        return self


def quartiles(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first and the third quartile of each column, over the values that it has; NaN where it has none.

    `numpy.nanpercentile` goes from column to column, which takes seconds for long series or many classes.
    """
    x = np.sort(x, axis=0)  # NaN comes last
    last = np.maximum((~np.isnan(x)).sum(axis=0) - 1, 0)
    places = np.multiply.outer([0.25, 0.75], last)
    below, above = np.floor(places).astype(np.intp), np.ceil(places).astype(np.intp)
    at, next_at = np.take_along_axis(x, below, axis=0), np.take_along_axis(x, above, axis=0)
    return at + (next_at - at) * (places - below)


def _steps(heights: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Places and heights of a curve of steps, of which each is as wide as a time point, however few there are."""
    return np.arange(len(heights) + 1) - 0.5, np.append(heights, heights[-1:])


def _two_columns(outer: Any, n_series: int) -> tuple[list[Any], Any]:
    """Axes for series and their sum on the left, and one high one on the right."""
    from matplotlib.gridspec import GridSpecFromSubplotSpec

    place = drawing.place_of(outer)
    both = GridSpecFromSubplotSpec(1, 2, subplot_spec=place, width_ratios=[3, 1.6], wspace=0.03)
    rows = GridSpecFromSubplotSpec(n_series + 1, 1, subplot_spec=both[0], hspace=0.05)
    figure = outer.figure
    return [figure.add_subplot(rows[i]) for i in range(n_series + 1)], figure.add_subplot(both[1])


def _title(explanation: Explanation, name: str, column: int) -> str:
    """Which case, what is explained of it, and how the sum begins and ends."""
    score, start = explanation.scores[0, column], explanation.reference_scores[column]
    rest = "" if explanation.exact else f" (approximate, {explanation.error[0, column]:+.2g} unexplained)"
    if explanation.classes is None:
        exponent = drawing.exponent_of(abs(score - start) or abs(score))
        return (
            f"{name}: what raises and what lowers the predicted number\n"
            f"{_sum(score, start, exponent, explanation.reference)}{rest}"
        )
    classes = short_names(list(explanation.classes), 60)  # as on the pictures of other cases
    predicted, explained = classes[explanation.predicted[0]], classes[column]
    return (
        f"{name}, predicted {predicted}: what speaks for {explained}\n"
        f"score {_sum(score, start, -2, explanation.reference)}{rest}"
    )


def _sum(score: float, start: float, exponent: int, reference: str) -> str:
    """A score, where it starts, and what is added: rounded so that they add up."""
    end, begin = (drawing.decimal(number, exponent) for number in (score, start))
    gained = drawing.decimal(float(end) - float(begin), exponent)
    return f"{end} = {begin} of {reference} {gained if gained.startswith('-') else f'+{gained}'}"


def _ranges(y: Any, n_cases: int) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Numbers as classes: the names of their ranges, and the range of each."""
    values = check_numbers(y, n_cases)
    if (values == values[0]).all():
        raise ValueError(f"y has only one value, {values[0]:g}: there are no ranges of it to compare.")
    codes = np.unique(bins_of(values, N_RANGES), return_inverse=True)[1]
    of_ranges = [values[codes == k] for k in range(codes.max() + 1)]
    ends = [drawing.decimals([some.min(), some.max()], np.ptp(values)) for some in of_ranges]
    return np.array([" to ".join(both) for both in ends]), codes


def _column(explanation: Explanation, label: Any) -> int:
    """Where a class stands; by default the predicted one."""
    if label is None:
        return int(explanation.predicted[0])
    if explanation.classes is None:
        raise ValueError(f"label is {shown(label)}, but a regressor has no classes: leave it out.")
    places = np.flatnonzero(explanation.classes == label)
    if len(places) != 1:
        known = shown(as_list(explanation.classes))
        raise ValueError(f"label is {shown(label)}, but the model knows the classes {known}.")
    return int(places[0])
