"""Compares a trained network, run by ONNX Runtime on the real test images, with the report of the example that trained it.

    cargo run --release --features onnx --example mnist -- --data DIR --onnx digits.onnx --report run.json
    python3 tests/interop/mnist.py digits.onnx run.json DIR

How an image becomes an input is read from the model itself.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

CLASSES = 10
# Two logits may be so close that another order of additions changes which is larger.
ALLOWED = 2


def main(model, report, data):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    (mean,), (std,) = json.loads(metadata["mean"]), json.loads(metadata["std"])
    assert json.loads(metadata["classes"]) == [str(digit) for digit in range(CLASSES)]
    images = np.fromfile(data / "t10k-images-idx3-ubyte", dtype=np.uint8, offset=16).reshape(-1, 1, 28, 28)
    labels = np.fromfile(data / "t10k-labels-idx1-ubyte", dtype=np.uint8, offset=8)

    confusion = np.zeros((CLASSES, CLASSES), dtype=np.int64)
    for start in range(0, len(images), 1000):
        batch = ((images[start : start + 1000] / 255.0 - mean) / std).astype(np.float32)
        (logits,) = session.run(["output"], {"input": batch})
        np.add.at(confusion, (labels[start : start + 1000], logits.argmax(axis=1)), 1)

    expected = json.loads(report.read_text())
    moved = int(np.abs(confusion - np.array(expected["confusion"])).sum()) // 2
    accuracy = confusion.trace() / len(images)
    print(f"ONNX Runtime: test accuracy {accuracy:.4f}, the report has {expected['test_accuracy']:.4f}; {moved} images moved")
    return 0 if moved <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
