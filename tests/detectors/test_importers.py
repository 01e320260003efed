"""Word lists from dm+d and SNOMED CT files, in small files of their form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from detectors import lexicons
from detectors.lexicons import phrases
from detectors.lexicons.importers import import_file

DMD = """<?xml version="1.0" encoding="utf-8"?>
<VIRTUAL_THERAPEUTIC_MOIETIES>
<VTM><VTMID>1</VTMID><NM>Zorbulexone</NM></VTM>
<VTM><VTMID>2</VTMID><INVALID>1</INVALID><NM>Oldomycin</NM></VTM>
<VTM><VTMID>3</VTMID><NM>Grace</NM></VTM>
</VIRTUAL_THERAPEUTIC_MOIETIES>
"""
VMP = """<VMPS><VMP><VPID>1</VPID><NM>Zorbulexone sodium 500mg tablets</NM></VMP></VMPS>"""
AMP = """<AMPS><AMP><APID>1</APID><NM>Zorbulin 500mg tablets</NM></AMP></AMPS>"""
HEADINGS = (
    "id",
    "effectiveTime",
    "active",
    "moduleId",
    "conceptId",
    "languageCode",
    "typeId",
    "term",
    "case",
)
FSN, SYNONYM = "900000000000003001", "900000000000013009"


def rf2(*rows: tuple[str, str, str, str]) -> str:
    """A description file of (active, conceptId, typeId, term)."""
    lines = [
        [str(at), "20260101", row[0], "1", row[1], "en", row[2], row[3], "1"] for at, row in enumerate(rows)
    ]
    return "\r\n".join("\t".join(line) for line in [HEADINGS, *lines])


def imported(tmp_path: Path, name: str, content: str, into: str = "") -> dict[str, list[str]]:
    source = tmp_path / name
    source.write_text(content, encoding="utf-8")
    folder = tmp_path / "lists"
    import_file(source, folder, into)
    return {file.stem: file.read_text("utf-8").splitlines() for file in sorted(folder.iterdir())}


def test_medicines_come_without_strength_form_and_what_is_invalid(tmp_path: Path) -> None:
    """Moieties and products make one list; a word that is a name too is doubtful."""
    assert imported(tmp_path, "f_vtm2_1.xml", DMD) == {"drugs": ["grace?", "zorbulexone"]}
    assert imported(tmp_path, "f_vmp2_1.xml", VMP) == {
        "drugs": ["grace?", "zorbulexone", "zorbulexone sodium"]
    }
    assert "zorbulin" in imported(tmp_path, "f_amp2_1.xml", AMP)["drugs"]


def test_concepts_come_by_their_semantic_tag(tmp_path: Path) -> None:
    """Active synonyms of disorders and procedures, and nothing that is long or of another tag."""
    content = rf2(
        ("1", "11", FSN, "Blue knee syndrome (disorder)"),
        ("1", "11", SYNONYM, "Blue knee syndrome"),
        ("1", "11", SYNONYM, "Genu caeruleum"),
        ("0", "11", SYNONYM, "Azure knee"),
        ("1", "22", FSN, "Kneeplasty (procedure)"),
        ("1", "22", SYNONYM, "Kneeplasty"),
        ("1", "22", SYNONYM, "A very long way of saying that a knee was seen to"),
        ("1", "33", FSN, "Table (physical object)"),
        ("1", "33", SYNONYM, "Table"),
    )
    assert imported(tmp_path, "sct2_Description_Snapshot.txt", content) == {
        "diagnoses": ["blue knee syndrome", "genu caeruleum"],
        "procedures": ["kneeplasty"],
    }


def test_all_of_a_file_goes_where_it_is_said(tmp_path: Path) -> None:
    """With a list's name, tags that belong to none of ours count as well, and nothing else is written."""
    content = rf2(
        ("1", "11", FSN, "Blue knee syndrome (disorder)"),
        ("1", "11", SYNONYM, "Blue knee syndrome"),
        ("1", "22", FSN, "Genualgia mira (finding)"),
        ("1", "22", SYNONYM, "Genualgia mira"),
        ("0", "22", SYNONYM, "Genualgia prava"),
    )
    assert imported(tmp_path, "a.txt", content, "symptoms") == {
        "symptoms": ["blue knee syndrome", "genualgia mira"]
    }
    assert imported(tmp_path, "a.xml", VMP, "abbreviations")["abbreviations"] == ["zorbulexone sodium"]


