from __future__ import annotations

import pytest

from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.files import (
    NOISE,
    PNG,
    R,
    S,
    W,
    compound,
    docx,
    package,
    paragraph,
    relations,
    sheet,
    word,
    xlsx,
)

LIMITS = Limits()
SEEN = '<w:vanish w:val="0"/>'
HIDDEN = "NHS 999 000 0018"


def nodes(data: bytes, name: str = "a.docx", limits: Limits = LIMITS) -> list[Node]:
    return read_file(data, name, "", limits)


def texts(data: bytes, name: str = "a.docx") -> dict[str, str]:
    return {node.name: node.text for node in nodes(data, name) if node.state is State.CLEAN}


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def cell(text: str) -> str:
    return f"<w:tc>{paragraph(text)}</w:tc>"


def deleted(text: str) -> str:
    return f"<w:del><w:r><w:delText>{text}</w:delText></w:r></w:del>"


def box(text: str) -> str:
    return f"<w:r><w:pict><w:txbxContent>{paragraph(text)}</w:txbxContent></w:pict></w:r>"


# Word


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (paragraph("one") + paragraph("two"), "one\ntwo"),
        (f"<w:p>{run('999 0')}{run('00', '<w:b/>')}{run(' 0018')}</w:p>", "999 000 0018"),
        ("<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>", "a\tb\nc"),
        ("<w:p><w:r><w:t>999</w:t><w:noBreakHyphen/><w:t>000</w:t></w:r></w:p>", "999-000"),
        ('<w:p><w:r><w:t>99</w:t><w:sym w:font="Symbol" w:char="F039"/></w:r></w:p>', "999"),
        (
            f"<w:tbl><w:tr>{cell('Ann')}{cell('999')}</w:tr><w:tr>{cell('Bob')}</w:tr></w:tbl>",
            "Ann\t999\nBob",
        ),
        (f"<w:p>{run('999 000')}{deleted(' gone')}{run(' 0018')}</w:p>", "999 000 0018"),
        (f"<w:p>{run('999 000')}<w:ins>{run(' 0018')}</w:ins></w:p>", "999 000 0018"),
        (f"<w:p>{run('999 000')}{run(' salt', '<w:vanish/>')}{run(' 0018')}</w:p>", "999 000 0018"),
        (f"<w:p>{run('999', SEEN)}{run(' 000')}</w:p>", "999 000"),
        (f"<w:p>{run('999 000')}{box('in a box')}{run(' 0018')}</w:p>", "999 000 0018"),
        (f'<w:p><w:hyperlink r:id="rId9" xmlns:r="{R}">{run("link")}</w:hyperlink></w:p>', "link"),
    ],
)
def test_running_text_is_as_it_reads(content: str, text: str) -> None:
    """Runs join, paragraphs and cells part; what is deleted, hidden or floating does not cut the text."""
    assert texts(docx(content))["a.docx"] == text


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (f"<w:p>{deleted(HIDDEN)}</w:p>", "deletions"),
        (f"<w:p>{run(HIDDEN, '<w:vanish/>')}</w:p>", "hidden text"),
        (f"<w:p><w:r><w:instrText>{HIDDEN}</w:instrText></w:r></w:p>", "fields"),
        (f'<w:p><w:fldSimple w:instr="{HIDDEN}"/></w:p>', "attributes"),
        (f"<w:p>{box(HIDDEN)}</w:p>", "text boxes"),
        (
            f'<w:p><w:r><w:drawing><wp:docPr xmlns:wp="x" descr="{HIDDEN}"/></w:drawing></w:r></w:p>',
            "attributes",
        ),
        (f'<w:p><w:r><v:textpath xmlns:v="x" string="{HIDDEN}"/></w:r></w:p>', "attributes"),
        (f'<w:sdt><w:sdtPr><w:alias w:val="{HIDDEN}"/></w:sdtPr></w:sdt>', "form fields"),
        (f'<w:p><w:r><w:ffData><w:statusText w:val="{HIDDEN}"/></w:ffData></w:r></w:p>', "form fields"),
        (f"<w:p><!-- {HIDDEN} --></w:p>", "attributes"),
        (f"<w:p><?note {HIDDEN}?></w:p>", "attributes"),
    ],
)
def test_finds_what_the_page_does_not_show(content: str, place: str) -> None:
    """Every place of a part that can hold words is read, and named."""
    assert [name for name, text in texts(docx(content)).items() if HIDDEN in text] == [f"a.docx › {place}"]


