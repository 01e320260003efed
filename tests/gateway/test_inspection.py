"""Lists of patients as offices send them: what a heading says counts for every cell below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from detectors.findings import Finding
from gateway.inspection import Inspector
from gateway.mail import Inspection
from tests.gateway.extract.files import attachment, docx, entity, multipart, paragraph, xlsx
from tests.gateway.extract.office_files import doc, label, odf, xls

Rows = Sequence[Sequence[str]]
FIRST_NAMES = ["Mary", "Peter", "Susan", "David", "Helen", "Simon", "Janet", "Colin", "Wendy", "Barry"]
LAST_NAMES = ["Walker", "Cooper", "Hughes", "Morris", "Turner", "Carter", "Bailey", "Palmer", "Foster"]
TITLES = ["Recall list", "Made by reception", "Asthma"]


@pytest.fixture(scope="module")
def inspector() -> Inspector:
    return Inspector()


def nhs_number(patient: int) -> str:
    """A valid one of the range for tests; of every eleven, one is a neighbour's."""
    digits = f"999{patient:06}"
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    return f"{digits}{check % 11}" if check != 10 else nhs_number(patient + 500_000)


def patients(first: int, last: int) -> Rows:
    """Two in three have a note; a sort code is one by its heading only."""
    return [
        [
            f"R{n:05}",
            nhs_number(n),
            f"{n % 28 + 1:02}/{n % 12 + 1:02}/19{n % 50 + 40}",
            f"10-20-{n % 90 + 10}",
            f"{31926800 + n}",
            "" if n % 3 else "1 High St\nLeeds",
        ]
        for n in range(first, last)
    ]


def listed(count: int) -> Rows:
    headings = ["Ref", "NHS No", "DOB", "Sort code", "Account no", "Note"]
    return [*([title] for title in TITLES), [], headings, *patients(0, count)]


def as_xlsx(rows: Rows) -> bytes:
    def cells(number: int, row: Sequence[str]) -> str:
        places = (f"{chr(65 + column)}{number}" for column in range(len(row)))
        return "".join(f'<c r="{r}" t="str"><v>{text}</v></c>' for r, text in zip(places, row, strict=True))

    return xlsx({"List": "".join(f'<row r="{n}">{cells(n, row)}</row>' for n, row in enumerate(rows, 1))})


def as_xls(rows: Rows) -> bytes:
    strings = [text for row in rows for text in row]
    index = iter(range(len(strings)))
    cells = (label(r, c, next(index)) for r, row in enumerate(rows) for c, _ in enumerate(row))
    return xls({"List": b"".join(cells)}, strings)


def open_table(rows: Rows) -> str:
    def cell(text: str) -> str:
        lines = "".join(f"<text:p>{line}</text:p>" for line in text.split("\n"))
        return f"<table:table-cell>{lines}</table:table-cell>"

    listed = (f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    return f"<table:table table:name='List'>{''.join(listed)}</table:table>"


def as_ods(rows: Rows) -> bytes:
    return odf(open_table(rows), kind="spreadsheet")


def as_odt(rows: Rows) -> bytes:
    return odf(open_table(rows))


def as_csv(rows: Rows) -> bytes:
    quoted = (",".join(f'"{text}"' if "\n" in text else text for text in row) for row in rows)
    return "\r\n".join(quoted).encode()


def as_docx(rows: Rows) -> bytes:
    def cell(text: str) -> str:
        return f"<w:tc>{''.join(map(paragraph, text.split(chr(10))))}</w:tc>"

    table = "".join(f"<w:tr>{''.join(map(cell, row))}</w:tr>" for row in rows[len(TITLES) :])
    return docx("".join(map(paragraph, TITLES)) + f"<w:tbl>{table}</w:tbl>")


def as_html(rows: Rows) -> bytes:
    def cell(text: str) -> str:
        return f"<td>{text.replace(chr(10), '<br>')}</td>"

    table = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in rows[len(TITLES) :])
    return f"<html><p>{'<p>'.join(TITLES)}<table>{table}</table></html>".encode()


def as_rtf(rows: Rows) -> bytes:
    lines = (r"\trowd " + "".join(f"{text}\\cell " for text in row) + r"\row" for row in rows)
    return ("{\\rtf1 " + "\n".join(lines).replace("High St\n", r"High St\par ") + "}").encode()


def as_doc(rows: Rows) -> bytes:
    text = "".join("".join(f"{cell}\x07" for cell in row) + "\x07" for row in rows[len(TITLES) + 1 :])
    return doc([text.replace("\n", "\r")])


def sent(*files: tuple[str, bytes]) -> bytes:
    attached = (attachment(data, name) for name, data in files)
    return multipart(entity(b"See attached.\r\n", "Content-Type: text/plain"), *attached)


def counted(inspection: Inspection) -> Counter[str]:
    return Counter(finding.type for part in inspection.parts for finding in part.findings)


