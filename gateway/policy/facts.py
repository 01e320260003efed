"""What policy judges: who sends to whom, how far each recipient is trusted, what inspection found."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import msgspec

from allowlists.domains import DomainError, SecureDomains, Standing, a_label
from allowlists.lookalikes import Imitation, imitation
from gateway.address import domain_of
from gateway.mail import Envelope, Inspection, Trust

_MOST_AUTHORS = 10
"""No person writes a message with more; they are compared with every recipient."""
_OWN = Standing(True, "a domain of the organisation")
_NO_DOMAIN = Standing(False, "the address has no valid domain")


class Recipient(msgspec.Struct, frozen=True):
    """One address that a message goes to, or shows, and how far it is trusted."""

    address: str
    domain: str
    """A-label; empty when the address has no valid one."""
    trust: Trust
    standing: Standing
    """What the lists say about the domain, and so why it is trusted or not."""
    imitation: Imitation | None = None
    """Asked of the envelope's recipients alone."""

    @property
    def inside(self) -> bool:
        """Patient data may go there as it is. A consent is not enough: AUP 9(c) knows none, unlike 9(a)."""
        return self.trust in (Trust.INTERNAL, Trust.SECURE)


class Facts(msgspec.Struct, frozen=True):
    """All that a decision rests on; nothing else is asked."""

    senders: tuple[str, ...]
    """The reverse-path and the first authors, without the empty ones."""
    recipients: tuple[Recipient, ...]
    """Of the envelope: who really gets the message, Bcc included."""
    visible: tuple[Recipient, ...]
    """Of To and Cc: whom every recipient gets to see. Each address once."""
    inspection: Inspection

    @property
    def external(self) -> tuple[Recipient, ...]:
        return tuple(one for one in self.recipients if one.trust is not Trust.INTERNAL)

    @property
    def outside(self) -> tuple[Recipient, ...]:
        """Recipients that patient data may not go to as it is."""
        return tuple(one for one in self.recipients if not one.inside)

    @property
    def visible_outside(self) -> tuple[Recipient, ...]:
        return tuple(one for one in self.visible if not one.inside)


def gather(
    envelope: Envelope,
    inspection: Inspection,
    domains: SecureDomains,
    own_domains: Collection[str],
    today: date,
) -> Facts:
    """The facts of one message. `own_domains` are the organisation's, as A-labels and exact."""

    def known(address: str) -> Recipient:
        return _recipient(address, domains, own_domains, today)

    headers, guarded = inspection.headers, (*domains.guarded, *own_domains)
    senders = (envelope.mail_from, *headers.authors[:_MOST_AUTHORS])
    shown = {address.casefold(): address for address in headers.visible}
    return Facts(
        senders=tuple(dict.fromkeys(address for address in senders if address)),
        recipients=tuple(_watched(known(address), guarded) for address in envelope.recipients),
        visible=tuple(known(address) for address in shown.values()),
        inspection=inspection,
    )


def _recipient(address: str, domains: SecureDomains, own_domains: Collection[str], today: date) -> Recipient:
    try:
        domain = a_label(domain_of(address))
    except DomainError:
        return Recipient(address, "", Trust.INSECURE, _NO_DOMAIN)
    if domain in own_domains:
        return Recipient(address, domain, Trust.INTERNAL, _OWN)
    standing = domains.classify(domain, today)
    return Recipient(address, domain, Trust.SECURE if standing.secure else Trust.INSECURE, standing)


def _watched(recipient: Recipient, guarded: Collection[str]) -> Recipient:
    """The recipient with what its domain imitates, if anything."""
    if recipient.inside or not recipient.domain:
        return recipient
    return msgspec.structs.replace(recipient, imitation=imitation(recipient.domain, guarded))
