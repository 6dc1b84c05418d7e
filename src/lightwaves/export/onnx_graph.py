"""A graph of ONNX while it is written: nodes, constants, and the few operations that features are made of.

Tensors are known by their names. Those of series have the axes case, row and time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

OPSET = 17
TIME = -1


class Graph:
    """Nodes and constants, with names of their own.

    Parameters
    ----------
    onnx : module
        The package, which is an extra.
    """

    def __init__(self, onnx: Any):
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self.tensors: list[Any] = []
        self.numpy = onnx.numpy_helper.from_array

    def node(self, operator: str, *inputs: str, n_outputs: int = 1, name: str | None = None, **attributes: Any) -> Any:
        """The name of an operator's output, or the names of several.

        Nodes have names, too: of nodes without, some versions of onnxruntime make several of one name, and fail.
        """
        own = name or f"{operator}_{len(self.nodes)}"
        outputs = [own] if n_outputs == 1 else [f"{own}_{i}" for i in range(n_outputs)]
        self.nodes.append(self.onnx.helper.make_node(operator, list(inputs), outputs, name=own, **attributes))
        return outputs[0] if n_outputs == 1 else outputs

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """The name of a constant; equal ones are kept once."""
        array = np.asarray(values, dtype)
        if array.dtype.kind in "UO":
            array = array.astype(object)
            key = ("text", array.shape, repr(array.tolist()).encode())
        else:
            key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            self.constants[key] = name = f"constant_{len(self.constants)}"
            self.tensors.append(self.numpy(array, name))
        return self.constants[key]

    def whole(self, *values: int) -> str:
        """The name of a constant row of whole numbers."""
        return self.constant(values, np.int64)

    # --- along axes ---------------------------------------------------------------------------------------------

    def rows(self, tensor: str, which: Any, n_rows: int | None = None) -> str:
        """Some rows of series, in that order; the tensor itself where these are all of the rows that it has."""
        if n_rows is not None and np.array_equal(which, np.arange(n_rows)):
            return tensor
        return self.node("Gather", tensor, self.constant(which, np.int64), axis=1)

    def part(self, tensor: str, begin: int, end: int, step: int = 1) -> str:
        """From one time to another."""
        whole = self.whole
        return self.node("Slice", tensor, whole(begin), whole(end), whole(TIME), whole(step))

    def beside(self, tensors: list[str]) -> str:
        """The rows of several tensors in one."""
        return tensors[0] if len(tensors) == 1 else self.node("Concat", *tensors, axis=1)

    def padded(self, tensor: str, before: int, behind: int) -> str:
        """Series with zeros before the first time and behind the last."""
        return self.node("Pad", tensor, self.whole(0, 0, before, 0, 0, behind))

    def sum_of(self, tensor: str) -> str:
        """The sum over time, (N, rows)."""
        return self.node("ReduceSum", tensor, self.whole(TIME), keepdims=0)

    def largest_of(self, tensor: str) -> str:
        """The largest over time."""
        return self.node("ReduceMax", tensor, axes=[TIME], keepdims=0)

    def smallest_of(self, tensor: str) -> str:
        """The smallest over time."""
        return self.node("ReduceMin", tensor, axes=[TIME], keepdims=0)

    def as_float(self, tensor: str) -> str:
        """True and False as 1 and 0."""
        return self.node("Cast", tensor, to=self.onnx.TensorProto.FLOAT)

    # --- sums of taps, and what is counted ----------------------------------------------------------------------

    def taps(self, series: str, weights: NDArray[np.float32], dilation: int, padding: int) -> str:
        """The sums of taps, each row by its own weights.

        Parameters
        ----------
        series : str
            (N, n_rows * n_inputs, n_times)
        weights : float32 (n_rows, n_sums, n_inputs, n_taps)
        dilation, padding : int

        Returns
        -------
        str
            (N, n_rows * n_sums, n_outputs)
        """
        n_rows, n_sums, n_inputs, n_taps = weights.shape
        return self.node(
            "Conv",
            series,
            self.constant(weights.reshape(n_rows * n_sums, n_inputs, n_taps)),
            dilations=[dilation],
            group=n_rows,
            kernel_shape=[n_taps],
            pads=[padding, padding],
            strides=[1],
        )

    def latest(self, values: str, n_times: int) -> str:
        """The largest value up to each time, of values that are not negative: one doubling after the other."""
        steps = [2**i for i in range(n_times.bit_length()) if 2**i < n_times]
        n_left = n_times + sum(steps)
        if steps:
            values = self.padded(values, sum(steps), 0)
        for reach in steps:
            n_left -= reach
            values = self.node("Max", self.part(values, reach, n_left + reach), self.part(values, 0, n_left))
        return values

    def longest_way(self, is_border: str, n_times: int) -> str:
        """The longest way from one border to the next; the first and the last time are borders, too."""
        times = self.constant(np.arange(n_times).reshape(1, 1, -1))
        before = self.latest(self.node("Mul", self.as_float(is_border), times), n_times)
        if n_times == 1:
            return self.largest_of(before)
        following = self.constant(np.arange(1, n_times).reshape(1, 1, -1))
        return self.largest_of(self.node("Sub", following, self.part(before, 0, n_times - 1)))

    def longest_run(self, is_in: str, n_times: int) -> str:
        """The length of the longest run."""
        following = self.constant(np.arange(1, n_times + 1).reshape(1, 1, -1))
        outside = self.as_float(self.node("Not", is_in))
        return self.largest_of(self.node("Sub", following, self.latest(self.node("Mul", outside, following), n_times)))
