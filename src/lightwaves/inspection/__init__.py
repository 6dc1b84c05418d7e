"""Looking into a fitted model."""

from .explanation import Explanation, explain
from .plots import plot_channel_importances, plot_selection_path

__all__ = ["Explanation", "explain", "plot_channel_importances", "plot_selection_path"]
