"""Why a model decides as it does: its scores taken apart, exactly, into features, channels and time points."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..estimators.heads import in_order, said_by
from ..estimators.predicting import OWN_HEADS, Predicting, check_fitted, fitted_head, is_number
from ..estimators.regression import RegressionHead
from ..estimators.ridge import RidgeHead
from ..panel import Panel
from ..parallel.threads import one_blas_thread, share_out
from ..plans import Plan
from ..selection.products import winners
from ..validation import check_bool, check_n_jobs, shown
from .attribution import parts_of

BLOCK = 1 << 20  # numbers that are worked on at once: they stay near the processor, and few are held
N_STEPS = 16  # from the reference to a case, for a head whose slope changes on the way
TIES = 0.1  # the share of cases whose class may be another than that of the largest score, as some scores are equal
AFFINE = 1e-6  # by what share of its scores a head may differ from a sum and still count as one: some read float32


class Sum(NamedTuple):
    """Scores that are a sum over features, held within bounds.

    Attributes
    ----------
    coefficients : float64 (n_outputs, n_features)
    intercepts : float64 (n_outputs,)
    bounds : (float, float)
        The least and the largest score.
    """

    coefficients: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    bounds: Any = (-np.inf, np.inf)

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of features, (n_cases, n_features): (n_cases, n_outputs)."""
        return np.clip(self.unbounded(values), *self.bounds)

    def unbounded(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """What scores would be without bounds."""
        return values @ self.coefficients.T + self.intercepts

    def slopes(self, values: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean slope from the reference to each case, (1 or n_cases, n_outputs, n_features).

        Where a score reaches a bound on the way, it rises no further.
        """
        way = self.unbounded(values) - self.unbounded(reference)
        risen = self.scores(values) - self.scores(reference)
        if np.array_equal(way, risen):
            return self.coefficients[np.newaxis]
        part = np.divide(risen, way, out=np.ones_like(way), where=way != 0)
        return part[:, :, np.newaxis] * self.coefficients


@dataclass(frozen=True, eq=False, kw_only=True)
class Explanation:
    """What each feature, channel and time point adds to the scores of some cases.

    A regressor has one score, the number that it predicts; ``n_classes`` below is then 1.

    Attributes
    ----------
    features : float64 (n_cases, n_classes, n_features)
        Contributions to the decision score. Each row sums to the score less that of the reference.
    channels : float64 (n_cases, n_classes, n_channels)
        The same sum, by channels; 0 for those that are not read.
    times : float64 (n_cases, n_classes, n_timepoints)
        The same sum, by time points; 0 after the end of a case.
    cells : float64 (n_cases, n_classes, n_channels, n_timepoints), or None
        The same sum, by both. None unless asked for.
    scores : float64 (n_cases, n_classes)
        The decision scores, or predictions. Where a head has one score for two classes, those of the first are those of
        the second with the other sign.
    reference_scores : float64 (n_classes,)
    reference : str
        What the reference is, in words.
    values, reference_values : float64 (n_cases, n_features) and (n_features,)
        The features of the cases and of the reference.
    lengths : int32 (n_cases,)
        The time points of each case.
    exact : bool
        Whether the contributions sum to the scores as they do. Not so for a head that is not linear.
    error : float64 (n_cases, n_classes)
        The score, less that of the reference, less all contributions: what these do not explain. At most 1e-6 of
        the size of the scores, where they are exact.
    classes : array (n_classes,), or None
        None of a regressor.
    feature_names, channel_names : list of str

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.inspection import explain
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=50, search_candidates=500, random_state=0)
    >>> explanation = explain(model.fit(X, y), X[:2])
    >>> explanation.features.shape, explanation.exact
    ((2, 4, 50), True)
    """

    features: NDArray[np.float64]
    channels: NDArray[np.float64]
    times: NDArray[np.float64]
    cells: NDArray[np.float64] | None
    scores: NDArray[np.float64]
    reference_scores: NDArray[np.float64]
    reference: str
    values: NDArray[np.float64]
    reference_values: NDArray[np.float64]
    lengths: NDArray[np.int32]
    exact: bool
    classes: NDArray[Any] | None
    feature_names: list[str]
    channel_names: list[str]
    error: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        rest = self.scores - self.reference_scores - self.features.sum(axis=2)
        object.__setattr__(self, "error", rest)

    def __repr__(self) -> str:
        n_cases, n_classes, n_features = self.features.shape
        how = "exact" if self.exact else f"approximate, error up to {np.abs(self.error).max():.2g}"
        what = "predicted numbers" if self.classes is None else f"{n_classes} classes"
        return f"<Explanation: {n_cases} cases, {what}, {n_features} features, relative to {self.reference}, {how}>"

    @property
    def predicted(self) -> NDArray[np.intp]:
        """The class with the highest score, as an index into `classes`, (n_cases,); 0 of a regressor."""
        return self.scores.argmax(axis=1)


def explain(
    model: Predicting,
    X: Any,
    *,
    reference: Any = "mean",
    cells: bool = False,
) -> Explanation:
    """Take scores or predicted numbers apart into what features, channels and time points add to them.

    Parameters
    ----------
    model : LightWaveSClassifier or LightWaveSRegressor
        Fitted, with a head of the library or another linear one.
    X : as in `LightWaveSClassifier.predict`
        The cases to explain.
    reference : "mean", or cases like X, default="mean"
        What the contributions are relative to. "mean" is the mean of the features over the training cases. Cases stand
        for the mean of their features: one case for itself, ``X[y == "walking"]`` for a class.
    cells : bool, default=False
        Whether to keep the contributions of each channel at each time point. They take
        ``n_cases * n_classes * n_channels * n_timepoints * 8`` bytes.

    Returns
    -------
    Explanation

    Raises
    ------
    TypeError
        If model is not such a model; if its head is not linear and has no ``gradient``; if the scores of its head are
        not those of classes.
    ValueError
        If X or reference does not suit the model; if the model does not know its training mean.
    sklearn.exceptions.NotFittedError
        If model is not fitted.

    Warns
    -----
    UserWarning
        If the model was not trained for series of such lengths.

    Notes
    -----
    The score of a class, or a predicted number, is a sum over features. A feature adds its coefficient times the
    difference of its value from that of the reference. This amount is laid on the times of the feature's output, and
    from there on the cells of the series, in two steps that keep the sum. The page "Looking into a model" says for each
    statistic how.

    A regressor keeps its predictions within bounds. Where one would leave them, all contributions are smaller in
    proportion, so that they sum to what is predicted.

    A head that is not linear, but has a method ``gradient(Z)`` of shape (n_cases, n_outputs, n_features), as
    `lightwaves.estimators.KernelHead` has, is explained through its mean slope between the reference and the
    case (integrated gradients [1]_, in 16 steps by Gauss and Legendre). ``exact`` is then False, and ``error`` says
    what is left.

    References
    ----------
    .. [1] M. Sundararajan, A. Taly, Q. Yan, "Axiomatic Attribution for Deep Networks", 2017, arXiv:1703.01365.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.inspection import explain
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=50, search_candidates=500, random_state=0).fit(X, y)
    >>> explanation = explain(model, X[:2])
    >>> explanation.channels.shape, explanation.times.shape
    ((2, 4, 6), (2, 4, 100))
    >>> gained = explanation.scores - explanation.reference_scores
    >>> bool(np.allclose(explanation.times.sum(axis=2), gained, atol=1e-6))
    True
    """
    check_fitted(model)
    cells = check_bool(cells, "cells")
    n_jobs, linear = check_n_jobs(model.n_jobs), sum_of(model)
    baseline, words = _reference(model, reference)
    panel = model._panel_to_judge(X)
    values = model.plan_.apply(panel, n_jobs=n_jobs).astype(np.float64, order="C")
    check_sum(model, linear, np.vstack([values, baseline.astype(np.float32)]))  # in which some heads read features
    with one_blas_thread():
        scores = _scores(model, linear, values)
        reference_scores = _scores(model, linear, baseline[np.newaxis])[0]
        if linear is None:
            slopes = _mean_slopes(model, values, baseline, scores.shape[1])
        else:
            slopes = linear.slopes(values, baseline)
        found = _laid_on_cells(model.plan_, panel, values, baseline, slopes, cells, n_jobs)
    classes = getattr(model, "classes_", None)
    both = _both_classes if classes is not None and scores.shape[1] < len(classes) else _as_it_is
    features = slopes * (values - baseline)[:, np.newaxis]
    return Explanation(
        features=both(features),
        channels=both(found[0]),
        times=both(found[1]),
        cells=None if found[2] is None else both(found[2]),
        scores=both(scores),
        reference_scores=both(reference_scores[np.newaxis])[0],
        reference=words,
        values=values,
        reference_values=baseline,
        lengths=panel.lengths,
        exact=linear is not None,
        classes=classes,
        feature_names=model.plan_.feature_names(),
        channel_names=list(model.plan_.names_of_channels),
    )


def sum_of(model: Predicting) -> Sum | None:
    """The sum over the features that the scores of a model's head are; None of a head with a gradient.

    Raises
    ------
    TypeError
        If the scores cannot be taken apart: the head is no such sum, and has no gradient.
    """
    head = fitted_head(model)
    if hasattr(head, "gradient"):
        return None
    if isinstance(head, RidgeHead | RegressionHead):
        return Sum(head.coef_, head.intercept_, getattr(head, "bounds_", (-np.inf, np.inf)))
    found = _probed(_score_of(model), head, len(model.plan_))
    if found is None:
        raise _not_linear(model)
    return found


def check_sum(model: Predicting, linear: Sum | None, values: NDArray[np.float64]) -> None:
    """Make sure that scores are of classes, and that a head which is such a sum near zero is one where the cases are.

    A tree is constant near zero, and no sum elsewhere.

    Raises
    ------
    TypeError
        If its scores of these features, (n_cases, n_features), are others.
    """
    head, score = fitted_head(model), _score_of(model)
    if type(head) in OWN_HEADS or score is None:
        return
    scores = _in_columns(score(values))
    if not is_number(model):
        _check_columns(model, scores, said_by(head, values))
    if linear is None:
        return
    size = np.abs(values) @ np.abs(linear.coefficients).T + np.abs(linear.intercepts)
    if (np.abs(scores - linear.scores(values)) > AFFINE * (size + size.max())).any():
        raise _not_linear(model)


def _check_columns(model: Predicting, scores: NDArray[np.float64], predicted: NDArray[Any]) -> None:
    """Make sure that scores are of classes: a head may give one for each pair of them."""
    n_classes, width = len(model.classes_), scores.shape[1]
    fits = width == n_classes or (width, n_classes) == (1, 2)
    if not fits or (np.asarray(model.classes_)[winners(scores)] != predicted).mean() > TIES:
        raise TypeError(
            "explain needs a score for each class, of which the largest is that of the predicted one; the "
            f"decision_function of {type(fitted_head(model)).__name__} gives other scores, such as one for each pair "
            "of classes."
        )


def _score_of(model: Predicting) -> Any:
    """What gives the scores, if the head has it."""
    head = fitted_head(model)
    if is_number(model):
        return head.predict
    if not hasattr(head, "decision_function"):
        return None
    return lambda values: in_order(head, model.classes_, head.decision_function(values))


def _not_linear(model: Predicting) -> TypeError:
    method, such = ("predict", "Ridge") if is_number(model) else ("decision_function", "LogisticRegression")
    return TypeError(
        f"explain needs a linear head, such as the default or {such}; {type(fitted_head(model)).__name__} has no "
        f"coefficients that its {method} is the sum of. A head of your own can define gradient(Z)."
    )


def _reference(model: Predicting, reference: Any) -> tuple[NDArray[np.float64], str]:
    """The features of the reference, and what it is in words."""
    if isinstance(reference, str):
        if reference != "mean":
            raise ValueError(f'reference must be "mean" or cases like X, got {shown(reference)}.')
        mean = getattr(fitted_head(model), "mean_", None)
        if mean is None or np.shape(mean) != (len(model.plan_),):
            raise ValueError(
                "the head of this model does not hold the mean of its training features (another head than the "
                "default, or a file of an earlier version): pass training cases as reference."
            )
        return np.asarray(mean, np.float64), "the training mean"
    try:
        panel = model._next_panel(reference)
        features = model.plan_.apply(panel, n_jobs=check_n_jobs(model.n_jobs))
    except (TypeError, ValueError) as error:
        raise type(error)(f'reference must be "mean" or cases like X, but they do not suit: {error}') from error
    words = "a given case" if panel.n_cases == 1 else f"the mean of {panel.n_cases} given cases"
    return features.mean(axis=0, dtype=np.float64), words


def _scores(model: Predicting, linear: Sum | None, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scores, (n_cases, n_outputs)."""
    if linear is not None:
        return linear.scores(values)
    return _in_columns(_score_of(model)(values))


