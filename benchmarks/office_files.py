"""The files that a practice attaches: PDF, DOCX, XLSX and zip that real readers open.

Text is compressed as office software compresses it; pictures are grey noise, which
compresses as badly as photographs and scans do. `size` is what the file is to weigh,
in octets; the files come out within a few per cent of it.
"""

from __future__ import annotations

import io
import struct
import textwrap
import zlib
from random import Random
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from benchmarks import prose

_OCTETS_PER_CHARACTER = 16
"""A document with pictures weighs this much for each character of its text."""
_PICTURE_WIDTH = 1024
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FORMATS = (
    "<fonts><font/></fonts><fills><fill/></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
    '<cellXfs><xf xfId="0"/><xf xfId="0" numFmtId="14" applyNumberFormat="1"/></cellXfs>'
)
"""Cell formats 0, general, and 1, date."""


def pdf(random: Random, size: int) -> bytes:
    """ISO 32000-1: a page for every 48 lines, then one page with a picture."""
    lines = [
        line
        for text in prose.paragraphs(random, size // _OCTETS_PER_CHARACTER)
        for line in (*textwrap.wrap(text, 90), "")
    ]
    pages = [_pdf_text(lines[start : start + 48]) for start in range(0, len(lines), 48)]
    height = _picture_height(size - sum(map(len, pages)))
    picture = _pdf_stream(
        f"/Type /XObject /Subtype /Image /Width {_PICTURE_WIDTH} /Height {height} "
        "/ColorSpace /DeviceGray /BitsPerComponent 8",
        random.randbytes(_PICTURE_WIDTH * height),
    )
    pages.append(_pdf_stream("", b"q 500 0 0 700 50 70 cm /Picture Do Q"))
    return _pdf_file(pages, picture)


def docx(random: Random, size: int) -> bytes:
    """ECMA-376: a letter with one picture."""
    body = "".join(
        f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"
        for text in prose.paragraphs(random, size // _OCTETS_PER_CHARACTER)
    )
    document = (
        f'{_XML}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        f'xmlns:r="{_OFFICE}/relationships" xmlns:v="urn:schemas-microsoft-com:vml"><w:body>{body}'
        '<w:p><w:r><w:pict><v:shape style="width:400pt;height:300pt"><v:imagedata r:id="rId1"/></v:shape>'
        "</w:pict></w:r></w:p></w:body></w:document>"
    )
    types = {"word/document.xml": f"{_WORD}.document.main+xml"}
    file, archive = _ooxml(types, "word/document.xml")
    with archive:
        _add(archive, "word/document.xml", document)
        _add(archive, "word/_rels/document.xml.rels", _relationships(("image", "media/image1.png")))
        room = size - file.tell()
        _add(archive, "word/media/image1.png", _png(random, room))
    return file.getvalue()


def xlsx(random: Random, size: int) -> bytes:
    """ECMA-376: one sheet of a stock list, with rows until the file has its size."""
    types = {
        "xl/workbook.xml": f"{_SHEET}.sheet.main+xml",
        "xl/worksheets/sheet1.xml": f"{_SHEET}.worksheet+xml",
        "xl/sharedStrings.xml": f"{_SHEET}.sharedStrings+xml",
        "xl/styles.xml": f"{_SHEET}.styles+xml",
    }
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    file, archive = _ooxml(types, "xl/workbook.xml")
    strings: dict[str, int] = {}
    with archive:
        sheets = '<sheets><sheet name="Stock" sheetId="1" r:id="rId1"/></sheets>'
        workbook = f'{_XML}<workbook {main} xmlns:r="{_OFFICE}/relationships">{sheets}</workbook>'
        _add(archive, "xl/workbook.xml", workbook)
        targets = (("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"))
        _add(archive, "xl/_rels/workbook.xml.rels", _relationships(*targets, ("styles", "styles.xml")))
        _add(archive, "xl/styles.xml", f"{_XML}<styleSheet {main}>{_FORMATS}</styleSheet>")
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w") as sheet:
            sheet.write(f"{_XML}<worksheet {main}><sheetData>".encode())
            row = 1
            while file.tell() < size:
                sheet.write("".join(_row(random, row + n, strings) for n in range(50)).encode())
                row += 50
            sheet.write(b"</sheetData></worksheet>")
        items = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
        table = f'{_XML}<sst {main} count="{4 * row}" uniqueCount="{len(strings)}">{items}</sst>'
        _add(archive, "xl/sharedStrings.xml", table)
    return file.getvalue()


def zipped(random: Random, size: int) -> bytes:
    """A zip with a stock list as CSV and a picture."""
    lines = (",".join(map(str, prose.stock_line(random))) for _ in range(size // 200))
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        _add(archive, "stock.csv", "\r\n".join(("item,supplier,order,boxes,pounds", *lines)))
        _add(archive, "shelves.png", _png(random, size - file.tell()))
    return file.getvalue()


def _row(random: Random, number: int, strings: dict[str, int]) -> str:
    item, supplier, order, boxes, pounds = prose.stock_line(random)
    note = prose.subject(random)
    item_at, supplier_at, order_at, note_at = (
        strings.setdefault(text, len(strings)) for text in (item, supplier, order, note)
    )
    return (
        f'<row r="{number}"><c r="A{number}" t="s"><v>{item_at}</v></c>'
        f'<c r="B{number}" t="s"><v>{supplier_at}</v></c><c r="C{number}" t="s"><v>{order_at}</v></c>'
        f'<c r="D{number}"><v>{boxes}</v></c><c r="E{number}"><v>{pounds}</v></c>'
        f'<c r="F{number}" s="1"><v>{random.randrange(45000, 46300)}</v></c>'
        f'<c r="G{number}" t="s"><v>{note_at}</v></c></row>'
    )


def _ooxml(types: dict[str, str], main: str) -> tuple[io.BytesIO, ZipFile]:
    """A package (ECMA-376 part 2) that still awaits its parts."""
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items()
    )
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="png" ContentType="image/png"/>'
    )
    file = io.BytesIO()
    archive = ZipFile(file, "w", ZIP_DEFLATED)
    content_types = f'{_XML}<Types xmlns="{_PACKAGE}/content-types">{defaults}{overrides}</Types>'
    _add(archive, "[Content_Types].xml", content_types)
    _add(archive, "_rels/.rels", _relationships(("officeDocument", main)))
    return file, archive


def _relationships(*targets: tuple[str, str]) -> str:
    """Relationships rId1, rId2 … to (kind, target)."""
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/relationships/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>'


def _entry(name: str) -> ZipInfo:
    """An entry with the epoch of zip as its date: the same seed makes the same octets."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry


def _add(archive: ZipFile, name: str, content: str | bytes) -> None:
    archive.writestr(_entry(name), content)


def _picture_height(octets: int) -> int:
    return max(1, octets // _PICTURE_WIDTH)


def _png(random: Random, octets: int) -> bytes:
    height = _picture_height(octets)
    rows = b"".join(b"\0" + random.randbytes(_PICTURE_WIDTH) for _ in range(height))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", _PICTURE_WIDTH, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 1)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _pdf_text(lines: list[str]) -> bytes:
    shown = "\n".join(f"({_pdf_string(line)}) '" for line in lines)
    return _pdf_stream("", f"BT /F1 10 Tf 14 TL 50 780 Td\n{shown}\nET".encode("cp1252"))


def _pdf_string(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _pdf_stream(entries: str, content: bytes) -> bytes:
    deflated = zlib.compress(content)
    head = f"<< {entries} /Filter /FlateDecode /Length {len(deflated)} >>\nstream\n"
    return head.encode() + deflated + b"\nendstream"


def _pdf_file(contents: list[bytes], picture: bytes) -> bytes:
    """Objects 1 to 4 are catalogue, page tree, font and picture; then a page and its content in turn."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        picture,
    ]
    for content in contents:
        page = (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> "
            f"/XObject << /Picture 4 0 R >> >> /Contents {len(objects) + 2} 0 R >>"
        )
        objects += (page.encode(), content)
    file = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, value in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, value)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    file += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(file)
