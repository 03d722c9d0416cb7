"""onnxruntime: the network as a graph of Gemm and Relu."""

from __future__ import annotations

import os

import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from harness.cases import Array, Arrays, Case
from harness.worker import UnsupportedError


def graph(case: Case, weights: list[Array]) -> bytes:
    """Return the serialized model, for any number of rows."""
    if case.activation != "relu":
        raise UnsupportedError(f"the graph for {case.activation} is not written")
    nodes, name, last = [], "x", len(weights) // 2 - 1
    for i in range(last + 1):
        z = "y" if i == last else f"z{i}"
        nodes.append(helper.make_node("Gemm", [name, f"p{2 * i}", f"p{2 * i + 1}"], [z]))
        name = z
        if i < last:
            name = f"a{i}"
            nodes.append(helper.make_node("Relu", [z], [name]))
    value = helper.make_tensor_value_info
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "network",
            [value("x", TensorProto.FLOAT, ["rows", case.widths[0]])],
            [value("y", TensorProto.FLOAT, ["rows", case.widths[-1]])],
            [numpy_helper.from_array(p, f"p{i}") for i, p in enumerate(weights)],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    serialized: bytes = model.SerializeToString()
    return serialized


class Prediction:
    """A session on the CPU, all rows in one call."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
        self.session = onnxruntime.InferenceSession(
            graph(case, arrays.weights), options, providers=["CPUExecutionProvider"]
        )
        (X,) = arrays.X
        self.feed = {"x": X}

    def run(self, steps: int) -> None:
        """Predict `steps` times."""
        run, feed = self.session.run, self.feed
        for _ in range(steps):
            run(None, feed)

    def result(self) -> list[Array]:
        """Return the prediction."""
        return list(self.session.run(None, self.feed))
