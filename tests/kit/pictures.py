"""Image files for the tests, drawn here, so that no photo of a real person is needed."""

import io
from typing import Any

from PIL import Image, ImageDraw

RED, BLUE, GREEN = (220, 20, 20), (20, 20, 220), (20, 160, 20)


def as_file(image: Image.Image, kind: str, **how: Any) -> bytes:
    """Return the bytes of an image file."""
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def picture(
    kind: str = "PNG", *, size: tuple[int, int] = (600, 400), colour: Any = RED, mode: str = "RGB", **how: Any
) -> bytes:
    """Return a picture of one colour."""
    return as_file(Image.new(mode, size, colour), kind, **how)


def portrait(background: tuple[int, int, int] = (120, 190, 230)) -> bytes:
    """Return an image like a portrait: taller than wide, with a head in the upper half."""
    image = Image.new("RGB", (900, 1200), background)
    pen = ImageDraw.Draw(image)
    pen.ellipse((200, 760, 700, 1500), fill=(60, 70, 120))
    pen.ellipse((290, 300, 610, 740), fill=(230, 180, 150))
    pen.chord((270, 240, 630, 620), 180, 360, fill=(90, 50, 30))
    return as_file(image, "JPEG", quality=90)


def near(colour: Any, other: Any) -> bool:
    """Return whether two colours are equal, apart from the loss by compression."""
    return all(abs(one - two) < 40 for one, two in zip(colour[:3], other[:3], strict=True))
