from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest

from gateway.policy.examples import LOCKED_PDF, Example, message


def parsed(**keys: object) -> EmailMessage:
    _, content = message(Example.model_validate({"to": ["a@mail.example"], **keys}))
    assert b"\n" not in content.replace(b"\r\n", b"")
    mail = message_from_bytes(content, policy=SMTP)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def test_everybody_is_in_the_envelope() -> None:
    """To, Cc and Bcc receive the message, each once, with domains as A-labels; Bcc is not shown."""
    example = Example.model_validate(
        {
            "from": "b@Practice.example",
            "to": ["a@mail.example"],
            "cc": ["dr@nhѕ.net", "a@mail.example"],
            "bcc": ["c@mail.example"],
        }
    )
    envelope, content = message(example)
    assert envelope.mail_from == "b@practice.example"
    assert envelope.recipients == ("a@mail.example", "dr@xn--nh-foc.net", "c@mail.example")
    assert b"c@mail.example" not in content


def test_a_long_list_stays_one_field() -> None:
    """However many recipients, To is one field that reads as all of them."""
    addresses = [f"patient{number}@mail.example" for number in range(60)]
    assert [one.addr_spec for one in parsed(to=addresses)["To"].addresses] == addresses


def test_a_defective_field_stays_defective() -> None:
    """A To field given as written reaches the message octet for octet."""
    _, content = message(
        Example.model_validate({"to": ["a@mail.example"], "to_field": "b@nhs.net)<a@mail.example>"})
    )
    assert content.startswith(b"To: b@nhs.net)<a@mail.example>\r\n")


def test_text_and_subject_arrive() -> None:
    """Subject and text hold what the example says, in any script."""
    mail = parsed(subject="Überweisung", text="Zoë\nŁukasz")
    body = mail.get_body()
    assert mail["Subject"] == "Überweisung"
    assert body is not None
    assert body.get_content().split() == ["Zoë", "Łukasz"]


@pytest.mark.parametrize(
    ("attachment", "media_type"),
    [
        ({"name": "a.txt", "text": "x"}, "text/plain"),
        ({"name": "a.csv", "text": "x,y"}, "text/csv"),
        ({"name": "a.pdf", "state": "encrypted"}, "application/pdf"),
        ({"name": "a.dat", "state": "unscannable"}, "application/octet-stream"),
        ({"name": "a.png", "picture": 3000}, "image/png"),
    ],
)
def test_attachments_carry_name_and_type(attachment: dict[str, object], media_type: str) -> None:
    """Each kind of attachment becomes a part with its name and media type."""
    (part,) = parsed(attachments=[attachment]).iter_attachments()
    assert part.get_filename() == attachment["name"]
    assert part.get_content_type() == media_type


@pytest.mark.parametrize("octets", [100, 8_000, 51_200, 400_000])
def test_a_picture_has_about_its_size(octets: int) -> None:
    """A picture is a PNG of the size asked for, to within its frame."""
    (part,) = parsed(attachments=[{"name": "a.png", "picture": octets}]).iter_attachments()
    content = part.get_content()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert abs(len(content) - octets) < 200


def test_the_locked_pdf_needs_its_password() -> None:
    """The encrypted attachment truly cannot be opened without its password."""
    with pytest.raises(pypdfium2.PdfiumError, match="password"):
        pypdfium2.PdfDocument(LOCKED_PDF)
    with pypdfium2.PdfDocument(LOCKED_PDF, password="Surgery2026") as document:
        assert len(document) == 1
