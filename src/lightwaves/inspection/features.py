"""The features that a model keeps: which they are, how they were chosen, and what they cost."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..estimators import FeatureSelector, LightWaveS
from ..estimators.predicting import ALL_NAMES, Predicting, check_fitted, score_of
from ..plans import Plan, Together
from ..plans.pooled import STATISTICS as POOLED_STATISTICS
from ..plans.pooled import PooledPlan
from ..plans.rocket import STATISTICS as ROCKET_STATISTICS
from ..plans.rocket import RocketPlan
from ..plans.wavelet import STATISTICS as WAVELET_STATISTICS
from ..plans.wavelet import KernelPlan
from ..validation import check_choice, own_filters
from . import drawing
from .names import one_warning, short_names
from .predictions import measured

N_TIMED = 200  # predictions of which the median time is taken
MOST_ROWS = 40  # channels that can have rows of their own; of more, rows are numbers of channels


class Traits(NamedTuple):
    """What the features of a plan are: dilation and statistic of each. 0 and "other" where there is no such thing."""

    dilation: NDArray[np.int64]
    statistic: NDArray[Any]


def traits_of(plan: Plan) -> Traits:
    """The traits of a plan's features, in the order of its rows."""
    if isinstance(plan, Together):
        parts = [traits_of(part) for part in plan.parts]
        return Traits(*(np.concatenate(trait)[plan.order] for trait in zip(*parts, strict=True)))
    if isinstance(plan, PooledPlan):
        return Traits(plan.dilation[plan.output].astype(int), np.array(POOLED_STATISTICS)[plan.statistic])
    if isinstance(plan, KernelPlan):
        return Traits(plan.dilation.astype(int), np.array(WAVELET_STATISTICS)[plan.statistic])
    if isinstance(plan, RocketPlan):
        return Traits(plan.dilation[plan.kernel].astype(int), np.array(ROCKET_STATISTICS)[plan.statistic])
    return Traits(np.zeros(len(plan), int), np.full(len(plan), "other"))


