"""A state dict as PyTorch saves it, with every kind of layer this crate has, and what the module says about three inputs.

Run it from the repository's top folder, with the packages in tests/requirements.txt (it writes state_dict.* beside itself):

    $(.ci/python) tests/golden/generate_state_dict.py
"""

import json
import math
import random
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
FOLDER = Path(__file__).resolve().parent
INPUT = [3, 2, 7, 5]


def numbers(rng, dims, largest):
    """Multiples of 1/256 from -largest to largest: exact in every type."""
    grid = int(largest * 256)
    return torch.tensor([(math.floor(rng.random() * (2 * grid + 1)) - grid) / 256 for _ in range(math.prod(dims))]).reshape(dims)


class Residual(nn.Module):
    """y = x + body(x), or y = shortcut(x) + body(x)."""

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return (x if self.shortcut is None else self.shortcut(x)) + self.body(x)


def branch(*layers):
    """The layers of a branch, pairs of a name and a layer, or layers that are called by their position."""
    named = [layer if isinstance(layer, tuple) else (str(at), layer) for at, layer in enumerate(layers)]
    return nn.Sequential(OrderedDict(named))


def module():
    """`Everything` in tests/model_files.rs."""
    return branch(
        ("conv", nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(1, 0))),
        ("norm", nn.BatchNorm2d(3, eps=1e-3)),
        nn.PReLU(3),
        Residual(branch(nn.Conv2d(3, 3, 3, padding=1), ("norm", nn.BatchNorm2d(3)), nn.ReLU())),
        ("stage", Residual(
            branch(
                ("conv", nn.Conv2d(3, 4, (1, 3), padding=(0, 1))),
                Residual(branch(nn.PReLU())),
                nn.BatchNorm2d(4),
            ),
            shortcut=branch(("project", nn.Conv2d(3, 4, 1)), nn.BatchNorm2d(4, eps=1e-2)),
        )),
        nn.MaxPool2d(2, stride=(2, 1)),
        nn.AvgPool2d(2, stride=1, padding=1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(48, 6),
        nn.BatchNorm1d(6, momentum=0.25),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(6, 5),
        nn.PReLU(),
        ("head", nn.Linear(5, 4)),
        nn.Softmax(dim=1),
    )


rng = random.Random("state dict")
net = module()
with torch.no_grad():
    for parameter in net.parameters():
        parameter.copy_(numbers(rng, parameter.shape, 1.0))
    # Running statistics that are not those of a new layer, and counters that are not 0.
    net.train()
    torch.manual_seed(1)
    for _ in range(3):
        net(numbers(rng, [8, *INPUT[1:]], 2.0))
    net.eval()
    x = numbers(rng, INPUT, 2.0)
    y = net(x)
assert net.norm.num_batches_tracked == 3

save_file(net.state_dict(), FOLDER / "state_dict.safetensors")
fields = {
    "made_by": f"tests/golden/generate_state_dict.py with torch {torch.__version__.split('+')[0]}",
    "input_dims": INPUT,
    "input": x.flatten().tolist(),
    "output": y.flatten().tolist(),
}
lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in fields.items())
(FOLDER / "state_dict.json").write_text("{\n" + lines + "\n}\n")
