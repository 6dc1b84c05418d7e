"""Fitted models in the forms that other programs run: one file of C, or a model of ONNX."""

from .c import Exported, to_c
from .onnx_model import to_onnx

__all__ = ["Exported", "to_c", "to_onnx"]
