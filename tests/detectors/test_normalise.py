"""Folding text, and leading every offset back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.normalise import normalise


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("９９９ ０００", "999 000"),
        ("٩٩٩", "999"),
        ("९९९", "999"),
        ("𝟗𝟗𝟗", "999"),
        ("\uf039\uf039\uf039\uf020\uf030\uf0b7x", "999 0 x"),
        ("999\u00a0000\u2009001", "999 000 001"),
        ("999\u2013000\u2014001\u2212x", "999-000-001-x"),
        ("999\u200b000\u00ad\ufeff001", "999000001"),
        ("José Núñez Łukasz", "Jose Nunez Lukasz"),
        ("Jose\u0301", "Jose"),
        ("a&nbsp;b&#57;&#x39;&amp;", "a b99&"),
        ("> > 999\n>000", "999\n000"),
        ("<b>999</b> <br/>x", "999 \nx"),
        ("Sam <b.smith@practice.example> <i>", "Sam <b.smith@practice.example> "),
        ("NHS%20No%3A", "NHS%20No%3A".replace("%20", " ")),
        ("a\r\nb\x00c", "a \nb c"),
        ("\ud800x", "\ufffdx"),
        ("999\ufdd1000\uffff001\u0378\ue000", "999 000 001  "),
        ("999\u2065000\ufff0001\U000e0fff", "999000001"),
        ("999\ufffd000\ufffd\ufffd001 Ren\ufffde", "999 000  001 Ren\ufffde"),
        ("999\x96000\x92", "999-000'"),
        ("999Â\xa0000Â 001â€“2â\x80\x943", "999 000 001-2-3"),
        ("PeÃ±a Å\x81uczak Oâ€™Neill", "Pena Luczak O'Neill"),
        ("Â5, pâté, CAFÉ”, Ân", 'A5, pate, CAFE", An'),
        ("plain ASCII, untouched", "plain ASCII, untouched"),
    ],
)
def test_what_means_the_same_is_written_the_same(written: str, folded: str) -> None:
    """Digits, dashes, spaces, marks, entities and quote marks fold into one form."""
    assert normalise(written).text == folded


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("x ９９９\u200b０００ y", "９９９\u200b０００"),
        ("x 9&#57;9 y", "9&#57;9"),
        ("x 9<b>9</b>9 y", "9<b>9</b>9"),
        ("x 9Â\xa09â€“0Â 0 y", "9Â\xa09â€“0Â 0"),
        ("> a 999\n> > 000 y", "999\n> > 000"),
    ],
)
def test_a_span_leads_back_to_what_stood_there(written: str, found: str) -> None:
    """The span of the folded digits is, in the text as given, exactly what they came from."""
    folded = normalise(written)
    start = folded.text.index("9")
    end = max(folded.text.rfind("9"), folded.text.rfind("0")) + 1
    begin, finish = folded.span(start, end)
    assert written[begin:finish] == found
    assert list(folded.places([(begin, finish)])) == [(start, end)]


_HOSTILE = st.text(
    st.sampled_from("9a >\n\u200b\u00ad０é½ﬃ&;<b/%20\ud800\x00#5Ââ€\x80\ufffd\ue000"), max_size=60
)


@given(st.one_of(st.text(max_size=80), _HOSTILE))
def test_every_span_lies_in_the_text_and_they_keep_their_order(text: str) -> None:
    """Whatever the text, folded characters lead back to spans inside it that never go backwards."""
    folded = normalise(text)
    spans = [folded.span(offset, offset + 1) for offset in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    assert all(
        start <= offset < end
        for offset, (start, end) in enumerate(folded.places(spans) if folded.marks else ())
    )


@given(st.text(st.characters(max_codepoint=127, blacklist_characters="&>%<"), max_size=80))
def test_plain_text_keeps_its_offsets(text: str) -> None:
    """Text without oddities is as long after folding as before, and spans are its own."""
    folded = normalise(text)
    assert len(folded.text) == len(text)
    assert folded.span(0, len(text)) == (0, len(text))
