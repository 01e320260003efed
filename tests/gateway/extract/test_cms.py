from __future__ import annotations

import datetime
from functools import cache

import pytest
from asn1crypto import cms  # type: ignore[import-untyped]  # ships no types
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7EnvelopeBuilder,
    PKCS7Options,
    PKCS7SignatureBuilder,
)
from cryptography.x509.oid import NameOID

from gateway.mail import State
from tests.gateway.extract.archive_files import LETTER
from tests.gateway.extract.files import NOISE, attachment, entity, multipart
from tests.gateway.extract.reading import nodes, reasons, texts

MAIL = entity(LETTER, "Content-Type: text/plain")
TEXT = LETTER.decode()
PROOF = "S/MIME: opens with the key of a recipient only"


@cache
def identity() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ann of the Example Practice")])
    begin = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + datetime.timedelta(9))
    return key, builder.sign(key, SHA256())


def enveloped() -> bytes:
    builder = PKCS7EnvelopeBuilder().set_data(MAIL * 10).add_recipient(identity()[1])
    return builder.encrypt(Encoding.DER, [PKCS7Options.Binary])


def signed(*options: PKCS7Options) -> bytes:
    key, certificate = identity()
    builder = PKCS7SignatureBuilder().set_data(MAIL).add_signer(certificate, key, SHA256())
    return builder.sign(Encoding.DER, [PKCS7Options.Binary, *options])


def forged(content: bytes) -> bytes:
    """An envelope around whatever somebody puts into it."""
    info = cms.ContentInfo.load(enveloped())
    info["content"]["encrypted_content_info"]["encrypted_content"] = content
    return bytes(info.dump(force=True))


def to_nobody() -> bytes:
    info = cms.ContentInfo.load(enveloped())
    info["content"]["recipient_infos"] = []
    return bytes(info.dump(force=True))


def test_what_is_enveloped_is_encrypted() -> None:
    """Enveloped for a recipient, with noise for content: nobody else can open it."""
    assert reasons(nodes(enveloped(), "smime.p7m"), State.ENCRYPTED) == {"smime.p7m": PROOF}


def test_what_is_merely_signed_is_read() -> None:
    """An opaque signature hides nothing, whatever the file is called (E43)."""
    found = nodes(signed(), "smime.p7m")
    assert texts(found)["smime.p7m › content › body"] == TEXT
    assert not reasons(found, State.ENCRYPTED)


def test_a_signature_by_itself_has_words() -> None:
    """The file that accompanies signed mail is no obstacle: what words are in it are text."""
    found = nodes(signed(PKCS7Options.DetachedSignature), "smime.p7s")
    assert [*texts(found)] == ["smime.p7s › signature"]
    assert "Ann of the Example Practice" in found[0].text
    assert not reasons(found)


def test_a_signed_message_with_its_signature_beside_it_is_read_in_full() -> None:
    """multipart/signed, as mail clients write it, is neither held nor misread (RFC 8551 section 3.5.3)."""
    message = multipart(MAIL, attachment(signed(PKCS7Options.DetachedSignature), "smime.p7s"), kind="signed")
    found = nodes(message, "a.eml")
    assert TEXT in texts(found).values()
    assert not reasons(found)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (forged(LETTER * 20), "says that it is encrypted, but is not"),
        (forged(b""), "says that it is encrypted, but is not"),
        (to_nobody(), "encrypted in a way that does not protect"),
        (enveloped()[:-9], "damaged S/MIME"),
        (enveloped() + LETTER, "damaged S/MIME"),
        (enveloped()[:26] + NOISE, "damaged S/MIME"),
    ],
)
def test_what_is_not_proved_is_not_encrypted(data: bytes, reason: str) -> None:
    """Envelopes around readable content, without recipients, or damaged, prove nothing (E46)."""
    found = nodes(data, "smime.p7m")
    assert reasons(found) == {"smime.p7m": reason}
    assert not reasons(found, State.ENCRYPTED)
