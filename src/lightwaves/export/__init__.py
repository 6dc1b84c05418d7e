"""Fitted models in the forms that other programs run."""

from .onnx_model import to_onnx

__all__ = ["to_onnx"]
