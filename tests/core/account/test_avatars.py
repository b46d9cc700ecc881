"""Profile pictures: formats, sizes, cropping, refused files."""

import io
import struct
import threading
import zlib
from datetime import timedelta

import pytest
from PIL import ExifTags, Image
from sqlmodel import select

from authapp.core.account import avatars
from authapp.core.base import rate_limits
from authapp.core.base.errors import BadInput, SessionExpired, TooManyRequests
from authapp.core.sessions import session_ends, sessions
from authapp.core.sessions.sessions import NewSession
from authapp.models import Avatar, User
from tests.kit import users
from tests.kit.pictures import BLUE, GREEN, RED, as_file, near, picture
from tests.kit.rules import do, race

MB = 1024 * 1024


def keep(person, data):
    return do(avatars.keep, person.me, data)


def kept(person):
    return Image.open(io.BytesIO(do(avatars.of, person.me)))


def id_of(person):
    return do(lambda db: db.get(User, person.user_id).avatar)


def refusal(person, data):
    """Return the refusal's message, and check that nothing changed."""
    before = id_of(person), do(avatars.of, person.me)
    with pytest.raises(BadInput) as no:
        keep(person, data)
    assert no.value.field == "picture"
    assert (id_of(person), do(avatars.of, person.me)) == before
    return no.value.message


