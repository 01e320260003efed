"""Mail that we write ourselves: to the sender, in plain words, never quoting what was found.

A notice has the null reverse-path, so that nothing ever answers it, and nothing of the
message but what its sender knows to be harmless: when it was sent, to how many, and under
which Message-ID, so that the sender's mail client shows both together. A delivery status
notification must name the recipients that it is about (RFC 3464).
"""

from __future__ import annotations

import email.message
import re
import textwrap
import time
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, localtime, make_msgid

import msgspec

from gateway.mail import Action, Envelope, Fired, Message, Part, Reply, Verdict, new_id

_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(<[!-;=@-~]{1,250}>)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
"""Without a question mark: nothing in it may be taken for an encoded word."""
_DATE = re.compile(rb"^date:[ \t]*([ -~]{1,100})\r?$", re.IGNORECASE | re.MULTILINE)
_WRAPPER = textwrap.TextWrapper(72, break_long_words=False, break_on_hyphens=False)


class Notices(msgspec.Struct, frozen=True):
    """Writes notices in the name of one organisation."""

    organisation: str
    ig_contact: str
    hostname: str
    it_contact: str

    def held(self, message: Message, verdict: Verdict) -> Message:
        """The message was not sent, and why, and what to do now."""
        return self._to_sender(
            message,
            "Your message has been held and was not sent",
            f"{_told(message)} has been held. It was not sent to anybody.",
            *_explained(verdict),
            f"The information governance team can look at it and release it. Ask them at {self.ig_contact} "
            f"and give the reference {message.id}.",
            "If this concerns a patient's urgent care, telephone: do not wait for an answer by mail.",
        )

    def changed(self, message: Message, verdict: Verdict) -> Message:
        """The message was sent with its recipients hidden from each other, and why."""
        return self._to_sender(
            message,
            "Your message was sent with its recipients hidden",
            f"{_told(message)} was sent so that its recipients cannot see each other, as with Bcc.",
            *_explained(verdict, done=Action.CONVERT),
            f"Questions are answered at {self.ig_contact}; the reference is {message.id}.",
        )

    def advised(self, message: Message, verdict: Verdict) -> Message:
        """The message was sent, and there is something its sender should know."""
        return self._to_sender(
            message,
            "Your message was sent; please read this",
            f"{_told(message)} was sent. Please note for next time:",
            *_explained(verdict),
            f"Questions are answered at {self.ig_contact}; the reference is {message.id}.",
        )

    def rejected(self, message_id: str, envelope: Envelope, received_at: float, reason: str) -> Message:
        """A reviewer has decided that a held message will not be sent."""
        message = Message(message_id, envelope, b"", received_at)
        return self._to_sender(
            message,
            "Your held message will not be sent",
            f"{_told(message)} was held, and will not be sent.",
            f"The reviewer's reason: {reason}",
            f"Questions are answered at {self.ig_contact}; the reference is {message_id}.",
        )

    def returned(self, message: Message, refusals: Sequence[tuple[str, Reply]]) -> Message:
        """A delivery status notification (RFC 3464) about recipients that cannot be reached."""
        notice = self._headed(message.envelope.mail_from, "Your message could not be delivered", message)
        told = f"{_told(message)} could not be delivered to the recipients named below."
        reference = f"The reference is {message.id}."
        said = _paragraphs(told, *(f"{to}: {reply}" for to, reply in refusals), reference)
        notice.set_content(said, cte="8bit")
        notice.make_mixed()
        notice.replace_header("Content-Type", "multipart/report; report-type=delivery-status")
        notice.attach(_delivery_status(self.hostname, message.received_at, refusals))
        notice.attach(_returned_headers(message))
        return self._message(notice, message.envelope.mail_from)

    def infected(self, message: Message, parts: Sequence[Part]) -> Message:
        """For the IT team: the viruses that were found and their hashes, never the files (AUP-9h)."""
        envelope = message.envelope
        return self._written(
            self._headed(self.it_contact, "A virus has been found in a message"),
            self.it_contact,
            f"It came from {envelope.mail_from or 'a mail system'}, by the machine "
            f"{envelope.client or 'unknown'}, on {_date(message.received_at)}, for "
            f"{', '.join(envelope.recipients)}.",
            *dict.fromkeys(f"{part.type}, {part.size} octets: {part.reason}" for part in parts),
            f"The reference is {message.id}. Neither the message nor its files are attached.",
        )

    def _to_sender(self, message: Message, subject: str, *paragraphs: str) -> Message:
        to = message.envelope.mail_from
        return self._written(self._headed(to, subject, message), to, *paragraphs)

    def _written(self, notice: EmailMessage, to: str, *paragraphs: str) -> Message:
        notice.set_content(
            _paragraphs(*paragraphs, f"{self.organisation}, mail gate"), cte="quoted-printable"
        )
        return self._message(notice, to)

    def _headed(self, to: str, subject: str, about: Message | None = None) -> EmailMessage:
        notice = EmailMessage(policy=SMTP)
        notice["From"] = formataddr((f"{self.organisation} mail gate", self.ig_contact))
        notice["To"] = to
        notice["Subject"] = subject
        notice["Date"] = format_datetime(localtime())
        notice["Message-ID"] = make_msgid(domain=self.hostname)
        notice["Auto-Submitted"] = "auto-replied"  # RFC 3834: nobody's absence notice shall answer.
        if about is not None and (answered := _MESSAGE_ID.search(about.header_section)):
            notice["In-Reply-To"] = notice["References"] = answered[1].decode()
        return notice

    def _message(self, notice: EmailMessage, to: str) -> Message:
        envelope = Envelope(mail_from="", recipients=(to,), smtputf8=not to.isascii(), eight_bit=True)
        content = notice.as_bytes(policy=SMTP.clone(utf8=not to.isascii(), refold_source="none"))
        return Message(new_id(), envelope, content, time.time())


