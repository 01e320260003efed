"""From raw bytes to facts: what one message holds. Runs only inside a worker process."""

from __future__ import annotations

from copy import copy

import msgspec

from detectors.additions import NONE, Additions
from detectors.engine import Detector
from detectors.findings import Finding, Reading
from detectors.identifiable import judge
from gateway.extract import ocr
from gateway.extract.attachments import attachments
from gateway.extract.files import read_file
from gateway.extract.message import conceal_recipients, read_message
from gateway.extract.node import Limits, Node
from gateway.mail import Attachment, Detection, Inspection, Part, State


class Inspector:
    """Reads messages and files, finds identifiers in them, and judges what they come to."""

    def __init__(self, additions: Additions = NONE, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._detector = Detector(additions)

    def warm_up(self) -> None:
        """Do once whatever is done lazily, so that forked workers share it."""
        ocr.engine()
        self.inspect(b"Subject: Re: Mrs Jane Doe, DOB 01/02/1950\r\n\r\nNHS number 999 000 0018, asthma.\r\n")

    def answer(
        self, method: str, content: bytes, name: str
    ) -> Inspection | Detection | list[Node] | list[Attachment] | bytes:
        """Do what a request names. Raises KeyError for what is not on offer."""
        match method:
            case "inspect":
                return self.inspect(content)
            case "detect":
                return self.detect(content.decode("utf-8", "surrogatepass"))
            case "read":
                return self.read(content, name)
            case "mask":
                return self.mask(content)
            case "attachments":
                return self.attachments(content)
            case "conceal":
                return conceal_recipients(content)
        raise KeyError(method)

    def without_files(self) -> Inspector:
        """The same, except that it raises FileWithin where it would open a file."""
        other = copy(self)
        other._limits = msgspec.structs.replace(self._limits, files=False)
        return other

    def inspect(self, content: bytes) -> Inspection:
        """Everything policy needs to know about a message (RFC 5322, CRLF)."""
        headers, nodes = read_message(content, self._limits)
        nodes = [msgspec.structs.replace(node, name=self._without_findings(node.name)) for node in nodes]
        readings = [self._reading(node) for node in nodes]
        return Inspection(headers, tuple(map(_part, nodes, readings)), judge(readings))

    def detect(self, text: str) -> Detection:
        """The findings of one text, and what they come to."""
        findings = self._detector.find(text)
        return Detection(findings, judge([Reading("text", text, findings)]))

    def read(self, content: bytes, name: str) -> list[Node]:
        """The nodes that a message (.eml) or any other file unfolds into."""
        if name.lower().endswith(".eml"):
            return read_message(content, self._limits)[1]
        return read_file(content, name, "", self._limits)

    def mask(self, content: bytes) -> list[Node]:
        """The message's nodes with every finding blacked out, for a reviewer's first look."""
        nodes = read_message(content, self._limits)[1]
        return [
            msgspec.structs.replace(
                node, name=self._without_findings(node.name), text=_masked(self._reading(node))
            )
            for node in nodes
        ]

    def attachments(self, content: bytes) -> list[Attachment]:
        """The files that a message carries, decoded, under the names of their parts."""
        return [
            msgspec.structs.replace(file, name=self._without_findings(file.name))
            for file in attachments(content, self._limits)
        ]

    def _without_findings(self, name: str) -> str:
        """A part's name, fit for evidence: files are called after patients, and parts after files."""
        return _masked(Reading(name, name, self._detector.find(name))) if "." in name else name

    def _reading(self, node: Node) -> Reading:
        findings = self._detector.find(node.text) if node.text else ()
        return Reading(node.name, node.text, _in_cells(findings, node) if node.layout else findings)


def _in_cells(findings: tuple[Finding, ...], node: Node) -> tuple[Finding, ...]:
    """The findings in the text of a sheet, with the cells in which they begin."""
    assert node.layout is not None
    cells = node.layout.cells(node.text, (finding.start for finding in findings))
    placed = zip(findings, cells, strict=True)
    return tuple(msgspec.structs.replace(finding, cell=cell) for finding, cell in placed)


def _masked(reading: Reading) -> str:
    characters = list(reading.text)
    for finding in reading.findings:
        characters[finding.start : finding.end] = "█" * (finding.end - finding.start)
    return "".join(characters)


def _part(node: Node, reading: Reading) -> Part:
    return Part(
        name=node.name,
        type=node.type,
        size=node.size,
        state=State.MATCHED if node.state is State.CLEAN and reading.findings else node.state,
        reason=node.reason,
        chars=len(node.text),
        findings=reading.findings,
        traits=node.traits,
    )