@pytest.mark.parametrize(
    ("part", "data", "name"),
    [
        ("word/comments.xml", word(paragraph(HIDDEN), "comments"), "comments"),
        ("word/header1.xml", word(paragraph(HIDDEN), "hdr"), "header1"),
        ("word/footnotes.xml", word(paragraph(HIDDEN), "footnotes"), "footnotes"),
        ("word/glossary/document.xml", word(paragraph(HIDDEN)), "glossary/document"),
        ("word/unrelated.xml", word(paragraph(HIDDEN), "anything"), "unrelated"),
        (
            "word/settings.xml",
            f'<w:settings xmlns:w="{W}"><w:docVar w:name="a" w:val="{HIDDEN}"/></w:settings>',
            "settings › form fields",
        ),
        ("word/charts/chart1.xml", f"<c><v>{HIDDEN}</v></c>", "charts/chart1"),
        (
            "word/diagrams/data1.xml",
            "<d><p><r><t>NHS 999</t></r><r><t> 000 0018</t></r></p></d>",
            "diagrams/data1",
        ),
        ("customXml/item1.xml", f"<patient>{HIDDEN}</patient>", "item1"),
        ("docProps/core.xml", f"<core><title>{HIDDEN}</title></core>", "core"),
        ("docProps/app.xml", f"<app><Company>{HIDDEN}</Company></app>", "app"),
        (
            "word/_rels/document.xml.rels",
            relations(("rId1", "hyperlink", f"https://a.example/{HIDDEN}")),
            "links of document.xml",
        ),
        ("word/afchunk.html", f"<p>{HIDDEN}</p>", "afchunk"),
        ("word/vmlDrawing1.vml", f"<xml><v:shape><br><div>{HIDDEN}</div></xml>", "vmlDrawing1"),
        ("word/embeddings/a.docx", docx(paragraph(HIDDEN)), "embeddings/a"),
        (
            "word/embeddings/a.xlsx",
            xlsx({"List": '<row><c t="str"><v>NHS 999 000 0018</v></c></row>'}),
            "embeddings/a › List",
        ),
        ("word/media/a.svg", f"<svg ><text>{HIDDEN}</text></svg>", "media/a"),
        (
            "xl/printerSettings/printerSettings1.bin",
            bytes(3) + HIDDEN.encode("utf-16-le"),
            "printerSettings/printerSettings1",
        ),
    ],
)
def test_reads_every_part(part: str, data: bytes | str, name: str) -> None:
    """Comments, headers, properties, charts, embedded files and stray parts are text like any other."""
    found = texts(docx(paragraph("a"), {part: data}))
    assert [place for place, text in found.items() if HIDDEN in text] == [f"a.docx › {name}"]


@pytest.mark.parametrize(
    ("part", "data", "name", "reason"),
    [
        ("word/media/image1.png", PNG, "media/image1", "image: not read"),
        (
            "word/vbaProject.bin",
            compound({"VBA": b"a"}),
            "vbaProject",
            "unsupported type application/vnd.ms-office.vbaproject",
        ),
        ("word/fonts/font1.odttf", NOISE, "fonts/font1", "unsupported type application/octet-stream"),
        ("word/comments.xml", "<a><b></a>", "comments", "XML that is not well-formed"),
        ("word/comments.xml", "", "comments", ""),
        ("word/comments.xml", "words", "comments", "XML that is not well-formed"),
        (
            "word/comments.xml",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "comments",
            "XML with a document type declaration",
        ),
        (
            "word/comments.xml",
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
            "comments",
            "XML with a document type declaration",
        ),
        ("word/comments.xml", "<a>" * 400 + "</a>" * 400, "comments", "XML that is not well-formed"),
        ("word/comments.xml", "<a>&b;</a>", "comments", "XML that is not well-formed"),
        ("xl/printerSettings/a.bin", docx("")[:-9], "printerSettings/a", "unsupported type application/zip"),
    ],
)
def test_parts_that_cannot_be_read_are_unscannable(
    part: str, data: bytes | str, name: str, reason: str
) -> None:
    """One bad part is a node of its own with the reason; the others are read."""
    found = nodes(docx(paragraph("a"), {part: data}))
    assert [(node.name, node.reason) for node in found if node.state is State.UNSCANNABLE] == (
        [(f"a.docx › {name}", reason)] if reason else []
    )
    assert found[0].text == "a"


def test_a_broken_document_is_not_clean() -> None:
    """When the main part cannot be read, its node says so under the file's name."""
    found = nodes(
        package(
            {"_rels/.rels": relations(("r", "officeDocument", "word/document.xml")), "word/document.xml": "<"}
        )
    )
    assert [(node.name, node.state) for node in found] == [("a.docx › document", State.UNSCANNABLE)]


