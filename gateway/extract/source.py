"""What readers take and give: octets still to be read, and how each attempt ends.

A reader is a generator. It takes one `Source` and yields what it found in the order in
which it stands there: a `Node` for each place that it looked at, a `Source` for octets
that are a file of their own, a `Locked` for what needs a password. `gateway.extract.files`
opens those in turn, so that no reader recurses and every limit of the whole tree is kept
in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from gateway.extract import grid
from gateway.extract.node import Limits, Node
from gateway.mail import State, Trait

if TYPE_CHECKING:
    from gateway.extract.ole import Storage

TOO_LONG_TO_OPEN = "encrypted, and takes longer to open than there is time for"


class Unreadable(Exception):  # noqa: N818 - a verdict about the bytes, not an error of ours
    """The octets cannot be inspected; the text is the node's reason, and quotes nothing of them."""


class FileWithin(Exception):  # noqa: N818 - tells whoever asked to go another way
    """There is a file to open, and `Limits.files` forbids it."""


class WrongPassword(Exception):  # noqa: N818 - what a lock answers, not an error
    """The password does not open it."""


class Source(msgspec.Struct, frozen=True):
    """One file, body or attachment that is still to be read."""

    name: str
    """Way from the root, steps joined by " › "; empty for the message at the root itself."""
    data: bytes
    declared: str = ""
    """Media type that the sender declared, in lower case."""
    charset: str = ""
    """Charset that the sender declared."""
    type: str = ""
    """Media type as which it must be read; empty while nobody has looked at the octets."""
    traits: tuple[Trait, ...] = ()
    """What policy may mind, whatever stands in it."""
    storage: Storage | None = None
    """Instead of `data`: a storage of a compound file that is open already."""

    @property
    def size(self) -> int:
        """Octets."""
        return self.storage.size if self.storage else len(self.data)

    def within(self, step: str) -> str:
        """The name of a place inside this source."""
        return " › ".join(filter(None, (self.name, step)))

    def text(self, text: str, step: str = "", *, empty: str = "only white space") -> Node:
        """A node with the text found here; without any, a node that `empty` proves to be empty."""
        if text and not text.isspace():
            return self._node(step, State.CLEAN, text=text)
        return self._node(step, State.EMPTY, reason=empty)

    def sheet(self, rows: Iterable[grid.Row], step: str) -> Node:
        """A node with the cells of a sheet, which knows where each of them stands."""
        text, layout = grid.table(rows)
        return msgspec.structs.replace(self.text(text, step, empty="a sheet without cells"), layout=layout)

    def encrypted(self, proof: str) -> Node:
        return self._node("", State.ENCRYPTED, reason=proof)

    def unscannable(self, reason: str, step: str = "") -> Node:
        return self._node(step, State.UNSCANNABLE, reason=reason)

    def _node(self, step: str, state: State, reason: str = "", text: str = "") -> Node:
        return Node(
            name=self.within(step) or "message",
            declared=self.declared,
            type=self.type,
            size=len(text.encode(errors="replace")) if step and text else self.size,
            state=state,
            reason=reason,
            text=text,
            traits=self.traits,
        )


class Locked(NamedTuple):
    """Content that only a password opens: how it ends if none does, and how to try one."""

    source: Source
    node: Node
    open: Callable[[str], Iterable[Found]]
    """What lies inside; raises WrongPassword at once, not on the way."""
    rounds: int = 1_000
    """Rounds of hashing that one attempt costs, about half a microsecond each."""
    inside: int = 0
    """Further ones, to read what lies inside once it is open."""
    tried: bool = True
    """Whether the reader knows that the empty password does not open it."""


Found = Node | Source | Locked
Reader = Callable[[Source, Limits], Iterator[Found]]
