from __future__ import annotations

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract.cells import read_workbook
from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.extract.sheets import read_sheet
from gateway.mail import State
from tests.gateway.extract.files import R, S, package, sheet, xlsx
from tests.gateway.extract.reading import reasons

LIMITS = Limits()
HIDDEN = "NHS 999 000 0018"
MASHUP = "http://schemas.microsoft.com/DataMashup"


def nodes(data: bytes, limits: Limits = LIMITS) -> list[Node]:
    return read_file(data, "a.xlsx", "", limits)


def texts(data: bytes) -> dict[str, str]:
    return {node.name: node.text for node in nodes(data) if node.state is State.CLEAN}


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
            '<row><c><v>1</v></c></row><row hidden="1"><c><v>2</v></c></row><row><c><v>3</v></c></row>',
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
        ('<row><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c/></row>', "TRUE\t#N/A\t"),
        ("<row><c><v>0.028799999999999999</v></c><c><v>1.67E-2</v></c></row>", "0.0288\t0.0167"),
        ("<row><c><v>4.111111111111111E15</v></c><c><v>1E400</v></c></row>", "4111111111111111\tInfinity"),
        (
            '<row><c t="str"><v>_x0039_99 000 0018 _x005F_x0039__xD800_</v></c></row>',
            "999 000 0018 _x0039_\ufffd",
        ),
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
    assert texts(xlsx({"List": rows}, ["NHS No", "DOB"], styles))["a.xlsx › List"] == text


def test_each_sheet_is_a_node_hidden_or_not() -> None:
    """Hidden sheets are read like others, under their own names, as are sheets that nothing refers to."""
    row = '<row><c t="str"><v>{}</v></c></row>'
    data = xlsx(
        {"List": row.format("one"), "Hidden": row.format("two")},
        state="veryHidden",
        parts={"xl/worksheets/sheet9.xml": sheet(row.format("three"))},
    )
    found = texts(data)
    assert [found[f"a.xlsx › {name}"] for name in ("List", "Hidden", "worksheets/sheet9")] == [
        "one",
        "two",
        "three",
    ]


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ('&amp;L&amp;"Arial,Bold"&amp;14&amp;K000000999 000 0018', "999 000 0018"),
        ("&amp;L&amp;K04+000999 &amp;B000&amp;B 0018", "999 000 0018"),
        ("&amp;LNHS&amp;&amp;Co&amp;CPage &amp;P+1 of &amp;N&amp;R&amp;D", "NHS&Co\nPage   of"),
    ],
)
def test_headers_are_as_they_are_printed(header: str, text: str) -> None:
    """Codes for colours, sizes and fields stand between letters, and may end in digits (18.3.1.46)."""
    beside = f"<headerFooter><oddHeader>{header}</oddHeader></headerFooter>"
    chart = f'<chartsheet xmlns="{S}">{beside}</chartsheet>'
    parts = {"xl/worksheets/sheet1.xml": sheet("", beside), "xl/chartsheets/sheet2.xml": chart}
    found = texts(xlsx({"List": ""}, parts=parts))
    assert found["a.xlsx › List › beside the cells"].strip() == text
    assert found["a.xlsx › chartsheets/sheet2"].strip() == text


def _with_queries(octets: bytes) -> bytes:
    packed = base64.b64encode(octets).decode()
    item = f'<?xml version="1.0" encoding="utf-16"?><DataMashup xmlns="{MASHUP}">{packed}</DataMashup>'
    return xlsx({"List": ""}, parts={"customXml/item1.xml": item.encode("utf-16")})


def test_queries_of_a_workbook_are_read() -> None:
    """Power Query keeps its formulas, and tables that somebody typed, in a package ([MS-QDEFF] 2.2)."""
    queries = package({"Formulas/Section1.m": f'section Section1; shared Query1 = "{HIDDEN}";'})
    whole = struct.pack("<II", 0, len(queries)) + queries + bytes(12)
    assert HIDDEN in texts(_with_queries(whole))["a.xlsx › item1 › queries › Formulas/Section1.m"]
    for damaged in (whole[:-1], whole[:-9], whole + HIDDEN.encode(), b""):
        assert reasons(nodes(_with_queries(damaged))) == {"a.xlsx › item1": "damaged queries"}


def test_the_name_of_a_sheet_is_text() -> None:
    """Sheets are called after patients, even if they are empty."""
    assert texts(xlsx({"Hakimi": ""}))["a.xlsx › workbook › attributes"] == "Hakimi"


