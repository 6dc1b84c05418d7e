"""Looking into a fitted model."""

from .plots import plot_channel_importances, plot_selection_path

__all__ = ["plot_channel_importances", "plot_selection_path"]
