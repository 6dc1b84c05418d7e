"""A fitted model on a stream of samples: it predicts of the newest window whenever that has moved by a hop."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy, deepcopy
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..entries import INT64
from ..estimators.classifier import warn_of_far_windows
from ..estimators.heads import for_others, in_order, said_by
from ..estimators.predicting import OWN_HEADS, Predicting, check_fitted, fitted_head, is_number
from ..estimators.regressor import warn_of_far_features_of_one
from ..estimators.training import longest_of, warn_of_lengths
from ..loops.narrowing import all_usable
from ..panel.panel import has_gaps, without_gaps
from ..panel.reading import MISSING
from ..plans.plan import FLOAT32, LONGEST, MOST_USABLE, as_read, case_of, first_unusable
from ..selection.products import winners
from ..validation import check_choice, check_int, check_number, shown
from .moving import Moving

STEPS = 64  # a window of more time points than that is moved step by step; a hop of n steps costs n times as much
MOST_LIVE = np.float32(MOST_USABLE / 64)  # standardised: no sum of what a kernel makes of it overflows
AT_ONCE = 128  # samples of a chunk: features of so many windows stay in a near cache
MOST_TOLD = 2**24  # decisions about a gap
NEVER = -1


class Decision(NamedTuple):
    """What a stream says of one window.

    Attributes
    ----------
    sample : int
        The index of the window's last sample, counted from 0.
    label : object
        The predicted class, one of the classes of the model; or the number that a regressor predicts.
    scores : float64, or float64 (n_classes,), or None
        What ``decision_function_one`` gives: one number for two classes, else one for each. None of a
        regressor, and if the head of the model has no such method.

    Examples
    --------
    >>> from lightwaves.streaming import Decision
    >>> sample, label, scores = Decision(99, "walk", 0.5)
    >>> sample, label
    (99, 'walk')
    """

    sample: int
    label: Any
    scores: Any


class Stream:
    """A fitted model on samples that arrive one by one, or in chunks of any size.

    As soon as ``n_timepoints`` samples are there, they are taken as one case; from then on, so are the newest
    ``n_timepoints`` samples after every ``hop`` further ones. The labels or numbers are those that ``predict`` gives
    for the same window. Where the window is longer than 64 hops, a step costs less than a whole prediction, because
    the outputs of kernels change only near the ends of the window. The page on deployment says which features allow
    that, and how much it saves. Shorter windows are computed as wholes.

    Parameters
    ----------
    model : LightWaveSClassifier or LightWaveSRegressor
        Fitted. It may be shared with other streams. The stream stays with what the model is now.
    n_timepoints : int, optional
        The length of the window. The default is the length of the longest training series.
    hop : int, default=1
        The number of samples from one decision to the next.
    sure : float, optional
        A probability above 0 and below 1. Only decisions whose class is at least that probable are returned. The model
        must have ``predict_proba``, as a regressor has not. The default is to return all decisions.

    Attributes
    ----------
    n_seen : int
        The number of samples since the last `reset`, skipped ones included: the index of the sample to come.

    Raises
    ------
    TypeError
        If the model is no LightWaveSClassifier or LightWaveSRegressor, or a number is not of its kind.
    ValueError
        If a number is too small or too large, or the head of the model has no probabilities for `sure`.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.

    Warns
    -----
    UserWarning
        If the model was not trained for series of ``n_timepoints``.

    Notes
    -----
    Missing values follow the model's parameter `missing`. With "error", a chunk with NaN in a channel that is read is
    refused whole, and nothing changes. With "zero", NaN counts as the channel's training mean; where the model has
    ``scale=False``, as the number 0. But if that mean is more than 1,000 deviations away from 0, it counts as the mean
    there, too. With "interpolate", a window with NaN is filled as ``predict`` fills it: by a line between its
    neighbours in the window. Such windows are computed as wholes.

    Samples that never came are reported by `skip`. After a jump of the clock or a change of the sensor, `reset` begins
    anew.

    The stream keeps one window of the channels that are read, the outputs of the kernels, and room to move. It is not
    safe to push from several threads at once.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import LightWaveSClassifier, Stream, load_basic_motions
    >>> X, y = load_basic_motions("train")
    >>> model = LightWaveSClassifier(n_features=50, random_state=0).fit(X, y)
    >>> stream = Stream(model, hop=20)
    >>> samples = np.concatenate([X[0], X[1]], axis=1)  # (6 channels, 200 samples)
    >>> decisions = stream.push(samples[:, :150])
    >>> [decision.sample for decision in decisions]
    [99, 119, 139]
    >>> decisions[0].label == model.predict(X[:1])[0]
    True
    """

    def __init__(
        self,
        model: Predicting,
        n_timepoints: int | None = None,
        hop: int = 1,
        sure: float | None = None,
    ):
        check_fitted(model)
        plan = model.plan_
        self._model = copy(model)  # so that another fit of the model changes nothing here
        self._n_channels, self._read = plan.n_channels, (plan.channels, plan.standard(False))
        length = longest_of(model) if n_timepoints is None else n_timepoints  # which may come from a file, too
        self._n_timepoints = check_int(length, "n_timepoints", 1, LONGEST)
        self.hop = check_int(hop, "hop", 1)
        warn_of_lengths(model, self.n_timepoints, self.n_timepoints, "windows are series")
        self.sure = None if sure is None else check_sure(sure, model)
        self._missing = check_choice(model.missing, "missing", MISSING)
        self._moving = Moving(plan, self.n_timepoints, by_steps=self.hop * STEPS < self.n_timepoints)
        size = self._moving.size if self._missing == "interpolate" else 0
        self._raw = np.zeros((len(plan.channels), size))
        self.n_seen = self._filled = 0  # samples since `reset`, and since the window was empty
        self._last_gap = NEVER  # the place in the lines of the newest sample with NaN
        self._error: Exception | None = None  # the first one of a window, raised once all samples are taken

    @property
    def model(self) -> Any:
        """The model as it was; another one needs another stream."""
        return self._model

    @property
    def n_timepoints(self) -> int:
        """The length of the window, for which all room is laid out: another one needs another stream."""
        return self._n_timepoints

    def __repr__(self) -> str:
        return f"<Stream: {self.n_timepoints} samples, hop {self.hop}, {self.n_seen} seen>"

    def __copy__(self) -> Stream:
        """A stream that goes on from here by itself; it shares the model, and what a subclass has added."""
        plans = [self._moving.plan, *(part for part, *_ in self._moving.others)]
        moving, raw = deepcopy((self._moving, self._raw), {id(plan): plan for plan in plans})
        other = object.__new__(type(self))
        other.__dict__ = vars(self) | {"_moving": moving, "_raw": raw}
        return other

    def reset(self) -> None:
        """Forget all samples, and count from 0 again: for a clock that jumped, or a sensor that was changed."""
        self.n_seen = 0
        self._empty()

    def skip(self, n_samples: int) -> list[Decision]:
        """Say that samples did not come: they are counted, and missing.

        Parameters
        ----------
        n_samples : int

        Returns
        -------
        list of Decision
            With ``missing="error"`` none: the window is emptied, and fills again. Else as if NaN had been pushed.

        Raises
        ------
        TypeError, ValueError
            If n_samples is not an int of at least 0, or so large that it would give more than 16 million decisions.
        Exception
            As `push` does. Then all samples are counted.
        """
        n_samples = check_int(n_samples, "n_samples", 0, INT64)  # one of Python's: what is counted has no end
        if self._missing == "error":
            if n_samples:
                self._empty()
                self.n_seen += n_samples
            return []
        if n_samples // self.hop > MOST_TOLD:
            raise ValueError(
                f"n_samples is {n_samples}: that would give {n_samples // self.hop} decisions, more than {MOST_TOLD}. "
                "Call reset() after so long a gap."
            )
        decisions = self._decisions_of_gap(n_samples)
        self._raise_error()
        return decisions

    def _decisions_of_gap(self, n_samples: int) -> list[Decision]:
        """Count samples that are missing, and decide; of windows that hold nothing, once for all."""
        n_alike = max(0, n_samples - self.n_timepoints) // self.hop - 1  # hops at whose end the window holds nothing
        if n_alike < 1:
            return self._push_gap(n_samples)
        decisions = self._push_gap(n_samples - (n_alike + 1) * self.hop)
        last = self._push_gap(self.hop)
        decisions += last
        for decision in last:
            ends = range(decision.sample + self.hop, decision.sample + (n_alike + 1) * self.hop, self.hop)
            decisions += [decision._replace(sample=end, scores=copy(decision.scores)) for end in ends]
        self.n_seen += n_alike * self.hop
        self._filled += n_alike * self.hop
        return decisions

    def _push_gap(self, n_samples: int) -> list[Decision]:
        """Push samples of NaN, some at a time."""
        decisions: list[Decision] = []
        nothing = np.full((self._n_channels, min(n_samples, AT_ONCE)), np.nan, np.float32)
        for begin in range(0, n_samples, AT_ONCE):
            decisions += self._take(nothing[:, : n_samples - begin])
        return decisions

    def push(self, samples: NDArray[Any]) -> list[Decision]:
        """Take samples, and predict of each window that they complete.

        Parameters
        ----------
        samples : array (n_channels, n_samples) of any real dtype
            All channels of the training data, of which only those in ``model.channels_`` are looked at. Fastest as
            float32 in C order. There may be no samples.

        Returns
        -------
        list of Decision
            One for each hop that is complete, as (sample, label, scores); of a regressor, the label is its number.

        Raises
        ------
        TypeError
            If samples is not an array of real numbers.
        ValueError
            If it has other dimensions, another number of channels, or a value that cannot be used: infinite, NaN where
            the model does not allow it, or more than 1.5e35 standard deviations from the mean, in a channel that is
            read. Then no sample is taken.
            If a bank of one's own gives features of a window that are not finite. Then all samples are taken, and none
            of their decisions is given.
        Exception
            What a bank or a head of one's own raises, and warnings where these are errors. Then, too, all samples are
            taken, and none of their decisions is given.
        KeyboardInterrupt
            If it is interrupted. Then the window is emptied, and fills again; ``n_seen`` says how many samples were
            taken.

        Warns
        -----
        UserWarning
            If features lie so far outside training that a window says little, with a head of the library.
        """
        decisions = self._take(samples)
        self._raise_error()
        return decisions

    def _take(self, samples: NDArray[Any]) -> list[Decision]:
        """`push`, but for errors of windows: the first of them is kept."""
        if type(samples) is np.ndarray and samples.ndim == 2 and samples.shape[1] == 0:
            self._samples(samples)
            return []
        checked = self._checked(samples)
        try:
            return self._decisions_of(*checked)
        except BaseException:  # an interrupt may come between steps that belong together
            self._empty()
            raise

    def _decisions_of(
        self,
        x: NDArray[np.float32],
        channels: NDArray[np.intp],
        standard: NDArray[np.float32],
        raw: NDArray[np.float64] | None,
    ) -> list[Decision]:
        """`_take` of samples that have been checked; see `_checked`."""
        decisions: list[Decision] = []
        begin, n_samples, moving = 0, x.shape[2], self._moving
        while begin < n_samples:
            at = moving.at
            n_now = min(moving.room(), n_samples - begin, AT_ONCE)
            if raw is not None:
                self._remember(raw[:, begin : begin + n_now], at)
            moving.take(x, begin, begin + n_now, channels, standard)
            try:
                decisions += self._decide(n_now)
            except Exception as error:  # it waits until all samples are taken: else later windows would be shifted
                self._error = error if self._error is None else self._error
            begin += n_now
        return decisions

    def _raise_error(self) -> None:
        """Raise what was kept of windows, if anything was, and forget it."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    # --- what goes in ---------------------------------------------------------------------------------------

    def _checked(self, samples: Any) -> tuple[Any, NDArray[np.intp], NDArray[np.float32], NDArray[np.float64] | None]:
        """Samples as float32, which of their rows are read and how to standardise these.

        The last is the samples as they came, with NaN, where windows with NaN are to be filled. Nothing has changed
        where this raises.
        """
        if not (
            self._missing == "error"
            and type(samples) is np.ndarray
            and samples.dtype == FLOAT32
            and samples.ndim == 2
            and samples.shape[0] == self._n_channels
        ):
            return self._checked_other(samples)
        x = (samples if samples.flags.carray else samples.copy())[np.newaxis]
        if not all_usable(x, *self._read, MOST_LIVE):
            raise self._not_usable(samples)
        return x, *self._read, None

    def _samples(self, samples: Any) -> NDArray[Any]:
        """Samples, if they are an array of real numbers for all channels; there may be none."""
        return case_of(samples, self.model.plan_, "samples", "a chunk", 0)

    def _checked_other(
        self, samples: Any
    ) -> tuple[Any, NDArray[np.intp], NDArray[np.float32], NDArray[np.float64] | None]:
        """`_checked` of samples in another dtype or layout, or with gaps."""
        plan, raw = self.model.plan_, None
        samples = x = self._samples(samples)
        if self._missing == "interpolate":
            raw = samples[plan.channels].astype(np.float64)
        if self._missing != "error" and has_gaps(samples):
            x = without_gaps(samples, np.full(len(x), x.shape[1], np.int32), "zero", plan.shift)
        values, read, standard = as_read(x, plan)
        if not all_usable(values, read, standard, MOST_LIVE):
            raise self._not_usable(samples)
        return values, read, standard, raw

    def _not_usable(self, samples: NDArray[Any]) -> ValueError:
        """The error for samples with a value, in a channel that is read, with which nothing can be computed."""
        seen, channel, time = first_unusable(self.model.plan_, samples, MOST_LIVE, self._missing != "error")
        hint = ""
        if seen == "NaN":
            hint = (
                " Say skip(n) for samples that did not come; or let a new Stream fill gaps, after "
                'model.set_params(missing="interpolate").'
            )
        return ValueError(
            f"samples contain {seen}: channel {channel}, sample {time} of this chunk. None of them was taken.{hint}"
        )

    def _remember(self, raw: NDArray[np.float64], before: int) -> None:
        """Keep samples as they came, at the places that they will have in the lines."""
        at, last = self._moving.at, self.n_timepoints - 1
        if at < before:  # the lines went back to their start
            self._raw[:, :last] = self._raw[:, before - last : before].copy()
            self._last_gap -= before - last
        self._raw[:, at : at + raw.shape[1]] = raw
        gaps = np.flatnonzero(np.isnan(raw).any(axis=0))
        if len(gaps):
            self._last_gap = at + int(gaps[-1])

    def _empty(self) -> None:
        """Begin with an empty window."""
        self._moving.restart()
        self._filled, self._last_gap, self._error = 0, NEVER, None

    # --- what comes out -------------------------------------------------------------------------------------

    def _decide(self, n_new: int) -> list[Decision]:
        """Decisions about the windows that the newest samples in the lines complete, and that a hop ends with."""
        moving, n_timepoints, hop = self._moving, self.n_timepoints, self.hop
        n_before, self._filled = self._filled, self._filled + n_new
        first_index, self.n_seen = self.n_seen, self.n_seen + n_new
        if self._filled < n_timepoints:
            return []
        n_old = moving.at - n_new  # places of the lines that were passed before
        start = max(0, n_old - n_timepoints + 1)
        newest = moving.at - n_timepoints
        n_windows = max(0, n_before - n_timepoints + 1)  # that were complete before
        told = range(start + -n_windows % hop, newest + 1, hop)
        decisions: list[Decision] = []
        n_broken = 0
        if self._last_gap >= start:
            broken = [place for place in told if place <= self._last_gap]
            n_broken = len(broken)
            for place in broken:
                rows = self._of_gappy(place)[:, np.newaxis]
                decisions += self._judge(rows, [first_index + place + n_timepoints - 1 - n_old])
            start = self._last_gap + 1
        if start <= newest:
            told = told[n_broken:]
            rows = moving.features(start, told)
            if len(told):
                shift = first_index + n_timepoints - 1 - n_old
                decisions += self._judge(rows, range(told[0] + shift, told[-1] + shift + 1, hop))
        return decisions

    def _of_gappy(self, place: int) -> NDArray[np.float32]:
        """The features of a window with NaN, filled as the model fills it, and a last row that nobody reads."""
        plan, n_timepoints = self.model.plan_, self.n_timepoints
        x = np.zeros((plan.n_channels, n_timepoints))
        x[plan.channels] = self._raw[:, place : place + n_timepoints]
        features = self.model.plan_.apply_one(self.model._without_gaps(x), check=False)
        return np.append(features, np.float32(0))

    def _judge(self, rows: NDArray[np.float32], indices: Sequence[int]) -> list[Decision]:
        """Decisions about windows whose features stand beside each other, (n_features + 1, n_windows)."""
        finite = np.isfinite(rows[:-1, : len(indices)])
        if not finite.all():
            feature, window = (int(place) for place in np.argwhere(~finite)[0])
            raise ValueError(
                f"feature {shown(self.model.plan_.feature_names()[feature])} of the window that sample "
                f"{indices[window]} ends is {rows[feature, window]}: a bank must give a finite number for any series, "
                "also for a constant one. All samples were taken; none of their decisions is given."
            )
        labels, scores = judged(self.model, rows, len(indices))
        decisions = list(map(Decision, indices, labels, scores))
        if self.sure is None:
            return decisions
        chances = chances_of(self.model, rows, scores)
        of_label = chances[np.arange(len(labels)), np.searchsorted(self.model.classes_, labels)]
        return [decision for decision, chance in zip(decisions, of_label, strict=True) if chance >= self.sure]


