"""Any mode to 8-bit RGB or RGBA, in sRGB."""

from __future__ import annotations

import io

from PIL import Image, ImageCms

_SPACES = {"RGB": "RGB", "RGBA": "RGB", "L": "GRAY", "LA": "GRAY", "CMYK": "CMYK"}
"""By mode: the colour space that a profile must have to be used. Another one's profile is wrong about the pixels."""


def scalable(image: Image.Image) -> Image.Image:
    """The pixels in a mode that can be resized without making wrong colours: ``L``, ``LA``, ``RGB``, ``RGBA``,
    ``CMYK``."""
    clear = "transparency" in image.info
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        # Converting cuts off above 255: 16 bits are brought to 8 first.
        deep = image if image.mode in ("I", "F") else image.convert("I")
        return deep.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if clear or image.mode == "PA" else "RGB")
    if image.mode in ("L", "RGB") and clear:
        return image.convert("LA" if image.mode == "L" else "RGBA")
    if image.mode in ("RGBa", "La"):
        return image.convert("RGBA" if image.mode == "RGBa" else "LA")
    return image if image.mode in _SPACES else image.convert("RGB")


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """``RGB`` or ``RGBA`` in sRGB; ``image`` is in one of the modes of ``scalable``."""
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    plain = image.convert({"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode)) if alpha else image
    made = _transformed(plain, profile) if profile else None
    if made is None:
        made = plain if plain.mode == "RGB" else plain.convert("RGB")
    if alpha is not None:
        if made is plain:
            return image
        made.putalpha(alpha)
    return made


def _transformed(image: Image.Image, profile: bytes) -> Image.Image | None:
    """``None`` where the profile is broken or of another colour space."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != _SPACES[image.mode]:
            return None
        if image.mode == "RGB" and (source.profile.profile_description or "").startswith("sRGB"):
            return None
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
