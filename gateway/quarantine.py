"""Held messages: list, show, release, reject. Every look at what was found is audited."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from gateway.mail import Message
from gateway.notices import Notices
from gateway.store.store import Deed, Details, Kept, State, Store


class NotHeldError(LookupError):
    """No such message is held: the id is wrong, or somebody has been faster."""


class Quarantine:
    """What reviewers do with held messages, on the store that a running node uses too."""

    def __init__(self, store: Store, notices: Notices) -> None:
        self._store, self._notices = store, notices

    def held(self) -> list[Kept]:
        """All held messages, oldest first."""
        return self._store.list("held")

    def find(self, message_id: str) -> Kept:
        """One held message. Raises NotHeldError."""
        kept = self._known(message_id)
        if kept.state != "held":
            raise self._not_held(kept)
        return kept

    def content(self, kept: Kept, deed: Deed) -> bytes:
        """The message as it came, once the look at it is in the audit."""
        self._store.note(kept.id, deed)
        return self._store.content(kept.id)

    def release(self, message_id: str, actor: str, reason: str) -> None:
        """Let it go: the spool delivers it like any other, once. Raises NotHeldError."""
        kept = self._known(message_id)
        details = msgspec.structs.replace(kept.details, released_by=actor, released_at=time.time())
        self._decide(kept, "queued", details, Deed(actor, "released", reason))

    def reject(self, message_id: str, actor: str, reason: str) -> None:
        """End it, and tell its sender why. Raises NotHeldError."""
        kept = self._known(message_id)
        envelope = kept.details.envelope
        notices: list[Message] = []
        if envelope.mail_from:
            notices.append(self._notices.rejected(kept.id, envelope, kept.received_at, reason))
        self._decide(kept, "rejected", kept.details, Deed(actor, "rejected", reason), notices)

    def _decide(
        self, kept: Kept, state: State, details: Details, deed: Deed, notices: Sequence[Message] = ()
    ) -> None:
        """Of many who decide, one does; what the others meant to do is in the audit, too."""
        if not self._store.decide_held(kept, state, details, deed, notices):
            self._store.note(kept.id, msgspec.structs.replace(deed, action=f"not {deed.action}"))
            raise self._not_held(self._known(kept.id))

    def _known(self, message_id: str) -> Kept:
        kept = self._store.get(message_id)
        if kept is None:
            raise NotHeldError(f"there is no message {message_id}")
        return kept

    def _not_held(self, kept: Kept) -> NotHeldError:
        return NotHeldError(f"message {kept.id} is not held: it is {kept.state}")
