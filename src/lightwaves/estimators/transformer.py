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
    shown,
)
from .agreement import Agreed, Given, Resources, agree, names_of_held
from .descriptions import OF_CASES, OF_FIT, SHARED
from .doubts import warn_of_classes, warn_of_labels_among
from .heads import for_others
from .ridge import RidgeHead
from .shards import shard_of, side_by_side
from .training import Training, warn_of_lengths
from .weights import Weighed, warn_of_far_number, warn_of_units, weighed

SELECTIONS = ("detach", "mrmr")
MOST_FRUGAL = 10  # the cost to the power of much more is no float64
Model = TypeVar("Model", bound="LightWaveS")


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
        fitted = self._unfitted()
        resources = Resources(SerialComm() if comm is None else check_comm(comm), channels, cases, checkpoint)
        look = fitted._check(X, y, sample_weight, groups, resources)
        with ExitStack() as at_end:
            given, agreed = agree(fitted, look, resources, at_end)
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
            small.candidate_channels_ = np.arange(len(kept), dtype=np.intp)
            small.screening_ = self.screening_[kept]
        return small

    def _check(self, X: Any, y: Any, sample_weight: Any, groups: Any, resources: Resources) -> Callable[[], Given]:
        """What checks all that this rank was given; where ranks hold own cases, these are put side by side first."""
        comm = resources.comm

        def read() -> Panel:
            self._check_parameters()
            resources.check(self.group_size)
            check_order(X, y=y, sample_weight=sample_weight, groups=groups)
            return self._read(X, resources)

        if resources.cases is None:
            return lambda: self._given(read(), y, sample_weight, groups, tells=comm.rank == 0)
        all_cases = side_by_side(comm, lambda: shard_of(X, read(), y, sample_weight, groups, self._targets))
        return partial(self._given, *all_cases, tells=comm.rank == 0)

    def _read(self, X: Any, resources: Resources) -> Panel:
        """The series, checked."""
        comm, channels = resources.comm, resources.channels
        if resources.cases is not None:
            return self._fit_panel(X, comm.rank, may_lack="cases", doubt=True)
        if channels is None:
            return self._fit_panel(X, comm.rank, share=(comm.rank, comm.size), doubt=True)
        names = names_of_held(self.channel_names, channels)
        called = tuple(map(str, channels))  # a rank counts its own from 0, but all are told of them
        panel = self._fit_panel(X, channel_names=names, may_lack="channels", called=called)
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
                warn_of_classes(counting.classes, len(counting.codes))
            else:
                warn_of_far_number(counting.values, counting.weights, counting.cases)
            if self._fitted_2d:
                warn_of_labels_among(panel, np.asarray(y))
        if counting.cases is not None:
            panel = panel.that_count(counting.cases)
            case_groups = None if case_groups is None else check_case_groups(case_groups[counting.cases], panel.n_cases)
        seed = generator(self.random_state).randint(2**31 - 1)
        return Given(**vars(counting), panel=panel, seed=seed, n_given=n_given, groups=case_groups)

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
        check_int(int(self.verbose) if isinstance(self.verbose, bool | np.bool_) else self.verbose, "verbose", 0)
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
