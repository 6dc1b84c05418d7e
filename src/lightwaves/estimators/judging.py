"""How estimators fit their heads, and which cases judge them: such as the search has not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ..panel import Panel
from ..parallel.comm import bcast, gather_and_bcast
from ..parallel.crew import Crew
from ..parallel.threads import one_blas_thread
from ..plans import Plan
from ..search.folds import folds_of, knows_all
from ..search.found import Found
from ..search.passes import BLOCK, AddUp, Cases, Numbers, added_up, rows_of
from ..search.roles import draw_cases
from ..search.shares import part_of, put_together
from ..selection.products import some_of
from ..selection.sums import Basis, Sums, n_targets
from .agreement import Agreed, Given
from .heads import for_others

MANY = 2000  # cases: of so many, a head of the library is fitted by sums
MANY_UNSEEN = 500  # cases that the search has not seen, and that can judge in place of cross-fitting
MOST_KEPT, MOST_JUDGING = 5000, 10_000  # cases whose features are in memory together: to calibrate, and to judge
N_BASIS = 1500  # cases that show what sums shall be of


@dataclass(frozen=True)
class Judges:
    """Cases that the search has not seen, and what is said of them.

    Attributes
    ----------
    cases : int (n_judging,)
        Which of the cases that count these are.
    scores, chances : float64 (n_judging, n_classes), or (n_judging, 1) of numbers
        See `lightwaves.search.cross_fitting.CrossFitted`.
    knew : bool (n_judging,)
        Whether whoever said it knew all classes.
    """

    cases: NDArray[np.intp]
    scores: NDArray[np.float64]
    chances: NDArray[np.float64]
    knew: NDArray[np.bool_]

    @classmethod
    def of(cls, cases: NDArray[np.intp], scores: NDArray[np.float64]) -> Judges:
        """Those of models that know all classes."""
        return cls(cases, scores, np.full_like(scores, np.nan), np.ones(len(cases), bool))

    def only(self, some: NDArray[np.bool_]) -> Judges:
        """Some of them."""
        return Judges(self.cases[some], self.scores[some], self.chances[some], self.knew[some])

    def counted(self, given: Given) -> tuple[NDArray[Any], NDArray[np.float64] | None, NDArray[np.intp] | None]:
        """Their classes or numbers, weights and groups."""
        return given.y[self.cases], some_of(given.weights, self.cases), some_of(given.groups, self.cases)

    def among_all(self, values: NDArray[np.float64], given: Given) -> NDArray[np.float64]:
        """Values of theirs, (n_judging, ...), at the places of the cases as they were given; NaN elsewhere."""
        placed = np.full((given.n_given, *values.shape[1:]), np.nan)
        placed[self.cases if given.cases is None else given.cases[self.cases]] = values
        return placed


@dataclass(frozen=True)
class Lesson:
    """What a head of the library has been fitted on, from which it can go on.

    Attributes
    ----------
    rows : float32 (n_features, n_kept)
        Features of the cases; of none where there are sums.
    y : int or float64 (n_kept,)
        Theirs.
    weights : float64 (n_kept,), or None
    n_seen : int64 (n_classes,), or (1,) of numbers
        How many cases of each class it was.
    unit : float
        Their mean weight.
    numbers : Numbers, or None
        Of a regression.
    basis, sums : Basis and Sums, or None
        Over all cases.
    """

    rows: NDArray[np.float32]
    y: NDArray[Any]
    weights: NDArray[np.float64] | None
    n_seen: NDArray[np.int64]
    unit: float
    numbers: Numbers | None
    basis: Basis | None = None
    sums: Sums | None = None

    @classmethod
    def of(
        cls, given: Given, rows: NDArray[np.float32], basis: Basis | None = None, sums: Sums | None = None
    ) -> Lesson:
        """A fit on all that was given, as features, (n_features, n_cases), or as sums and features of no case."""
        numbers, n_seen = None, np.bincount(given.codes, minlength=len(given.classes))
        if given.values is not None:
            numbers, n_seen = Numbers.of(given.values, given.weights), np.array([given.n_counting])
        unit = 1.0 if given.weights is None else float(given.weights.mean())
        kept = np.arange(rows.shape[1])
        return cls(rows, given.y[kept], some_of(given.weights, kept), n_seen, unit, numbers, basis, sums)


def fit_head(
    head: Any, found: Found, given: Given, agreed: Agreed, *, missing: str, honest: bool, title: str
) -> tuple[Any, Judges | None, Lesson | None]:
    """Fit a head on the features of all cases, which ranks share.

    Parameters
    ----------
    head : scikit-learn estimator
        Not fitted yet. One of the library's own is calibrated by cases that it has not seen itself.
    found, given, agreed : what the search has found, and what it began with
    missing : {"error", "interpolate", "zero"}
    honest : bool
        Whether cases that the search has not seen judge the head. If the search was repeated without some folds, these
        folds judge instead: neighbours are left out together there.
    title : str
        The name of this stage in the progress messages.

    Returns
    -------
    head : the same, fitted
    judges : Judges, or None
        Where any case was judged by a model whose search has not seen it.
    lesson : Lesson, or None
        Of a head of the library, on the first rank.
    """
    plan, crew = found.plan, agreed.crew
    panel = agreed.panel.filled(missing, plan.shift)
    unseen = found.roles.unseen(given.n_counting)
    if found.judged is not None or not honest or len(unseen) < MANY_UNSEEN or given.groups is not None:
        unseen = unseen[:0]
    if hasattr(head, "fit_sums") and given.n_counting >= MANY:
        head, judges, lesson = by_sums(head, plan, panel, found, unseen, given, crew, title)
    else:
        with crew.progress.stage(title):
            head, judges, lesson = at_once(head, plan, panel, unseen, given, crew)
    if found.without:
        judges = by_folds(head, found.without, panel, given, crew)
    elif judges is None and found.judged is not None:
        judges = Judges(found.judged.cases, found.judged.scores, found.judged.chances, found.judged.knew)
    return head, judges, lesson


def folds_for(given: Given, heads: list[Any]) -> NDArray[np.intp] | None:
    """In which fold each case is, where heads judge by many more cases than the search looks at; else None."""
    if given.n_counting < MANY or not all(hasattr(head, "fit_sums") for head in heads):
        return None
    return judged_folds(given)


def judged_folds(given: Given) -> NDArray[np.intp]:
    """In which fold of those that are left out each case is, int (n_cases,); -1 in those that are not.

    Of many cases two fifths are enough, from between the others. Of groups, which are fewer, all are left out once.
    """
    fold = given.fold
    return fold if given.groups is not None else np.select([fold == 1, fold == 3], [0, 1], -1)


def folds_that_know(given: Given) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """In which fold each case is, and whether those beside it are of all classes, so that it can calibrate.

    A class that only one group has is unknown where that is left out. If fewer than two classes are left, groups do
    not count.
    """
    if given.groups is None:
        return given.fold, np.ones(given.n_counting, bool)
    knew = knows_all(given.y, given.fold)
    if given.values is None and len(np.unique(given.codes[knew])) < 2:
        return folds_of(given.y, np.arange(given.n_counting)), np.ones(given.n_counting, bool)
    return given.fold, knew


def at_once(
    head: Any, plan: Plan, panel: Panel, unseen: NDArray[np.intp], given: Given, crew: Crew
) -> tuple[Any, Judges | None, Lesson | None]:
    """Fit a head on all features in memory; one of the library's own judges unseen cases by leaving out each."""
    labels = given.classes[given.codes] if given.values is None else given.values
    options = {} if given.weights is None else {"sample_weight": given.weights}
    lessons: list[Lesson | None] = [None]

    def fit(parts: list[Any]) -> tuple[Any, Judges | None]:
        features = put_together(parts, crew).T
        if not hasattr(head, "fit_left_out"):
            return head.fit(for_others(features), labels, **options), None
        left_out = head.fit_left_out(features, labels, **options)
        head.calibrate(left_out, given.y, given.weights)
        lessons[0] = Lesson.of(given, np.ascontiguousarray(features.T))
        return head, Judges.of(unseen, left_out[unseen]) if len(unseen) else None

    return *gather_and_bcast(crew.comm, lambda: part_of(plan, panel, crew), fit), lessons[0]