def _told(message: Message) -> str:
    count = len(message.envelope.recipients)
    to = "one recipient" if count == 1 else f"{count} recipients"
    return f"Your message of {_date(message.received_at)} to {to}"


def _date(moment: float) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S %z", time.localtime(moment))


def _explained(verdict: Verdict, done: Action | None = None) -> list[str]:
    """Why, and what to do now, unless that is what was `done` already."""
    enforced = (rule for rule in verdict.rules if not rule.monitored)
    return [_rule(rule, rule.advice if rule.action is not done else "") for rule in enforced]


def _rule(rule: Fired, advice: str) -> str:
    why = f"Why: {rule.reason} (rule {rule.id}, clause {rule.clause})"
    return f"{why}\nWhat to do now: {advice}" if advice else why


def _paragraphs(*paragraphs: str) -> str:
    return "\n\n".join("\n".join(map(_WRAPPER.fill, one.split("\n"))) for one in paragraphs) + "\n"


def _delivery_status(hostname: str, arrived: float, refusals: Sequence[tuple[str, Reply]]) -> EmailMessage:
    """The part of a DSN that machines read: fields of the message, then of each recipient (RFC 3464)."""
    about_message = _fields({"Reporting-MTA": f"dns; {hostname}", "Arrival-Date": _date(arrived)})
    status = EmailMessage(policy=SMTP)
    status["Content-Type"] = "message/delivery-status"
    status.set_payload([about_message, *(_about(to, reply) for to, reply in refusals)])
    return status


def _returned_headers(message: Message) -> EmailMessage:
    """What tells the message from others (RFC 6522 section 4), without what may tell of a patient."""
    fields = [
        f"{name}: {found[1].decode()}\r\n"
        for name, field in (("Date", _DATE), ("Message-ID", _MESSAGE_ID))
        if (found := field.search(message.header_section))
    ]
    headers = EmailMessage(policy=SMTP)
    headers.set_content("".join(fields), subtype="rfc822-headers", cte="quoted-printable")
    return headers


def _about(recipient: str, reply: Reply) -> email.message.Message:
    final = f"rfc822; {recipient}" if recipient.isascii() else f"utf-8; {_xtext(recipient)}"
    status = re.match(rf"{reply.code // 100}\.\d{{1,3}}\.\d{{1,3}}(?= |$)", reply.text)
    return _fields(
        {
            "Final-Recipient": final,
            "Action": "failed",
            "Status": status[0] if status else f"{reply.code // 100}.0.0",
            "Diagnostic-Code": f"smtp; {reply}".rstrip(),
        }
    )


def _xtext(address: str) -> str:
    """An internationalised address in ASCII: utf-8-addr-xtext of RFC 6533 section 3."""
    return "".join(c if "!" <= c <= "~" and c not in "+=\\" else f"\\x{{{ord(c):02X}}}" for c in address)


def _fields(fields: Mapping[str, str]) -> email.message.Message:
    """Fields as they stand. EmailMessage would decode what looks like an encoded word, line ends included."""
    group = email.message.Message()
    for name, value in fields.items():
        group[name] = value
    return group
