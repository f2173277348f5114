"""The network of models/digits.safetensors in PyTorch: its file loads there, and PyTorch's loads here, and they agree.

    python3 -m venv scratch
    scratch/bin/pip install torch safetensors numpy
    scratch/bin/python examples/pytorch.py                      # load our model file, and compare what it says
    scratch/bin/python examples/pytorch.py --save theirs.safetensors    # the other way: a file by PyTorch

The second file has other weights, and golden pairs computed by PyTorch, so loading it here compares the two:

    cargo run --release --example mnist -- --network small --load theirs.safetensors --epochs 0

Every layer of the crate has a module to match; the documentation of `shapeproof::io` lists them, and has that of a `Residual` block.
"""

import argparse
import hashlib
import json
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save
from torch import nn

MODEL = Path(__file__).resolve().parent / "models" / "digits.safetensors"


def small_net():
    """`SmallNet` in models/digits.rs. A layer that has no name there has its position here."""
    return nn.Sequential(OrderedDict([
        ("conv1", nn.Conv2d(1, 8, 3, padding=1)),
        ("1", nn.PReLU()),
        ("2", nn.MaxPool2d(2)),
        ("conv2", nn.Conv2d(8, 16, 3, padding=1)),
        ("4", nn.PReLU()),
        ("5", nn.MaxPool2d(2)),
        ("6", nn.Flatten()),
        ("7", nn.Dropout(0.25)),
        ("dense", nn.Linear(784, 10)),
    ]))


def record_of(path):
    """What the crate wrote beside the weights."""
    with safe_open(path, "pt") as file:
        return json.loads((file.metadata() or {}).get("shapeproof", "null"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--load", type=Path, default=MODEL, help="a model file of SmallNet")
    parser.add_argument("--save", type=Path, help="write a file by PyTorch, with other weights")
    options = parser.parse_args()

    net = small_net()
    net.load_state_dict(load_file(options.load), strict=True)
    net.eval()
    record = record_of(options.load)
    if record is None:
        raise SystemExit(f"{options.load.name}: loaded with strict=True; it has no golden pairs to compare with")
    largest_off = 0.0
    for pair in record["golden"]:
        with torch.no_grad():
            output = net(torch.tensor(pair["input"]).reshape(1, 1, 28, 28)).flatten()
        expected = torch.tensor(pair["output"])
        largest_off = max(largest_off, ((output - expected).abs() / expected.abs().clamp(min=1)).max().item())
    print(f"{options.load.name}: written by shapeproof {record['version']}, loaded with strict=True")
    print(f"{len(record['golden'])} golden pairs, largest difference {largest_off:.1e} (relative to outputs above 1)")
    if largest_off > 1e-5:
        raise SystemExit("error: PyTorch does not agree to 1e-5")

    if options.save:
        torch.manual_seed(1)
        with torch.no_grad():
            for parameter in net.parameters():
                parameter += 0.01 * torch.randn_like(parameter)
            for pair in record["golden"]:
                pair["output"] = net(torch.tensor(pair["input"]).reshape(1, 1, 28, 28)).flatten().tolist()
        # The checksum is over the whole file, with zeros for its own digits.
        record["sha256"] = "0" * 64
        file = save(net.state_dict(), metadata={"shapeproof": json.dumps(record)})
        options.save.write_bytes(file.replace(b"0" * 64, hashlib.sha256(file).hexdigest().encode(), 1))
        print(f"{options.save}: every weight moved a little, golden pairs by PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
