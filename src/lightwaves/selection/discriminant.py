"""Discriminant analysis of scores: classes along a line, such as grades, need more than the highest score of a ridge.

A ridge for each class, on targets of 1 and -1, hides a class that lies between two others: its score is never the
highest. What all scores say together still tells it; see Hastie, Tibshirani, Friedman, "The Elements of Statistical
Learning", 2009, section 4.2. Linear discriminant analysis of the scores is Hastie, Buja, Tibshirani, "Penalized
Discriminant Analysis", 1995, The Annals of Statistics 23, here with scores of cases that were left out. The scores of
the analysis are linear in those of the ridge, and so in the features.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

N_PARTS = 5  # of the cases, each of which is judged by an analysis of the others
NOTHING = 1e-12  # of all squares: rounding
SHRUNK = 0.3  # to a multiple of the identity; see Friedman, "Regularized Discriminant Analysis", 1989, JASA 84


class ScoreSums(NamedTuple):
    """What the analysis knows of scores of cases, each by a ridge that has not seen the case.

    Attributes
    ----------
    counts : float64 (n_classes,)
        The weight of the cases of each class.
    sums : float64 (n_classes, n_classes)
        Row c is the sum over the cases of class c.
    squares : float64 (n_classes, n_classes)
        The sum of products of two scores, over all cases.
    """

    counts: NDArray[np.float64]
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def together(cls, parts: Iterable[ScoreSums]) -> ScoreSums:
        """Those of several parts of the cases."""
        return cls(*(np.sum(of_parts, axis=0) for of_parts in zip(*parts, strict=True)))

    @classmethod
    def of(cls, scores: NDArray[np.float64], codes: NDArray[np.intp], weights: NDArray[np.float64]) -> ScoreSums:
        """Those of some cases, (n_cases, n_classes), of the classes 0, 1, ..."""
        weighted = scores * weights[:, np.newaxis]
        own = codes[:, np.newaxis] == np.arange(scores.shape[1])
        return cls(weights @ own, own.T.astype(np.float64) @ weighted, scores.T @ weighted)


class Discriminant(NamedTuple):
    """Scores that are linear in others.

    Attributes
    ----------
    slopes : float64 (n_classes, n_classes)
    offsets : float64 (n_classes,)
    """

    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]

    @classmethod
    def of(cls, known: ScoreSums, counts: NDArray[np.float64] | None = None) -> Discriminant:
        """The logarithms of the probabilities of the classes, up to what is equal for all of them, and to one unit.

        Scores of a class are taken to be normal, and to vary as those of other classes do. The unit gives the new
        scores the size of the old ones. A class without cases has the score -1. Where the own class scores no higher
        than others, or nothing varies, scores stay as they are.

        Parameters
        ----------
        known : ScoreSums
        counts : float64 (n_classes,), optional
            The weight of the cases of each class, where no scores may be known of some classes: these are taken to
            score as classes do on average.
        """
        n_classes, of_class = len(known.counts), known.counts
        if counts is not None:
            of_class = np.where(known.counts > 0, known.counts, counts)
        there = np.flatnonzero(of_class > 0)
        of_class, counts, sums = of_class[there], known.counts[there], known.sums[there]
        means = np.divide(sums, counts[:, np.newaxis], out=np.zeros_like(sums), where=counts[:, np.newaxis] > 0)
        shares, total = counts / counts.sum(), known.squares / counts.sum()
        within = total - (means.T * shares) @ means
        size, n_known = np.trace(within), np.count_nonzero(counts)
        usual, gain = typical(means, shares, there)
        if n_known < 2 or not (size > NOTHING * np.trace(total) and gain > 0):
            return cls.none(n_classes)
        of_one = size * counts.sum() / max(counts.sum() - n_known, 1.0)  # as each class has a mean of its own
        centre, means = means, usual + beyond_chance(means - usual, of_one, counts)
        within = (1.0 - SHRUNK) * within + SHRUNK * size / n_classes * np.eye(n_classes)
        towards = np.linalg.solve(within, means.T)
        level = np.log(of_class / of_class.sum()) - 0.5 * (means.T * towards).sum(axis=0)
        towards -= towards.mean(axis=1, keepdims=True)
        level -= level.mean()
        now = np.trace(towards.T @ total @ towards) + 2.0 * (shares @ centre) @ towards @ level + level @ level
        unit = np.sqrt(np.trace(total) / now)
        slopes, offsets = np.zeros((n_classes, n_classes)), np.full(n_classes, -1.0)
        slopes[:, there], offsets[there] = unit * towards, unit * level
        return cls(slopes, offsets)

    def among(self, places: NDArray[np.intp], n_classes: int) -> Discriminant:
        """The same, where there are further classes, whose scores stay as they are."""
        slopes, offsets = Discriminant.none(n_classes)
        slopes[np.ix_(places, places)], offsets[places] = self
        return Discriminant(slopes, offsets)

    @classmethod
    def none(cls, n_classes: int) -> Discriminant:
        """Scores as they are."""
        return cls(np.eye(n_classes), np.zeros(n_classes))

    def __call__(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The scores of cases, (n_cases, n_classes)."""
        return scores @ self.slopes + self.offsets


