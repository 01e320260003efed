"""What the detector promises as a whole, whichever recognizers it runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors import engine
from detectors.additions import Additions
from detectors.engine import DetectionError, Detector, settle
from detectors.findings import Finding, FindingType, Reading
from detectors.identifiable import judge
from detectors.normalise import normalise
from detectors.sieve import LARGEST, windows

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


def found(detector: Detector, text: str) -> list[tuple[str, str]]:
    return [(finding.type, text[finding.start : finding.end]) for finding in detector.find(text)]


@pytest.mark.parametrize(
    ("text", "patient", "money"),
    [
        ("999 000 0018, HbA1c 91, insulin started", True, False),
        ("pay 10-79-99 88837491", False, True),
        ("card 4000 0000 0000 0010 exp 11/28 cvv 123", False, True),
        ("Please pay GB82 WEST 1234 5698 7654 32", False, True),
        ("Your surgery opens at 8am, ring 020 7946 0123", False, False),
        ("ref 4000-0000-0000-0001", False, False),
        ("clinic dates 10-12-26, 11-12-26, list 88837491", False, False),
        ("The policy says: always check the NHS number with the patient.", False, False),
    ],
)
def test_the_policy_s_fixtures_are_judged_as_it_says(
    detector: Detector, text: str, patient: bool, money: bool
) -> None:
    """The examples of clauses AUP-9c and AUP-10e come out as the clauses demand."""
    judgement = judge([Reading("body", text, detector.find(text))])
    assert (judgement.patient_identifiable, judgement.bank_or_card) == (patient, money)


def test_offsets_lead_into_the_text_as_given(detector: Detector) -> None:
    """Spans hold exactly what was written, before any folding."""
    text = "é\u200b> NHS No: ９９９\u00a0０００\u200b００１８, DOB&nbsp;03\u201304\u20131950"
    assert found(detector, text) == [
        ("NHS_NUMBER", "９９９\u00a0０００\u200b００１８"),
        ("DATE_OF_BIRTH", "03\u201304\u20131950"),
    ]


def test_a_long_text_is_read_to_its_end(detector: Detector) -> None:
    """Every record of a text of many windows is found once, in order."""
    line = "Patient Jane Doe, NHS number 999 000 0018, DOB 03/04/1950, takes metformin.\n"
    findings = detector.find(line * 400)
    assert [finding.start for finding in findings] == sorted(finding.start for finding in findings)
    for kind in ("NHS_NUMBER", "DATE_OF_BIRTH", "PERSON", "CLINICAL"):
        assert sum(finding.type == kind for finding in findings) == 400


@pytest.mark.parametrize(
    ("findings", "kept"),
    [
        ([("PERSON", 0, 4), ("PERSON", 0, 8)], [("PERSON", 0, 8)]),
        ([("PERSON", 3, 9), ("ADDRESS", 0, 12)], [("ADDRESS", 0, 12)]),
        ([("PHONE", 0, 12), ("NHS_NUMBER", 0, 12)], [("NHS_NUMBER", 0, 12)]),
        ([("CLINICAL", 0, 5), ("PERSON", 6, 9)], [("CLINICAL", 0, 5), ("PERSON", 6, 9)]),
        ([("CREDIT_CARD", 5, 24), ("PHONE", 0, 8), ("PERSON", 20, 30)], [("CREDIT_CARD", 5, 24)]),
        ([], []),
    ],
)
def test_a_stretch_of_text_belongs_to_the_best_claim(
    findings: list[tuple[FindingType, int, int]], kept: list[tuple[FindingType, int, int]]
) -> None:
    """Where findings overlap, the more telling type wins, and of one type the longer span."""
    settled = settle(Finding(kind, start, end, 0.9, "") for kind, start, end in findings)
    assert [(finding.type, finding.start, finding.end) for finding in settled] == kept


def test_a_recognizer_that_fails_is_never_nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure inside detection surfaces as DetectionError, without a word of the text."""

    def broken(text: str) -> Iterator[Finding]:
        raise ValueError(text)

    monkeypatch.setattr(engine, "OURS", ((("PERSON",), broken),))
    with pytest.raises(DetectionError) as failure:
        Detector().find("Jane Doe of Leeds")
    assert "Jane" not in str(failure.value)
    assert failure.value.__cause__ is None