@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        ("a.xml", "<A><B/></A>", "a.xml: holds no medicines"),
        ("a.xml", "<A>\n<VTM></A>", "a.xml:2: must be XML"),
        ("a.xml", "no xml", "a.xml:1: must be XML"),
        ("a.xml", "", "a.xml:1: must be XML"),
        ("a.txt", "", "a.txt:1: must be the heading"),
        ("a.txt", "hello\nworld\n", "a.txt:1: must be the heading"),
        ("a.zip", "PK\x03\x04", "a.zip:1: must be the heading"),
        ("a.txt", rf2(), "a.txt: holds no medicines"),
        ("a.txt", rf2(("1", "11", FSN, "Table (physical object)")), "a.txt: holds no medicines"),
        ("a.txt", rf2(("1", "11", FSN, "a" * 200_000)), "a.txt:2: must be a line"),
    ],
)
def test_another_file_is_refused_by_name(tmp_path: Path, name: str, content: str, wrong: str) -> None:
    """What is neither says so, with the line where that shows, and nothing is written."""
    with pytest.raises(ValueError, match=wrong):
        imported(tmp_path, name, content)
    assert not (tmp_path / "lists").exists()


@pytest.fixture
def own_folders(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever folder a test adds is forgotten after it."""
    monkeypatch.setattr(lexicons, "_folders", [lexicons.FOLDER])
    yield
    lexicons.words.cache_clear()
    lexicons.phrases.cache_clear()


@pytest.mark.usefixtures("own_folders")
def test_an_operator_s_lists_stand_beside_ours(tmp_path: Path) -> None:
    """After `use`, a list holds our words and those of the folder."""
    imported(tmp_path, "f_vtm2_1.xml", DMD)
    lexicons.use(tmp_path / "lists")
    assert {"zorbulexone", "metformin"} <= phrases("drugs").certain


@pytest.mark.usefixtures("own_folders")
@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        ("medicines.txt", "zorbulexone\n", r"medicines\.txt: must be the name of one of our lists: drugs"),
        ("titles.txt", "vicar\n", r"titles\.txt: must be the name"),
        ("notes.md", "zorbulexone\n", r"must hold lists such as drugs\.txt"),
        ("drugs.csv", "zorbulexone\n", r"drugs\.csv: must be called drugs\.txt"),
        ("drugs.txt", "zorbul\nzorbulexone, 5 mg\n", r"drugs\.txt:2: must be .* without accents, commas"),
        ("drugs.txt", '"zorbulexone"\n', r"drugs\.txt:1: must be"),
        ("drugs.txt", "#our own drugs\n", r"drugs\.txt:1: must be"),
        ("drugs.txt", "zorbul\nthe\n", r"drugs\.txt:2: is a word of ordinary mail, too: must be the\?"),
        ("drugs.txt", "# ours\n\nZorbulexone\n", r"drugs\.txt:3: must be a word or phrase in lower case"),
        ("drugs.txt", "zorbul\u00e9xone\n", r"drugs\.txt:1: "),
        ("drugs.txt", "zorbul\n12 (34)\n", r"drugs\.txt:2: "),
        ("drugs.txt", "zorbul\n?\n", r"drugs\.txt:2: "),
    ],
)
def test_a_folder_with_anything_else_is_refused(tmp_path: Path, name: str, content: str, wrong: str) -> None:
    """Lists and lines that would never be read are an error, with file, line and what would be right."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=wrong):
        lexicons.use(tmp_path)


def test_a_list_as_people_write_it_is_taken(tmp_path: Path) -> None:
    """A byte order mark, comments, empty lines, question marks and capital abbreviations are no mistake."""
    (tmp_path / "drugs.txt").write_text("\ufeff# ours\n\nzorbulexone\r\ngrace?\nthe?\n", encoding="utf-8")
    (tmp_path / "abbreviations.txt").write_text("ZBX\n", encoding="utf-8")
    assert lexicons.count(tmp_path) == {"abbreviations": 1, "drugs": 3}