def _mean_slopes(
    model: Predicting, values: NDArray[np.float64], reference: NDArray[np.float64], n_outputs: int
) -> NDArray[np.float64]:
    """What scores rise by with each feature, on the mean of the way, (n_cases, n_outputs, n_features)."""
    head, (points, weights) = fitted_head(model), np.polynomial.legendre.leggauss(N_STEPS)
    slopes = np.zeros((len(values), n_outputs, values.shape[1]))
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        slopes += weight * np.reshape(head.gradient(reference + point * (values - reference)), slopes.shape)
    return slopes if is_number(model) else in_order(head, model.classes_, slopes)


def _probed(score: Any, head: Any, n_features: int) -> Sum | None:
    """The sum over the features that the scores of a head are, by its method; None of a head that is none.

    A linear model behind a scaler is such a head, and nobody has to know how they are nested.
    """
    if score is None:
        return None
    units = np.vstack([np.zeros(n_features), np.eye(n_features)])
    probes = np.random.default_rng(0).standard_normal((4, n_features))
    try:
        found = _in_columns(score(units))
        scores = _in_columns(score(probes))
    except Exception as error:
        raise TypeError(f"the head of this model, {type(head).__name__}, cannot be explained: {error}") from error
    intercepts, coefficients = found[0], (found[1:] - found[0]).T
    expected = probes @ coefficients.T + intercepts
    size = np.abs(probes) @ np.abs(coefficients).T + np.abs(intercepts) + np.abs(found).max()
    return Sum(coefficients, intercepts) if (np.abs(scores - expected) <= AFFINE * size).all() else None


