"""A fitted model as a model of ONNX: standard operators, for series of one length, any number at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._version import __version__
from ..estimators import LightWaveSClassifier
from ..estimators.kernel import KernelHead
from ..estimators.kernel_regression import FARTHEST, KernelRegressionHead, Target
from ..estimators.predicting import NAMES, Predicting, fitted_head, other_than_model
from ..estimators.regression import RegressionHead
from ..estimators.ridge import RidgeHead
from ..estimators.training import longest_of, warn_of_lengths
from ..files import place_for, write_whole
from ..panel.reading import MISSING
from ..validation import check_choice, check_int, shown
from .onnx_features import features_of
from .onnx_graph import OPSET, Graph
from .rounding import warn_of_rounding

IR_VERSION = 8  # that of the first onnx with this opset
LARGEST = 2**31 - 1  # bytes of a file
LONGEST = 2**22 - 1  # time points: a graph may hold dozens of bytes for each


def to_onnx(
    model: Predicting,
    path: str | os.PathLike[str] | None = None,
    n_timepoints: int | None = None,
) -> Any:
    """Write a fitted model as a model of ONNX.

    Parameters
    ----------
    model : LightWaveSClassifier or LightWaveSRegressor
        Fitted, with a head of the library. Its features may be those of `Prism`, `Rocket`, `MiniRocket`, `MultiRocket`
        and `WaveletScattering`.
    path : str or path, optional
        Where to write the file. An existing file is replaced once the new one is complete.
    n_timepoints : int, optional
        The length of the series. The default is the length of the longest training series.

    Returns
    -------
    onnx.ModelProto
        With the input ``X``, float32 (N, n_channels, n_timepoints), all channels of the training data. The outputs of a
        classifier are ``label`` (N,), of text or of the numbers that the classes are, and ``probabilities``, float32
        (N, n_classes), in the order of ``classes_``; that of a regressor is ``value``, float64 (N,). N is open.

    Raises
    ------
    ImportError
        If onnx is not installed.
    TypeError
        If the model, its head, its features or its classes are of a kind that a graph cannot express. Nothing is
        written then.
    ValueError
        If ``missing="interpolate"``, which a graph cannot express, or n_timepoints is too small or too large.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    OSError
        If no file can be at that path.

    Warns
    -----
    UserWarning
        If the model was not trained for series of ``n_timepoints``. If a channel lies so far from 0 that float32 loses
        its changes.

    Notes
    -----
    The graph uses operators of opset 17 only. It does not look for values that are not finite, so the caller must. With
    ``missing="zero"``, NaN counts as 0 after standardising, as in Python.

    Series of other lengths need a graph of their own: the positions of zero padding are a part of it.

    Examples
    --------
    >>> from lightwaves import LightWaveSClassifier, load_basic_motions
    >>> from lightwaves.export import to_onnx
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=20, random_state=0).fit(X, y)
    >>> to_onnx(model, "motions.onnx")  # doctest: +SKIP
    """
    onnx = the_package()
    if not isinstance(model, Predicting):
        raise TypeError(f"to_onnx takes a fitted {NAMES}, got {other_than_model(model)}.")
    check_is_fitted(model)
    plan, head = model.plan_, fitted_head(model)
    if type(head) not in SCORES:
        raise TypeError(
            f"there is no ONNX for the head {type(head).__name__}: fit with one of the library's own, such as "
            "classifier=None or regressor=None."
        )
    if check_choice(model.missing, "missing", MISSING) == "interpolate":
        raise ValueError('missing="interpolate" cannot be said in a graph: fit with missing="zero" or "error".')
    n_times = longest_of(model) if n_timepoints is None else check_int(n_timepoints, "n_timepoints", 1)
    if n_times > LONGEST:
        raise ValueError(
            f"n_timepoints must be at most {LONGEST}, got {n_times}: a graph holds numbers for each of them."
        )
    warn_of_lengths(model, n_times, n_times, "n_timepoints asks for series")
    warn_of_rounding(model)
    place = None if path is None else place_for(path)

    graph = Graph(onnx)
    series = standardised(graph, model)
    features = features_of(graph, plan, series, n_times)
    scores = SCORES[type(head)](graph, head, graph.node("Cast", features, to=onnx.TensorProto.DOUBLE))
    outputs = (
        decided(graph, model, scores) if isinstance(model, LightWaveSClassifier) else estimated(graph, head, scores)
    )
    proto = model_of(graph, plan.n_channels, n_times, outputs)
    onnx.checker.check_model(proto, full_check=True)
    if place is not None:
        write_whole(place, proto.SerializeToString())
    return proto


def the_package() -> Any:
    """The package onnx, with what is used of it.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    except ImportError as error:
        raise ImportError("to_onnx needs onnx: pip install 'lightwaves[onnx]'") from error
    return onnx


