from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract.files import read_file
from gateway.extract.html import looks_like_html
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.files import entity
from tests.gateway.extract.test_ambiguous_mail import inspector

LIMITS = Limits()


def nodes(markup: str | bytes) -> list[Node]:
    return read_file(markup if isinstance(markup, bytes) else markup.encode(), "a.html", "text/html", LIMITS)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>999 <b>000</b> 0018</p>", "999 000 0018"),
        ("<p>999<!-- x --> 000<span></span> 0018</p>", "999 000 0018"),
        ("<p>999&nbsp;000&#32;0018</p>", "999\xa0000 0018"),
        ("<p>999\r\n   000\t0018</p>", "999 000 0018"),
        ("<p>one</p><p>two</p>three<br>four", "one\ntwo\nthree\nfour"),
        ("<table><tr><td>Ann<td>999 000 0018<tr><td>Bob</table>", "Ann\t999 000 0018\nBob"),
        ("<pre>a\nb</pre>", "a\nb"),
        ("<div style='display:none'>hidden</div>shown", "hidden\nshown"),
        ("<template><p>put aside</p></template>", "put aside"),
        ("<noscript>without scripts</noscript>", "without scripts"),
        ("<title>the title</title>body", "the title\nbody"),
        ("<textarea>typed</textarea>", "typed"),
        ("<svg><text>drawn</text></svg>", "drawn"),
        ("<select><option>one<option>two</select>", "one\ntwo"),
        ("<font style='font-size:0'>999 000 0018</font>", "999 000 0018"),
        ("<svg><text><tspan>9</tspan><tspan>99 000 0018</tspan></text></svg>", "999 000 0018"),
        ("<table><tr>" + "".join(f"<td>{n}" for n in "9990000018") + "</table>", "9990000018"),
        ("<table><tr><td>1<td>2<td>3</table>", "1\t2\t3"),
        ("a < b and 1<2", "a < b and 1<2"),
        ("</html>after the end", "after the end"),
    ],
)
def test_shows_text_in_its_order(markup: str, text: str) -> None:
    """Inline elements do not cut words, blocks and cells keep them apart, hidden text is text."""
    assert nodes(markup)[0].text == text


@pytest.mark.parametrize(
    "markup",
    [
        "<img alt='999 000 0018'>",
        "<p title='999 000 0018'>",
        "<a href='https://a.example/?n=999 000 0018'>a</a>",
        "<input value='999 000 0018' placeholder='x'>",
        "<meta name=description content='999 000 0018'>",
        "<div data-x='999 000 0018'>a</div>",
        "<!-- 999 000 0018 -->",
        "<p>a</p><!-- b --></html><!-- 999 000 0018 -->",
        "<script>var n = '999 000 0018'</script>",
        "<style>p:after { content: '999 000 0018' }</style>",
        "<p style=\"content: '999 000 0018'\">a</p>",
        "<style>/* 999 000 0018 */</style>",
        "<style>p:after { content: 'Patient; {NHS} 999 000 0018' }</style>",
        "<style>p:after { content: '999 \\\n000 0018' }</style>",
        "<style>li { list-style-type: '999 000 0018' }</style>",
        "<ul style=\"list-style: '999 000 0018'\"><li>a</ul>",
        "<style>@counter-style a { symbols: '999 000 0018' }</style>",
        "<style>q { quotes: '999 000 0018' '' }</style>",
        "<style>@list l0:level1 { mso-level-text: '999 000 0018 %1' }</style>",
        "<style>@page { mso-header-data: '&C999 000 0018' }</style>",
        "<script>var n = '999 ' + '000 0018'</script>",
        "<script>var n = '\\x39\\u0039\\u{39} 000 0018'</script>",
        "<style>p:after { content: '\\39 \\000039 9 000 0018' }</style>",
        "<style>p { background: url('https://a.example/999 000 0018') }</style>",
        "<iframe srcdoc='<p>999 <b>000</b> 0018</p>'></iframe>",
        "<p class='999 000 0018'>a</p>",
        "<bdo dir=rtl>8100 000 999</bdo>",
        "<p style='direction: rtl; unicode-bidi: bidi-override'>8100 <b>000</b> 999</p>",
        "<svg><desc>a</desc><image xlink:href='999 000 0018'/></svg>",
        "<!--[if mso]><p>999 <b>000</b> 0018</p><![endif]-->",
        "<!--[if !mso]><!-->a<!--<![endif]--><!-- 999 000 0018 -->",
    ],
)
def test_carries_text_that_it_does_not_show(markup: str) -> None:
    """Attributes, comments, scripts and style sheets are read apart from the running text."""
    assert [node.name for node in nodes(markup) if "999 000 0018" in node.text] == ["a.html › markup"]


