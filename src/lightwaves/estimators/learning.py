"""What a model keeps to learn from new cases: sums over all that it has been given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ..containers.frames import check_order
from ..panel import Panel
from ..panel.panel import SomeCases
from ..parallel.threads import one_blas_thread
from ..plans import Plan
from ..plans.plan import features_of
from ..search.found import Found
from ..search.passes import BLOCK, Numbers
from ..selection.discriminant import Discriminant
from ..selection.sums import FARTHEST, Basis, Sums, n_targets
from ..validation import check_n_jobs, warn_caller
from .agreement import Agreed, Given
from .heads import for_others
from .judging import Judges, Lesson, fit_head
from .training import Training

if TYPE_CHECKING:  # scikit-learn's hides what it decorates from type checkers
    Method = TypeVar("Method")

    def available_if(check: Callable[[Any], bool]) -> Callable[[Method], Method]:
        """See scikit-learn."""
        raise NotImplementedError

else:
    from sklearn.utils.metaestimators import available_if as available_if

N_FOLDS = 5
LONGEST = 64  # cases of a class that come into one fold, one after the other
MANY_TIMES = 4  # cases that did not choose the features say more of scores than fewer that were left out
LARGE = 100.0  # times what the first cases had
FARTHEST_NUMBER = 1e4  # deviations: a number farther from the mean of the first cases would be too large for exact sums


class Learner:
    """Sums over all cases so far, fold by fold.

    Parameters
    ----------
    basis : Basis
    n_classes : int
        0 of numbers.
    numbers : Numbers, optional
        What is known of the first numbers of a regression.

    Attributes
    ----------
    sums : Sums
    n_seen : int64 (n_classes,), or (1,) of numbers
        How many cases of each class have come.
    first : int64, as n_seen
        How many came first.
    unit : float
        The mean weight of the first cases, in which all are counted.
    """

    first: NDArray[np.int64] | None = None

    def __init__(self, basis: Basis, n_classes: int, numbers: Numbers | None = None):
        self.basis, self.n_classes, self.numbers = basis, n_classes, numbers
        self.sums = Sums(N_FOLDS, basis.n_features, n_targets(n_classes))
        self.n_seen = np.zeros(max(n_classes, 1), np.int64)
        self.unit = 0.0

    @classmethod
    def of(cls, lesson: Lesson, head: Any) -> Learner:
        """What goes on from a fit, whose head was of this kind."""
        n_classes = 0 if lesson.numbers is not None else len(lesson.n_seen)
        if lesson.sums is None:
            own = cls(head.basis(lesson.rows, lesson.y, lesson.weights), n_classes, lesson.numbers)
            own.add_rows(iter([lesson.rows]), lesson.y, lesson.weights)
            return own
        assert lesson.basis is not None
        own = cls(lesson.basis, n_classes, lesson.numbers)
        own.sums, own.n_seen, own.first, own.unit = lesson.sums, lesson.n_seen, lesson.n_seen, lesson.unit
        return own

    def add(self, plan: Plan, panel: Panel, y: NDArray[Any], weights: NDArray[np.float64] | None, n_jobs: int) -> None:
        """Add cases with their classes, as 0, 1, ..., or with their numbers. After an error, none of them is added.

        Raises
        ------
        ValueError
            If a feature is not finite. If a number is too far from the first ones, or sums are too large to be exact.
        """
        blocks = (np.arange(first, min(first + BLOCK, panel.n_cases)) for first in range(0, panel.n_cases, BLOCK))
        rows = (features_of(plan, panel, cases=some, n_jobs=n_jobs) for some in blocks)
        n_before = int(self.n_seen.sum())
        n_far = self.add_rows(rows, y, weights)
        if self.numbers is not None:
            cases = panel.which if isinstance(panel, SomeCases) else np.arange(len(y))
            counted = np.ones(len(y)) if weights is None else weights / self.unit
            warn_of_far_target(self.numbers, y, counted, n_before, cases)
        if n_far:
            warn_caller(
                f"{n_far} of {len(y)} cases have features more than {FARTHEST:.0f} deviations away from those of the "
                "first cases. They are cut off there, and still outweigh the others. Check sensors and units: such "
                "cases can spoil the model. If all is right with them, the first cases were too few, or too much alike."
            )

    def add_rows(
        self, blocks: Iterator[NDArray[np.float32]], y: NDArray[Any], weights: NDArray[np.float64] | None
    ) -> int:
        """Add cases whose features, (n_features, n_cases_of_block), come block by block; says how many lie far off."""
        sums, n_seen = Sums(self.sums.n_folds, self.basis.n_features, self.sums.n_outputs), self.n_seen.copy()
        targets, codes = self._targets(y), y if self.n_classes else np.zeros(len(y), np.intp)
        begin, n_far, fold = 0, 0, fold_of(codes, n_seen, self.sums.n_folds)
        counted = np.ones(len(y)) if weights is None else weights
        unit = self.unit or float(counted.mean())
        with np.errstate(over="ignore"):  # sums with such weights are refused
            counted = counted / unit
        for rows in blocks:
            some = slice(begin, begin + rows.shape[1])
            roots = None if weights is None and unit == 1.0 else np.sqrt(counted[some])
            with np.errstate(over="ignore", invalid="ignore"):  # such sums are refused
                numbers = self.basis.numbers(rows, targets[some], self.n_classes, roots)
                sums.add(numbers, fold[some])
            n_far += np.count_nonzero(self.basis.cut_off(numbers, roots))
            begin = some.stop
        total = Sums(self.sums.n_folds, self.basis.n_features, self.sums.n_outputs)
        total.products = self.sums.products + sums.products
        try:
            total.check()
        except OverflowError:
            raise ValueError(self._too_much(targets, counted)) from None
        self.sums, self.n_seen, self.unit = total, n_seen, unit
        self.first = n_seen if self.first is None else self.first
        self.numbers = None if self.numbers is None else self.numbers.with_more(y)
        return n_far

    def _targets(self, y: NDArray[Any]) -> NDArray[Any]:
        """Classes as they are; numbers as they are added up.

        Raises
        ------
        ValueError
            If a number is too far from the first ones.
        """
        if self.numbers is None:
            return y
        standard = self.numbers.standard(y)
        for case in np.flatnonzero(np.abs(standard) > FARTHEST_NUMBER)[:1]:
            raise ValueError(
                f"y has the number {y[case]:g}, while the first cases are about {self.numbers.mean:.3g} +- "
                f"{self.numbers.deviation:.2g}: correct it, leave the case out, or fit a new model."
            )
        return standard

    def _too_much(self, targets: NDArray[Any], counted: NDArray[np.float64]) -> str:
        """Why sums are no longer exact."""
        if counted.max() > LARGE:
            why = f"a case has {counted.max():.3g} times the mean weight of the first cases"
        elif self.numbers is not None and np.abs(targets).max() > LARGE:
            why = f"y lies up to {np.abs(targets).max():.3g} deviations from the mean of the first cases"
        else:
            why = f"with these, there would be {self.n_seen.sum() + len(targets)} cases"
        return f"{why}, and sums would no longer be exact: fit a new model on all cases."

    @one_blas_thread()
    def taught(self, like: Any, classes: NDArray[Any] | None = None) -> Any:
        """A head like another one, fitted on all cases so far, but for its calibration."""
        head = clone(like) if classes is None else like._analysed_by(self._analysis(like, classes))
        head.fit_sums(self.sums, self.basis, classes if self.numbers is None else self.numbers)
        head.alpha_ *= self.unit
        return head

    def _analysis(self, like: Any, classes: NDArray[Any]) -> Discriminant | None:
        """That which the first cases have chosen for a head; None if these are few of all, or lack a class."""
        kept, first = like._kept, self.first
        few = first is None or self.n_seen.sum() >= MANY_TIMES * first.sum() or (self.n_seen[first == 0] > 0).any()
        return None if few or kept is None else kept.among(np.searchsorted(classes, like.classes_), len(classes))


def warn_of_far_target(
    numbers: Numbers, y: NDArray[Any], weights: NDArray[np.float64], n_before: int, cases: NDArray[np.intp]
) -> None:
    """Warn where a new number makes more than half of the variance of all that the model knows; `cases` says whose."""
    squares = weights * numbers.standard(y) ** 2
    far = int(squares.argmax())
    if squares[far] > max(LARGE, n_before + squares.sum() - squares[far]):
        warn_caller(
            f"y of case {cases[far]} is {y[far]:g}, while the first cases are about {numbers.mean:.3g} +- "
            f"{numbers.deviation:.2g}. This number alone counts more than all others: if it is a mistake, "
            "correct it, or leave it out."
        )


class LearnsMixin:
    """What a model with a head needs to fit it, and for its `partial_fit`.

    A subclass names the attribute that holds its head. It also names those attributes of the library's heads that hold
    the calibration.
    """

    _head: ClassVar[str]
    _calibration: ClassVar[tuple[str, ...]]

    plan_: Plan
    training_: Training
    missing: str
    honest: bool
    n_jobs: int | None
    _weights: NDArray[np.float64]
    _learner: Learner | Lesson | None

    def _learns(self) -> bool:
        """Whether the head can go on, as far as the parameters tell; by default, it can. If not, its error says so."""
        head = getattr(self, self._head.removesuffix("_"))
        return head is None or isinstance(head, str) or hasattr(head, "fit_sums") or bool(head.partial_fit)

    def _fit_head(self, head: Any, found: Found, given: Given, agreed: Agreed) -> Judges | None:
        """Fit a head on what the search has found, see `fit_head`, and keep it, and what it takes to go on."""
        title = f"fitting the {self._head.removesuffix('_')}"
        head, judges, lesson = fit_head(
            head, found, given, agreed, missing=self.missing, honest=bool(self.honest), title=title
        )
        setattr(self, self._head, head)
        if self._has_own_head():  # type: ignore[attr-defined]
            self._weights = head.importances_
        if lesson is not None and hasattr(head, "fit_sums") and agreed.crew.comm.size == 1:
            self._learner = lesson
        elif hasattr(head, "partial_fit"):  # a head of others, which has its own way
            self._learner = None
        return judges

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The accuracy of a classifier, or R2 of a regressor, on test cases.

        Parameters
        ----------
        X : as in `predict`
        y : array (n_cases,)
        sample_weight : array (n_cases,), optional
            How often each case counts.

        Returns
        -------
        float

        Raises
        ------
        ValueError
            If there are no cases, or y has no value for one. If y or sample_weight has an index that names the cases
            of a frame in another order.
        """
        if not np.asarray(y).size:
            raise ValueError("y has 0 sample(s): there is nothing to score; a minimum of 1 is required.")
        check_order(X, y=y, sample_weight=sample_weight)
        checked = self._targets(y, np.asarray(y).size)  # type: ignore[attr-defined]
        return super().score(X, checked, sample_weight)  # type: ignore[misc]

    def _refuse_to_go_on(self) -> None:
        """Raise a ValueError if the model is fitted; it keeps nothing to go on from."""
        if hasattr(self, "plan_"):
            raise ValueError(
                "this model was loaded from a file, or fitted by several ranks, and keeps no sums to add new cases to: "
                "fit it in one process, or begin with partial_fit."
            )

    def _go_on(
        self, panel: Panel, y: NDArray[Any], weights: NDArray[np.float64] | None, classes: NDArray[Any] | None = None
    ) -> None:
        """Learn from new cases: of classes, as 0, 1, ..., or numbers."""
        head, (panel, y, weights) = getattr(self, self._head), that_count(panel, y, weights)
        if not len(y):
            return
        if self._learner is None:
            rows = self.plan_.apply(panel, n_jobs=check_n_jobs(self.n_jobs))
            options = {} if weights is None else {"sample_weight": weights}
            head = deepcopy(head)  # other models may share it, and one that fails half-way must not stay
            head.partial_fit(for_others(rows), y if classes is None else classes[y], **options)
            counts = self.training_.class_counts
            if classes is not None:
                counts = counts + np.bincount(y, minlength=len(counts))
            training = self.training_.with_more(panel.lengths, self.training_.n_cases + len(y), counts)
            setattr(self, self._head, head)
            self.training_ = training
            return
        learner = deepcopy(self._learner)
        if not isinstance(learner, Learner):
            learner = Learner.of(learner, clone(head))
        self._teach(learner, panel, y, weights, classes)

    def _teach(
        self,
        learner: Learner,
        panel: Panel,
        y: NDArray[Any],
        weights: NDArray[np.float64] | None,
        classes: NDArray[Any] | None,
    ) -> None:
        """Add cases to the sums of a learner, and fit the head by them; its calibration stays."""
        learner.add(self.plan_, panel, y, weights, check_n_jobs(self.n_jobs))
        before = getattr(self, self._head)
        head = learner.taught(before, classes)
        for name in self._calibration:
            setattr(head, name, getattr(before, name))
        setattr(self, self._head, head)
        self._learner, self._weights = learner, head.importances_
        class_counts = learner.n_seen[: learner.n_classes]
        self.training_ = self.training_.with_more(panel.lengths, int(learner.n_seen.sum()), class_counts)


def that_count(
    panel: Panel, y: NDArray[Any], weights: NDArray[np.float64] | None
) -> tuple[Panel, NDArray[Any], NDArray[np.float64] | None]:
    """The cases that have some weight: the others are as if they were not there."""
    if weights is None or weights.all():
        return panel, y, weights
    some = np.flatnonzero(weights)
    return SomeCases(panel, some), y[some], weights[some]


def fold_of(codes: NDArray[np.intp], n_seen: NDArray[np.int64], n_folds: int = N_FOLDS) -> NDArray[np.intp]:
    """In which fold each new case comes, int (n_cases,); `n_seen` counts them.

    Cases of a class that follow each other stay together, first one by one, then in runs that double up to 64. So the
    fold of a case does not depend on what comes after it.
    """
    rank = np.empty(len(codes), np.int64)
    for k in np.unique(codes).tolist():
        members = np.flatnonzero(codes == k)
        rank[members] = n_seen[k] + np.arange(len(members))
        n_seen[k] += len(members)
    doubled = np.minimum(np.log2(rank / n_folds + 1).astype(np.int64), int(np.log2(LONGEST)))
    return ((rank - n_folds * (2**doubled - 1)) >> doubled) % n_folds
