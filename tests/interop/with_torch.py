"""PyTorch: the same network as a module, which loads what the crate wrote, and writes what the crate loads."""

import json
import math
from collections import OrderedDict

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from layers import inside

torch.set_num_threads(1)


# A vector is [N, C, 1, 1] here all the way, as it is in the crate.


class Dense(nn.Linear):
    def forward(self, x):
        return super().forward(x.flatten(1))[:, :, None, None]


class Flatten(nn.Module):
    def forward(self, x):
        return x.flatten(1)[:, :, None, None]


class Unflatten(nn.Module):
    def __init__(self, dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.reshape(-1, *self.dims)


class LayerNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.reshape(-1, *self.normalized_shape)).reshape(x.shape)


class Maxout(nn.Module):
    """The largest of `pieces` neighboring channels."""

    def __init__(self, pieces):
        super().__init__()
        self.pieces = pieces

    def forward(self, x):
        return x.unflatten(1, (-1, self.pieces)).amax(2)


class SoftmaxOver(nn.Module):
    """The softmax, or its logarithm, over two neighboring axes."""

    def __init__(self, softmax, axes):
        super().__init__()
        self.softmax, self.axes = softmax, axes

    def forward(self, x):
        return self.softmax(x.flatten(*self.axes), dim=self.axes[0]).reshape(x.shape)


class Residual(nn.Module):
    """y = x + body(x), or y = shortcut(x) + body(x)."""

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return (x if self.shortcut is None else self.shortcut(x)) + self.body(x)


