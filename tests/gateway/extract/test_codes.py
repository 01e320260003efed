from __future__ import annotations

import base64
import binascii
import codecs
import re
import struct
import zlib

import pytest

from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.files import PNG, docx, paragraph

LIMITS = Limits()
NUMBER = "NHS 999 000 0018"


def nodes(text: bytes | str) -> list[Node]:
    return read_file(text if isinstance(text, bytes) else text.encode(), "a.txt", "", LIMITS)


def uuencoded(data: bytes, name: str) -> bytes:
    lines = b"".join(binascii.b2a_uu(data[start : start + 45]) for start in range(0, len(data), 45))
    return b"begin 644 %b\n%b`\nend\n" % (name.encode(), lines)


def in_yenc(data: bytes, name: str, fields: bytes = b"", end: bytes = b"") -> bytes:
    """As posters write it: what would be a line end, a zero or an escape is escaped."""
    shifted = bytes((octet + 42) % 256 for octet in data)
    escaped = re.sub(rb"[\0\r\n=]", lambda octet: bytes([0x3D, (octet[0][0] + 64) % 256]), shifted)
    lines = b"\r\n".join(escaped[start : start + 128] for start in range(0, len(escaped), 128))
    end = end or b"size=%d crc32=%08x" % (len(data), zlib.crc32(data))
    begin = b"=ybegin %bline=128 size=%d name=%b\r\n" % (fields, len(data), name.encode())
    return begin + (b"=ypart begin=1 end=9\r\n" if fields else b"") + lines + b"\r\n=yend " + end + b"\r\n"


def in_binhex(data: bytes, name: str, resources: bytes = b"") -> bytes:
    """With runs of the octet by which runs are told, and with no others."""
    head = (
        bytes([len(name)]) + name.encode() + b"\0TEXTttxt\0\0" + struct.pack(">LL", len(data), len(resources))
    )
    file = b"".join(piece + binascii.crc_hqx(piece, 0).to_bytes(2) for piece in (head, data, resources))
    bits = "".join(f"{octet:08b}" for octet in file.replace(b"\x90", b"\x90\0"))
    bits += "0" * (-len(bits) % 6)
    letters = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
    coded = ":" + "".join(letters[int(bits[place : place + 6], 2)] for place in range(0, len(bits), 6)) + ":"
    lines = "\r\n".join(coded[start : start + 64] for start in range(0, len(coded), 64))
    return f"(This file must be converted with BinHex 4.0)\r\n\r\n{lines}\r\n".encode()


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (b"see " + base64.b64encode(NUMBER.encode()), "base64"),
        (b"see " + base64.b64encode(b"999 000 0018"), "base64"),
        (base64.encodebytes(b"NHS 999 000 0018 " * 20), "base64"),
        (base64.encodebytes(b"NHS 999 000 0018 " * 20).replace(b"\n", b"\r\n") + b"=_boundary", "base64"),
        (base64.b64encode(docx(paragraph(NUMBER))), "base64"),
        (base64.b64encode(uuencoded(NUMBER.encode(), "a.txt")), "base64 › uuencoded"),
        (b"note-" + base64.b64encode(b"NHS 999 000 0018 " * 20), "base64"),
        (b"patients_" + base64.b64encode(b"NHS 999 000 0018 " * 20), "base64"),
        (b"letter-of-today_" + base64.urlsafe_b64encode(docx(paragraph(NUMBER))), "base64"),
        (
            base64.b64encode(b"dear colleague: " * 48) + b"-" + base64.b64encode(NUMBER.encode()),
            "base64",
        ),
        (
            base64.urlsafe_b64encode(PNG + bytes(200)).rstrip(b"=")
            + b"_"
            + base64.b64encode(NUMBER.encode()),
            "base64",
        ),
        (uuencoded(NUMBER.encode(), "a.txt"), "uuencoded"),
        (b"hello\n" + uuencoded(docx(paragraph(NUMBER)), "a.docx"), "uuencoded"),
        (b"hello\n" + in_yenc(NUMBER.encode(), "a.txt"), "a.txt"),
        (b"hello\n" + in_yenc(docx(paragraph(NUMBER)), "a.docx"), "a.docx"),
        (in_yenc(bytes(range(256)) + docx(paragraph(NUMBER)), "a.zip"), "a.zip › archive behind it"),
        (b"hello\n" + in_binhex(NUMBER.encode() + b"\x90", "a.txt"), "a.txt"),
        (in_binhex(docx(paragraph(NUMBER)), "a.docx", b"resources"), "a.docx"),
        (NUMBER.encode().hex(), "hexadecimal"),
        (NUMBER.encode().hex(" "), "hexadecimal"),
        (NUMBER.encode().hex(":").upper(), "hexadecimal"),
        ("".join(f"\\x{octet:02x}" for octet in NUMBER.encode()), "hexadecimal"),
        (", ".join(f"0x{octet:02x}" for octet in NUMBER.encode()), "hexadecimal"),
        ("mailto:a@b.example?subject=NHS%20999%20000%200018", "percent-encoded"),
        ("".join(f"%{octet:02X}" for octet in NUMBER.encode()), "percent-encoded"),
        (", ".join(map(str, NUMBER.encode())), "character codes"),
        ("\u202e8100 000 999 SHN\u202c", "right to left"),
    ],
)
def test_reads_what_is_written_in_other_letters(text: bytes | str, step: str) -> None:
    """What a person could decode is decoded, and opened where it is a file."""
    assert [node.name for node in nodes(text) if "999 000 0018" in node.text] == [f"a.txt › {step}"]


