"""Two pictures of fitted models by one call each; the displays beside this module have more, and the numbers too.

Without ``ax``, a picture is pyplot's: a notebook shows it, and so does ``plt.show()``. It takes pyplot's current axes
if nothing is drawn there yet, and a new figure otherwise. With ``path`` and without ``ax``, it is only written: pyplot
never sees it, so nothing opens, and there is nothing to close.
"""

from __future__ import annotations

import os
from typing import Any

from ..estimators import FeatureSelector, LightWaveS
from .channels import ChannelImportancesDisplay
from .features import SelectionPathDisplay


def plot_channel_importances(
    model: LightWaveS, *, max_channels: int = 30, path: str | os.PathLike[str] | None = None, ax: Any = None
) -> Any:
    """Draw which channels a fitted model relies on, the most important on top.

    Parameters
    ----------
    model : LightWaveS, LightWaveSClassifier or LightWaveSRegressor
        Fitted.
    max_channels : int, default=30
        Draw so many of the most important channels; one line is for all others that are read.
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

    See Also
    --------
    lightwaves.inspection.ChannelImportancesDisplay : The same with its numbers.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> from lightwaves.inspection import plot_channel_importances
    >>> model = LightWaveS(n_features=50, search_candidates=500).fit(*load_basic_motions())
    >>> plot_channel_importances(model).get_xlabel()
    'share of importance'
    """
    return ChannelImportancesDisplay.of(model).plot(ax, max_channels=max_channels, path=path).ax_


def plot_selection_path(
    model: LightWaveS | FeatureSelector, *, path: str | os.PathLike[str] | None = None, ax: Any = None
) -> Any:
    """Draw how well a ridge did on what detachment left, from all candidates down to the last round.

    Parameters
    ----------
    model : LightWaveS, LightWaveSClassifier, LightWaveSRegressor or FeatureSelector
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

    See Also
    --------
    lightwaves.inspection.SelectionPathDisplay : The same with its numbers.

    Examples
    --------
    >>> from lightwaves import LightWaveS, load_basic_motions
    >>> from lightwaves.inspection import plot_selection_path
    >>> model = LightWaveS(n_features=50, search_candidates=500, selection="detach").fit(*load_basic_motions())
    >>> plot_selection_path(model).get_xlabel()
    'features left'
    """
    return SelectionPathDisplay.of(model).plot(ax, path=path).ax_
