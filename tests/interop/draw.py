"""Draws the random networks of tests/interop/networks.rs and prints them.

    python3 tests/interop/draw.py > tests/interop/networks.rs

Shapes are types, so a network cannot be drawn while the test runs: it has to stand in the source. Network number i draws from
its own generator, seeded with i. It begins with a random input; then every layer is one of those that fit, with random
hyper-parameters (rectangular, overlapping, padded ones included), until a random number of layers is reached. Activations and
their like seldom stand behind each other, and a softmax, whose sums are always 1, stands nowhere near the front. Most networks
end as vectors, some stay images; every eighth is a vector from the start, every sixth is f64. Networks are drawn until every kind
of layer stands in at least six of them, and there are at least 24.
"""

import random
import textwrap

PLAIN = ["ReLU", "LeakyReLU", "PReLU", "Softmax", "BatchNorm", "Dropout"]
KINDS = ["Conv2D", "MaxPool2D", "Flatten", "Dense", *PLAIN]


class Drawer:
    def __init__(self, seed):
        self.seed = seed
        self.rng = random.Random(seed)
        self.layers, self.kinds, self.last = [], set(), None

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
        self.layers.append(f"{kind}({', '.join(arguments)})")
        return oh, ow

    def layer(self, shape):
        """One more layer behind `shape`; returns the shape it gives."""
        c, h, w = shape
        image = h > 1 or w > 1
        kinds = ["Conv2D", "Conv2D", "MaxPool2D", "Flatten"] if image else ["Dense"]
        if not image and self.rng.random() < 0.1:
            kinds = ["Conv2D", "Flatten"]  # a vector is a 1×1 image too
        if self.rng.random() < (0.2 if self.last in PLAIN else 0.8):
            kinds = [kind for kind in PLAIN if kind != "Softmax" or len(self.layers) > 3]
        kind = self.last = self.pick(kinds)
        self.kinds.add(kind)
        if kind == "Conv2D":
            filters = self.draw(2, 6)
            h, w = self.windowed(kind, "kernel", [f"filters = {filters}"], h, w, lambda kernel: kernel)
            return filters, h, w
        if kind == "MaxPool2D":
            return c, *self.windowed(kind, "window", [], h, w, lambda kernel: kernel // 2)
        if kind == "Dense":
            units = self.draw(2, 12)
            self.layers.append(f"Dense(units = {units})")
            return units, 1, 1
        hyper_parameters = {
            "LeakyReLU": f"negative_slope = {self.pick(['0.01', '0.2', '-0.5'])}",
            "PReLU": f"per_channel = {self.pick(['true', 'false'])}",
            "BatchNorm": f"eps = {self.pick(['1e-5', '1e-3', '0.5'])}",
            "Dropout": f"percent = {self.pick([10, 50, 90])}",
        }
        self.layers.append(f"{kind}({hyper_parameters[kind]})" if kind in hyper_parameters else kind)
        return (c * h * w, 1, 1) if kind == "Flatten" else shape

    def network(self):
        shape = (self.draw(1, 4), self.draw(3, 16), self.draw(3, 16)) if self.seed % 8 else (self.draw(2, 20), 1, 1)
        start, scalar = shape, ("; f64" if self.seed % 6 == 5 else "")
        for _ in range(self.draw(4, 11)):
            shape = self.layer(shape)
        whole = ", ".join(layer.replace(" ", "~") for layer in self.layers)  # lines break between layers only
        wrapped = textwrap.wrap(whole, 110, initial_indent=" " * 8, subsequent_indent=" " * 8, break_on_hyphens=False)
        lines = [line.replace("~", " ") for line in wrapped]
        return "\n".join([f"    Random{self.seed}: [{', '.join(map(str, start))}{scalar}] => {{", *lines, "    }"])


def main():
    networks, count, seed = [], dict.fromkeys(KINDS, 0), 0
    while len(networks) < 24 or min(count.values()) < 6:
        seed += 1
        drawer = Drawer(seed)
        networks.append(drawer.network())
        for kind in drawer.kinds:
            count[kind] += 1
    print("//! Random networks, drawn by draw.py beside this file, which says how.\n")
    print("networks! {\n" + "\n".join(networks) + "\n}")


main()
