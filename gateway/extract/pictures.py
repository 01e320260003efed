"""Pictures: what is written in them, by OCR, and beside them, in their properties.

"No words found" proves nothing of a photograph: OCR does not see handwriting. Only a picture that
has no place for words, or is small and has none in any way of looking, is called empty; the rest
is unscannable, and policy decides.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from itertools import islice
from math import isfinite
from typing import cast

from PIL import ExifTags, Image, ImageChops, ImageOps, ImageSequence

from gateway.extract import charset, ocr, types, words
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable
from gateway.mail import State

Image.init()  # registers the formats

TYPES = (
    *("image/png", "image/jpeg", "image/tiff", "image/gif", "image/bmp", "image/webp"),
    *("image/avif", "image/jp2", "image/vnd.microsoft.icon", "image/x-portable-graymap"),
)
PREVIEW = "; preview"
"""Behind the type of a picture that is one, and of XML that holds no others: XMP of a document."""
LARGEST_PREVIEW = 256
"""Pixels, of a side: what office programs make of a first page, on which only headings can be read."""
_FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "DIB", "WEBP", "AVIF", "JPEG2000", "ICO", "PPM")
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
"""Of the octets of a TIFF's numbers, by how it begins."""
_BEST_PIXELS = 4_000_000
"""A4 at 200 dots per inch; Tesseract reads as well from it as from more, and in a third of the time."""
_MOST_ENLARGED = 3.0
_SMALL_PIXELS = 200_000
"""A logo, a button, a face."""
LEAST = (40, 8)
"""Width and height in pixels; the shortest name takes more."""
_TILE = 8
"""Pixels; in a tile of so many by so many there is either background or part of a letter."""
_FLAT, _ROUGH = 2, 8
"""Mean deviations of brightness inside a tile, of 255: up to the first it is plain, from the second rough."""
_LEAST_TILES = 8
_LEAST_LETTERS = 20
"""That a large picture must have to pass for one of text; any photograph has three somewhere."""
_OPAQUE = 64
_FEW = 0.01
_NO_WORDS = "a picture in which no words are found, which is no proof"
_UNSURE = "a picture with words that cannot be read for sure"
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
"""Modes of Pillow for grey of sixteen bits and more, as scanners and instruments write it."""
_SPOTS = 0.001
"""Share of the pixels: a reflection, a mark burnt into a film, dead pixels; and a line of small print."""
_SPREAD = 4
"""So many times fewer shades without them, and print may have been lost in the rest."""
_LOOKS = 8
_XP_TAGS = range(0x9C9B, 0x9CA0)
"""Title, comment, author, keywords, subject as Windows writes them: in UTF-16."""
_USER_COMMENT = 0x9286
_JPEG_TABLES, _COLOUR_PROFILE = 0x015B, 0x8773
_TABLES = re.compile(rb"\xff[\xc4\xcc\xdb\xdd](..)", re.DOTALL)
"""Segments of JPEG that are tables, or say how often it restarts (ITU-T T.81, B.2.4)."""
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_WITH_PACKETS = ("GIF", "JPEG2000")
_PACKETS = ("xmp", "XML:com.adobe.xmp", "comment", "photoshop", "iptc")


def preview(name: str, data: bytes) -> Source:
    """What a document keeps as the picture of its first page.

    Small as it is, nobody reads in it what does not stand in the document; so doubtful words are no reason
    to hold it.
    """
    known = types.true_type(data)
    return Source(name, data, type=known + PREVIEW if known in TYPES else known)


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """The text of each frame or page of the picture; then its properties."""
    picture = _load(source.data, limits)
    within = _pages_within(source.data)
    said: dict[str, None] = {}
    frames = _frames(picture, limits.ocr_pages if within is None else min(within, limits.ocr_pages), said)
    if not frames:
        yield source.text("", empty="a picture that is transparent all over")
    for number, frame in enumerate(frames, 1):
        step = f"picture {number}" if len(frames) > 1 else ""
        is_preview = source.type.endswith(PREVIEW) and max(picture.size) <= LARGEST_PREVIEW
        nodes = list(_read_frame(source, frame, step, limits, once=is_preview))
        if is_preview:
            seen = [node for node in nodes if node.state is not State.UNSCANNABLE]
            nodes = seen or [source.text("", step, empty="a preview in letters too small to be read")]
        yield from nodes
    if (getattr(picture, "n_frames", 1) if within is None else within) > limits.ocr_pages:
        yield source.unscannable("more pictures than are read", "further pictures")
    said |= dict.fromkeys((*_properties(picture), *_fields(picture), _packet(picture, source.data)))
    if words := list(filter(str.strip, said)):
        yield source.text("\n".join(words), "properties")