def test_a_document_without_text_is_empty() -> None:
    """An empty document is proved to be one."""
    assert [(node.name, node.reason) for node in nodes(docx("<w:p/>"))] == [
        ("a.docx", "a document without text")
    ]


# Excel


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>', "NHS No\tDOB"),
        (
            '<row><c t="inlineStr"><is><t>in</t></is></c><c t="str"><f>A1</f><v>formula</v></c></row>',
            "in\tformula",
        ),
        ('<row><c t="inlineStr"><is><r><t>in </t></r><r><t>runs</t></r></is></c></row>', "in runs"),
        ("<row><c><v>9990000018</v></c><c><v>9.990000018E9</v></c></row>", "9990000018\t9990000018"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="D1"><v>2</v></c></row>', "1\t\t\t2"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>', "1\t2"),
        (
            '<row><c><v>1</v></c></row><row hidden="1"><c><v>2</v></c></row><row r="9999"><c><v>3</v></c></row>',
            "1\n2\n3",
        ),
        ('<row><c s="1"><v>29252</v></c></row>', "01/02/1980"),
        ('<row><c s="1"><v>29252.5</v></c></row>', "01/02/1980 12:00"),
        ('<row><c s="1"><v>0.5</v></c></row>', "12:00"),
        ('<row><c s="2"><v>29252</v></c></row>', "01/02/1980"),
        ('<row><c s="1" t="d"><v>1980-02-01</v></c></row>', "1980-02-01"),
        ('<row><c s="3"><v>9990000018</v></c></row>', "999 000 0018"),
        ('<row><c s="4"><v>10203</v></c></row>', "01-02-03"),
        ('<row><c s="5"><v>29252</v></c></row>', "29252"),
        ('<row><c s="0"><v>29252</v></c></row>', "29252"),
        ('<row><c s="6"><v>7700900123</v></c></row>', "07700900123"),
        ('<row><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c/></row>', "1\t#N/A\t"),
    ],
)
def test_cells_are_as_they_are_shown(rows: str, text: str) -> None:
    """A row is a line; strings, dates, and numbers with fixed places appear as on the screen."""
    codes = {
        164: "dd\\-mmm\\-yy",
        165: "000\\ 000\\ 0000",
        166: "00&quot;-&quot;00&quot;-&quot;00",
        167: "[Red]#,##0.00&quot; days&quot;",
        168: "00000000000",
    }
    formats = "".join(f'<numFmt numFmtId="{n}" formatCode="{code}"/>' for n, code in codes.items())
    used = "".join(f'<xf numFmtId="{n}"/>' for n in (0, 14, *codes))
    styles = f"<numFmts>{formats}</numFmts><cellXfs>{used}</cellXfs>"
    assert texts(xlsx({"List": rows}, ["NHS No", "DOB"], styles), "a.xlsx")["a.xlsx › List"] == text


def test_each_sheet_is_a_node_hidden_or_not() -> None:
    """Hidden sheets are read like others, under their own names, as are sheets that nothing refers to."""
    row = '<row><c t="str"><v>{}</v></c></row>'
    data = xlsx(
        {"List": row.format("one"), "Hidden": row.format("two")},
        state="veryHidden",
        parts={"xl/worksheets/sheet9.xml": sheet(row.format("three"))},
    )
    found = texts(data, "a.xlsx")
    assert [found[f"a.xlsx › {name}"] for name in ("List", "Hidden", "worksheets/sheet9")] == [
        "one",
        "two",
        "three",
    ]


def test_dates_count_from_1904_where_the_workbook_says_so() -> None:
    """The second date system of Excel is honoured."""
    workbook = (
        f'<workbook xmlns="{S}" xmlns:r="{R}"><workbookPr date1904="1"/>'
        '<sheets><sheet name="List" r:id="rId1"/></sheets></workbook>'
    )
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    data = xlsx({"List": '<row><c s="0"><v>27790</v></c></row>'}, (), styles, {"xl/workbook.xml": workbook})
    assert texts(data, "a.xlsx")["a.xlsx › List"] == "01/02/1980"


@pytest.mark.parametrize(
    ("beside", "place"),
    [
        (f"<headerFooter><oddHeader>{HIDDEN}</oddHeader></headerFooter>", "beside the cells"),
        (f'<dataValidations><dataValidation prompt="{HIDDEN}"/></dataValidations>', "beside the cells"),
        (
            f"<dataValidations><dataValidation><formula1>{HIDDEN}</formula1></dataValidation></dataValidations>",
            "beside the cells",
        ),
        (f'<hyperlinks><hyperlink tooltip="{HIDDEN}"/></hyperlinks>', "beside the cells"),
        (f"<!-- {HIDDEN} -->", "beside the cells"),
    ],
)
def test_reads_what_stands_beside_the_cells(beside: str, place: str) -> None:
    """Headers, prompts, formulas of validations and tooltips are text."""
    data = xlsx({"List": ""}, parts={"xl/worksheets/sheet1.xml": sheet("", beside)})
    assert [name for name, text in texts(data, "a.xlsx").items() if HIDDEN in text] == [
        f"a.xlsx › List › {place}"
    ]


