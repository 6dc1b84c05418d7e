"""The estimators: they validate, call and store."""

from __future__ import annotations

import os
import warnings
from copy import copy
from dataclasses import replace
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from .._version import __version__
from ..banks import Bank, WaveletScattering, default_banks
from ..banks.bank import generator
from ..panel import HeldChannels, Panel, names_of
from ..parallel.checkpoint import Checkpoint
from ..parallel.comm import Comm, SerialComm, agree, at_root, digest, exchange, together
from ..parallel.crew import Crew, groups_of, held_groups
from ..parallel.threads import spans_processes, threads_here, whereabouts
from ..search.search import SHORTLIST, n_candidates, search
from ..search.shares import digests, part_of, put_together
from ..selection.detachment import detach, survey
from ..selection.relevance import anova_f, best, class_starts, mrmr, spare_rows
from ..series import SeriesMixin
from ..validation import (
    check_bool,
    check_channels,
    check_choice,
    check_int,
    check_labels,
    check_n_features,
    check_n_jobs,
    check_number,
)
from .ridge import RidgeHead, winners

SELECTIONS = ("detach", "mrmr")


class LightWaveS(SeriesMixin, TransformerMixin, BaseEstimator):
    """The features of a bank that tell classes apart, a few hundred out of tens of thousands or millions.

    With detachment, a ridge is fitted on 10,000 candidates, the tenth with the smallest coefficients is dropped, and
    so on until n_features are left. With ``selection="mrmr"``, as in the paper, every candidate of
    `WaveletScattering` is scored by ANOVA; the best ``3 * n_features`` go through mRMR, which keeps n_features of
    them; that is the less accurate. Only the kept features are computed from then on. Banks draw kernels at random:
    give random_state for the same features again.

    Parameters
    ----------
    bank : bank, list of banks, or list of such lists, optional
        The candidates, such as ``MiniRocket()``. Those of the banks of a list compete. Of several lists, with
        detachment, the one is taken on whose candidates a ridge has the smallest leave-one-out error. By default,
        with detachment, the lists of `lightwaves.banks.default_banks`, and with mRMR ``WaveletScattering()``, as in
        the paper.
    n_features : int or "auto", default=500
        How many to keep. "auto", with detachment, keeps the smallest number, but at least 10, whose leave-one-out
        error is within one standard error of the best. That error is too small, since the features were chosen on the
        same cases.
    selection : {"detach", "mrmr"}, default="detach"
        How they are chosen: by dropping the smallest coefficients of a ridge, or, as in the paper, by relevance and
        redundancy.
    scale : bool, default=True
        Standardise each channel by its mean and standard deviation over training cases and time.
    search_cases : int, default=1500
        At most so many training cases, each class by its share, take part in the choice.
    screen_channels : bool, default=True
        With detachment, draw candidates only for channels that are not constant and, where there are more than nine,
        tell classes apart better than they tell shuffled classes apart; see `lightwaves.search.screening`.
    search_candidates : int, optional
        Draw so many candidates at random, equal numbers of each bank and evenly over its own order, which for banks
        of single channels means evenly over the channels; choose among those. By default
        mRMR looks at all candidates, and detachment, which holds its candidates in memory, at 10,000, or four times
        n_features, if that is more.
    group_size : int, optional
        Let a candidate read only channels of one group of so many neighbours. For training where each of several
        machines holds some of the channels; see docs/distributed.md. By default any channels, up to nine, are read
        together.
    frugality : float, default=0
        Above 0, cheap features are preferred: scores are compared after division by cost to this power. Cost is the
        number of multiply-adds of the feature's convolution, which with detachment is shared by the features that
        are read off it. Near 0 this decides between equals; at 1, half the cost makes up for half the score.
    channel_names : sequence of str, optional
        Names of the channels, for feature names, plots and reports.
    n_jobs : int, optional
        Threads, in joblib's convention. No result depends on it.
    random_state : int, RandomState or None, default=None
        Draws the cases of the search, where there are more than `search_cases`, the candidates, where they are
        drawn, what screening of channels draws, and what banks draw whose own random_state is None. None draws others
        each time, and leaves NumPy's global state alone.
    verbose : int, default=0
        1 prints what the search does.

    Attributes
    ----------
    plan_ : Plan
        The features; row j computes column j. A record that needs neither the estimator nor its training data.
    feature_scores_ : float64 (n_features_kept,)
        The F statistic of each feature, infinite for one that separates the classes perfectly; with detachment,
        its mean absolute coefficient in the last ridge, each class in units of the deviation of its targets.
    selection_path_ : structured array (n_rounds,)
        With detachment: the fields n_features, how many were left, and score, the accuracy of the ridge on them by
        leave-one-out, too high as the features were chosen on the same cases.
        `lightwaves.inspection.plots.plot_selection_path` draws it.
    candidate_channels_ : int (n_screened,)
        With detachment: the channels that candidates were drawn for, ascending.
    bank_errors_ : float64 (n_alternatives,)
        With detachment: the mean squared leave-one-out error of a ridge on all candidates, for each list of banks;
        the first of the smallest was taken.
    channels_ : int (n_channels_used,)
        The channels that are read, ascending.
    channel_importances_ : float64 (n_channels,)
        Each channel's share of the variance that the features explain, by ANOVA, or, with detachment, of their
        absolute coefficients; sums to 1. A feature that reads several channels counts for each in equal parts.
    n_channels_in_ : int
        The number of channels seen in `fit`.
    n_features_in_ : int
        The same, or the number of time points where `fit` got a 2D array.

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
        bank=None,
        n_features=500,
        selection="detach",
        scale=True,
        search_cases=1500,
        screen_channels=True,
        search_candidates=None,
        group_size=None,
        frugality=0.0,
        channel_names=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.bank = bank
        self.n_features = n_features
        self.selection = selection
        self.scale = scale
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

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        comm: Comm | None = None,
        channels: Any = None,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> LightWaveS:
        """Choose the features.

        Parameters
        ----------
        X : array, list or mapping
            (n_cases, n_channels, n_timepoints), or (n_cases, n_timepoints) for one channel, of any real dtype; a
            list of arrays (n_channels, n_timepoints_i) for unequal lengths; or a mapping from channel names to
            arrays (n_cases, n_timepoints).
        y : array (n_cases,)
            At least two classes.
        comm : communicator, optional
            Such as ``mpi4py.MPI.COMM_WORLD``: its ranks, all given the same arguments, share the search and
            end with the same model, which is also that of one process.
        channels : int array (n_mine,), optional
            Which channels X holds, ascending, where each rank is given some of them only: whole groups of
            ``group_size``; see `lightwaves.channels_of_rank`. The series stay where they are. X may then be an array
            of no channels.
        checkpoint : str or path, optional
            A folder for what the search has finished. A fit that was interrupted goes on from there, with any number
            of ranks; a folder of another search is refused. It is not deleted at the end.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a parameter, X or y is not as described; the message says what was seen. If ranks were given
            different things, on all of them.
        RuntimeError
            If another rank failed; the message names it, and its error.

        Warns
        -----
        UserWarning
            If the bank has fewer candidates than n_features; all are kept. If a file of the checkpoint is damaged.
        """
        return self._fit(X, y, SerialComm() if comm is None else comm, channels, checkpoint)

    def fit_transform(
        self,
        X: Any,
        y: Any = None,
        *,
        comm: Comm | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> NDArray[np.float32]:
        """Choose the features and compute them; see `fit` and `transform`."""
        return self.fit(X, y, comm=comm, checkpoint=checkpoint).transform(X)

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute the chosen features.

        Parameters
        ----------
        X : as in `fit`, with the same channels; the lengths may differ

        Returns
        -------
        float32 (n_cases, n_features_kept)
            Column j is row j of `plan_`.
        """
        return self.plan_.apply(self._next_panel(X), n_jobs=check_n_jobs(self.n_jobs))

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
        return sums / sums.sum() if sums.sum() > 0 else np.full(len(sums), 1.0 / len(sums))

    def narrowed(self) -> Any:
        """The same model for series that hold only the channels which are kept.

        Returns
        -------
        LightWaveS or LightWaveSClassifier
            Fitted. It takes what this one takes as ``X[:, model.channels_]``, and gives the same results, to the bit.
            Its channels keep their names, ``ch0``, ``ch1``, ... where there are none.

        Examples
        --------
        >>> from lightwaves import LightWaveSClassifier, load_basic_motions
        >>> X, y = load_basic_motions()
        >>> model = LightWaveSClassifier(n_features=5, random_state=0).fit(X, y)
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
        return small

    def _fit(self, X: Any, y: Any, comm: Comm, channels: Any, checkpoint: str | os.PathLike[str] | None) -> LightWaveS:
        """Fit a clone and take over its state at the very end, so that an interrupted fit changes nothing."""
        fitted = clone(self)
        panels: list[Panel] = []

        def look() -> dict[str, Any]:
            panels.append(fitted._prepare(X, y, comm, channels, checkpoint))
            return fitted._facts(panels[0], comm, channels, checkpoint)

        everybody = exchange(comm, look)
        types = [facts["same"].get("dtype") for facts in everybody]
        for facts in everybody:  # that of a rank without channels does not matter
            if "dtype" in facts["same"] and facts["same"]["dtype"] is None:
                facts["same"]["dtype"] = next(filter(None, types), None)
        agree([facts["same"] for facts in everybody])
        panel, groups, held = fitted._placed(panels[0], channels, everybody)
        crew = Crew(comm, fitted._n_threads(everybody, comm), None if held is None else held[comm.rank])
        seed = everybody[0]["seed"]
        if checkpoint is not None:
            folder = Checkpoint(checkpoint)

            def begin(of_ranks: list[Any]) -> int:
                data = digest(repr(sorted(part for of_rank in of_ranks for part in of_rank)))
                facts = everybody[0]["same"] | {"data": data}
                return folder.begin(facts, everybody[0]["seed"], self.random_state is not None)

            seed = at_root(comm, lambda: digests(panel, groups, crew), begin)
            together(comm, folder.check)
            crew = replace(crew, checkpoint=folder)
        found = search(
            fitted._alternatives(),
            panel,
            fitted._codes,
            n_features=check_n_features(self.n_features, self.selection),
            selection=self.selection,
            screen_channels=bool(self.screen_channels),
            search_candidates=self.search_candidates,
            frugality=float(self.frugality),
            scale=bool(self.scale),
            search_cases=int(self.search_cases),
            groups=groups,
            seed=seed,
            crew=crew,
            verbose=int(self.verbose),
        )
        fitted.plan_, fitted.feature_scores_ = found.plan, found.scores
        if found.path is not None:
            fitted.selection_path_, fitted.bank_errors_ = found.path, found.errors
            fitted.candidate_channels_ = found.channels
        fitted._finish(panel, crew)
        del fitted._codes
        for name in [name for name in vars(self) if _is_state(name)]:
            delattr(self, name)
        self.__dict__.update({name: value for name, value in vars(fitted).items() if _is_state(name)})
        return self

    def _prepare(self, X: Any, y: Any, comm: Comm, channels: Any, checkpoint: Any) -> Panel:
        """Every check, before any work."""
        check_choice(self.selection, "selection", SELECTIONS)
        check_n_features(self.n_features, self.selection)
        if self.search_candidates is not None:
            check_int(self.search_candidates, "search_candidates", 1)
        if self.group_size is not None:
            check_int(self.group_size, "group_size", 1)
        alternatives = self._alternatives()
        for bank in [bank for banks in alternatives for bank in banks]:
            if isinstance(bank, type) or not hasattr(bank, "candidates"):
                raise TypeError(
                    "bank must be None, a bank such as WaveletScattering(), a list of banks, or a list of such lists, "
                    f"got {self.bank!r}."
                )
            bank.check()
        if self.selection == "mrmr" and len(alternatives) > 1:
            raise ValueError('bank must be one bank or one list of banks with selection="mrmr"; "detach" can choose.')
        check_number(self.frugality, "frugality", 0)
        check_bool(self.scale, "scale")
        check_bool(self.screen_channels, "screen_channels")
        check_int(self.search_cases, "search_cases", 2)
        check_int(self.verbose, "verbose", 0)
        check_n_jobs(self.n_jobs)
        check_random_state(self.random_state)
        if checkpoint is not None and not isinstance(checkpoint, str | os.PathLike):
            raise TypeError(f"checkpoint must be the path of a folder, got {checkpoint!r}.")
        if comm.size > 1 and spans_processes():
            raise ValueError(
                "comm and a joblib backend of other processes cannot share one search: leave out comm, or the backend."
            )
        if channels is None:
            panel = self._fit_panel(X, share=(comm.rank, comm.size))
        else:
            if self.group_size is None:
                raise ValueError(
                    "channels needs group_size, so that candidates are drawn within groups of channels, which ranks "
                    "hold whole: say for example LightWaveSClassifier(group_size=64)."
                )
            check_channels(channels)
            names = self.channel_names  # of all channels, not only of those here
            if names is not None:
                names_of(names, len(names) if hasattr(names, "__len__") else 0)
                too_few = len(channels) and channels[-1] >= len(names)  # as all ranks will find
                self.channel_names = None if too_few else [names[c] for c in channels]
            panel = self._fit_panel(X, may_be_empty=True)
            self.channel_names = names
            if len(channels) != panel.n_channels:
                raise ValueError(f"channels names {len(channels)} channels, but X holds {panel.n_channels}.")
        self._classes, self._codes = check_labels(y, panel.n_cases)
        return panel

    def _facts(self, panel: Panel, comm: Comm, channels: Any, checkpoint: Any) -> dict[str, Any]:
        """What ranks tell each other before they begin: what must be the same, and what need not be."""
        facts: dict[str, Any] = {"seed": generator(self.random_state).randint(2**31 - 1), "same": {}}
        if channels is not None:
            facts |= {"channels": np.asarray(channels, np.intp), "names": panel.channel_names}
        if comm.size == 1 and checkpoint is None:
            return facts
        facts["whereabouts"] = whereabouts()
        same = facts["same"]
        same["estimator"] = type(self).__name__
        same["version"] = __version__
        same["use of channels"] = channels is not None
        same["use of checkpoint"] = checkpoint is not None
        same["shape"] = [panel.n_cases, *([panel.n_channels] if channels is None else []), panel.n_timepoints]
        same["dtype"] = str(panel.values.dtype) if panel.n_channels else None
        same["lengths"] = digest(panel.lengths)
        same["classes"] = [str(label) for label in self._classes]
        same["y"] = digest(self._codes)
        if channels is None and comm.size > 1:  # of one that reads all of X, ranks would have no gain
            first = panel.take(slice(None), np.array([0])), panel.take(slice(0, 1), np.arange(panel.n_channels))
            same["data"] = digest(*first)
        for name, value in self.get_params(deep=False).items():
            if name in ("bank", "classifier"):  # a repr would not do: that of a generator says where it lies in memory
                same[name] = joblib.hash(value)
            elif name not in ("n_jobs", "random_state", "verbose"):
                same[name] = value.item() if isinstance(value, np.generic) else value
        if self.channel_names is not None:
            same["channel_names"] = digest(repr(list(self.channel_names)))
        return facts

    def _placed(
        self, panel: Panel, channels: Any, everybody: list[dict[str, Any]]
    ) -> tuple[Panel, list[NDArray[np.intp]], list[NDArray[np.intp]] | None]:
        """The panel in the numbers of all channels, their groups, and those that each rank holds."""
        if channels is None:
            return panel, groups_of(panel.n_channels, self.group_size), None
        of_ranks = [facts["channels"] for facts in everybody]
        groups, held = held_groups(of_ranks, int(self.group_size))
        n_channels = sum(map(len, of_ranks))
        names = {
            channel: name
            for facts in everybody
            for channel, name in zip(facts["channels"].tolist(), facts["names"] or (), strict=False)
        }
        of_mappings = [names[c] for c in range(n_channels)] if len(names) == n_channels else None
        self.channel_names_ = names_of(of_mappings if self.channel_names is None else self.channel_names, n_channels)
        self.n_channels_in_ = self.n_features_in_ = n_channels
        self._fitted_2d = False
        return HeldChannels(panel, np.asarray(channels, np.intp), n_channels, self.channel_names_), groups, held

    def _n_threads(self, everybody: list[dict[str, Any]], comm: Comm) -> int:
        """Of this rank."""
        if comm.size == 1:
            return check_n_jobs(self.n_jobs)
        return threads_here(self.n_jobs, [facts["whereabouts"] for facts in everybody], comm.rank)

    def _alternatives(self) -> list[list[Bank]]:
        """The banks as a list of lists, unchecked."""
        bank = self.bank
        if bank is None:
            if self.selection == "mrmr":
                return [[WaveletScattering()]]
            return default_banks(n_candidates(self.n_features, self.search_candidates))
        if isinstance(bank, list | tuple) and len(bank):  # an empty list is no bank, which `_prepare` says
            if all(isinstance(part, list | tuple) and len(part) for part in bank):
                return [list(part) for part in bank]
            return [list(bank)]
        return [[bank]]

    def _finish(self, panel: Panel, crew: Crew) -> None:
        """What follows the search: here, how much each feature counts."""
        if self.selection == "detach":
            self._weights = self.feature_scores_
            return
        n_cases, n_classes = min(panel.n_cases, int(self.search_cases)), len(self._classes)
        explained = np.minimum(self.feature_scores_, 1e12) * (n_classes - 1)
        self._weights = explained / (explained + max(1, n_cases - n_classes))


def _is_state(name: str) -> bool:
    """Whether an attribute is what a fit leaves; others are parameters, or set by whoever uses the estimator."""
    return name in ("_classes", "_fitted_2d", "_weights") or (name.endswith("_") and not name.startswith("_"))


class LightWaveSClassifier(ClassifierMixin, LightWaveS):
    """LightWaveS with a classifier on its features: the library's main estimator.

    As it stands it is the most accurate configuration known with 500 features. With 100 it is several times cheaper to
    run and a little less accurate, with 1,500 the other way round; docs/guide.md has the figures.
    ``selection="mrmr"`` is the classifier of the paper [1]_.

    Parameters
    ----------
    bank : bank, list of banks, or list of such lists, optional
        The candidates, such as ``MiniRocket()``. Those of the banks of a list compete. Of several lists, with
        detachment, the one is taken on whose candidates a ridge has the smallest leave-one-out error. By default,
        with detachment, the lists of `lightwaves.banks.default_banks`, and with mRMR ``WaveletScattering()``, as in
        the paper.
    n_features : int or "auto", default=500
        How many to keep. "auto", with detachment, keeps the smallest number, but at least 10, whose leave-one-out
        error is within one standard error of the best. That error is too small, since the features were chosen on the
        same cases.
    selection : {"detach", "mrmr"}, default="detach"
        How they are chosen: by dropping the smallest coefficients of a ridge, or, as in the paper, by relevance and
        redundancy.
    scale : bool, default=True
        Standardise each channel by its mean and standard deviation over training cases and time.
    search_cases : int, default=1500
        At most so many training cases, each class by its share, take part in the choice. The classifier is
        fitted on all.
    screen_channels : bool, default=True
        With detachment, draw candidates only for channels that are not constant and, where there are more than nine,
        tell classes apart better than they tell shuffled classes apart; see `lightwaves.search.screening`.
    search_candidates : int, optional
        Draw so many candidates at random, equal numbers of each bank and evenly over its own order, which for banks
        of single channels means evenly over the channels; choose among those. By default
        mRMR looks at all candidates, and detachment, which holds its candidates in memory, at 10,000, or four times
        n_features, if that is more.
    group_size : int, optional
        Let a candidate read only channels of one group of so many neighbours. For training where each of several
        machines holds some of the channels; see docs/distributed.md. By default any channels, up to nine, are read
        together.
    frugality : float, default=0
        Above 0, cheap features are preferred: scores are compared after division by cost to this power. Cost is the
        number of multiply-adds of the feature's convolution, which with detachment is shared by the features that
        are read off it. Near 0 this decides between equals; at 1, half the cost makes up for half the score.
    classifier : scikit-learn classifier, optional
        Fitted on the features; `lightwaves.estimators.ridge.RidgeHead`, the paper's ridge, by default.
    channel_names : sequence of str, optional
        Names of the channels, for feature names, plots and reports.
    n_jobs : int, optional
        Threads, in joblib's convention. No result depends on it.
    random_state : int, RandomState or None, default=None
        Draws the cases of the search, where there are more than `search_cases`, the candidates, where they are
        drawn, what screening of channels draws, and what banks draw whose own random_state is None. None draws others
        each time, and leaves NumPy's global state alone.
    verbose : int, default=0
        1 prints what the search does.

    Attributes
    ----------
    plan_ : Plan
        The features; row j computes column j.
    classifier_ : classifier
        The fitted head.
    classes_ : array (n_classes,)
    feature_scores_ : float64 (n_features_kept,)
        The F statistic of each feature, infinite for one that separates the classes perfectly; with detachment,
        its mean absolute coefficient in the last ridge, each class in units of the deviation of its targets.
    selection_path_ : structured array (n_rounds,)
        With detachment: the fields n_features, how many were left, and score, the accuracy of the ridge on them by
        leave-one-out, too high as the features were chosen on the same cases.
        `lightwaves.inspection.plots.plot_selection_path` draws it.
    candidate_channels_ : int (n_screened,)
        With detachment: the channels that candidates were drawn for, ascending.
    bank_errors_ : float64 (n_alternatives,)
        With detachment: the mean squared leave-one-out error of a ridge on all candidates, for each list of banks;
        the first of the smallest was taken.
    channels_ : int (n_channels_used,)
        The channels that are read, ascending.
    channel_importances_ : float64 (n_channels,)
        Each channel's share; sums to 1. With the ridge head, of the absolute coefficients at unit variance;
        with another, as in `LightWaveS`.
    n_channels_in_ : int
        The number of channels seen in `fit`.
    n_features_in_ : int
        The same, or the number of time points where `fit` got a 2D array.

    Notes
    -----
    `predict_proba` is calibrated by temperature scaling on leave-one-out scores; see
    `lightwaves.estimators.ridge.RidgeHead`. With another head, it exists where that head has it.

    References
    ----------
    .. [1] L. Pantiskas, K. Verstoep, M. Hoogendoorn, H. Bal, "Taking ROCKET on an Efficiency Mission:
       Multivariate Time Series Classification with LightWaveS", 2022, arXiv:2204.01379.

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> X, y = load_basic_motions("train")
    >>> classifier = LightWaveSClassifier(n_features=100).fit(X, y)
    >>> X_test, y_test = load_basic_motions("test")
    >>> float(classifier.score(X_test, y_test)) > 0.9
    True
    """

    def __init__(
        self,
        bank=None,
        n_features=500,
        selection="detach",
        scale=True,
        search_cases=1500,
        screen_channels=True,
        search_candidates=None,
        group_size=None,
        frugality=0.0,
        classifier=None,
        channel_names=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            bank=bank,
            n_features=n_features,
            selection=selection,
            scale=scale,
            search_cases=search_cases,
            screen_channels=screen_channels,
            search_candidates=search_candidates,
            group_size=group_size,
            frugality=frugality,
            channel_names=channel_names,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        self.classifier = classifier

    def predict(self, X: Any) -> NDArray[Any]:
        """The most likely class of each case.

        Parameters
        ----------
        X : as in `fit`, with the same channels; the lengths may differ

        Returns
        -------
        array (n_cases,)
        """
        if self._has_ridge():
            return self.classes_[winners(self.decision_function(X))]
        return self.classifier_.predict(self.transform(X))

    def predict_one(self, x: NDArray[np.float32]) -> Any:
        """The most likely class of one case by the shortest way: for loops over a stream.

        The same result as `predict`, without its checks: a wrong shape fails somewhere below or, with more
        channels than in `fit`, not at all.

        Parameters
        ----------
        x : float32 (n_channels, n_timepoints), finite

        Returns
        -------
        label
        """
        features = self.plan_.apply_one(x)
        if self._has_ridge():
            return self.classes_[winners(self.classifier_.scores(features[:, np.newaxis], 1))[0]]
        return self.classifier_.predict(features[np.newaxis])[0]

    @available_if(lambda self: self._head_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """The head's score of each class.

        Parameters
        ----------
        X : as in `predict`

        Returns
        -------
        float64 (n_cases,) for two classes, else (n_cases, n_classes)
        """
        panel = self._next_panel(X)
        n_jobs = check_n_jobs(self.n_jobs)
        if self._has_ridge():
            return self.classifier_.scores(self.plan_.rows(panel, n_jobs=n_jobs), panel.n_cases)
        return self.classifier_.decision_function(self.plan_.apply(panel, n_jobs=n_jobs))

    @available_if(lambda self: self._head_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The probability of each class, calibrated with the ridge head; see Notes.

        Parameters
        ----------
        X : as in `predict`

        Returns
        -------
        float64 (n_cases, n_classes)
            Columns in the order of `classes_`.
        """
        if self._has_ridge():
            return self.classifier_.probabilities(self.decision_function(X))
        return self.classifier_.predict_proba(self.transform(X))

    def _head_has(self, method: str) -> bool:
        head = getattr(self, "classifier_", self.classifier)
        return head is None or hasattr(head, method)

    def _has_ridge(self) -> bool:
        check_is_fitted(self)
        return type(self.classifier_) is RidgeHead

    def _prepare(self, X: Any, y: Any, comm: Comm, channels: Any, checkpoint: Any) -> Panel:
        if self.classifier is not None and not (
            hasattr(self.classifier, "fit") and hasattr(self.classifier, "predict")
        ):
            raise TypeError(f"classifier must be None or a scikit-learn classifier, got {self.classifier!r}.")
        return super()._prepare(X, y, comm, channels, checkpoint)

    def _finish(self, panel: Panel, crew: Crew) -> None:
        super()._finish(panel, crew)
        self.classes_ = self._classes

        def fit_head(parts: list[Any]) -> Any:
            head = RidgeHead() if self.classifier is None else clone(self.classifier)
            return head.fit(put_together(parts, crew).T, self.classes_[self._codes])

        self.classifier_ = at_root(crew.comm, lambda: part_of(self.plan_, panel, crew), fit_head)
        if type(self.classifier_) is RidgeHead:
            self._weights = self.classifier_.importances_


