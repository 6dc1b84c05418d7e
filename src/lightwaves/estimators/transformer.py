"""The search as a transformer: it validates, calls and stores."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from copy import copy
from functools import partial
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..banks import Bank, WaveletScattering, default_banks
from ..banks.bank import generator
from ..containers.frames import check_order
from ..docstrings import shares
from ..panel import Panel
from ..panel.reading import MISSING
from ..parallel.comm import Comm, SerialComm, check_comm
from ..plans.plan import case_of
from ..search.cross_fitting import CrossFit
from ..search.folds import can_judge
from ..search.found import Found
from ..search.offers import n_candidates
from ..search.search import search
from ..series import SeriesMixin
from ..validation import (
    check_bool,
    check_case_groups,
    check_choice,
    check_int,
    check_labels,
    check_n_features,
    check_n_jobs,
    check_number,
    check_parts,
    count_of,
    shown,
)
from .agreement import Agreed, Given, agree, check_resources, names_of_held
from .doubts import warn_of_labels_among, warn_of_many_classes
from .heads import for_others
from .ridge import RidgeHead
from .shards import shard_of, side_by_side
from .training import Training, warn_of_lengths
from .weights import Weighed, warn_of_far_number, warn_of_units, weighed

SELECTIONS = ("detach", "mrmr")
MOST_FRUGAL = 10  # the cost to the power of much more is no float64
Model = TypeVar("Model", bound="LightWaveS")

SHARED = {
    "bank": """
        bank : bank, list of banks, or list of such lists, optional
            The candidates, such as ``MiniRocket()``. The banks of one list compete. If you give several lists,
            detachment takes one of them: the first, unless a ridge on another errs clearly less on cases left out. The
            page on how it works has the rule. The default is `lightwaves.banks.default_banks` with detachment, and
            ``WaveletScattering()``, the bank of the paper, with mRMR.
        """,
    "n_features": """
        n_features : int or "auto", default=500
            How many features to keep. "auto" works with detachment. It keeps the smallest number, from 100 to 1,000,
            that errs no more than the best, within one standard error of the difference, on cases that the search has
            not seen; see ``honest_score_`` of `LightWaveSClassifier`. Of fewer than 10,000 candidates, it may keep a
            hundredth, but no fewer than 10. It takes several times as long.
        """,
    "selection": """
        selection : {"detach", "mrmr"}, default="detach"
            How features are chosen. "detach" drops the smallest coefficients of a ridge, again and again. "mrmr", the
            paper's way, takes relevant features that are not redundant.
        """,
    "scale": """
        scale : bool, default=True
            Standardise each channel by its mean and standard deviation over training cases and time.
        """,
    "missing": """
        missing : {"error", "interpolate", "zero"}, default="error"
            What becomes of NaN, in `fit` and in prediction. "error" refuses it. "interpolate" draws a straight line
            between the neighbours in time, and goes on with the nearest value at the ends of a case; a channel without
            any value in a case becomes what "zero" makes of it. "zero" puts 0 after standardising: the channel's mean
            over the training cases and times that have a value, or, with ``scale=False``, the number 0. But if
            that mean is more than 1,000 deviations away from 0, it is the mean there, too. Each case is filled by
            itself. Infinity is always refused. Prediction looks only at the channels that the model reads.
        """,
    "search_cases": """
        search_cases : int, optional
            About so many training cases take part in the search: each class by its share, but at least one case of it.
            By default as many as help: of more than 1,500 cases, all candidates are looked at on 1,500, and with
            detachment the last choice, among a few thousand features, is made on up to 20,000. A head is fitted on all
            cases.
        """,
    "screen_channels": """
        screen_channels : bool, default=True
            With detachment, leave out channels before candidates are drawn, where there are more than nine: those that
            tell the classes apart no better than shuffled classes. These stay unless there is evidence against them:
            unless a ridge on candidates of the other channels errs clearly less on cases left out than one on
            candidates of all. See the page on how it works, and the attributes ``screening_`` and
            ``screening_errors_``. Constant channels are always left out, unless all are constant.
        """,
    "search_candidates": """
        search_candidates : int, optional
            Draw so many candidates at random and choose among those. Each bank gives an equal number, or all where it
            has fewer, evenly over its own order; for banks of single channels that is evenly over the channels. By
            default, mRMR looks at all candidates. Detachment holds its candidates in memory, and looks at 10,000, or at
            four times n_features if that is more.
        """,
    "group_size": """
        group_size : int, optional
            Channels form groups of so many neighbours, and a candidate reads channels of one group only. Use it where
            each of several machines holds some of the channels; see the page on many machines. By default there is one
            group.
        """,
    "frugality": """
        frugality : float from 0 to 10, default=0
            Above 0, cheap features are preferred: scores are divided by cost to this power before they are compared.
            Cost is the number of multiply-adds of the feature's convolution. In detachment, features that are read off
            one convolution share its cost. Near 0 this decides between equals. At 1, half the cost makes up for half
            the score.
        """,
    "channel_names": """
        channel_names : sequence of str, optional
            Names of the channels, for feature names, plots and reports.
        """,
    "n_jobs": """
        n_jobs : int, optional
            Threads, in joblib's convention. No result depends on it.
        """,
    "random_state": """
        random_state : int, RandomState or None, default=None
            Draws the cases of the search, where there are more than `search_cases`; the candidates; what screening
            draws; and what banks draw that have no random_state of their own. None draws anew for each fit, and leaves
            NumPy's global state alone. A RandomState goes on from fit to fit.
        """,
    "verbose": """
        verbose : int or bool, default=0
            1 or True tells what the search does and how far it is: by bars in a notebook or a terminal, which need
            tqdm (the extra ``progress``), else by lines. Of several ranks the first tells of its own share.
        """,
    "feature_scores_": """
        feature_scores_ : float64 (n_features_kept,)
            With mRMR, the F statistic of each feature; infinite for one that separates the classes perfectly. With
            detachment, its mean absolute coefficient in the last ridge, where each class counts in units of the
            deviation of its targets.
        """,
    "selection_path_": """
        selection_path_ : structured array (n_rounds,)
            With detachment: the fields n_features, how many features were left, and score, the leave-one-out accuracy
            of the ridge on them. The score is too high, because the features were chosen on the same cases.
            honest_score is the accuracy of a head on cases that the choice has not seen (with ``classifier="auto"`` of
            the ridge, also where the kernel head is taken), and standard_error is its standard error; NaN where they
            were not looked at. They are, with ``n_features="auto"``, from 1,000 features
            on down; else at the last number, if a model that predicts is judged by the cases of the search: with fewer
            than 2,000 cases, with a head of your own, with ``classifier="auto"``, and with the default regressor. With
            a last choice (2,250 cases or more, and ``search_cases=None``), this is the path of the first rounds: its
            last rows are of features that 1,500 cases chose, not of those that the model has.
            `lightwaves.inspection.plot_selection_path` draws it.
        """,
    "candidate_channels_": """
        candidate_channels_ : int (n_screened,)
            With detachment: the channels that candidates were drawn for, ascending.
        """,
    "screening_": """
        screening_ : structured array (n_channels,)
            With detachment: on what evidence channels were left out, a row for each channel. The fields are score, the
            F statistic that nine tenths of the channel's features stay below; by_chance, the score that one channel in
            twenty reaches with shuffled classes; kept; and reason, in words. Scores are NaN where nobody looked: where
            there are no more than nine channels that vary, or fewer than ten cases, or a class has only one, or with
            ``screen_channels=False``.
        """,
    "screening_errors_": """
        screening_errors_ : structured array ()
            With detachment: the mean squared leave-one-out error of a ridge on candidates of the channels that do
            better than chance (promising), that of one on candidates of all (all), and the standard_error of their
            difference; each class in units of the variance of its targets. Channels are left out where the first is
            smaller by more than three standard errors. NaN where nothing was compared.
        """,
    "bank_errors_": """
        bank_errors_ : float64 (n_alternatives,)
            With detachment: the mean squared leave-one-out error of a ridge on 2,500 candidates of each list of banks,
            on at most 800 cases, each class in units of the variance of its targets. The first list was taken, unless
            another's error is smaller by more than two standard errors. Of a single list: the error on all candidates,
            in units of the targets, -1 and 1, or of the variance of y.
        """,
    "channels_": """
        channels_ : int (n_channels_used,)
            The channels that are read, ascending.
        """,
    "n_channels_in_": """
        n_channels_in_ : int
            The number of channels seen in `fit`.
        """,
    "channel_names_": """
        channel_names_ : tuple of str, or None
            The names of the channels, by `channel_names` or by X; None where neither names them.
        """,
    "training_": """
        training_ : Training
            What `fit` was given, in a few numbers: ``n_cases``, how many cases counted; ``shortest`` and ``longest``,
            the time points of the shortest and of the longest one; ``class_counts``, the cases of each class; and
            ``version``, that of lightwaves.
        """,
    "n_features_in_": """
        n_features_in_ : int
            The same, or the number of time points where `fit` got a 2D array.
        """,
}

OF_FIT = {
    "X": """
        X : array, list, mapping or frame
            (n_cases, n_channels, n_timepoints), or (n_cases, n_timepoints) for one channel, of any real dtype; a
            list of arrays (n_channels, n_timepoints_i) for unequal lengths; or a mapping from channel names to
            arrays (n_cases, n_timepoints). Tensors of torch, arrays of JAX and the frames of pandas, polars and sktime
            are read too: the page on data has a list of all. scikit-learn's own tools, such as ``cross_val_score``,
            cannot cut a mapping into cases: give them ``np.stack(list(X.values()), axis=1)``, and
            ``channel_names=list(X)``.
        """,
    "y": """
        y : array (n_cases,)
            The classes, at least two. Of a regressor: numbers, not all equal.
        """,
    "sample_weight": """
        sample_weight : array (n_cases,) or number, optional
            How often each case counts, in search and head: one of weight 2 as two equal cases, one of weight 0 as if
            it were not there. What is drawn at random is drawn from the cases, whatever their weights; and a case is
            left out whole where errors are judged by leaving cases out. Weights with a mean of about 1 suit the
            search best.
        """,
    "groups": """
        groups : array (n_cases,), optional
            To which group each case belongs: an engine, a patient, a subject. Where cases are left out, to judge
            honestly, those of one group are left out together. Give it wherever cases of one group resemble each other
            and new data come from new groups; else what is judged looks too good.
        """,
    "comm": """
        comm : communicator, optional
            Such as ``mpi4py.MPI.COMM_WORLD``: its ranks share the search and end with the same model, which is also
            that of one process. All are given the same arguments, but for X and what goes with it under `channels`
            and `cases`.
        """,
    "channels": """
        channels : int array (n_mine,), optional
            Which channels X holds, ascending, where each rank is given some of them only: whole groups of
            ``group_size``; see `lightwaves.channels_of_rank`. The series stay where they are. X may then be an array
            of no channels.
        """,
    "cases": """
        cases : {"mine"}, optional
            "mine" where each rank is given cases of its own, such as a shard of a file: X, y, sample_weight and groups
            are of these cases only. The model is that of one process that has all cases, in the order of the ranks.
            A rank may lack classes, and X may be an array of no cases. Up to 67 million values in all, every rank
            comes to hold all series. Of more, they stay where they are, but for the cases of the first rounds of the
            search; see the page on many machines.
        """,
    "checkpoint": """
        checkpoint : str or path, optional
            A folder for what the search has finished. A fit that was interrupted goes on from there, with any number
            of ranks, or with the same large shards of ``cases="mine"``. A folder of another search is refused, and one
            in which another fit is at work. It is not deleted at the end.
        """,
    "raised": """
        TypeError, ValueError
            If a parameter, X or y is not as described; the message says what was seen. If ranks were given
            different things, on all of them.
        RuntimeError
            If another rank failed; the message names it, and its error. If another fit is at work in the folder of the
            checkpoint; the message names its process.
        """,
    "warned": """
        UserWarning
            Each says what was seen and what to do.

            - Of values: one value carries most of a channel's variance; a channel has no value at all, or none in any
              case of one class; changes are too small beside the level of a channel; cases are 0 throughout; the axes
              of X look swapped.
            - Of cases: many are equal to others; a class has fewer than three cases, or is in one group only; there are
              fewer than three cases for each class in the mean, or fewer than five with numbers, so that nobody can
              judge the model; one number of y carries most of its variance; a head cannot be fitted where some cases
              are left out.
            - Of labels: there are so many classes that they may be numbers to predict; a class is called as a missing
              label is, such as "nan"; X is a table that holds them as a column.
            - Of frames: a column varies in no case, or only ascends or only descends, as times do; rows look like
              readings, where a row is a case.
            - Of what is given beside X: the index of y, of weights or of groups has the numbers of that of X in another
              order; weights have a mean far from 1.
            - Of the search: the bank has fewer candidates than n_features, and all are kept; a file of the checkpoint
              is damaged, and its piece is computed again.
        """,
}
OF_CASES = {
    "X": """
        X : as in `fit`, with the same channels
            The lengths may differ from each other. They should be those of training; see Warns.
        """,
    "raised": """
        TypeError, ValueError
            If X is not as described: it has other channels, or values that are not finite where the model does not fill
            them. The message says what was seen.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.
        """,
    "warned": """
        UserWarning
            If the features of a case lie so far outside training that its label or number says little; with a head of
            your own there is no such warning. If series are shorter or longer than those of training, by more than
            these differ from each other.
        """,
}
OF_ONE_CASE = {
    "x": """
        x : array (n_channels, n_timepoints) of any real dtype
            Fastest as float32 in C order.
        """,
    "check": """
        check : bool, default=True
            Whether to look for values that are not finite in the channels that are read, for features far outside
            training, and for another length. Shape and dtype are checked in any case.
        """,
    "raised": """
        TypeError
            If x is not an array of real numbers.
        ValueError
            If it has other dimensions, another number of channels, no time points, or a value that is not finite and
            that the model does not fill.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.
        """,
    "warned": """
            If the features of the case lie so far outside training that its label or number says little, or its
            length lies outside training, unless check is False. With a head of your own, there is no warning of
            features.
        """,
}


@shares(SHARED)
class LightWaveS(SeriesMixin, TransformerMixin, BaseEstimator):
    """The features of a bank that tell classes apart, a few hundred out of ten thousand or millions.

    With detachment, a ridge is fitted on 10,000 candidates, the fifth with the smallest coefficients is dropped, and
    so on until n_features are left. With ``selection="mrmr"``, as in the paper, every candidate of
    `WaveletScattering` is scored by ANOVA; the best ``3 * n_features`` go through mRMR, which keeps n_features of
    them; that is the less accurate. Only the kept features are computed from then on. Banks draw kernels at random:
    give random_state for the same features again.

    Parameters
    ----------
    {bank}
    {n_features}
    {selection}
    {scale}
    {missing}
    {search_cases}
    {screen_channels}
    {search_candidates}
    {group_size}
    {frugality}
    {channel_names}
    {n_jobs}
    {random_state}
    {verbose}

    Attributes
    ----------
    plan_ : Plan
        The features; row j computes column j. A record that needs neither the estimator nor its training data.
    {feature_scores_}
    {selection_path_}
    {candidate_channels_}
    {screening_}
    {screening_errors_}
    {bank_errors_}
    {channels_}
    channel_importances_ : float64 (n_channels,)
        Each channel's share of the variance that the features explain, by ANOVA, or, with detachment, of their
        absolute coefficients; sums to 1. A feature that reads several channels counts for each in equal parts.
    {n_channels_in_}
    {n_features_in_}
    {channel_names_}
    {training_}

    References
    ----------
    .. [1] L. Pantiskas, K. Verstoep, M. Hoogendoorn, H. Bal, "Taking ROCKET on an Efficiency Mission:
       Multivariate Time Series Classification with LightWaveS", 2022, arXiv:2204.01379.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> X, y = load_basic_motions("train")
    >>> LightWaveS(n_features=20).fit_transform(X, y).shape
    (40, 20)
    """

    def __init__(
        self,
        bank: Bank | Sequence[Bank] | Sequence[Sequence[Bank]] | None = None,
        n_features: int | Literal["auto"] = 500,
        selection: Literal["detach", "mrmr"] = "detach",
        scale: bool = True,
        missing: Literal["error", "interpolate", "zero"] = "error",
        search_cases: int | None = None,
        screen_channels: bool = True,
        search_candidates: int | None = None,
        group_size: int | None = None,
        frugality: float = 0.0,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.bank = bank
        self.n_features = n_features
        self.selection = selection
        self.scale = scale
        self.missing = missing
        self.search_cases = search_cases
        self.screen_channels = screen_channels
        self.search_candidates = search_candidates
        self.group_size = group_size
        self.frugality = frugality
        self.channel_names = channel_names
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    @shares(OF_FIT)
    def fit(
        self: Model,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        groups: Any = None,
        comm: Comm | None = None,
        channels: Any = None,
        cases: Literal["mine"] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> Model:
        """Choose the features.

        Parameters
        ----------
        {X}
        {y}
        {sample_weight}
        {groups}
        {comm}
        {channels}
        {cases}
        {checkpoint}

        Returns
        -------
        self

        Raises
        ------
        {raised}

        Warns
        -----
        {warned}
        """
        if cases is not None and comm is None:
            raise ValueError(
                "cases says that other ranks have other cases: give comm too, as mpi4py.MPI.COMM_WORLD. To fit on some "
                "of the cases, pass X[cases] and y[cases]."
            )
        if channels is not None and comm is None:
            raise ValueError(
                "channels says that other ranks have others: give comm too, as mpi4py.MPI.COMM_WORLD. To fit on some "
                "of the channels, pass X[:, channels], or call lightwaves.inspection.refit."
            )
        fitted, comm = self._unfitted(), SerialComm() if comm is None else check_comm(comm)
        look = fitted._check(X, y, sample_weight, groups, comm, channels, cases, checkpoint)
        with ExitStack() as at_end:
            given, agreed = agree(fitted, look, comm, channels, checkpoint, at_end)
            fitted._remember_channels(agreed.panel)
            found = search(fitted._alternatives(), agreed.panel, given.codes, **fitted._how_to_search(given, agreed))
            fitted._finish(found, given, agreed)
        return self._become(fitted)

    @shares(OF_FIT)
    def fit_transform(
        self,
        X: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        groups: Any = None,
        comm: Comm | None = None,
        cases: Literal["mine"] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> NDArray[np.float32]:
        """Choose the features, and compute those of X.

        Each rank needs all channels of its cases, so there is no `channels` as in `fit`.

        Parameters
        ----------
        {X}
        {y}
        {sample_weight}
        {groups}
        {comm}
        {cases}
        {checkpoint}

        Returns
        -------
        float32 (n_cases, n_features_kept)
            Column j is row j of `plan_`.

        Raises
        ------
        {raised}

        Warns
        -----
        {warned}
        """
        options: dict[str, Any] = {"comm": comm, "cases": cases, "checkpoint": checkpoint}
        self.fit(X, y, sample_weight=sample_weight, groups=groups, **options)
        if cases is not None and getattr(X, "shape", (1,))[0] == 0:  # which a fit may lack, but no transform
            return np.empty((0, len(self.plan_)), np.float32)
        return self.transform(X)

    @shares(OF_CASES)
    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute the chosen features.

        Parameters
        ----------
        {X}

        Returns
        -------
        float32 (n_cases, n_features_kept)
            Column j is row j of `plan_`.

        Raises
        ------
        {raised}

        Warns
        -----
        UserWarning
            If series are shorter or longer than those of training, by more than these differ from each other.

        Examples
        --------
        >>> from lightwaves import LightWaveS, load_basic_motions
        >>> X, y = load_basic_motions("train")
        >>> LightWaveS(n_features=20, random_state=0).fit(X, y).transform(X[:3]).shape
        (3, 20)
        """
        return self._as_output(self._features(X), X)

    def _features(self, X: Any) -> NDArray[np.float32]:
        """What a head is fitted on: `transform` without the container that ``set_output`` asks for."""
        panel = self._panel_to_judge(X)
        return self.plan_.apply(panel, n_jobs=check_n_jobs(self.n_jobs))

    def _features_for_others(self, X: Any) -> NDArray[np.float64]:
        """The features of cases, as a head of one's own is fitted on them."""
        return for_others(self._features(X))

    def _panel_to_judge(self, X: Any) -> Panel:
        """Series for a fitted model, with a warning where they have lengths that the fit knew nothing of."""
        panel = self._next_panel(X)
        if panel.n_cases:
            warn_of_lengths(self, int(panel.lengths.min()), int(panel.lengths.max()))
        return panel

    def _features_of_one(self, x: NDArray[Any], check: bool) -> NDArray[np.float32]:
        """The features of one case, (n_channels, n_timepoints), by the shortest way."""
        try:
            plan = self.plan_
        except AttributeError:
            check_is_fitted(self)
            raise
        if self.missing != "error":
            check_choice(self.missing, "missing", MISSING)
            x = self._without_gaps(case_of(x, plan))
        features = plan.apply_one(x, check=check)
        if check:
            warn_of_lengths(self, x.shape[1], x.shape[1], "x is a series")
        return features

    @property
    def channels_(self) -> NDArray[np.intp]:
        """The channels that are read, ascending."""
        check_is_fitted(self)
        return self.plan_.channels

    @property
    def channel_importances_(self) -> NDArray[np.float64]:
        """Each channel's share of what the features contribute; sums to 1."""
        check_is_fitted(self)
        feature, channel = self.plan_.reads
        parts = (self._weights / np.bincount(feature, minlength=len(self._weights)))[feature]
        sums = np.bincount(channel, parts, minlength=self.plan_.n_channels)
        if sums.sum() > 0:
            return sums / sums.sum()
        return np.isin(np.arange(len(sums)), self.channels_) / max(len(self.channels_), 1)

    def set_params(self: Model, **params: Any) -> Model:
        """Set parameters, also those of parts, such as ``bank__levels``.

        Parameters
        ----------
        **params
            By their names.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there is no such parameter, or the part is None, a word or a list, none of which has parameters.
        """
        check_parts(self, params)
        return super().set_params(**params)

    def narrowed(self: Model) -> Model:
        """The same model for series that hold only the channels which are kept.

        Returns
        -------
        LightWaveS, LightWaveSClassifier or LightWaveSRegressor
            Fitted. It takes what this one takes as ``X[:, model.channels_]``, and gives the same results, to the bit.
            Its channels keep their names, ``ch0``, ``ch1``, ... where there are none.

        Examples
        --------
        >>> from lightwaves import LightWaveSClassifier, load_basic_motions
        >>> X, y = load_basic_motions()
        >>> model = LightWaveSClassifier(n_features=5, search_candidates=500, random_state=0).fit(X, y)
        >>> small = model.narrowed()
        >>> bool((small.predict(X[:, model.channels_]) == model.predict(X)).all())
        True
        """
        kept, small = self.channels_, copy(self)
        names = tuple(self.plan_.names_of_channels[c] for c in kept)
        small.plan_ = self.plan_.narrowed(names)
        small.channel_names = small.channel_names_ = names
        small.n_channels_in_ = len(kept)
        if not self._fitted_2d:
            small.n_features_in_ = len(kept)
        if hasattr(self, "candidate_channels_"):
            small.candidate_channels_ = np.arange(len(kept))
            small.screening_ = self.screening_[kept]
        return small

    def _check(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        groups: Any,
        comm: Comm,
        channels: Any,
        cases: Any,
        checkpoint: Any,
    ) -> Callable[[], Given]:
        """What checks all that this rank was given; where ranks hold own cases, these are put side by side first."""

        def read() -> Panel:
            panel = self._read(X, y, comm, channels, cases, checkpoint)
            check_order(X, y=y, sample_weight=sample_weight, groups=groups)
            return panel

        if cases is None:
            return lambda: self._given(read(), y, sample_weight, groups, tells=comm.rank == 0)
        all_cases = side_by_side(comm, lambda: shard_of(X, read(), y, sample_weight, groups, self._targets))
        return partial(self._given, *all_cases, tells=comm.rank == 0)

    def _read(self, X: Any, y: Any, comm: Comm, channels: Any, cases: Any, checkpoint: Any) -> Panel:
        """Every check that needs of labels their number only: parameters, what shares the work, then the series."""
        self._check_parameters()
        check_resources(comm, channels, cases, checkpoint, self.group_size)
        n_labels = count_of(y)
        if cases is not None:
            return self._fit_panel(X, comm.rank, may_lack="cases", doubt=True, n_labels=n_labels)
        if channels is None:
            return self._fit_panel(X, comm.rank, share=(comm.rank, comm.size), doubt=True, n_labels=n_labels)
        names = names_of_held(self.channel_names, channels)
        called = tuple(map(str, channels))  # a rank counts its own from 0, but all are told of them
        panel = self._fit_panel(X, channel_names=names, may_lack="channels", called=called, n_labels=n_labels)
        if len(channels) != panel.n_channels:
            raise ValueError(f"channels names {len(channels)} channels, but X holds {panel.n_channels}.")
        return panel

    def _given(self, panel: Panel, y: Any, sample_weight: Any, groups: Any, tells: bool = True) -> Given:
        """The series with their labels, weights and groups, checked; of several ranks, one tells of doubts."""
        counting = self._weigh(y, panel.n_cases, sample_weight)
        n_given = panel.n_cases
        case_groups = check_case_groups(groups, n_given)
        if tells:
            warn_of_units(counting.weights, sample_weight is not None)
            if counting.values is None:
                warn_of_many_classes(len(counting.classes), len(counting.codes))
            else:
                warn_of_far_number(counting.values, counting.weights, counting.cases)
            if self._fitted_2d:
                warn_of_labels_among(panel, np.asarray(y))
        if counting.cases is not None:
            panel = panel.that_count(counting.cases)
            case_groups = None if case_groups is None else check_case_groups(case_groups[counting.cases], panel.n_cases)
        seed = generator(self.random_state).randint(2**31 - 1)
        return Given(
            panel,
            counting.classes,
            counting.codes,
            counting.weights,
            seed,
            counting.cases,
            n_given,
            case_groups,
            counting.values,
        )

    def _weigh(self, y: Any, n_cases: int, sample_weight: Any) -> Weighed:
        """Labels and weights, checked."""
        return weighed(y, n_cases, sample_weight)

    def _targets(self, y: Any, n_cases: int) -> NDArray[Any]:
        """What is to be learnt of some of the cases, of which all may be of one class, checked."""
        classes, codes = check_labels(y, n_cases, least=1)
        return classes[codes]

    def _check_parameters(self) -> None:
        check_choice(self.selection, "selection", SELECTIONS)
        check_n_features(self.n_features, self.selection)
        for name, least in (("search_candidates", 1), ("group_size", 1), ("search_cases", 2)):
            if getattr(self, name) is not None:
                check_int(getattr(self, name), name, least)
        alternatives = self._alternatives()
        for bank in [bank for banks in alternatives for bank in banks]:
            if isinstance(bank, type) or not (hasattr(bank, "candidates") and hasattr(bank, "check")):
                raise TypeError(
                    "bank must be None, a bank such as WaveletScattering(), a list of banks, or a list of such lists, "
                    f"got {shown(self.bank)}."
                )
            bank.check()
        if self.selection == "mrmr" and len(alternatives) > 1:
            raise ValueError('bank must be one bank or one list of banks with selection="mrmr"; "detach" can choose.')
        if check_number(self.frugality, "frugality") > MOST_FRUGAL:
            raise ValueError(f"frugality must be at most {MOST_FRUGAL}, got {shown(self.frugality)}: 1 is much.")
        check_bool(self.scale, "scale")
        check_choice(self.missing, "missing", MISSING)
        check_bool(self.screen_channels, "screen_channels")
        check_int(int(self.verbose) if isinstance(self.verbose, bool) else self.verbose, "verbose", 0)
        check_n_jobs(self.n_jobs)
        check_random_state(self.random_state)

    def _how_to_search(self, given: Given, agreed: Agreed) -> dict[str, Any]:
        """What the search is told beside the banks, the series and their classes."""
        return {
            "weights": given.weights,
            "values": given.values,
            "numbers": given.cases,
            "n_features": check_n_features(self.n_features, self.selection),
            "selection": self.selection,
            "screen_channels": bool(self.screen_channels),
            "search_candidates": None if self.search_candidates is None else int(self.search_candidates),
            "frugality": float(self.frugality),
            "scale": bool(self.scale),
            "missing": self.missing,
            "search_cases": None if self.search_cases is None else int(self.search_cases),
            "groups": agreed.groups,
            "cross_fit": self._cross_fit(given),
            "seed": agreed.seed,
            "crew": agreed.crew,
        }

    def _cross_fit(self, given: Given) -> CrossFit | None:
        """What the search fits on the features that are left when it leaves out cases; None where nobody asks."""
        if self.n_features != "auto":
            return None
        can_judge(given.codes, given.groups, needed=True)
        return CrossFit([RidgeHead()], given.groups, given.classes)

    def _alternatives(self) -> list[list[Bank]]:
        """The banks as a list of lists, unchecked."""
        bank: Any = self.bank
        if bank is None:
            if self.selection == "mrmr":
                return [[WaveletScattering()]]
            return default_banks(n_candidates(self.n_features, self.search_candidates))
        if isinstance(bank, list | tuple) and len(bank):  # an empty list is no bank, which `_check_parameters` says
            if all(isinstance(part, list | tuple) and len(part) for part in bank):
                return [list(part) for part in bank]
            return [list(bank)]
        return [[bank]]

    def _finish(self, found: Found, given: Given, agreed: Agreed) -> None:
        """Keep what the search has found, and how much each feature counts."""
        self.plan_, self.feature_scores_ = found.plan, found.scores
        n_classes = len(given.classes) if given.values is None else 0
        self.training_ = Training.of(agreed.panel.lengths, given.codes[: n_classes and None], n_classes)
        if found.path is not None:
            self.selection_path_, self.bank_errors_ = found.path, found.errors
            self.candidate_channels_ = found.screened.channels
            self.screening_, self.screening_errors_ = found.screened.verdicts, found.screened.errors
            self._weights = self.feature_scores_
            return
        n_classes = len(given.classes)
        explained = np.minimum(self.feature_scores_, 1e12) * (n_classes - 1)
        self._weights = explained / (explained + max(1, found.n_counted - n_classes))

    def _unfitted(self: Model) -> Model:
        """A copy for a fit to fill: without what an earlier one has left, its parameters cloned.

        What else a user or a subclass has set is there, and a generator is the same one, which goes on, as elsewhere in
        scikit-learn.
        """
        unfitted, left = object.__new__(type(self)), {*self._left_by_fit(), "_learnt"}
        unfitted.__dict__.update({name: value for name, value in vars(self).items() if name not in left})
        for name, value in self.get_params(deep=False).items():
            as_it_is = name in ("random_state", "channel_names")
            setattr(unfitted, name, value if as_it_is else clone(value, safe=False))
        return unfitted

    def _become(self: Model, fitted: Model) -> Model:
        """Take over what a fitted copy has learned: at the very end, so that an interrupted fit changes nothing."""
        left = self._left_by_fit()
        given = {name: value for name, value in vars(self).items() if name not in left}
        parameters = self.get_params(deep=False)
        learnt = {
            name: value
            for name, value in vars(fitted).items()
            if name not in parameters and (name not in given or given[name] is not value)
        }
        self.__dict__ = given | {"_learnt": sorted(learnt)} | learnt  # in one step, whoever looks or interrupts
        return self

    def _left_by_fit(self) -> set[str]:
        """The names of what a fit has left; after a `load`, all that can be such."""
        if not hasattr(self, "plan_"):
            return set()
        return {name for name in vars(self) if name in self.__dict__.get("_learnt", (name,)) and _is_state(name)}


def _is_state(name: str) -> bool:
    """Whether an attribute is what a fit leaves; others are parameters, or set by whoever uses the estimator."""
    return name in ("_fitted_2d", "_weights", "_learner") or (name.endswith("_") and not name.startswith("_"))