@pytest.mark.parametrize(
    ("part", "data", "name"),
    [
        (
            "xl/comments1.xml",
            f'<comments xmlns="{S}"><text><r><t>NHS 999</t></r><r><t> 000 0018</t></r></text></comments>',
            "comments1",
        ),
        (
            "xl/pivotCache/records1.xml",
            f'<pivotCacheRecords xmlns="{S}"><r><s v="{HIDDEN}"/></r></pivotCacheRecords>',
            "pivotCache/records1 › attributes",
        ),
        (
            "xl/tables/table1.xml",
            f'<table xmlns="{S}"><tableColumn name="{HIDDEN}"/></table>',
            "tables/table1 › attributes",
        ),
        (
            "xl/worksheets/x.xml",
            f"<!-- {'x' * 3000} -->{sheet(f'<row><c><is><t>{HIDDEN}</t></is></c></row>')}",
            "worksheets/x",
        ),
    ],
)
def test_reads_every_part_of_a_workbook(part: str, data: str, name: str) -> None:
    """Comments, tables and the records of pivot tables are text."""
    found = texts(xlsx({"List": ""}, parts={part: data}), "a.xlsx")
    assert [place for place, text in found.items() if HIDDEN in text] == [f"a.xlsx › {name}"]


def test_strings_that_no_cell_shows_are_read() -> None:
    """A shared string stays in the file after its cell is gone."""
    data = xlsx({"List": '<row><c t="s"><v>0</v></c></row>'}, ["shown", HIDDEN])
    assert texts(data, "a.xlsx")["a.xlsx › strings in no cell"] == HIDDEN


def test_formulas_with_words_are_read() -> None:
    """A name may stand in a formula whose cached value does not show it."""
    data = xlsx({"List": f'<row><c><f>IF(A1=1,"{HIDDEN}","")</f><v>0</v></c></row>'})
    assert HIDDEN in texts(data, "a.xlsx")["a.xlsx › List › beside the cells"]


def test_prefixed_names_are_the_same() -> None:
    """Some programs write every element with a prefix."""
    rows = '<x:row><x:c t="inlineStr"><x:is><x:t>NHS 999 000 0018</x:t></x:is></x:c></x:row>'
    data = f'<x:worksheet xmlns:x="{S}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    assert (
        texts(xlsx({"List": ""}, parts={"xl/worksheets/sheet1.xml": data}), "a.xlsx")["a.xlsx › List"]
        == HIDDEN
    )


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ('<row><c t="s"><v>7</v></c></row>', "a damaged part"),
        ('<row><c t="s"><v>x</v></c></row>', "a damaged part"),
        ('<row><c s="9"><v>1</v></c></row>', "a damaged part"),
        ("<row><c><v>1E</v></c></row>", "a damaged part"),
        ("<row><c><v>1</c></row>", "XML that is not well-formed"),
        ("<row><c><v>&b;</v></c></row>", "XML that is not well-formed"),
        ("<row><c/><c/><c/><c/></row>", "more cells than are read"),
    ],
)
def test_damaged_sheets_are_unscannable(rows: str, reason: str) -> None:
    """A cell that refers to nothing is not passed over, and a limit is not reached in silence."""
    found = nodes(xlsx({"List": rows}), "a.xlsx", Limits(cells=3))
    assert [(node.name, node.reason) for node in found if node.state is State.UNSCANNABLE] == [
        ("a.xlsx › List", reason)
    ]


def test_a_sheet_with_a_document_type_is_unscannable() -> None:
    """Entities could make cells of nothing, or exhaust the reader."""
    data = f"<!DOCTYPE a [<!ENTITY b 'c'>]>{sheet('<row><c><v>&b;</v></c></row>')}"
    for part in (data.encode(), f'<?xml version="1.0" encoding="UTF-16"?>{data}'.encode("utf-16")):
        found = nodes(xlsx({"List": ""}, parts={"xl/worksheets/sheet1.xml": part}), "a.xlsx")
        assert ("a.xlsx › List", "XML with a document type declaration") in [
            (node.name, node.reason) for node in found
        ]
