"""Measures one peer that is a Python package: `compare.py` starts it with the Python of the peer's environment.

Prints one line of JSON, with the keys of `cargo run --example throughput`. A peer is a file in `python/`; README.md tells what is in it.
"""

import argparse
import importlib.util
import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[0] = str(HERE)
from networks import NETWORKS

# Peers are called as the packages that they import.
del sys.path[0]
import numpy as np


class Network:
    """What a peer is given."""

    def __init__(self, name, folder):
        self.name, self.folder = name, Path(folder)
        self.input, self.batch, self.layers = NETWORKS[name]
        self.dtype = np.float64 if name == "double" else np.float32
        # In double precision it is the same network.
        self.file = self.folder / name.replace("double", "digits")
        self.onnx = str(self.file.with_suffix(".onnx"))
        self.images = self._numbers("images").reshape(-1, *self.input)
        self.logits = self._numbers("logits").reshape(-1, 10)

    def _numbers(self, extension):
        return np.fromfile(self.file.with_suffix("." + extension), "<f4").astype(self.dtype)

    def parameters(self):
        """The network's parameters by name: `0.weight`, `3.body.1.running_mean`."""
        file = self.file.with_suffix(".safetensors").read_bytes()
        start = 8 + int.from_bytes(file[:8], "little")
        header = json.loads(file[8:start])
        header.pop("__metadata__", None)
        return {
            name: np.frombuffer(file[start + tensor["data_offsets"][0] : start + tensor["data_offsets"][1]], "<f4")
            .reshape(tensor["shape"]).astype(self.dtype)
            for name, tensor in header.items()
            if tensor["dtype"] == "F32"
        }

    def batches(self):
        """Images and labels of some training steps."""
        labels = np.random.default_rng(1).integers(0, 10, len(self.images))
        starts = range(0, len(self.images) - self.batch + 1, self.batch)
        return [(self.images[i : i + self.batch], labels[i : i + self.batch]) for i in starts]


def spread(warm_up, calls, seconds, figure, run):
    """The median of `calls` calls after `warm_up` others, or of as many as there is time for, but of three."""
    run()  # compiles, perhaps
    figures, call, begin = [], 0, time.perf_counter()
    while len(figures) < calls and not (len(figures) >= 3 and time.perf_counter() - begin > seconds):
        start = time.perf_counter()
        run()
        end = time.perf_counter()
        call += 1
        if call > min(warm_up, 2) and (call > warm_up or end - begin > seconds / 4):
            figures.append(figure(end - start))
    figures.sort()
    n = len(figures)
    return {"median": figures[n // 2], "p10": figures[n // 10], "p90": figures[n * 9 // 10], "min": figures[0], "n": n}


def peak_memory():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", help="a file in python/")
    parser.add_argument("--folder", required=True, help="where `throughput --save` wrote the networks")
    parser.add_argument("--network", default="digits")
    parser.add_argument("--mode", default="")
    parser.add_argument("--only", choices=["train", "predict"], default="train")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--batches", default="16,256")
    options = parser.parse_args()

    spec = importlib.util.spec_from_file_location("peer", HERE / "python" / f"{options.peer}.py")
    peer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peer)
    network = Network(options.network, options.folder)
    figures = {}
    if options.only == "train":
        step = peer.trainer(network, options.mode, options.threads)
        figures["train_ms"] = spread(20, 300, options.seconds, lambda seconds: 1e3 * seconds, step)
    else:
        predict = peer.predictor(network, options.mode, options.threads)
        prepare = getattr(peer, "prepare", lambda images: images)
        theirs, ours = np.asarray(predict(prepare(network.images[:64]))), network.logits[:64]
        assert theirs.shape == ours.shape, f"found logits {theirs.shape}, expected {ours.shape}"
        figures["difference"] = float(np.abs(theirs - ours).max())
        for count in [1, *map(int, options.batches.split(","))]:
            images = prepare(np.ascontiguousarray(network.images[:count]))
            name, figure = ("lat_us", lambda s: 1e6 * s) if count == 1 else (f"img_s_{count}", lambda s: count / s)
            figures[name] = spread(*((200, 3000) if count == 1 else (100, 500)), options.seconds, figure, lambda: predict(images))
    print(json.dumps({"version": peer.version(), **figures, "rss_mib": peak_memory()}))


if __name__ == "__main__":
    main()
