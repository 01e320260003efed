"""How the tests of containers say what was found."""

from __future__ import annotations

from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State

LIMITS = Limits()


def nodes(data: bytes, name: str = "a", limits: Limits = LIMITS) -> list[Node]:
    return read_file(data, name, "", limits)


def texts(found: list[Node]) -> dict[str, str]:
    """The text of every node that has any, by its name."""
    return {node.name: node.text for node in found if node.state is State.CLEAN}


def reasons(found: list[Node], state: State = State.UNSCANNABLE) -> dict[str, str]:
    """Why each node of a state is in it, by its name."""
    return {node.name: node.reason for node in found if node.state is state}
