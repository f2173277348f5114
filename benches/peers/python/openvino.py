"""OpenVINO, with the ONNX file that shapeproof writes, compiled for every size of batch."""

NAME = "OpenVINO"
INSTALL = ["openvino==2026.4.1"]
MODES = {"predict": [""]}

import openvino


def version():
    return openvino.__version__.split("-")[0]


def predictor(network, mode, threads):
    core, compiled = openvino.Core(), {}
    # Without the third, it computes in bf16 where the processor can.
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}

    def predict(images):
        if len(images) not in compiled:
            model = core.read_model(network.onnx)
            model.reshape(images.shape)
            compiled[len(images)] = core.compile_model(model, "CPU", settings).create_infer_request()
        return compiled[len(images)].infer([images], share_inputs=True, share_outputs=True)[0]

    return predict
