"""From raw bytes to facts: what one message holds. Runs only inside a worker process."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import islice
from pathlib import Path

import msgspec

from detectors import clinical, likelihood
from detectors.additions import NONE, Additions
from detectors.engine import Detector
from detectors.findings import Finding, Judgement, Piece, Reading
from detectors.identifiable import MONEY, judge
from detectors.lists import is_of_patients
from detectors.records import HEALTH_NUMBERS
from gateway.extract import charset, ocr
from gateway.extract.attachments import attachments
from gateway.extract.files import read_file
from gateway.extract.message import conceal_recipients, read_message
from gateway.extract.node import Limits, Node
from gateway.mail import Attachment, Detection, Inspection, Part, State

_ENOUGH = 200_000
"""Characters of a text. When they have identified patients, nobody asks of further names who they are: in a
list of sixty thousand that takes half a minute. Health numbers count to the end, and so do bank details."""
_BODY = re.compile(r"body(?: \([^()]*\))*")
"""How the bodies of a message are named."""
_TITLE, _BELOW, _MOST_PARAGRAPHS, _MOST_BODIES = 300, 6_000, 6, 4
"""Characters of a subject and of a body, and how many of each are read together."""
_PARAGRAPH = re.compile(r"(?:(?!\n[ \t>\r]*\n).)+", re.DOTALL)
"""What no blank line parts, be it quoted."""
_WITH_SHEET = Path(__file__).with_name("samples") / "09-spreadsheet-of-patients.eml"
_WITH_PDF = b"""\
Subject: Re: Mrs Jane Doe, DOB 01/02/1950\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
\r
NHS number 999 000 0018, asthma.\r
--b\r
Content-Type: application/pdf; name=a.pdf\r
\r
%PDF-1.4\r
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\r
2 0 obj <</Type/Pages/Count 1/Kids[3 0 R]>> endobj\r
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources <</Font <</F 5 0 R>>>>>> endobj\r
4 0 obj <</Length 24>> stream\r
BT /F 1 Tf (words) Tj ET\r
endstream endobj\r
5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj\r
trailer <</Root 1 0 R>>\r
--b--\r
"""


class Inspector:
    """Reads messages and files, finds identifiers in them, and judges what they come to."""

    def __init__(self, additions: Additions = NONE, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._detector = Detector(additions)

    def warm_up(self) -> None:
        """Do once whatever is done lazily, so that forked workers share it."""
        ocr.engines()
        charset.load()
        likelihood.load()
        self.inspect(_WITH_PDF)
        self.inspect(_WITH_SHEET.read_bytes())

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
        headers, unfolded = read_message(content, self._limits)
        nodes = list(map(in_lines, unfolded))
        pairs = list(_below_subjects(nodes))
        nodes = [msgspec.structs.replace(node, name=self._without_findings(node.name)) for node in nodes]
        readings = [self._reading(node, to_the_end=False) for node in nodes]
        judgement = judge(list(map(_telling, readings)))
        if not judgement.patient_identifiable:
            below = ((readings[subject], readings[body]) for subject, body in pairs)
            telling = (pair for pair in below if pair[0].findings or is_of_patients(pair[0].text))
            judgement = self._judged_below(judgement, islice(telling, _MOST_BODIES))
        return Inspection(headers, tuple(map(_part, nodes, readings)), judgement)

    def _judged_below(self, judgement: Judgement, below: Iterable[tuple[Reading, Reading]]) -> Judgement:
        """The same, with those whom bodies identify together with their subject: "Jane Doe" above "her biopsy
        shows cancer".

        Paragraph by paragraph: whatever else the message says is of other matters.
        """
        found = judge(
            [
                Reading(body.name, text, self._of_patients(text), pieces)
                for subject, body in below
                for text, pieces in _paragraphs(subject, body)
            ]
        )
        if not found.patient_identifiable:
            return judgement
        return msgspec.structs.replace(
            found, bank_or_card=judgement.bank_or_card, evidence=found.evidence + judgement.evidence
        )

    def _of_patients(self, text: str) -> tuple[Finding, ...]:
        """The findings of a text, less those of money, of which the parts of it have been asked."""
        return tuple(finding for finding in self._detector.find(text) if finding.type not in MONEY)

    def detect(self, text: str) -> Detection:
        """The findings of one text, and what they come to."""
        findings = self._detector.find(text)
        return Detection(findings, judge([Reading("text", text, findings)]))

    def read(self, content: bytes, name: str) -> list[Node]:
        """The nodes that a message (.eml) or any other file unfolds into."""
        if name.lower().endswith(".eml"):
            nodes = read_message(content, self._limits)[1]
        else:
            nodes = read_file(content, name, "", self._limits)
        return list(map(in_lines, nodes))

    def mask(self, content: bytes) -> list[Node]:
        """The message's nodes with every finding blacked out, for a reviewer's first look."""
        nodes = map(in_lines, read_message(content, self._limits)[1])
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

    def _reading(self, node: Node, *, to_the_end: bool = True) -> Reading:
        findings = self._detector.find(node.text, to_the_end=to_the_end) if node.text else ()
        return Reading(node.name, node.text, _in_cells(findings, node) if node.layout else findings)


def in_lines(node: Node) -> Node:
    """The same, its lines ended as detectors read them; what has cells or pages has no other ends."""
    if node.layout or "\r\n" not in node.text:
        return node
    return msgspec.structs.replace(node, text=node.text.replace("\r\n", "\n"))


def _below_subjects(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """The places of each subject and of a body below it, of the message and of those in it."""
    subjects: dict[str, int] = {}
    for place, node in enumerate(nodes):
        message, _, step = node.name.rpartition(" › ")
        if step == "subject":
            subjects.setdefault(message, place)  # A file may be called so, too, but stands further down.
        elif message in subjects and _BODY.fullmatch(step):
            yield subjects[message], place


def _paragraphs(subject: Reading, body: Reading) -> Iterator[tuple[str, tuple[Piece, ...]]]:
    """The first paragraphs of a body that tell something, each below the subject; where the parts stand."""
    title = subject.text[:_TITLE]
    above = f"Subject: {title}\n\n"
    start = Piece(len(above) - len(title) - 2, subject.name, 0)
    paragraphs = _PARAGRAPH.finditer(body.text[:_BELOW])
    telling = (paragraph for paragraph in paragraphs if _tells(body, paragraph))
    for paragraph in islice(telling, _MOST_PARAGRAPHS):
        yield above + paragraph[0], (start, Piece(len(above), body.name, paragraph.start()))


def _tells(body: Reading, paragraph: re.Match[str]) -> bool:
    """Whether something was found in it, or there is what nobody looks for where nobody is named."""
    first = bisect_left(body.findings, paragraph.start(), key=lambda finding: finding.start)
    found = first < len(body.findings) and body.findings[first].start < paragraph.end()
    return found or any(clinical.find(paragraph[0]))


def _telling(reading: Reading) -> Reading:
    """The reading with as many of its findings as the judgement takes."""
    end = bisect_left(reading.findings, _ENOUGH, key=lambda finding: finding.start)
    begin = msgspec.structs.replace(reading, findings=reading.findings[:end])
    if end == len(reading.findings) or not judge([begin]).patient_identifiable:
        return reading
    numbers = (finding for finding in reading.findings[end:] if finding.type in {*HEALTH_NUMBERS, *MONEY})
    return msgspec.structs.replace(reading, findings=(*begin.findings, *numbers))


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
