"""Attributes of XML that hold words: all but those whose values only a program could have written.

People get words into more attributes than any list names: titles of pictures, names of
styles, prompts of fields, tags. What programs write has a shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = r"[-+]?(?:\d++(?:\.\d++)?|\.\d++)(?:[eE][-+]?\d++)?(?:pt|in|cm|mm|px|em|f|%)?"
_PREFIX = r"(?:[a-z]{1,2}+\d{1,2}+(?:[a-z]{1,6}+\d?)?|xr\d?)"
_CELLS = r"\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{1,3}\$?\d{1,7})?"
_WRITTEN_BY_PROGRAMS = re.compile(
    rf"""
      {_NUMBER}(?:,[ ]?{_NUMBER}){{0,50}}               # measures, lists of them
    | {_NUMBER}(?:[ ]{_NUMBER}){{5,50}}                 # many more than a number has groups
    | (?:%\d[^%\w]?)++                                  # numbering of lists
    | (?:\#|0x)?[0-9A-Fa-f]{{1,8}} | [0-9A-F]{{12,40}}   # colours, masks, revisions
    | \{{?[0-9A-Fa-f]{{8}}(?:-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}\}}?
    | (?!\S*\d{{4}})[\w.:+\#@/-]{{1,100}}                  # names, not numbers
    | _x0000_[a-z]\d+
    | (?:[A-Z][A-Za-z]+[ ]){{1,3}}\d{{0,3}}(?:[ ]?Char\d?)? # "Text Box 12", "Heading 1 Char"
    | (?:/[\w:@]++(?:\[\d++\])?)++                      # ways through a document
    | (?:xmlns:\w++=\S++\s*+)++
    | (?:[A-Za-z0-9+/]{{40,}}+\s*+)++[A-Za-z0-9+/]*+={{0,2}}\s*+
    | {_PREFIX}(?:[ ]{_PREFIX}){{0,30}}                  # namespaces
    | [a-z]{{2,3}}(?:-[A-Z][A-Za-z]{{1,3}}){{1,2}}       # languages
    | {_CELLS}(?:[ ,]{_CELLS}){{0,50}}
    | \d{{4}}-\d\d-\d\d(?:T[\d:.+-]{{5,20}}Z?)?          # moments
    | (?:application|audio|image|text|video)/[\w.+-]+
    | (?:https?://(?:schemas|purl|www\.w3|ns\.adobe)\.|urn:(?:schemas|oasis))\S*
    | (?:\.\./|/)?(?:[A-Za-z][\w-]{{0,40}}/){{0,4}}[A-Za-z_\[\]-]{{1,40}}\d{{0,4}}\.[a-z]{{2,5}}
    | (?:[a-z][a-z-]{{1,40}}+\s*+:\s*+(?:{_NUMBER}|[a-z-]{{1,30}}+)\s*+;?\s*+)++
    | (?=[^a-z@]*[a-z@])[mlctrevxq@\d,.-]{{1,400}}       # paths of shapes
    | of:=[^"]*                                          # formulas without words
    | \W*
    """,
    re.VERBOSE,
)
_PLAIN_NUMBER = re.compile(r"[1-9][0-9]{9,18}")
_LARGEST_IDENTIFIER = 2**32 - 1
"""Programs number things up to here; a health number mostly is larger."""


def telling(values: Iterable[str]) -> list[str]:
    """The values that may be somebody's words, or numbers that are more than a measure; each once."""
    return [
        value
        for value in dict.fromkeys(values)
        if not _WRITTEN_BY_PROGRAMS.fullmatch(value) or _is_large(value)
    ]


def _is_large(value: str) -> bool:
    return _PLAIN_NUMBER.fullmatch(value) is not None and int(value) > _LARGEST_IDENTIFIER
