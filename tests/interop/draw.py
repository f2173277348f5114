"""Draws the random networks of tests/interop/networks.rs and prints them.

    python3 tests/interop/draw.py > tests/interop/networks.rs

Shapes are types, so a network cannot be drawn while the test runs: it has to stand in the source. Network number i draws from
its own generator, seeded with i. It begins with a random input; then every layer is one of those that fit, with random
hyper-parameters (rectangular, overlapping, padded ones included), until a random number of layers is reached. A block has up to
four layers inside, blocks included; where they change the shape, it has a shortcut that changes it alike. Some layers have names.
Activations and their like seldom stand behind each other, and a softmax, whose sums are always 1, stands nowhere near the front.
Most networks end as vectors, some stay images; every eighth is a vector from the start, every sixth is f64. Networks are drawn
until every kind of layer stands in at least six of them, and so do the forms of a block, and there are at least 24.
"""

import random

PLAIN = ["ReLU", "LeakyReLU", "PReLU", "Softmax", "BatchNorm", "Dropout"]
KINDS = ["Conv2D", "MaxPool2D", "AvgPool2D", "Residual", "Flatten", "Dense", *PLAIN]
# A shortcut to a flattened image has as many filters of its size.
LARGEST_SHORTCUT = 64
FORMS = ["a shortcut", "BatchNorm in a block", "a name in a block", "a block in a block"]