def test_dates_count_from_1904_where_the_workbook_says_so() -> None:
    """The second date system of Excel is honoured."""
    workbook = (
        f'<workbook xmlns="{S}" xmlns:r="{R}"><workbookPr date1904="1"/>'
        '<sheets><sheet name="List" r:id="rId1"/></sheets></workbook>'
    )
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    data = xlsx({"List": '<row><c s="0"><v>27790</v></c></row>'}, (), styles, {"xl/workbook.xml": workbook})
    assert texts(data)["a.xlsx › List"] == "01/02/1980"


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
        (f"<headerFooter><oddFooter>{HIDDEN}</oddFooter></headerFooter>", "beside the cells"),
        (f'<dataValidations><dataValidation error="{HIDDEN}"/></dataValidations>', "beside the cells"),
        (f'<conditionalFormatting><cfRule text="{HIDDEN}"/></conditionalFormatting>', "beside the cells"),
        (
            f"<conditionalFormatting><formula>&quot;{HIDDEN}&quot;</formula></conditionalFormatting>",
            "beside the cells",
        ),
        (f'<hyperlinks><hyperlink ref="A1" location="{HIDDEN}"/></hyperlinks>', "beside the cells"),
        (f'<sheetPr codeName="{HIDDEN}"/>', "beside the cells"),
        (f'<scenarios><scenario name="{HIDDEN}"/></scenarios>', "beside the cells"),
        (f'<scenarios><inputCells r="A1" val="{HIDDEN}"/></scenarios>', "beside the cells"),
        (f'<protectedRanges><protectedRange name="{HIDDEN}"/></protectedRanges>', "beside the cells"),
        (f'<autoFilter ref="A1"><filter val="{HIDDEN}"/></autoFilter>', "beside the cells"),
        (f'<controls><control name="{HIDDEN}"/></controls>', "beside the cells"),
    ],
)
def test_reads_what_stands_beside_the_cells(beside: str, place: str) -> None:
    """Headers, prompts, formulas of validations and tooltips are text."""
    data = xlsx({"List": ""}, parts={"xl/worksheets/sheet1.xml": sheet("", beside)})
    assert [name for name, text in texts(data).items() if HIDDEN in text] == [f"a.xlsx › List › {place}"]


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
            "xl/styles.xml",
            f'<styleSheet xmlns="{S}"><numFmt formatCode="&quot;NHS 999&quot;\\ 000\\ 0018"/></styleSheet>',
            "styles › attributes",
        ),
        (
            "xl/persons/person.xml",
            f'<personList><person displayName="{HIDDEN}"/></personList>',
            "persons/person › attributes",
        ),
        (
            "xl/externalLinks/externalLink1.xml",
            f'<externalLink xmlns="{S}"><sheetName val="{HIDDEN}"/></externalLink>',
            "externalLinks/externalLink1 › attributes",
        ),
        (
            "xl/tables/table1.xml",
            f'<table xmlns="{S}"><tableColumn name="{HIDDEN}"/></table>',
            "tables/table1 › attributes",
        ),
        (
            "xl/workbook.xml",
            f'<workbook xmlns="{S}"><definedName name="{HIDDEN}">1</definedName></workbook>',
            "workbook › attributes",
        ),
        (
            "xl/workbook.xml",
            f'<workbook xmlns="{S}"><definedName name="a">"{HIDDEN}"</definedName></workbook>',
            "workbook",
        ),
        ("xl/sharedStrings.xml", f'<sst xmlns="{S}"><!-- {HIDDEN} --></sst>', "strings in no cell"),
        ("xl/sharedStrings.xml", f'<sst xmlns="{S}"><ext>{HIDDEN}</ext></sst>', "strings in no cell"),
        (
            "xl/threadedComments/threadedComment1.xml",
            f"<ThreadedComments><text>{HIDDEN}</text></ThreadedComments>",
            "threadedComments/threadedComment1",
        ),
        ("xl/comments1.xml", f"<comments><author>{HIDDEN}</author></comments>", "comments1"),
        (
            "xl/drawings/vmlDrawing1.vml",
            f"<xml><v:textbox><div>{HIDDEN}</div></v:textbox></xml>",
            "drawings/vmlDrawing1",
        ),
        ("xl/drawings/drawing1.xml", f"<wsDr><p><r><t>{HIDDEN}</t></r></p></wsDr>", "drawings/drawing1"),
        (
            "xl/drawings/drawing1.xml",
            f"<wsDr><cNvPr descr='{HIDDEN}'/></wsDr>",
            "drawings/drawing1 › attributes",
        ),
        (
            "xl/externalLinks/externalLink1.xml",
            f"<externalLink><cell><v>{HIDDEN}</v></cell></externalLink>",
            "externalLinks/externalLink1",
        ),
        (
            "xl/queryTables/queryTable1.xml",
            f"<queryTable name='{HIDDEN}'/>",
            "queryTables/queryTable1 › attributes",
        ),
        (
            "xl/connections.xml",
            f"<connections><dbPr connection='{HIDDEN}'/></connections>",
            "connections › attributes",
        ),
        (
            "xl/connections.xml",
            f"<connections><parameter string='{HIDDEN}'/></connections>",
            "connections › attributes",
        ),
        (
            "xl/slicers/slicer1.xml",
            f"<slicers><slicer caption='{HIDDEN}'/></slicers>",
            "slicers/slicer1 › attributes",
        ),
        (
            "xl/timelines/timeline1.xml",
            f"<a><timeline caption='{HIDDEN}'/></a>",
            "timelines/timeline1 › attributes",
        ),
        ("xl/charts/chart1.xml", f"<a><strCache><v>{HIDDEN}</v></strCache></a>", "charts/chart1"),
        (
            "xl/chartsheets/sheet1.xml",
            f"<chartsheet><oddHeader>{HIDDEN}</oddHeader></chartsheet>",
            "chartsheets/sheet1",
        ),
        (
            "xl/revisions/revisionLog1.xml",
            f"<revisions><is><t>{HIDDEN}</t></is></revisions>",
            "revisions/revisionLog1",
        ),
        (
            "xl/revisions/userNames.xml",
            f"<users><userInfo name='{HIDDEN}'/></users>",
            "revisions/userNames › attributes",
        ),
        ("xl/metadata.xml", f"<metadata><s v='{HIDDEN}'/></metadata>", "metadata › attributes"),
        ("xl/ctrlProps/ctrlProp1.xml", f"<a altText='{HIDDEN}'/>", "ctrlProps/ctrlProp1 › attributes"),
        ("xl/richData/rdrichvalue.xml", f"<rvData><v>{HIDDEN}</v></rvData>", "richData/rdrichvalue"),
        ("xl/xmlMaps.xml", f"<MapInfo><Schema><x>{HIDDEN}</x></Schema></MapInfo>", "xmlMaps"),
        ("xl/activeX/activeX1.bin", bytes(9) + HIDDEN.encode(), "activeX/activeX1"),
        (
            "xl/worksheets/x.xml",
            f"<!-- {'x' * 3000} -->{sheet(f'<row><c><is><t>{HIDDEN}</t></is></c></row>')}",
            "worksheets/x",
        ),
    ],
)
def test_reads_every_part_of_a_workbook(part: str, data: str, name: str) -> None:
    """Comments, tables and the records of pivot tables are text."""
    found = texts(xlsx({"List": ""}, parts={part: data}))
    assert [place for place, text in found.items() if HIDDEN in text] == [f"a.xlsx › {name}"]


