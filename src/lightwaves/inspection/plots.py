"""Pictures of fitted models; matplotlib comes with the extra ``plots``.

Without ``ax``, a picture is pyplot's: a notebook shows it, and so does ``plt.show()``. It takes pyplot's current axes
if nothing is drawn there yet, and a new figure otherwise. With ``path`` and without ``ax``, it is only written: pyplot
never sees it, so nothing opens, and there is nothing to close.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..estimators import FeatureSelector, LightWaveS
from ..validation import check_int


def plot_channel_importances(
    model: LightWaveS, *, max_channels: int = 30, path: str | os.PathLike[str] | None = None, ax: Any = None
) -> Any:
    """Draw which channels a fitted model relies on, the most important on top.

    Parameters
    ----------
    model : LightWaveS or LightWaveSClassifier
        Fitted.
    max_channels : int, default=30
        Draw so many of the most important channels.
    path : str or path, optional
        Write the picture there; the ending says the format, such as ``.png``. Without `ax` it is only written, not
        shown.
    ax : matplotlib axes, optional
        Draw there. By default pyplot's current axes, if nothing is drawn there yet, or else those of a new figure.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError, ValueError
        If model or max_channels is not as described.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> from lightwaves.inspection.plots import plot_channel_importances
    >>> model = LightWaveS(n_features=50).fit(*load_basic_motions())
    >>> plot_channel_importances(model).get_xlabel()
    'share of importance'
    """
    _check(model, LightWaveS, "LightWaveS or LightWaveSClassifier")
    check_int(max_channels, "max_channels", 1)
    importances = model.channel_importances_
    names = model.channel_names_ or [f"channel {i}" for i in range(len(importances))]
    order = np.argsort(-importances, kind="stable")[:max_channels]
    ax = _axes(ax, path, (6.4, 1.2 + 0.28 * len(order)))
    counts = np.bincount(model.plan_.reads[1], minlength=len(importances))
    bars = ax.barh(range(len(order)), importances[order], color="#3b6ea5")
    ax.bar_label(bars, [f"{counts[i]} features" if counts[i] else "not read" for i in order], padding=3, fontsize=8)
    ax.set_yticks(range(len(order)), [names[i] for i in order])
    ax.invert_yaxis()
    ax.margins(x=0.2)
    ax.set_xlabel("share of importance")
    ax.set_title(f"{len(model.plan_)} features read {len(model.channels_)} of {len(importances)} channels", fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)
    return _saved(ax, path)


def plot_selection_path(
    model: LightWaveS | FeatureSelector, *, path: str | os.PathLike[str] | None = None, ax: Any = None
) -> Any:
    """Draw how well a ridge did on what detachment left, from all candidates down to the last round.

    Parameters
    ----------
    model : LightWaveS, LightWaveSClassifier or FeatureSelector
        Fitted, with detachment.
    path : str or path, optional
        Write the picture there; the ending says the format, such as ``.png``. Without `ax` it is only written, not
        shown.
    ax : matplotlib axes, optional
        Draw there. By default pyplot's current axes, if nothing is drawn there yet, or else those of a new figure.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError
        If model is not as described.
    ValueError
        If the features were not chosen by detachment.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> from lightwaves.inspection.plots import plot_selection_path
    >>> model = LightWaveS(n_features=50, selection="detach").fit(*load_basic_motions())
    >>> plot_selection_path(model).get_xlabel()
    'features left'
    """
    _check(model, (LightWaveS, FeatureSelector), "LightWaveS, LightWaveSClassifier or FeatureSelector")
    rounds = getattr(model, "selection_path_", None)
    if rounds is None:
        raise ValueError("model has no selection_path_: its features were not chosen by detachment.")
    n_kept = len(model.ranking_) if isinstance(model, FeatureSelector) else len(model.plan_)
    ax = _axes(ax, path, (6.4, 3.6))
    ax.plot(rounds["n_features"], rounds["score"], color="#3b6ea5", marker=".", linewidth=1)
    ax.axvline(n_kept, color="#b5542f", linewidth=1)
    ax.annotate(f" {n_kept} kept", (n_kept, 0.02), xycoords=("data", "axes fraction"), color="#b5542f", fontsize=9)
    ax.set_xscale("log")
    ax.invert_xaxis()
    ax.set_xlabel("features left")
    ax.set_ylabel("leave-one-out accuracy")
    ax.spines[["top", "right"]].set_visible(False)
    return _saved(ax, path)


def _check(model: Any, kinds: type | tuple[type, ...], names: str) -> None:
    """Make sure that a model is of one of some kinds, and fitted."""
    if not isinstance(model, kinds):
        raise TypeError(f"model must be a fitted {names}, got {type(model).__name__}; of a pipeline, pass the step.")
    check_is_fitted(model)


def _axes(ax: Any, path: str | os.PathLike[str] | None, size: tuple[float, float]) -> Any:
    """The axes that were given, or pyplot's, or those of a figure that is only written."""
    if ax is not None:
        return ax
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'lightwaves[plots]'") from error
    if path is not None:
        return Figure(figsize=size, layout="constrained").add_subplot()
    from matplotlib import pyplot

    if pyplot.get_fignums() and not pyplot.gca().has_data():
        return pyplot.gca()
    return pyplot.figure(figsize=size, layout="constrained").add_subplot()


def _saved(ax: Any, path: str | os.PathLike[str] | None) -> Any:
    """The axes, written to a file where one is named."""
    if path is not None:
        ax.figure.savefig(path, dpi=150)
    return ax
