from __future__ import annotations

import pytest

from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.compound_files import compound
from tests.gateway.extract.files import (
    NOISE,
    PNG,
    R,
    W,
    docx,
    package,
    paragraph,
    relations,
    word,
    xlsx,
)
from tests.gateway.extract.reading import reasons

LIMITS = Limits()
SEEN = '<w:vanish w:val="0"/>'
HIDDEN = "NHS 999 000 0018"
VANISH = "<w:rPr><w:vanish/></w:rPr>"
AN_ENTRY = f"<w:r>{VANISH}<w:instrText> XE </w:instrText></w:r>"
"""The beginning of what Word writes for an entry of an index (17.16.5.75)."""


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


def hidden(text: str) -> str:
    return run(text, "<w:vanish/>")


def hidden_deletion(text: str) -> str:
    return f"<w:del><w:r>{VANISH}<w:delText>{text}</w:delText></w:r></w:del>"


def field(*pieces: str) -> str:
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    return f"<w:r><w:fldChar/></w:r>{runs}<w:r><w:fldChar/></w:r>"


def box(text: str) -> str:
    return f"<w:r><w:pict><w:txbxContent>{paragraph(text)}</w:txbxContent></w:pict></w:r>"


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
        (
            f"<w:p>{deleted('999 000')}{deleted(' 0018')}</w:p><w:p>{deleted('01/02/1950')}</w:p>",
            "deletions",
        ),
        (f"<w:p>{deleted('999 000 0018')}{run(' next ')}{deleted('01/02/1950')}</w:p>", "deletions"),
        (
            f"<w:p>{hidden_deletion('999 000 0018')}{run('next')}{hidden_deletion('01/02/1950')}</w:p>",
            "deletions",
        ),
        (
            f"<w:p>{hidden('999 000')}<w:proofErr/>{hidden(' 0018')}{run('a')}{hidden('01/02/1950')}</w:p>",
            "hidden text",
        ),
        (f"<w:p>{field('999 000', ' 0018')}{field('01/02/1950')}</w:p>", "fields"),
    ],
)
def test_what_stands_aside_in_two_places_is_two_lines(content: str, place: str) -> None:
    """A number and a date that text parts do not become one number, nor do runs that touch part."""
    assert texts(docx(content))[f"a.docx › {place}"] == "999 000 0018\n01/02/1950"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (f"<w:p>{deleted(HIDDEN)}</w:p>", "deletions"),
        (f"<w:p>{run(HIDDEN, '<w:vanish/>')}</w:p>", "hidden text"),
        (f"<w:p>{run(HIDDEN[:8], '<w:vanish/>')}{run(HIDDEN[8:], '<w:vanish/>')}</w:p>", "hidden text"),
        (f"<w:p><w:r><w:instrText>{HIDDEN}</w:instrText></w:r></w:p>", "fields"),
        (f"<w:p>{AN_ENTRY}<w:r>{VANISH}<w:instrText>{HIDDEN}</w:instrText></w:r></w:p>", "fields"),
        (f"<w:p><w:del><w:r>{VANISH}<w:delText>{HIDDEN}</w:delText></w:r></w:del></w:p>", "deletions"),
        (f'<w:p><w:fldSimple w:instr="{HIDDEN}"/></w:p>', "attributes"),
        (f"<w:p>{box(HIDDEN)}</w:p>", "text boxes"),
        (
            f'<w:p><w:r><w:drawing><wp:docPr xmlns:wp="x" descr="{HIDDEN}"/></w:drawing></w:r></w:p>',
            "attributes",
        ),
        (f'<w:p><w:r><v:textpath xmlns:v="x" string="{HIDDEN}"/></w:r></w:p>', "attributes"),
        (f'<w:sdt><w:sdtPr><w:alias w:val="{HIDDEN}"/></w:sdtPr></w:sdt>', "form fields"),
        (f'<w:p><w:r><w:ffData><w:statusText w:val="{HIDDEN}"/></w:ffData></w:r></w:p>', "form fields"),
        (f'<w:p><w:bookmarkStart w:id="1" w:name="{HIDDEN}"/></w:p>', "form fields"),
        (
            f'<w:smartTag><w:smartTagPr><w:attr w:name="a" w:val="{HIDDEN}"/></w:smartTagPr></w:smartTag>',
            "form fields",
        ),
        (f'<w:tbl><w:tblPr><w:tblDescription w:val="{HIDDEN}"/></w:tblPr></w:tbl>', "form fields"),
        (f"<w:p><!-- {HIDDEN} --></w:p>", "attributes"),
        (f"<w:p><w:moveFrom>{run(HIDDEN)}</w:moveFrom></w:p>", ""),
        (f"<w:p>{run(HIDDEN, '<w:webHidden/>')}</w:p>", ""),
        (f"<w:p><w:r><w:ruby><w:rt>{run(HIDDEN)}</w:rt></w:ruby></w:r></w:p>", ""),
        (f"<m:oMath xmlns:m='m'><m:r><m:t>{HIDDEN}</m:t></m:r></m:oMath>", ""),
        (f"<w:p><w:del><w:r><w:delInstrText>{HIDDEN}</w:delInstrText></w:r></w:del></w:p>", "fields"),
        (
            "<w:p><w:r><w:fldChar><w:fldData>TkhTIDk5OSAwMDAgMDAxOA==</w:fldData></w:fldChar></w:r></w:p>",
            "form fields",
        ),
        (f'<w:sdt><w:sdtPr><w:listItem w:displayText="{HIDDEN}"/></w:sdtPr></w:sdt>', "form fields"),
        (
            f'<w:sdt><w:sdtPr><w:placeholder><w:docPart w:val="{HIDDEN}"/></w:placeholder></w:sdtPr></w:sdt>',
            "attributes",
        ),
        (
            f"<mc:AlternateContent xmlns:mc='m'><mc:Choice>{box(HIDDEN)}</mc:Choice></mc:AlternateContent>",
            "text boxes",
        ),
        (
            f"<m:AlternateContent xmlns:m='m'><m:Fallback>{box(HIDDEN)}</m:Fallback></m:AlternateContent>",
            "text boxes",
        ),
        (f"<w:p><w:drawing><wp:docPr xmlns:wp='x' title='{HIDDEN}' id='1'/></w:drawing></w:p>", "attributes"),
        (f"<w:p><w:drawing><a:t xmlns:a='a'>{HIDDEN}</a:t></w:drawing></w:p>", ""),
        (f"<w:p><w:hyperlink w:tooltip='{HIDDEN}'/></w:p>", "attributes"),
        (f"<w:p><w:hyperlink w:anchor='{HIDDEN}'/></w:p>", "attributes"),
        (f"<w:p><w:ins w:author='{HIDDEN}'>{run('a')}</w:ins></w:p>", "attributes"),
        (f"<w:p><w:permStart w:ed='{HIDDEN}'/></w:p>", "attributes"),
        (f"<w:smartTag w:element='{HIDDEN}'/>", "attributes"),
        (f"<w:customXml w:element='{HIDDEN}'/>", "attributes"),
        (f"<w:p>{HIDDEN}</w:p>", "beside the text"),
        (f"<w:p><x:y xmlns:x='x'>{HIDDEN}</x:y></w:p>", "beside the text"),
        (f"<w:p><w:r><w:control w:name='{HIDDEN}'/></w:r></w:p>", "attributes"),
        ("<w:p w:unheardof='9990000018 NHS 999 000 0018'/>", "attributes"),
        (f"<w:p><?note {HIDDEN}?></w:p>", "attributes"),
    ],
)
def test_finds_what_the_page_does_not_show(content: str, place: str) -> None:
    """Every place of a part that can hold words is read, and named."""
    found = [name for name, text in texts(docx(content)).items() if HIDDEN in text]
    assert found == [f"a.docx › {place}" if place else "a.docx"]


