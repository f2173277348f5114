"""The same model, served as one does it in Python: FastAPI, uvicorn and ONNX Runtime, one image to a request.

    ONNX=digits.onnx uvicorn --app-dir examples/serve/load fastapi_server:app --port 8001 --no-access-log [--workers 2]

uvicorn takes uvloop and httptools, which are its fastest, where they are installed. Each process has a session with one thread: for
a network this small, more threads are slower. The handlers are `async`: a thread pool would add its own time.
"""

import os

import numpy as np
import onnxruntime
from fastapi import FastAPI, Request
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["ONNX"], options, providers=["CPUExecutionProvider"])
app = FastAPI()


class Image(BaseModel):
    data: list[float]


def predict(image: np.ndarray) -> dict:
    [[outputs]] = session.run(["output"], {"input": image.reshape(1, 1, 28, 28)})
    return {"class": int(outputs.argmax()), "outputs": outputs.tolist()}


@app.post("/json")
async def json(image: Image) -> dict:
    return predict(np.array(image.data, np.float32))


@app.post("/binary")
async def binary(request: Request) -> dict:
    return predict(np.frombuffer(await request.body(), np.float32))
