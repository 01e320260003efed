"""Mail in the shapes that real programs write, of office prose; nothing in it is a reason to hold it.

The same seed makes the same octets. Structure, boundaries, fields, charsets and transfer encodings are
those of the program that a shape is called after; file names and words differ from mail to mail.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from html import escape
from io import BytesIO
from random import Random
from textwrap import fill

from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options
from PIL import Image

from benchmarks import prose
from tests.gateway.extract.files import docx, entity, multipart, paragraph, pdf, show
from tests.gateway.extract.office_files import tnef, tnef_properties
from tests.gateway.extract.test_cms import signed

Shape = Callable[[Random], bytes]
_STOPS = ["£", "–", "’", "é", "…", "•", "½", "°C"]
_NAMES = [
    "Minutes.docx",
    "Rota (final).docx",
    "Café menu.docx",
    "Plan – November.docx",
    "a;b=c.docx",
    "it's.docx",
]


def mails(count: int, seed: int = 2026) -> Iterator[tuple[str, bytes]]:
    """So many messages, of every shape in turn, with the shape's name."""
    shapes = list(SHAPES.items())
    for number in range(count):
        name, write = shapes[number % len(shapes)]
        yield name, write(Random(f"{seed} {number}"))


# Words


def _text(random: Random) -> str:
    """Some paragraphs, lines ended by CRLF, with a character or two that are not ASCII."""
    paragraphs = [prose.sentence(random) for _ in range(random.randint(2, 12))]
    paragraphs.insert(1, f"It is 5{random.choice(_STOPS)} -- and 50% = half, a=b; From here on:")
    paragraphs += [".", "--", "-- \r\nAnn Lee\r\nPractice manager, 020 7946 0123"]
    wrapped = random.random() < 0.5
    return "\r\n\r\n".join(fill(p, 72).replace("\n", "\r\n") if wrapped else p for p in paragraphs) + "\r\n"


def _subject(random: Random) -> str:
    return f"{random.choice(['', 'Re: ', 'FW: '])}{prose.subject(random)}"


def _head(random: Random, version: str = "1.0") -> list[str]:
    """Fields of the message, as far as they are the same for all."""
    word = base64.b64encode(_subject(random).encode()).decode()
    return [
        "Received: from pc-7.practice.example ([192.0.2.7]) by mail.practice.example with ESMTPS id 4aBcD",
        *("From: Ann Lee <ann@practice.example>", 'To: "Roe, Bob (TRUST)" <bob@trust.example>'),
        *("Date: Mon, 2 Nov 2026 10:00:00 +0000", f"Message-ID: <{_hex(random, 24)}@practice.example>"),
        *(f"Subject: =?utf-8?B?{word}?=", f"MIME-Version: {version}"),
    ]


def _html(text: str) -> str:
    lines = escape(text).replace("\r\n\r\n", "</p>\r\n<p class=MsoNormal>").replace("\r\n", "<br>\r\n")
    style = "<style>p.MsoNormal {margin:0cm; font-size:11.0pt;}</style>"
    head = f'<head><meta http-equiv="Content-Type" content="text/html">{style}</head>'
    body = f'<body lang=EN-GB><p class=MsoNormal>{lines}</p><img src="cid:image001.png@01DA"></body>'
    return f'<html xmlns:o="urn:schemas-microsoft-com:office:office">{head}\r\n{body}</html>\r\n'


def _with_preamble(mail: bytes) -> bytes:
    return mail.replace(b"\r\n\r\n", b"\r\n\r\nThis is a multipart message in MIME format.\r\n\r\n", 1)


