"""Warnings of training cases that say less than there seems to be of them, or more than they should."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..panel import Panel
from ..panel.held import HeldCases, HeldChannels
from ..panel.stored import StoredPanel
from ..search.folds import classes_of_one_group
from ..validation import as_list, shown, warn_caller
from .agreement import Given

FEW = 3  # cases of a class: models without one of fewer know next to nothing of it
LEAST_COUNTED = 20  # cases: of fewer, nobody can say that their classes are many
FEW_NUMBERS = 5  # cases with numbers; fewer cannot judge
MOST_COMPARED = 200_000  # cases
AT_ONCE = 1 << 24  # bytes
MANY_COPIES, LEAST_COPIES = 0.05, 20  # of the cases, and in all; a few may be equal by chance
OF_FEW_COPIES = 0.5  # of so few cases that these are fewer in all; of cases drawn with replacement, it is less
MOSTLY = 0.5  # of the other cases have what one class lacks
NO_LABEL = frozenset({"nan", "NaN", "NaT", "<NA>"})  # what is missing, made text
UNLIKELY = 0.01  # that a class lacks it by chance, in as many as there are of classes and channels


def warn_of_doubts(panel: Panel, given: Given, n_judging: int | None) -> None:
    """Every warning of this room that is due; on one rank, whose error all others learn of, as warnings may be errors.

    Parameters
    ----------
    panel : Panel
    given : Given
    n_judging : int, or None
        By how many cases the model is judged; None if by none.
    """
    here = not isinstance(panel, StoredPanel | HeldChannels | HeldCases)  # others would be read, or sent, once more
    if given.values is None:
        warn_of_strangers(given, n_judging is not None)
        if here and not panel.complete:
            warn_of_gaps_by_class(panel, given)
    if n_judging is None:
        return
    if given.values is None:
        warn_of_few(n_judging, given)
    else:
        warn_of_few_numbers(n_judging)
    if here:
        warn_of_copies(panel, given.groups)


def warn_of_classes(classes: NDArray[Any], n_cases: int) -> None:
    """Warn of classes that are called as a missing label is, that read alike, or that may be numbers to predict."""
    for label in sorted(NO_LABEL.intersection(classes.tolist()))[:1]:
        warn_caller(
            f"y has the class {shown(label)}, which is what a missing label becomes where labels are made text: leave "
            "out cases without a label, or give the class another name."
        )
    warn_of_twins(classes)
    if n_cases > LEAST_COUNTED and len(classes) > n_cases / 2:
        warn_caller(
            f"y has {len(classes)} classes, more than half of the number of cases, {n_cases}. If they are numbers to "
            "predict, use LightWaveSRegressor."
        )


def warn_of_twins(classes: NDArray[Any]) -> None:
    """Warn of two classes that read alike, as one has a blank behind it, or an accent that is a sign of its own."""
    seen: dict[str, str] = {}
    for label in classes.tolist():
        if isinstance(label, str):
            twin = seen.setdefault(unicodedata.normalize("NFC", label).strip(), label)
            if twin != label:
                warn_caller(
                    f"the classes {shown(twin)} and {shown(label)} of y differ only in white space, or in how accents "
                    "are written. If they are one, make them equal: unicodedata.normalize('NFC', label).strip()."
                )
                return


def warn_of_labels_among(panel: Panel, y: NDArray[Any]) -> None:
    """Warn where the first or the last column of a table of one channel is y: labels that were left in it.

    Parameters
    ----------
    panel : Panel
        One channel.
    y : array (n_cases,)
    """
    if y.dtype.kind not in "iufb" or isinstance(panel, StoredPanel | HeldChannels | HeldCases):
        return
    table = panel.raw(slice(None), np.array([0]))[:, 0]
    for place in {0, table.shape[1] - 1}:
        if np.array_equal(table[:, place], y):
            warn_caller(
                f"Time point {place} of X equals y in all cases: if it is the column of labels, drop it. A model that "
                "reads it says nothing of other cases."
            )


def warn_of_few(n_cases: int, given: Given) -> None:
    """Warn where an honest estimate by so many cases says nothing, as too few are left to leave some out."""
    n_classes, are_numbers = len(given.classes), given.classes.dtype.kind in "iuf"
    if n_cases >= FEW * n_classes:
        warn_of_rare(given)
    else:
        warn_caller(
            f"{n_cases} cases of {n_classes} classes are too few to judge by: where some are left out, their classes "
            "are hardly known. So honest_score_ can be far too low, and probabilities too even. Give each class at "
            f"least {FEW} cases{'; for numbers to predict, use LightWaveSRegressor' if are_numbers else ''}."
        )


def warn_of_rare(given: Given) -> None:
    """Warn of classes with so few cases that nobody knows them where these are left out."""
    rare = as_list(given.classes[np.bincount(given.codes, minlength=len(given.classes)) < FEW])
    if rare:
        have = "has" if len(rare) == 1 else "have"
        warn_caller(
            f"{shown(rare)} {have} fewer than {FEW} cases: where these are left out, hardly anybody knows the class. "
            "So they count as wrong in honest_score_, and its probabilities say little."
        )


def warn_of_few_numbers(n_cases: int) -> None:
    """`warn_of_few` for cases with numbers."""
    if n_cases < FEW_NUMBERS:
        warn_caller(
            f"{n_cases} cases are too few to judge by: honest_score_ and intervals say little. Take at least "
            f"{FEW_NUMBERS}."
        )


def warn_of_strangers(given: Given, judged: bool) -> None:
    """Warn of classes that only one group has: where it is left out, nobody knows them."""
    alone = as_list(given.classes[classes_of_one_group(given.codes, given.groups)])
    if alone:
        so = "they count as wrong in honest_score_" if judged else "there is no honest estimate"
        warn_caller(
            f"Cases of {shown(alone)} are of one group only: where that is left out, nobody knows them. So {so}."
        )


def warn_of_copies(panel: Panel, groups: NDArray[np.intp] | None) -> None:
    """Warn where many cases are equal to others: a case that is left out then has a copy among those that train.

    Parameters
    ----------
    panel : Panel
    groups : int (n_cases,), or None
        Copies within a group do no harm.
    """
    first_of: dict[int, int] = {}
    n_compared, n_copies = 0, 0
    for case, series in enumerate(own_of_each(panel)):
        first = first_of.setdefault(hash(series.tobytes()), case)
        n_copies += first != case and (groups is None or groups[first] != groups[case])
        n_compared += 1
    if len(first_of) == 1 < n_compared:
        warn_caller("All cases are equal, so nothing can be learnt from them: is X what was meant?")
    elif n_copies >= max(MANY_COPIES * n_compared, min(LEAST_COPIES, OF_FEW_COPIES * n_compared)):
        warn_caller(
            f"{n_copies} of {n_compared} cases are equal to others. If they are copies, as of oversampling, "
            "honest_score_ is far too good, and probabilities or intervals are too sure: leave copies out, and use "
            "class_weight or sample_weight; or give equal cases the same number in groups."
        )


def warn_of_gaps_by_class(panel: Panel, given: Given) -> None:
    """Warn of channels without any value in all cases of a class, though they have some in most others."""
    n_classes = len(given.classes)
    n_absent = np.zeros((n_classes, panel.n_channels))
    for case, series in enumerate(own_of_each(panel)):
        n_absent[given.codes[case]] += np.isnan(series).all(axis=1)
    counts = np.bincount(given.codes[: min(panel.n_cases, MOST_COMPARED)], minlength=n_classes)[:, np.newaxis]
    of_others = (n_absent.sum(axis=0) - n_absent) / (counts.sum() - counts).clip(1)
    by_chance = of_others**counts * counts.size * panel.n_channels
    found = np.argwhere((n_absent == counts) & (counts > 0) & (of_others < MOSTLY) & (by_chance < UNLIKELY))
    if len(found):
        code, channel = found[0]
        name = channel if panel.channel_names is None else panel.channel_names[channel]
        more = f" {len(found) - 1} more pairs of a class and a channel are so." if len(found) > 1 else ""
        warn_caller(
            f"No case of class {shown(given.classes[code])} has a value in channel {shown(name)}, but most others "
            f"have.{more} A model can tell the class by that alone: if it comes from how the cases were collected, "
            "leave the channel out."
        )


def own_of_each(panel: Panel) -> Iterator[NDArray[np.generic]]:
    """The series of each case, (n_channels, n_own_timepoints), up to a number that is compared in short time."""
    channels = np.arange(panel.n_channels)
    n_cases = min(panel.n_cases, MOST_COMPARED)
    step = max(1, AT_ONCE // max(1, panel.n_channels * panel.n_timepoints * panel.dtype.itemsize))
    for start in range(0, n_cases, step):
        block = panel.raw(slice(start, min(start + step, n_cases)), channels)
        for case, series in enumerate(block, start):
            yield series[:, : panel.lengths[case]]
