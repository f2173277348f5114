"""Exports PyTorch models for the example `import`, with inputs and outputs to compare.

    python3 tests/interop/models.py FOLDER

For each model NAME, and each of PyTorch's two exporters whose packages are there: `NAME.script.onnx` (TorchScript) and
`NAME.dynamo.onnx`; for an `nn.Sequential` also `NAME.safetensors` and its printout, `NAME.txt`. `NAME.json` has the shape of the
input, random `inputs` and the module's `outputs`.
"""

import importlib.util
import io
import json
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

SAMPLES = 4


def conv(inputs, outputs, stride=1, kernel=3, **more):
    """A convolution without a bias, and the normalization after it."""
    more = {"padding": kernel // 2, "bias": False, **more}
    return nn.Conv2d(inputs, outputs, kernel, stride, **more), nn.BatchNorm2d(outputs)


class LeNet5(nn.Module):
    """LeCun, Bottou, Bengio and Haffner 1998, as it is usually written in PyTorch."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class BasicBlock(nn.Module):
    """He, Zhang, Ren and Sun 2016, as in torchvision."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, stride)
        self.conv2, self.bn2 = conv(outputs, outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(*conv(inputs, outputs, stride, kernel=1))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out)) + identity)


class SmallResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 8)
        self.layer1 = nn.Sequential(BasicBlock(8, 8), BasicBlock(8, 8))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2), BasicBlock(16, 16))
        self.layer3 = nn.Sequential(BasicBlock(16, 32, 2), BasicBlock(32, 32))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.avgpool(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(x, 1))


