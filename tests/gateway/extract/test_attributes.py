from __future__ import annotations

import pytest

from gateway.extract.attributes import telling


@pytest.mark.parametrize(
    "value",
    [
        *("999 000 0018", "9990000018", "NHS 999 000 0018", "mrs jane doe", "Jane Doe", "born 1/2/1980"),
        *("Patient-9990000018", "M1 1AA", "smith, jane", "Doe's letter", "=HYPERLINK(&quot;a b&quot;)"),
        *("https://a.example/?patient=Jane Doe", "letter of Jane Doe.docx", "07700 900123"),
    ],
)
def test_words_and_long_numbers_are_kept(value: str) -> None:
    """What somebody may have written, whatever attribute it stands in."""
    assert telling([value, value]) == [value]


@pytest.mark.parametrize(
    "value",
    [
        *("", "0", "-12.5pt", "12700,0,0", "true", "FFFFFF", "#1F497D", "00AB12CD", "rId12", "en-GB", "B7"),
        *("$A$1:$C$9", "A1:B2 C3", "2024-01-02T03:04:05Z", "4294967295", "0209020205020404FFFF0000"),
        *("{12345678-1234-1234-1234-123456789ABC}", "application/xml", "http://schemas.example.org/a"),
        *(
            "../media/image1.png",
            "w14 w15 w16se",
            "Text Box 12",
            "Heading 1 Char",
            "Normal",
            "m,l,21600r21600,e",
        ),
        *(
            "position:absolute;margin-left:12.5pt;z-index:251658240",
            "_x0000_s1026",
            "of:=SUM([.A1:.A9])",
            "%1.",
        ),
    ],
)
def test_what_only_programs_write_is_left_out(value: str) -> None:
    """Measures, colours, identifiers, names without spaces: they would be noise, and cost time."""
    assert telling([value]) == []


@pytest.mark.parametrize(
    "piece",
    [
        "A",
        "9",
        "9,",
        "9 ",
        "%1",
        "a:b ",
        "ab:1 ;  ",
        "/a[1]",
        "xmlns:a=b ",
        "a/",
        "w14 ",
        "A1 ",
        "Ab ",
        "m,1",
        ".",
    ],
)
def test_no_value_takes_long_to_look_at(piece: str) -> None:
    """However often a shape begins anew, a value that breaks it at its end is told in one pass."""
    assert telling([piece * 5_000 + "\N{POUND SIGN} x"])
