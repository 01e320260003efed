"""National Insurance numbers (HMRC, NIM39110): two letters, six digits, a suffix A to D."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.findings import Finding

_NINO = re.compile(
    r"(?<![A-Za-z0-9])(?P<prefix>[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z])"
    r"(?P<digits>(?:[ ./-]{0,2}\n?[ ]{0,4}[0-9]{2}){3})"
    r"(?P<suffix>(?!\.\s{1,4}A\s)[ ./-]{0,2}[A-D](?![A-Za-z0-9]|/C))?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_HEX = re.compile(r"[a-f]{2}")
"""What a number in small letters begins with that may be a piece of a hash."""
NEVER_ISSUED = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
_LABEL = re.compile(
    r"(?<![a-z])(?:nino|ni[ ]?(?:no|num\w*|#)?|n\.i\.?(?: ?no\.?)?|nat(?:ional)?\.? ?ins\w*(?: ?(?:no|"
    r"num\w*))?)[^\w\n]{0,6}(?:is )?\n?[^\w\n]{0,6}$",
    re.IGNORECASE,
)


def find(text: str) -> Iterator[Finding]:
    """National Insurance numbers in normalised `text`; without a label only complete ones."""
    for match in _NINO.finditer(text):
        if match["prefix"].upper() in NEVER_ISSUED:
            continue
        if _LABEL.search(text, max(0, match.start() - 40), match.start()):
            yield Finding("NINO", *match.span(), 0.98, "a labelled National Insurance number")
        elif (
            match["suffix"]
            and "\n" not in match[0][:4]
            and (match[0].isupper() or (match[0].islower() and not _HEX.match(match[0])))
        ):
            yield Finding(
                "NINO", *match.span(), 0.9, "two letters, six digits and a suffix as HMRC issues them"
            )