FORMATS: dict[str, Callable[[Rows], bytes]] = {
    "list.xlsx": as_xlsx,
    "list.xls": as_xls,
    "list.ods": as_ods,
    "list.csv": as_csv,
    "list.docx": as_docx,
    "list.html": as_html,
    "list.odt": as_odt,
    "list.rtf": as_rtf,
    "list.doc": as_doc,
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_heading_counts_for_every_cell_below_it(inspector: Inspector, name: str) -> None:
    """Whatever the format, whether cells are empty or of several lines, each row is one patient."""
    inspection = inspector.inspect(sent((name, FORMATS[name](listed(120)))))
    found = counted(inspection)
    assert (found["NHS_NUMBER"], found["DATE_OF_BIRTH"], found["UK_BANK_ACCOUNT"]) == (120, 120, 240)
    assert inspection.judgement.patients == 120


@pytest.mark.parametrize("name", ["list.xlsx", "list.html"])
def test_the_heading_of_a_long_list_counts_to_its_end(inspector: Inspector, name: str) -> None:
    """On a list of 5,000 rows the last cell has the context of the first."""
    found = counted(inspector.inspect(sent((name, FORMATS[name](listed(5_000))))))
    assert (found["NHS_NUMBER"], found["DATE_OF_BIRTH"]) == (5_000, 5_000)


def test_patients_are_counted_across_files(inspector: Inspector) -> None:
    """Who stands in two files of one message, or twice in one, is one patient."""
    headings = [["Ref", "NHS No", "DOB", "Sort code", "Account no", "Note"]]
    one, other = [*headings, *patients(0, 30)], [*headings, *patients(20, 60), *patients(50, 60)]
    message = sent(("one.xlsx", as_xlsx(one)), ("other.csv", as_csv(other)))
    assert inspector.inspect(message).judgement.patients == 60


def test_of_a_long_list_numbers_count_to_the_end(
    inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once patients are identified, names are not asked about; health numbers count as before."""
    rows = [["NHS No", "Name", "DOB"]]
    rows += [["", f"{first} {last}", "01/02/1950"] for first in FIRST_NAMES for last in LAST_NAMES]
    rows += [[nhs_number(n), "Jane Smith", "01/02/1950"] for n in range(50)]
    rows += [["", "GB82 WEST 1234 5698 7654 32", ""]]
    message = sent(("list.csv", as_csv(rows)))
    whole = inspector.inspect(message)
    monkeypatch.setattr("gateway.inspection._ENOUGH", 1_000)
    begun = inspector.inspect(message)

    assert begun.parts == whole.parts
    assert (begun.judgement.patients, whole.judgement.patients) == (50, 91)
    assert begun.judgement.bank_or_card


def test_a_long_text_is_judged_to_its_end_where_the_beginning_says_nothing(
    inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A patient who stands behind a thousand lines of something else is one."""
    monkeypatch.setattr("gateway.inspection._ENOUGH", 1_000)
    text = "Dr Jane Doe is on leave.\n" * 1_000 + "Patient: John Smith, DOB 01/02/1950, asthma"

    assert inspector.inspect(sent(("text.txt", text.encode()))).judgement.patient_identifiable


def test_a_long_list_of_patients_is_looked_through_for_what_is_new(
    inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind its beginning only health numbers and bank details are found; who masks it has all of it."""
    message = sent(("list.csv", as_csv(listed(2_500))))
    whole = counted(inspector.inspect(message))
    monkeypatch.setattr("detectors.engine.ENOUGH", 50_000)
    inspection = inspector.inspect(message)
    found = counted(inspection)

    kept = ("NHS_NUMBER", "UK_BANK_ACCOUNT")
    assert [found[kind] for kind in kept] == [whole[kind] for kind in kept] == [2_500, 5_000]
    assert 500 < found["DATE_OF_BIRTH"] < 2_000 < whole["DATE_OF_BIRTH"]
    assert inspection.judgement.patients == 2_500
    (table,) = (node.text for node in inspector.mask(message) if node.name == "list.csv")
    assert "/19" not in table


DISCLAIMER = """\
This message may contain confidential information. If you are not the intended recipient please inform the
sender that you have received the message in error before deleting it."""


def about(subject: str, body: str) -> bytes:
    return f"Subject: {subject}\n\n{body}\n".replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("subject", "name", "body"),
    [
        ("Lena Hoyle", "Lena Hoyle", "Potassium 6.9 - please ring her now."),
        ("Amina Begum", "Amina Begum", "Could you chase her MRI brain? Still having seizures.\n\nReception"),
        ("Query re Thomas Bell", "Thomas Bell", "His wife rang, he has stopped taking sertraline."),
        (
            "Mr K Dhillon",
            "K Dhillon",
            "lung cancer confirmed at MDT, palliative. Please add to the GSF list.",
        ),
        ("Complaint - Mr Brian Lowe", "Brian Lowe", "He says the ulcer on his leg became infected."),
    ],
)
def test_a_patient_of_the_subject_is_identified_by_the_body(
    inspector: Inspector, subject: str, name: str, body: str
) -> None:
    """Neither part says it by itself, whatever stands around; the evidence says who is named where."""
    start = subject.index(name)
    letter = (
        f"Hi Sue,\n\n{body}\n\nKind regards\n\nTom Webster\nReceptionist\nThe Hollies Surgery\n\n{DISCLAIMER}"
    )
    for message in (about(subject, body), about(subject, letter), sent(("a.eml", about(subject, body)))):
        judgement = inspector.inspect(message).judgement
        assert judgement.patient_identifiable
        assert f"subject, characters {start} to {start + len(name)}" in judgement.evidence[0]
        assert judgement.patients == 1


def test_the_evidence_says_where_in_the_body_a_patient_is_named(inspector: Inspector) -> None:
    """Of paragraphs that were read below the subject, places are those in the body."""
    body = "Hi Sue,\n\nLena Hoyle\nJoan Petherick\n\nThanks\nTom"
    judgement = inspector.inspect(about("Smears overdue", body)).judgement
    at = body.index("Joan")
    assert judgement.patients == 2
    assert f"(body, characters {at} to {at + len('Joan Petherick')})" in judgement.evidence[1]


def test_lines_end_as_detectors_read_them(inspector: Inspector) -> None:
    """A number that is wrapped in mail (CRLF) is found as in any text, and stands where extracts have it."""
    message = about("Letters", "Jane Roe is filed here as 641/\n95526, she has melanoma.")
    number = next(f for part in inspector.inspect(message).parts for f in part.findings if f.start == 26)
    body = next(node for node in inspector.read(message, "a.eml") if node.name.endswith("body"))
    assert body.text[number.start : number.end] == "641/\n95526"


def test_a_subject_belongs_to_the_bodies_of_its_own_message(inspector: Inspector) -> None:
    """Files that are called so are none, and masked names of two messages do not mix them up."""
    telling = about(
        "Jane Tulley", "Her biopsy shows cancer of the breast. Please tell her to call the surgeon."
    )
    harmless = about("Rota", "The rota of May is attached.")
    decoy = multipart(
        entity(telling.partition(b"\r\n\r\n")[2], "Content-Type: text/plain"), attachment(b"cake", "subject")
    )
    assert inspector.inspect(b"Subject: Jane Tulley\r\n" + decoy).judgement.patient_identifiable
    for files in ((telling, harmless), (harmless, telling)):
        names = ("Jane Doe.eml", "Mary Poe.eml")
        message = sent(*zip(names, files, strict=True))
        assert inspector.inspect(message).judgement.patient_identifiable
    swapped = (
        about("Anita Rowe", "The rota of May is attached."),
        about("Budget", "Her biopsy shows cancer."),
    )
    assert not inspector.inspect(sent(*zip(names, swapped, strict=True))).judgement.patient_identifiable


def test_of_many_bodies_the_first_are_read_below_the_subject(
    inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long subject and many bodies are not multiplied."""
    read: list[str] = []
    find = inspector._detector.find

    def noted(text: str, *, to_the_end: bool = True) -> tuple[Finding, ...]:
        read.append(text)
        return find(text, to_the_end=to_the_end)

    monkeypatch.setattr(inspector._detector, "find", noted)
    bodies = [
        entity(f"The rota of room {n}, asthma stock.\r\n\r\n".encode() * 20, "Content-Type: text/plain")
        for n in range(50)
    ]
    message = b"Subject: " + b"meet Jane Doe, and " * 500 + b"\r\n" + multipart(*bodies)
    assert not inspector.inspect(message).judgement.patient_identifiable
    joined = [text for text in read if text.startswith("Subject: ")]
    assert 0 < len(joined) <= 24
    assert max(map(len, joined)) < 400


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Jean Ashworth retirement", "After 30 years Jean is leaving. She ran our diabetes clinic.\n\nTina"),
        ("Interview Thursday - Thomas Bell", "CV attached. He worked on a stroke ward for six years."),
        ("Ruth Okafor off sick", "Ruth has a migraine and won't be in today. Can someone cover reception?"),
        ("Talk by Dr Peter Hollis", "The lunchtime talk is on heart failure this week. Sandwiches provided."),
        ("Liam Dobson", "He has withdrawn his application for the dialysis post."),
        ("Lucy Grant", "Can you give her access to the spirometry results? Ticket 33121."),
        ("Dementia friends", "Lena Hoyle\nJoan Petherick\nAmina Begum"),
        ("Minutes - Margaret Doyle", "Please find the minutes. Item 4: COPD reviews.\n\nMargaret"),
    ],
)
def test_a_colleague_of_the_subject_is_no_patient(inspector: Inspector, subject: str, body: str) -> None:
    assert not inspector.inspect(about(subject, body)).judgement.patient_identifiable
