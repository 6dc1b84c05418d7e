"""Looking into a fitted model."""

from .card import model_card
from .plots import plot_channel_importances, plot_selection_path

__all__ = ["model_card", "plot_channel_importances", "plot_selection_path"]