class FeatureSelector(SelectorMixin, BaseEstimator):
    """The choice of `LightWaveS` on any feature matrix: ANOVA, then mRMR, or detachment.

    mRMR is the default here, as it needs nothing but a few sums over many cases; detachment is the more accurate.

    Parameters
    ----------
    n_features : int or "auto", default=500
        How many features to keep. "auto", with detachment, keeps the smallest number, but at least 10, whose
        leave-one-out error is within one standard error of the best. That error is too small, since the features were
        chosen on the same cases.
    n_candidates : int, optional
        How many of the features with the largest F to choose from; by default ``3 * n_features`` with mRMR, all
        with detachment.
    method : {"mrmr", "detach"}, default="mrmr"
        How features are chosen: by relevance and redundancy, or by dropping the smallest coefficients of a ridge.

    Attributes
    ----------
    scores_ : float64 (n_features_in_,)
        The F statistic of each feature.
    ranking_ : int64 (n_kept,)
        The kept features, with mRMR in the order in which they were chosen, with detachment by the size of their
        coefficients.
    selection_path_ : structured array (n_rounds,)
        With detachment: the fields n_features, how many were left, and score, the accuracy of the ridge on them by
        leave-one-out.
    classes_ : array (n_classes,)
    n_features_in_ : int

    See Also
    --------
    LightWaveS : The same choice among the features of a bank.

    References
    ----------
    .. [1] G. Uribarri, F. Barone, A. Ansuini, E. Fransén, "Detach-ROCKET: Sequential feature selection for time
       series classification with random convolutional kernels", 2023, arXiv:2309.14518.

    Examples
    --------
    >>> import numpy as np
    >>> from lightwaves import FeatureSelector
    >>> Z = np.random.default_rng(0).standard_normal((60, 30))
    >>> FeatureSelector(n_features=5).fit(Z, Z[:, 3] > 0).ranking_[0].item()
    3
    """

    def __init__(self, n_features=500, n_candidates=None, method="mrmr"):
        self.n_features = n_features
        self.n_candidates = n_candidates
        self.method = method

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def fit(self, X: Any, y: Any) -> FeatureSelector:
        """Choose the features.

        Parameters
        ----------
        X : array (n_cases, n_features_in)
        y : array (n_cases,)
            At least two classes.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a parameter, X or y is not as described.

        Warns
        -----
        UserWarning
            If X has fewer columns than n_features; all are kept.
        """
        check_choice(self.method, "method", SELECTIONS)
        n_features = check_n_features(self.n_features, self.method, "method")
        n_least = 1 if n_features == "auto" else int(n_features)
        if self.n_candidates is not None:
            check_int(self.n_candidates, "n_candidates", n_least)
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        classes, codes = check_labels(y, len(X))

        order, starts = class_starts(codes)
        mean, deviation = X.mean(axis=0), X.std(axis=0)
        deviation[deviation <= 1e-9 * np.abs(mean)] = np.inf  # a constant column's deviation is rounding noise
        rows = spare_rows(X.shape[1], len(X))  # F, r and ridge are blind to shift and scale, float32 is not
        for j in range(X.shape[1]):
            rows[j, : len(X)] = ((X[:, j] - mean[j]) / deviation[j])[order]
        scores = anova_f(rows, starts)
        n_best = self.n_candidates or (SHORTLIST * n_least if self.method == "mrmr" else len(scores))
        shortlist = best(scores, np.arange(len(scores)), n_best)
        if len(shortlist) < n_least:
            warnings.warn(f"n_features={n_features}, but X has only {len(shortlist)}; all are kept.", stacklevel=2)
        if self.method == "mrmr":
            self.__dict__.pop("selection_path_", None)  # of an earlier fit
            chosen = mrmr(rows[[*shortlist, -1]], len(X), scores[shortlist], min(n_least, len(shortlist)))
        else:
            if len(shortlist) < len(scores):
                shortlist = np.sort(shortlist)
                rows = rows[[*shortlist, -1]]
            else:
                shortlist = np.arange(len(scores))
            left = detach(survey(rows, len(X), codes[order]), n_features)
            chosen = left.chosen[np.argsort(-left.importances, kind="stable")]
            self.selection_path_ = left.path
        self.ranking_ = shortlist[chosen]
        self.classes_ = classes
        self.scores_ = scores
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        mask = np.zeros(len(self.scores_), dtype=bool)
        mask[self.ranking_] = True
        return mask
