"""Does a domain imitate one that we trust?

Judged on what a hurried reader sees: the skeleton of UTS #39 section 4, the trusted
name inside a longer one, or the name with one keystroke wrong.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import idna
import msgspec

# Letters that IDNA 2008 allows in a domain and a reader takes for a Latin one: the Latin,
# Cyrillic, Greek and Armenian rows of confusables.txt, Unicode Security Mechanisms (UTS #39).
_LOOKS_LIKE = {
    "a": "аɑα",
    "c": "сᴄ",
    "d": "ԁ",
    "e": "еҽ",
    "f": "ք",
    "g": "ɡց",
    "h": "һհ",
    "i": "іıɩιꙇ",
    "j": "јϳ",
    "l": "ӏǀ1",
    "n": "ոռ",
    "o": "оοσօᴏ0",
    "p": "рρ",
    "q": "ԛգզ",
    "r": "гᴦ",
    "s": "ѕꜱ",
    "u": "υսᴜʋ",
    "v": "νѵᴠ",
    "w": "ԝѡաɯᴡ",
    "x": "х",
    "y": "уүγɣʏ",
    "z": "ᴢ",
}
_SKELETON = str.maketrans({other: letter for letter, others in _LOOKS_LIKE.items() for other in others})

# Below these nobody can register a name that is not vetted, so likeness there is kinship:
# practices of one area differ in a single digit.
_VETTED = (".nhs.uk", ".gov.uk", ".police.uk", ".mod.uk", ".ac.uk", ".gov.scot", ".gov.wales", ".nhs.scot")

_SHORTEST = 3
"""First labels shorter than this are too common inside other words to be looked for there."""


class Imitation(msgspec.Struct, frozen=True):
    """A domain that could be taken for another."""

    of: str
    how: str
    """What the likeness is, as the rest of a sentence; it does not repeat the domain."""


def imitation(domain: str, guarded: Iterable[str]) -> Imitation | None:
    """Which of the guarded domains `domain` imitates, and how; all of them A-labels.

    A guarded domain, any domain below one, and names in vetted registries imitate nothing.
    """
    names = tuple(guarded)
    if domain.endswith(_VETTED) or any(f".{domain}".endswith(f".{name}") for name in names):
        return None
    seen = skeleton(domain)
    for name in names:
        if how := _likeness(seen, skeleton(name)):
            return Imitation(name, how)
    return None


@lru_cache(maxsize=4096)
def skeleton(domain: str) -> str:
    """What a reader sees of a domain: accents dropped, look-alike letters made one."""
    letters = unicodedata.normalize("NFKD", _as_shown(domain))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return plain.translate(_SKELETON).replace("rn", "m")


def _as_shown(domain: str) -> str:
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except UnicodeError:
        return domain


def _likeness(seen: str, name: str) -> str:
    if f".{seen}".endswith(f".{name}"):
        return "is written with letters that look the same"
    if f".{name}." in f".{seen}.":
        return "carries it in front of another domain"
    if name.find(".") < _SHORTEST:
        return ""
    if seen.endswith(name) or f"{name}." in seen or f"{name}-" in seen:
        return "has it inside a longer name"
    if any(_runs_together(label, name) for label in seen.split(".")):
        return "runs its parts together"
    tail = ".".join(seen.split(".")[-1 - name.count(".") :])
    return "is one keystroke away from it" if _one_keystroke(tail, name) else ""


def _runs_together(label: str, name: str) -> bool:
    return any(f"-{name.replace('.', joint)}-" in f"-{label}-" for joint in ("", "-"))


def _one_keystroke(a: str, b: str) -> bool:
    """One letter more, less or other, or two neighbours swapped (Damerau-Levenshtein distance 1)."""
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    swapped = len(a) > 1 and a[1::-1] + a[2:] == b
    return a != b and (a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped)
