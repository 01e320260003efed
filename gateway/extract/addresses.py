"""Address lists of header fields, read strictly by RFC 5322 section 3.4 (RFC 6532 for UTF-8).

Of `a@nhs.net)<b@evil.example>` the standard library reads the first address, a mail client
the second (CVE-2023-27043). Here what is not by the grammar is a defect, and every address
that anybody could read out of the field is returned.
"""

from __future__ import annotations

import re

_COMMENT = r"\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*+\))*+\)"
_CFWS = rf"(?:\s++|{_COMMENT})*+"
_ATOM = r"[A-Za-z0-9!\#$%&'*+\-/=?^_`{|}~\x80-\U0010ffff]++"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*+"
_QUOTED = r'"(?:[^"\\]++|\\.)*+"'
# Encoded words hold what an atom may not, commas above all; every client writes and reads them so.
_ENCODED_WORD = r"=\?[^?\s]++\?[bBqQ]\?[^?\s]*+\?=(?=[\s<,;]|$)"
_PHRASE = rf"(?:{_CFWS}(?:{_ENCODED_WORD}|{_ATOM}|{_QUOTED}|\.))++"
_ADDRESS = rf"(?:{_DOT_ATOM}|{_QUOTED})@(?:{_DOT_ATOM}|\[[^\[\]\\\s]*+\])"
_MAILBOX = rf"{_CFWS}(?:({_ADDRESS})|(?:{_PHRASE})?{_CFWS}<{_CFWS}({_ADDRESS}){_CFWS}>){_CFWS}"
_MEMBER = re.compile(rf"(?:{_MAILBOX}|{_CFWS})(?:,|(?=;)|$)", re.DOTALL)
_GROUP = re.compile(rf"{_PHRASE}{_CFWS}:", re.DOTALL)
_GROUP_END = re.compile(rf";{_CFWS}(?:,|$)", re.DOTALL)
_DELIMITERS = re.compile(r"[\s<>()\[\]\\,;:\"]+")


def parse_addresses(value: str) -> tuple[list[str], bool]:
    """The addresses of a From, To or Cc field, and whether the field is free of defects.

    Groups give their members, `undisclosed-recipients:;` gives none. Empty elements of the
    list are no defect (section 4.4).
    """
    addresses: list[str] = []
    position, in_group = 0, False
    while position < len(value):
        if not in_group and (opening := _GROUP.match(value, position)):
            in_group, position = True, opening.end()
        elif in_group and (end := _GROUP_END.match(value, position)):
            in_group, position = False, end.end()
        elif (member := _MEMBER.match(value, position)) and member.end() > position:
            addresses += filter(None, member.groups())
            position = member.end()
        else:
            return _readable(value), False
    return addresses, not in_group


def _readable(value: str) -> list[str]:
    """Everything in a defective field that somebody could take for an address."""
    return [word for word in _DELIMITERS.split(value) if "@" in word.strip("@")]
