"""A person's picture: checked by what is in it, made small and square, kept without what a camera wrote into it."""

import io
import secrets
import threading
import warnings

from PIL import ExifTags, Image, ImageOps
from sqlalchemy import delete, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, identifiers, limits, run, sessions
from authapp.core.errors import BadInput
from authapp.core.sessions import Principal
from authapp.models import Avatar, User
from authapp.texts import say

FIELD = "picture"
FORMATS = ["JPEG", "PNG", "WEBP", "GIF"]
SIDE = 512  # pixels of what is kept
MOST_PIXELS = 25_000_000
ORIENTATION = ExifTags.Base.Orientation
MB = 1024 * 1024
NO_PICTURE = say("This file is no picture that we can read. Please choose a JPEG, PNG, WebP or GIF.")
TOO_MANY_PIXELS = say("This picture has too many pixels. Please choose one of at most 25 megapixels.")

# Pillow only warns of what may be a bomb; here that is a refusal.
warnings.simplefilter("error", Image.DecompressionBombWarning)
_decoding = threading.Lock()  # one at a time: each may need a hundred megabytes and more


def count(db: Db, me: Principal) -> None:
    """Count a change that is about to be tried. In a transaction of its own: decoding must not hold a lock.

    Raises:
        LoggedOut: the session ended.
        TooManyRequests: too many changes to this user's settings.
    """
    sessions.require(db, me)
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)


def keep(db: Db, me: Principal, data: bytes) -> str:
    """Keep a picture in place of the one before, and return its id. `count` comes first.

    Raises:
        BadInput: too large, no picture, a broken one, or one of too many pixels.
        LoggedOut: the session ended.
    """
    image = _made(data)  # before the first query: it takes long, and a transaction begins with its first query
    sessions.require(db, me)
    id = secrets.token_urlsafe(12)
    _set(db, me, id)  # first, for of two tabs that save at once it makes one wait for the other
    db.add(Avatar(user_id=me.user_id, image=image))
    return id


def remove(db: Db, me: Principal) -> None:
    """Forget the picture.

    Raises:
        LoggedOut: the session ended.
        TooManyRequests: too many changes to this user's settings.
    """
    sessions.require(db, me)
    identifiers.alone(db, me.user_id)  # before the change is counted, as everywhere: or each would wait for the other
    count(db, me)
    _set(db, me, "")


def of(db: Db, me: Principal) -> bytes | None:
    """The person's own picture, a WebP, or None when there is none.

    Raises:
        LoggedOut: the session ended.
    """
    sessions.require(db, me)
    return db.exec(select(Avatar.image).where(Avatar.user_id == me.user_id)).first()


def too_large() -> BadInput:
    """The refusal of what is longer than we take."""
    return BadInput(
        say(
            "This file is too large. Please choose one of at most {most} MB.",
            most=settings().avatar_max_mb,
        ),
        field=FIELD,
    )


def _made(data: bytes) -> bytes:
    """What we keep of a picture: the middle square, upright, at most 512 pixels wide, as WebP without metadata.

    OWASP File Upload Cheat Sheet: the type is what the content says, and images are rewritten.
    """
    if len(data) > settings().avatar_max_mb * MB:
        raise too_large()
    try:
        with _decoding, Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise BadInput(TOO_MANY_PIXELS, field=FIELD)
            return _as_webp(_upright(opened))
    except BadInput:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadInput(TOO_MANY_PIXELS, field=FIELD) from None
    except Exception:  # decoders of what anybody may send fail in many ways, and all say the same
        raise BadInput(NO_PICTURE, field=FIELD) from None


def _upright(opened: Image.Image) -> Image.Image:
    """The middle square, small before it is turned: the big one is in memory once."""
    opened.draft(None, (SIDE, SIDE))  # a JPEG can be decoded at a fraction of its size
    image: Image.Image = opened
    if opened.mode.startswith("I"):  # 16 bits of grey, which `convert` would cut off instead of scaling down
        image = opened.point(lambda value: value / 256)
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    small = min(side, SIDE)
    square = image.resize((small, small), box=(left, top, left + side, top + side), reducing_gap=2)
    square.info = {}  # what the camera wrote, all but this
    square.getexif()[ORIENTATION] = _orientation(opened)
    return ImageOps.exif_transpose(square)


def _orientation(opened: Image.Image) -> int:
    """How the camera was held. What it wrote can be broken where the picture is not."""
    try:
        return int(opened.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1


def _as_webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=85, exif=b"", xmp=b"", icc_profile=b"")
    return out.getvalue()


def _set(db: Db, me: Principal, id: str) -> None:
    run(db, update(User).where(col(User.id) == me.user_id).values(avatar=id))
    run(db, delete(Avatar).where(col(Avatar.user_id) == me.user_id))
    db.info.setdefault("changed", set()).add(me.session_id)  # whoever remembers the old picture forgets it