_UTF16 = base64.b64encode("NHS 999 000 0018".encode("utf-16")).decode()
PLACES = {
    "entities": "<p>&#57;&#x39;9 &#48;00 &#48;&#48;18</p>",
    "references to spaces": "<p>999&nbsp;000&thinsp;0018</p>",
    "empty elements inside": "<p>9<b></b>9<i></i>9 0<span></span>00 0018</p>",
    "comments inside": "<p>99<!-- x -->9 000<!-- 1 --> 0018</p>",
    "zero width": "<p>9\u200b99 00\u200d0 0018</p>",
    "soft hyphens": "<p>999&shy; 000 0&shy;018</p>",
    "marks of direction": "<p>\u2068999\u2069 000\u200e 0018</p>",
    "no size": "<p><span style='font-size:0'>999 000 0018</span></p>",
    "not displayed": "<div style='display:none'>999 000 0018</div>",
    "the colour of the ground": "<p style='color:#fff'>999 000 0018</p>",
    "salt between": "<p>999<span style='display:none'></span> 000 <span style='font-size:0'></span>0018</p>",
    "salt within": "<p>999<b style='display:none'>7</b> 000<i style='font-size:0px'>12</i> 0018</p>",
    "generated content": "<style>p::before{content:'999 000 ' '0018'}</style>",
    "right to left": "<bdo dir=rtl>8100 000 999</bdo>",
    "attributes": "<img alt='999 000 0018'>",
    "the title": "<title>999 000 0018</title>",
    "strings of scripts": "<script>x = '999' + ' 000 ' + '0018'</script>",
    "a template": "<template>999 000 0018</template>",
    "without scripts": "<noscript>999 000 0018</noscript>",
    "a data URI": "<a href='data:text/plain;base64,TkhTIDk5OSAwMDAgMDAxOA=='>a</a>",
    "a data URI in UTF-16": f"<a href='data:text/plain;charset=utf-16;base64,{_UTF16}'>a</a>",
    "SVG": "<svg><text>999 <tspan>000 0018</tspan></text></svg>",
    "a file that a script makes": "<script>save(new Blob([atob('TkhTIDk5OSAwMDAgMDAxOA==')]))</script>",
    "cells of one digit each": "<table><tr>" + "".join(f"<td>{n}" for n in "9990000018") + "</table>",
    "after the end": "</body></html><p>999 000 0018",
    "a frame": "<iframe srcdoc='&lt;b>999 000 0018&lt;/b>'></iframe>",
}


@pytest.mark.parametrize("place", PLACES)
def test_every_hiding_place_is_looked_into(place: str) -> None:
    """E26 to E28: a number in any of them is found by the detectors."""
    parts = inspector().inspect(entity(f"NHS {PLACES[place]}".encode(), "Content-Type: text/html")).parts
    assert "NHS_NUMBER" in {finding.type for part in parts for finding in part.findings}


@pytest.mark.parametrize(
    "markup",
    [
        "<p class='c1' style='color: red' width=9 lang=en>a</p>",
        "<style>p { panose-1: 2 11 6 4 }</style>a",
        "<style>li { list-style: none; list-style-type: square; font-family: 'Segoe UI' }</style>a",
        "a",
    ],
)
def test_appearance_is_not_text(markup: str) -> None:
    """Style sheets and layout attributes give no node of their own."""
    assert [node.name for node in nodes(markup)] == ["a.html"]


@pytest.mark.parametrize(
    "uri",
    [
        "data:text/plain,999%20000%200018",
        "data:text/plain;base64," + base64.b64encode(b"999 000 0018").decode(),
        "data:,999 000 0018",
    ],
)
@pytest.mark.parametrize(
    "markup",
    [
        "<a href='{}'>a</a>",
        "<p style='background: url(\"{}\")'>a</p>",
        "<style>p:before {{ content: url({}) }}</style>a",
        "<style>li {{ list-style: url('{}') }}</style>a",
    ],
)
def test_files_in_uris_are_opened(markup: str, uri: str) -> None:
    """A data: URI is a file of its own."""
    found = {node.name: node.text for node in nodes(markup.format(uri))}
    assert found["a.html › data URI"] == "999 000 0018"


def test_a_file_that_is_none_leaves_the_page_readable() -> None:
    """Base64 of a length that there cannot be makes no file in any browser."""
    found = nodes("<img src='data:image/gif;base64,[base64'><p>999 000 0018</p>")
    assert [node.text.strip() for node in found if node.name == "a.html"] == ["999 000 0018"]


