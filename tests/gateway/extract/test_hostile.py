"""Mutated files and messages: whatever arrives, every place ends with a state that is true."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.extract.files import read_file
from gateway.extract.message import conceal_recipients, read_message
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.archive_files import (
    LETTER,
    aes,
    literal,
    pgp,
    plain,
    rar,
    seven_zip,
    zip_of,
    zipped,
)
from tests.gateway.extract.files import (
    IMAGE_OBJECT,
    PICTURE,
    attachment,
    docx,
    encrypted_office,
    entity,
    multipart,
    paragraph,
    pdf,
    protected_pdf,
    show,
    xlsx,
)
from tests.gateway.extract.office_files import (
    atom,
    attached,
    binary_cell,
    container,
    doc,
    embedded,
    label,
    msg,
    number,
    odf,
    ppt,
    tnef,
    tnef_properties,
    xls,
    xlsb,
)
from tests.gateway.extract.test_archives import tar
from tests.gateway.extract.test_cms import signed

LIMITS = Limits(nodes=200, octets=5_000_000, chars=5_000_000)
ROWS = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>9990000018</v></c></row>'
DOCX = docx(paragraph("NHS 999 000 0018"), {"word/comments.xml": "<a>note</a>"})
FILES = {
    "pdf": pdf(show("NHS 999 000 0018"), PICTURE, objects=[IMAGE_OBJECT]),
    "protected pdf": protected_pdf("user", "owner", "words"),
    "docx": DOCX,
    "xlsx": xlsx({"List": ROWS}, ["NHS No"]),
    "encrypted": encrypted_office("secret"),
    "doc": doc(["NHS ", b"999 000 0018"], (8, 8), streams={"ObjectPool/_1/Package": DOCX}),
    "xls": xls({"List": label(0, 0, 0) + number(1, 0, 9990000018, 2)}, ["NHS No"]),
    "xlsb": xlsb({"List": binary_cell(5, 0, bytes(8))}, ["NHS No"]),
    "ppt": ppt(container(0x3EE, atom(0xFA8, b"NHS 999 000 0018")), embedded(b"words")),
    "msg": msg({0x0037: "Results", 0x1000: "words"}, [(1, {0x3001: "Ann"})], [attached("a.docx", DOCX)]),
    "tnef": tnef((0x9003, tnef_properties({0x1000: "words"})), (0x9002, bytes(14)), (0x800F, DOCX)),
    "odf": odf("<text:p>NHS <text:s/>999</text:p><!-- c -->", {"meta.xml": "<a>b</a>"}),
    "rtf": rb"{\rtf1\ansi\uc1 NHS{\b  999} \u48?00{\footnote a}{\pict 8950}{\*\objdata 0105} \'30018\par}",
    "card": b"BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE:=4E=\r\nHS\r\nPHOTO;ENCODING=b:aaaa\r\n bbbb\r\n",
    "html": b"<html><body><p title='a'>NHS <b>999</b> 000 0018</p><!-- c --><table><tr><td>a</table>",
    "text": "NHS 999 000 0018, café\r\n".encode("utf-16") * 3,
    "zip": zip_of(aes("a.txt", LETTER, "secret"), plain("b.docx", DOCX), plain("c.txt", b"pw: secret")),
    "7z": seven_zip({"a.txt": LETTER}),
    "rar": rar([("a.txt", LETTER), ("b.docx", DOCX)]),
    "encrypted rar": rar([("a.txt", LETTER)], "secret"),
    "tar": tar(("a.txt", LETTER), ("b.docx", DOCX)),
    "gzip": gzip.compress(LETTER),
    "pgp": pgp((8, b"\2" + zlib.compress(pgp(literal(LETTER))))),
    "cms": signed(),
}
MESSAGE = multipart(
    multipart(
        entity(b"Dear Ann", "Content-Type: text/plain"), FILES["html"], kind="alternative", boundary="=_a"
    ),
    attachment(DOCX, "letter.docx"),
    entity(b"caf=C3=A9 =\r\n999 000 0018", "Content-Transfer-Encoding: quoted-printable"),
    entity(entity(b"inner", "Subject: inner"), "Content-Type: message/rfc822"),
    fields=["From: Ann <ann@practice.example>", "To: bob@trust.example", "Subject: =?utf-8?Q?caf=C3=A9?="],
)


@st.composite
def mutants(draw: st.DrawFn, original: bytes) -> bytes:
    """The original with a few pieces flipped, cut out, doubled or replaced."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([1, 1, 4, 60, 2000])))
        piece = bytes(data[start:end])
        change = draw(st.sampled_from(["cut", "double", "flip", "zero", "insert"]))
        data[start:end] = {
            "cut": b"",
            "double": piece * 2,
            "flip": bytes(octet ^ draw(st.integers(1, 255)) for octet in piece[:4]) + piece[4:],
            "zero": bytes(len(piece)),
            "insert": draw(
                st.sampled_from([b"\r\n", b"\r", b"\n", b"\0", b"--=_b", b"=", b"\xff", b"<", b"&"])
            )
            + piece,
        }[change]
    return bytes(data)


