"""ONNX Runtime, with the ONNX file that shapeproof writes."""

NAME = "ONNX Runtime"
INSTALL = ["onnxruntime==1.32.0", "onnx==1.23.2"]
MODES = {"predict": ["as exported", "PReLU rewritten as LeakyRelu"]}
FASTEST = ["as exported"]  # of networks that have no PReLU

import onnx
import onnxruntime


def version():
    return onnxruntime.__version__


def predictor(network, mode, threads):
    model = onnx.load(network.onnx)
    if "LeakyRelu" in mode:  # the same function, which ONNX Runtime fuses with the layer before
        slopes = {tensor.name: onnx.numpy_helper.to_array(tensor).item() for tensor in model.graph.initializer if tensor.dims == [1]}
        for node in model.graph.node:
            if node.op_type == "PRelu":
                node.op_type = "LeakyRelu"
                node.attribute.append(onnx.helper.make_attribute("alpha", slopes[node.input.pop()]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda images: session.run(None, {"input": images})[0]
