"""The networks of `examples/throughput/networks.rs`, for peers that do not read ONNX. Layers have the same positions."""


def conv(filters, kernel=3, stride=1, padding=0, groups=1):
    return ("conv", filters, kernel, stride, padding, groups)


NORM, RELU, MEAN, FLATTEN = ("norm",), ("relu",), ("mean",), ("flatten",)


def digits(activation):
    return [
        conv(32, padding=1), (activation,), ("max", 2),
        conv(64, stride=2, padding=2), (activation,), ("max", 2),
        FLATTEN, ("dense", 128), (activation,), ("dropout", 0.5), ("dense", 10),
    ]


def residual(filters, stride=1):
    body = [conv(filters, stride=stride, padding=1), NORM, RELU, conv(filters, padding=1), NORM]
    return [("residual", body, [conv(filters, 1, stride), NORM] if stride > 1 else []), RELU]


def separable(channels, filters, stride):
    return [conv(channels, stride=stride, padding=1, groups=channels), NORM, RELU, conv(filters, 1), NORM, RELU]


# Name: the input, images in a training step, layers.
NETWORKS = {
    "digits": ((1, 28, 28), 64, digits("prelu")),
    "relu": ((1, 28, 28), 64, digits("relu")),
    "double": ((1, 28, 28), 64, digits("prelu")),
    "resnet": (
        (3, 32, 32),
        128,
        [conv(16, padding=1), NORM, RELU, *residual(16), *residual(32, 2), *residual(64, 2), MEAN, ("dense", 10)],
    ),
    "mobilenet": (
        (3, 32, 32),
        128,
        [conv(32, padding=1), NORM, RELU, *separable(32, 64, 1), *separable(64, 128, 2), *separable(128, 128, 1),
         *separable(128, 256, 2), MEAN, ("dense", 10)],
    ),
}
