"""Pictures of fitted models; matplotlib comes with the extra ``plots``."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .estimators import LightWaveS


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
        Also write the picture there; the ending says the format, such as ``.png``.
    ax : matplotlib axes, optional
        Draw there instead of into a new figure.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> from lightwaves.plots import plot_channel_importances
    >>> model = LightWaveS(n_features=50).fit(*load_basic_motions())
    >>> plot_channel_importances(model).get_xlabel()
    'share of importance'
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'lightwaves[plots]'") from error
    importances = model.channel_importances_
    names = model.channel_names_ or [f"channel {i}" for i in range(len(importances))]
    order = np.argsort(-importances, kind="stable")[:max_channels]
    if ax is None:
        figure = Figure(figsize=(6.4, 1.2 + 0.28 * len(order)), layout="constrained")
        ax = figure.add_subplot()
    counts = np.bincount(model.plan_.reads[1], minlength=len(importances))
    bars = ax.barh(range(len(order)), importances[order], color="#3b6ea5")
    ax.bar_label(bars, [f"{counts[i]} features" if counts[i] else "not read" for i in order], padding=3, fontsize=8)
    ax.set_yticks(range(len(order)), [names[i] for i in order])
    ax.invert_yaxis()
    ax.margins(x=0.2)
    ax.set_xlabel("share of importance")
    ax.set_title(f"{len(model.plan_)} features read {len(model.channels_)} of {len(importances)} channels", fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)
    if path is not None:
        ax.figure.savefig(path, dpi=150)
    return ax
