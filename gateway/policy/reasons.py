"""Blanks in a rule's reason, written in braces and filled from the facts of a message.

They end in notices and SMTP replies, so nothing that stands in the message may fill them.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping

import msgspec

from gateway.policy.conditions import is_unread_file
from gateway.policy.facts import Facts

_MOST_REASONS = 3
_SENTENCE = re.compile(r"[ -~]{1,100}")


class Blank(msgspec.Struct, frozen=True):
    """What one name in braces stands for."""

    means: str
    filled: Callable[[Facts], object]


def _insecure_recipients(facts: Facts) -> str:
    insecure, everybody = len(facts.outside), len(facts.recipients)
    if insecure < everybody:
        return f"{insecure} of its {everybody} recipients"
    return "its recipient" if everybody == 1 else f"its {everybody} recipients"


def _unread(facts: Facts) -> str:
    """Why parts could not be inspected. These are fixed sentences, but it is workers that say so."""
    reasons = dict.fromkeys(part.reason for part in facts.inspection.parts if is_unread_file(part))
    said = [reason for reason in reasons if _SENTENCE.fullmatch(reason)]
    return "; ".join(said[:_MOST_REASONS]) or "for no known reason"


BLANKS: Mapping[str, Blank] = {
    "recipients": Blank("number of recipients", lambda facts: len(facts.recipients)),
    "insecure": Blank("number of insecure recipients", lambda facts: len(facts.outside)),
    "insecure_recipients": Blank("its insecure recipients", _insecure_recipients),
    "visible": Blank("number of insecure recipients in To and Cc", lambda facts: len(facts.visible_outside)),
    "patients": Blank("number of patients", lambda facts: facts.inspection.judgement.patients),
    "unread": Blank("why parts could not be inspected", _unread),
}
"""By the names that reasons use: "{insecure} of {recipients} recipients"."""


def is_fillable(reason: str) -> bool:
    """Whether braces name blanks and nothing else."""
    try:
        fields = [field[1:] for field in string.Formatter().parse(reason) if field[1] is not None]
    except ValueError:
        return False
    return all(name in BLANKS and not spec and not conversion for name, spec, conversion in fields)


def filled(reason: str, facts: Facts) -> str:
    return reason.format_map({name: blank.filled(facts) for name, blank in BLANKS.items()})


def explained(reason: str) -> str:
    """With what each blank means in square brackets."""
    return reason.format_map({name: f"[{blank.means}]" for name, blank in BLANKS.items()})
