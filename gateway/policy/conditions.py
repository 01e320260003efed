"""The conditions that a rule can name in `when`: small questions to the facts.

A condition that holds answers with its evidence, sentences that count and never quote
the message or name a recipient; one that does not hold answers with nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict, Field, Strict

from detectors.findings import FindingType
from gateway.mail import Part, State, Trait, VirusScan
from gateway.policy.facts import Facts, Recipient

Evidence = tuple[str, ...]

_BANK_OR_CARD: dict[FindingType, str] = {
    "CREDIT_CARD": "Card numbers",
    "UK_BANK_ACCOUNT": "UK bank accounts",
    "IBAN": "IBANs",
}


class Terms(BaseModel):
    """The numbers and lists that conditions ask about; each office sets its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    bcc_threshold: Annotated[int, Strict(), Field(ge=2)]
    """Visible recipients outside from which on they belong in Bcc."""
    bulk_patients: Annotated[int, Strict(), Field(ge=2)]
    """Patients from which on a message counts as bulk."""
    logo_octets: Annotated[int, Strict(), Field(ge=0)]
    """Largest picture, in octets, that passes for the decoration of a signature."""
    free_mail: frozenset[Annotated[str, Strict(), Field(pattern=r"^[a-z0-9.-]+$")]]
    """Domains where anybody can have an address, as A-labels."""


class Condition(msgspec.Struct, frozen=True):
    """One question, its answer, and the sentence that says when it holds."""

    holds_when: str
    evidence: Callable[[Facts, Terms], Evidence]


def patient_data(facts: Facts, _: Terms) -> Evidence:
    judgement = facts.inspection.judgement
    return (judgement.evidence or ("A patient is identified",)) if judgement.patient_identifiable else ()


def patients_in_bulk(facts: Facts, terms: Terms) -> Evidence:
    patients = facts.inspection.judgement.patients
    return (f"Patients told apart: {patients}",) if patients >= terms.bulk_patients else ()


def bank_or_card(facts: Facts, _: Terms) -> Evidence:
    if not facts.inspection.judgement.bank_or_card:
        return ()
    found = Counter(finding.type for part in facts.inspection.parts for finding in part.findings)
    counted = tuple(f"{words}: {found[kind]}" for kind, words in _BANK_OR_CARD.items() if found[kind])
    return counted or ("Bank or card details are present",)


def external_recipient(facts: Facts, _: Terms) -> Evidence:
    return _count("Recipients outside the organisation", facts.external, facts)


def insecure_recipient(facts: Facts, _: Terms) -> Evidence:
    return _count("Recipients outside the secure domains", facts.outside, facts)


def mixed_recipients(facts: Facts, terms: Terms) -> Evidence:
    return insecure_recipient(facts, terms) if len(facts.outside) < len(facts.recipients) else ()


def own_address(facts: Facts, terms: Terms) -> Evidence:
    private = [one for one in facts.outside if one.domain in terms.free_mail]
    alike = [one for one in private if any(_same_person(sender, one.address) for sender in facts.senders)]
    return _count("Recipients at free mail providers that bear the sender's name", alike, facts)


def visible_recipients(facts: Facts, terms: Terms) -> Evidence:
    shown = facts.visible_outside
    parties = {one.address.casefold() if one.domain in terms.free_mail else one.domain for one in shown}
    if len(shown) < terms.bcc_threshold or len(parties) < 2:
        return ()
    return (f"Recipients outside that all can see: {len(shown)}",)


def retired_domain(facts: Facts, _: Terms) -> Evidence:
    retired = (one.standing for one in facts.recipients if one.standing.successor)
    return _once(f"{standing.pattern} is retired; use {standing.successor}" for standing in retired)


def lookalike_domain(facts: Facts, _: Terms) -> Evidence:
    likenesses = (one.imitation for one in facts.recipients if one.imitation)
    return _once(f"A domain looks like {likeness.of}: it {likeness.how}" for likeness in likenesses)


def defective_address(facts: Facts, _: Terms) -> Evidence:
    return _once(facts.inspection.headers.defects)


def encrypted_part(facts: Facts, _: Terms) -> Evidence:
    return _parts(facts, lambda part: part.state is State.ENCRYPTED)


def uninspected_part(facts: Facts, _: Terms) -> Evidence:
    return _parts(facts, is_unread_file)


def infected_part(facts: Facts, _: Terms) -> Evidence:
    return _parts(facts, lambda part: part.state is State.INFECTED)


def virus_scan_failed(facts: Facts, _: Terms) -> Evidence:
    scan = facts.inspection.virus_scan
    return (scan.value,) if scan is VirusScan.FAILED else ()


def unread_picture(facts: Facts, terms: Terms) -> Evidence:
    return _parts(facts, lambda part: _unread(part) and _picture(part) and not _logo(part, terms))


def unread_logo(facts: Facts, terms: Terms) -> Evidence:
    return _parts(facts, lambda part: _unread(part) and _picture(part) and _logo(part, terms))


def executable_part(facts: Facts, _: Terms) -> Evidence:
    return _bearing(Trait.EXECUTABLE, facts)


def macro_part(facts: Facts, _: Terms) -> Evidence:
    return _bearing(Trait.MACROS, facts)


def disguised_part(facts: Facts, _: Terms) -> Evidence:
    return _bearing(Trait.DISGUISED, facts)