def claiming(width, height):
    """Return a small PNG whose header claims any size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_becomes_a_small_square_of_ours(alice, kind):
    id = keep(alice, picture(kind, size=(1600, 900)))

    mine = kept(alice)
    assert (mine.format, mine.size) == ("WEBP", (512, 512))
    assert near(mine.convert("RGB").getpixel((256, 256)), RED)
    assert len(id) == 16
    assert id == id_of(alice) == do(sessions.alive, alice.me).avatar


def test_a_new_user_has_no_picture(alice):
    assert do(avatars.of, alice.me) is None
    assert alice.me.avatar == ""


def test_the_middle_of_a_picture_is_kept(alice):
    wide = Image.new("RGB", (900, 300), RED)
    wide.paste(BLUE, (300, 0, 600, 300))

    keep(alice, as_file(wide, "PNG"))

    mine = kept(alice).convert("RGB")
    assert mine.size == (300, 300)
    assert all(near(mine.getpixel(at), BLUE) for at in [(2, 2), (297, 2), (150, 150), (2, 297), (297, 297)])


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (511, 513), (513, 511)])
def test_a_small_or_narrow_picture_is_not_blown_up(alice, size):
    keep(alice, picture(size=size))

    assert kept(alice).size == (min(512, *size),) * 2


@pytest.mark.parametrize(
    ("mode", "kind", "colour"),
    [
        ("L", "PNG", 100),
        ("1", "PNG", 1),
        ("P", "PNG", 0),
        ("LA", "PNG", (100, 0)),
        ("RGBA", "PNG", (*RED, 0)),
        ("I;16", "PNG", 25_700),
        ("CMYK", "JPEG", (0, 0, 0, 155)),
        ("L", "JPEG", 100),
        ("RGBA", "WEBP", (*RED, 0)),
        ("P", "GIF", 0),
    ],
)
def test_every_way_to_hold_colours_is_read(alice, mode, kind, colour):
    keep(alice, picture(kind, mode=mode, colour=colour))

    mine = kept(alice)
    assert mine.mode == ("RGBA" if "A" in mode else "RGB")
    if "A" in mode:
        assert mine.getpixel((9, 9))[3] == 0
    if colour in (100, 25_700, (0, 0, 0, 155)):
        assert near(mine.getpixel((9, 9)), (100, 100, 100))


def test_an_animated_picture_stands_still_on_its_first_frame(alice):
    frames = [Image.new("RGB", (64, 64), colour) for colour in (GREEN, RED, BLUE)]
    for kind in ("GIF", "WEBP", "PNG"):
        keep(alice, as_file(frames[0], kind, save_all=True, append_images=frames[1:], duration=100))

        assert getattr(kept(alice), "n_frames", 1) == 1
        assert near(kept(alice).convert("RGB").getpixel((32, 32)), GREEN)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "red_is_at"), [(1, (10, 150)), (3, (290, 150)), (6, (150, 10)), (8, (150, 290))]
)
def test_a_photo_is_turned_as_the_camera_was_held(alice, kind, orientation, red_is_at):
    photo = Image.new("RGB", (300, 300), BLUE)
    photo.paste(RED, (0, 0, 60, 300))  # on the left
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation

    keep(alice, as_file(photo, kind, exif=exif))

    assert near(kept(alice).convert("RGB").getpixel(red_is_at), RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_a_camera_wrote_into_it_is_kept(alice, kind):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "canary camera"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 0.0), 29: "2026:01:01 canary"})
    more = {"xmp": b"<x:xmpmeta>canary</x:xmpmeta>"} if kind != "PNG" else {}
    photo = picture(kind, exif=exif, icc_profile=b"canary profile" + bytes(120), **more)
    assert b"canary" in photo

    keep(alice, photo)

    mine = kept(alice)
    assert not mine.getexif()
    assert not {"exif", "xmp", "icc_profile", "comment"} & set(mine.info)
    assert b"canary" not in do(avatars.of, alice.me)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow only warns, and tests make it an error
def test_a_picture_is_taken_even_if_what_the_camera_wrote_is_broken(alice):
    for nonsense in (b"garbage!", b"MM\0*\0\0\0\x08\0\x09\x01", b"II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\xff\xff\xff\xff"):
        assert keep(alice, picture("JPEG", exif=b"Exif\0\0" + nonsense))


def test_a_comment_or_what_hangs_behind_the_picture_is_not_kept(alice):
    for data in (picture("GIF", comment=b"canary"), picture("PNG") + b"canary", picture("JPEG") + b"<?php canary"):
        keep(alice, data)

        assert b"canary" not in do(avatars.of, alice.me)


NO_PICTURES = {
    "nothing": b"",
    "a byte": b"\x89",
    "text": b"I was renamed to picture.png.\n" * 100,
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "zeros": bytes(10_000),
    "bmp": picture("BMP"),
    "tiff": picture("TIFF"),
    "ico": picture("ICO"),
    "pdf": picture("PDF"),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
    "only a head": b"\x89PNG\r\n\x1a\n",
    "gif of no size": b"GIF89a" + bytes(20),
    "half a jpeg": picture("JPEG")[: len(picture("JPEG")) // 2],
    "half a webp": picture("WEBP")[:-9],
    "half a gif": picture("GIF")[:40],
    "jpeg in png": b"\x89PNG\r\n\x1a\n" + picture("JPEG"),
}


@pytest.mark.parametrize("data", NO_PICTURES.values(), ids=NO_PICTURES)
def test_a_file_that_is_no_picture_is_refused_under_any_name(alice, data):
    assert refusal(alice, data) == avatars.NO_PICTURE


def test_a_picture_that_is_cut_anywhere_is_refused(alice):
    noise = Image.effect_noise((90, 90), 90).convert("RGB")
    for kind in ("PNG", "JPEG"):
        whole = as_file(noise, kind)
        for part in (0.1, 0.5, 0.9):
            assert refusal(alice, whole[: int(len(whole) * part)]) == avatars.NO_PICTURE


def test_a_picture_with_a_broken_byte_never_breaks_more(alice):
    whole = as_file(Image.effect_noise((90, 90), 90).convert("RGB"), "PNG")
    outcomes = set()
    for at in range(len(whole) % 500, len(whole), 500):
        try:
            keep(alice, whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
            outcomes.add(kept(alice).size)
        except BadInput as no:
            outcomes.add(no.message)

    assert outcomes <= {avatars.NO_PICTURE, (90, 90)}


def test_a_file_of_fifty_megabytes_is_refused_in_words_that_say_how_much_is_allowed(alice):
    assert "5 MB" in refusal(alice, picture() + bytes(50 * MB))


def test_exactly_as_much_as_allowed_is_taken(alice, configure, database):
    configure(DATABASE_URL=database, AUTHAPP_AVATAR_MAX_MB=1)
    small = picture("PNG")

    assert keep(alice, small + bytes(MB - len(small)))
    assert "1 MB" in refusal(alice, small + bytes(MB - len(small) + 1))


@pytest.mark.parametrize("size", [(30_000, 30_000), (5_001, 5_000), (2**31 - 1, 1), (12_000, 12_000)], ids=str)
def test_a_small_file_that_claims_to_be_huge_is_refused_by_its_head(alice, size):
    assert refusal(alice, claiming(*size)) == avatars.TOO_MANY_PIXELS


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_small_file_that_really_is_huge_is_refused(alice, kind):
    bomb = picture(kind, mode="L" if kind != "WEBP" else "RGB", colour=0, size=(8_000, 8_000))
    assert len(bomb) < 5 * MB

    assert refusal(alice, bomb) == avatars.TOO_MANY_PIXELS


def test_a_gif_whose_frame_is_larger_than_it_says_is_refused(alice):
    gif = bytearray(picture("GIF", mode="L", colour=0, size=(6_000, 6_000)))
    gif[6:10] = struct.pack("<HH", 9, 9)

    assert refusal(alice, bytes(gif)) == avatars.TOO_MANY_PIXELS


def test_25_megapixels_are_taken(alice):
    assert keep(alice, picture("JPEG", size=(5_000, 5_000)))


def test_a_new_picture_takes_the_place_of_the_old_one(alice):
    first = keep(alice, picture(colour=RED))

    second = keep(alice, picture(colour=BLUE))

    assert first != second == id_of(alice)
    assert near(kept(alice).getpixel((9, 9)), BLUE)
    assert len(do(lambda db: db.exec(select(Avatar)).all())) == 1


def test_a_removed_picture_is_gone_from_the_table_too(alice):
    keep(alice, picture())

    do(avatars.remove, alice.me)

    assert (id_of(alice), do(avatars.of, alice.me)) == ("", None)
    assert do(lambda db: db.exec(select(Avatar)).all()) == []
    do(avatars.remove, alice.me)
    assert id_of(alice) == ""


def test_another_users_picture_stays(alice, bob):
    his = keep(bob, picture(colour=GREEN))

    keep(alice, picture(colour=RED))
    assert (id_of(bob), near(kept(bob).getpixel((9, 9)), GREEN)) == (his, True)
    do(avatars.remove, alice.me)
    assert (id_of(bob), near(kept(bob).getpixel((9, 9)), GREEN)) == (his, True)


def test_a_logged_out_user_sees_and_changes_no_picture(alice):
    id = keep(alice, picture())
    do(session_ends.close, alice.me.session_id)

    for deed, *what in ((avatars.keep, picture()), (avatars.remove,), (avatars.of,), (avatars.count,)):
        with pytest.raises(SessionExpired):
            do(deed, alice.me, *what)

    assert id_of(alice) == id


def test_another_session_of_the_same_person_has_the_same_picture(alice):
    id = keep(alice, picture())
    other = do(sessions.open, NewSession(alice.user_id, alice.email, "password"), users.HOME)

    me = do(sessions.resume, other.key)

    assert me.avatar == id
    assert do(avatars.of, me)


def test_a_rule_that_fails_later_leaves_the_old_picture(alice):
    before = keep(alice, picture(colour=RED))

    def keep_and_fail(db):
        avatars.keep(db, alice.me, picture(colour=BLUE))
        raise BadInput

    with pytest.raises(BadInput):
        do(keep_and_fail)

    assert id_of(alice) == before
    assert near(kept(alice).getpixel((9, 9)), RED)


def test_of_tabs_that_save_at_once_one_is_last_and_there_is_one_picture(alice):
    data = picture(size=(64, 64))

    ids = race(8, lambda _: keep(alice, data))

    assert len(set(ids)) == 8
    assert id_of(alice) in ids
    assert len(do(lambda db: db.exec(select(Avatar)).all())) == 1


def test_one_picture_is_decoded_at_a_time(alice):
    done = threading.Event()
    with avatars._decoding:
        waiting = threading.Thread(target=lambda: (keep(alice, picture()), done.set()))
        waiting.start()
        assert not done.wait(0.2)
        do(sessions.touch, [alice.me.session_id])  # no other writer waits: no transaction is open meanwhile
    waiting.join()

    assert id_of(alice)


def test_changes_are_counted_and_bounded(alice, bob, clock):
    her_name_and_password = 2  # were set when she joined
    for _ in range(rate_limits.CHANGES_PER_USER.most - her_name_and_password):
        do(avatars.count, alice.me)
    for deed in (avatars.count, avatars.remove):
        with pytest.raises(TooManyRequests):
            do(deed, alice.me)

    do(avatars.count, bob.me)
    clock.advance(timedelta(hours=1, seconds=1))
    do(avatars.count, alice.me)


def test_an_account_that_is_deleted_takes_its_picture_along(alice):
    keep(alice, picture())

    do(lambda db: db.delete(db.get(User, alice.user_id)))

    assert do(lambda db: db.exec(select(Avatar)).all()) == []