def _quoted(octets: bytes) -> bytes:
    return binascii.b2a_qp(octets.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")


def _base64(octets: bytes) -> bytes:
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def _part(text: str, kind: str, charset: str, encoding: str, *, quote: str = '"', more: str = "") -> bytes:
    octets = text.encode(charset, "replace")
    body = {"base64": _base64, "quoted-printable": _quoted}.get(encoding, bytes)(octets)
    field = f"Content-Type: text/{kind}; charset={quote}{charset}{quote}{more}"
    return entity(body, field, f"Content-Transfer-Encoding: {encoding}")


def _alternative(random: Random, boundary: str, charset: str, encoding: str, quote: str = '"') -> bytes:
    text = _text(random)
    parts = (
        _part(text, "plain", charset, encoding, quote=quote),
        _part(_html(text), "html", charset, encoding),
    )
    return multipart(*parts, boundary=boundary, kind="alternative")


# Files


@cache
def _logo() -> bytes:
    file = BytesIO()
    Image.new("RGB", (120, 40), (0, 94, 184)).save(file, "PNG")
    return file.getvalue()


def _page(random: Random) -> bytes:
    return pdf(show(prose.sentence(random).translate({ord("("): None, ord(")"): None, ord("£"): None})))


def _file(data: bytes, media_type: str, name: str, disposition: str = "attachment", *more: str) -> bytes:
    plain = name if name.isascii() else f"=?utf-8?B?{base64.b64encode(name.encode()).decode()}?="
    fields = (
        f'Content-Type: {media_type};\r\n\tname="{plain}"',
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: {disposition};\r\n\tfilename="{plain}"; size={len(data)}',
    )
    return entity(_base64(data), *fields, *more)


def _minutes(random: Random, *more: str) -> bytes:
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    words = docx(paragraph(prose.sentence(random)))
    return _file(words, media_type, random.choice(_NAMES), "attachment", *more)


def _hex(random: Random, length: int) -> str:
    return f"{random.getrandbits(length * 4):0{length}x}"


# Shapes


def _outlook(random: Random) -> bytes:
    """Exchange: related around alternative, mixed around both."""
    tail = f"{_hex(random, 16).upper()}LO2P265MB{random.randint(1000, 9999)}GBRP265_"
    charset, encoding = random.choice(_OUTLOOK_ENCODINGS)
    logo = _file(_logo(), "image/png", "image001.png", "inline", "Content-ID: <image001.png@01DA>")
    related = multipart(
        _alternative(random, f"_000_{tail}", charset, encoding), logo, boundary=f"_004_{tail}", kind="related"
    )
    fields = [
        *(
            *_head(random),
            "Thread-Topic: Minutes",
            "Accept-Language: en-GB, en-US",
            "Content-Language: en-GB",
        ),
        *(f"Thread-Index: {base64.b64encode(random.randbytes(22)).decode()}", "X-MS-Has-Attach: yes"),
    ]
    return multipart(related, _minutes(random), boundary=f"_005_{tail}", fields=fields)


def _outlook_rich_text(random: Random) -> bytes:
    """The old way: everything again in winmail.dat."""
    text = _text(random)
    body = {0x1000: text.replace("\r\n", "\n"), 0x0037: "Minutes"}
    rich = tnef((0x9003, tnef_properties(body)))
    boundary = (
        f"----=_NextPart_000_{_hex(random, 4).upper()}_{_hex(random, 8).upper()}.{_hex(random, 8).upper()}"
    )
    parts = _part(text, "plain", "us-ascii", "7bit"), _file(rich, "application/ms-tnef", "winmail.dat")
    preamble = ["X-Mailer: Microsoft Outlook 16.0", "X-MimeOLE: Produced By Microsoft MimeOLE V6.00"]
    return _with_preamble(multipart(*parts, boundary=boundary, fields=[*_head(random), *preamble]))


def _apple(random: Random) -> bytes:
    """Mail for macOS: alternative, and in it the HTML in pieces around a file."""
    word = f"{_hex(random, 8)}-{_hex(random, 4)}-{_hex(random, 12)}".upper()
    text = _text(random)
    pieces = [_part(piece, "html", "utf-8", "quoted-printable", quote="") for piece in (_html(text), "<br>")]
    page = _file(_page(random), "application/pdf", "Rota.pdf", "inline", "X-Apple-Part-URL: 1B2C")
    around = multipart(pieces[0], page, pieces[1], boundary=f"Apple-Mail=_B{word}")
    plain = _part(text, "plain", "utf-8", "quoted-printable", quote="", more="; delsp=yes; format=flowed")
    fields = [*_head(random, "1.0 (Mac OS X Mail 16.0 \\(3774.300.61\\))"), "X-Mailer: Apple Mail (2.3774)"]
    return multipart(plain, around, boundary=f"Apple-Mail=_A{word}", kind="alternative", fields=fields)


def _phone(random: Random) -> bytes:
    """An iPhone: text, a picture, and what it always says."""
    words = _part(_text(random), "plain", "us-ascii", "7bit", quote="")
    picture = _file(_logo(), "image/png", "IMG_0001.PNG", "inline")
    last = _part("\r\n\r\nSent from my iPhone", "plain", "us-ascii", "7bit", quote="")
    boundary = f"Apple-Mail-{_hex(random, 8).upper()}"
    return multipart(words, picture, last, boundary=boundary, fields=_head(random, "1.0 (1.0)"))


def _gmail(random: Random) -> bytes:
    digits = f"000000000000{_hex(random, 16)}"
    body = _alternative(random, f"{digits}1", "UTF-8", random.choice(["base64", "quoted-printable"]))
    fields = _head(random)
    return multipart(body, _minutes(random, "X-Attachment-Id: f_m1"), boundary=f"{digits}2", fields=fields)


def _thunderbird(random: Random) -> bytes:
    """Flowed text and files, some of which are text themselves."""
    words = _part(_text(random), "plain", "UTF-8", "8bit", quote="", more="; format=flowed")
    rows = "Item,Sum\r\nGloves,40\r\n"
    table = _part(rows, "csv", "UTF-8", "7bit", more='; name="list.csv"').replace(
        b"\r\n\r\n", b'\r\nContent-Disposition: attachment; filename="list.csv"\r\n\r\n', 1
    )
    note = "This is a multi-part message in MIME format.\r\n"
    mail = multipart(words, table, boundary=f"------------{_hex(random, 24)}", fields=_head(random))
    return mail.replace(b"\r\n\r\n", f"\r\n\r\n{note}".encode(), 1)


def _web_mail(random: Random) -> bytes:
    """JavaMail, as Yahoo and many clinical systems have it."""
    boundary = (
        f"----=_Part_{random.randint(1, 9999)}_{random.randint(1, 99999)}.{random.randint(10**12, 10**13)}"
    )
    body = _alternative(random, f"{boundary}1", "UTF-8", "quoted-printable", quote="")
    return multipart(body, _minutes(random), boundary=boundary, fields=_head(random))


def _clinical_system(random: Random) -> bytes:
    """.NET: names without quotes, base64 in one place and quoted-printable in another."""
    boundary = f"--boundary_{random.randint(0, 99)}_{_hex(random, 8)}-{_hex(random, 4)}-{_hex(random, 12)}"
    page = _page(random)
    letter = entity(
        _base64(page),
        "Content-Type: application/octet-stream; name=Letter.pdf",
        "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment; filename=Letter.pdf",
    )
    words = _part(_text(random), "plain", "us-ascii", "quoted-printable", quote="")
    return multipart(words, letter, boundary=boundary, fields=_head(random))


def _scanner(random: Random) -> bytes:
    """A multi-function printer: no text, or one line of it, and a page."""
    words = entity(
        b"Scanned from MFP-07\r\nPages:1\r\nResolution:200x200 DPI\r\n", "Content-Type: text/plain"
    )
    page = _file(_page(random), "application/pdf", f"SKM_C250i26{_hex(random, 10)}.pdf")
    parts = [words, page] if random.random() < 0.5 else [page]
    fields = [*_head(random), "X-Mailer: KONICA MINOLTA bizhub C250i", "X-Priority: 3 (Normal)"]
    return _with_preamble(multipart(*parts, boundary=f"KONICA_MINOLTA_{_hex(random, 12)}", fields=fields))


def _invitation(random: Random) -> bytes:
    """A meeting: among the alternatives, and again as a file."""
    event = (
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:040000008200E00074C5B7101A82E008\r\n"
        f"SUMMARY;LANGUAGE=en-gb:Partners\\, all\r\nDESCRIPTION:{prose.sentence(random)[:60]}\r\n"
        "DTSTART:20261102T100000Z\r\nDTEND:20261102T110000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    text = _text(random)
    parts = [
        _part(text, "plain", "UTF-8", "base64"),
        _part(_html(text), "html", "UTF-8", "quoted-printable"),
        _part(event, "calendar", "UTF-8", "7bit", more="; method=REQUEST"),
    ]
    inner = multipart(*parts, boundary=f"{_hex(random, 28)}1", kind="alternative")
    file = _file(event.encode(), "application/ics", "invite.ics")
    return multipart(inner, file, boundary=f"{_hex(random, 28)}2", fields=_head(random))


def _read_receipt(random: Random) -> bytes:
    words = _part(
        "Your message was read on 02 November 2026 10:00.\r\n", "plain", "utf-8", "quoted-printable"
    )
    notice = entity(
        b"Reporting-UA: practice.example; Microsoft Outlook\r\nFinal-Recipient: rfc822;bob@trust.example\r\n"
        b"Original-Message-ID: <1@trust.example>\r\nDisposition: manual-action/MDN-sent; displayed\r\n",
        "Content-Type: message/disposition-notification",
    )
    kind = "report; report-type=disposition-notification"
    return multipart(words, notice, boundary=_hex(random, 30), kind=kind, fields=_head(random))


def _bounce(random: Random) -> bytes:
    """A delivery status with the message, or with its header section alone."""
    words = _part(
        "I'm sorry to have to inform you that your message could not be delivered.\r\n",
        "plain",
        "us-ascii",
        "7bit",
    )
    status = entity(
        b"Reporting-MTA: dns; mx.trust.example\r\n\r\nFinal-Recipient: rfc822; bob@trust.example\r\n"
        b"Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown\r\n",
        "Content-Description: Delivery report",
        "Content-Type: message/delivery-status",
    )
    returned = _web_mail(random)
    whole = entity(returned, "Content-Type: message/rfc822")
    head = entity(returned.partition(b"\r\n\r\n")[0] + b"\r\n", "Content-Type: text/rfc822-headers")
    boundary = f"{_hex(random, 10).upper()}.1337183247/mx.trust.example"
    kind = "report; report-type=delivery-status"
    parts = words, status, random.choice([whole, head])
    return multipart(
        *parts, boundary=boundary, kind=kind, fields=[*_head(random), "Auto-Submitted: auto-replied"]
    )


def _signed(random: Random) -> bytes:
    """S/MIME with its signature beside it."""
    signature = _file(signed(PKCS7Options.DetachedSignature), "application/pkcs7-signature", "smime.p7s")
    kind = 'signed; protocol="application/pkcs7-signature"; micalg=sha-256'
    body = _alternative(random, f"{_hex(random, 24)}1", "utf-8", "quoted-printable")
    return multipart(body, signature, boundary=f"{_hex(random, 24)}2", kind=kind, fields=_head(random))


def _signed_within(random: Random) -> bytes:
    """S/MIME with the message inside the signature."""
    fields = (
        'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"',
        'Content-Disposition: attachment; filename="smime.p7m"',
        "Content-Transfer-Encoding: base64",
    )
    return entity(_base64(signed()), *_head(random), *fields)


def _forwarded(random: Random) -> bytes:
    """A message with others attached."""
    inside = [entity(random.choice(_PLAIN_SHAPES)(random), "Content-Type: message/rfc822") for _ in range(2)]
    named = inside[1].replace(b"rfc822", b'rfc822; name="Minutes.eml"', 1)
    words = _part(_text(random), "plain", "utf-8", "quoted-printable")
    return multipart(words, inside[0], named, boundary=f"=_f{_hex(random, 20)}", fields=_head(random))


def _digest(random: Random) -> bytes:
    """A list's day, each message under a head of its own (RFC 1153's successor, RFC 2046 section 5.1.5)."""
    messages = [entity(_plain(random)) for _ in range(3)]
    return multipart(
        *messages, boundary=f"===============19{_hex(random, 14)}==", kind="digest", fields=_head(random)
    )


def _from_a_list(random: Random) -> bytes:
    """What a list has added to: a footer as a part, behind the last boundary, or behind the base64."""
    footer = b"_______________________________________________\r\npractices mailing list\r\nhttps://lists.example/\r\n"
    mail = _gmail(random)
    match random.randint(0, 2):
        case 0:
            return mail + footer
        case 1:
            return mail.replace(b"\r\n\r\n--", b"\r\n\r\n" + footer + b"--", 1)
    fields = (*_head(random), "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64")
    return entity(_base64(_text(random).encode()) + b"\r\n" + footer, *fields)


def _web_shop(random: Random) -> bytes:
    """PHP: everything in eight bits, a label on the multipart too."""
    label = random.choice(["8bit", "7bit", "binary", "quoted-printable"])
    body = _alternative(random, f"b1_{_hex(random, 32)}", "UTF-8", "8bit", quote="")
    return b"\r\n".join(
        [*map(str.encode, _head(random)), f"Content-Transfer-Encoding: {label}".encode(), body]
    )


def _plain(random: Random) -> bytes:
    """Text alone, in whatever charset and encoding."""
    charset, encoding = random.choice(_PLAIN_ENCODINGS)
    return "\r\n".join([*_head(random), ""]).encode() + _part(_text(random), "plain", charset, encoding)


def _before_mime(random: Random) -> bytes:
    """cron, mailx: no MIME field at all."""
    lines = [line for line in _head(random) if not line.startswith("MIME")]
    return "\r\n".join([*lines, "", _text(random).encode("ascii", "replace").decode()]).encode()


def _page_alone(random: Random) -> bytes:
    """A newsletter: HTML and nothing else."""
    page = _part(_html(_text(random)), "html", "utf-8", random.choice(["quoted-printable", "base64", "8bit"]))
    return (
        "\r\n".join([*_head(random), "List-Unsubscribe: <https://lists.example/u?id=1>", ""]).encode() + page
    )


def _card(random: Random) -> bytes:
    """A card and a note beside the words."""
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Lee\r\nORG:Practice\r\nTEL:020 7946 0123\r\nEND:VCARD\r\n"
    note = entity(
        b"Buy gloves\r\n", "Content-Type: text/plain; name=note.txt", "Content-Disposition: attachment"
    )
    words = _part(_text(random), "plain", "iso-8859-15", "quoted-printable")
    file = _file(card, "text/x-vcard", "ann.vcf")
    return multipart(words, file, note, boundary=f"_----------=_{_hex(random, 16)}", fields=_head(random))


def _python(random: Random) -> bytes:
    """What the email package of Python writes."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "ann@practice.example", "bob@trust.example", _subject(random)
    text = _text(random)
    mail.set_content(text)
    mail.add_alternative(_html(text), subtype="html")
    mail.add_attachment(_page(random), maintype="application", subtype="pdf", filename=random.choice(_NAMES))
    return mail.as_bytes()


_OUTLOOK_ENCODINGS = [
    *(("us-ascii", "quoted-printable"), ("iso-8859-1", "quoted-printable"), ("utf-8", "base64")),
    ("Windows-1252", "quoted-printable"),
]
_PLAIN_ENCODINGS = [
    *(("us-ascii", "7bit"), ("utf-8", "8bit"), ("utf-8", "base64"), ("utf-8", "quoted-printable")),
    *(
        ("iso-8859-1", "8bit"),
        ("Windows-1252", "8bit"),
        ("iso-8859-15", "quoted-printable"),
        ("utf-16", "base64"),
    ),
    *(
        ("koi8-r", "8bit"),
        ("utf-7", "7bit"),
        ("iso-2022-jp", "7bit"),
        ("gb2312", "8bit"),
        ("ansi_x3.4-1968", "7bit"),
    ),
]
_PLAIN_SHAPES: list[Shape] = [_outlook, _apple, _gmail, _thunderbird, _plain, _clinical_system]
SHAPES: dict[str, Shape] = {
    "Outlook": _outlook,
    "Outlook, rich text": _outlook_rich_text,
    "Apple Mail": _apple,
    "iPhone": _phone,
    "Gmail": _gmail,
    "Thunderbird": _thunderbird,
    "web mail": _web_mail,
    "clinical system": _clinical_system,
    "scanner": _scanner,
    "invitation": _invitation,
    "read receipt": _read_receipt,
    "bounce": _bounce,
    "S/MIME, beside": _signed,
    "S/MIME, around": _signed_within,
    "forwarded as attachment": _forwarded,
    "digest": _digest,
    "from a list": _from_a_list,
    "web shop": _web_shop,
    "plain text": _plain,
    "before MIME": _before_mime,
    "newsletter": _page_alone,
    "vCard": _card,
    "Python": _python,
}
