"""ONNX models: checked as files, then run by ONNX Runtime and by the reference evaluator of the onnx package."""

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

from layers import branches_first

onnxruntime.set_default_logger_severity(2)  # warnings are shown
ELEMENTS = {"f32": onnx.TensorProto.FLOAT, "f64": onnx.TensorProto.DOUBLE}


def dims(value):
    """The sizes of a value, `batch` among them."""
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


def flattened(array):
    """[N, C, 1, 1] as [N, C]: how a model has vectors."""
    return array[:, :, 0, 0] if array.shape[2:] == (1, 1) else array


class Onnx:
    def __init__(self, case, folder):
        self.case, self.folder = case, folder
        self.input, self.output = flattened(case["input"]), flattened(case["output"])

    @staticmethod
    def versions():
        return f"onnx {onnx.__version__}, ONNX Runtime {onnxruntime.__version__}"

    def results(self):
        """What, found, expected and tolerance of every run."""
        case = self.case
        model = self.checked(f"{case['name']}.onnx", case["scalar"])
        if case["scalar"] == "f64":  # ONNX Runtime has few operators in f64
            yield from self.reference(model, np.float64, case["tolerance"])
            model = self.checked(f"{case['name']}.rounded.onnx", "f32")
        yield from self.reference(model, np.float32, 1e-5)
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        run = lambda batch: session.run(["output"], {"input": batch.astype(np.float32)})[0]
        yield "ONNX Runtime", run(self.input), self.output, 1e-5
        # Another batch size with the same session: each sample twice, then one alone.
        yield "ONNX Runtime, twice as many", run(np.repeat(self.input, 2, axis=0)), np.repeat(self.output, 2, axis=0), 1e-5
        yield "ONNX Runtime, one sample", run(self.input[-1:]), self.output[-1:], 1e-5

    def reference(self, model, scalar, tolerance):
        found = ReferenceEvaluator(model).run(["output"], {"input": self.input.astype(scalar)})[0]
        assert found.dtype == scalar, f"the output is {found.dtype}"
        yield f"reference in {scalar.__name__}", found, self.output, tolerance

    def checked(self, file, scalar):
        """The model, after everything that can be seen without running it."""
        case, path = self.case, self.folder / file
        onnx.checker.check_model(str(path), full_check=True)  # infers all shapes and compares them with those given
        model = onnx.load(path)
        graph = model.graph
        assert [dims(value) for value in graph.input] == [["batch", *self.input.shape[1:]]]
        assert [dims(value) for value in graph.output] == [["batch", *self.output.shape[1:]]]
        assert (graph.input[0].name, graph.output[0].name) == ("input", "output")

        parameters = {name: sizes for name, sizes in case["parameters"]}
        for tensor in graph.initializer:
            if "/" in tensor.name:  # axes, or a constant of a function
                assert tensor.data_type in (onnx.TensorProto.INT64, ELEMENTS[scalar]), tensor.name
            else:
                sizes = parameters.pop(tensor.name)
                assert list(tensor.dims) in (sizes, [*sizes, 1, 1]), f"{tensor.name} has the shape {tensor.dims}"
                assert tensor.data_type == ELEMENTS[scalar], tensor.name
        assert not parameters, f"{list(parameters)} are not in the file"

        layers = [layer for layer in branches_first(case["layers"]) if layer["kind"] != "Sequential"]
        kinds = [f"{layer['position']}/{layer['kind']}" for layer in layers]
        names = [node.name for node in graph.node]
        assert [name for name in names if "/as_" not in name and name.count("/") == 1] == kinds, f"nodes {names}"
        assert len(set(names)) == len(names), f"nodes {names}"
        # Shapes between nodes are inferred: a name for the batch in there would keep runtimes from choosing a number for it.
        assert not graph.value_info
        # Every operator is the newest there is.
        (operators,) = model.opset_import
        for node in graph.node:
            newest = onnx.defs.get_schema(node.op_type).since_version
            assert newest <= operators.version, f"{node.op_type} has a definition of version {newest}"

        metadata = {entry.key: entry.value for entry in model.metadata_props}
        assert metadata["case"] == case["name"] and "total" in metadata["shapeproof.summary"]
        assert model.producer_name == "shapeproof" and model.producer_version
        return model