def _load(data: bytes, limits: Limits) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, OSError) as error:
        raise Unreadable("a damaged picture") from error
    if picture.width * picture.height > limits.picture_pixels:
        raise Unreadable("a picture of more pixels than are read")
    return picture


def _pages_within(data: bytes) -> int | None:
    """Pages of a TIFF whose last one says that the next begins behind the end of the file (TIFF 6.0, 2).

    Some programs write that instead of none. None for any other file.
    """
    order = _ORDERS.get(data[:4])
    pages: set[int] = set()
    at = 4
    while order and at + 4 <= len(data):
        (page,) = struct.unpack_from(f"{order}I", data, at)
        if page + 2 > len(data):
            return len(pages)
        if not page or page in pages:
            break
        pages.add(page)
        (fields,) = struct.unpack_from(f"{order}H", data, page)
        at = page + 2 + 12 * fields
    return None


def _frames(picture: Image.Image, most: int, said: dict[str, None]) -> list[Image.Image]:
    """The frames that differ, in grey, held the way their camera was; to `said`, what each says of itself."""
    frames: list[Image.Image] = []
    picture.draft("L", _best_size(picture))
    for frame in islice(ImageSequence.Iterator(picture), most):
        said |= dict.fromkeys(_fields(frame))
        turned = frame.getexif().get(ExifTags.Base.Orientation, 1) != 1
        upright = ImageOps.exif_transpose(frame) if turned else frame
        frames += [grey for grey in _grey(upright) if grey not in frames]
    return frames


def _grey(picture: Image.Image) -> Iterator[Image.Image]:
    """As people see it: what is transparent, on white or on black, whichever shows it."""
    if picture.mode in _DEEP:
        yield from _shallow(picture)
        return
    if not picture.has_transparency_data:
        yield picture.convert("L")
        return
    coloured = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    if coloured.getchannel("A").getextrema() == (255, 255):
        yield coloured.convert("L")
        return
    brightness, opacity = coloured.convert("LA").split()
    shades = brightness.histogram(opacity.point(lambda octet: 255 * (octet >= _OPAQUE)))
    for ground, seen in ((255, shades[:128]), (0, shades[128:])):
        if sum(seen) > _FEW * sum(shades):
            yield Image.composite(brightness, Image.new("L", picture.size, ground), opacity)


def _shallow(picture: Image.Image) -> Iterator[Image.Image]:
    """One of more than 256 shades from black to white in so many: Pillow would cut off what is beyond 255.

    Once more without the darkest and the brightest spots, where these leave nearly all else in few shades.
    """
    shades = picture.convert("F")
    darkest, brightest = cast(tuple[float, float], shades.getextrema())
    if not isfinite(brightest - darkest):
        raise Unreadable("a picture of shades that are no numbers")
    yield _spread(shades, darkest, brightest)
    low, high = _without_spots(shades, darkest, brightest)
    if (high - low) * _SPREAD < brightest - darkest:
        yield _spread(shades, low, high)


def _spread(shades: Image.Image, darkest: float, brightest: float) -> Image.Image:
    scale = 255 / (brightest - darkest) if brightest > darkest else 0.0
    return shades.point(lambda shade: shade * scale - darkest * scale).convert("L")


def _without_spots(shades: Image.Image, darkest: float, brightest: float) -> tuple[float, float]:
    """Between which shades all pixels are but a few at either end."""
    spots = _SPOTS * shades.width * shades.height
    spare = [spots, spots]
    for _ in range(_LOOKS):
        counts = shades.histogram(extrema=(darkest, brightest)) if brightest > darkest else []
        step = (brightest - darkest) / 255
        first, last = 0, len(counts) - 1
        while first < last and counts[first] <= spare[0]:
            spare[0] -= counts[first]
            first += 1
        while first < last and counts[last] <= spare[1]:
            spare[1] -= counts[last]
            last -= 1
        if first == 0 and last == len(counts) - 1:
            break
        darkest, brightest = darkest + first * step, min(brightest, darkest + (last + 1) * step)
    return darkest, brightest