def by_sums(
    head: Any, plan: Plan, panel: Panel, found: Found, unseen: NDArray[np.intp], given: Given, crew: Crew, title: str
) -> tuple[Any, Judges | None, Lesson | None]:
    """Fit a head of the library by one pass over the cases.

    Some cases, unseen ones if there are any, are judged by ridges without the fold that they are in. They calibrate.

    Returns
    -------
    head : the same, fitted and calibrated
    judges : Judges, or None
        Some of the unseen cases.
    lesson : Lesson, or None
        On the first rank.
    """
    first, everyone = found.roles.first, np.arange(given.n_counting)
    if len(first) < N_BASIS:  # as `search_cases` may ask for: the head is to know more
        first = draw_cases(given.codes, N_BASIS, np.random.RandomState(0))
    fold, knew = folds_that_know(given)
    among = unseen if len(unseen) else np.flatnonzero(knew)
    judging = among[draw_cases(given.codes[among], MOST_KEPT, np.random.RandomState(0))]
    cases = Cases.of(everyone, given.codes, given.weights, given.values)
    cases = replace(cases, fold=fold, kept=np.isin(everyone, judging))
    rows = rows_of(plan, panel, crew, first)
    basis = bcast(crew.comm, lambda: head.basis(rows, cases.y[first], some_of(given.weights, first)))
    sums = added_up(AddUp(plan, panel, cases, basis), crew, "head", title)

    @one_blas_thread()
    def fit() -> tuple[Any, Judges | None]:
        assert sums is not None
        penalty = head.fit_sums(sums[0], basis, told_of(given))
        head.alpha_ *= 1.0 if given.weights is None else float(given.weights.mean())  # in which sums count weights
        scores = head.of_outputs(left_out(basis, *sums, fold[judging], penalty), fold[judging])
        head.calibrate(scores, given.y[judging], some_of(given.weights, judging))
        return head, Judges.of(judging, scores) if len(unseen) else None

    lesson = None if sums is None else Lesson.of(given, rows[:, :0].copy(), basis, sums[0])
    return *bcast(crew.comm, fit), lesson