def test_long_lists_are_read_by_the_rules_to_their_end(
    detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a long text has identified patients the pipeline rests; what rules find is found to the end."""
    monkeypatch.setattr(engine, "THOROUGH", 10_000)
    line = "Zhanerke Tolkyn - NHS number 999 000 0018, seen by Aigerim Tolkyn at the surgery in town\n"
    findings = detector.find(line * 600)
    last = {kind: max(f.start for f in findings if f.type == kind) for kind in ("NHS_NUMBER", "PERSON")}
    assert last["NHS_NUMBER"] > len(line) * 599
    assert last["PERSON"] < len(line) * 400


def test_a_row_far_down_a_table_has_its_heading(detector: Detector) -> None:
    """In the last window of a long table the columns still mean what the first line says."""
    rows = [f"oddname{at},{at % 28 + 1:02}/03/1950,K{100_000 + at}" for at in range(1_000)]
    findings = detector.find("\n".join(["Surname,DOB,Hospital No", *rows]))
    for kind in ("DATE_OF_BIRTH", "HOSPITAL_NUMBER"):
        assert sum(finding.type == kind for finding in findings) == len(rows)


def test_the_modulus_table_is_heard(tmp_path: Path) -> None:
    """With the operator's table a pair that cannot be an account, and that no label names, is none."""
    table = tmp_path / "table.txt"
    table.write_text("202959 202959 MOD10" + " 0" * 13 + " 1\n", encoding="ascii")
    text = "please pay 20-29-59 63748472 today"
    assert [finding.type for finding in Detector().find(text)] == ["UK_BANK_ACCOUNT"] * 2
    assert Detector(Additions(modulus_table=str(table))).find(text) == ()


def test_an_operator_s_lexicon_is_heard(tmp_path: Path) -> None:
    """A word of a list in the operator's folder is found, in a process that starts with it."""
    (tmp_path / "drugs.txt").write_text("zorbulexone\n", encoding="utf-8")
    code = (
        "import sys; from detectors.additions import Additions; from detectors.engine import Detector;"
        "found = Detector(Additions(lexicons=sys.argv[1])).find('takes zorbulexone daily');"
        "print([finding.type for finding in found])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['CLINICAL']"


def _yaml(folder: Path, kind: str, pattern: str) -> Additions:
    file = folder / "recognizers.yaml"
    file.write_text(
        "recognizers:\n"
        "  - name: Own numbers\n"
        "    supported_language: en\n"
        f"    supported_entity: {kind}\n"
        "    patterns:\n"
        f"      - {{name: own, regex: '{pattern}', score: 0.9}}\n",
        encoding="utf-8",
    )
    return Additions(recognizers=str(file))


def test_an_operator_s_own_recognizer_is_heard(tmp_path: Path) -> None:
    """A pattern from a Presidio YAML file finds what ours would have passed over."""
    text = "The boiler is broken. " * 30 + "See ward list q~qq~q tomorrow."
    assert Detector().find(text) == ()
    own = Detector(_yaml(tmp_path, "HOSPITAL_NUMBER", "q~q{2}~q"))
    assert found(own, text) == [("HOSPITAL_NUMBER", "q~qq~q")]


def test_an_operator_s_recognizer_must_find_a_known_type(tmp_path: Path) -> None:
    """A recognizer of an unknown type is refused at the start, by name."""
    with pytest.raises(ValueError, match="Own numbers finds SHOE_SIZE"):
        Detector(_yaml(tmp_path, "SHOE_SIZE", "x"))


@pytest.mark.parametrize(
    ("written", "changed", "reason"),
    [
        ("language: en", "language: en-GB", "Own numbers has supported_language en-GB; must be en"),
        ("score: 0.9", "score: 0", "Own numbers has a pattern with score 0"),
        ("regex: 'x'", "regex: '(x'", "Presidio reads it, which says: .*missing \\)"),
        ("score: 0.9", "score: 8", "Presidio reads it, which says: .*score"),
        (", score: 0.9", "", "Presidio reads it, which says: .*score"),
        ("patterns:", "pattern:", "Presidio reads it, which says: "),
        ("supported_language: en", "enabled: false", "Presidio reads it, which says: .*enabled"),
    ],
)
def test_an_operator_s_recognizer_that_would_find_nothing_is_refused(
    tmp_path: Path, written: str, changed: str, reason: str
) -> None:
    """At the start, with what is wrong: nobody would notice that it is never asked."""
    additions = _yaml(tmp_path, "PERSON", "x")
    file = Path(additions.recognizers)
    content = file.read_text()
    assert written in content
    Detector(additions)
    file.write_text(content.replace(written, changed))
    with pytest.raises(ValueError, match=reason):
        Detector(additions)


def test_an_operator_s_pattern_that_takes_too_long_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time-out, which Presidio would log and pass over, is a failure of detection."""
    monkeypatch.setattr("detectors.operators.SECONDS", 0.05)
    own = Detector(_yaml(tmp_path, "PERSON", "(a|aa)+$"))
    with pytest.raises(DetectionError, match="too long"):
        own.find("a" * 5_000 + "b")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=120) | st.text(st.sampled_from("9 0-/.\n>JaneDOB@&#;\u200b\ud800|,"), max_size=200))
def test_any_text_yields_ordered_spans_inside_it(detector: Detector, text: str) -> None:
    """Whatever the text, findings are sorted, apart, and inside it."""
    done = 0
    for finding in detector.find(text):
        assert done <= finding.start < finding.end <= len(text)
        done = finding.end


WORST = [
    "9",
    "9 ",
    "999 000 0019 ",
    "4000 0000 0000 0001 ",
    "10-79-99 ",
    "a",
    "Jane ",
    "Dr ",
    " ",
    "-",
    "\n",
    "DOB ",
    "12 High ",
    "a@",
    "GB82 ",
    "+44 0",
    "<a ",
    "> ",
    "&#",
    "\u200b",
    "a,b|c\t",
    "PID|",
    "password is ",
    "type 2 ",
    "hospital no ",
    "Mr ",
    "the third of May ",
    "date of b ",
    "d o b. ",
    "passport ",
    "a/c unit ",
    "Mill House, ",
    "\n\tHope\t",
    "ring May ",
    "*1",
    "Willow & Sons ",
    "AB12 34",
    "1 the ",
    "Mar the ",
]


@pytest.mark.parametrize("worst", WORST, ids=repr)
def test_a_megabyte_of_the_worst_is_folded_and_sieved(worst: str) -> None:
    """The passes that see a whole text come to the end of a megabyte of anything."""
    text = worst * (MEGABYTE // len(worst))
    folded = normalise(text)
    assert all(window.end <= len(folded.text) for window in windows(folded.text))


@pytest.mark.parametrize("worst", WORST, ids=repr)
def test_every_recognizer_gets_through_ten_windows_of_the_worst(worst: str) -> None:
    """What reads windows comes to the end of a stretch ten times as long as any window."""
    text = normalise(worst * (10 * LARGEST // len(worst))).text
    for _, find in engine.OURS:
        assert all(finding.end <= len(text) for finding in find(text))


@pytest.mark.parametrize("worst", ["9", "9 ", "Dr ", "Jane ", "a", " ", "-"], ids=repr)
def test_a_megabyte_of_the_worst_is_read_through(detector: Detector, worst: str) -> None:
    """A megabyte in one line comes to an end as a whole, with findings inside the text or none."""
    text = worst * (MEGABYTE // len(worst))
    assert all(finding.end <= len(text) for finding in detector.find(text))
