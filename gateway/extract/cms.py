"""S/MIME and other signed or enveloped data (RFC 5652, RFC 8551).

What is enveloped needs a key, and is encrypted; what is merely signed or compressed is
unwrapped. A signature by itself holds certificates, whose words are text.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from asn1crypto import cms  # type: ignore[import-untyped]  # ships no types

from gateway.extract.members import TOO_LARGE
from gateway.extract.node import Limits, Node
from gateway.extract.noise import is_noise
from gateway.extract.source import Found, Source, Unreadable

_PROTECTING = re.compile(r"aes(?:128|192|256)_(?:cbc|gcm|ccm)|tripledes_3key")
"""AES (RFC 3565, RFC 5084) and triple DES (RFC 8551 section 2.7); RC2 with its short keys is not."""
_INSIDE = {
    "enveloped_data": "encrypted_content_info",
    "authenticated_enveloped_data": "auth_encrypted_content_info",
    "signed_data": "encap_content_info",
    "compressed_data": "encap_content_info",
}
_WORDS = re.compile(rb"(?:[\x20-\x7e]|[\xc3-\xc5][\x80-\xbf]){8,}")


def read(source: Source, limits: Limits) -> Iterator[Found]:
    try:
        info = cms.ContentInfo.load(source.data, strict=True)
        kind = info["content_type"].native
        if kind not in _INSIDE:
            raise Unreadable("a kind of S/MIME that mail clients do not send")
        inside = info["content"][_INSIDE[kind]]
        if kind.endswith("enveloped_data"):
            yield _enveloped(source, inside, len(info["content"]["recipient_infos"]))
            return
        content = inside["content"].native
        if kind == "compressed_data":
            content = _inflated(content, limits)
    except (ValueError, TypeError, KeyError, zlib.error) as error:
        raise Unreadable("damaged S/MIME") from error
    words = b"\n".join(_WORDS.findall(source.data.replace(content or b"", b"")))
    yield source.text(words.decode("utf-8", "replace"), "signature", empty="a signature without words")
    if content:
        yield Source(source.within("content"), content)


def _enveloped(source: Source, inside: cms.EncryptedContentInfo, recipients: int) -> Node:
    """Encrypted for somebody, by a cipher that protects, with noise for content."""
    cipher = inside["content_encryption_algorithm"]["algorithm"].native
    if not recipients or not _PROTECTING.fullmatch(cipher):
        raise Unreadable("encrypted in a way that does not protect")
    content = inside["encrypted_content"].native
    if not content or not is_noise(content):
        raise Unreadable("says that it is encrypted, but is not")
    return source.encrypted("S/MIME: opens with the key of a recipient only")


def _inflated(content: bytes, limits: Limits) -> bytes:
    """RFC 3274."""
    inflater = zlib.decompressobj()
    inflated = inflater.decompress(content, limits.member_octets)
    if not inflater.eof:
        raise Unreadable(TOO_LARGE)
    return inflated
