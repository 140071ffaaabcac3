"""Writes the goldens of Pillow's decoding and resampling: python3 make-goldens.py (Pillow, NumPy).

Each .jpg is decoded, and each resize and crop applied, by Pillow in the way torchvision's transforms
call it; what comes out is stored as planes, all of the first channel by rows, then of the next.
"""
import io
import math
import os

import numpy as np
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(15)


def picture(width, height):
    """Smooth shapes with some noise, so that both transform and resampling have work to do."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [
        127 + 120 * np.sin(x / (3 + c) + c) * np.cos(y / (4 - c)) + random.normal(0, 6, (height, width))
        for c in range(3)
    ]
    return np.clip(np.stack(planes, 2), 0, 255).astype("u1")


def write(name, array):
    planes = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
    with open(os.path.join(here, name), "wb") as file:
        file.write(np.ascontiguousarray(planes).tobytes())


def resized(image, side):
    """torchvision.transforms.Resize(side)."""
    width, height = image.size
    short, long = min(width, height), max(width, height)
    other = int(side * long / short)
    size = (side, other) if width <= height else (other, side)
    return image.resize(size, Image.BILINEAR)


def cropped(image, width, height):
    """torchvision.transforms.CenterCrop((height, width))."""
    top = int(round((image.height - height) / 2.0))
    left = int(round((image.width - width) / 2.0))
    return image.crop((left, top, left + width, top + height))


color = Image.fromarray(picture(29, 22))
options = {
    "rgb": (color, dict(quality=85)),
    "rgb-444": (color, dict(quality=95, subsampling=0)),
    "rgb-progressive": (color, dict(quality=70, progressive=True)),
    "gray": (color.convert("L"), dict(quality=80)),
    "cmyk": (color.convert("CMYK"), dict(quality=90)),
}
for name, (image, how) in options.items():
    image.save(os.path.join(here, name + ".jpg"), format="JPEG", **how)
    found = Image.open(os.path.join(here, name + ".jpg"))
    write(name + ".planes", np.array(found if name == "gray" else found.convert("RGB")))

source = Image.fromarray(picture(37, 23))
write("source-37x23.planes", np.array(source))
for width, height in ((12, 9), (5, 40), (74, 46), (37, 11), (20, 23), (1, 1)):
    write(f"exactly-{width}x{height}.planes", np.array(source.resize((width, height), Image.BILINEAR)))
for side, width, height in ((12, 11, 11), (23, 20, 20), (31, 28, 30), (9, 13, 7)):
    image = cropped(resized(source, side), width, height)
    write(f"side-{side}-crop-{width}x{height}.planes", np.array(image))
