"""The card of a model: what it was fitted on, what it reads, what it costs and how good it is, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from typing import Any

import numpy as np

from .._version import __version__
from ..estimators import LightWaveS, LightWaveSClassifier
from ..estimators.predicting import ALL_NAMES, Predicting, check_fitted, fitted_head, score_of
from ..estimators.training import span
from ..persistence import digest_of

MOST_NAMED = 20  # classes or channels that a card names
PACKAGES = ("numpy", "scikit-learn", "numba")


def model_card(model: LightWaveS) -> str:
    """Describe a fitted model in a table of Markdown, to lie beside its file.

    Parameters
    ----------
    model : LightWaveS, LightWaveSClassifier or LightWaveSRegressor
        Fitted.

    Returns
    -------
    str
        The shape of the training data, the classes, the honest estimate of accuracy or of R2 if the model has one, the
        channels that are read with their shares, the features, the cost of a prediction, versions, and the digest of
        the file that `lightwaves.save` writes. What the model does not know is not in the table.

    Raises
    ------
    TypeError
        If it is no such model.
    sklearn.exceptions.NotFittedError
        If it is not fitted.

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.inspection import model_card
    >>> X, y = load_basic_motions("train")
    >>> model = LightWaveSClassifier(n_features=20, search_candidates=500, random_state=0).fit(X, y)
    >>> print(model_card(model).splitlines()[4])
    | training data | 40 cases, 6 channels, 100 time points |
    """
    check_fitted(model, LightWaveS, ALL_NAMES)
    rows = [f"| {what} | {escaped(value)} |" for what, value in facts_of(model)]
    return "\n".join([f"# {type(model).__name__}", "", "| what | value |", "| --- | --- |", *rows]) + "\n"


def facts_of(model: LightWaveS) -> Iterator[tuple[str, str]]:
    """The rows of the card."""
    plan, cost = model.plan_, model.plan_.cost()
    training = getattr(model, "training_", None)
    if training is None:
        yield "training data", f"{plan.n_channels} channels, at most {plan.n_timepoints} time points"
    else:
        times = span(training.shortest, training.longest)
        yield "training data", f"{training.n_cases} cases, {plan.n_channels} channels, {times} time points"
    if isinstance(model, LightWaveSClassifier):
        counts = [f"{label}" for label in model.classes_]
        if training is not None:
            counts = [f"{label} ({n})" for label, n in zip(model.classes_, training.class_counts, strict=True)]
        yield "classes", listed(counts)
    if getattr(model, "honest_score_", None) is not None:
        yield f"honest {score_of(model)}", f"{model.honest_score_:.3f} +- {model.honest_standard_error_:.3f}"
    if isinstance(model, Predicting):
        yield "head", type(fitted_head(model)).__name__
    shares, names = model.channel_importances_, plan.names_of_channels
    in_order = plan.channels[np.argsort(-shares[plan.channels], kind="stable")]
    read = [f"{names[c]} {shares[c]:.1%}" for c in in_order]
    yield "channels read", f"{len(plan.channels)} of {plan.n_channels}: {listed(read)}"
    yield "features", f"{cost.n_features} of {cost.n_convolutions} convolutions"
    yield "cost of a prediction", f"{cost.n_multiply_adds:,} multiply-adds for {plan.n_timepoints} time points"
    yield "size of the parameters", f"{cost.n_bytes:,} bytes"
    yield "missing values", model.missing
    if training is not None:
        yield "fitted with", f"lightwaves {training.version}"
    yield "described with", ", ".join([f"lightwaves {__version__}", *map(with_version, PACKAGES)])
    digest = digest_or_none(model)
    if digest is not None:
        yield "SHA-256 of the file", digest


def with_version(package: str) -> str:
    """A package and its version; a frozen application may hold packages without what tells their versions."""
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"{package} of unknown version"


def digest_or_none(model: LightWaveS) -> str | None:
    """The digest of the model's file; None of a model that `save` does not keep."""
    try:
        return digest_of(model)
    except TypeError:
        return None


def listed(names: list[str]) -> str:
    """Names one after the other, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f", and {more} more" if more > 0 else "")


def escaped(value: Any) -> str:
    """Text in a cell of a table, in one line: names and labels may hold anything."""
    text = "".join(c if c.isprintable() else " " for c in str(value))
    for sign in "\\|`*_<[&~$":
        text = text.replace(sign, "\\" + sign)
    return text
