from __future__ import annotations

import base64
import io
import struct
import tarfile
from collections.abc import Mapping

import pytest

from gateway.extract import archives
from gateway.extract.members import leads_out
from gateway.extract.node import Limits
from gateway.mail import Trait
from tests.gateway.extract.archive_files import LETTER, rar
from tests.gateway.extract.files import NOISE
from tests.gateway.extract.reading import nodes, reasons, texts

if not archives.is_available():
    pytest.skip("libarchive is not installed", allow_module_level=True)

import libarchive  # type: ignore[import-untyped]

TEXT = LETTER.decode()
NOTE = base64.b64encode(LETTER).decode()


def tar(*members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def before_posix(archive: bytes) -> bytes:
    """The same archive without the signature that POSIX brought, and its checksum mended."""
    header = archive[:257].ljust(512, b"\0")
    total = sum(header[:148]) + 8 * ord(" ") + sum(header[156:])
    return header[:148] + b"%06o\0 " % total + header[156:] + archive[512:]


def cpio(name: str, data: bytes) -> bytes:
    """The portable format with checksums left out (070701), and its trailer."""
    out = b""
    for inode, (path, content) in enumerate([(name, data), ("TRAILER!!!", b"")], 1):
        mode = 0o100644 if content else 0
        numbers = (inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % number for number in numbers) + path.encode() + b"\0"
        out += head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)
    return out


def cab(name: str, data: bytes) -> bytes:
    """A cabinet of one stored file ([MS-CAB] section 2); a checksum of zero is none."""
    file = struct.pack("<IIHHHH", len(data), 0, 0, 0, 0, 0x20) + name.encode() + b"\0"
    block = struct.pack("<IHH", 0, len(data), len(data)) + data
    header = struct.pack("<IIIIIBBHHHHH", 0, 44 + len(file) + len(block), 0, 44, 0, 3, 1, 1, 1, 0, 0, 0)
    return b"MSCF" + header + struct.pack("<IHH", 44 + len(file), 1, 0) + file + block


def ar(name: str, data: bytes) -> bytes:
    """With a member that is no text, so that the whole is none."""
    members = ((name, data), ("noise/", NOISE))
    return b"!<arch>\n" + b"".join(
        f"{path:16}0           0     0     100644  {len(content):<10}`\n".encode() + content
        for path, content in members
    )


def iso(name: str, data: bytes) -> bytes:
    """A disk image as libarchive writes it."""
    pieces: list[bytes] = []

    def write(piece: bytes) -> int:
        pieces.append(bytes(piece))
        return len(piece)

    with libarchive.custom_writer(write, "iso9660") as archive:
        archive.add_file_from_memory(name, len(data), data)
    return b"".join(pieces)


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (tar(("letter.txt", LETTER)), "tar"),
        (tar(("letter.txt", LETTER), form=tarfile.USTAR_FORMAT), "tar"),
        (tar(("letter.txt", LETTER), form=tarfile.GNU_FORMAT), "tar"),
        (before_posix(tar(("letter.txt", LETTER), form=tarfile.USTAR_FORMAT)), "tar"),
        (cpio("letter.txt", LETTER), "cpio"),
        (cab("letter.txt", LETTER), "cab"),
        (ar("letter.txt/", LETTER), "a"),
    ],
)
def test_members_and_their_names_are_read(data: bytes, suffix: str) -> None:
    """Every member is a file of its own, and the names of all are text."""
    found = nodes(data, f"a.{suffix}")
    assert texts(found)[f"a.{suffix} › letter.txt"] == TEXT
    assert texts(found)[f"a.{suffix} › file names"].startswith("letter.txt")
    assert {*reasons(found)} <= {"a.a › noise"}


def noting(
    form: int = tarfile.PAX_FORMAT,
    records: Mapping[str, str] | None = None,
    of_all: Mapping[str, str] | None = None,
    **fields: str | bytes,
) -> bytes:
    """An archive of one empty file, and what is noted beside it or beside all."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form, pax_headers=of_all) as archive:
        info = tarfile.TarInfo("a.txt")
        info.pax_headers = dict(records or {})
        for name, value in fields.items():
            setattr(info, name, value)
        archive.addfile(info)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (noting(of_all={"comment": TEXT}), "properties"),
        (noting(records={"comment": TEXT}), "properties"),
        (noting(records={"LIBARCHIVE.xattr.user.note": NOTE}), "properties › base64"),
        (noting(uname=TEXT[:40]), "properties"),
        (noting(gname=TEXT[:40]), "properties"),
        (noting(type=tarfile.SYMTYPE, linkname=TEXT), "a.txt"),
        (noting(type=tarfile.LNKTYPE, linkname=TEXT), "a.txt"),
        (noting(tarfile.GNU_FORMAT, type=tarfile.SYMTYPE, linkname=TEXT), "a.txt"),
        (noting(tarfile.GNU_FORMAT, linkname=TEXT[:40]), "properties"),
        (noting(tarfile.GNU_FORMAT, type=b"V", name=TEXT[:40]), "properties"),
    ],
)
def test_what_is_noted_beside_members_is_read(data: bytes, place: str) -> None:
    """Comments, owners, attributes, and the paths that links lead to."""
    assert "999 000 0018" in texts(nodes(data))[f"a › {place}"]
    assert {*reasons(nodes(data))} <= {"a › file names"}  # a label is no member


def test_what_is_noted_beside_ordinary_members_is_nothing() -> None:
    """Times and sizes have no words."""
    assert [*texts(nodes(noting(records={"mtime": "1.5", "atime": "2.5"})))] == ["a › file names"]


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


def test_disk_images_are_read_and_told() -> None:
    """The files of a disk image are read, and the image is known for one."""
    found = nodes(iso("letter.txt", LETTER), "a.iso")
    assert texts(found)["a.iso › letter.txt"] == TEXT
    assert not reasons(found)
    assert any(Trait.EXECUTABLE in node.traits for node in found)


def test_folders_of_rar_archives_hold_nothing_of_their_own() -> None:
    """libarchive calls it damage when somebody reads a folder."""
    data = rar([("a/", b""), ("a/b.txt", b"words")])
    assert list(archives.members(data, "rar5", Limits())) == [("a/", None), ("a/b.txt", b"words")]


def test_a_table_of_symbols_leads_nowhere() -> None:
    """ar calls it by a slash alone."""
    assert "structure" not in " ".join(reasons(nodes(ar("/", b"Jane Doe"))))
    assert not leads_out("//")
    assert leads_out("/etc/a.txt")
    assert leads_out("a\nb.txt")
    assert not leads_out("a\tb.txt")