@pytest.mark.parametrize(
    ("string", "text"),
    [
        ("<t>9990000_x0030_18</t>", "9990000018"),
        ("<r><t>999</t></r><rPh><t>nine</t></rPh><r><t>0000018</t></r>", "9990000018 nine"),
    ],
)
def test_shared_strings_are_as_they_are_shown(string: str, text: str) -> None:
    """Characters may be written by their numbers, and how to pronounce them is no part of the text."""
    shared = {"xl/sharedStrings.xml": f'<sst xmlns="{S}"><si>{string}</si></sst>'}
    data = xlsx({"List": '<row><c t="s"><v>0</v></c></row>'}, parts=shared)
    assert texts(data)["a.xlsx › List"] == text


def test_comments_on_cells_are_as_they_are_shown() -> None:
    """Every string of a workbook may have characters written by their numbers."""
    comments = f'<comments xmlns="{S}"><t>9_x0039_9</t></comments>'
    assert texts(xlsx({"List": ""}, parts={"xl/comments1.xml": comments}))["a.xlsx › comments1"] == "999"


@pytest.mark.parametrize("rows", ["", "<row><c r='A1'><v>5</v></c></row>"])
def test_damaged_strings_are_not_left_out(rows: str) -> None:
    """Whether or not a cell refers to one."""
    damaged = f'<sst xmlns="{S}"><si><t>{HIDDEN}</t></si><si><t>x & y</t></si></sst>'
    found = nodes(xlsx({"List": rows}, parts={"xl/sharedStrings.xml": damaged}))
    assert State.UNSCANNABLE in {node.state for node in found}


def test_strings_that_no_cell_shows_are_read() -> None:
    """A shared string stays in the file after its cell is gone."""
    data = xlsx({"List": '<row><c t="s"><v>0</v></c></row>'}, ["shown", HIDDEN])
    assert texts(data)["a.xlsx › strings in no cell"] == HIDDEN


