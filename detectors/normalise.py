"""Fold the many ways of writing one thing into one, and remember where each character came from.

Detectors read the folded text: NFKD without marks (Unicode Standard Annex #15), the digits of
every script as 0-9, every dash as "-", every space as " ", no zero-width characters, soft hyphens
or quote marks ("> "), HTML entities and inline tags resolved. Lines stay lines. Findings are
reported in the text as given, so each fold keeps its way back.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache
from typing import NamedTuple

_SPELT = {
    "Ł": "L", "ł": "l", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "ı": "i", "ß": "ss", "Æ": "AE", "æ": "ae",
    "Œ": "OE", "œ": "oe", "Ð": "D", "ð": "d", "Þ": "Th", "þ": "th", "·": ".", "•": " ", "‣": " ", "⁄": "/",
    "∕": "/", "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"',
    "„": '"', "−": "-", "‑": "-", "⁃": "-", "ー": "-", "\u0085": "\n", "\u2028": "\n", "\u2029": "\n",
    "\ufffc": " ", "\u3164": "", "\u115f": "", "\u1160": "", "\u034f": "",
    "\x91": "'", "\x92": "'", "\x93": '"', "\x94": '"', "\x95": " ", "\x96": "-", "\x97": "-",
}  # fmt: skip
_BY_CATEGORY = {"Pd": "-", "Zs": " ", "Mn": "", "Me": "", "Cf": "", "Cs": "\ufffd", "Cn": " ", "Co": " "}
"""What nobody has given a meaning is shown as a box, or as the bullet of some font: it parts words."""
_UNSEEN = re.compile("[\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]")
"""Of what has no meaning yet, that which is never to be shown (Unicode's Default_Ignorable_Code_Point)."""
_SYMBOLS = frozenset(map(chr, range(0xF030, 0xF03A)))
"""Digits in the font Symbol, whose characters Word and LibreOffice keep at F000 to F0FF."""
_WESTERN = {bytes([octet]).decode("cp1252", "ignore") or chr(octet): octet for octet in range(0x80, 0x100)}
"""Octets by the characters that Windows shows for them, the undefined ones as browsers do."""
_LATER = "".join(_WESTERN)[:64] + "".join(map(chr, range(0x80, 0xA0)))
_MISREAD = re.compile(rf"[ÂÃÄÅ][{_LATER}]|â[€\x80][{_LATER}]|Â(?= )")
"""Western letters, spaces, dashes and quotes whose UTF-8 was read as windows-1252 or Latin-1."""
_LOST = re.compile(r"(?<=\d)\ufffd{1,3}(?=\d)")
"""A space or dash that was read in the wrong character set."""

_ODD = re.compile(
    r"[^\x00-\x7f]+"
    r"|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});"
    r"|(?m:^[ \t]{0,8}(?:>[ \t]?){1,20})"
    r"|<br[ /]{0,2}>\n"
    r"|</t[dh]>[ \t\n]{0,8}<t[dh](?=[\s>])[^<>]{0,300}>"
    r"|</?(?:a|b|br|div|em|font|i|li|p|span|strong|td|th|tr|u|wbr)(?=[\s/>])[^<>]{0,300}>"
    r"|%(?:20|2[dDfF]|3[aA])(?=\w)"
)
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_ODD_MARKS = ("&", ">", "%")
"""Without these, no more than foreign characters is odd."""
_MARKS = "&<>%\n"
"""What means something here: no exchanged character may become such a one."""
FEW = 100
"""Foreign characters of a text that are exchanged one by one."""
_INLINE_TAG = re.compile(r"</?(?:a|b|em|font|i|span|strong|u|wbr)\b", re.IGNORECASE)
_NEXT_CELL = re.compile(r"</t[dh]>\s*<")
_PERCENT = {"%20": " ", "%2d": "-", "%2f": "/", "%3a": ":"}
_CONTROLS = {code: " " for code in (*range(32), 127) if chr(code) not in "\t\n"}
_PECULIAR = re.compile(r"[^\t\n -~]+")
"""What is no character of plain text in English."""


Span = tuple[int, int]


class Normalised(NamedTuple):
    """Folded text and the way back to the text as given.

    From `marks[i]` up to the next mark, a character at offset n of `text` stands for the given
    characters from n + `opens[i]` up to n + `closes[i]`.
    """

    text: str
    marks: tuple[int, ...] = ()
    opens: tuple[int, ...] = ()
    closes: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span in the text as given that `start:end` of the folded text stands for."""
        if not self.marks or end <= start:
            return start, end
        first, last = bisect_right(self.marks, start) - 1, bisect_right(self.marks, end - 1) - 1
        opened = start + (self.opens[first] if first >= 0 else 0)
        return opened, end - 1 + (self.closes[last] if last >= 0 else 1)

    def places(self, spans: Iterable[Span]) -> Iterator[Span]:
        """The way there: for spans of the text as given, those of the folded text that stand for them."""
        begins = [mark + opens for mark, opens in zip(self.marks, self.opens, strict=True)]
        ends = [mark + closes for mark, closes in zip(self.marks, self.closes, strict=True)]
        borders = (*self.marks, len(self.text))
        for start, end in spans:
            first, last = bisect_left(begins, start), bisect_right(ends, end) - 1
            if first == len(begins) or begins[first] > start:
                first -= 1
            begin = min(start - self.opens[first], borders[first + 1]) if first >= 0 else start
            finish = min(end - self.closes[last] + 1, borders[last + 1]) if last >= 0 else end
            yield begin, max(begin, finish)


class _Folds(dict[int, str]):
    """Code point to its fold, each computed once."""

    def __missing__(self, code: int) -> str:
        self[code] = fold = _fold(chr(code))
        return fold


def _fold(character: str) -> str:
    if character in _SPELT:
        return _SPELT[character]
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if _UNSEEN.match(character):
        return ""
    if character in _SYMBOLS:
        return chr(ord(character) & 0xFF)
    decomposed = unicodedata.normalize("NFKD", character) if ord(character) > 127 else character
    return "".join(
        _SPELT.get(part, _BY_CATEGORY.get(unicodedata.category(part), part)) for part in decomposed
    )


_FOLDS = _Folds()


@lru_cache(maxsize=4)
def normalise(text: str) -> Normalised:
    """Fold `text`. Linear in its length; plain ASCII text is returned as it is.

    The last few are kept until they have been judged (`detectors.identifiable`), for that folds them again.
    """
    folded = _folded(text)
    if "\ufffd" in folded.text:
        return folded._replace(text=_LOST.sub(_as_spaces, folded.text))
    return folded


def _as_spaces(lost: re.Match[str]) -> str:
    return " " * len(lost[0])


def _folded(text: str) -> Normalised:
    if "\r" in text:  # Mail is full of them. Alone it ends a line, as in HL7.
        text = text.replace("\r\n", " \n").replace("\r", "\n")
    peculiar = set("".join(_PECULIAR.findall(text)))
    if any(ord(character) in _CONTROLS for character in peculiar):
        text = text.translate(_CONTROLS)
    foreign = {character for character in peculiar if not character.isascii()}
    text, is_folded = _exchanged(text, foreign) if foreign else (text, True)
    if is_folded and not _is_marked(text):
        return Normalised(text)
    return _Folding(text).run()


def _is_marked(text: str) -> bool:
    return any(mark in text for mark in _ODD_MARKS)


def _exchanged(text: str, foreign: Set[str]) -> tuple[str, bool]:
    """`text` with the folds of its foreign characters that have one of the same length, and whether all have.

    Mail has few of them, such as curly quotes, all over: to exchange one everywhere is next to no work.
    """
    if len(foreign) > FEW or (not foreign.isdisjoint("ÂÃÄÅâ") and _MISREAD.search(text)):
        return text, False
    is_folded = True
    for character in foreign:
        fold = _FOLDS[ord(character)]
        if len(fold) == 1 and fold not in _MARKS:
            text = text.replace(character, fold)
        else:
            is_folded = False
    return text, is_folded


class _Folding:
    """One pass over a text that needs folding."""

    def __init__(self, text: str) -> None:
        self.given = text
        self.pieces: list[str] = []
        self.length = 0
        self.marks: list[int] = []
        self.opens: list[int] = []
        self.closes: list[int] = []

    def run(self) -> Normalised:
        done = 0
        odd = _ODD if _is_marked(self.given) else _FOREIGN
        for match in odd.finditer(self.given):
            self._copy(self.given[done : match.start()])
            self._replace(match[0], match.start())
            done = match.end()
        self._copy(self.given[done:])
        return Normalised("".join(self.pieces), tuple(self.marks), tuple(self.opens), tuple(self.closes))

    def _copy(self, piece: str) -> None:
        self.pieces.append(piece)
        self.length += len(piece)

    def _replace(self, run: str, start: int) -> None:
        if run[0] > "\x7f":
            done = start
            for misread in _MISREAD.finditer(self.given, start, start + len(run) + 1):
                self._fold_run(self.given[done : misread.start()], done)
                self._swap(_reread(misread[0]), *misread.span())
                done = misread.end()
            self._fold_run(self.given[done : start + len(run)], done)
        else:
            self._swap(_resolve(run), start, start + len(run))

    def _fold_run(self, run: str, start: int) -> None:
        folds = [_FOLDS[ord(character)] for character in run]
        if all(len(fold) == 1 for fold in folds):
            self._copy("".join(folds))
            return
        for index, fold in enumerate(folds, start):
            self._swap(fold, index, index + 1)

    def _swap(self, fold: str, start: int, end: int) -> None:
        """Put `fold` where the given text has `start:end`; each of its characters stands for all of it."""
        if len(fold) == end - start == 1:
            self._copy(fold)
            return
        for character in fold:
            self._mark(start - self.length, end - self.length)
            self._copy(character)
        self._mark(end - self.length, end - self.length + 1)

    def _mark(self, opens: int, closes: int) -> None:
        if self.marks and self.marks[-1] == self.length:
            self.opens[-1], self.closes[-1] = opens, closes
        else:
            self.marks.append(self.length)
            self.opens.append(opens)
            self.closes.append(closes)


def _reread(misread: str) -> str:
    """What octets stood for that were read in a western character set."""
    octets = bytes(_WESTERN.get(letter, ord(letter)) for letter in misread)
    return octets.decode("utf-8", "ignore").translate(_FOLDS)


def _resolve(run: str) -> str:
    """What an ASCII oddity stands for: an entity, a percent code, quote marks or a tag."""
    if run[0] == "&":
        return html.unescape(run).translate(_FOLDS).translate(_CONTROLS)
    if run[0] == "%":
        return _PERCENT[run.lower()]
    if _NEXT_CELL.match(run):
        return "\t"
    if run[0] == "<" and not _INLINE_TAG.match(run):
        return "\n"
    return ""