class Bottleneck(nn.Module):
    """With the identity first in the sum, and in place."""

    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(
            *conv(channels, channels // 2, kernel=1), nn.ReLU(inplace=True),
            *conv(channels // 2, channels // 2), nn.ReLU(inplace=True),
            *conv(channels // 2, channels, kernel=1),
        )  # fmt: skip

    def forward(self, x):
        y = self.body(x)
        y += x
        return torch.relu(y)


class PreActivation(nn.Module):
    """He, Zhang, Ren and Sun 2016, "Identity mappings": normalization and activation first."""

    def __init__(self, channels):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(channels), nn.Conv2d(channels, channels, 3, padding=1)
        self.bn2, self.conv2 = nn.BatchNorm2d(channels), nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(F.silu(self.bn2(self.conv1(F.silu(self.bn1(x))))))


class Residual(nn.Module):
    """The block of the crate's documentation."""

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + (x if self.shortcut is None else self.shortcut(x))


class Mean(nn.Module):
    """The global average as a mean over two axes."""

    def forward(self, x):
        return x.mean([2, 3])


class Reshape(nn.Module):
    def forward(self, x):
        return x.reshape(-1, 8 * 4 * 3)


class Maxout(nn.Module):
    """The largest of `pieces` neighboring channels."""

    def __init__(self, pieces):
        super().__init__()
        self.pieces = pieces

    def forward(self, x):
        return x.unflatten(1, (-1, self.pieces)).amax(2)


class Attention(nn.Module):
    """A softmax over the pixels of each map, as a gate."""

    def forward(self, x):
        return x * torch.softmax(x.flatten(2), 2).view_as(x)


class WaveNet(nn.Module):
    """One-dimensional convolutions of a vector, which becomes a series of one channel."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv1d(1, 6, 9, padding=4, bias=False), nn.BatchNorm1d(6)
        self.conv2, self.conv3 = nn.Conv1d(6, 6, 3, padding=1), nn.Conv1d(6, 8, 4, stride=2, dilation=2, padding=1)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.bn1(self.conv1(x.unsqueeze(1)))), 2)
        x = self.conv3(x + F.gelu(self.conv2(x)))
        return self.fc(x.mean(-1))


class Fire(nn.Module):
    """Iandola and others 2016, "SqueezeNet"."""

    def __init__(self, inputs, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.expand1x1, self.expand3x3 = nn.Conv2d(squeeze, expand, 1), nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


def mlp(activation, *more):
    return nn.Sequential(nn.Linear(20, 16), activation, *more, nn.Linear(16, 5))


def models():
    """Every model, with the shape of its input."""
    yield "LeNet5", (1, 28, 28), LeNet5()
    yield "SmallResNet", (3, 32, 32), SmallResNet()
    yield "BottleneckNet", (3, 16, 16), nn.Sequential(*conv(3, 8), nn.ReLU(), Bottleneck(8), Bottleneck(8), Mean(), nn.Linear(8, 4))
    yield "PreActivationNet", (2, 9, 7), nn.Sequential(nn.Conv2d(2, 6, 3), PreActivation(6), PreActivation(6), nn.BatchNorm2d(6), nn.SiLU())
    yield "AllConvolutional", (3, 32, 32), nn.Sequential(
        nn.Dropout(0.2), nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Dropout(),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(16, 10, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LogSoftmax(dim=1),
    )  # fmt: skip
    yield "VggLike", (3, 32, 32), nn.Sequential(
        nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2),
            nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2),
        ),
        nn.Flatten(), nn.Sequential(nn.Linear(1024, 32), nn.ReLU(True), nn.Dropout(), nn.Linear(32, 10)),
    )  # fmt: skip
    yield "Perceptron", (1, 28, 28), nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.Tanh(), nn.Linear(32, 10), nn.Softmax(dim=1))
    yield "NormedVectors", (20, 1, 1), mlp(nn.BatchNorm1d(16, eps=1e-3, momentum=0.2), nn.ReLU())
    yield "WithoutBias", (20, 1, 1), nn.Sequential(nn.Linear(20, 16, bias=False), nn.ReLU(), nn.Linear(16, 5, bias=False))
    yield "Rectifiers", (20, 1, 1), mlp(nn.LeakyReLU(0.2), nn.Linear(16, 16), nn.PReLU(), nn.Linear(16, 16), nn.PReLU(16))
    yield "Exponentials", (20, 1, 1), mlp(nn.ELU(0.7), nn.Linear(16, 16), nn.Softplus(), nn.Linear(16, 16), nn.Softplus(2.0))
    yield "Gelus", (20, 1, 1), mlp(nn.GELU(), nn.Linear(16, 16), nn.GELU(approximate="tanh"))
    yield "HardOnes", (20, 1, 1), mlp(nn.Hardswish(), nn.Linear(16, 16), nn.Hardsigmoid(), nn.Linear(16, 16), nn.Hardtanh(-0.5, 0.75))
    yield "Sigmoids", (20, 1, 1), mlp(nn.Sigmoid(), nn.Linear(16, 16), nn.SiLU(), nn.Linear(16, 16), nn.Tanh())
    yield "Sixes", (3, 12, 10), nn.Sequential(*conv(3, 8), nn.ReLU6(), *conv(8, 8, 2), nn.ReLU6(), Mean())
    yield "Rectangles", (2, 11, 14), nn.Sequential(
        nn.Conv2d(2, 5, (3, 5), (2, 1), (1, 2)), nn.PReLU(5), nn.MaxPool2d((2, 3), (1, 2), (1, 1)), nn.AvgPool2d((3, 2), 1, (1, 0)),
        nn.Conv2d(5, 8, (1, 4)), nn.AdaptiveMaxPool2d(1),
    )  # fmt: skip
    yield "PaddedAverages", (3, 8, 8), nn.Sequential(nn.AvgPool2d(3, 2, 1), nn.Conv2d(3, 4, 3, padding="same"), nn.ELU(), nn.AdaptiveAvgPool2d(2))
    yield "NestedResiduals", (4, 6, 5), nn.Sequential(
        Residual(
            nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), Residual(nn.Sequential(nn.ReLU(), nn.Conv2d(4, 4, 1)))),
            nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)),
        ),
        nn.ReLU(),
        Residual(nn.Sequential(nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.Tanh()), nn.Sequential(nn.Conv2d(4, 6, 1, stride=2))),
        nn.Flatten(), nn.Linear(54, 3),
    )  # fmt: skip
    yield "ResidualVectors", (12, 1, 1), nn.Sequential(Residual(nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 12))), nn.LogSoftmax(1))
    yield "Reshaped", (2, 8, 6), nn.Sequential(nn.Conv2d(2, 8, 3, 2, 1), nn.ReLU(), Reshape(), nn.Linear(96, 4), nn.Identity())
    yield "MobileNetLike", (3, 16, 16), nn.Sequential(*conv(3, 8, 2), nn.ReLU6(), *conv(8, 8, groups=8), nn.ReLU6(), *conv(8, 16, kernel=1), Mean(), nn.Linear(16, 4))
    yield "SqueezeNetLike", (3, 16, 16), nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU(), Fire(8, 4, 8), Fire(16, 4, 8), nn.Conv2d(16, 5, 1), Mean())
    yield "Decoder", (16, 1, 1), nn.Sequential(
        nn.Linear(16, 24), nn.ReLU(), nn.Unflatten(1, (4, 3, 2)),
        nn.ConvTranspose2d(4, 6, 3, 2, 1, 1), nn.BatchNorm2d(6), nn.ReLU(),
        nn.ConvTranspose2d(6, 2, (2, 3), (2, 1), (0, 1), dilation=(3, 2), bias=False), nn.Sigmoid(),
    )  # fmt: skip
    yield "Enlarged", (3, 6, 5), nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.Upsample(scale_factor=2), nn.ReLU(), nn.UpsamplingNearest2d(scale_factor=(1, 3)),
        nn.Conv2d(4, 2, 3), nn.Upsample(size=(20, 84)), nn.Softmax(dim=2), nn.Conv2d(2, 2, 1), nn.LogSoftmax(dim=-1),
    )  # fmt: skip
    yield "Interpolated", (2, 5, 4), nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.Upsample(scale_factor=2, mode="bilinear"), nn.ReLU(), nn.Conv2d(4, 3, 1),
        nn.Upsample(scale_factor=(3, 2), mode="bilinear", align_corners=False), nn.Softmax2d(),
    )  # fmt: skip
    yield "GroupNorms", (3, 8, 7), nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.GroupNorm(3, 6), nn.ReLU(), nn.GroupNorm(1, 6, eps=0.1), nn.Conv2d(6, 4, 1), nn.GroupNorm(4, 4, affine=True),
        nn.Flatten(), nn.Linear(120, 8), nn.GroupNorm(2, 8), nn.Tanh(),
    )  # fmt: skip
    yield "InstanceNorms", (3, 8, 7), nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.InstanceNorm2d(6, affine=True), nn.ReLU(), nn.Conv2d(6, 4, 3), nn.InstanceNorm2d(4, eps=0.1, affine=True),
    )  # fmt: skip
    yield "PlainNorms", (3, 8, 7), nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.InstanceNorm2d(6), nn.ReLU(), nn.GroupNorm(3, 6, affine=False), nn.Conv2d(6, 4, 3),
        nn.BatchNorm2d(4, affine=False), nn.ReLU(), nn.LayerNorm((4, 4, 3), bias=False), nn.LayerNorm((4, 4, 3), elementwise_affine=False),
    )  # fmt: skip
    yield "Series", (2, 1, 40), nn.Sequential(
        nn.Conv1d(2, 6, 5, padding=2), nn.BatchNorm1d(6), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(6, 8, 3, 2, 1, dilation=2, groups=2),
        nn.GroupNorm(2, 8), nn.PReLU(8), nn.AvgPool1d(3, 1, 1), nn.InstanceNorm1d(8, affine=True), nn.Conv1d(8, 4, 2, padding="same"),
        nn.LayerNorm((4, 9)), nn.MaxPool1d(3, 2, 1, ceil_mode=True), nn.Softmax(dim=2), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip
    yield "LargerSeries", (3, 1, 10), nn.Sequential(
        nn.Conv1d(3, 4, 3, padding="same"), nn.ELU(), nn.ConvTranspose1d(4, 2, 4, 2, 1), nn.Softmax(dim=1), nn.AvgPool1d(2), nn.AdaptiveMaxPool1d(5),
    )  # fmt: skip
    yield "EnlargedSeries", (2, 1, 12), nn.Sequential(
        nn.Conv1d(2, 4, 3, padding=1), nn.Upsample(scale_factor=2), nn.ReLU(), nn.Conv1d(4, 3, 1), nn.Upsample(size=72), nn.Tanh(),
    )  # fmt: skip
    yield "WaveNet", (64, 1, 1), WaveNet()
    yield "Maxouts", (3, 8, 7), nn.Sequential(
        nn.Conv2d(3, 6, 3), Maxout(3), nn.Conv2d(2, 4, 3), Attention(), nn.Flatten(), nn.Linear(48, 12), Maxout(4), nn.Linear(3, 2),
    )  # fmt: skip
    yield "LayerNorms", (3, 4, 5), nn.Sequential(
        nn.LayerNorm((3, 4, 5)), nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 8), nn.LayerNorm(8, eps=0.1), nn.Tanh(),
    )  # fmt: skip


def draw(module):
    """Weights and statistics that are not the initial ones."""
    with torch.no_grad():
        for layer in module.modules():
            for tensor in [*layer.parameters(recurse=False), *layer.buffers(recurse=False)]:
                if tensor.dim() == 1 or isinstance(layer, nn.LayerNorm):
                    tensor.copy_(torch.rand_like(tensor) + 0.25)


def export(module, x, folder, name, exporters):
    vector = x.dim() == 2
    for exporter in exporters:
        path = folder / f"{name}.{exporter}.onnx"
        if exporter == "dynamo":
            more = {"dynamo": True, "dynamic_shapes": ({0: torch.export.Dim("n")},), "external_data": False, "verbose": False}
        else:
            # Vectors with a fixed batch, and the operators of version 17, in which GELU is several.
            more = {"dynamo": False, "opset_version": 17, "input_names": ["x"]}
            more |= {} if vector else {"dynamic_axes": {"x": {0: "n"}}}
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            torch.onnx.export(module, (x,), str(path), **more)


def main(folder):
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    exporters = ["script", *(["dynamo"] if importlib.util.find_spec("onnxscript") else [])]
    if len(exporters) == 1:
        print("SKIPPED: PyTorch's exporter by dynamo, for which there is no module named 'onnxscript'")
    for name, shape, module in models():
        torch.manual_seed(len(name))
        draw(module.eval())
        x = torch.randn(SAMPLES, *shape)
        # A vector, or a series.
        x = x.flatten(1) if shape[1:] == (1, 1) else x.flatten(2) if shape[1] == 1 else x
        with torch.no_grad():
            y = module(x)
        export(module, x, folder, name, exporters)
        case = {"shape": shape, "inputs": x.flatten().tolist(), "outputs": y.flatten().tolist()}
        (folder / f"{name}.json").write_text(json.dumps(case))
        if isinstance(module, nn.Sequential):
            save_file(module.state_dict(), folder / f"{name}.safetensors")
            (folder / f"{name}.txt").write_text(f"{module}\n")
    print(f"PyTorch {torch.__version__}: models exported by {' and '.join(exporters)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