def standardised(graph: Graph, model: Predicting) -> str:
    """The channels that are read, standardised in the order of the loops; NaN becomes 0 where the model says so."""
    plan = model.plan_
    raw = graph.rows("X", plan.channels)
    large, small, factor = (graph.constant(column.reshape(1, -1, 1)) for column in plan.standard(False).T)
    series = graph.node("Mul", graph.node("Sub", graph.node("Sub", raw, large), small), factor)
    if model.missing == "zero":
        series = graph.node("Where", graph.node("IsNaN", raw), graph.constant(0), series)
    return series


def decided(graph: Graph, model: LightWaveSClassifier, scores: str) -> list[Any]:
    """The nodes from the scores of a classifier to its outputs; what these are."""
    onnx, head = graph.onnx, model.classifier_
    single = onnx.TensorProto.FLOAT
    if len(head.intercept_) == 1:
        scores = graph.node("Concat", graph.node("Neg", scores), scores, axis=1)
    shares = graph.node("Softmax", graph.node("Mul", scores, graph.constant(head.temperature_, np.float64)), axis=1)
    if head.floor_:
        shares = graph.node("Mul", shares, graph.constant(1 - head.floor_, np.float64))
        shares = graph.node("Add", shares, graph.constant(head.floor_ / len(model.classes_), np.float64))
    graph.node("Cast", shares, to=single, name="probabilities")
    classes = classes_of(model)
    winner = graph.node("ArgMax", scores, axis=1, keepdims=0)
    kind = onnx.TensorProto.STRING if classes.dtype == object else onnx.helper.np_dtype_to_tensor_dtype(classes.dtype)
    graph.node("Gather", graph.constant(classes, classes.dtype), winner, axis=0, name="label")
    make = onnx.helper.make_tensor_value_info
    return [make("label", kind, ["N"]), make("probabilities", single, ["N", len(classes)])]


def estimated(graph: Graph, head: RegressionHead | KernelRegressionHead, scores: str) -> list[Any]:
    """The nodes from the scores of a regressor to its output; what this is."""
    lowest, highest = (graph.constant(bound, np.float64) for bound in head.bounds_)
    graph.node("Clip", graph.node("Squeeze", scores, graph.whole(1)), lowest, highest, name="value")
    return [graph.onnx.helper.make_tensor_value_info("value", graph.onnx.TensorProto.DOUBLE, ["N"])]


def linear(graph: Graph, head: Any, features: str) -> str:
    """The scores (N, n_outputs) of the linear part of a head, from features in float64."""
    of_features = np.atleast_2d(head.coef_).T
    coefficients, intercepts = (graph.constant(values, np.float64) for values in (of_features, head.intercept_))
    return graph.node("Add", graph.node("MatMul", features, coefficients), intercepts)


def kernel(graph: Graph, head: KernelHead, features: str) -> str:
    """The scores (N, n_outputs) of a kernel head, whose linear part is of features as they come."""
    return graph.node("Add", linear(graph, head, features), bent(graph, head, at_unit_variance(graph, head, features)))


