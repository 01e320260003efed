"""Lexicons from files that an operator has a licence for: dm+d (NHSBSA) and SNOMED CT (RF2).

`import_file` turns one such file into word lists of our form in a folder, which the setting
`inspection.lexicons` names. Words of everyday English and names are marked as doubtful.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from detectors.lexicons import words
from detectors.names import kind_of
from detectors.normalise import normalise

LISTS = {
    "disorder": "diagnoses",
    "procedure": "procedures",
    "regime/therapy": "procedures",
    "medicinal product": "drugs",
    "product": "drugs",
    "substance": "drugs",
}
"""Semantic tags of SNOMED CT's fully specified names, and the list that such concepts belong to."""
LONGEST = 5
"""Words of a phrase; a longer one is nobody's way of writing."""

_FULLY_SPECIFIED, _SYNONYM = "900000000000003001", "900000000000013009"
_COLUMNS = frozenset({"active", "conceptId", "typeId", "term"})
_MEDICINES = ("VTM", "VMP", "AMP")
_TAG = re.compile(r" \((?P<tag>[a-z /]+)\)$")
_STRENGTH = re.compile(
    r"\s+(?:[0-9(/]|(?:powder|oral|tablets?|capsules?|solution|cream|ointment|injection|spray)\b).*$"
)
_WORDS = re.compile(r"[a-z][a-z0-9' -]{2,79}")


def import_file(source: Path, folder: Path, name: str = "") -> dict[str, int]:
    """Write the lists that `source` holds into `folder`, beside what is there; how many terms each got.

    `source` is dm+d's f_vtm2, f_vmp2 or f_amp2 (XML), or a description file of SNOMED CT (RF2,
    tab-separated). All of it goes into the list `name`, or each concept where its semantic tag belongs.
    Raises OSError, and ValueError that names the line when the file is of none of these forms.
    """
    lists = dmd(source, name) if source.suffix.lower() == ".xml" else snomed(source, name)
    if not any(lists.values()):
        raise ValueError(f"{source}: holds no medicines of dm+d and no active terms of SNOMED CT")
    folder.mkdir(parents=True, exist_ok=True)
    for list_name, found in lists.items():
        _write(folder / f"{list_name}.txt", found)
    return {list_name: len(found) for list_name, found in lists.items()}


def dmd(source: Path, name: str = "") -> dict[str, set[str]]:
    """The names of medicines that are prescribed, without strength and form."""
    try:
        return {name or "drugs": set(_phrases(map(_without_strength, _dmd_names(source))))}
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{source}:{error.lineno or 1}: must be XML: {error.msg}") from None


def snomed(source: Path, name: str = "") -> dict[str, set[str]]:
    """Active terms of disorders, procedures and medicines, by the list they belong to; or all in one."""
    of_concept: dict[str, str] = {}
    for row in _descriptions(source, _FULLY_SPECIFIED):
        tag = _TAG.search(row["term"].lower())
        if tag and (name or tag["tag"] in LISTS):
            of_concept[row["conceptId"]] = name or LISTS[tag["tag"]]
    lists: dict[str, set[str]] = {each: set() for each in of_concept.values()}
    for row in _descriptions(source, _SYNONYM):
        if row["conceptId"] in of_concept:
            lists[of_concept[row["conceptId"]]].update(_phrases([row["term"]]))
    return lists


def _dmd_names(source: Path) -> Iterator[str]:
    for _, element in etree.iterparse(
        str(source), tag=_MEDICINES, resolve_entities=False, no_network=True, load_dtd=False
    ):
        if element.findtext("INVALID") != "1":
            yield element.findtext("NM") or ""
        element.clear()


def _without_strength(name: str) -> str:
    return _STRENGTH.sub("", name.lower())


def _descriptions(source: Path, kind: str) -> Iterator[Mapping[str, str]]:
    """Rows of active descriptions of one type."""
    with source.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        try:
            if not _COLUMNS.issubset(rows.fieldnames or ()):
                raise ValueError(f"{source}:1: must be the heading of RF2 descriptions, or the file XML")
            for row in rows:
                if row["active"] == "1" and row["typeId"] == kind and row["term"]:
                    yield row
        except csv.Error as error:
            where = f"{source}:{rows.line_num + 1}"
            raise ValueError(f"{where}: must be a line of RF2 descriptions: {error}") from None


def _phrases(terms: Iterable[str]) -> Iterator[str]:
    """Terms as the lists have them: folded, short, doubtful ones marked."""
    for term in terms:
        phrase = normalise(term).text.lower().strip()
        if _WORDS.fullmatch(phrase) and len(phrase.split()) <= LONGEST:
            yield f"{phrase}?" if _is_doubtful(phrase) else phrase


def _is_doubtful(phrase: str) -> bool:
    """Whether mail could mean something else by it."""
    kinds = [kind_of(word) for word in phrase.split()]
    several = len(kinds) > 1
    return phrase in words("titles") or all(
        kind.common or (not several and (kind.everyday or kind.known)) for kind in kinds
    )


def _write(path: Path, found: set[str]) -> None:
    """Add to a list; the old one stays whole until the new one is."""
    before = set(path.read_text(encoding="utf-8").splitlines()) if path.exists() else set()
    draft = path.with_suffix(".new")
    draft.write_text("".join(f"{phrase}\n" for phrase in sorted(before | found)), encoding="utf-8")
    draft.replace(path)
