from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable

import msgspec
import pytest

from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.files import NOISE, PNG, docx, paragraph

LIMITS = Limits()


def nodes(data: bytes, name: str = "a.txt") -> list[Node]:
    return read_file(data, name, "", LIMITS)


@pytest.mark.parametrize(("data", "reason"), [(b"", "no octets"), (b" \r\n\t", "only white space")])
def test_emptiness_is_proved(data: bytes, reason: str) -> None:
    """A file without text is empty, and says why."""
    assert [(node.state, node.reason) for node in nodes(data)] == [(State.EMPTY, reason)]


@pytest.mark.parametrize("text", ["9<b>99</b> 000 0018", "999&nbsp;000&#32;0018", "999<!-- x --> 000 0018"])
def test_text_with_markup_is_read_as_html_too(text: str) -> None:
    """A client may take it for HTML, whatever the label says."""
    (node,) = [node for node in nodes(text.encode()) if "999 000 0018" in node.text.replace("\xa0", " ")]
    assert node.name == "a.txt › as HTML"


@pytest.mark.parametrize("declared", ["text/enriched", "text/richtext"])
def test_enriched_text_is_read_without_its_tags(declared: str) -> None:
    """RFC 1896: commands stand in brackets, their parameters are not shown, "<<" is a bracket."""
    data = b"<bold>999</bold> 0<color><param>red</param>00</color> 0018 <<x"
    assert read_file(data, "a", declared, LIMITS)[-1].text == "999 000 0018 <x"


@pytest.mark.parametrize(
    "text", ["Ann <ann@practice.example>", "1 < 2 > 0", "see <https://a.example/b>", "R&D"]
)
def test_brackets_are_no_markup(text: str) -> None:
    """Addresses and comparisons are text."""
    assert [node.name for node in nodes(text.encode())] == ["a.txt"]


def test_xml_is_read_with_and_without_its_tags() -> None:
    """Tags may cut through a number, or keep two apart."""
    data = b"<?xml version='1.0'?><list><n>999 000</n><n> 0018</n><!-- note --></list>"
    raw, content = nodes(data, "a.xml")
    assert "<!-- note -->" in raw.text
    assert content.text == "999 000 0018"


def test_sections_of_xml_cut_no_number_in_two() -> None:
    """What stands in a CDATA section is text like any other (XML 1.0, section 2.7)."""
    data = b"<?xml version='1.0'?><list>999 <![CDATA[000]]> 0018</list>"
    assert nodes(data, "a.xml")[1].text == "999 000 0018"


def test_xml_with_entities_of_its_own_is_unscannable() -> None:
    """Entities are expanded by some readers and not by others."""
    data = b"<?xml version='1.0'?><!DOCTYPE list [<!ENTITY a '999 000'>]><list>&a; 0018</list>"
    assert [node.state for node in nodes(data, "a.xml")] == [State.UNSCANNABLE]


def test_half_a_character_is_told_as_one_that_is_missing() -> None:
    """UTF-7 can write half a surrogate pair; no worker could answer with it."""
    found = nodes(b"Dear Jane, +AGE-b and +2AA- here.")
    assert [node.text for node in found][1:] == ["Dear Jane, ab and \ufffd here."]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=list[Node]) == found


def test_files_in_xml_are_opened() -> None:
    """As clinical documents carry letters and scans; the lines of base64 may be wrapped."""
    letter = base64.encodebytes(docx(paragraph("NHS 999 000 0018"))).decode()
    for data in (letter, letter.replace("\n", "")):
        xml = f'<?xml version="1.0"?><document><text representation="B64">{data}</text></document>'
        assert any("NHS 999 000 0018" in node.text for node in nodes(xml.encode(), "a.xml"))


def test_lines_of_base64_in_xml_may_be_indented_and_end_in_references() -> None:
    """As serializers write them that keep a carriage return apart from what parsers make of one."""
    letter = base64.encodebytes(docx(paragraph("NHS 999 000 0018"))).decode()
    for line_end in ("\n      ", "&#13;\n", "&#xD;\n"):
        lines = letter.replace("\n", line_end)
        xml = f'<?xml version="1.0"?><text>{lines}</text>'
        assert any("NHS 999 000 0018" in node.text for node in nodes(xml.encode(), "a.xml"))


def test_what_clinical_documents_compress_is_inflated() -> None:
    """HL7 calls zlib's format "ZL"; letters so short that they could be anything elsewhere."""
    packed = base64.b64encode(zlib.compress(b"NHS 999 000 0018 " * 9)).decode()
    xml = f'<?xml version="1.0"?><text representation="B64" compression="ZL">{packed}</text>'
    assert any("NHS 999 000 0018 " * 9 in node.text for node in nodes(xml.encode(), "a.xml"))


