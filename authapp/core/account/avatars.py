"""Profile pictures: checked by content, reduced to a small square, and stored without the camera's metadata."""

import io
import secrets
import threading
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import delete, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import identifiers, rate_limits
from authapp.core.base.changes import changes
from authapp.core.base.errors import BadInput
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.extras import lazy
from authapp.i18n.texts import t
from authapp.models import Avatar, User

if TYPE_CHECKING:
    from PIL import Image, ImageOps
else:
    Image = lazy("PIL.Image", "avatars")
    ImageOps = lazy("PIL.ImageOps", "avatars")

FIELD = "picture"
FORMATS = ["JPEG", "PNG", "WEBP", "GIF"]
SIDE = 512  # largest width and height of a stored picture, in pixels
MOST_PIXELS = 25_000_000
ORIENTATION = 0x0112  # number of this EXIF tag
MB = 1024 * 1024
NO_PICTURE = t("We can’t read this file as an image. Choose a JPEG, PNG, WebP or GIF.")
TOO_MANY_PIXELS = t("This picture has too many pixels. Choose one of at most 25 megapixels.")

_decoding = threading.Lock()  # one at a time: each may need more than 100 MB of memory


def count(db: Db, me: Principal) -> None:
    """Count a change before it is tried, in a transaction of its own: decoding must not hold a lock.

    Raises:
        SessionExpired: the session ended.
        TooManyRequests: too many changes to this user's settings.
    """
    sessions.require(db, me)
    rate_limits.throttle(db, str(me.user_id), rate_limits.CHANGES_PER_USER)


def keep(db: Db, me: Principal, data: bytes) -> str:
    """Store a picture in place of the previous one, and return its id. Call `count` first.

    Raises:
        BadInput: too large, not a picture, broken, or too many pixels.
        SessionExpired: the session ended.
    """
    image = _normalized(data)  # before the first query, which begins the transaction: decoding takes long
    sessions.require(db, me)
    id = secrets.token_urlsafe(12)
    _set(db, me, id)  # first: of two tabs that save at once, it makes one wait for the other
    db.add(Avatar(user_id=me.user_id, image=image))
    return id


def remove(db: Db, me: Principal) -> None:
    """Delete the picture.

    Raises:
        SessionExpired: the session ended.
        TooManyRequests: too many changes to this user's settings.
    """
    sessions.require(db, me)
    identifiers.lock_user(db, me.user_id)  # before the rate limit, in the same order everywhere: prevents deadlocks
    count(db, me)
    _set(db, me, "")


def of(db: Db, me: Principal) -> bytes | None:
    """Return the user's own picture as WebP, or None without a picture.

    Raises:
        SessionExpired: the session ended.
    """
    sessions.require(db, me)
    return db.exec(select(Avatar.image).where(Avatar.user_id == me.user_id)).first()


def too_large() -> BadInput:
    """Return the refusal of a file that is larger than the setting `avatar_max_mb`."""
    return BadInput(
        t(
            "This file is too large. Choose one of at most {most} MB.",
            most=settings().avatar_max_mb,
        ),
        field=FIELD,
    )


def _normalized(data: bytes) -> bytes:
    """Return the stored form of a picture: the middle square, upright, at most 512 pixels wide, WebP without metadata.

    OWASP File Upload Cheat Sheet: validate the type by the content, and rewrite images.
    """
    if len(data) > settings().avatar_max_mb * MB:
        raise too_large()
    _refuse_bombs()
    try:
        with _decoding, Image.open(io.BytesIO(data), formats=FORMATS) as source:
            if source.width * source.height > MOST_PIXELS:
                raise BadInput(TOO_MANY_PIXELS, field=FIELD)
            return _as_webp(_upright(source))
    except BadInput:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadInput(TOO_MANY_PIXELS, field=FIELD) from None
    except Exception:  # decoders fail in many ways on untrusted files; all get the same answer
        raise BadInput(NO_PICTURE, field=FIELD) from None


@lru_cache(maxsize=1)
def _refuse_bombs() -> None:
    """Turn Pillow's warning about a possible decompression bomb into an error, and so into a refusal."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def _upright(source: "Image.Image") -> "Image.Image":
    """Return the middle square, upright. It is reduced before it is turned: the large image is in memory once."""
    source.draft(None, (SIDE, SIDE))  # a JPEG can be decoded at a reduced size
    image: Image.Image = source
    if source.mode.startswith("I"):  # 16-bit greyscale, which `convert` would clip instead of scaling down
        image = source.point(lambda value: value / 256)
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    small = min(side, SIDE)
    square = image.resize((small, small), box=(left, top, left + side, top + side), reducing_gap=2)
    square.info = {}  # drop all metadata; only the orientation is set again
    square.getexif()[ORIENTATION] = _orientation(source)
    return ImageOps.exif_transpose(square)


def _orientation(source: "Image.Image") -> int:
    """Return the EXIF orientation. The metadata can be broken even if the picture is intact."""
    try:
        return int(source.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1


def _as_webp(image: "Image.Image") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=85, exif=b"", xmp=b"", icc_profile=b"")
    return buffer.getvalue()


def _set(db: Db, me: Principal, id: str) -> None:
    execute(db, update(User).where(col(User.id) == me.user_id).values(avatar=id))
    execute(db, delete(Avatar).where(col(Avatar.user_id) == me.user_id))
    changes(db).keys_changed.add(me.session_id)  # so that caches drop the old picture