class Analyses(NamedTuple):
    """An analysis of the scores of cases, and what judges these cases.

    Attributes
    ----------
    of_all : Discriminant
    without : dict of Discriminant
        Of each part of the cases, the analysis of the others; none where there is one part.
    """

    of_all: Discriminant
    without: dict[int, Discriminant]

    @classmethod
    def of(cls, parts: Mapping[int, ScoreSums], counts: NDArray[np.float64] | None = None) -> Analyses:
        """Those of some parts; for the counts, see `Discriminant.of`."""
        others = {number: [parts[other] for other in parts if other != number] for number in parts}
        without = {number: Discriminant.of(ScoreSums.together(of), counts) for number, of in others.items() if of}
        return cls(Discriminant.of(ScoreSums.together(parts.values()), counts), without)

    @classmethod
    def of_scores(
        cls,
        scores: NDArray[np.float64],
        codes: NDArray[np.intp],
        part: NDArray[np.intp],
        weights: NDArray[np.float64] | None = None,
        teach: NDArray[np.bool_] | None = None,
    ) -> Analyses:
        """Those of scores of cases.

        Parameters
        ----------
        scores : float64 (n_cases, n_classes)
        codes, part : int (n_cases,)
            Their classes as 0, 1, ..., and in which part they are.
        weights : float64 (n_cases,), optional
        teach : bool (n_cases,), optional
            Which of them count; of the others, only how many there are of each class.
        """
        weights = np.ones(len(codes)) if weights is None else weights / weights.mean()
        teach = np.ones(len(codes), bool) if teach is None else teach
        some = {number: teach & (part == number) for number in np.unique(part[teach]).tolist()}
        counts = np.bincount(codes, weights, minlength=scores.shape[1]).astype(np.float64)
        return cls.of({n: ScoreSums.of(scores[of], codes[of], weights[of]) for n, of in some.items()}, counts)

    def __call__(self, scores: NDArray[np.float64], part: NDArray[np.intp] | None = None) -> NDArray[np.float64]:
        """The scores of cases, (n_cases, n_classes); of those that are in a part, by the analysis without it."""
        told = self.of_all(scores)
        for number, discriminant in (self.without if part is not None else {}).items():
            told[part == number] = discriminant(scores[part == number])
        return told


def dealt(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """In which part each case is, int (n_cases,): the cases of each class are dealt one by one."""
    order, part = np.argsort(codes, kind="stable"), np.empty(len(codes), np.intp)
    part[order] = (np.arange(len(codes)) - np.searchsorted(codes[order], codes[order])) % N_PARTS
    return part


def typical(
    means: NDArray[np.float64], shares: NDArray[np.float64], there: NDArray[np.intp]
) -> tuple[NDArray[np.float64], float]:
    """What classes score on average, as `means`, (n_there, n_classes), and by how much more the own class does.

    That is one number for all own classes, and one for all others.
    """
    at = np.arange(len(there)), there
    own = shares @ means[at]
    others = (shares @ means.sum(axis=1) - own) / (means.shape[1] - 1)
    scores = np.full(means.shape, others)
    scores[at] = own
    return scores, float(own - others)


def beyond_chance(apart: NDArray[np.float64], of_one: float, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much means differ from typical ones, less what the means of few cases differ by chance.

    Each is the best linear guess, if true differences are random, too, and of one size (Robinson, "That BLUP is a Good
    Thing", 1991, Statistical Science 6).

    Parameters
    ----------
    apart : float64 (n_there, n_classes)
    of_one : float
        The square of the difference that is expected of one case by chance.
    counts : float64 (n_there,)
        The weight of the cases that each mean is of; the mean of none is not known.
    """
    true = max(0.0, float((counts @ (apart**2).sum(axis=1) - of_one * np.count_nonzero(counts)) / counts.sum()))
    return (true * counts / (true * counts + of_one))[:, np.newaxis] * apart