IMAGE = bytes(128) + b"DICM" + NOISE[:800]


@pytest.mark.parametrize("data", [IMAGE, NOISE[:800]], ids=["DICOM", "unknown"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize(
    "template",
    [
        '{"contentType": "application/dicom", "data": "%s"}',
        '{"content": ["data:application/dicom;base64,%s"]}',
        '<Binary xmlns="http://hl7.org/fhir"><data value="%s"/></Binary>',
        '<?xml version="1.0"?><text mediaType="application/dicom">\n %s\n</text>',
        "MSH|^~\\&|LAB\rOBX|1|ED|PDF||^application^octet-stream^Base64^%s|",
    ],
)
def test_files_in_values_are_held_that_cannot_be_read(
    data: bytes, encode: Callable[[bytes], bytes], template: str
) -> None:
    """DICOM, and what is of no known type, whichever alphabet of base64 it is written in."""
    found = nodes((template % encode(data).decode()).encode(), "a.dat")
    assert [node.name for node in found if node.state is State.UNSCANNABLE] == ["a.dat › base64"]


@pytest.mark.parametrize(
    "value",
    [
        base64.b64encode(NOISE[:512]).decode(),
        f"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.{base64.urlsafe_b64encode(NOISE[:900]).decode()}",
        f"https://records.example/?state={base64.urlsafe_b64encode(NOISE[:900]).decode()}",
        NOISE[:64].hex(),
    ],
    ids=["signature", "token", "link", "hash"],
)
def test_tokens_and_signatures_in_values_are_no_files(value: str) -> None:
    """What is as long as a signature, or not the whole of a value, need be no file."""
    for text in (f'{{"value": "{value}"}}', f'<?xml version="1.0"?><a>{value}</a>'):
        assert State.UNSCANNABLE not in {node.state for node in nodes(text.encode(), "a.json")}


def test_pictures_in_url_safe_base64_are_opened() -> None:
    """In any text, as the usual alphabet is."""
    data = PNG + bytes(range(256))
    found = nodes(b"see " + base64.urlsafe_b64encode(data) + b" for it")
    assert [node.type for node in found] == ["text/plain", "image/png"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (r'{"note": "NHS number\n999 000 0018\nDOB\t01\/02\/1950"}', "number\n999 000 0018\nDOB\t01/02/1950"),
        (r'["\u0039\u0039\u0039 000 0018"]', '["999 000 0018"]'),
        (r'["\ud83d\ude00 C:\\new"]', '["\U0001f600 C:\\new"]'),
    ],
)
def test_strings_of_json_say_what_their_escapes_mean(written: str, said: str) -> None:
    as_given, meant = nodes(written.encode(), "a.json")
    assert as_given.text == written
    assert said in meant.text


def test_files_in_json_are_opened_whose_base64_has_escapes() -> None:
    letter = base64.encodebytes(docx(paragraph("NHS 999 000 0018"))).decode()
    found = nodes(json.dumps({"data": letter.replace("\n", "\r\n")}).encode(), "a.json")
    assert any("NHS 999 000 0018" in node.text for node in found)


def test_backslashes_elsewhere_are_no_escapes() -> None:
    text = r"the file is in P:\\notes\\re-admitted"
    assert [node.text for node in nodes(text.encode())] == [text]


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("%!PS-Adobe-3.0\n(999) show ( 000 00) show (18) show", "a.txt"),
        ("\x1b%-12345X@PJL JOB\n@PJL ENTER LANGUAGE=POSTSCRIPT\n%!\n(999 0) show", "a.prn"),
        ("\x04%!PS\n(999 0) show" + "\nshowpage" * 40, "a"),
        ("\n%!PS-Adobe-3.0\n(999 0) show", "a.txt"),
        (" %!PS\n(999 0) show", "a.txt"),
        ("%!\r(999 0) show\r", "a.txt"),
        ("\x1bE%!PS-Adobe-3.0\n(999 0) show" + "\nshowpage" * 40, "a.txt"),
        ("\x1bE\x1b%-12345X\r\n@PJL SET X=Y\r@PJL\r\n\x04%!\r(999 0) show" + "\nshowpage" * 40, "a.prn"),
        ("/a { show } def (999 0) a", "a.ps"),
    ],
)
def test_what_a_program_draws_is_not_its_source(program: str, name: str) -> None:
    """PostScript may draw its words in any pieces and letters: it is read as it stands, and held."""
    found = nodes(program.encode(), name)
    assert [node.state for node in found] == [State.CLEAN, State.UNSCANNABLE]


def test_text_that_begins_with_a_percent_sign_is_text() -> None:
    """TeX comments begin so."""
    for text in ("%!TEX root = thesis.tex", "% of patients", "\n%! is no bang"):
        assert [node.state for node in nodes(text.encode())] == [State.CLEAN]
