"""What a folder of files is counted as, and through which doors."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.attachments import Outcome, Peer, measure, percentile, summarise
from gateway.mail import State
from tests.gateway.extract.files import docx, paragraph, protected_pdf

_PEER = """
import json, sys
for line in sys.stdin:
    name = line.strip()
    if name.endswith("crash"):
        sys.exit(1)
    error = "Bad" if name.endswith("error") else ""
    print(json.dumps({"text": "four words of Ann", "error": error}), flush=True)
"""

LETTERS = 20
"""Linux counts CPU time in hundredths of a second: one letter may take none."""


async def test_every_file_is_read_by_a_worker(tmp_path: Path) -> None:
    """Text, encrypted, empty and unscannable files are told apart, by what real workers say of them."""
    letter = docx(paragraph("Dear Ann"))
    contents = {
        **{f"letter {number}.docx": letter for number in range(LETTERS)},
        "locked.pdf": protected_pdf("user", "owner", "words"),
        "blank.txt": b"  \r\n",
        "data": bytes(range(256)),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)

    outcomes, cpu = await measure(sorted(tmp_path.iterdir()), deadline=20, peer=None)

    formats = {one.name: one for one in summarise(outcomes)}
    assert {name: one.files for name, one in formats.items()} == {
        ".docx": LETTERS,
        ".pdf": 1,
        ".txt": 1,
        "(none)": 1,
    }
    assert (formats[".docx"].text, formats[".docx"].unscannable) == (LETTERS, 0)
    assert (formats[".pdf"].encrypted, formats[".txt"].empty, formats["(none)"].unscannable) == (1, 1, 1)
    assert all(one.deaths == 0 and 0 < one.p50 <= one.p95 <= one.longest for one in formats.values())
    assert cpu > 0


async def test_a_peer_is_asked_about_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer's text, errors and crashes are counted beside ours; its words that we have are a share."""
    script = tmp_path / "peer.py"
    script.write_text(_PEER, encoding="utf-8")
    monkeypatch.setattr("benchmarks.attachments._PEER", script)
    files = []
    for name in ("a.text", "b.error", "c.crash", "d.text"):
        files.append(tmp_path / name)
        files[-1].write_bytes(b"four words by Bob")

    outcomes, _ = await measure(files, 20, Peer(sys.executable, 20))
    formats = {one.name: one for one in summarise(outcomes)}

    assert {name: one.peer for name, one in formats.items()} == {
        ".text": {"text": 2},
        ".error": {"error": 1},
        ".crash": {"error": 1},
    }
    assert formats[".text"].recall == pytest.approx(0.5)
    assert formats[".error"].recall is None


def test_a_file_counts_wherever_a_part_of_it_does() -> None:
    """A file with text and a locked file in it is both; only one that is empty throughout is empty."""
    mixed = frozenset({State.CLEAN, State.ENCRYPTED, State.EMPTY})
    (only,) = summarise([Outcome(".pdf", mixed, frozenset(), 5.0, died=False)])

    assert (only.text, only.encrypted, only.empty, only.unscannable) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("percent", "value"), [(50, 5.0), (95, 10.0), (90, 9.0), (91, 10.0), (100, 10.0), (1, 1.0)]
)
def test_a_percentile_is_a_value_that_was_measured(percent: int, value: float) -> None:
    """The least value that so many percent do not exceed."""
    assert percentile([float(number) for number in range(1, 11)], percent) == value
