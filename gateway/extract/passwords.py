"""Words of a message that may be the password of a file in it (AUP-9c: the pair must protect)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from gateway.extract.node import Node

_MENTION = re.compile(
    r"\b(?:pass[ -]?(?:word|code|phrase|key)s?|pwd?|pin|unlock|decrypt|(?:access|security|opening) code)\b",
    re.IGNORECASE,
)
_BEFORE, _AFTER = 60, 120
"""Characters around a mention in which a password would stand."""
_LINE = re.compile(r"\s*(?:is\s*)?[:=]\s*([^\r\n]{4,60})")
_QUOTED = re.compile(r"[\"“”„«»`]([^\"“”„«»`\r\n]{4,60})[\"“”„«»`]|(?<!\w)['‘]([^'‘’\r\n]{4,60})['’](?!\w)")
_TOKEN = re.compile(r"(?<!\S)\S{4,60}(?!\S)")
_WITH_DIGIT = re.compile(r"(?<!\S)(?=\D{0,39}\d)\S{6,40}(?!\S)")
_ENDING = re.compile(r"(?<=\S{4})\.[A-Za-z]\w{1,3}$")
_AROUND = ".,;:!?…'\"“”‘’„«»`()[]{}<>*_"


def candidates(nodes: Iterable[Node], most: int) -> list[str]:
    """At most so many words, each once, the likeliest first."""
    texts = [text for node in nodes for text in (node.text, node.name) if text]
    kinds = (_remarkable_words, _quotations, _words_with_digits, _plain_words)
    words = (word for kind in kinds for text in texts for word in kind(text))
    return list(islice(dict.fromkeys(words), most))


def _remarkable_words(text: str) -> Iterator[str]:
    """Near a mention of a password: the rest of a line after a colon, and what is no plain word."""
    for mention in _MENTION.finditer(text):
        if line := _LINE.match(text, mention.end(), mention.end() + _AFTER):
            yield line[1].strip()
        for token in _tokens_around(text, mention):
            if not _is_plain(token):
                yield from _bared(token)


def _plain_words(text: str) -> Iterator[str]:
    for mention in _MENTION.finditer(text):
        yield from (token.strip(_AROUND) for token in _tokens_around(text, mention) if _is_plain(token))


def _tokens_around(text: str, mention: re.Match[str]) -> list[str]:
    after = _TOKEN.findall(text, mention.end(), mention.end() + _AFTER)
    return after + _TOKEN.findall(text, max(mention.start() - _BEFORE, 0), mention.start())


def _is_plain(token: str) -> bool:
    letters = token.strip(_AROUND)
    return letters.isalpha() and letters[1:].islower()


def _quotations(text: str) -> Iterator[str]:
    for quotation in _QUOTED.finditer(text):
        yield (quotation[1] or quotation[2]).strip()


def _words_with_digits(text: str) -> Iterator[str]:
    for token in _WITH_DIGIT.findall(text):
        yield from _bared(token)


def _bared(token: str) -> Iterator[str]:
    """Without what stands around it: punctuation, the ending of a file name; and as it is."""
    yield token.strip(_AROUND)
    yield token
    if ending := _ENDING.search(token):
        yield token[: ending.start()]
