"""The client of Triton, unchanged, against the server, and against the crate's ONNX export in ONNX Runtime.

    python triton.py --server 127.0.0.1:8000 --onnx digits.onnx
"""

import argparse

import numpy as np
import onnxruntime
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

# Sums are in another order, so the last bits differ.
RELATIVE, ABSOLUTE = 1e-5, 1e-5


def infer(client, images, binary=True, **options):
    """The outputs for some images, by one request."""
    asked = triton.InferInput("input", list(images.shape), "FP32")
    asked.set_data_from_numpy(images, binary_data=binary)
    wanted = [triton.InferRequestedOutput("output", binary_data=binary)]
    return client.infer("digits", [asked], outputs=wanted, **options)


def refused(what, status, text, ask):
    """Checks that a request is refused with this status, and that the text says why."""
    try:
        ask()
    except InferenceServerException as error:
        assert error.status() == str(status), f"{what}: {error.status()}"
        assert text in error.message(), f"{what}: {error.message()}"
    else:
        raise AssertionError(f"{what} is not refused")


def health_and_metadata(client, session):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("digits") and client.is_model_ready("digits", "1")
    assert not client.is_model_ready("digits", "2") and not client.is_model_ready("letters")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    assert client.get_model_config("digits")["max_batch_size"] >= 1

    # The same names, types and shapes as those of the ONNX model.
    metadata = client.get_model_metadata("digits")
    assert metadata["versions"] == ["1"]
    for ours, theirs in [(metadata["inputs"], session.get_inputs()), (metadata["outputs"], session.get_outputs())]:
        [ours], [theirs] = ours, theirs
        shape = [-1 if isinstance(length, str) else length for length in theirs.shape]
        assert (ours["name"], ours["datatype"], ours["shape"]) == (theirs.name, "FP32", shape), (ours, theirs)
        assert theirs.type == "tensor(float)"


def predictions(client, session, images):
    [expected] = session.run(["output"], {"input": images})
    binary = infer(client, images).as_numpy("output")
    np.testing.assert_allclose(binary, expected, rtol=RELATIVE, atol=ABSOLUTE)
    difference = np.abs(binary - expected).max()

    # However they are sent, the bits are the same.
    ways = [
        dict(binary=False),
        dict(request_compression_algorithm="gzip"),
        dict(request_compression_algorithm="deflate"),
        dict(response_compression_algorithm="gzip"),
        dict(response_compression_algorithm="deflate"),
        dict(binary=False, request_compression_algorithm="gzip", response_compression_algorithm="gzip"),
        dict(model_version="1"),
        dict(request_id="mine"),
        dict(priority=1, timeout=1_000_000),
    ]
    for way in ways:
        answer = infer(client, images, **way)
        assert np.array_equal(answer.as_numpy("output"), binary), way
        assert answer.get_response().get("id") == way.get("request_id")
    alone = np.concatenate([infer(client, images[i : i + 1]).as_numpy("output") for i in range(len(images))])
    assert np.array_equal(alone, binary)

    # Without a list of outputs, the client asks for all, as binary data.
    asked = triton.InferInput("input", list(images.shape), "FP32")
    asked.set_data_from_numpy(images)
    assert np.array_equal(client.infer("digits", [asked]).as_numpy("output"), binary)
    waiting = [client.async_infer("digits", [asked]) for _ in range(20)]
    assert all(np.array_equal(answer.get_result().as_numpy("output"), binary) for answer in waiting)
    return binary, difference


def classes(client, images, outputs):
    asked = triton.InferInput("input", list(images.shape), "FP32")
    asked.set_data_from_numpy(images)
    for binary in [True, False]:
        wanted = triton.InferRequestedOutput("output", binary_data=binary, class_count=3)
        texts = client.infer("digits", [asked], outputs=[wanted]).as_numpy("output")
        assert texts.shape == (len(images), 3)
        for text, row in zip(texts, outputs):
            parts = [(t.decode() if isinstance(t, bytes) else t).split(":") for t in text]
            order = np.argsort(-row)[:3]
            assert [int(index) for _, index, _ in parts] == list(order), (parts, row)
            assert [name for *_, name in parts] == [str(index) for index in order]


def errors(client, images):
    refused("an unknown model", 404, "found letters", lambda: client.get_model_metadata("letters"))
    refused("an unknown version", 404, "found 7", lambda: infer(client, images, model_version="7"))

    def ask(name="input", shape=None, datatype="FP32", array=images, output="output"):
        asked = triton.InferInput(name, list(shape or array.shape), datatype)
        asked.set_data_from_numpy(array)
        client.infer("digits", [asked], outputs=[triton.InferRequestedOutput(output)])

    refused("an unknown input", 400, "found the name x", lambda: ask(name="x"))
    refused("an unknown output", 400, "found the name y", lambda: ask(output="y"))
    refused("another shape", 400, "shape: found", lambda: ask(array=images.reshape(-1, 784)))
    refused("another type", 400, "found FP64", lambda: ask(datatype="FP64", array=images.astype(np.float64)))
    refused("half precision", 400, "found FP16", lambda: ask(datatype="FP16", array=images.astype(np.float16)))
    refused("no samples", 400, "shape: found [0,", lambda: ask(array=images[:0]))
    refused("too many samples", 400, "samples, expected at most", lambda: ask(array=np.repeat(images, 20, axis=0)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--onnx", required=True)
    options = parser.parse_args()
    client = triton.InferenceServerClient(options.server, concurrency=4)
    session = onnxruntime.InferenceSession(options.onnx, providers=["CPUExecutionProvider"])
    images = np.random.default_rng(1).random((64, 1, 28, 28), dtype=np.float32) - np.float32(0.3)

    health_and_metadata(client, session)
    outputs, difference = predictions(client, session, images)
    classes(client, images, outputs)
    errors(client, images)
    print(f"Triton's client agrees; the largest difference from ONNX Runtime is {difference:.1e}")


if __name__ == "__main__":
    main()