def differing_part(facts: Facts, _: Terms) -> Evidence:
    return _bearing(Trait.DIFFERING, facts)


def password_in_same_message(facts: Facts, _: Terms) -> Evidence:
    return _bearing(Trait.OPENED, facts)


CONDITIONS = {
    "patient-data": Condition("the message identifies a patient", patient_data),
    "patients-in-bulk": Condition("it identifies `bulk_patients` patients or more", patients_in_bulk),
    "bank-or-card": Condition("it holds bank account or payment card details", bank_or_card),
    "external-recipient": Condition("a recipient is outside the organisation", external_recipient),
    "insecure-recipient": Condition(
        "a recipient is neither in the organisation nor at a secure domain", insecure_recipient
    ),
    "mixed-recipients": Condition(
        "some recipients are in the organisation or at secure domains, and others are not", mixed_recipients
    ),
    "own-address": Condition("a recipient at a `free_mail` domain has a name like the sender's", own_address),
    "visible-recipients": Condition(
        "To and Cc show `bcc_threshold` recipients outside the secure domains or more, "
        "who are not all of one organisation",
        visible_recipients,
    ),
    "retired-domain": Condition("a recipient's domain was secure once and is retired", retired_domain),
    "lookalike-domain": Condition(
        "a recipient's domain imitates a secure domain or one of the organisation's", lookalike_domain
    ),
    "defective-address": Condition(
        "a header field is broken, so its addresses may differ", defective_address
    ),
    "encrypted-part": Condition("a part needs a password or key to be opened", encrypted_part),
    "password-in-same-message": Condition(
        "words of the message opened a part that needs a password", password_in_same_message
    ),
    "executable-part": Condition("a part is a program, script, installer or disk image", executable_part),
    "macro-part": Condition("a part is a document that can have a program in it", macro_part),
    "disguised-part": Condition(
        "a part is another kind of file than its name or declared type says", disguised_part
    ),
    "differing-part": Condition(
        "the HTML of a body says something else than its plain text, and a client shows one of them",
        differing_part,
    ),
    "uninspected-part": Condition("a part other than a picture could not be inspected", uninspected_part),
    "infected-part": Condition("the virus scanner has found a virus in a part", infected_part),
    "virus-scan-failed": Condition(
        "the virus scanner is configured, and did not get through the message", virus_scan_failed
    ),
    "unread-picture": Condition(
        "a picture larger than `logo_octets` octets, or any TIFF or HEIC, could not be read", unread_picture
    ),
    "unread-logo": Condition("a picture of `logo_octets` octets or less could not be read", unread_logo),
}
"""Every condition, by the name that rules use, in the order in which documents list them."""


def _count(what: str, these: Iterable[Recipient], facts: Facts) -> Evidence:
    number = len(tuple(these))
    return (f"{what}: {number} of {len(facts.recipients)}",) if number else ()


def _once(sentences: Iterable[str]) -> Evidence:
    return tuple(dict.fromkeys(sentences))


def _parts(facts: Facts, wanted: Callable[[Part], bool]) -> Evidence:
    """Type and reason of each such part; not its name, which may be a patient's."""
    return _once(
        f"{part.type}: {part.state}" + (f" ({part.reason})" if part.reason else "")
        for part in facts.inspection.parts
        if wanted(part)
    )


def _bearing(trait: Trait, facts: Facts) -> Evidence:
    return _once(f"{part.type}: {trait}" for part in facts.inspection.parts if trait in part.traits)


def is_unread_file(part: Part) -> bool:
    """It could not be inspected, and is no picture."""
    return _unread(part) and not _picture(part)


def _unread(part: Part) -> bool:
    return part.state is State.UNSCANNABLE


def _picture(part: Part) -> bool:
    return part.type.startswith("image/")


_NO_LOGOS = {"image/tiff", "image/heic", "image/heif"}
"""What scanners and telephones write."""


def _logo(part: Part, terms: Terms) -> bool:
    return part.size <= terms.logo_octets and part.type not in _NO_LOGOS


def _same_person(one: str, other: str) -> bool:
    return _bears_name(one, other) or _bears_name(other, one)


def _bears_name(owner: str, address: str) -> bool:
    """Whether the local part of `address` can be composed of the names in the owner's.

    `jane.clerk` composes janeclerk, jclerk, clerkj, clerk.jane; `j.clerk` any given name
    with that initial; a single word such as `jclerk` only itself. Digits and tags mean nothing.
    """
    names, letters = _names(owner), "".join(_names(address))
    if len(letters) < 4 or not names:
        return False
    given, family = names[0], names[-1]
    if len(names) == 1 or len(family) == 1:
        return letters == "".join(names)
    before = letters.removesuffix(family) if letters.endswith(family) else ""
    after = letters.removeprefix(family) if letters.startswith(family) else ""
    return _spells(before, given) or _spells(after, given)


def _spells(letters: str, given: str) -> bool:
    """Whether the letters are the given name or its initial, and at most a middle initial."""
    if len(given) == 1:
        return letters.startswith(given)
    return letters in (given, given[0]) or letters[:-1] in (given, given[0])


def _names(address: str) -> list[str]:
    local = address.rpartition("@")[0].partition("+")[0].casefold()
    return re.findall(r"[^\W\d_]+", local)