def _read_frame(
    source: Source, grey: Image.Image, step: str, limits: Limits, *, once: bool
) -> Iterator[Node]:
    """A node for its text, and one that says why there may be more."""
    small = grey.width * grey.height <= _SMALL_PIXELS
    if grey.width < LEAST[0] or grey.height < LEAST[1]:
        yield source.text("", step, empty="a picture too small for words")
        return
    grey = stretched(grey)
    roughness = _roughness(grey)
    if sum(roughness[_FLAT + 1 :]) < _LEAST_TILES:
        yield source.text("", step, empty="a picture with no place for words")
        return
    if not sum(roughness[:_ROUGH]):
        yield source.unscannable(_NO_WORDS, step)
        return
    ocr.expect(limits.ocr_until)
    found = ocr.read(grey.resize(_best_size(grey), Image.Resampling.BICUBIC), limits.ocr_until, once=once)
    if found.text:
        yield source.text(found.text, step)
    if found.doubtful * 2 > found.sure or (not small and 0 < found.sure < _LEAST_LETTERS):
        yield source.unscannable(_UNSURE, step)
    elif not found.text and small:
        yield source.text("", step, empty="a small picture without words")
    elif not found.text:
        yield source.unscannable(_NO_WORDS, step)


def stretched(grey: Image.Image) -> Image.Image:
    """From black to white, as ImageOps.autocontrast does it, which counts every shade there is."""
    darkest, brightest = cast(tuple[int, int], grey.getextrema())
    if (darkest, brightest) == (0, 255) or darkest == brightest:
        return grey
    scale = 255 / (brightest - darkest)
    return grey.point([min(255, max(0, int(shade * scale - darkest * scale))) for shade in range(256)])


def _best_size(picture: Image.Image) -> tuple[int, int]:
    scale = min(_MOST_ENLARGED, (_BEST_PIXELS / (picture.width * picture.height)) ** 0.5)
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def _roughness(grey: Image.Image) -> list[int]:
    """How many tiles there are of each mean deviation from their mean, 0 to 255."""
    means = grey.reduce(_TILE)
    ground = means.resize((means.width * _TILE, means.height * _TILE), Image.Resampling.NEAREST)
    deviations = ImageChops.difference(grey, ground)  # as large as the smaller of the two, the picture
    return deviations.reduce(_TILE).histogram()


def _properties(picture: Image.Image) -> Iterator[str]:
    """Text chunks, comments, XMP, and what Photoshop adds."""
    for key, value in picture.info.items():
        if isinstance(value, str) and key != "compression":
            yield value
        elif key in _PACKETS:
            packets = value.values() if isinstance(value, dict) else [value]
            yield from (words.words(packet) for packet in packets if isinstance(packet, bytes))
    yield from _segments(picture)


def _packet(picture: Image.Image, data: bytes) -> str:
    """XMP in a GIF or JPEG 2000 (XMP part 3, 1.1.2, 1.1.4): Pillow passes over it; it stands there as is."""
    start, end = data.find(b"<x:xmpmeta"), data.rfind(b"</x:xmpmeta>")
    return words.words(data[start:end]) if picture.format in _WITH_PACKETS and 0 <= start < end else ""


def _fields(picture: Image.Image) -> Iterator[str]:
    """EXIF, which in a TIFF is the directory of one page."""
    exif = picture.getexif()
    for fields in (exif, *map(exif.get_ifd, (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo))):
        for tag, value in fields.items():
            if not isinstance(value, bytes) or not _is_binary(tag, value):
                yield _exif_text(tag, value)


def _is_binary(tag: int, value: bytes) -> bool:
    """Whether it is what the tag says: tables of JPEG alone, or a colour profile (ICC.1, section 7.2)."""
    if tag == _COLOUR_PROFILE:
        return value[36:40] == b"acsp" and int.from_bytes(value[:4]) == len(value)
    if tag != _JPEG_TABLES or value[:2] != b"\xff\xd8":
        return False
    at = 2
    while segment := _TABLES.match(value, at):
        at += 2 + int.from_bytes(segment[1])
    return value[at:] == b"\xff\xd9"


def _segments(picture: Image.Image) -> Iterator[str]:
    """Of a JPEG every comment, of which Pillow keeps the last, and the XMP that needs more than one segment.

    XMP part 3, 1.1.3.1: which XMP it belongs to, how long it is in all, and where this part of it begins.
    """
    extended: list[tuple[int, bytes]] = []
    for marker, data in getattr(picture, "applist", []):
        if marker == "COM":
            yield words.words(data)
        elif data.startswith(_EXTENDED_XMP):
            at = len(_EXTENDED_XMP) + 36
            extended.append((int.from_bytes(data[at : at + 4]), data[at + 4 :]))
    yield words.words(b"".join(part for _, part in sorted(extended)))


def _exif_text(tag: int, value: object) -> str:
    if isinstance(value, bytes):
        if tag in _XP_TAGS:
            return value.decode("utf-16-le", "replace").rstrip("\0")
        if tag == _USER_COMMENT:
            return charset.decode(value[8:])
        return words.words(value)
    return value if isinstance(value, str) else ""
