"""What a small version of an image tells: its dominant colour, a hash of how it looks, where people would look."""

from __future__ import annotations

from math import cos, pi
from statistics import median

from PIL import Image, ImageChops, ImageFilter, ImageStat

from newel.contracts.images import Focal

_LOOKED_AT = 64


def dominant(image: Image.Image) -> str:
    """``#rrggbb`` of the largest of eight groups of colours; what cannot be seen does not count."""
    small = _opaque(image.resize((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BOX))
    groups = small.quantize(8, Image.Quantize.MEDIANCUT)
    counts = groups.histogram()[:8]
    if image.mode == "RGBA":
        seen = image.getchannel("A").resize(small.size, Image.Resampling.BOX).point(lambda alpha: 255 * (alpha >= 128))
        counts = groups.histogram(seen.convert("1"))[:8]
    palette = groups.getpalette() or [0] * 24
    best = counts.index(max(counts))
    return "#{:02x}{:02x}{:02x}".format(*palette[3 * best : 3 * best + 3])


def perceptual(image: Image.Image) -> str:
    """64 bits as hex: whether each of the lowest 8 x 8 terms of a 32 x 32 cosine transform is above their median."""
    grey = _opaque(image).convert("L").resize((32, 32), Image.Resampling.LANCZOS)
    pixels = [float(one) for one in grey.tobytes()]
    waves = [[cos(pi / 32 * k * (at + 0.5)) for at in range(32)] for k in range(8)]
    along = [[sum(map(float.__mul__, pixels[32 * y : 32 * y + 32], wave)) for y in range(32)] for wave in waves]
    # Rounded, so that the noise of sums, the same for no two images, decides nothing on even areas.
    terms = [round(sum(map(float.__mul__, along[x], waves[y])), 3) for y in range(8) for x in range(8)]
    middle = median(terms[1:])  # the first is the brightness, far off the others
    return f"{sum(1 << at for at, term in enumerate(reversed(terms)) if term > middle):016x}"


def salient(image: Image.Image) -> Focal:
    """The middle of what stands out: edges, and colours far from the image's mean, weighted by their square.

    Blurred first, so that one sharp line weighs less than a busy place. It knows no faces.
    """
    small = _opaque(image).resize((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BOX)
    edges = small.convert("L").filter(ImageFilter.FIND_EDGES)
    # The filter leaves the outermost pixels as they were.
    edges = ImageChops.multiply(edges, _frame(edges.size))
    mean = tuple(round(one) for one in ImageStat.Stat(small).mean)
    apart = ImageChops.difference(small, Image.new("RGB", small.size, mean)).convert("L")
    energy = ImageChops.add(edges, apart).filter(ImageFilter.GaussianBlur(3)).tobytes()
    floor = sorted(energy)[len(energy) * 3 // 4]
    weights = [max(0, one - floor) ** 2 for one in energy]
    whole = sum(weights)
    if not whole:
        return Focal()
    x = sum(weight * (at % _LOOKED_AT + 0.5) for at, weight in enumerate(weights)) / whole
    y = sum(weight * (at // _LOOKED_AT + 0.5) for at, weight in enumerate(weights)) / whole
    return Focal(x=round(x / _LOOKED_AT, 3), y=round(y / _LOOKED_AT, 3))


def _frame(size: tuple[int, int]) -> Image.Image:
    made = Image.new("L", size, 0)
    made.paste(255, (1, 1, size[0] - 1, size[1] - 1))
    return made


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image).convert("RGB")