def test_formulas_with_words_are_read() -> None:
    """A name may stand in a formula whose cached value does not show it."""
    data = xlsx({"List": f'<row><c><f>IF(A1=1,"{HIDDEN}","")</f><v>0</v></c></row>'})
    assert HIDDEN in texts(data)["a.xlsx › List › beside the cells"]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><f>9990000018</f></c></row>',
        '<row r="1"><c r="A1"><f>IF(B1=9990000018,1,0)</f><v>0</v></c></row>',
    ],
)
def test_formulas_with_long_numbers_are_read(rows: str) -> None:
    """Programs that compute nothing leave the value out; Excel computes it when it opens the file."""
    assert "9990000018" in texts(xlsx({"List": rows}))["a.xlsx › List › beside the cells"]


def test_formulas_of_measures_are_not_read() -> None:
    """References and constants that a sheet computes with are nobody's words."""
    data = xlsx({"List": '<row r="1"><c r="A1"><f>SUM(A2:A1048576)*1.0123456789</f><v>0</v></c></row>'})
    assert list(texts(data)) == ["a.xlsx › workbook › attributes", "a.xlsx › List"]


def test_prefixed_names_are_the_same() -> None:
    """Some programs write every element with a prefix."""
    rows = '<x:row><x:c t="inlineStr"><x:is><x:t>NHS 999 000 0018</x:t></x:is></x:c></x:row>'
    data = f'<x:worksheet xmlns:x="{S}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    assert texts(xlsx({"List": ""}, parts={"xl/worksheets/sheet1.xml": data}))["a.xlsx › List"] == HIDDEN


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
    found = nodes(xlsx({"List": rows}), Limits(cells=3))
    assert [(node.name, node.reason) for node in found if node.state is State.UNSCANNABLE] == [
        ("a.xlsx › List", reason)
    ]


def test_a_sheet_with_a_document_type_is_unscannable() -> None:
    """Entities could make cells of nothing, or exhaust the reader."""
    data = f"<!DOCTYPE a [<!ENTITY b 'c'>]>{sheet('<row><c><v>&b;</v></c></row>')}"
    for part in (data.encode(), f'<?xml version="1.0" encoding="UTF-16"?>{data}'.encode("utf-16")):
        found = nodes(xlsx({"List": ""}, parts={"xl/worksheets/sheet1.xml": part}))
        assert ("a.xlsx › List", "XML with a document type declaration") in [
            (node.name, node.reason) for node in found
        ]


def test_cells_outside_any_row_are_read() -> None:
    """Where no office program would put a cell, somebody may still look for one."""
    cell = f'<c t="str"><v>{HIDDEN}</v></c>'
    assert texts(xlsx({"List": f"<row>{cell}</row>{cell}"}))["a.xlsx › List"] == f"{HIDDEN}\n{HIDDEN}"


@pytest.mark.parametrize(
    "rows", [f"<row>{HIDDEN}</row>", f"<row><c>{HIDDEN}<v>1</v></c></row>", f"{HIDDEN}<row/>"]
)
def test_words_outside_values_are_read(rows: str) -> None:
    """Text that is not the value of a cell is not dropped."""
    assert any(HIDDEN in text for text in texts(xlsx({"List": rows})).values())


CONTENTS = [
    "/>",
    "><v>0</v></c>",
    "><v>1</v></c>",
    "><f>A1</f><v>1</v></c>",
    '><f t="shared" si="0"/><v>0</v></c>',
]
PLAIN_CELLS = st.tuples(
    st.sampled_from(["A", "B", "C", "Z", "AA", "XFD"]),
    st.sampled_from(["", ' s="0"', ' s="1"', ' s="2"']),
    st.sampled_from(["", ' t="s"', ' t="n"']),
    st.sampled_from(CONTENTS),
).map(lambda cell: f'<c r="{cell[0]}1"{"".join(cell[1:])}')
PLAIN_ROWS = st.lists(PLAIN_CELLS, max_size=6).map(lambda row: f'<row r="1">{"".join(row)}</row>')


@given(st.lists(PLAIN_ROWS, max_size=4))
def test_plain_rows_are_read_as_by_the_parser(rows: list[str]) -> None:
    """The expression for rows as Excel writes them reads what the XML parser reads."""
    book = read_workbook(None, None, None)._replace(strings=["one", "two"], formats=["", "date", "000 000"])
    plain = read_sheet(sheet("".join(rows)).encode(), book, 100)
    parsed = read_sheet(sheet("".join(rows) + "<!-- -->").encode(), book, 100)
    assert plain.rows == parsed.rows