def assert_true_states(nodes: list[Node]) -> None:
    assert nodes
    for node in nodes:
        assert (node.state is State.CLEAN) == bool(node.text.strip())
        assert node.reason or node.state is State.CLEAN
        assert node.name


@pytest.mark.parametrize("kind", FILES)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(data=st.data())
def test_mutated_files_end_with_a_state(kind: str, data: st.DataObject) -> None:
    """A damaged file raises nothing, and is clean only with text, empty only with a reason."""
    assert_true_states(read_file(data.draw(mutants(FILES[kind])), "a", "", LIMITS))


UNENCRYPTED = {
    "zip": zip_of(plain("a.txt", LETTER)),
    "deflated zip": zipped({"a.txt": LETTER}),
    "7z": FILES["7z"],
    "rar": rar([("a.txt", LETTER)]),
    "pgp": FILES["pgp"],
    "cms": signed(),
    "pdf": pdf(show("Dear Ann, your NHS number is 999 000 0018, and all is well.")),
}


@pytest.mark.parametrize("kind", UNENCRYPTED)
def test_no_octet_changed_makes_a_plain_file_encrypted(kind: str) -> None:
    """Encryption is what lets a file go: no flag, wherever it stands, is proof of it."""
    data = UNENCRYPTED[kind]
    for place in range(min(len(data), 700)):
        for change in (0x01, 0x40, 0xFF):
            forged = data[:place] + bytes([data[place] ^ change]) + data[place + 1 :]
            assert not [node for node in read_file(forged, "a", "", LIMITS) if node.state is State.ENCRYPTED]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(content=mutants(MESSAGE))
def test_mutated_messages_end_with_a_state(content: bytes) -> None:
    """A damaged message raises nothing, and every part of it ends with a state that is true."""
    assert_true_states(read_message(content, LIMITS)[1])


@settings(deadline=None)
@given(content=st.one_of(st.binary(max_size=500), mutants(MESSAGE)))
def test_concealing_keeps_the_body(content: bytes) -> None:
    """Whatever the header section holds, what follows the first empty line stays."""
    concealed = conceal_recipients(content)
    end = content.find(b"\r\n\r\n")
    if end >= 0 and content.find(b"\n\n") < 0 and not content.startswith(b"\n"):
        assert concealed.endswith(content[end:])
    assert b"To: undisclosed-recipients:;" in concealed


@settings(deadline=None)
@given(data=st.binary(max_size=500), name=st.text(max_size=20), declared=st.text(max_size=20))
def test_any_octets_under_any_name_end_with_a_state(data: bytes, name: str, declared: str) -> None:
    """Neither the name nor the declared type of a file can make reading it fail."""
    assert_true_states([node for node in read_file(data, name, declared, LIMITS) if node.name])
