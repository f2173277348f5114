"""A state dict as PyTorch saves it, with every kind of layer this crate has, and what the module says about three inputs.

Run it from the repository's top folder, in a scratch virtual environment (it writes state_dict.* beside itself):

    python3 -m venv scratch
    scratch/bin/pip install torch==2.15.0 safetensors==0.8.0 numpy
    scratch/bin/python tests/golden/generate_state_dict.py
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


def module():
    """`Everything` in tests/model_files.rs. Layers without a name there have their position here."""
    return nn.Sequential(OrderedDict([
        ("conv", nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(1, 0))),
        ("norm", nn.BatchNorm2d(3, eps=1e-3)),
        ("2", nn.PReLU(3)),
        ("3", nn.MaxPool2d(2, stride=(2, 1))),
        ("4", nn.LeakyReLU(0.2)),
        ("5", nn.Flatten()),
        ("6", nn.Linear(18, 6)),
        ("7", nn.BatchNorm1d(6, momentum=0.25)),
        ("8", nn.ReLU()),
        ("9", nn.Dropout(0.3)),
        ("10", nn.Linear(6, 5)),
        ("11", nn.PReLU()),
        ("head", nn.Linear(5, 4)),
        ("13", nn.Softmax(dim=1)),
    ]))


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
