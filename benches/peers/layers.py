#!/usr/bin/env python3
"""The layers of `benches/layers.rs` in PyTorch, beside the results of `cargo bench --bench layers -- layer/`: the table of speed.md.

Needs torch and a C++ compiler (for the compiled mode). One thread, 8 images, the same shapes and names. Each time is the median of many calls;
PyTorch's is its best mode: eager, or compiled. Run both programs one after the other, with nothing else running:

    cargo bench --bench layers -- layer/ && python3 benches/peers/layers.py
"""

import json
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

SAMPLES = 8
RESULTS = Path(__file__).parents[2] / "target" / "criterion"


class Of(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class SqueezeExcitation(nn.Module):
    def __init__(self):
        super().__init__()
        self.squeeze, self.excite = nn.Linear(32, 8), nn.Linear(8, 32)

    def forward(self, x):
        factors = torch.sigmoid(self.excite(F.relu(self.squeeze(x.mean((2, 3))))))
        return x * factors[:, :, None, None]


IMAGE, HALF, SERIES = [32, 28, 28], [32, 14, 14], [32, 256]
LAYERS = {
    "Depthwise": (IMAGE, nn.Conv2d(32, 32, 3, padding=1, groups=32)),
    "DepthwiseHalf": (IMAGE, nn.Conv2d(32, 32, 3, stride=2, padding=1, groups=32)),
    "Grouped": (IMAGE, nn.Conv2d(32, 32, 3, padding=1, groups=4)),
    "Dilated": (IMAGE, nn.Conv2d(32, 32, 3, padding=2, dilation=2)),
    "GroupedOf32": ([32, 32, 32], nn.Conv2d(32, 32, 3, padding=1, groups=4)),
    "DilatedOf32": ([32, 32, 32], nn.Conv2d(32, 32, 3, padding=2, dilation=2)),
    "Convolution1D": ([16, 256], nn.Conv1d(16, 32, 5, padding=2)),
    "Max1D": (SERIES, nn.MaxPool1d(2)),
    "Average1D": (SERIES, nn.AvgPool1d(2)),
    "ConvTranspose": (HALF, nn.ConvTranspose2d(32, 16, 2, stride=2)),
    "GlobalAvg": (IMAGE, Of(lambda x: x.mean((2, 3)))),
    "GlobalMax": (IMAGE, Of(lambda x: x.amax((2, 3)))),
    "UpsampleNearest": (HALF, nn.Upsample(scale_factor=2)),
    "UpsampleBilinear": (HALF, nn.Upsample(scale_factor=2, mode="bilinear")),
    "LayerNormOfImages": (IMAGE, nn.LayerNorm([32, 28, 28])),
    "LayerNormOfVectors": ([512], nn.LayerNorm(512)),
    "GroupNormOfImages": (IMAGE, nn.GroupNorm(8, 32)),
    "MaxoutOfImages": (IMAGE, Of(lambda x: x.view(-1, 16, 2, 28, 28).amax(2))),
    "SoftmaxOfChannels": (IMAGE, nn.Softmax(1)),
    "SoftmaxOfRows": (IMAGE, nn.Softmax(3)),
    "SoftmaxOfMaps": (IMAGE, Of(lambda x: F.softmax(x.flatten(2), 2))),
    "LogSoftmaxOfMaps": (IMAGE, Of(lambda x: F.log_softmax(x.flatten(2), 2))),
    "LogSoftmaxOfVectors": ([10], nn.LogSoftmax(1)),
    "ClipOfImages": (IMAGE, nn.ReLU6()),
    "ConcatOfReLUs": (IMAGE, Of(lambda x: torch.cat([F.relu(x), x], 1))),
    "ExponentialLinear": (IMAGE, nn.ELU()),
    "GaussianError": (IMAGE, nn.GELU()),
    "GaussianErrorApproximate": (IMAGE, nn.GELU("tanh")),
    "HardSigmoidOfImages": (IMAGE, nn.Hardsigmoid()),
    "HardSwishOfImages": (IMAGE, nn.Hardswish()),
    "SigmoidOfImages": (IMAGE, nn.Sigmoid()),
    "SigmoidLinear": (IMAGE, nn.SiLU()),
    "SoftplusOfImages": (IMAGE, nn.Softplus()),
    "TanhOfImages": (IMAGE, nn.Tanh()),
    "SqueezeExcitation": (IMAGE, SqueezeExcitation()),
}


def median(call, calls=300):
    """Microseconds."""
    for _ in range(30):
        call()
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)[calls // 2] * 1e6


def passes(module, dims):
    x = torch.randn(SAMPLES, *dims).requires_grad_()
    forward = median(lambda: module(x))
    y = module(x)
    gradient, of = torch.ones_like(y), [x, *module.parameters()]
    return forward, median(lambda: torch.autograd.grad(y, of, gradient, retain_graph=True))


def ours(name, which):
    file = RESULTS / f"layer_{name}" / which / "new" / "estimates.json"
    return json.loads(file.read_text())["median"]["point_estimate"] / 1000 if file.exists() else float("nan")


if __name__ == "__main__":
    torch.set_num_threads(1)
    wanted = sys.argv[1:] or LAYERS
    print(f"PyTorch {torch.__version__}; microseconds, ours and PyTorch's (its mode)\n")
    print("| | forward | backward |\n|---|---|---|")
    for name in wanted:
        dims, module = LAYERS[name]
        torch._dynamo.reset()
        # A compiled module leaves the graph that its backward pass needs only if it may be used again.
        torch._functorch.config.donated_buffer = False
        modes = {"eager": passes(module, dims), "compiled": passes(torch.compile(module), dims)}
        row = [name]
        for i, which in enumerate(["forward", "backward"]):
            mode = min(modes, key=lambda mode: modes[mode][i])
            row.append(f"{ours(name, which):.1f}, {modes[mode][i]:.1f} ({mode})")
        print("| " + " | ".join(row) + " |", flush=True)