@pytest.mark.parametrize(
    ("part", "data", "name"),
    [
        ("word/comments.xml", word(paragraph(HIDDEN), "comments"), "comments"),
        (
            "word/comments.xml",
            f'<w:comments xmlns:w="{W}"><w:comment w:author="{HIDDEN}"/></w:comments>',
            "comments › attributes",
        ),
        ("word/people.xml", f"<people><person author='{HIDDEN}'/></people>", "people › attributes"),
        ("word/footer1.xml", word(paragraph(HIDDEN), "ftr"), "footer1"),
        ("word/endnotes.xml", word(paragraph(HIDDEN), "endnotes"), "endnotes"),
        (
            "word/settings.xml",
            f'<w:settings xmlns:w="{W}"><w:mailMerge><w:table w:val="{HIDDEN}"/></w:mailMerge></w:settings>',
            "settings › attributes",
        ),
        (
            "word/recipientData.xml",
            f'<w:recipients xmlns:w="{W}"><w:uniqueTag w:val="{HIDDEN}"/></w:recipients>',
            "recipientData › attributes",
        ),
        (
            "word/styles.xml",
            f'<w:styles xmlns:w="{W}"><w:style><w:aliases w:val="{HIDDEN}"/></w:style></w:styles>',
            "styles › attributes",
        ),
        (
            "word/numbering.xml",
            f'<w:numbering xmlns:w="{W}"><w:lvl><w:lvlText w:val="{HIDDEN}"/></w:lvl></w:numbering>',
            "numbering › form fields",
        ),
        (
            "word/glossary/document.xml",
            f'<w:glossaryDocument xmlns:w="{W}"><w:description w:val="{HIDDEN}"/></w:glossaryDocument>',
            "glossary/document › attributes",
        ),
        ("word/afchunk.docx", docx(paragraph(HIDDEN)), "afchunk"),
        (
            "word/afchunk.mht",
            f"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>{HIDDEN}</p>",
            "afchunk › body",
        ),
        (
            "word/activeX/activeX1.xml",
            f"<ocx><ocxPr name='Text' value='{HIDDEN}'/></ocx>",
            "activeX/activeX1 › attributes",
        ),
        ("word/activeX/activeX1.bin", b"\0\2\x20\0" + bytes(20) + HIDDEN.encode(), "activeX/activeX1"),
        ("word/ink/ink1.xml", f"<ink><annotation>{HIDDEN}</annotation></ink>", "ink/ink1"),
        ("word/fonts/font1.odttf", b"GUID" * 100 + HIDDEN.encode(), "fonts/font1"),
        (
            "customUI/customUI.xml",
            f"<customUI><button label='{HIDDEN}'/></customUI>",
            "customUI › attributes",
        ),
        ("_xmlsignatures/sig1.xml", f"<a><SignatureComments>{HIDDEN}</SignatureComments></a>", "sig1"),
        (
            "docProps/custom.xml",
            f"<Properties><property name='{HIDDEN}'/></Properties>",
            "custom › attributes",
        ),
        ("customXml/item1.xml", f"<patient number='{HIDDEN}'/>", "item1 › attributes"),
        (
            "word/webextensions/webextension1.xml",
            f"<we><property name='a' value='{HIDDEN}'/></we>",
            "webextensions/webextension1 › attributes",
        ),
        (f"word/{HIDDEN}.xml", "<a/>", "names of parts"),
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
        ("word/afchunk.rtf", r"{\rtf1 NHS 999{\b  000} 0018}", "afchunk"),
        (
            "word/embeddings/oleObject1.bin",
            compound({"\x01Ole10Native": bytes(4) + HIDDEN.encode()}),
            "embeddings/oleObject1 › object",
        ),
        (
            "word/embeddings/oleObject2.bin",
            compound({"Package": docx(paragraph(HIDDEN))}),
            "embeddings/oleObject2 › Package",
        ),
        (
            "word/embeddings/oleObject3.bin",
            compound({"CONTENTS": HIDDEN.encode()}),
            "embeddings/oleObject3 › CONTENTS",
        ),
        (
            "docProps/custom.xml",
            f"<Properties><property><lpwstr>{HIDDEN}</lpwstr></property></Properties>",
            "custom",
        ),
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
        ("word/media/image1.png", PNG, "media/image1", "a damaged picture"),
        (
            "word/vbaProject.bin",
            compound({"VBA/Other": NOISE}),
            "vbaProject › VBA › Other",
            "a stream of an unknown application",
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
        ("xl/printerSettings/a.bin", docx("")[:-9], "printerSettings/a", "a damaged ZIP archive"),
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


# PowerPoint


SHAPE = '<p:cNvPr xmlns:p="x" descr="NHS 999 000 0018"/>'


def pptx(parts: dict[str, bytes | str]) -> bytes:
    """A presentation of one slide without text, and further parts."""
    return package(
        {
            "_rels/.rels": relations(("r", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": "<p:presentation xmlns:p='x'/>",
            "ppt/slides/slide1.xml": "<p:sld xmlns:p='x'/>",
        }
        | parts
    )


def test_blanks_and_breaks_between_runs_are_kept() -> None:
    """A blank is often a run of its own, where the spelling of the names beside it was in doubt."""
    runs = "".join(f"<a:r><a:t>{text}</a:t></a:r>" for text in ("Jane", " ", "Doe")) + "<a:br/>"
    runs += "<a:r><a:t>b</a:t></a:r>"
    slide = f"<p:sld xmlns:p='x' xmlns:a='a'>\n<a:p> <a:r><a:t> </a:t></a:r></a:p><a:p>{runs}</a:p></p:sld>"
    assert texts(pptx({"ppt/slides/slide1.xml": slide}), "a.pptx")["a.pptx › slides/slide1"] == "Jane Doe\nb"


@pytest.mark.parametrize(
    ("part", "data", "name"),
    [
        (
            "ppt/slides/slide1.xml",
            "<sld><p><r><t>NHS 999</t></r><r><t> 000 0018</t></r></p></sld>",
            "slides/slide1",
        ),
        ("ppt/slides/slide1.xml", f"<p:sld xmlns:p='x' show='0'><a>{HIDDEN}</a></p:sld>", "slides/slide1"),
        ("ppt/slides/slide1.xml", f"<p:sld xmlns:p='x'>{SHAPE}</p:sld>", "slides/slide1 › attributes"),
        ("ppt/notesSlides/notesSlide1.xml", f"<notes><t>{HIDDEN}</t></notes>", "notesSlides/notesSlide1"),
        (
            "ppt/slideLayouts/slideLayout1.xml",
            f"<sldLayout><t>{HIDDEN}</t></sldLayout>",
            "slideLayouts/slideLayout1",
        ),
        (
            "ppt/notesMasters/notesMaster1.xml",
            f"<notesMaster><t>{HIDDEN}</t></notesMaster>",
            "notesMasters/notesMaster1",
        ),
        ("ppt/handoutMasters/handoutMaster1.xml", f"<a><t>{HIDDEN}</t></a>", "handoutMasters/handoutMaster1"),
        ("ppt/comments/modernComment_1.xml", f"<cmLst><t>{HIDDEN}</t></cmLst>", "comments/modernComment_1"),
        ("ppt/authors.xml", f"<authorLst><author name='{HIDDEN}'/></authorLst>", "authors › attributes"),
        (
            "ppt/slides/slide1.xml",
            f"<sld><hlinkClick tooltip='{HIDDEN}'/></sld>",
            "slides/slide1 › attributes",
        ),
        (
            "ppt/slides/slide1.xml",
            f"<sld><Choice/><Fallback><t>{HIDDEN}</t></Fallback></sld>",
            "slides/slide1",
        ),
        ("ppt/presentation.xml", f"<a><custShow name='{HIDDEN}'/></a>", "presentation › attributes"),
        ("ppt/tableStyles.xml", f"<a><tblStyle styleName='{HIDDEN}'/></a>", "tableStyles › attributes"),
        (
            "ppt/changesInfos/changesInfo1.xml",
            f"<a><chg name='{HIDDEN}'/></a>",
            "changesInfos/changesInfo1 › attributes",
        ),
        ("ppt/diagrams/data1.xml", f"<a><prSet phldrT='{HIDDEN}'/></a>", "diagrams/data1 › attributes"),
        ("ppt/charts/chart1.xml", f"<a><v>{HIDDEN}</v></a>", "charts/chart1"),
        ("ppt/comments/comment1.xml", f"<cmLst><text>{HIDDEN}</text></cmLst>", "comments/comment1"),
        (
            "ppt/commentAuthors.xml",
            f"<cmAuthorLst><cmAuthor name='{HIDDEN}'/></cmAuthorLst>",
            "commentAuthors › attributes",
        ),
        ("ppt/tags/tag1.xml", f"<tagLst><tag name='a' val='{HIDDEN}'/></tagLst>", "tags/tag1 › attributes"),
        (
            "ppt/presentation.xml",
            f"<presentation><section name='{HIDDEN}'/></presentation>",
            "presentation › attributes",
        ),
        (
            "ppt/slideMasters/slideMaster1.xml",
            f"<sldMaster><t>{HIDDEN}</t></sldMaster>",
            "slideMasters/slideMaster1",
        ),
        (
            "ppt/embeddings/a.xlsx",
            xlsx({"List": '<row><c t="str"><v>NHS 999 000 0018</v></c></row>'}),
            "embeddings/a › List",
        ),
        (
            "ppt/embeddings/oleObject1.bin",
            compound({"Package": docx(paragraph(HIDDEN))}),
            "embeddings/oleObject1 › Package",
        ),
    ],
)
def test_presentations_hide_nothing(part: str, data: bytes | str, name: str) -> None:
    """Slides, hidden or not, notes, comments, authors, tags, sections, masters and objects are read."""
    found = texts(pptx({part: data}))
    assert [place for place, text in found.items() if HIDDEN in text] == [f"a.docx › {name}"]


def test_a_slide_without_text_is_empty() -> None:
    """A presentation that says nothing is proved to."""
    assert ("a.docx › slides/slide1", "a slide without text") in [
        (node.name, node.reason) for node in nodes(pptx({}))
    ]


def drawing(shapes: str) -> bytes:
    """A drawing of Visio of one page ([MS-VSDX] 2.1)."""
    main = "http://schemas.microsoft.com/office/visio/2012/main"
    return package(
        {
            "_rels/.rels": relations(("rId1", "document", "visio/document.xml")),
            "visio/document.xml": f'<VisioDocument xmlns="{main}"/>',
            "visio/pages/page1.xml": f'<PageContents xmlns="{main}"><Shapes>{shapes}</Shapes></PageContents>',
        }
    )


def test_drawings_of_visio_are_read() -> None:
    """Marks in the text of a shape do not part it; what its cells say in words is read beside it."""
    cells = '<Cell N="Value" V="Doe" U="STR"/><Cell N="PinX" V="4.1"/>'
    data = drawing(
        f'<Shape>{cells}<Text><cp IX="0"/>NHS 999 <cp IX="1"/>000<fld IX="0"> 0018</fld>\n</Text></Shape>'
        "<Shape><Text>01/02/1950</Text></Shape>"
    )
    assert texts(data, "a.vsdx") == {
        "a.vsdx › pages/page1": "NHS 999 000 0018\n\n01/02/1950",
        "a.vsdx › pages/page1 › attributes": "Doe",
    }
    assert [node.state for node in nodes(drawing(""), "a.vsdx")] == [State.EMPTY]


def visio_figure(*corners: tuple[float, float], beside: str = "") -> str:
    """A shape without text ([MS-VSDX] 2.2.5.3)."""
    rows = "".join(
        f'<Row T="{"Line" if number else "Move"}To"><Cell N="X" V="{x}"/><Cell N="Y" V="{y}"/>{beside}</Row>'
        for number, (x, y) in enumerate(corners)
    )
    return f'<Shape><Section N="Geometry">{rows}</Section></Shape>'


@pytest.mark.parametrize(
    ("shapes", "state"),
    [
        ([visio_figure((0, n), (1, 2), (3, 4), (0, 9)) for n in range(3)], State.EMPTY),
        ([visio_figure((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))] * 40, State.EMPTY),
        ([visio_figure((0, 0), (1, 0))] * 40, State.EMPTY),
        ([visio_figure((0, 0), (1, 0), (1, 1))] * 40, State.UNSCANNABLE),
        (
            [visio_figure((0, 0), (1, 0), beside='<Cell N="A" V="POLYLINE(1, 1, 0.5, 0.1, 2, 3)"/>')] * 40,
            State.UNSCANNABLE,
        ),
        (
            [f"<Shape><Text>Fig. 1</Text></Shape>{visio_figure((0, 0), (1, 0), (1, 1)) * 40}"],
            State.UNSCANNABLE,
        ),
        (
            [
                "<Shape><Text>All rooms of the surgery</Text></Shape>",
                visio_figure((0, 0), (1, 0), (1, 1)) * 40,
            ],
            State.CLEAN,
        ),
    ],
    ids=["few", "boxes", "lines", "triangles", "polylines", "captioned", "with text"],
)
def test_pages_of_visio_with_many_figures_and_no_words_are_held(shapes: list[str], state: State) -> None:
    """Handwriting and letters in outlines are figures."""
    assert nodes(drawing("".join(shapes)), "a.vsdx")[0].state is state


def printed(page: str) -> bytes:
    """What Windows prints to a file (ECMA-388): a package of one page."""
    space = 'xmlns="http://schemas.microsoft.com/xps/2005/06"'
    return package(
        {
            "_rels/.rels": relations(("rId1", "fixedrepresentation", "FixedDocSeq.fdseq")),
            "FixedDocSeq.fdseq": f"<FixedDocumentSequence {space}/>",
            "Documents/1/Pages/1.fpage": f'<FixedPage {space} Width="816" Height="1056">{page}</FixedPage>',
        }
    )


def glyphs(text: str, x: float, y: float, indices: str = "") -> str:
    place = f'OriginX="{x}" OriginY="{y}" FontRenderingEmSize="10"'
    return f'<Glyphs UnicodeString="{text}" {place} Indices="{indices}"/>'


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (
            glyphs("NHS 999 ", 10, 10, ",60;,60;,60;,30;,60;,60;,60;,30") + glyphs("000 0018", 52, 10),
            "NHS 999 000 0018",
        ),
        (glyphs("999", 10, 10) + glyphs("000 0018", 30, 10), "999 000 0018"),
        (glyphs("999 000 0018", 10, 10) + glyphs("01/02/1950", 200, 10), "999 000 0018\t01/02/1950"),
        (glyphs("999 000 0018", 10, 10) + glyphs("01/02/1950", 10, 30), "999 000 0018\n01/02/1950"),
        (glyphs("{}{a}", 10, 10) + '<Path Data="M 9,9 L 100,9"/>', "{a}"),
    ],
)
def test_printed_pages_are_as_they_read(page: str, text: str) -> None:
    """Runs that follow each other join, columns and lines part."""
    assert texts(printed(page), "a.xps") == {"a.xps › 1/Pages/1": text}


def test_pages_with_words_that_are_drawn_are_held() -> None:
    """Outlines, and glyphs by their numbers alone; lines around a picture are none."""
    drawn = '<Path Data="M 10,10 L 20,20"/>'
    for page in (drawn, glyphs(" ", 10, 10) + drawn, glyphs("", 10, 10, "36;37;38")):
        assert State.UNSCANNABLE in {node.state for node in nodes(printed(page), "a.xps")}
    picture = f'{drawn}<Path><Path.Fill><ImageBrush ImageSource="/a.png"/></Path.Fill></Path>'
    assert {node.state for node in nodes(printed(picture), "a.xps")} == {State.EMPTY}


@pytest.mark.parametrize(
    ("caption", "figure", "held"),
    [
        ("Page 1", "M {0},10 L 20,30 H 25 v 9 c 1,1 2,2 3,{0} Z", True),
        ("Page 1", "M {0},10 L 20,30 25,30 Z", True),
        ("Page 1", "M {0},10 l 20,0 0,5 -20,0 Z", False),
        ("Page 1", "M {0},10 h 9", False),
        ("A letter with a footer of many words", "M {0},10 L 20,30 H 25 v 9 c 1,1 2,2 3,{0} Z", True),
        ("A letter with a footer of many words", "M {0},10 h 1 h 1 v 1 h 1 v 1 v 1 Z", False),
    ],
    ids=["letters", "triangles", "bars", "lines", "letters beside text", "marks of a chart"],
)
def test_many_figures_on_a_printed_page_may_be_letters(caption: str, figure: str, held: bool) -> None:
    """Under a caption, or of many shapes; however they are written, and if they cut out others."""
    for form in (
        '<Path Data="{}"/>',
        '<Path><Path.Data><PathGeometry Figures="{}"/></Path.Data></Path>',
        '<Path Data="M 0,0 h 9 v 9 h -9 Z" Clip="{}"/>',
    ):
        page = glyphs(caption, 10, 10) + "".join(form.format(figure.format(number)) for number in range(40))
        data = printed(page)
        assert caption in texts(data, "a.xps").values()
        assert bool(reasons(nodes(data, "a.xps"))) == held


def test_figures_of_a_printed_page_may_be_written_at_length() -> None:
    """Each of a path in an element, and each of its segments."""
    figure = (
        '<PathFigure StartPoint="{0},10"><PolyLineSegment Points="1,2 3,4 {0},6"/>'
        '<ArcSegment Point="7,{0}" Size="1,1"/><PolyBezierSegment Points="1,1 2,2 3,9"/></PathFigure>'
    )
    path = "<Path><Path.Data><PathGeometry>{}</PathGeometry></Path.Data></Path>"
    page = glyphs("Page 1", 10, 10) + path.format("".join(figure.format(number) for number in range(40)))
    assert reasons(nodes(printed(page), "a.xps"))


def test_words_beside_those_on_a_printed_page_are_read() -> None:
    """Where a link leads, and what somebody put into the outline of a shape."""
    page = (
        glyphs("here", 10, 10)
        + f'<Path Data="{HIDDEN}" FixedPage.NavigateUri="mailto:a@b.example?subject=Doe"/>'
    )
    assert HIDDEN in texts(printed(page), "a.xps")["a.xps › 1/Pages/1 › attributes"]
    assert "subject=Doe" in texts(printed(page), "a.xps")["a.xps › 1/Pages/1 › attributes"]
