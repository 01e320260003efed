"""Messages that two mail clients read differently, each with an NHS number that some client shows.

Classes and numbers E1 to E25 follow shared sources on MIME ambiguity: Chen et al., "Inbox Invasion"
(ACM CCS 2024); draft-chen-email-mime-ambiguity-defense-00; CVE-2024-28054; CVE-2026-116264 to 116273.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from itertools import permutations, product

from tests.gateway.extract.files import attachment, docx, entity, multipart, paragraph

NUMBER = "999 000 0018"
WORDS = f"NHS number {NUMBER}"
HEAD = b"From: ann@practice.example\r\nTo: bob@mail.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
PLAIN = entity(b"Dear Ann", "Content-Type: text/plain")
QUOTED = b"NHS=20number=20=39=39=39=20=\r\n000=200018"
BASE64 = base64.b64encode(WORDS.encode())
UUENCODED = binascii.b2a_uu(WORDS.encode())
FILE = docx(paragraph(WORDS))
MIXED = "Content-Type: multipart/mixed; boundary=b"
HIDDEN = {
    "text": entity(WORDS.encode(), "Content-Type: text/plain"),
    "base64": entity(BASE64, "Content-Type: text/plain", "Content-Transfer-Encoding: base64"),
    "file": attachment(FILE, "a.docx"),
}
CODED = {"base64": BASE64, "quoted-printable": QUOTED, "x-uuencode": UUENCODED}
_LINE_ENDS = {
    "CR": b"\r",
    "LF": b"\n",
    "CRCRLF": b"\r\r\n",
    "NUL": b"\0\r\n",
    "VT": b"\x0b\r\n",
    "FF": b"\x0c\r\n",
}

Tricks = Iterator[tuple[str, bytes]]


def messages() -> dict[str, bytes]:
    """Every message, by a name of its class and what it does."""
    classes = {
        "Content-Type twice": _types_twice(),
        "transfer encoding twice": _encodings_twice(),
        "label of the encoding": _labels(),
        "boundary": _boundaries(),
        "field name": _field_names(),
        "line ends": _line_ends(),
        "missing lines": _missing_lines(),
        "outside the parts": _outside(),
        "parts in parts": _nested(),
        "other messages": _other_messages(),
        "charset": _charsets(),
        "base64": _base64(),
        "quoted-printable": _quoted_printable(),
        "other codes": _other_codes(),
        "file names": _file_names(),
        "header fields": _header_fields(),
    }
    return {f"{kind}: {trick}": message for kind, tricks in classes.items() for trick, message in tricks}


def mixed(fields: str, hidden: bytes, boundary: str = "b", declared: str = "") -> bytes:
    """A message with these fields around a harmless part and the hidden one."""
    line = b"--" + boundary.encode()
    parts = b"".join(line + b"\r\n" + part + b"\r\n" for part in (PLAIN, hidden))
    return HEAD + (fields + declared).encode() + b"\r\n\r\n" + parts + line + b"--\r\n"


def alone(body: bytes, *fields: str) -> bytes:
    return HEAD + entity(body, *fields)


def swapped(message: bytes, old: bytes, new: bytes) -> bytes:
    assert old in message
    return message.replace(old, new, 1)


def _each(fields: str, boundary: str = "b") -> Tricks:
    for form, hidden in HIDDEN.items():
        yield f"{fields!r}, {form}", mixed(fields, hidden, boundary)


def _types_twice() -> Tricks:
    """E1."""
    values = [
        *("multipart/mixed; boundary=b", "multipart/mixed; boundary=c", "multipart/alternative; boundary=b"),
        *("text/plain", "text/html; charset=utf-7", "application/octet-stream", "message/rfc822", "", "x"),
    ]
    for first, second in permutations(values, 2):
        if "boundary=b" in first + second:
            fields = f"Content-Type: {first}\r\nContent-Type: {second}"
            yield f"{first!r}, then {second!r}", mixed(fields, HIDDEN["base64"])
    for first, second in permutations(("text/plain", "text/html", "application/pdf"), 2):
        body = WORDS.replace(" ", "<b> </b>").encode() if "text/html" in (first, second) else WORDS.encode()
        yield f"{first!r}, then {second!r}", alone(body, f"Content-Type: {first}", f"Content-Type: {second}")


def _encodings_twice() -> Tricks:
    """E2."""
    others = ("7bit", "binary", "x-none", "", *CODED)
    for true, other, where in product(CODED, others, ("the message", "a part")):
        for labels in ((true, other), (other, true)):
            if true != other:
                fields = [f"Content-Transfer-Encoding: {label}" for label in labels]
                part = entity(CODED[true], "Content-Type: text/plain", *fields)
                message = HEAD + part if where == "the message" else mixed(MIXED, part)
                yield f"{true} labelled {labels} in {where}", message


def _labels() -> Tricks:
    """E3."""
    forms = [
        *("{}", " {}", "{} ", "{};", "{} (c)", "(c) {}", "(c(d)) {}", '"{}"', "'{}'", "{}, 7bit", "7bit, {}"),
        *("{} 7bit", "7bit {}", "x-{}", "{}5", "{}\0", "\0{}", "{}\x0b", "\t{}", "\r\n {}", "\r\n\t{}"),
        *("{}/x", "{}; charset=utf-8", "=?us-ascii?Q?{}?=", "\\{}", "{}.", '="{}"', ": {}", "enc={}"),
    ]
    for form, (encoding, coded) in product(forms, CODED.items()):
        label = form.format(encoding)
        part = entity(coded, "Content-Type: text/plain", f"Content-Transfer-Encoding: {label}")
        yield repr(label), HEAD + part
    for encoding, coded in CODED.items():
        middle = f"{encoding[:3]}(c){encoding[3:]}"
        yield repr(middle), alone(coded, f"Content-Transfer-Encoding: {middle}")
        upper = f"{encoding[:3].upper()}\r\n {encoding[3:]}"
        yield repr(upper), alone(coded, f"Content-Transfer-Encoding: {upper}")


def _boundaries() -> Tricks:
    """E5 to E9."""
    for parameters in (
        *("boundary=b; boundary=c", "boundary=c; boundary=b", "boundary=b;boundary=", "boundary=;boundary=b"),
        *("(boundary=c) boundary=b", "boundary=b (boundary=c)", "boundary((c))=b", "boundary=(c)b"),
        *(
            "boundary=b(c)",
            "boundary (c) = b",
            "boundary=c; (x); boundary=b",
            "x[]; boundary=b",
            "; boundary=b",
        ),
        *(
            ";; boundary=b",
            "boundary =b",
            "boundary= b",
            "boundary\t=\tb",
            "boundary\r\n =b",
            "boundary=\r\n b",
        ),
        *('boundary="b', 'boundary=b"', 'boundary="\\b"', "boundary='b'", 'boundary="b" c', 'boundary="b"c'),
        *("Boundary=b", "BOUNDARY=b", "boundary:b", "boundary==b", "boundary=b,", "boundary=b; x", "bound=b"),
        *('x="; boundary=c"; boundary=b', 'x="y; boundary=b', "boundary*=us-ascii''b", "boundary*=''b"),
        *(
            "boundary*0=b",
            "boundary*0*=us-ascii''b",
            "boundary*1=b",
            "boundary*=utf-16le''b%00",
            "boundary*=b",
        ),
        *(
            "boundary=c; boundary*=us-ascii''b",
            "boundary*=us-ascii''c; boundary=b",
            "boundary*0=c; boundary=b",
        ),
        *("boundary=b; boundary*0=c; boundary*1=d", "boundary=\0b", "boundary=b\0", "boundary=\x0bb"),
        *("boundary==?us-ascii?Q?b?=", 'boundary="=?us-ascii?B?Yg==?="', "charset=utf-8 boundary=b"),
    ):
        fields = f"Content-Type: multipart/mixed; {parameters}"
        for form in ("text", "base64"):
            yield f"{parameters!r}, {form}", mixed(fields, HIDDEN[form])
    for written, declared in {
        "bc": "boundary*0=b; boundary*1=c",
        "cb": "boundary*1=b; boundary*0=c",
        "b c": 'boundary="b c"',
        " b": 'boundary=" b"',
        "b ": 'boundary="b "',
        "b;c": 'boundary="b;c"',
        'b"c': 'boundary="b\\"c"',
        "<--- --->": 'boundary="<--- --->"',
        "<b>": "boundary=<b>",
        "": 'boundary=""',
        " ": 'boundary=" "',
        "-": "boundary=-",
        "--": "boundary=--",
        "é": 'boundary="é"',
        "b%62": "boundary*=us-ascii''b%2562",
        "x" * 200: f"boundary={'x' * 200}",
        "B": "boundary=b",
        "bb": "boundary=b",
    }.items():
        fields = f"Content-Type: multipart/mixed; {declared}"
        yield f"{declared!r} written {written!r}", mixed(fields, HIDDEN["base64"], written)
    for media_type in (
        *("multipart", "multipart/", "multipart/mixed/x", "multi(c)part/mixed", "multipart /mixed", "mixed"),
        *(
            "multipart/ mixed",
            '"multipart/mixed"',
            "x-multipart/mixed",
            "multipart/x-unknown",
            "multiparts/mixed",
        ),
        *("=?us-ascii?Q?multipart/mixed?=", "text/plain", "application/octet-stream", "\tmultipart/mixed"),
        *("multipart\\/mixed", "multipart/digest", "multipart/parallel", "multipart/appledouble", "", "(c)"),
    ):
        for form in ("base64", "file"):
            fields = f"Content-Type: {media_type}; boundary=b"
            yield f"type {media_type!r}, {form}", mixed(fields, HIDDEN[form])
    yield "no parameter", mixed("Content-Type: multipart/mixed", HIDDEN["base64"])
    yield "no field", mixed("X: y", HIDDEN["base64"])


def _field_names() -> Tricks:
    """E4."""
    forms = [
        *("{} :", "{}\t:", "{}\0:", "\0{}:", " {}:", "\t{}:", "{}\r\n :", "{}(c):", "{}::", "{}:\r\n", "{}"),
        *(
            "X\r\n {}:",
            "X: y\r{}:",
            "X: y\n{}:",
            "X: y\r\r\n{}:",
            "X: y\0\r\n{}:",
            "X y\r\n{}:",
            "{};",
            '"{}":',
        ),
        *("=?us-ascii?Q?{}?=:", ":\r\n{}:", ">{}:", "X-{}:", "X: y\r\n\x0b{}:", "From x\r\n{}:", "\xa0{}:"),
    ]
    for form in forms:
        name = form.format("Content-Type")
        yield f"{name!r} of the message", mixed(f"{name} multipart/mixed; boundary=b", HIDDEN["base64"])
        coding = form.format("Content-Transfer-Encoding")
        part = entity(BASE64, "Content-Type: text/plain", f"{coding} base64")
        yield f"{coding!r} of a part", mixed(MIXED, part)
        yield f"{coding!r} of the message", HEAD + entity(BASE64, f"{coding} base64")


def _line_ends() -> Tricks:
    """E12."""
    whole = mixed("X: y\r\n" + MIXED, HIDDEN["base64"])
    for name, end in _LINE_ENDS.items():
        yield f"{name} between fields", swapped(whole, b"X: y\r\n", b"X: y" + end)
        yield f"{name} after the fields", swapped(whole, b"=b\r\n\r\n", b"=b" + end + b"\r\n")
        yield f"{name} and nothing after the fields", swapped(whole, b"=b\r\n\r\n", b"=b" + end)
        yield f"{name} before a boundary", swapped(whole, b"Ann\r\n--b\r\n", b"Ann" + end + b"--b\r\n")
        yield f"{name} after a boundary", swapped(whole, b"Ann\r\n--b\r\n", b"Ann\r\n--b" + end)
        yield f"{name} after the fields of a part", swapped(whole, b"base64\r\n\r\n", b"base64\r\n" + end)
        yield f"{name} all over", whole.replace(b"\r\n", end)
        yield f"{name} in the body", swapped(whole, BASE64, BASE64[:9] + end + BASE64[9:])


def _missing_lines() -> Tricks:
    """E13."""
    for form, hidden in HIDDEN.items():
        whole = mixed(MIXED, hidden)
        yield f"none after the fields, {form}", swapped(whole, b"=b\r\n\r\n", b"=b\r\n")
        yield (
            f"none after the fields of a part, {form}",
            mixed(MIXED, hidden.replace(b"\r\n\r\n", b"\r\n", 1)),
        )
        yield f"white space in the empty line, {form}", swapped(whole, b"=b\r\n\r\n", b"=b\r\n \r\n")
        yield f"one in front, {form}", b"\r\n" + whole
        yield f"one before the fields of a part, {form}", mixed(MIXED, b"\r\n" + hidden)
        yield f"one between the fields, {form}", swapped(whole, b"MIME-V", b"\r\nMIME-V")
        yield f"words between the fields, {form}", swapped(whole, b"MIME-V", b"words\r\nMIME-V")
        yield f"an mbox line in front, {form}", b"From ann Mon Nov  2 10:00:00 2026\r\n" + whole
        yield f"an mbox line between, {form}", swapped(whole, b"MIME-V", b"From ann Mon Nov  2\r\nMIME-V")
        yield f"no MIME-Version, {form}", swapped(whole, b"MIME-Version: 1.0\r\n", b"")


def _outside() -> Tricks:
    """E10."""
    for form, hidden in HIDDEN.items():
        harmless, whole = mixed(MIXED, PLAIN), mixed(MIXED, hidden)
        yield f"no end, {form}", whole.removesuffix(b"--b--\r\n")
        yield f"cut short, {form}", whole.removesuffix(b"\r\n--b--\r\n")
        yield f"after the end, {form}", harmless + b"--b\r\n" + hidden + b"\r\n--b--\r\n"
        yield f"after the end, another boundary, {form}", harmless + b"--c\r\n" + hidden + b"\r\n"
        yield f"after the end, no boundary, {form}", harmless + b"\r\n" + hidden + b"\r\n"
        yield f"before the first, {form}", swapped(harmless, b"--b\r\n", hidden + b"\r\n--b\r\n")
        yield (
            f"before the first, as a body, {form}",
            swapped(harmless, b"--b\r\n", b"\r\n" + hidden + b"\r\n--b\r\n"),
        )
        yield f"an end at once, {form}", swapped(whole, b"--b\r\n", b"--b--\r\n--b\r\n")
        yield f"words after a boundary, {form}", whole.replace(b"--b\r\n", b"--b words\r\n")
        yield f"blanks before a boundary, {form}", whole.replace(b"--b", b" --b")
        yield f"one hyphen more, {form}", whole.replace(b"--b\r\n", b"---b\r\n")
        yield (
            f"one hyphen at the end, {form}",
            swapped(harmless, b"--b--", b"--b-\r\n" + hidden + b"\r\n--b--"),
        )
        yield f"in other letters, {form}", whole.replace(b"--b", b"--B")


def _nested() -> Tricks:
    """E11."""
    for form, hidden in HIDDEN.items():
        for boundary in ("b", "bb", "b-", "B", "b ", "--b"):
            yield f"{boundary!r} inside, {form}", mixed(MIXED, multipart(PLAIN, hidden, boundary=boundary))
        inner = multipart(PLAIN, boundary="c")
        yield (
            f"an inner one without an end, {form}",
            mixed(MIXED, inner.removesuffix(b"--c--\r\n") + b"--b\r\n" + hidden),
        )
        yield (
            f"an end of the outer one inside, {form}",
            mixed(MIXED, multipart(PLAIN, hidden, boundary="c")).replace(b"--c\r\n", b"--b--\r\n--c\r\n", 1),
        )
        yield f"an inner boundary outside, {form}", mixed(MIXED, inner + b"--b\r\n--c\r\n" + hidden)
        yield (
            f"in base64, {form}",
            mixed(
                MIXED,
                entity(
                    base64.encodebytes(multipart(hidden, boundary="c").partition(b"\r\n\r\n")[2]),
                    "Content-Type: multipart/mixed; boundary=c",
                    "Content-Transfer-Encoding: base64",
                ),
            ),
        )
        yield f"alternatives, {form}", HEAD + multipart(PLAIN, hidden, kind="alternative")
        yield f"related, {form}", HEAD + multipart(PLAIN, hidden, kind="related")


def _other_messages() -> Tricks:
    """E14, E15, and messages within."""
    for form, hidden in HIDDEN.items():
        for media_type in (
            *("message/rfc822", "message/global", "message/partial; id=a; number=1; total=2", "message/news"),
            *(
                "message/external-body; access-type=local-file; name=a",
                "message/delivery-status",
                "message/http",
            ),
            *(
                "message/disposition-notification",
                "message/x",
                "message",
                "text/rfc822-headers",
                "multipart/digest",
            ),
            *("application/octet-stream", "text/plain", "application/mbox", "message/rfc822; charset=utf-16"),
        ):
            yield f"{media_type}, {form}", alone(hidden, f"Content-Type: {media_type}")
        coded = base64.encodebytes(HEAD + hidden)
        yield (
            f"in base64, {form}",
            alone(coded, "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"),
        )


def _charsets() -> Tricks:
    """E23, E25."""
    charsets = (
        "utf-8",
        "us-ascii",
        "utf-16",
        "utf-16le",
        "utf-16be",
        "utf-32",
        "utf-32le",
        "utf-7",
        "cp037",
        "",
    )
    for true, said in product(charsets, ("utf-8", "us-ascii", "utf-16", "utf-7", "cp037", "x-unknown", "hz")):
        words = WORDS.encode(true) if true else WORDS.encode()
        if true == "utf-7":
            words = WORDS.replace("999", "+ADkAOQA5-").encode()
        field = f"Content-Type: text/plain; charset={said}"
        # EBCDIC that is called something else, nobody shows.
        if true != "cp037" or said == "cp037":
            coded = base64.b64encode(words)
            yield f"{true!r} called {said!r}", alone(coded, field, "Content-Transfer-Encoding: base64")
    for name, zero in {
        "full-width": 0xFF10,
        "Arabic-Indic": 0x660,
        "Devanagari": 0x966,
        "bold": 0x1D7CE,
    }.items():
        digits = str.maketrans({str(n): chr(zero + n) for n in range(10)})
        yield name, alone(WORDS.translate(digits).encode(), "Content-Type: text/plain; charset=utf-8")
    for said in (
        "charset=utf-16; charset=utf-8",
        "charset*=us-ascii''utf-7",
        'charset="utf-7"',
        "charset=(c)utf-7",
    ):
        shifted = WORDS.replace("999", "+ADkAOQA5-").encode()
        yield f"shifts, {said}", alone(shifted, f"Content-Type: text/plain; {said}")


def _base64() -> Tricks:
    """E20."""
    letters = BASE64.decode()
    file = base64.b64encode(FILE).decode()
    for kind, coded in (("text", letters), ("file", file)):
        quads = [coded[at : at + 4] for at in range(0, len(coded), 4)]
        lines = [coded[at : at + 60] for at in range(0, len(coded), 60)]
        for trick, written in {
            "no padding": coded.rstrip("="),
            "one letter more": f"{coded.rstrip('=')}A",
            "words behind it": f"{coded}\r\n\r\n--\r\nfooter",
            "words in front": f"see below:\r\n\r\n{coded}",
            "junk in front": f"!!{coded}",
            "a blank in each quad": " ".join(coded),
            "a quad a line": "\r\n".join(quads),
            "three letters a line": "\r\n".join(coded[at : at + 3] for at in range(0, len(coded), 3)),
            "empty lines": "\r\n\r\n".join(quads),
            "padding after each quad": "=".join(quads),
            "two after each quad": "==".join(quads),
            "padding at each line": "=\r\n".join(lines),
            "padding before each line": "=" + "\r\n=".join(lines),
            "padding in the middle": coded[:8] + "==" + coded[8:],
            "padding in front": f"===={coded}",
            "exclamation marks": "!".join(quads),
            "asterisks": "*".join(quads),
            "dots": ".".join(coded),
            "hyphens": coded.replace("+", "-").replace("/", "_"),
            "octets": "\xff".join(quads),
            "NUL": "\0".join(quads),
            "CR": "\r".join(quads),
            "LF": "\n".join(lines),
            "VT": "\x0b".join(quads),
            "comments": "(c)".join(quads),
            "a line that begins with a hyphen": "\r\n".join((*lines[:1], "-----", *lines[1:])),
            "two of them": "\r\n".join((base64.b64encode(b"Dear Ann").decode(), coded)),
            "two of them in one line": base64.b64encode(b"Dear Ann").decode() + coded,
            "twice coded": base64.b64encode(coded.encode()).decode(),
        }.items():
            if kind == "file":
                fields = ('Content-Type: application/octet-stream; name="a.docx"',)
            else:
                fields = ("Content-Type: text/plain",)
            yield (
                f"{trick}, {kind}",
                alone(written.encode("latin-1"), *fields, "Content-Transfer-Encoding: base64"),
            )


def _quoted_printable() -> Tricks:
    """E21."""
    for coded in (
        *(b"999=20000=200018", b"=39=39=39 000 0018", b"999=20000=20=\r\n0018", b"999 000 =\n0018"),
        *(b"999 000 =\r0018", b"999 000 =\n\n0018", b"999 000 =\r\r0018", b"999 000 =\r\n\r\n0018"),
        *(b"999 000 =\r\r\n0018", b"999 000 = \r\n0018", b"999 000 =\t\r\n0018", b"999 000 = \t \n0018"),
        *(b"999 000 =\t0018", b"999 000 = 0018", b"999 000 0018=", b"999 000 0018=2", b"999 000 ==0018"),
        *(b"999 000 0=X018", b"999 000 0=X0018", b"999 000 0=XY018", b"999 000 0=018", b"999 000 ===0018"),
        *(b"=39=399 000 0018", b"9=\r\n9=\r\n9 000 0018", b"999=A0000=A00018", b"999 000 0018=\r\n\r\n"),
        *(
            b"999 000=20\r\n0018",
            b"9=2=399 000 0018",
            b"999 000 =\0\r\n0018",
            b"=39=39=39=20=30=30=30=200018",
        ),
        *(
            b"==a39=a39=a39 000 0018",
            b"=3=39=39=39 000 0018",
            b"= 39= 39= 39 000 0018",
            b"=\x0b39=39=39 000 0018",
        ),
        *(
            b"999 000 0018 =",
            b"=EF=BB=BF999 000 0018",
            b"=39=39=39=20=30=30=30=20=30=30=31=38",
            b"_999_000_0018",
        ),
        *(b"999 000 =0A0018", b"999 000 =0D=0A0018", b"9=E2=80=8B99 000 0018", b"999=C2=A0000=C2=A00018"),
    ):
        fields = ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable")
        yield repr(coded), alone(b"NHS number " + coded, *fields)
    for word in (WORDS.replace(" ", "=20"), "".join(f"={ord(letter):02X}" for letter in WORDS)):
        yield f"twice, {word}", alone(word.replace("=", "=3D").encode(), *fields)


def _other_codes() -> Tricks:
    """E22, E24."""
    uu = b"begin 644 a.txt\r\n%b`\r\nend\r\n" % UUENCODED
    for label in ("", "7bit", "x-uuencode", "uuencode", "x-uue", "uue", "x-uu", "base64", "quoted-printable"):
        for form, body in {
            "whole": uu,
            "no begin": UUENCODED,
            "no end": uu[:-8],
            "words in front": b"Dear Ann\r\n\r\n" + uu,
        }.items():
            bare = form == "no begin" and not label.strip("7bit")
            if not bare and (form != "no begin" or "uu" in label):
                fields = [f"Content-Transfer-Encoding: {label}"] if label else []
                yield f"uuencode {form}, labelled {label!r}", alone(body, "Content-Type: text/plain", *fields)
    yield "base64 of uuencode", alone(base64.b64encode(uu), "Content-Transfer-Encoding: base64")
    yield "uuencode of base64", alone(b"begin 644 a\r\n%b`\r\nend" % binascii.b2a_uu(BASE64))
    yield (
        "yEnc",
        alone(b"=ybegin line=128 size=9 name=a\r\n%b\r\n=yend size=9" % _shifted(WORDS.encode(), 42)),
    )
    yield "BinHex", alone(b"(This file must be converted with BinHex 4.0)\r\n:$f*TEQKPH#jdFR3:")
    for name, body in {
        "base64 as words": BASE64,
        "base64 in a sentence": b"It is " + BASE64 + b" as ever.",
        "hexadecimal": WORDS.encode().hex().encode(),
        "hexadecimal with blanks": WORDS.encode().hex(" ").encode(),
        "percent": "".join(f"%{ord(letter):02x}" for letter in WORDS).encode(),
        "character references": "".join(f"&#{ord(letter)};" for letter in WORDS).encode(),
        "HTML as text": WORDS.replace(" ", "<b> </b>").encode(),
        "quoted-printable as text": QUOTED,
        "zero-width": WORDS.replace("9", "9\u200b").encode(),
        "soft hyphens": WORDS.replace("0", "0\xad").encode(),
        "right to left": f"NHS number \u202e{NUMBER[::-1]}\u202c".encode(),
        "armour": b"-----BEGIN PGP MESSAGE-----\r\n\r\n" + BASE64 + b"\r\n-----END PGP MESSAGE-----",
    }.items():
        yield name, alone(body, "Content-Type: text/plain; charset=utf-8")


def _shifted(octets: bytes, by: int) -> bytes:
    return bytes((octet + by) % 256 for octet in octets)


def _file_names() -> Tricks:
    """E18."""
    name, escaped = f"NHS {NUMBER}.pdf", f"NHS {NUMBER}.pdf".replace(" ", "%20")
    word = base64.b64encode(name.encode()).decode()
    forms = [
        *(f'{{}}="{name}"', f"{{}}={name}", f"{{}}*=utf-8''{escaped}", f"{{}}*=utf-8'en-GB'{escaped}"),
        *(f'{{}}*0="{name[:9]}"; {{}}*1="{name[9:]}"', f'{{}}*1="{name[9:]}"; {{}}*0="{name[:9]}"'),
        *(f"{{}}*0*=utf-8''{escaped[:11]}; {{}}*1*={escaped[11:]}", f'{{}}="=?utf-8?B?{word}?="'),
        *(f"{{}}==?utf-8?B?{word}?=", f'{{}}="a.pdf"; {{}}="{name}"', f'{{}}="{name}"; {{}}="a.pdf"'),
        *(
            f"{{}}=\"a.pdf\"; {{}}*=utf-8''{escaped}",
            f"{{}}*=utf-8''a.pdf; {{}}=\"{name}\"",
            f"{{}}='{name}'",
        ),
        *(
            f'{{}} = "{name}"',
            f'{{}}="{name}',
            f'{{}}(c)="{name}"',
            f"{{}}*=x-unknown''{escaped}",
            f'{{}}:"{name}"',
        ),
        *(f'{{}}\r\n ="{name}"', f'{{}}="NHS\r\n {NUMBER}.pdf"', f"{{}}*={escaped}", f'X; {{}}="{name}"'),
        *(f'{{}}*2="{name}"', f'{{}}*0="{name}"; {{}}*5=x', f'{{}}="{name.encode("utf-7").decode()}"', "{}"),
    ]
    for form in forms[:-1]:
        written = form.replace("{}", "filename")
        yield repr(written), mixed(MIXED, entity(b"Hello", f"Content-Disposition: attachment; {written}"))
        written = form.replace("{}", "name")
        yield repr(written), mixed(MIXED, entity(b"Hello", f"Content-Type: text/plain; {written}"))
    for field in (
        *("Content-Disposition: {}", "Content-Description: {}", "Content-ID: <{}>", "Content-Location: {}"),
        *('X: y\r\nContent-Disposition : attachment; filename="{}"', 'Content-Disposition: filename="{}"'),
        *(
            'Content-Disposition: inline\r\nContent-Disposition: attachment; filename="{}"',
            "Content-Base: {}",
        ),
    ):
        yield repr(field), mixed(MIXED, entity(b"Hello", field.format(name)))


def _header_fields() -> Tricks:
    """E17."""
    word = base64.b64encode(WORDS.encode()).decode()
    for field in (
        *(
            f"Subject: {WORDS}",
            f"subject : {WORDS}",
            f"SUBJECT:{WORDS}",
            f"X-Patient: {WORDS}",
            f"Comments: {WORDS}",
        ),
        *(f"Keywords: {WORDS}", f"Message-ID: <{WORDS}@x>", f"In-Reply-To: {WORDS}", f"References: {WORDS}"),
        *(f'From: "{WORDS}" <a@x>', f"To: {WORDS} <a@x>", f"Cc: a@x ({WORDS})", f'Bcc: "{WORDS}" <a@x>'),
        *(f"Reply-To: {WORDS}: a@x;", f"Date: {WORDS}", f"Organization: {WORDS}", f"Thread-Topic: {WORDS}"),
        *(
            f"List-Id: {WORDS} <x>",
            f"User-Agent: {WORDS}",
            f"Content-Language: {WORDS}",
            f"Received: {WORDS}",
        ),
        *(
            f"Sender: =?utf-8?B?{word}?= <a@x>",
            f"Subject: =?utf-8?B?{word}?=",
            f"Subject: =?utf-8*en?B?{word}?=",
        ),
        *(
            f"Subject: =?utf-8?Q?{WORDS.replace(' ', '_')}?=",
            f"Subject: =?utf-8?Q?{WORDS}?=",
            f"Subject: =?x?B?{word}?=",
        ),
        *(
            f"Subject: =?utf-8?B?{word[:12]}?= =?utf-8?B?{word[12:]}?=",
            f"Subject: =?utf-8?B?{word[:10]}!{word[10:]}?=",
        ),
        *(
            f"Subject: =?utf-8?B?{word.rstrip('=')}?=",
            f"Subject: (=?utf-8?B?{word}?=)",
            f"Subject: =?utf-8?b?{word}?",
        ),
        *(
            "Subject: NHS number 999\r\n 000 0018",
            "Subject: NHS number 999\r\n\t000 0018",
            "Subject: a\r\nSubject: " + WORDS,
        ),
        *(f"Subject: =?utf-16?B?{base64.b64encode(WORDS.encode('utf-16')).decode()}?=", f"X: y\r\n {WORDS}"),
        *(
            "Subject: =?utf-7?Q?NHS_number_+ADkAOQA5-_000_0018?=",
            f"Subject: =?utf-8?Q?{QUOTED[:11].decode()}999_000_0018?=",
        ),
        *(
            "Subject: NHS number ９９９ ０００ ００１８",
            "Subject: NHS number 9\u200b99 000 0018",
            f"Disposition-Notification-To: {WORDS} <a@x>",
        ),
        *(
            f'Content-Type: text/plain; x="{WORDS}"',
            f"Content-Type: text/plain ({WORDS})",
            f"MIME-Version: 1.0 ({WORDS})",
        ),
    ):
        yield repr(field), field.encode() + b"\r\n" + HEAD.partition(b"\r\n")[2] + b"\r\nDear Ann\r\n"


def counts(names: Iterable[str]) -> dict[str, int]:
    """How many there are of each class."""
    found: dict[str, int] = {}
    for name in names:
        kind = name.partition(":")[0]
        found[kind] = found.get(kind, 0) + 1
    return found
