"""Prints what TensorBoard's own reader finds in a folder of event files, as JSON: scalars by their tags, and images.

    python3 tests/interop/tensorboard.py DIR
"""

import json
import sys

sys.path.pop(0)  # this folder, in which this file has the name of the package
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main(folder):
    events = EventAccumulator(folder, size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    events.Reload()
    tags = events.Tags()
    found = {"scalars": {}, "images": {}}
    for tag in tags["scalars"]:
        found["scalars"][tag] = [[event.step, event.value] for event in events.Scalars(tag)]
    for tag in tags["images"]:
        images = [[event.step, event.width, event.height, event.encoded_image_string.hex()] for event in events.Images(tag)]
        found["images"][tag] = images
    print(json.dumps(found))


main(sys.argv[1])
