"""Golden numbers from PyTorch: what every layer, loss, optimizer and initialization of the crate has to give.

Run it from the repository's top folder, with the packages in tests/requirements.txt (it writes the *.json files beside itself):

    $(.ci/python) tests/golden/generate.py

Everything is computed in float64 on one CPU thread. The format is described in README.md, beside this file.

Every input, parameter and incoming gradient is a multiple of 1/256, so it is the same number in f32, in f64 and in the
file: a test in f32 starts from no rounding error. Each case draws from its own generator, seeded with the case's name,
so a case added or removed changes no other. Results are written with as many digits as f64 needs.
"""

import itertools
import json
import math
import random
from pathlib import Path
from unittest import mock

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

FOLDER = Path(__file__).resolve().parent
MADE_BY = f"tests/golden/generate.py with torch {torch.__version__.split('+')[0]}"


# ---------------------------------------------------------------------------------------------------------------------
# Numbers in


def numbers(rng, dims, largest=2.0):
    """Multiples of 1/256 in [-largest, largest], uniform, never zero (so never on the kink of an activation)."""
    grid = int(largest * 256)
    drawn = []
    while len(drawn) < math.prod(dims):
        # Only `random()` is guaranteed to give the same sequence in every version of Python.
        step = math.floor(rng.random() * (2 * grid + 1)) - grid
        if step != 0:
            drawn.append(step / 256)
    return torch.tensor(drawn).reshape(dims)