def kernel_regression(graph: Graph, head: KernelRegressionHead, features: str) -> str:
    """The numbers (N, 1) of a kernel ridge: its linear part is of features at unit variance, cut off."""
    ends = (graph.constant(end, np.float64) for end in (-FARTHEST, FARTHEST))
    standard = graph.node("Clip", at_unit_variance(graph, head, features), *ends)
    predicted = graph.node("Add", linear(graph, head, standard), bent(graph, head, standard))
    return back(graph, head.target_, predicted)


def back(graph: Graph, target: Target, predicted: str) -> str:
    """The numbers that predictions of a target mean."""
    low, unit, added = (graph.constant(value, np.float64) for value in (target.low, target.unit, target.added))
    if target.root:
        root = graph.node("Max", predicted, graph.constant(0, np.float64))
        predicted = graph.node("Add", graph.node("Mul", root, root), added)
    return graph.node("Add", low, graph.node("Mul", unit, predicted))


def at_unit_variance(graph: Graph, head: KernelHead | KernelRegressionHead, features: str) -> str:
    """Features (N, n_features) less their mean, in units of their deviation."""
    mean, deviation = (graph.constant(values, np.float64) for values in (head.mean_, head.deviation_))
    return graph.node("Div", graph.node("Sub", features, mean), deviation)


def bent(graph: Graph, head: KernelHead | KernelRegressionHead, standard: str) -> str:
    """What likenesses to landmarks add to the scores, (N, n_outputs), of features at unit variance."""

    def constant(values: Any) -> str:
        return graph.constant(values, np.float64)

    landmarks = head.landmarks_.astype(np.float64)
    squares = graph.node("ReduceSum", graph.node("Mul", standard, standard), graph.whole(1), keepdims=1)
    both = graph.node("Add", squares, constant((landmarks**2).sum(axis=1)))
    distances = graph.node("Add", both, graph.node("MatMul", standard, constant(-2 * landmarks.T)))
    distances = graph.node("Max", distances, constant(0))
    likenesses = graph.node("Exp", graph.node("Mul", distances, constant(-head.width_)))
    return graph.node("MatMul", likenesses, constant(head.weights_.reshape(len(landmarks), -1)))


SCORES: dict[type, Callable[[Graph, Any, str], str]] = {
    RidgeHead: linear,
    KernelHead: kernel,
    RegressionHead: linear,
    KernelRegressionHead: kernel_regression,
}


def classes_of(model: LightWaveSClassifier) -> Any:
    """The classes as ONNX knows them: text, or numbers of a dtype that it has.

    Raises
    ------
    TypeError
        If they are neither.
    """
    classes = model.classes_
    if all(isinstance(label, str) for label in classes):
        for label in classes:
            if any("\ud800" <= sign <= "\udfff" for sign in label):
                raise TypeError(f"ONNX knows text that UTF-8 can hold, which the class {shown(label)} is not.")
        return classes.astype(object)
    if classes.dtype.kind not in "biuf" or classes.dtype.itemsize > 8:
        raise TypeError(f"ONNX knows classes that are text or numbers, not of dtype {classes.dtype}.")
    return classes.astype(classes.dtype.newbyteorder("="))


def model_of(graph: Graph, n_channels: int, n_timepoints: int, outputs: list[Any]) -> Any:
    """The whole, with what it is written of."""
    helper = graph.onnx.helper
    shape = ["N", n_channels, n_timepoints]
    inputs = [helper.make_tensor_value_info("X", graph.onnx.TensorProto.FLOAT, shape)]
    proto = helper.make_model(
        helper.make_graph(graph.nodes, "lightwaves", inputs, outputs, graph.tensors),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="lightwaves",
        producer_version=__version__,
    )
    if proto.ByteSize() > LARGEST:
        raise ValueError("the graph is larger than 2 GiB, which no file of ONNX can be.")
    return proto
