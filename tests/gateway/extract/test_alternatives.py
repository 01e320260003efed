from __future__ import annotations

import pytest

from gateway.extract.alternatives import differ
from gateway.extract.message import read_message
from gateway.extract.node import Limits
from gateway.mail import Trait
from tests.gateway.extract.files import attachment, entity, multipart

LETTER = (
    "Dear Ann,\r\n\r\nthank you for the minutes of the meeting; our next one is on Tuesday at ten in the "
    "large room. Please bring the figures for March.\r\n\r\nKind regards\r\nReception, 020 7946 0123\r\n"
)
MARKUP = "<style>p {color: red}</style>" + "".join(f"<p>{line}</p>" for line in LETTER.split("\r\n\r\n"))


@pytest.mark.parametrize(
    ("plain", "markup"),
    [
        (LETTER, MARKUP),
        (LETTER.replace(" ", "\r\n"), MARKUP),
        (f"{LETTER}<https://practice.example/?id=1234567890>", MARKUP),
        (LETTER, MARKUP.replace("020 7946 0123", "020 7946&#32;0123")),
        (LETTER, f"{MARKUP}<img src='cid:logo' alt='the practice'><a href='tel:02079460123'>ring us</a>"),
        (LETTER, f"{MARKUP}<p>This footer the mail system has added.</p>"),
        ("", "<p></p>"),
        ("Yes.", "<p>No.</p>"),
    ],
)
def test_the_same_in_another_form_does_not_differ(plain: str, markup: str) -> None:
    """Line ends, links, pictures, footers and very short bodies make no difference in substance."""
    assert not differ(plain, markup)


@pytest.mark.parametrize(
    ("plain", "markup"),
    [
        (LETTER, MARKUP.replace("020 7946 0123", "020 7946 0999")),
        (LETTER, f"{MARKUP}<p>9990000018</p>"),
        (f"{LETTER} 999 000 0018", MARKUP),
        (LETTER, "<p>Mrs Doe was admitted yesterday with chest pain and shortness of breath on exertion"),
        (
            "Your program cannot show this message, please open it in another program for electronic mail",
            MARKUP,
        ),
    ],
)
def test_other_words_or_numbers_differ(plain: str, markup: str) -> None:
    """A long number in one alone, or mostly other words."""
    assert differ(plain, markup)


def test_only_alternatives_are_compared() -> None:
    """A body and another part may well say different things."""
    other = entity(b"<p>Words of its own, and many of them, such as these here.", "Content-Type: text/html")
    plain = entity(LETTER.encode(), "Content-Type: text/plain")
    _, nodes = read_message(multipart(plain, other, kind="mixed"), Limits())
    assert {node.traits for node in nodes} == {()}


def test_html_that_differs_bears_the_trait() -> None:
    """Also where it stands in a multipart of its own, and is encoded."""
    html = entity(
        b"<p>Mrs Doe was admitted yesterday with chest pain and shortness of breath, n=C2=B0 12345678",
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
    )
    plain = entity(LETTER.encode(), "Content-Type: text/plain")
    content = multipart(plain, multipart(html, kind="related", boundary="r"), kind="alternative")
    _, nodes = read_message(content, Limits())
    assert [(node.name, node.traits) for node in nodes] == [("body", ()), ("body (html)", (Trait.DIFFERING,))]
    assert "n° 12345678" in nodes[1].text


def test_html_around_an_attached_file_is_one_text() -> None:
    """Where a client cuts the HTML for an attachment, the pieces together say what the plain text says."""
    first, second = MARKUP[: len(MARKUP) // 2], MARKUP[len(MARKUP) // 2 :]
    pieces = [entity(piece.encode(), "Content-Type: text/html") for piece in (first, second)]
    file = attachment(b"Other words, and a number: 12345678", "note.txt", "text/plain")
    around = multipart(pieces[0], file, pieces[1], boundary="r")
    content = multipart(entity(LETTER.encode(), "Content-Type: text/plain"), around, kind="alternative")
    _, nodes = read_message(content, Limits())
    assert {node.traits for node in nodes} == {()}
