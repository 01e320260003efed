"""What fuzzing has found: each finding once, as small as it goes."""

from __future__ import annotations

import struct

from gateway.extract.files import read_file
from gateway.extract.node import Limits
from gateway.mail import State
from tests.gateway.extract.compound_files import compound


def test_a_storage_that_stands_in_itself() -> None:
    """A compound file whose storage is its own child is unscannable, not an endless descent."""
    data = bytearray(compound({"WordDocument": b"words"}))
    entry = data.index("WordDocument".encode("utf-16-le"))
    data[entry + 66] = 1  # a storage ([MS-CFB] section 2.6.1), its child being entry 1: itself
    data[entry + 76 : entry + 80] = struct.pack("<I", 1)

    nodes = read_file(bytes(data), "letter.doc", "", Limits())

    assert {node.state for node in nodes} == {State.UNSCANNABLE}
