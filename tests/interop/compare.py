"""Compares what other programs compute with what the crate computed.

    python3 tests/interop/compare.py FOLDER

FOLDER holds the cases that tests/interop/main.rs wrote. Each way to another program is a file beside this one, with a class
that compares one case; it is listed in WAYS. Fails if a case differs, or if nothing could be compared.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np

WAYS = [("with_onnx", "Onnx"), ("with_torch", "Torch")]


def distance(found, expected):
    """The largest difference, relative to 1 or the expected number, whichever is larger."""
    assert found.shape == expected.shape, f"shape: found {found.shape}, expected {expected.shape}"
    assert np.isfinite(found).all(), "not all numbers are finite"
    return float(np.max(np.abs(found - expected) / np.maximum(1.0, np.abs(expected))))


def load(file):
    """A case, its input and output as [N, C, H, W] arrays."""
    case = json.loads(file.read_text())
    for name in ("input", "output"):
        case[name] = np.array(case[name], dtype=np.float64).reshape(case[f"{name}_dims"])
    return case


def ways():
    """The classes whose packages are there."""
    found = []
    for file, name in WAYS:
        try:
            found.append(getattr(importlib.import_module(file), name))
        except ModuleNotFoundError as missing:
            print(f"SKIPPED: {file}.py, for which there is {str(missing).lower()}")
    assert found, "there is nothing to compare with"
    return found


def main(folder):
    cases = [load(file) for file in sorted(folder.glob("*.json"))]
    assert cases, f"no cases in {folder}"
    failures = []
    for way in ways():
        worst, runs = 0.0, 0
        for case in cases:
            try:
                for what, found, expected, tolerance in way(case, folder).results():
                    off = distance(found, expected)
                    assert off <= tolerance, f"{what}: off by {off:.2e}, more than {tolerance:.0e}"
                    worst, runs = max(worst, off), runs + 1
            except Exception as error:  # the next case may say more
                failures.append(f"{way.__name__}, {case['name']}: {type(error).__name__}: {error}")
        print(f"{way.__name__}: {len(cases)} networks, {runs} runs compared, largest difference {worst:.1e}")
        print(f"    {way.versions()}")
    for failure in failures:
        print(f"FAILED {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