def judged(model: Any, rows: NDArray[np.float32], n_cases: int) -> tuple[Any, Any]:
    """The labels and the scores that the head of a model gives to features as rows, (n_features + 1, n_cases)."""
    head = fitted_head(model)
    if is_number(model):
        return numbers(head, rows, n_cases), [None] * n_cases
    if type(head) in OWN_HEADS:
        scores = head.scores(rows, n_cases)
        warn_of_far_windows(scores)
        return model.classes_[winners(scores)], scores
    features = for_others(rows[:-1, :n_cases].T)
    has_scores = hasattr(head, "decision_function")
    scores = in_order(head, model.classes_, head.decision_function(features)) if has_scores else [None] * n_cases
    return said_by(head, features), scores


def numbers(head: Any, rows: NDArray[np.float32], n_cases: int) -> list[float]:
    """What the head of a regressor predicts of features as rows."""
    if type(head) in OWN_HEADS:
        warn_of_far_features_of_one(head.far_off(rows, n_cases))
        return head.bounded(head.scores(rows, n_cases)).tolist()
    return said_by(head, for_others(rows[:-1, :n_cases].T)).tolist()


def chances_of(model: Any, rows: NDArray[np.float32], scores: Any) -> NDArray[np.float64]:
    """The probabilities that the head of a model gives to features as rows, of which it gave these scores."""
    head = model.classifier_
    if type(head) in OWN_HEADS:
        return head.probabilities(scores)
    return in_order(head, model.classes_, head.predict_proba(for_others(rows[:-1, : len(scores)].T)))


def check_sure(sure: Any, model: Predicting) -> float:
    """A probability between 0 and 1, for a model that has probabilities.

    Raises
    ------
    TypeError, ValueError
        If it is none, or the model has none.
    """
    if not hasattr(model, "predict_proba"):
        head = getattr(model, "classifier_", model)
        raise ValueError(f"sure needs probabilities, but {type(head).__name__} has no predict_proba.")
    if not 0 < check_number(sure, "sure") < 1:
        raise ValueError(f"sure must be above 0 and below 1, got {sure}.")
    return float(sure)