@pytest.mark.parametrize(
    "markup",
    [
        "<a href='mailto:a@b.example?subject=NHS%20999%20000%200018'>a</a>",
        "<script>save(atob('TkhTIDk5OSAwMDAgMDAxOA=='))</script>",
        "<p>TkhTIDk5OSAwMDAgMDAxOA==</p>",
        "<script>String.fromCharCode(57,57,57,32,48,48,48,32,48,48,49,56)</script>",
    ],
)
def test_other_letters_are_decoded(markup: str) -> None:
    """What is written into a page in base64, percent signs or character codes is read."""
    assert any("999 000 0018" in node.text for node in nodes(markup))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<meta charset=windows-1252><p>caf\xe9".encode("cp1252"), "café"),
        ("<p>café".encode("utf-16"), "café"),
        (b"<meta charset=utf-7><p>+ADk-99", "999"),
    ],
)
def test_honours_the_charset_in_the_markup(data: bytes, text: str) -> None:
    """What a browser would decode by a meta element is decoded so."""
    assert text in nodes(data)[0].text


@pytest.mark.parametrize("tag", ["div", "b", "span", "table><tr><td", "ul><li", "x"])
def test_deep_nesting_is_refused_before_parsing(tag: str) -> None:
    """Elements nested past the limit are not parsed, and not clean."""
    (node,) = nodes(f"<{tag}>" * 100_000)
    assert (node.state, node.reason) == (State.UNSCANNABLE, "HTML elements nested too deep")


@pytest.mark.parametrize(
    "markup",
    [
        f"<iframe srcdoc='{'&lt;div>' * 100_000}'></iframe>",
        f"<!--[if mso]>{'<div>' * 100_000}<![endif]-->",
        "<div>" * 1000 + "<b></b>" * 100_000,
    ],
)
def test_deep_nesting_within_is_refused_too(markup: str) -> None:
    """So is a page in a page, and one that is less deep and very long."""
    assert State.UNSCANNABLE in {node.state for node in nodes(markup)}


def test_shapes_that_word_leaves_open_are_read() -> None:
    """Some thousands of elements without an end tag are no harm."""
    assert nodes("<v:shape id=a><img src='cid:a'>" * 3000 + "999 000 0018")[0].text == "999 000 0018"


@pytest.mark.parametrize("markup", ["<p>a" * 2000, "<br>" * 2000, "<div>a</div>" * 2000, "<td>" * 2000])
def test_long_is_not_deep(markup: str) -> None:
    """Elements beside each other do not count as nested, closed or not."""
    assert nodes(markup + "x")[0].state is State.CLEAN


def test_a_picture_alone_is_empty_text() -> None:
    """Markup that shows no text is proved to."""
    assert [(node.state, node.reason) for node in nodes("<div><br></div>")] == [
        (State.EMPTY, "markup without text")
    ]


@pytest.mark.parametrize(
    ("opening", "html"),
    [
        ("<!DOCTYPE html>", True),
        ("\ufeff \n<html>", True),
        ("<?xml version='1.0'?><!-- a --><html>", True),
        ("<p>a", True),
        ("<svg width=1>", True),
        ("Dear Ann, <b>hello</b>", False),
        ("<ann@practice.example>", False),
        ("<?xml version='1.0'?><note/>", False),
        ("<!-- " * 1000, False),
        ("", False),
    ],
)
def test_knows_html_by_its_first_tag(opening: str, html: bool) -> None:
    """What a browser would sniff as HTML is taken for it, and mail with brackets is not."""
    assert looks_like_html(opening) is html


@given(st.text(alphabet="<>/!-abdivtp =\"'&;#x3[]\n\0", max_size=300))
def test_any_markup_ends_with_a_state(markup: str) -> None:
    """No markup makes the reader fail, and none is clean without text."""
    found = nodes(markup or "a")
    assert found
    assert all(node.text.strip() or node.state is not State.CLEAN for node in found)


@pytest.mark.parametrize("piece", ["url(", "content:url(", "/* ", "--a: '", "rtl ", "bidi-override "])
def test_what_a_style_sheet_never_ends_takes_no_longer_than_its_length(piece: str) -> None:
    """A pattern that looked for the end at every beginning would take minutes."""
    styles = piece * (500_000 // len(piece))
    for page in (f"<style>{styles}</style><p>words", f'<p style="{styles}">words'):
        assert nodes(page.encode())[0].text.strip() == "words"
