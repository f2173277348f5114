"""PyTorch on the CPU: eager or compiled, with images in either layout, in single or double precision."""

NAME = "PyTorch"
INSTALL = ["torch==2.15.0", "numpy"]
MODES = {
    "train": [
        "eager",
        "eager, tuned allocator",
        "eager, channels_last, tuned allocator",
        "compile, tuned allocator",
        "compile, channels_last",
        "compile, channels_last, tuned allocator",
    ],
    "predict": ["eager, channels_last, tuned allocator", "compile, channels_last, tuned allocator"],
}
FASTEST = ["compile, channels_last", "compile, channels_last, tuned allocator"]
AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}

import itertools

import torch
from torch import nn
from torch.nn import functional as F


def version():
    return torch.__version__


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def layer(kind, *of):
    match kind:
        case "conv":
            filters, kernel, stride, padding, groups = of
            return nn.LazyConv2d(filters, kernel, stride, padding, groups=groups)
        case "residual":
            return Residual(*map(sequence, of))
        case "dense":
            return nn.LazyLinear(*of)
    simple = {"norm": nn.LazyBatchNorm2d, "prelu": nn.PReLU, "relu": nn.ReLU, "max": nn.MaxPool2d, "dropout": nn.Dropout}
    return {**simple, "flatten": nn.Flatten, "mean": Mean}[kind](*of)


def sequence(layers):
    return nn.Sequential(*(layer(*each) for each in layers))


def build(network, mode, threads):
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    model = sequence(network.layers).to(torch.from_numpy(network.images).dtype)
    model.eval()(torch.from_numpy(network.images[:1]))
    model.load_state_dict({name: torch.from_numpy(value) for name, value in network.parameters().items()}, strict=False)
    return model.to(memory_format=layout(mode))


def layout(mode):
    return torch.channels_last if "channels_last" in mode else torch.contiguous_format


def compiled(model, mode):
    torch._dynamo.config.recompile_limit = 16  # one for each size of batch
    return torch.compile(model, dynamic=False) if "compile" in mode else model


def trainer(network, mode, threads):
    model = build(network, mode, threads).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)
    tensors = [(torch.from_numpy(x).to(memory_format=layout(mode)), torch.from_numpy(y)) for x, y in network.batches()]
    batches, forward = itertools.cycle(tensors), compiled(model, mode)

    def step():
        images, labels = next(batches)
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(forward(images), labels).backward()
        optimizer.step()

    return step


def predictor(network, mode, threads):
    forward = compiled(build(network, mode, threads), mode)

    @torch.inference_mode()
    def predict(images):
        return forward(images.to(memory_format=layout(mode)))

    return predict


prepare = torch.from_numpy