class FeatureMapDisplay:
    """How many features there are of each channel, or number of channels, dilation and statistic.

    Parameters
    ----------
    counts : int (n_rows, n_statistics, n_dilations)
    rows : list of str
        What the rows are: channels, or numbers of channels read.
    by : {"channel", "number"}
    statistics : list of str
    dilations : list of str
        Octaves: "1", "2-3", "4-7", and so on; "none" of features without a kernel, as of `Intervals`.
    n_features : int

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
        After `plot`.
    axes_ : list of matplotlib axes
        One for each statistic.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> from lightwaves.inspection import FeatureMapDisplay
    >>> model = LightWaveS(n_features=50, search_candidates=500, random_state=0).fit(*load_basic_motions())
    >>> display = FeatureMapDisplay.from_estimator(model, by="number")
    >>> int(display.counts.sum())
    50
    """

    def __init__(
        self,
        *,
        counts: NDArray[np.intp],
        rows: list[str],
        by: str,
        statistics: list[str],
        dilations: list[str],
        n_features: int,
    ) -> None:
        self.counts, self.rows, self.by = counts, rows, by
        self.statistics, self.dilations, self.n_features = statistics, dilations, n_features

    @classmethod
    def from_estimator(cls, model: LightWaveS, *, by: str = "auto", ax: Any = None) -> FeatureMapDisplay:
        """Count and draw the features of a fitted model.

        Parameters
        ----------
        model : LightWaveS, LightWaveSClassifier or LightWaveSRegressor
        by : {"auto", "channel", "number"}, default="auto"
            What the rows are. A feature that reads several channels is in the row of each, but in one row only by
            "number". "auto" takes channels where they have room, at most 40.
        ax : matplotlib axes, optional
        """
        check_fitted(model, LightWaveS, ALL_NAMES)
        check_choice(by, "by", ("auto", "channel", "number"))
        plan = model.plan_
        feature, channel = plan.reads
        if by == "auto":
            by = "channel" if len(plan.channels) <= MOST_ROWS else "number"
        if by == "channel":
            row, of = np.searchsorted(plan.channels, channel), feature
            names = drawing.channel_names(model.channel_names_, plan.n_channels)
            rows = [names[c] for c in plan.channels]
        else:
            n_read = np.bincount(feature, minlength=len(plan))
            numbers, row = np.unique(n_read, return_inverse=True)
            of, rows = np.arange(len(plan)), [str(n) for n in numbers]
        dilation, statistic = traits_of(plan)
        octave = np.frexp(dilation)[1]  # 1 of 1, 2 of 2 and 3, and so on; 0 of no dilation
        first = min(1, int(octave.min()))
        dilations = [{0: "none", 1: "1"}.get(i, f"{2**i // 2}-{2**i - 1}") for i in range(first, int(octave.max()) + 1)]
        statistics, of_statistic = np.unique(statistic, return_inverse=True)
        counts = np.zeros((len(rows), len(statistics), len(dilations)), np.intp)
        np.add.at(counts, (row, of_statistic[of], octave[of] - first), 1)
        display = cls(
            counts=counts, rows=rows, by=by, statistics=statistics.tolist(), dilations=dilations, n_features=len(plan)
        )
        return display.plot(ax)

    @one_warning
    def plot(self, ax: Any = None) -> FeatureMapDisplay:
        """Draw a map for each statistic, side by side, in one scale of colours."""
        n_rows, n_statistics, n_octaves = self.counts.shape
        wide = min(16.0, max(7.0, 2.6 + n_statistics * (0.3 + 0.2 * n_octaves)))
        outer = drawing.axes(ax, (wide, max(2.8, 2.0 + 0.19 * n_rows)))
        panels = drawing.grid(outer, 1, n_statistics, wspace=0.05)[0]
        most = max(2, int(self.counts.max()))
        for i, (panel, statistic) in enumerate(zip(panels, self.statistics, strict=True)):
            drawn = np.ma.masked_equal(self.counts[:, i], 0)
            image = panel.pcolormesh(drawn, cmap="cividis_r", vmin=1, vmax=most, edgecolors="white", linewidth=0.5)
            panel.set_ylim(n_rows, 0)
            panel.set_xticks(np.arange(n_octaves) + 0.5, self.dilations, fontsize=7, rotation=90)
            panel.set_facecolor("#f2f2f2")
            panel.set_title(f"{statistic}\n({self.counts[:, i].sum()})", fontsize=8)
            panel.set_yticks([])
        drawing.names_on(panels[0].yaxis, np.arange(n_rows) + 0.5, self.rows, 8 if n_rows <= 25 else 6)
        panels[0].set_ylabel("channel" if self.by == "channel" else "channels that a feature reads")
        panels[n_statistics // 2].set_xlabel("dilation, time points")
        outer.figure.colorbar(image, ax=list(panels), label="features", shrink=0.8, pad=0.01)
        title = f"{self.n_features} features by statistic and dilation"
        if self.counts.sum() > self.n_features:
            title += f" ({self.counts.sum()} entries: a feature that reads several channels is in the row of each)"
        drawing.headline(outer, panels, title)
        self.axes_, self.ax_, self.figure_ = list(panels), panels[0], outer.figure
        return self


class SelectionPathDisplay:
    """How well a ridge did on what detachment left, and the number of features taken, with the reason.

    With a last choice, which 2,250 training cases or more make by default, the path is that of the first rounds. Its
    last rows are not of the features that the model has.

    Parameters
    ----------
    n_features, score : arrays (n_rounds,)
        The features left, and the leave-one-out score of a ridge on them, seen with the cases that chose them.
    taken : int
        The number of features kept.
    reason : str
        Why so many.
    honest_score, standard_error : float64 (n_rounds,)
        The score of cases that took no part in the choice, and its standard error; NaN where the model does not know
        it.
    score_name : str, default="accuracy"
        What the score is; of a regressor, R2.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
        After `plot`.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> from lightwaves.inspection import SelectionPathDisplay
    >>> model = LightWaveS(n_features=50, search_candidates=500, selection="detach").fit(*load_basic_motions())
    >>> SelectionPathDisplay.from_estimator(model).taken
    50
    """

    def __init__(
        self,
        *,
        n_features: NDArray[Any],
        score: NDArray[np.float64],
        taken: int,
        reason: str,
        honest_score: NDArray[np.float64],
        standard_error: NDArray[np.float64],
        score_name: str = "accuracy",
    ) -> None:
        self.n_features, self.score, self.taken, self.reason = n_features, score, taken, reason
        self.honest_score, self.standard_error, self.score_name = honest_score, standard_error, score_name

    @classmethod
    def from_estimator(cls, model: LightWaveS | FeatureSelector, *, ax: Any = None) -> SelectionPathDisplay:
        """Draw the path of a fitted model."""
        return cls.of(model).plot(ax)

    @classmethod
    def of(cls, model: LightWaveS | FeatureSelector) -> SelectionPathDisplay:
        """The numbers of a fitted model, not yet drawn."""
        check_fitted(model, (LightWaveS, FeatureSelector), f"{ALL_NAMES}, or FeatureSelector")
        rounds = getattr(model, "selection_path_", None)
        if rounds is None:
            raise ValueError("model has no selection_path_: its features were not chosen by detachment.")
        taken = len(model.ranking_) if isinstance(model, FeatureSelector) else len(model.plan_)
        if model.n_features == "auto":
            reason = "the fewest that err no more than the best,\nwithin one standard error of the difference"
        elif taken == model.n_features:
            reason = "as n_features says"
        else:
            reason = "all candidates that there were"
        return cls(
            n_features=rounds["n_features"],
            score=rounds["score"],
            taken=taken,
            reason=reason,
            honest_score=rounds["honest_score"],
            standard_error=rounds["standard_error"],
            score_name=score_of(model),
        )

    def plot(self, ax: Any = None, *, path: Any = None) -> SelectionPathDisplay:
        """Draw a line over the features left, the most on the left.

        Parameters
        ----------
        ax : matplotlib axes, optional
        path : str or path, optional
            Write the picture there, without a window.

        Returns
        -------
        self
        """
        ax = drawing.axes(ax, (6.4, 3.8), path)
        ax.plot(self.n_features, self.score, color=drawing.DARK, marker=".", linewidth=1,
                label="leave-one-out, on the cases that chose")  # fmt: skip
        ax.axvline(self.taken, color=drawing.ACCENT, linewidth=1)
        low, high = float(np.min(self.score)), float(np.max(self.score))
        known = ~np.isnan(self.honest_score)
        if known.any():
            ax.errorbar(self.n_features[known], self.honest_score[known], self.standard_error[known], fmt="D-",
                        markersize=4, linewidth=1, capsize=3, color=drawing.ACCENT,
                        label="honest, with one standard error")  # fmt: skip
            low = min(low, float(np.min(self.honest_score[known] - self.standard_error[known])))
        ax.set_xscale("log")
        ax.invert_xaxis()
        ticks = [n for n in _round_numbers() if self.n_features.min() <= n <= self.n_features.max()]
        ax.set_xticks(ticks, [f"{n:,}" for n in ticks])
        ax.set_xticks([], minor=True)
        margin = max(0.02, 0.08 * (high - low))
        ax.set_ylim(low - 2 * margin if low < 0 else max(0.0, low - 2 * margin), min(1.002, high + margin))
        side, away = ("left", 4) if self.taken**2 > self.n_features[0] * self.n_features[-1] else ("right", -4)
        ax.annotate(f"{self.taken} kept:\n{self.reason}", (self.taken, 0.2), (away, 0), ("data", "axes fraction"),
                    "offset points", ha=side, va="bottom", color=drawing.ACCENT, fontsize=9)  # fmt: skip
        drawing.plain(ax, f"{self.score_name} while features are dropped", "features left", self.score_name)
        ax.legend(loc="lower left", fontsize=8, frameon=False)
        self.ax_, self.figure_ = drawing.saved(ax, path), ax.figure
        return self


class CostDisplay:
    """Accuracy, or R2, against cost, for one model or several: features, microseconds for a case, and bytes.

    Parameters
    ----------
    names : list of str
    accuracy, standard_error : float64 (n_models,)
        Of regressors, R2.
    n_features, n_bytes : int (n_models,)
    microseconds : float64 (n_models,)
        The median time of a prediction of one case.
    score_name : str, default="accuracy"

    Attributes
    ----------
    axes_ : list of three matplotlib axes
    ax_, figure_ : matplotlib axes and figure
        After `plot`.

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.inspection import CostDisplay
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=50, search_candidates=500, random_state=0)
    >>> display = CostDisplay.from_estimator(model.fit(X, y), *load_basic_motions("test"))
    >>> display.n_features.tolist()
    [50]
    """

    def __init__(
        self,
        *,
        names: list[str],
        accuracy: NDArray[np.float64],
        standard_error: NDArray[np.float64],
        n_features: NDArray[np.intp],
        microseconds: NDArray[np.float64],
        n_bytes: NDArray[np.intp],
        score_name: str = "accuracy",
    ) -> None:
        self.names, self.accuracy, self.standard_error, self.score_name = names, accuracy, standard_error, score_name
        self.n_features, self.microseconds, self.n_bytes = n_features, microseconds, n_bytes

    @classmethod
    def from_estimator(
        cls, model: Predicting | Mapping[str, Predicting], X: Any, y: Any, *, ax: Any = None
    ) -> CostDisplay:
        """Measure one fitted model, or a mapping of names to fitted models of one kind, on test cases."""
        models = model if isinstance(model, Mapping) else {f"{len(getattr(model, 'plan_', ()))} features": model}
        if not models:
            raise ValueError("model is an empty mapping: give at least one fitted model.")
        for one in models.values():
            check_fitted(one)
        names = sorted({score_of(one) for one in models.values()})
        if len(names) > 1:
            raise TypeError("model holds classifiers and regressors, whose scores cannot be compared: give one kind.")
        found = np.array([measured(one, X, y) for one in models.values()])
        times = [microseconds_of(one, X) for one in models.values()]
        display = cls(
            names=list(models),
            accuracy=found[:, 0],
            standard_error=found[:, 1],
            n_features=np.array([len(one.plan_) for one in models.values()]),
            microseconds=np.array(times),
            n_bytes=np.array([one.plan_.n_bytes for one in models.values()]),
            score_name=names[0],
        )
        return display.plot(ax)

    @one_warning
    def plot(self, ax: Any = None) -> CostDisplay:
        """Draw the score over each of the three costs, in logarithmic scale."""
        outer = drawing.axes(ax, (10, 3.4))
        panels = drawing.grid(outer, 1, 3, wspace=0.12)[0]
        low, high = self.accuracy - self.standard_error, self.accuracy + self.standard_error
        costs = (("features", self.n_features), ("microseconds for one case", self.microseconds),
                 ("KiB of parameters", self.n_bytes / 1024))  # fmt: skip
        names = short_names(self.names)
        for panel, (name, cost) in zip(panels, costs, strict=True):
            order = np.argsort(cost)
            panel.errorbar(cost[order], self.accuracy[order], self.standard_error[order], fmt="o-", color=drawing.DARK,
                           ecolor=drawing.GREY, elinewidth=1, capsize=3, linewidth=1)  # fmt: skip
            for place, k in enumerate(order):  # below each other, where neighbours are near
                below = -11 - 9 * (place % 3)
                panel.annotate(names[k], (cost[k], self.accuracy[k]), xytext=(5, below),
                               textcoords="offset points", fontsize=8)  # fmt: skip
            panel.set_xscale("log")
            panel.set_xlim(cost.min() / 1.6, cost.max() * 2.6)
            ticks = apart(cost[order])
            panel.set_xticks(ticks, [f"{c:.3g}" for c in ticks])
            panel.set_xticks([], minor=True)
            panel.set_ylim(min(max(0, low.min() - 0.04), low.min()), min(1.002, high.max() + 0.04))
            drawing.plain(panel, "", name)
            if panel is not panels[0]:
                panel.set_yticklabels([])
        panels[0].set_ylabel(self.score_name)
        drawing.headline(outer, panels, f"{self.score_name}, with one standard error, against cost")
        self.axes_, self.ax_, self.figure_ = list(panels), panels[0], outer.figure
        return self


def apart(costs: NDArray[Any]) -> list[float]:
    """Of ascending numbers those whose labels do not touch each other in logarithmic scale."""
    kept: list[float] = []
    for cost in costs.tolist():
        if not kept or cost > 1.25 * kept[-1]:
            kept.append(cost)
    return kept


def _round_numbers() -> list[int]:
    return [digit * 10**power for power in range(9) for digit in (1, 2, 5)]


def microseconds_of(model: Predicting, X: Any) -> float:
    """The median time of the prediction of one case, the first of X, in microseconds."""
    panel = model._next_panel(X)
    case = np.ascontiguousarray(panel.raw(np.array([0]), np.arange(panel.n_channels))[0, :, : panel.lengths[0]])
    case = np.ascontiguousarray(np.nan_to_num(case), np.float32)
    with own_filters():  # each would come as often as it is timed
        warnings.simplefilter("ignore")
        return median_of(model, case)


def median_of(model: Predicting, case: NDArray[np.float32]) -> float:
    """The median time of the prediction of one case, in microseconds."""
    model.predict_one(case)
    seconds = []
    for _ in range(N_TIMED):
        start = perf_counter()
        model.predict_one(case)
        seconds.append(perf_counter() - start)
    return 1e6 * float(np.median(seconds))
