"""Looking into a fitted model: why it decides, what it looks at, how sure it is; as numbers, pictures and a page."""

from .card import model_card
from .cases import ClassMeansDisplay, ExplanationDisplay
from .channels import ChannelImportancesDisplay, ChannelPath, ChannelPathDisplay, channel_path, refit
from .explanation import Explanation, explain
from .features import CostDisplay, FeatureMapDisplay, SelectionPathDisplay
from .plots import plot_channel_importances, plot_selection_path
from .predictions import ConfusionDisplay, CoverageDisplay, ReliabilityDisplay
from .report import report

__all__ = [
    "ChannelImportancesDisplay",
    "ChannelPath",
    "ChannelPathDisplay",
    "ClassMeansDisplay",
    "ConfusionDisplay",
    "CostDisplay",
    "CoverageDisplay",
    "Explanation",
    "ExplanationDisplay",
    "FeatureMapDisplay",
    "ReliabilityDisplay",
    "SelectionPathDisplay",
    "channel_path",
    "explain",
    "model_card",
    "plot_channel_importances",
    "plot_selection_path",
    "refit",
    "report",
]
