from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from gateway.extract import archives
from gateway.extract.node import Limits
from gateway.mail import State, Trait
from tests.gateway.extract.archive_files import LETTER
from tests.gateway.extract.reading import nodes, reasons, texts

pytestmark = pytest.mark.skipif(not archives.is_available(), reason="libarchive is not installed")

TEXT = LETTER.decode()


def tar(*members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def cpio(name: str, data: bytes) -> bytes:
    """The portable format with checksums left out (070701), and its trailer."""
    out = b""
    for inode, (path, content) in enumerate([(name, data), ("TRAILER!!!", b"")], 1):
        mode = 0o100644 if content else 0
        numbers = (inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % number for number in numbers) + path.encode() + b"\0"
        out += head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)
    return out


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (tar(("letter.txt", LETTER)), "tar"),
        (tar(("letter.txt", LETTER), form=tarfile.USTAR_FORMAT), "tar"),
        (tar(("letter.txt", LETTER), form=tarfile.GNU_FORMAT), "tar"),
        (tar(("letter.txt", LETTER), form=tarfile.USTAR_FORMAT).replace(b"ustar\x0000", bytes(8)), "cut"),
        (cpio("letter.txt", LETTER), "cpio"),
    ],
)
def test_members_and_their_names_are_read(data: bytes, suffix: str) -> None:
    """Every member is a file of its own, and the names of all are text."""
    found = nodes(data, f"a.{suffix}")
    if suffix == "cut":  # no signature, and a checksum that is no longer right
        assert reasons(found) == {"a.cut": "unsupported type application/octet-stream"}
        return
    assert texts(found) == {f"a.{suffix} › letter.txt": TEXT, f"a.{suffix} › file names": "letter.txt"}
    assert not reasons(found)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (tar(("a.txt", LETTER), ("b.txt", LETTER))[:1300], "a damaged archive"),
        (tar(("b.txt", b"b")) + tar(("a.txt", LETTER)), "octets after the end of an archive"),
        (tar(("../a.txt", LETTER)), "a member whose name leads out of the archive"),
        (tar(("/etc/a.txt", LETTER)), "a member whose name leads out of the archive"),
    ],
)
def test_what_is_read_and_not_all_of_it(data: bytes, reason: str) -> None:
    """What can be read goes to the detectors, and the archive is unscannable all the same."""
    found = nodes(data)
    assert TEXT in texts(found).values()
    assert reason in reasons(found).values()


def test_a_bomb_ends_within_the_limits() -> None:
    """A member larger than may be unfolded ends the reading (E38)."""
    found = nodes(tar(("a.txt", bytes(5_000_000))), limits=Limits(member_octets=1_000_000))
    assert reasons(found) == {"a": "more content than may be unfolded"}


def test_without_the_library_nothing_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where libarchive is not installed, archives are unscannable, and say why."""
    monkeypatch.setattr(archives, "libarchive", None)
    assert reasons(nodes(tar(("a.txt", LETTER)))) == {
        "a": "an archive, and libarchive is not here to read it"
    }


ISO_MAKER = shutil.which("genisoimage") or shutil.which("xorrisofs")


@pytest.mark.skipif(ISO_MAKER is None, reason="nothing here makes disk images")
def test_disk_images_are_read_and_told(tmp_path: Path) -> None:
    """The files of a disk image are read, and the image is known for one."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "letter.txt").write_bytes(LETTER)
    assert ISO_MAKER
    subprocess.run([ISO_MAKER, "-quiet", "-J", "-o", tmp_path / "a.iso", tmp_path / "in"], check=True)
    found = nodes((tmp_path / "a.iso").read_bytes(), "a.iso")
    assert TEXT in texts(found).values()
    assert any(Trait.EXECUTABLE in node.traits for node in found)
    assert all(node.state is not State.ENCRYPTED for node in found)