def _in_columns(scores: Any) -> NDArray[np.float64]:
    scores = np.asarray(scores, np.float64)
    return scores[:, np.newaxis] if scores.ndim == 1 else scores


def _laid_on_cells(
    plan: Plan,
    panel: Panel,
    values: NDArray[np.float64],
    baseline: NDArray[np.float64],
    slopes: NDArray[np.float64],
    keep_cells: bool,
    n_jobs: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None]:
    """The contributions of channels, of times, and of both, (n_cases, n_outputs, ...)."""
    feature, channel = plan.reads
    by_channel = np.argsort(channel, kind="stable")
    part_rows = np.empty(len(by_channel), np.intp)
    part_rows[by_channel] = np.arange(len(by_channel))
    borders = np.searchsorted(channel[by_channel], [*plan.channels, plan.n_channels])
    all_slopes = np.ascontiguousarray(slopes[:, :, feature[by_channel]])
    n_cases, n_outputs, n_timepoints = panel.n_cases, slopes.shape[1], panel.n_timepoints
    channels = np.zeros((n_cases, n_outputs, plan.n_channels))
    times = np.zeros((n_cases, n_outputs, n_timepoints))
    cells = np.zeros((n_cases, n_outputs, plan.n_channels, n_timepoints)) if keep_cells else None
    run, shift = parts_of(plan, part_rows), plan.shift[plan.channels]
    step = max(1, min(64, BLOCK // (n_timepoints * (len(feature) + n_outputs * len(plan.channels)))))
    rooms: list[NDArray[np.float64]] = []  # to get new memory for each block would take as long as all the rest

    def block(start: int) -> None:
        some = slice(start, min(start + step, n_cases))
        x, less_shift = panel.centred(np.arange(n_cases)[some], plan.channels, shift)
        shape = (len(x), len(feature), x.shape[2])
        room = rooms.pop() if rooms else np.empty(step * len(feature) * n_timepoints)
        parts = room[: np.prod(shape)].reshape(shape)
        run(x, panel.lengths[some], plan.standard(less_shift), baseline, values[some], parts)
        slope = all_slopes if len(all_slopes) == 1 else all_slopes[some]
        if cells is None:
            times[some, :, : x.shape[2]] = slope @ parts
            of_parts = slope * (parts @ np.ones(x.shape[2]))[:, np.newaxis]
            channels[some, :, plan.channels] = np.add.reduceat(of_parts, borders[:-1], axis=2)
        else:
            for c, begin, end in zip(plan.channels, borders[:-1], borders[1:], strict=True):
                cells[some, :, c, : x.shape[2]] = slope[:, :, begin:end] @ parts[:, begin:end]
            times[some], channels[some] = cells[some].sum(axis=2), cells[some].sum(axis=3)
        rooms.append(room)

    share_out(block, range(0, n_cases, step), n_jobs)
    return channels, times, cells


def _both_classes(contributions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of two classes, whose one score speaks for the second: what speaks for the first is the opposite."""
    return np.concatenate([-contributions, contributions], axis=1)


def _as_it_is(contributions: NDArray[np.float64]) -> NDArray[np.float64]:
    return contributions
