"""What an operator adds to the detectors is heard by the gate that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import next_hop
from tests.journeys.house import house, letter

LETTER = letter(b"For Mrs Jane Doe: zorbulexone, two boxes.\r\n")


@pytest.mark.parametrize(("lists", "held"), [("", False), ("lists", True)])
async def test_a_term_of_the_operator_s_list_makes_a_patient(tmp_path: Path, lists: str, held: bool) -> None:
    """Somebody named with a medicine that only the operator's list knows is held, and passes without it."""
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "drugs.txt").write_text("zorbulexone\n", encoding="utf-8")
    inspection = {"lexicons": tmp_path / lists} if lists else {}

    async with next_hop() as hop, house(tmp_path, hop.port, inspection=inspection) as gate:
        reply = await gate.send(LETTER)
        kept = await gate.kept("held")

    assert reply.code == 250
    assert bool(kept) is held
    assert (LETTER.splitlines()[-1] in b"".join(one.content for one in hop.arrived)) is not held