def by_folds(head: Any, without: list[Plan], panel: Panel, given: Given, crew: Crew) -> Judges:
    """What is said of some cases by heads that have not seen their fold, on features that were chosen without it.

    Parameters
    ----------
    head : scikit-learn estimator
        One of the library's own, of the kind that judges.
    without : list of Plan
        The features that were chosen without each fold.
    panel : Panel
        Without gaps.
    given, crew : what the fit began with
    """
    fold, some = judged_folds(given), draw_cases(given.codes, MOST_JUDGING, np.random.RandomState(0))
    cases = Cases.of(some, given.codes, given.weights, given.values)
    scores = np.full((len(some), max(cases.n_classes, 1)), np.nan)
    with crew.progress.stage("judging by cases left out", len(without)) as advance:
        for number, plan in enumerate(without):
            held = fold[some] == number
            if held.any():
                rows = rows_of(plan, panel, crew, some)
                scores[held] = bcast(crew.comm, partial(said_without, head, rows, held, cases, given))
            advance()
    judged = fold[some] >= 0
    return Judges(some, scores, np.full_like(scores, np.nan), knows_all(cases.y, fold[some])).only(judged)


@one_blas_thread()
def said_without(
    head: Any, rows: NDArray[np.float32], held: NDArray[np.bool_], cases: Cases, given: Given
) -> NDArray[np.float64]:
    """What a head says of the cases held out, fitted on the others; see `by_folds`."""
    training = np.flatnonzero(~held)
    codes = given.codes[cases.which[training]]
    first = training[draw_cases(codes, N_BASIS, np.random.RandomState(0))]
    judge, n_classes = clone(head), cases.n_classes
    basis = judge.basis(rows[:, first], cases.y[first], some_of(given.weights, cases.which[first]))
    groups = some_of(given.groups, cases.which[training])
    fold = folds_of(cases.y[training], training, None if groups is None or (groups == groups[0]).all() else groups)
    sums = Sums(int(fold.max()) + 1, basis.n_features, n_targets(n_classes))
    for begin in range(0, len(training), BLOCK):
        block = training[begin : begin + BLOCK]
        numbers = basis.numbers(rows[:, block], cases.y[block], n_classes, some_of(cases.roots, block))
        sums.add(numbers, fold[begin : begin + BLOCK])
    penalty = judge.fit_sums(sums, basis, told_of(given))
    return judge.of_outputs(basis.scores(rows[:, held], sums.of_all().coefficients(penalty, basis.units)))


def left_out(
    basis: Basis, sums: Sums, rows: NDArray[np.float32], fold: NDArray[np.intp], penalty: float
) -> NDArray[np.float64]:
    """What ridges say of cases in a fold that they have not seen, float64 (n_cases, n_outputs).

    Parameters
    ----------
    basis : Basis
    sums : Sums
        Over all cases.
    rows : float32 (n_features, n_cases)
        The features of these cases.
    fold : int (n_cases,)
        Of which fold they are.
    penalty : float
        For each case.
    """
    scores = np.empty((len(fold), sums.n_outputs))
    for number in np.unique(fold).tolist():
        ridge = sums.without(number) if sums.n_folds > 1 else sums.of_all()
        some = fold == number
        scores[some] = basis.scores(rows[:, some], ridge.coefficients(penalty, basis.units))
    return scores


def told_of(given: Given) -> NDArray[Any] | Numbers:
    """What a head that is fitted by sums is told of the cases: the classes, or what is known of their numbers."""
    return given.classes if given.values is None else Numbers.of(given.values, given.weights)
