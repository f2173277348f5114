"""ncnn, with the ONNX file that shapeproof writes, converted by pnnx. It has no batches: images are predicted one after the other."""

NAME = "ncnn"
INSTALL = ["ncnn==1.0.20261020"]
INSTALL_ALONE = ["pnnx==20261020"]  # whose Python part needs PyTorch; the program does not
MODES = {"predict": [""]}

import importlib.util
import subprocess
import tempfile
from pathlib import Path

import ncnn
import numpy as np


def version():
    return ncnn.__version__


def predictor(network, mode, threads):
    program = Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "net.onnx").write_bytes(Path(network.onnx).read_bytes())
        shape = ",".join(map(str, network.input))
        command = [program, "net.onnx", f"inputshape=[1,{shape}]", "fp16=0"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        net.load_param(f"{folder}/net.ncnn.param")
        net.load_model(f"{folder}/net.ncnn.bin")

    def one(image):
        extractor = net.create_extractor()
        extractor.input("in0", image)
        return np.array(extractor.extract("out0")[1])

    return lambda images: [one(image) for image in images]


def prepare(images):
    return [ncnn.Mat(image).clone() for image in images]
