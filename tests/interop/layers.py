"""The layers of a case, which are in one list, as the levels of a network: `stage.body.0` is in the branch `stage.body`."""


def inside(layers, branch):
    """The layers that stand in `branch`, those in blocks of it left out; the network's own for the branch ""."""
    return [layer for layer in layers if layer["position"].rpartition(".")[0] == branch]


def branches_first(layers, branch=""):
    """All layers from `branch` on, a block behind those of its branches: the order in which they compute."""
    for layer in inside(layers, branch):
        # The layers of a network in the place of a layer follow its position: `3.0`.
        for name in ("", ".body", ".shortcut", ".gate", ".branches"):
            yield from branches_first(layers, f"{layer['position']}{name}")
        yield layer
