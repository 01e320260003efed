"""Registration numbers of health professionals: a reason to take a name for a colleague's.

GMC, NMC, GPhC, HCPC, GDC and GOC numbers, prescriber codes (NHS Data Dictionary, GENERAL MEDICAL
PRACTITIONER PPD CODE, DOCTOR INDEX NUMBER) and the ODS codes of those they work for identify nobody
who is treated, so they are no findings.
"""

from __future__ import annotations

import re

_BODY = (
    r"(?i:gmc|nmc|gphc|hcpc|gdc|goc|gosc|gcc|social work england|swe|gmp|gdp|din|doctor index|prescriber|"
    r"prescribing|smart ?card|ods|practice)"
)
_LABEL = rf"{_BODY}(?i:[ ](?:pin|no|num|number|ref|reg|registration|registered|code|id)\.?){{0,3}}"
_NUMBER = (
    r"(?:[0-9]{2}[A-Z][0-9]{4}[A-Z]|[A-Z]{1,3}[0-9]{4,8}|[0-9]{2}-[0-9]{4,5}|[0-9]{5,8}|[0-9]{12})"
    r"(?![A-Za-z0-9])"
)
_DEGREES_AND_POSTS = r"(?:[ ,;(|/\n]{1,4}(?:[A-Z][A-Za-z.&'-]{0,24}|of|and|the|in|for)){0,8}"
_FOLLOWS = re.compile(rf"{_DEGREES_AND_POSTS}[ ,;(|/\n:-]{{1,5}}{_LABEL}[ ]?[:#.-]{{0,2}}[ ]?{_NUMBER}")
FURTHEST = 160
"""Characters behind a name in which degrees, posts and the number stand."""


def follows(text: str, end: int) -> bool:
    """Whether the name that ends at `end` of normalised `text` goes on with a professional's number."""
    return _FOLLOWS.match(text, end, end + FURTHEST) is not None