def padding(window):
    """The padding that PyTorch's own layers do not take, as for `F.pad`, or None; and what they take."""
    (top, left), (bottom, right) = window["before"], window["after"]
    taken = {"kernel_size": window["kernel"], "stride": window["stride"], "dilation": window["dilation"]}
    taken |= {"ceil_mode": window["ceil"]}
    halves = [size // 2 for size in window["kernel"]]
    if (top, left) == (bottom, right) and top <= halves[0] and left <= halves[1]:
        return None, taken | {"padding": [top, left]}
    return [left, right, top, bottom], taken


def Padded(kind, pad, value, *sizes, **settings):
    """A layer, and the padding before it if there is any. It has the layer's parameter names."""

    class Padding(kind):
        def forward(self, x):
            return super().forward(x if pad is None else nn.functional.pad(x, pad, value=value))

    return Padding(*sizes, **settings)


class MeanOfPixels(nn.Module):
    """An average pooling of an image with `pad` around it, which does not count."""

    def __init__(self, pad, window):
        super().__init__()
        assert not window["ceil_mode"]
        self.mean = lambda x: nn.functional.avg_pool2d(nn.functional.pad(x, pad), **window)

    def forward(self, x):
        return self.mean(x) / self.mean(torch.ones_like(x))


class Concat(nn.Module):
    """The outputs of branches, joined along the channels."""

    def __init__(self, branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class Gate(nn.Module):
    """y = x * gate(x); factors for channels are [N, C, 1, 1] here."""

    def __init__(self, gate):
        super().__init__()
        self.gate = gate

    def forward(self, x):
        return x * self.gate(x)


class Torch:
    def __init__(self, case, folder):
        self.case, self.folder = case, folder
        self.shapes = dict(case["parameters"])
        self.scalar = {"f32": torch.float32, "f64": torch.float64}[case["scalar"]]
        self.input = torch.tensor(case["input"], dtype=self.scalar)

    @staticmethod
    def versions():
        return f"PyTorch {torch.__version__}"

    def results(self):
        """What, found, expected and tolerance of every run."""
        case = self.case
        net = self.sequential("").to(self.scalar).eval()
        net.load_state_dict(load_file(self.folder / f"{case['name']}.safetensors"), strict=True)
        yield "the crate's parameters", self.run(net), case["output"], case["tolerance"]
        self.leave(net)

    def run(self, net):
        with torch.no_grad():
            return net(self.input).numpy()

    def leave(self, net):
        """Leaves parameters that PyTorch has drawn, and what it computes with them, for the crate to load."""
        torch.manual_seed(len(self.case["name"]))
        with torch.no_grad():
            for name, tensor in net.state_dict().items():
                if tensor.is_floating_point():
                    tensor.copy_(torch.rand_like(tensor) - (-0.5 if name.endswith("running_var") else 0.5))
                else:
                    tensor.fill_(3)  # num_batches_tracked
        save_file(net.state_dict(), self.folder / f"{self.case['name']}.theirs.safetensors")
        output = self.run(net).flatten().tolist()
        (self.folder / f"{self.case['name']}.theirs.json").write_text(json.dumps(output))

    def sequential(self, branch):
        """The layers of the network, or of a branch of a block; None if there is no such branch."""
        layers = inside(self.case["layers"], branch)
        modules = [(layer["position"].rpartition(".")[2], self.module(layer)) for layer in layers]
        return nn.Sequential(OrderedDict(modules)) if modules else None

    def module(self, layer):
        kind, position = layer["kind"], layer["position"]
        weight = self.shapes.get(f"{position}.weight")
        pad, window = padding(layer["window"]) if "window" in layer else (None, {})
        bias = layer.get("bias")
        if "torch" in layer:
            return getattr(nn, layer["torch"])(**layer["arguments"])
        match kind:
            case "Conv2D":
                groups = layer["groups"]
                del window["ceil_mode"]
                return Padded(nn.Conv2d, pad, 0.0, weight[1] * groups, weight[0], groups=groups, bias=bias, **window)
            case "ConvTranspose2D":
                window = layer["window"]
                taken = {"stride": window["stride"], "padding": window["before"], "dilation": window["dilation"]}
                taken |= {"output_padding": layer["output_padding"], "bias": bias}
                return nn.ConvTranspose2d(weight[0], weight[1], window["kernel"], **taken)
            case "MaxPool2D":
                return Padded(nn.MaxPool2d, pad, -math.inf, **window)
            case "AvgPool2D":
                del window["dilation"]
                if pad is not None and not layer["count_padding"]:
                    return MeanOfPixels(pad, window)
                return Padded(nn.AvgPool2d, pad, 0.0, count_include_pad=layer["count_padding"], **window)
            case "Residual":
                return Residual(self.sequential(f"{position}.body"), self.sequential(f"{position}.shortcut"))
            case "Concat":
                inner = inside(self.case["layers"], f"{position}.branches")
                return Concat([self.module(branch) for branch in inner])
            case "Gate":
                return Gate(self.sequential(f"{position}.gate"))
            case "Sequential":
                return self.sequential(position)
            case "Identity":
                return nn.Identity()
            case "Flatten":
                return Flatten()
            case "Dense":
                return Dense(weight[1], weight[0], bias)
            case "ReLU":
                return nn.ReLU()
            case "LeakyReLU":
                return nn.LeakyReLU(layer["negative_slope"])
            case "PReLU":
                return nn.PReLU(layer["slopes"])
            case "Softmax" | "LogSoftmax" if layer["axes"][0] == layer["axes"][1]:
                return getattr(nn, kind)(dim=layer["axes"][0])
            case "Softmax":
                return SoftmaxOver(torch.softmax, layer["axes"])
            case "LogSoftmax":
                return SoftmaxOver(torch.log_softmax, layer["axes"])
            case "GlobalAvgPool2D":
                return nn.AdaptiveAvgPool2d(1)
            case "GlobalMaxPool2D":
                return nn.AdaptiveMaxPool2d(1)
            case "Unflatten":
                return Unflatten(layer["output"])
            case "Upsample":
                mode = "bilinear" if layer["is_bilinear"] else "nearest"
                return nn.Upsample(scale_factor=tuple(map(float, layer["scale"])), mode=mode)
            case "Maxout":
                return Maxout(layer["pieces"])
            case "GroupNorm":
                return nn.GroupNorm(layer["groups"], weight[0], eps=layer["eps"])
            case "LayerNorm":
                return LayerNorm(weight, eps=layer["eps"])
            case "BatchNorm":
                return nn.BatchNorm2d(weight[0], eps=layer["eps"])
            case "Dropout":
                return nn.Dropout()
            case "OwnTanh" | "Tanh":
                return nn.Tanh()
            case "OwnSigmoid" | "Sigmoid":
                return nn.Sigmoid()
        raise ValueError(f"no module for {kind}")