def distinct(rng, dims):
    """Numbers that are all different, in random order: no maximum is ever tied."""
    order = sorted(range(math.prod(dims)), key=lambda _: rng.random())
    return ((torch.tensor(order) - len(order) // 2) / 64).reshape(dims)


def few(rng, dims, least):
    """`least` or `least + 1`: maxima are tied nearly everywhere."""
    return torch.tensor([least + math.floor(2 * rng.random()) for _ in range(math.prod(dims))]).reshape(dims)


def positive(rng, dims):
    """Multiples of 1/256 in [0.5, 2.5]: scales and variances."""
    return numbers(rng, dims, 1.0) + 1.5


# ---------------------------------------------------------------------------------------------------------------------
# Numbers out


def flat(tensor):
    values = tensor.detach().flatten().tolist()
    if tensor.dtype.is_floating_point:
        assert all(map(math.isfinite, values)), "JSON has no infinities"
        values = [0.0 if value == 0.0 else value for value in values]  # no "-0.0"
    return values


def dims4(tensor):
    """The dims as [N, C, H, W]; a batch of feature vectors is [N, C, 1, 1]."""
    dims = list(tensor.shape)
    return dims + [1] * (4 - len(dims))


def named(tensors):
    return {name: {"dims": list(tensor.shape), "values": flat(tensor)} for name, tensor in tensors.items()}


def lines(fields, indent):
    """A JSON object with one field per line: compact, and still readable in a diff."""
    text = ",\n".join(f"{indent}{json.dumps(key)}: {compact(value)}" for key, value in fields.items())
    return "{\n" + text + "\n" + indent[:-1] + "}"


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def write(name, fields):
    """Writes `fields` to the file `name`; a list of objects, `cases`, comes last, each with one field per line."""
    fields = {"made_by": MADE_BY} | fields
    cases = fields.pop("cases", None)
    text = lines(fields, " ")
    if cases is not None:
        names = [case["name"] for case in cases]
        assert len(set(names)) == len(names), "two cases share a name, and so their random numbers"
        text = text[:-2] + ',\n "cases": [\n  ' + ",\n  ".join(lines(case, "   ") for case in cases) + "\n ]\n}"
    assert json.loads(text)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {len(text) / 1024:.0f} KiB" + (f", {len(cases)} cases" if cases is not None else ""))


# ---------------------------------------------------------------------------------------------------------------------
# layers.json


def layer_case(name, kind, config, function, dims, parameters=None, draw=numbers, input=None, note=None):
    """Runs `function(input, parameters)` forward and backward.

    `parameters` maps a name to the function that draws it and its dims; `input` replaces the drawn one.
    """
    rng = random.Random(name)
    x = draw(rng, dims) if input is None else input
    x.requires_grad_()
    parameters = {key: drawn(rng, shape).requires_grad_() for key, (drawn, shape) in (parameters or {}).items()}
    y = function(x, parameters)
    grad_output = numbers(rng, y.shape)
    y.backward(grad_output)
    case = {"name": name, "kind": kind, "config": config}
    if note is not None:
        case["note"] = note
    return case | {
        "input_dims": dims4(x),
        "output_dims": dims4(y),
        "input": flat(x),
        "parameters": named(parameters),
        "output": flat(y),
        "grad_output": flat(grad_output),
        "grad_input": flat(x.grad),
        "grad_parameters": {key: flat(parameter.grad) for key, parameter in parameters.items()},
    }


def sides(padding):
    """The padding as `F.pad` takes it: left, right, top, bottom. It is [vertical, horizontal] or [[top, bottom], [left, right]]."""
    vertical, horizontal = (side if isinstance(side, list) else [side, side] for side in padding)
    return [*horizontal, *vertical]


def conv2d(name, dims, filters, kernel, stride=(1, 1), padding=(0, 0), dilation=None, groups=1, bias=True):
    config = {"filters": filters, "kernel": kernel, "stride": stride, "padding": padding}
    config |= {} if dilation is None else {"dilation": dilation}
    config |= {} if groups == 1 else {"groups": groups}
    parameters = {"weight": (numbers, [filters, dims[1] // groups, *kernel])}
    parameters |= {"bias": (numbers, [filters])} if bias else {}
    more = {"stride": stride, "dilation": dilation or 1, "groups": groups}
    function = lambda x, p: F.conv2d(F.pad(x, sides(padding)), p["weight"], p.get("bias"), **more)
    return layer_case(f"conv2d {name}", "conv2d", config, function, dims, parameters)


def series(name, dims, function, weights=None, **config):
    """A layer of series, [N, C, 1, L] here, by PyTorch's function of [N, C, L]."""

    def of_images(x, p):
        parameters = [p["weight"].squeeze(2), p.get("bias")] if p else []
        return function(x.squeeze(2), *parameters, **config).unsqueeze(2)

    parameters = {key: (numbers, shape) for key, shape in (weights or {}).items()}
    return layer_case(name, name.split()[0], config, of_images, dims, parameters, draw=numbers if weights else distinct)


def conv_transpose2d(
    name, dims, filters, kernel, stride=(1, 1), padding=(0, 0), output_padding=(0, 0), dilation=(1, 1), bias=True
):
    config = {"filters": filters, "kernel": kernel, "stride": stride, "padding": padding, "output_padding": output_padding}
    config |= {"dilation": dilation}
    parameters = {"weight": (numbers, [dims[1], filters, *kernel])}
    parameters |= {"bias": (numbers, [filters])} if bias else {}
    more = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    function = lambda x, p: F.conv_transpose2d(x, p["weight"], p.get("bias"), **more)
    return layer_case(f"conv_transpose2d {name}", "conv_transpose2d", config, function, dims, parameters)


def first_maximum(x, window, stride, padding, dilation, output_dims):
    """Max pooling by definition: where the first largest number of each window is, row by row; padding is no number."""
    _, _, height, width = x.shape
    positions = []
    for n, c, row, column in itertools.product(*map(range, output_dims)):
        best = None
        for i, j in itertools.product(*map(range, window)):
            h = row * stride[0] + i * dilation[0] - padding[0]
            w = column * stride[1] + j * dilation[1] - padding[1]
            if 0 <= h < height and 0 <= w < width and (best is None or x[n, c, h, w] > x[n, c, best[0], best[1]]):
                best = (h, w)
        positions.append(best[0] * width + best[1])
    return positions


def max_pool2d(name, dims, window, stride=None, padding=(0, 0), draw=distinct, note=None, dilation=(1, 1), ceil=False):
    stride = window if stride is None else stride
    # PyTorch takes the same padding on both sides, and up to half of the window without its gaps.
    is_taken = all(isinstance(side, int) and side <= size // 2 for side, size in zip(padding, window))

    def function(x, _):
        more = {"stride": stride, "dilation": dilation, "ceil_mode": ceil}
        if not is_taken:
            return F.max_pool2d(F.pad(x, sides(padding), value=-math.inf), window, **more)
        y, positions = F.max_pool2d(x, window, padding=padding, return_indices=True, **more)
        # PyTorch does not promise which of several equal numbers wins: make sure of what the notes say.
        assert flat(positions) == first_maximum(x.detach(), window, stride, padding, dilation, y.shape), name
        return y

    config = {"window": window, "stride": stride, "padding": padding}
    config |= {"dilation": dilation} if dilation != (1, 1) else {}
    config |= {"ceil": ceil} if ceil else {}
    return layer_case(f"max_pool2d {name}", "max_pool2d", config, function, dims, draw=draw, note=note)


def avg_pool2d(name, dims, window, stride=None, padding=(0, 0), count_include_pad=True, ceil=False):
    stride = window if stride is None else stride
    config = {"window": window, "stride": stride, "padding": padding, "count_include_pad": count_include_pad}
    config |= {"ceil": ceil} if ceil else {}
    is_even = all(isinstance(side, int) for side in padding)

    def function(x, _):
        if is_even:
            return F.avg_pool2d(x, window, stride, padding, ceil, count_include_pad)
        mean = lambda x: F.avg_pool2d(F.pad(x, sides(padding)), window, stride)
        return mean(x) if count_include_pad else mean(x) / mean(torch.ones_like(x))

    return layer_case(f"avg_pool2d {name}", "avg_pool2d", config, function, dims)


def prelu(name, dims, slopes, input=None, note=None):
    # Slopes up to 1 in size, of both signs; PyTorch calls them `weight`.
    parameters = {"weight": (lambda rng, shape: numbers(rng, shape, 1.0), [slopes])}
    function = lambda x, p: F.prelu(x, p["weight"])
    return layer_case(f"prelu {name}", "prelu", {"slopes": slopes}, function, dims, parameters, input=input, note=note)


def global_max(x, _):
    return F.adaptive_max_pool2d(x, 1).flatten(1)


def global_avg(x, _):
    return F.adaptive_avg_pool2d(x, 1).flatten(1)


def upsample(name, dims, scale, mode):
    config = {"scale": scale, "bilinear": mode == "bilinear"}
    function = lambda x, _: F.interpolate(x, scale_factor=tuple(map(float, scale)), mode=mode)
    return layer_case(f"upsample {name}", "upsample", config, function, dims)


def maxout(name, dims, pieces, draw=distinct, note=None):
    def function(x, _):
        y, piece = x.unflatten(1, (-1, pieces)).max(dim=2)
        # PyTorch does not promise which of several equal numbers wins: make sure of what the note says.
        assert (piece == (x.unflatten(1, (-1, pieces)) == y.unsqueeze(2)).int().argmax(2)).all(), name
        return y

    return layer_case(f"maxout{name}", "maxout", {"pieces": pieces}, function, dims, draw=draw, note=note)


def group_norm(name, dims, groups, eps=1e-5):
    parameters = {"weight": (numbers, [dims[1]]), "bias": (numbers, [dims[1]])}
    function = lambda x, p: F.group_norm(x, groups, p["weight"], p["bias"], eps)
    return layer_case(f"group_norm{name}", "group_norm", {"groups": groups, "eps": eps}, function, dims, parameters)


def layer_norm(name, dims, eps=1e-5):
    parameters = {"weight": (numbers, dims[1:]), "bias": (numbers, dims[1:])}
    function = lambda x, p: F.layer_norm(x, dims[1:], p["weight"], p["bias"], eps)
    return layer_case(f"layer_norm{name}", "layer_norm", {"eps": eps}, function, dims, parameters)


def softmax_over(kind, name, first, last):
    softmax = {"softmax": F.softmax, "log_softmax": F.log_softmax}[kind]
    function = lambda x, _: softmax(x.flatten(first, last), dim=first).reshape(x.shape)
    return layer_case(f"{kind} of {name}", kind, {"axis": [first, last]}, function, [2, 3, 5, 4])


def batch_norm(name, dims, eps=1e-5, momentum=0.1):
    """One training step from given running statistics, and prediction with the statistics before and after it."""
    rng = random.Random(f"batch_norm {name}: running statistics")
    channels = [dims[1]]
    before = {"running_mean": numbers(rng, channels), "running_var": positive(rng, channels)}
    after = {key: value.clone() for key, value in before.items()}
    parameters = {"gamma": (numbers, channels), "beta": (numbers, channels)}
    inference = {}

    def function(x, p):
        def infer(state):
            with torch.no_grad():
                return flat(F.batch_norm(x, *state.values(), p["gamma"], p["beta"], training=False, eps=eps))

        inference["infer_output"] = infer(before)
        # Writes the new running statistics into `after`.
        y = F.batch_norm(x, *after.values(), p["gamma"], p["beta"], training=True, momentum=momentum, eps=eps)
        inference["infer_output_after"] = infer(after)
        return y

    config = {"eps": eps, "momentum": momentum}
    case = layer_case(f"batch_norm {name}", "batch_norm", config, function, dims, parameters)
    return case | {"state": named(before), "state_after": named(after)} | inference


def huge():
    """Where exp() of the input, or of its negative, overflows f32, and then f64."""
    return torch.tensor([[100.0, -100, 0.5, 100], [-1000.0, 1000, -0.5, 100], [-1000.0, -1000, -1000, -1000]])


def at_zero():
    """An input with zeros, for the activations with a kink there."""
    return torch.tensor([0.0, -1.5, 0.75, 0.0, 2.0, -0.5]).reshape(1, 3, 2, 1)


def hard_sigmoid(x):
    """`F.hardsigmoid`, whose derivative has 1/6 in single precision, also in float64."""
    return F.hardtanh(x + 3, 0.0, 6.0) / 6


def kinks(*where):
    """An input with numbers where a function has kinks."""
    return torch.tensor([*where, -1.5, 0.25, 3.5, -4.0][:6]).reshape(1, 3, 2, 1)


def layers():
    image = [2, 3, 5, 4]
    takes_left = "at 0 the derivative is the left-hand one"

    def elementwise(name, kind, config, function, **more):
        return layer_case(name, kind, config, lambda x, _: function(x), image, **more)

    return [
        conv2d("plain", [4, 2, 5, 7], 3, [3, 2]),
        # As the second convolution of the reference network: the last row and column are out of reach of the kernel.
        conv2d("stride 2, padding 2", [2, 3, 6, 9], 5, [3, 3], [2, 2], [2, 2]),
        conv2d("all rectangular", [2, 3, 9, 6], 4, [3, 5], [2, 1], [1, 2]),
        conv2d("one input channel, padding 1", [3, 1, 4, 5], 2, [3, 3], padding=[1, 1]),
        conv2d("kernel 1", [2, 4, 3, 5], 6, [1, 1]),
        conv2d("stride larger than kernel", [3, 2, 8, 6], 4, [2, 1], [3, 2]),
        conv2d("two groups", [2, 4, 5, 6], 6, [3, 2], padding=[1, 0], groups=2),
        conv2d("groups, stride and dilation", [2, 6, 7, 9], 3, [3, 3], [2, 2], [2, 2], [1, 2], groups=3),
        conv2d("depthwise", [2, 5, 6, 7], 5, [3, 3], padding=[1, 1], groups=5),
        conv2d("depthwise, stride 2, two filters a channel", [2, 3, 9, 8], 6, [3, 5], [2, 2], [1, 2], groups=3),
        conv2d("depthwise, dilated, no bias", [2, 2, 9, 7], 2, [3, 3], [1, 2], [[2, 2], [2, 2]], [2, 2], 2, bias=False),
        conv2d("dilated", [2, 2, 8, 9], 3, [3, 2], padding=[1, 1], dilation=[2, 3]),
        conv2d("same, even kernel", [2, 2, 5, 6], 3, [4, 2], padding=[[1, 2], [0, 1]]),
        conv2d("four-sided padding, stride 2", [2, 3, 6, 5], 2, [3, 3], [2, 2], [[0, 2], [1, 0]]),
        conv2d("without bias", [2, 3, 4, 6], 4, [2, 3], bias=False),
        series("conv1d plain", [2, 2, 1, 9], F.conv1d, {"weight": [3, 2, 1, 4], "bias": [3]}),
        series(
            "conv1d all", [2, 4, 1, 17], F.conv1d, {"weight": [6, 2, 1, 3]}, stride=2, padding=2, dilation=3, groups=2
        ),
        series("max_pool1d window 3", [2, 3, 1, 10], F.max_pool1d, kernel_size=3),
        series(
            "max_pool1d all", [2, 2, 1, 12], F.max_pool1d, kernel_size=3, stride=2, padding=1, dilation=2, ceil_mode=True
        ),
        series("avg_pool1d window 3", [2, 3, 1, 10], F.avg_pool1d, kernel_size=3),
        series(
            "avg_pool1d all",
            [2, 2, 1, 12],
            F.avg_pool1d,
            kernel_size=3,
            stride=2,
            padding=1,
            count_include_pad=False,
            ceil_mode=True,
        ),
        conv_transpose2d("plain", [2, 2, 4, 5], 3, [3, 2]),
        conv_transpose2d("doubles", [2, 3, 4, 3], 2, [2, 2], [2, 2]),
        conv_transpose2d("stride, padding and output padding", [2, 3, 3, 5], 4, [3, 5], [2, 3], [1, 2], [1, 2]),
        conv_transpose2d("dilated, no bias", [2, 2, 5, 4], 3, [2, 3], [1, 2], dilation=[3, 2], bias=False),
        conv_transpose2d("of a pixel", [2, 6, 1, 1], 2, [4, 3]),
        max_pool2d("window 2", [2, 3, 6, 8], [2, 2]),
        max_pool2d("last row and column dropped", [3, 2, 5, 7], [2, 2]),
        max_pool2d("overlapping, padded", [2, 3, 6, 8], [3, 3], [2, 2], [1, 1]),
        max_pool2d("rectangular", [3, 2, 4, 7], [2, 3], [1, 2], [0, 1]),
        max_pool2d("dilated", [2, 2, 7, 8], [2, 3], [1, 2], [1, 1], dilation=(3, 2)),
        max_pool2d("dilated, padded by half of what it spans", [2, 2, 6, 5], [3, 3], [1, 2], [2, 2], dilation=(2, 2)),
        max_pool2d("rounded up", [2, 2, 5, 6], [2, 3], [2, 4], ceil=True),
        max_pool2d("rounded up, padded", [2, 2, 6, 7], [3, 3], [2, 2], [1, 1], ceil=True),
        max_pool2d("four-sided padding", [2, 2, 5, 4], [3, 2], [1, 1], [[0, 1], [1, 0]]),
        max_pool2d("same", [2, 2, 5, 6], [2, 2], [1, 2], [[0, 1], [0, 0]]),
        max_pool2d(
            "ties",
            [2, 3, 4, 6],
            [2, 2],
            draw=lambda rng, dims: few(rng, dims, 0.0),
            note="the first of equal numbers, row by row, gets the gradient",
        ),
        max_pool2d(
            "ties, all negative, padded",
            [2, 1, 5, 6],
            [3, 3],
            [2, 2],
            [1, 1],
            draw=lambda rng, dims: few(rng, dims, -2.0),
            note="padding never wins; the first of equal numbers, row by row, gets the gradient",
        ),
        avg_pool2d("window 2", [2, 3, 5, 7], [2, 2]),
        avg_pool2d("rectangular, padding counted", [3, 2, 4, 7], [2, 3], [1, 2], [1, 1]),
        avg_pool2d("rectangular, padding not counted", [3, 2, 4, 7], [2, 3], [1, 2], [1, 1], count_include_pad=False),
        *[
            avg_pool2d(f"rounded up, padding {counted}", [2, 2, 6, 8], [3, 2], [2, 3], [1, 1], counted == "counted", True)
            for counted in ("counted", "not counted")
        ],
        avg_pool2d("same, padding not counted", [2, 2, 5, 4], [3, 2], [2, 1], [[1, 1], [0, 1]], count_include_pad=False),
        avg_pool2d("four-sided padding", [2, 1, 4, 5], [3, 2], [1, 1], [[1, 0], [0, 1]]),
        layer_case("flatten", "flatten", {}, lambda x, _: x.flatten(1), [2, 3, 4, 5]),
        layer_case(
            "dense",
            "dense",
            {"units": 3},
            lambda x, p: F.linear(x, p["weight"], p["bias"]),
            [4, 5],
            {"weight": (numbers, [3, 5]), "bias": (numbers, [3])},
        ),
        layer_case(
            "dense without bias",
            "dense",
            {"units": 6},
            lambda x, p: F.linear(x, p["weight"]),
            [3, 4],
            {"weight": (numbers, [6, 4])},
        ),
        elementwise("relu", "relu", {}, F.relu),
        elementwise("relu at zero", "relu", {}, F.relu, input=at_zero(), note=f"{takes_left}: 0"),
        *[
            elementwise(
                f"leaky_relu {slope}",
                "leaky_relu",
                {"negative_slope": slope},
                lambda x, slope=slope: F.leaky_relu(x, slope),
            )
            for slope in (0.01, 0.2)
        ],
        elementwise(
            "leaky_relu at zero",
            "leaky_relu",
            {"negative_slope": 0.2},
            lambda x: F.leaky_relu(x, 0.2),
            input=at_zero(),
            note=f"{takes_left}: the slope",
        ),
        prelu("one slope", image, 1),
        prelu("one slope per channel", image, 3),
        prelu("of vectors, one slope per channel", [5, 4], 4),
        prelu("at zero", None, 3, input=at_zero(), note=f"{takes_left}: the slope"),
        *[
            elementwise(f"elu {alpha}", "elu", {"alpha": alpha}, lambda x, alpha=alpha: F.elu(x, alpha))
            for alpha in (1.0, 0.5)
        ],
        elementwise(
            "elu at zero", "elu", {"alpha": 0.5}, lambda x: F.elu(x, 0.5), input=at_zero(), note=f"{takes_left}: alpha"
        ),
        elementwise("sigmoid", "sigmoid", {}, torch.sigmoid),
        elementwise("sigmoid extreme", "sigmoid", {}, torch.sigmoid, input=huge()),
        elementwise("tanh", "tanh", {}, torch.tanh),
        elementwise("tanh extreme", "tanh", {}, torch.tanh, input=huge()),
        *[
            elementwise(f"{kind}{ending}", kind, config, function, **more)
            for kind, config, function in (
                ("silu", {}, F.silu),
                ("gelu", {"approximate": "none"}, F.gelu),
                ("softplus", {"beta": 1.0, "threshold": 20.0}, F.softplus),
                ("hard_sigmoid", {}, hard_sigmoid),
                ("hard_swish", {}, F.hardswish),
                ("clip", {"min": -0.75, "max": 0.5}, lambda x: F.hardtanh(x, -0.75, 0.5)),
            )
            for ending, more in (("", {}), (" extreme", {"input": huge()}))
        ],
        *[
            elementwise(
                f"gelu approximate{ending}", "gelu", {"approximate": "tanh"}, lambda x: F.gelu(x, approximate="tanh"), **more
            )
            for ending, more in (("", {}), (" extreme", {"input": huge()}))
        ],
        elementwise(
            "softplus beta 2, threshold 1",
            "softplus",
            {"beta": 2.0, "threshold": 1.0},
            lambda x: F.softplus(x, 2.0, 1.0),
        ),
        elementwise(
            "softplus at the threshold",
            "softplus",
            {"beta": 2.0, "threshold": 1.5},
            lambda x: F.softplus(x, 2.0, 1.5),
            input=kinks(0.75, 1.0, 0.5),
            note="at the threshold the output is not yet the input",
        ),
        elementwise(
            "hard_sigmoid at its kinks",
            "hard_sigmoid",
            {},
            hard_sigmoid,
            input=kinks(-3.0, 3.0, 0.0),
            note="at -3 and 3 the derivative is 0",
        ),
        elementwise(
            "hard_swish at its kinks",
            "hard_swish",
            {},
            F.hardswish,
            input=kinks(-3.0, 3.0, 0.0),
            note="at -3 the derivative is 0, at 3 it is 1",
        ),
        elementwise("clip relu6", "clip", {"min": 0.0, "max": 6.0}, F.relu6),
        elementwise(
            "clip at its kinks",
            "clip",
            {"min": -0.5, "max": 0.75},
            lambda x: F.hardtanh(x, -0.5, 0.75),
            input=kinks(-0.5, 0.75, 0.0),
            note="at both ends the derivative is 0",
        ),
        layer_case("log_softmax", "log_softmax", {}, lambda x, _: F.log_softmax(x, dim=1), [3, 5]),
        layer_case("log_softmax of an image", "log_softmax", {}, lambda x, _: F.log_softmax(x, dim=1), image),
        layer_case("log_softmax extreme", "log_softmax", {}, lambda x, _: F.log_softmax(x, dim=1), None, input=huge()),
        layer_case("softmax", "softmax", {}, lambda x, _: F.softmax(x, dim=1), [3, 5]),
        layer_case("softmax extreme", "softmax", {}, lambda x, _: F.softmax(x, dim=1), None, input=huge()),
        softmax_over("softmax", "columns", 2, 2),
        softmax_over("softmax", "rows", 3, 3),
        softmax_over("softmax", "maps", 2, 3),
        softmax_over("softmax", "channels and rows", 1, 2),
        softmax_over("log_softmax", "rows", 3, 3),
        softmax_over("log_softmax", "maps", 2, 3),
        layer_case("global_avg_pool2d", "global_avg_pool2d", {}, global_avg, image),
        layer_case("global_avg_pool2d of vectors", "global_avg_pool2d", {}, global_avg, [3, 4, 1, 1]),
        layer_case("global_max_pool2d", "global_max_pool2d", {}, global_max, image, draw=distinct),
        layer_case(
            "global_max_pool2d ties",
            "global_max_pool2d",
            {},
            global_max,
            [2, 3, 4, 6],
            draw=lambda rng, dims: few(rng, dims, 0.0),
            note="the first of equal numbers, row by row, gets the gradient",
        ),
        layer_case("global_max_pool2d of vectors", "global_max_pool2d", {}, global_max, [3, 4, 1, 1]),
        layer_case("unflatten", "unflatten", {"dims": [3, 4, 5]}, lambda x, _: x.unflatten(1, (3, 4, 5)), [2, 60]),
        upsample("nearest", [2, 3, 3, 4], [2, 2], "nearest"),
        upsample("nearest, rectangular", [2, 2, 4, 3], [1, 3], "nearest"),
        upsample("bilinear", [2, 3, 3, 4], [2, 2], "bilinear"),
        upsample("bilinear, rectangular", [2, 2, 4, 1], [3, 4], "bilinear"),
        maxout("", [2, 6, 5, 4], 3),
        maxout(
            " ties",
            [2, 4, 3, 4],
            2,
            draw=lambda rng, dims: few(rng, dims, 0.0),
            note="the first of equal numbers gets the gradient",
        ),
        maxout(" of vectors", [3, 8], 4),
        group_norm("", [2, 6, 5, 4], 2),
        group_norm(" of one group", [2, 3, 4, 5], 1, eps=1e-2),
        group_norm(" of each channel", [2, 3, 5, 4], 3),
        group_norm(" of vectors", [3, 8], 2),
        layer_norm("", [2, 3, 5, 4]),
        layer_norm(" of vectors", [3, 6], eps=1e-2),
        batch_norm("of maps", [3, 2, 4, 5]),
        batch_norm("of maps, eps 0.01, momentum 0.3", [2, 3, 5, 4], eps=0.01, momentum=0.3),
        batch_norm("of vectors", [5, 3]),
    ]


# ---------------------------------------------------------------------------------------------------------------------
# losses.json


def loss_case(name, kind, logits, targets, function, **config):
    logits.requires_grad_()
    loss = function(logits, targets, **config)
    loss.backward()
    return {
        "name": f"{kind} {name}",
        "kind": kind,
        "config": config,
        "logits_dims": list(logits.shape),
        "logits": flat(logits),
        "targets" if targets.dtype.is_floating_point else "labels": flat(targets),
        "loss": loss.item(),
        "grad_logits": flat(logits.grad),
    }


def losses():
    def cross_entropy(name, logits, labels):
        return loss_case(name, "cross_entropy", logits, torch.tensor(labels), F.cross_entropy)

    def binary_cross_entropy(name, logits, targets):
        kind = "binary_cross_entropy_with_logits"
        return loss_case(name, kind, logits, targets, F.binary_cross_entropy_with_logits)

    def distances(name, kind, function, largest=1.0, **config):
        output, target = largest * numbers(rng, [3, 4]), numbers(rng, [3, 4])
        assert (output - target).abs().min() > 1e-4, f"{kind}: a distance stands on the kink"
        return loss_case(name, kind, output, target, function, **config)

    def log_cosh(output, target):
        d = output - target
        return (F.softplus(-2.0 * d) + d - math.log(2.0)).mean()

    def quantile(output, target, q):
        d = target - output
        return torch.maximum(q * d, (q - 1.0) * d).mean()

    def hinge(output, target):
        return F.relu(1.0 - (2.0 * target - 1.0) * output).mean()

    def multi_margin(name, logits, labels, margin):
        return loss_case(name, "multi_margin_loss", logits, torch.tensor(labels), F.multi_margin_loss, margin=margin)

    def focal(logits, labels, gamma):
        loss = F.cross_entropy(logits, labels, reduction="none")
        return ((1.0 - torch.exp(-loss)) ** gamma * loss).mean()

    def set_cross_entropy(name, labels, classes, label_smoothing=None, weights=None, ignored=None):
        """The sum over the batch, divided by the number of samples, whatever their weights."""
        keywords = {
            "label_smoothing": label_smoothing or 0.0,
            "weight": None if weights is None else torch.tensor(weights),
            "ignore_index": -100 if ignored is None else ignored,
        }
        function = lambda logits, labels, **_: F.cross_entropy(logits, labels, reduction="sum", **keywords) / len(labels)
        config = {"label_smoothing": label_smoothing, "ignored": ignored}
        config |= {f"weight {label}": weight for label, weight in enumerate(weights or [])}
        config = {key: value for key, value in config.items() if value is not None}
        return loss_case(name, "cross_entropy", numbers(rng, [len(labels), classes]), torch.tensor(labels), function, **config)

    rng = random.Random("losses")
    # Rows: right by far; wrong by far; all equal and huge; the label's logit is the least; two share the maximum.
    extreme = torch.tensor(
        [
            [1000.0, -1000, 0, 0, 0, 0, 0, 0, 0, 0],
            [1000.0, -1000, 0, 0, 0, 0, 0, 0, 0, 0],
            [10000.0] * 10,
            [-100.0, -90, -80, -70, -60, -50, -40, -30, -20, -10],
            [-5.0, 300, 299, 300, -400, 0, 1, 2, 3, 4],
        ]
    )
    return [
        cross_entropy("plain", numbers(rng, [4, 10]), [3, 9, 0, 3]),
        cross_entropy("extreme", extreme, [0, 1, 7, 0, 2]),
        binary_cross_entropy("plain", numbers(rng, [4, 3]), few(rng, [4, 3], 0.0)),
        binary_cross_entropy("soft targets", numbers(rng, [2, 5]), numbers(rng, [2, 5], 0.5) + 0.5),
        # A row on the right side, a row on the wrong one.
        binary_cross_entropy(
            "extreme",
            torch.tensor([[1000.0, -1000, 100, -100], [1000.0, -1000, 100, -100]]),
            torch.tensor([[1.0, 0, 1, 0], [0.0, 1, 0, 1]]),
        ),
        loss_case("plain", "mse_loss", numbers(rng, [4, 3]), numbers(rng, [4, 3]), F.mse_loss),
        loss_case("extreme", "mse_loss", 5e5 * numbers(rng, [2, 4]), numbers(rng, [2, 4]), F.mse_loss),
        loss_case("plain", "huber_loss", numbers(rng, [4, 3]), numbers(rng, [4, 3]), F.huber_loss, delta=1.0),
        loss_case("wide", "huber_loss", numbers(rng, [2, 5]), numbers(rng, [2, 5]), F.huber_loss, delta=1.75),
        loss_case("extreme", "huber_loss", 5e5 * numbers(rng, [2, 4]), numbers(rng, [2, 4]), F.huber_loss, delta=0.5),
        distances("plain", "l1_loss", F.l1_loss),
        distances("plain", "log_cosh", log_cosh),
        distances("extreme", "log_cosh", log_cosh, 5e5),
        distances("of three quarters", "quantile", quantile, q=0.75),
        distances("of a tenth", "quantile", quantile, q=0.1),
        loss_case("plain", "hinge", numbers(rng, [4, 3]), few(rng, [4, 3], 0.0), hinge),
        multi_margin("plain", numbers(rng, [4, 5]), [3, 4, 0, 3], margin=1.0),
        multi_margin("wide", numbers(rng, [3, 4]), [1, 0, 2], margin=1.75),
        loss_case("plain", "nll_loss", -positive(rng, [4, 5]), torch.tensor([3, 4, 0, 3]), F.nll_loss),
        loss_case("plain", "focal", numbers(rng, [4, 5]), torch.tensor([3, 4, 0, 3]), focal, gamma=2.0),
        loss_case("weak", "focal", 4 * numbers(rng, [4, 3]), torch.tensor([2, 1, 0, 1]), focal, gamma=0.5),
        set_cross_entropy("smoothed", [3, 9, 0, 3], 10, label_smoothing=0.1),
        set_cross_entropy("weighted", [3, 1, 0, 3], 4, weights=[0.5, 1.5, 0.25, 4.0]),
        set_cross_entropy("one ignored", [3, 255, 0, 3], 5, ignored=255),
        set_cross_entropy(
            "all settings", [2, 1, 99, 0], 3, label_smoothing=0.25, weights=[0.5, 1.5, 2.0], ignored=99
        ),
    ]


# ---------------------------------------------------------------------------------------------------------------------
# optimizers.json


ROWS, COLUMNS = 3, 2  # of a weight; the numbers after it are a bias
WEIGHTS = ROWS * COLUMNS


def optimizers():
    rng = random.Random("optimizers")
    initial = numbers(rng, [8])
    gradients = numbers(rng, [20, 8])
    gradients[0, 2] = 0.0  # Adam divides by the root of a moment that is still zero

    def case(name, kind, rule, config, decay_only_weights=False):
        weight, bias = (part.clone().requires_grad_() for part in (initial[:WEIGHTS], initial[WEIGHTS:]))
        # PyTorch wants Adam's two decay rates as a pair.
        keywords = {key: value for key, value in config.items() if not key.startswith("beta")}
        if "beta1" in config:
            keywords["betas"] = (config["beta1"], config["beta2"])
        of_biases = {"weight_decay": 0.0} if decay_only_weights else {}
        optimizer = rule([{"params": [weight]}, {"params": [bias]} | of_biases], foreach=False, **keywords)
        steps = []
        for gradient in gradients:
            weight.grad, bias.grad = gradient[:WEIGHTS].clone(), gradient[WEIGHTS:].clone()
            optimizer.step()
            steps.append(flat(weight) + flat(bias))
        config = config | {"decay_only_weights": decay_only_weights}
        return {"name": f"{kind} {name}", "kind": kind, "config": config, "steps": steps}

    def sgd(name, momentum=0.0, nesterov=False, weight_decay=0.0, **groups):
        config = {"lr": 0.1, "momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay}
        return case(name, "sgd", torch.optim.SGD, config, **groups)

    def adam(name, kind="adam", rule=torch.optim.Adam, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, **groups):
        config = {"lr": 0.1, "beta1": beta1, "beta2": beta2, "eps": eps, "weight_decay": weight_decay}
        return case(name, kind, rule, config, **groups)

    def adagrad(name, initial_accumulator_value=0.0, eps=1e-10, weight_decay=0.0, **groups):
        initial = {"initial_accumulator_value": initial_accumulator_value}
        config = {"lr": 0.1} | initial | {"eps": eps, "weight_decay": weight_decay}
        return case(name, "adagrad", torch.optim.Adagrad, config, **groups)

    def adadelta(name, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0, **groups):
        config = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay}
        return case(name, "adadelta", torch.optim.Adadelta, config, **groups)

    def rmsprop(name, alpha=0.99, eps=1e-8, momentum=0.0, centered=False, weight_decay=0.0, **groups):
        config = {"lr": 0.1, "alpha": alpha, "eps": eps, "momentum": momentum, "centered": centered}
        return case(name, "rmsprop", torch.optim.RMSprop, config | {"weight_decay": weight_decay}, **groups)

    def muon(name, momentum=0.95, nesterov=True, eps=1e-7, weight_decay=0.1):
        """Weights by Muon in float64 instead of its bfloat16, biases by AdamW with a learning rate of its own."""
        config = {"lr": 0.1, "momentum": momentum, "nesterov": nesterov, "eps": eps, "weight_decay": weight_decay}

        class Both:
            def __init__(self, groups, foreach, **config):
                weight, bias = (group["params"][0] for group in groups)
                self.matrix = torch.nn.Parameter(weight.detach().view(ROWS, COLUMNS))  # of the same numbers
                self.weight = weight
                self.rules = [torch.optim.Muon([self.matrix], **config), torch.optim.AdamW([bias], lr=0.015625, foreach=foreach)]

            def step(self):
                self.matrix.grad = self.weight.grad.view(ROWS, COLUMNS)
                with mock.patch("torch.bfloat16", torch.float64):
                    for rule in self.rules:
                        rule.step()

        return case(name, "muon", Both, config)

    grouped = {"weight_decay": 0.25, "decay_only_weights": True}

    cases = [
        sgd("plain"),
        sgd("momentum", momentum=0.9),
        sgd("nesterov", momentum=0.9, nesterov=True),
        sgd("weight_decay", weight_decay=0.01),
        sgd("momentum, weight_decay", momentum=0.9, weight_decay=0.01),
        sgd("nesterov, weight_decay", momentum=0.9, nesterov=True, weight_decay=0.01),
        adam("plain"),
        adam("other decay rates and eps", beta1=0.8, beta2=0.95, eps=0.01),
        adam("weight_decay", weight_decay=0.01),
        adam("default weight decay", "adamw", torch.optim.AdamW, weight_decay=0.01),
        adam("large weight decay, other decay rates", "adamw", torch.optim.AdamW, beta1=0.8, beta2=0.95, weight_decay=0.5),
        sgd("decay of weights", momentum=0.9, nesterov=True, **grouped),
        adam("decay of weights", **grouped),
        adam("decay of weights", "adamw", torch.optim.AdamW, **grouped),
        adagrad("plain"),
        adagrad("begun, other eps", initial_accumulator_value=0.5, eps=0.01),
        adagrad("weight_decay", weight_decay=0.01),
        adagrad("decay of weights", **grouped),
        adadelta("plain"),
        adadelta("other lr, rho and eps", lr=0.5, rho=0.75, eps=0.01),
        adadelta("weight_decay", eps=0.01, weight_decay=0.01),
        adadelta("decay of weights", eps=0.01, **grouped),
        rmsprop("plain"),
        rmsprop("other alpha and eps", alpha=0.75, eps=0.01),
        rmsprop("momentum, weight_decay", momentum=0.9, weight_decay=0.01),
        rmsprop("centered", centered=True),
        rmsprop("centered, momentum, decay of weights", centered=True, momentum=0.75, **grouped),
        muon("plain"),
        muon("without Nesterov, no weight decay", nesterov=False, weight_decay=0.0),
        muon("less momentum, other eps", momentum=0.5, eps=0.25),
    ]
    assert len({str(case["steps"]) for case in cases}) == len(cases), "two rules are the same"
    return {"parameters": flat(initial), "weight_dims": [ROWS, COLUMNS], "gradients": gradients.tolist(), "cases": cases}


# ---------------------------------------------------------------------------------------------------------------------
# schedules.json


def schedules():
    """Learning rates of 40 steps, for an optimizer whose own is 1."""
    total = 40
    scheduler = torch.optim.lr_scheduler

    def case(name, kind, make, config):
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
        schedule = make(optimizer)
        factors = []
        for _ in range(total):
            factors.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        return {"name": f"{kind} {name}", "kind": kind, "config": config, "factors": factors}

    def one_cycle(name, **config):
        make = lambda optimizer: scheduler.OneCycleLR(optimizer, 1.0, total, cycle_momentum=False, **config)
        return case(name, "one_cycle", make, config)

    def restarts(name, first, grow):
        make = lambda optimizer: scheduler.CosineAnnealingWarmRestarts(optimizer, first, grow)
        return case(name, "cosine_restarts", make, {"first": first, "grow": grow})

    def warmed(optimizer):
        up = scheduler.LinearLR(optimizer, 1 / 8, 1.0, 7)
        return scheduler.SequentialLR(optimizer, [up, scheduler.ExponentialLR(optimizer, 0.875)], [8])

    return [
        case("plain", "cosine", lambda optimizer: scheduler.CosineAnnealingLR(optimizer, total), {}),
        case("plain", "linear", lambda optimizer: scheduler.LinearLR(optimizer, 1.0, 0.0, total), {}),
        case("plain", "staircase", lambda optimizer: scheduler.StepLR(optimizer, 7, 0.5), {"every": 7, "factor": 0.5}),
        case("plain", "exponential", lambda optimizer: scheduler.ExponentialLR(optimizer, 0.875), {"factor": 0.875}),
        case(
            "plain",
            "piecewise",
            lambda optimizer: scheduler.MultiStepLR(optimizer, [5, 12, 33], 0.5),
            {"step 0": 5, "factor 0": 0.5, "step 1": 12, "factor 1": 0.25, "step 2": 33, "factor 2": 0.125},
        ),
        restarts("of equal length", 9, 1),
        restarts("of double length", 5, 2),
        one_cycle("plain", pct_start=0.3, div_factor=25.0, final_div_factor=1e4),
        one_cycle("short rise", pct_start=0.1, div_factor=4.0, final_div_factor=10.0),
        case("then exponential", "warmup", warmed, {"steps": 8, "factor": 0.875}),
    ]


# ---------------------------------------------------------------------------------------------------------------------
# network.json


def network():
    # The first seeds have a number within 1e-4 of a kink or of a tied maximum; the asserts below say so.
    rng = random.Random("network 16")
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),  # 4×12×12
        nn.PReLU(),
        nn.MaxPool2d(2),  # 4×6×6
        nn.Conv2d(4, 6, 3, stride=2, padding=2),  # 6×4×4
        nn.PReLU(),
        nn.MaxPool2d(2),  # 6×2×2
        nn.Flatten(),  # 24
        nn.Linear(24, 8),
        nn.PReLU(),
        nn.Linear(8, 5),
    )
    with torch.no_grad():
        for p in net.parameters():
            if p.dim() > 1:
                p.copy_(numbers(rng, p.shape, 1.5 / math.sqrt(p[0].numel())))
            elif p.numel() == 1:
                p.copy_(numbers(rng, p.shape, 0.125) + 0.25)  # PReLU's slope
            else:
                p.copy_(numbers(rng, p.shape, 0.25))
    x = numbers(rng, [3, 1, 12, 12], 1.0).requires_grad_()
    labels = torch.tensor([4, 0, 2])

    def loss_and_logits(least=1e-4):
        """Also makes sure that rounding in f32 cannot send a number across a kink or a maximum to its neighbour."""
        y = x
        for layer in net:
            if isinstance(layer, nn.PReLU):
                assert y.abs().min() > least, f"an activation stands on the kink: {y.abs().min()}"
            if isinstance(layer, nn.MaxPool2d):
                first, second = F.unfold(y.reshape(-1, 1, *y.shape[2:]), 2, stride=2).topk(2, dim=1).values.unbind(1)
                assert (first - second).min() > least, f"two numbers nearly tie for a maximum: {(first - second).min()}"
            y = layer(y)
        return F.cross_entropy(y, labels), y

    config = {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.0}
    initial = {name: p.detach().clone() for name, p in net.named_parameters()}
    loss, logits = loss_and_logits()
    loss.backward()
    fields = {
        "layers": [str(layer) for layer in net],
        "input_dims": list(x.shape),
        "input": flat(x),
        "labels": flat(labels),
        "parameters": named(dict(net.named_parameters())),
        "logits": flat(logits),
        "loss": loss.item(),
        "grad_input": flat(x.grad),
        "grad_parameters": {name: flat(p.grad) for name, p in net.named_parameters()},
        "optimizer": {"kind": "sgd", "config": config},
    }

    def train(clip, least=1e-4):
        """Three steps from the initial parameters, each on a gradient that `clip` has changed."""
        net.load_state_dict(initial)
        optimizer = torch.optim.SGD(net.parameters(), foreach=False, **config)
        losses, norms = [], []
        for _ in range(3):
            optimizer.zero_grad()
            loss, _ = loss_and_logits(least)
            loss.backward()
            losses.append(loss.item())
            norms.append(torch.cat([p.grad.flatten() for p in net.parameters()]).norm().item())
            clip(net.parameters())
            optimizer.step()
        losses.append(loss_and_logits(least)[0].item())
        assert losses == sorted(losses, reverse=True), f"training makes it worse: {losses}"
        after = {name: flat(p) for name, p in net.named_parameters()}
        return {"losses": losses, "norms": norms, "parameters_after": after}

    least = 1e-6  # these steps are compared in f64 alone
    most = {"value": 0.03125, "norm": 0.5}
    clipped = {
        "value": train(lambda parameters: nn.utils.clip_grad_value_(parameters, most["value"]), least),
        "norm": train(lambda parameters: nn.utils.clip_grad_norm_(parameters, most["norm"]), least),
    }
    assert min(clipped["norm"]["norms"]) > most["norm"], f"nothing to clip: {clipped['norm']['norms']}"
    clipped = {kind: {"most": most[kind]} | results for kind, results in clipped.items()}
    return fields | train(lambda _: None) | {"clipped": clipped}


# ---------------------------------------------------------------------------------------------------------------------
# blocks.json


class Residual(nn.Module):
    """The module whose names the crate's `Residual` has."""

    def __init__(self, body, shortcut=nn.Identity()):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def conv_norm(channels, filters, kernel, stride=1):
    return [nn.Conv2d(channels, filters, kernel, stride, padding=kernel // 2), nn.BatchNorm2d(filters)]


class Concat(nn.Module):
    """The module whose names the crate's `Concat` has."""

    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class Gate(nn.Module):
    """The module whose names the crate's `Gate` has."""

    def __init__(self, gate):
        super().__init__()
        self.gate = gate

    def forward(self, x):
        factors = self.gate(x)
        return x * (factors if factors.shape == x.shape else factors.reshape(x.shape[0], -1, 1, 1))


def residual():
    """A small residual network."""
    return nn.Sequential(
        *conv_norm(2, 3, 3),  # 3×5×7
        nn.ReLU(),
        Residual(nn.Sequential(*conv_norm(3, 3, 3), nn.ReLU(), *conv_norm(3, 3, 3))),
        nn.ReLU(),
        Residual(
            nn.Sequential(*conv_norm(3, 4, 3, stride=2), nn.ReLU(), *conv_norm(4, 4, 3)),  # 4×3×4
            nn.Sequential(*conv_norm(3, 4, 1, stride=2)),
        ),
        nn.ReLU(),
        nn.AvgPool2d((3, 4)),  # 4×1×1
        nn.Flatten(),
        nn.Linear(4, 5),
    )


def branched():
    """Branches, two kinds of gates, and networks inside a network."""
    inside = lambda channels: nn.Sequential(*conv_norm(channels, 4, 3), nn.ReLU())
    return nn.Sequential(
        inside(2),  # 4×5×7
        Concat(
            nn.Sequential(*conv_norm(4, 2, 1), nn.ReLU(), *conv_norm(2, 3, 3)),
            nn.Identity(),
            nn.Sequential(inside(4)),
            nn.Sequential(nn.Sigmoid()),
        ),  # 15×5×7
        Gate(
            nn.Sequential(
                nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(15, 3), nn.ReLU(), nn.Linear(3, 15), nn.Sigmoid()
            )
        ),
        nn.Conv2d(15, 3, 1),
        Gate(nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.Tanh())),
        nn.AvgPool2d((5, 7)),
        nn.Flatten(),
        nn.Linear(3, 2),
    )


def block(make, seed):
    """One training step, and prediction with the statistics before and after it."""
    rng = random.Random(seed)
    net = make()
    with torch.no_grad():
        for name, p in net.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            p.copy_(positive(rng, p.shape) if name.endswith("running_var") else numbers(rng, p.shape, 1.0))
    x = numbers(rng, [3, 2, 5, 7]).requires_grad_()
    state = lambda: named({name: p for name, p in net.named_buffers() if "num_batches" not in name})

    def away_from_the_kink(_, inputs):
        assert inputs[0].abs().min() > 1e-4, f"an activation stands on the kink: {inputs[0].abs().min()}"

    for module in net.modules():
        if isinstance(module, nn.ReLU):
            module.register_forward_pre_hook(away_from_the_kink)
    infer = lambda: flat(net.eval()(x))
    fields = {
        "layers": str(net).splitlines(),
        "input_dims": dims4(x),
        "input": flat(x),
        "parameters": named(dict(net.named_parameters())),
        "state": state(),
        "infer_output": infer(),
    }
    y = net.train()(x)
    grad_output = numbers(rng, y.shape)
    y.backward(grad_output)
    return fields | {
        "output": flat(y),
        "grad_output": flat(grad_output),
        "grad_input": flat(x.grad),
        "grad_parameters": {name: flat(p.grad) for name, p in net.named_parameters()},
        "state_after": state(),
        "infer_output_after": infer(),
    }


# ---------------------------------------------------------------------------------------------------------------------
# init.json


def inits():
    """What `torch.nn.init` hands to the generator of random numbers: a standard deviation or a bound."""
    functions = {
        "he_normal": ("std", lambda w: nn.init.kaiming_normal_(w, mode="fan_in", nonlinearity="relu")),
        "he_uniform": ("bound", lambda w: nn.init.kaiming_uniform_(w, mode="fan_in", nonlinearity="relu")),
        "xavier_normal": ("std", lambda w: nn.init.xavier_normal_(w)),
        "xavier_uniform": ("bound", lambda w: nn.init.xavier_uniform_(w)),
    }
    weights = {"conv2d": [64, 32, 3, 3], "conv2d, rectangular": [6, 4, 3, 5], "dense": [128, 1024]}
    cases = []
    for layer, dims in weights.items():
        fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(torch.empty(dims))
        for kind, (what, function) in functions.items():
            # normal_(mean, std) or uniform_(low, high): the second argument is the one we want.
            with mock.patch.multiple(torch.Tensor, normal_=mock.DEFAULT, uniform_=mock.DEFAULT) as drawn:
                function(torch.empty(dims))
            (call,) = drawn["normal_"].call_args_list + drawn["uniform_"].call_args_list
            first, value = call.args
            assert first == {"std": 0.0, "bound": -value}[what]
            fans = {"fan_in": fan_in, "fan_out": fan_out}
            cases.append({"name": f"{kind} of {layer}", "kind": kind, "dims": dims} | fans | {what: value})
    return cases


if __name__ == "__main__":
    write("layers.json", {"cases": layers()})
    write("losses.json", {"cases": losses()})
    write("optimizers.json", optimizers())
    write("schedules.json", {"cases": schedules()})
    write("network.json", network())
    cases = {"residual": block(residual, "blocks 1"), "branched": block(branched, "branched 1")}
    write("blocks.json", {"cases": [{"name": name} | case for name, case in cases.items()]})
    write("init.json", {"cases": inits()})
