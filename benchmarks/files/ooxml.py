"""Word documents and Excel workbooks (ECMA-376), each with a picture."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from random import Random
from typing import NamedTuple
from xml.sax.saxutils import escape

from benchmarks import prose
from benchmarks.files import archive

_OCTETS_PER_CHARACTER = 16
"""What a document weighs for each character of its text."""
_SHEET_SHARE = 0.35
"""Share of a workbook's octets that its cells have."""
_BATCH = 50
"""Rows that are written before their size is looked at."""

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SCHEMAS = "http://schemas.openxmlformats.org"
_LINKS = f"{_SCHEMAS}/officeDocument/2006/relationships"
_PACKAGE = f"{_SCHEMAS}/package/2006"
_WORD = f'xmlns:w="{_SCHEMAS}/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"'
_SHEET = f'xmlns="{_SCHEMAS}/spreadsheetml/2006/main"'
_DRAWING = (
    f'xmlns:xdr="{_SCHEMAS}/drawingml/2006/spreadsheetDrawing" xmlns:a="{_SCHEMAS}/drawingml/2006/main"'
)
_R = f'xmlns:r="{_LINKS}"'

_DEFAULT_TYPES = (
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="png" ContentType="image/png"/>'
)
_STYLES = (
    f"<styleSheet {_SHEET}><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>"
    '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf xfId="0"/>'
    '<xf xfId="0" numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
"""Cell formats 0, general, and 1, date."""
_PICTURE_IN_TEXT = (
    '<w:p><w:r><w:pict><v:shape style="width:400pt;height:300pt"><v:imagedata r:id="rId1"/></v:shape>'
    "</w:pict></w:r></w:p>"
)
_PICTURE_IN_SHEET = (
    f"<xdr:wsDr {_DRAWING} {_R}><xdr:oneCellAnchor><xdr:from><xdr:col>9</xdr:col><xdr:colOff>0</xdr:colOff>"
    '<xdr:row>1</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext cx="3000000" cy="3000000"/>'
    '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="1" name="Shelves"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill>'
    '<a:blip r:embed="rId1"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr><a:xfrm>'
    '<a:off x="0" y="0"/><a:ext cx="3000000" cy="3000000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
    "</a:prstGeom></xdr:spPr></xdr:pic><xdr:clientData/></xdr:oneCellAnchor></xdr:wsDr>"
)


class _Part(NamedTuple):
    """One XML part of a package (ECMA-376 part 2)."""

    name: str
    type: str
    """Media type without "application/vnd.openxmlformats-officedocument." and "+xml"."""
    xml: str
    targets: tuple[tuple[str, str], ...] = ()
    """Relationships rId1, rId2 … as kind and target."""


def docx(random: Random, size: int) -> bytes:
    """A letter with one picture."""
    text = "".join(
        f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"
        for text in prose.paragraphs(random, size // _OCTETS_PER_CHARACTER)
    )
    document = f"<w:document {_WORD} {_R}><w:body>{text}{_PICTURE_IN_TEXT}</w:body></w:document>"
    part = _Part(
        "word/document.xml",
        "wordprocessingml.document.main",
        document,
        (("image", "media/image1.png"),),
    )
    return archive.with_picture(_package(part), "word/media/image1.png", random, size)


def xlsx(random: Random, size: int) -> bytes:
    """A stock list on one sheet, with a picture beside it."""
    strings: dict[str, int] = {}
    rows = _rows(random, int(size * _SHEET_SHARE), strings)
    sheets = '<sheets><sheet name="Stock" sheetId="1" r:id="rId1"/></sheets>'
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    parts = (
        _Part(
            "xl/workbook.xml",
            "spreadsheetml.sheet.main",
            f"<workbook {_SHEET} {_R}>{sheets}</workbook>",
            (
                ("worksheet", "worksheets/sheet1.xml"),
                ("sharedStrings", "sharedStrings.xml"),
                ("styles", "styles.xml"),
            ),
        ),
        _Part(
            "xl/worksheets/sheet1.xml",
            "spreadsheetml.worksheet",
            f'<worksheet {_SHEET} {_R}><sheetData>{rows}</sheetData><drawing r:id="rId1"/></worksheet>',
            (("drawing", "../drawings/drawing1.xml"),),
        ),
        _Part(
            "xl/drawings/drawing1.xml",
            "drawing",
            _PICTURE_IN_SHEET,
            (("image", "../media/image1.png"),),
        ),
        _Part("xl/sharedStrings.xml", "spreadsheetml.sharedStrings", f"<sst {_SHEET}>{items}</sst>"),
        _Part("xl/styles.xml", "spreadsheetml.styles", _STYLES),
    )
    return archive.with_picture(_package(*parts), "xl/media/image1.png", random, size)


def _rows(random: Random, octets: int, strings: dict[str, int]) -> str:
    """Rows that come to `octets` when compressed; their texts go to the shared strings."""
    deflate, weight = zlib.compressobj(), 0
    rows: list[str] = []
    while weight < octets:
        batch = "".join(_row(random, len(rows) * _BATCH + n, strings) for n in range(1, _BATCH + 1))
        weight += len(deflate.compress(batch.encode()))
        rows.append(batch)
    return "".join(rows)


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


def _package(*parts: _Part) -> Iterator[tuple[str, str]]:
    """Names and contents of a package around its parts, the first of which is the document itself."""
    overrides = "".join(
        f'<Override PartName="/{part.name}" '
        f'ContentType="application/vnd.openxmlformats-officedocument.{part.type}+xml"/>'
        for part in parts
    )
    types = f'<Types xmlns="{_PACKAGE}/content-types">{_DEFAULT_TYPES}{overrides}</Types>'
    yield "[Content_Types].xml", _XML + types
    yield "_rels/.rels", _relationships(("officeDocument", parts[0].name))
    for part in parts:
        yield part.name, _XML + part.xml
        if part.targets:
            place = PurePosixPath(part.name)
            yield f"{place.parent}/_rels/{place.name}.rels", _relationships(*part.targets)


def _relationships(*targets: tuple[str, str]) -> str:
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{_LINKS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>'