def test_letters_turned_by_thirteen_are_turned_back() -> None:
    """Words that patient data comes with show it."""
    _, turned = nodes(codecs.encode(f"Patient Jane Doe, {NUMBER}", "rot13"))
    assert (turned.name, turned.text) == ("a.txt › ROT13", f"Patient Jane Doe, {NUMBER}")


@pytest.mark.parametrize(
    "text",
    [
        "https://records.example/appointments/confirmation/QWxhZGRpbjpvcGVuIHNlc2FtZQ",
        "/usr/share/documentation/practice/handbook",
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
        "reference 8f14e45fceea167a5a36dedd4bea2543",
        "interoperability, telecommunications",
        "begin 999 is a year",
        "we begin 644 times",
        "A" * 32,
        "seen 12, 14, 9, 11, 3, 4, 15, 8, 7, 2 and 1 times",
        "10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110",
        "07700 900123, 020 7946 0123",
        "00 11 22 33 44 55 66 77 88 99 aa bb",
        "up 5% and 10 % off",
        "auf Wiedersehen",
    ],
)
def test_other_letters_are_left_alone(text: str) -> None:
    """Letters and numbers that only happen to be in the alphabet of a code give no node of their own."""
    assert [node.name for node in nodes(text)] == ["a.txt"]


def test_a_picture_in_letters_is_a_picture() -> None:
    """A binary file within a text is judged by its own type."""
    found = nodes(base64.b64encode(PNG + bytes(200)))
    assert [node.type for node in found] == ["text/plain", "image/png"]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----",
        "=ybegin line=128 size=12 name=a.txt\ncccJZZZJZZ[b\n=yend size=13",
        "see =ybegin 2026",
        "(This file must be converted with BinHex 4.0)\n:#h9c3d8",
    ],
)
def test_what_is_not_decoded_is_not_clean(text: str) -> None:
    """PGP armour, yEnc and BinHex that are damaged are told beside the text around them."""
    assert State.UNSCANNABLE in [node.state for node in nodes(f"hello\n{text}\n")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (in_yenc(NUMBER.encode(), "a.txt", end=b"size=16 crc32=00000000"), "a damaged file in yEnc"),
        (in_yenc(NUMBER.encode(), "a.txt")[:-35], "a damaged file in yEnc"),
        (in_yenc(NUMBER.encode(), "a.txt", b"part=1 total=2 "), "a file in yEnc, of which this is a part"),
        (in_binhex(NUMBER.encode(), "a.txt").replace(b"\r\n:", b"\r\n:!!!!"), "a damaged file in BinHex"),
        (in_binhex(NUMBER.encode(), "a.txt").replace(b"\r\n:", b"\r\n:o"), "a damaged file in BinHex"),
    ],
)
def test_a_damaged_file_is_told(data: bytes, reason: str) -> None:
    """What there is of it is read, where that can be had."""
    found = nodes(data)
    assert [node.reason for node in found if node.state is State.UNSCANNABLE] == [reason]
    assert ("yEnc" not in reason) or any(NUMBER[:9] in node.text for node in found[1:])
