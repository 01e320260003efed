"""Credentials: a password, PIN or key that stands beside its name, and keys that betray themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.findings import Finding
from detectors.vocabulary import matches

_LABELLED = re.compile(
    r"(?<![a-z])(?:pass(?:word|code|phrase|wd)?|pwd|pw|(?:smart ?card )?pin(?: (?:code|number|no\.?))?|"
    r"(?:log[- ]?in|sign[- ]?in)(?: details)?|api[ _-]?key|secret(?: key)?|access[ _-]?token|otp)"
    r"(?: (?:for|to) [^\n:=.,]{1,40}?)?(?:[ \t]{0,3}[:=][ \t]{0,3}|[ ]is(?: now)?:?[ ]|[ ]-[ ])"
    r"(?:[^\s/]{2,40} ?/ ?)?[\"'(]?(?P<value>[^\s\"'<>(),;]{4,64})",
    re.IGNORECASE,
)
LABELS = frozenset(
    {
        *("pass", "password", "passcode", "passphrase", "passwd", "pwd", "pw", "smart", "smartcard", "pin"),
        *("log", "login", "sign", "signin", "api", "apikey", "secret", "access", "accesstoken", "otp"),
    }
)
"""First words of the labels in _LABELLED."""
_LOCK = re.compile(
    r"(?<![a-z])(?:(?:door|gate|alarm|entry|key|padlock)[ -]?(?:code|pin)|"
    r"key ?(?:safe|pad|box)(?: (?:code|pin|no\.?|number))?|lock ?box(?: code)?)"
    r"(?: (?:for|to|at) [^\n:=.,0-9]{1,40}?)?(?:[ \t]{0,3}[:=-]|[ ]is(?: now)?:?)?[ ]"
    r"(?P<value>[A-Z]?[0-9]{4,8}[A-Z#*]?)"
    r"(?![A-Za-z0-9/.-]*[0-9])",
    re.IGNORECASE,
)
"""What opens a door: the key safes of patients above all."""
LOCKS = frozenset(
    {"door", "gate", "alarm", "entry", "key", "padlock", "keysafe", "keypad", "keybox", "lock", "lockbox"}
)
"""First words in _LOCK."""
LOCK_GOES_ON = re.compile(
    r"(?<=keysafe)|(?<=keypad)|(?<=keybox)|(?<=lockbox)|[ -]?(?:code|pin|safe|pad|box)", re.IGNORECASE
)
"""How the label of a lock goes on behind its first word."""
_KEY = re.compile(
    r"-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY-----|(?<![A-Za-z0-9])(?:AKIA[0-9A-Z]{16}|"
    r"gh[pousr]_[A-Za-z0-9]{36}|"
    r"xox[abprs]-[A-Za-z0-9-]{10,80}|sk_live_[A-Za-z0-9]{16,64})(?![A-Za-z0-9])"
)

_MARKS = ("-----BEGIN", "AKIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "xox", "sk_live_")
"""What keys begin with."""


def find(text: str) -> Iterator[Finding]:
    """Secrets in normalised `text`."""
    for match in matches(_LABELLED, text, LABELS):
        if _is_secret(match["value"].rstrip(".")):
            yield Finding(
                "CREDENTIAL", *match.span("value"), 0.8, "a value that is given as a password, PIN or key"
            )
    for match in matches(_LOCK, text, LOCKS):
        yield Finding("CREDENTIAL", *match.span("value"), 0.8, "a number that opens a door or a key safe")
    for match in _KEY.finditer(text) if any(mark in text for mark in _MARKS) else ():
        yield Finding("CREDENTIAL", *match.span(), 0.99, "a private key or access key")


def _is_secret(value: str) -> bool:
    """A secret mixes kinds of characters; a masked one and an ordinary word are none."""
    if len(set(value)) < 3 or "://" in value:
        return False
    kinds = (str.islower, str.isupper, str.isdigit)
    mixed = sum(any(map(kind, value)) for kind in kinds) + any(not character.isalnum() for character in value)
    return any(map(str.isdigit, value)) or mixed >= 3