class Drawer:
    def __init__(self, seed):
        self.seed = seed
        self.rng = random.Random(seed)
        self.kinds = set()

    def draw(self, low, high):
        """A whole number from low to high. Only `random()` is the same in every version of Python."""
        return low + int(self.rng.random() * (high - low + 1))

    def pick(self, items):
        return items[self.draw(0, len(items) - 1)]

    def window(self, limit, largest_padding):
        """Kernel, stride and padding of one axis, and the size that comes out."""
        kernel = self.draw(1, min(limit, 4))
        padding = self.draw(0, min(largest_padding(kernel), 2))
        stride = self.draw(1, 3)
        return kernel, stride, padding, (limit + 2 * padding - kernel) // stride + 1

    def windowed(self, kind, size_name, before, height, width, padding):
        (kh, sh, ph, oh), (kw, sw, pw, ow) = self.window(height, padding), self.window(width, padding)
        text = lambda a, b: str(a) if a == b else f"[{a}, {b}]"
        arguments = [*before, f"{size_name} = {text(kh, kw)}", f"stride = {text(sh, sw)}", f"padding = {text(ph, pw)}"]
        return f"{kind}({', '.join(arguments)})", (oh, ow)

    def kind(self, shape, last, at, depth):
        """A kind of layer that fits behind `shape` and the `last` one."""
        c, h, w = shape
        image = h > 1 or w > 1
        kinds = ["Conv2D", "Conv2D", "MaxPool2D", "AvgPool2D", "Flatten"] if image else ["Dense"]
        if image and depth > 0 and c * h * w > LARGEST_SHORTCUT:
            kinds.remove("Flatten")
        if depth < 2:
            kinds += ["Residual", "Residual"]
        if not image and self.rng.random() < 0.1:
            kinds = ["Conv2D", "Flatten"]  # a vector is a 1×1 image too
        if self.rng.random() < (0.2 if last in PLAIN else 0.8 if depth == 0 else 0.5):
            kinds = [kind for kind in PLAIN if kind != "Softmax" or at > 3 and depth == 0]
        return self.pick(kinds)

    def layer(self, kind, shape, depth):
        """A layer of this kind behind `shape`, and the shape it gives."""
        c, h, w = shape
        self.kinds.add(kind)
        if kind == "BatchNorm" and depth > 0:
            self.kinds.add("BatchNorm in a block")
        if kind == "Conv2D":
            filters = self.draw(2, 6)
            text, size = self.windowed(kind, "kernel", [f"filters = {filters}"], h, w, lambda kernel: kernel)
            return text, (filters, *size)
        if kind in ("MaxPool2D", "AvgPool2D"):
            text, size = self.windowed(kind, "window", [], h, w, lambda kernel: kernel // 2)
            return text, (c, *size)
        if kind == "Dense":
            units = self.draw(2, 12)
            return f"Dense(units = {units})", (units, 1, 1)
        if kind == "Residual":
            return self.block(shape, depth)
        hyper_parameters = {
            "LeakyReLU": f"negative_slope = {self.pick(['0.01', '0.2', '-0.5'])}",
            "PReLU": f"per_channel = {self.pick(['true', 'false'])}",
            "BatchNorm": f"eps = {self.pick(['1e-5', '1e-3', '0.5'])}",
            "Dropout": f"percent = {self.pick([10, 50, 90])}",
        }
        text = f"{kind}({hyper_parameters[kind]})" if kind in hyper_parameters else kind
        return text, ((c * h * w, 1, 1) if kind == "Flatten" else shape)

    def block(self, shape, depth):
        """A residual block, and the shape it gives."""
        if depth > 0:
            self.kinds.add("a block in a block")
        _, h, w = shape
        body, (oc, oh, ow) = self.level(shape, self.draw(1, 4), depth + 1, lambda shape: shape[1] <= h and shape[2] <= w)
        if (oc, oh, ow) == shape and self.rng.random() < 0.7:
            return ("Residual(", body, []), shape
        # Whatever the size, there is a kernel that leaves as much.
        self.kinds.add("a shortcut")
        shortcut = [self.named(f"Conv2D(filters = {oc}, kernel = [{h - oh + 1}, {w - ow + 1}])", 0, depth + 1)]
        if self.rng.random() < 0.5:
            shortcut.append("BatchNorm")
        return ("Residual(", body, shortcut), (oc, oh, ow)

    def level(self, shape, count, depth, allowed=lambda shape: True):
        """So many layers behind `shape` that each give an allowed one, and what they give."""
        layers, last = [], None
        while len(layers) < count:
            kind = self.kind(shape, last, len(layers), depth)
            layer, after = self.layer(kind, shape, depth)
            if allowed(after):
                layers.append(self.named(layer, len(layers), depth))
                shape, last = after, kind
        return layers, shape

    def named(self, layer, at, depth):
        """The layer, perhaps with a name."""
        if self.rng.random() < 0.75:
            return layer
        if depth > 0:
            self.kinds.add("a name in a block")
        name = f"layer{at}: "
        return name + layer if isinstance(layer, str) else (name + layer[0], *layer[1:])

    def network(self):
        start = (self.draw(1, 4), self.draw(3, 16), self.draw(3, 16)) if self.seed % 8 else (self.draw(2, 20), 1, 1)
        scalar = "; f64" if self.seed % 6 == 5 else ""
        layers, _ = self.level(start, self.draw(4, 9), 0)
        head = f"    Random{self.seed}: [{', '.join(map(str, start))}{scalar}] => {{"
        return "\n".join([head, *lines(layers, " " * 8), "    }"])


def inline(layer):
    """The layer in one line."""
    if isinstance(layer, str):
        return layer
    head, body, shortcut = layer
    last = [f"shortcut = ({', '.join(shortcut)})"] if shortcut else []
    return f"{head}{', '.join([*map(inline, body), *last])})"


def lines(layers, indent):
    """The layers as lines, which break between layers only."""
    found = [""]
    for layer in layers:
        if len(indent + inline(layer)) < 115:
            layer = inline(layer)
        if not isinstance(layer, str):
            head, body, shortcut = layer
            last = [f"{indent}    shortcut = ({', '.join(shortcut)}),"] if shortcut else []
            found += [f"{indent}{head}", *lines(body, indent + "    "), *last, f"{indent}),", ""]
        elif found[-1] and len(found[-1]) + len(layer) < 115:
            found[-1] += f" {layer},"
        else:
            found.append(f"{indent}{layer},")
    return [line for line in found if line]


def main():
    networks, count, seed = [], dict.fromkeys([*KINDS, *FORMS], 0), 0
    while len(networks) < 24 or min(count.values()) < 6:
        seed += 1
        drawer = Drawer(seed)
        networks.append(drawer.network())
        for kind in drawer.kinds:
            count[kind] += 1
    print("//! Random networks, drawn by draw.py beside this file, which says how.\n")
    print("networks! {\n" + "\n".join(networks) + "\n}")


main()
