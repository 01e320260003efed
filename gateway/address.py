"""Paths and parameters of MAIL and RCPT, read strictly by RFC 5321 section 4.1.2.

aiosmtpd reads paths leniently; an envelope that policy judges must be read strictly.
Refused on top of the grammar, because what follows us may read them differently than
policy did: quoted local parts, `%` and `!` routes, encoded words, address literals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

import msgspec

from allowlists.domains import DomainError, a_label

_ATOM = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\U0010ffff]+"
_DOMAIN = r"[A-Za-z0-9\-.\u0080-\U0010ffff]+"
_MAILBOX = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_DOMAIN})")
_SOURCE_ROUTE = re.compile(rf"\A@{_DOMAIN}(?:,@{_DOMAIN})*:")


class AddressError(ValueError):
    """Path or parameters are not acceptable; the text is the SMTP reply, and quotes nothing of them."""


def parse_path(argument: str) -> tuple[str, str]:
    """Split "<path> parameters" into the address and the parameters that follow it.

    The address comes without brackets and source route, its domain as an A-label; it
    is "" for the null path and "postmaster" for the domainless postmaster (RFC 5321
    section 4.5.1). Raises AddressError.
    """
    path, closed, parameters = argument.partition(">")
    if not path.startswith("<") or not closed:
        raise AddressError("501 5.5.4 An address in angle brackets is needed")
    if parameters and not parameters.startswith(" "):
        raise AddressError("501 5.5.4 A space is needed after the address")
    path = path[1:]
    address = path.lower() if path.lower() in ("", "postmaster") else _parse_mailbox(path)
    return address, parameters.strip(" ")


def _parse_mailbox(path: str) -> str:
    if not path.isprintable():
        raise AddressError("501 5.1.3 Control characters are not accepted")
    # RFC 5321 section 4.1.1.3: source routes are accepted and ignored.
    path = _SOURCE_ROUTE.sub("", path)
    if path.startswith('"'):
        raise AddressError("553 5.1.3 Quoted local parts are not accepted")
    match = _MAILBOX.fullmatch(path)
    if match is None:
        if path.endswith("]"):
            raise AddressError("553 5.1.3 Address literals are not accepted")
        raise AddressError("501 5.1.3 The address is not a mailbox")
    local, domain = match.groups()
    if "%" in local or "!" in local:
        raise AddressError("553 5.1.3 Routed addresses are not accepted")
    if "=?" in local:
        raise AddressError("501 5.1.3 Encoded words are not accepted")
    if len(local.encode()) > 64:
        raise AddressError("501 5.1.3 The local part is longer than 64 octets")
    try:
        return f"{local}@{a_label(domain)}"
    except DomainError:
        raise AddressError("501 5.1.2 The domain of the address is not a domain name") from None


class MailParameters(msgspec.Struct, frozen=True):
    """What a client said of its message in MAIL."""

    eight_bit: bool = False
    """BODY=8BITMIME (RFC 6152)."""
    smtputf8: bool = False
    """SMTPUTF8 (RFC 6531)."""


def mail_parameters(words: Sequence[str], size_limit: int) -> MailParameters:
    """Read what follows the path of MAIL; AddressError also when SIZE (RFC 1870) is over the limit."""
    eight_bit = smtputf8 = False
    for word in words:
        key, _, value = word.partition("=")
        match key.upper(), value.upper():
            case "SIZE", size if size.isascii() and size.isdigit() and len(size) <= 20:
                if int(size) > size_limit:
                    raise AddressError("552 5.3.4 The message is larger than this server takes")
            case "BODY", ("7BIT" | "8BITMIME") as body:
                eight_bit = body == "8BITMIME"
            case "SMTPUTF8", "" if "=" not in word:
                smtputf8 = True
            case _:
                raise AddressError("555 5.5.4 Parameter not recognised")
    return MailParameters(eight_bit, smtputf8)


def in_networks(client: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether a client's IP address is in one of the networks, IPv4 written as IPv6 included."""
    if not client or not networks:
        return False
    address = ip_address(client.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)


def domain_of(address: str) -> str:
    """The domain of an address; "" for the null path and for a bare local part."""
    return address.rpartition("@")[2] if "@" in address else ""
