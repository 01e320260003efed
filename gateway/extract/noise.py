"""Whether octets look encrypted. To say so is to let them go: what can be read in any simple way is not."""

from __future__ import annotations

import zlib

from gateway.extract import charset, types

_SAMPLE = 64 * 1024
_TELLING = 16
"""Octets; of fewer nothing can be said, and no identifier with its context fits into them."""
_PROOF = 512
"""Octets that no inflater makes of encrypted ones."""


def is_noise(data: bytes) -> bool:
    """Whether they are neither text, nor of a known type, nor compressed, nor can be."""
    sample = data[:_SAMPLE]
    if len(sample) < _TELLING:
        return True
    incompressible = len(zlib.compress(sample)) * 20 >= len(sample) * 19  # salts may be repeated
    return incompressible and not (shows_something(sample) or inflates(sample))


def shows_something(data: bytes) -> bool:
    """Whether they are text, or of a type that can be told."""
    printable = sum(0x20 <= octet < 0x7F for octet in data)
    text = printable * 10 > len(data) * 8 or (len(data) >= 8 * _TELLING and charset.is_text(data))
    known = types.true_type(data)
    return text or not known.startswith((types.UNKNOWN, "text/", "message/"))


def inflates(data: bytes) -> bool:
    """Whether they begin with a deflated stream (RFC 1951, RFC 1950); a few octets come out of anything."""
    for window_bits in (-zlib.MAX_WBITS, zlib.MAX_WBITS):
        try:
            if len(zlib.decompressobj(window_bits).decompress(data, _PROOF)) == _PROOF:
                return True
        except zlib.error:
            continue
    return False
