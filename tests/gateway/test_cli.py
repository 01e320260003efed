"""The command line keeps the public contract of the design: shapes, order, exit statuses."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from gateway.mail import new_id
from tests.gateway.extract.office_files import msg
from tests.journeys.house import PATIENT, SENDER, letter

SAMPLES = Path("gateway/samples")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_scan_gives_one_object_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`scan --json` prints what the contract says, and 1 says that something would not be delivered."""
    mail = tmp_path / "one.eml"
    mail.write_bytes(letter(PATIENT))

    assert main(["scan", "--json", str(mail)]) == 1

    (report,) = lines(capsys.readouterr().out)
    assert report["path"] == str(mail)
    assert report["action"] == "hold"
    assert report["patient_identifiable"] is True
    assert report["bank_or_card"] is False
    assert report["recipients"] == {"sam@mail.example": "insecure"}
    assert {"id", "clause", "severity", "action", "reason"} <= report["rules"][0].keys()
    assert report["rules"][0]["clause"] == "AUP-9c"
    assert {"type", "start", "end", "score", "part"} <= report["findings"][0].keys()
    body = next(part for part in report["parts"] if part["name"] == "body")
    assert body["state"] == "matched"
    assert {"name", "type", "size", "state", "chars"} <= body.keys()
    assert report["milliseconds"] > 0
    text = PATIENT.decode()
    numbers = [one for one in report["findings"] if one["type"] == "NHS_NUMBER" and one["part"] == "body"]
    assert [text[one["start"] : one["end"]] for one in numbers] == ["999 000 0018"]


def test_scan_takes_recipients_and_sender_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --rcpt, header recipients do not count: the same letter may go to nhs.net."""
    mail = tmp_path / "one.eml"
    mail.write_bytes(letter(PATIENT).replace(b"\r\n", b"\n"))

    assert main(["scan", "--json", "--rcpt", "gp@nhs.net", "--mail-from", SENDER, str(mail)]) == 0

    (report,) = lines(capsys.readouterr().out)
    assert report["recipients"] == {"gp@nhs.net": "secure"}


def test_scan_reads_bcc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --rcpt, recipients of Bcc count."""
    mail = tmp_path / "one.eml"
    mail.write_bytes(b"Bcc: me@webmail.example\r\n" + letter(PATIENT, "gp@nhs.net"))

    assert main(["scan", "--json", str(mail)]) == 1

    (report,) = lines(capsys.readouterr().out)
    assert report["recipients"] == {"gp@nhs.net": "secure", "me@webmail.example": "insecure"}


def test_scan_reads_folders_and_mboxes_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder is read whole, an mbox message by message, hidden files are left out."""
    unix = [letter(body).replace(b"\r\n", b"\n") for body in (b"Hello\r\n", b">From here on\r\n", PATIENT)]
    box = b"".join(b"From a@b.example Sat Nov 21 10:00:00 2026\n" + message + b"\n" for message in unix)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "archive").write_bytes(box)
    (tmp_path / "a.eml").write_bytes(unix[0])
    (tmp_path / ".hidden").write_bytes(unix[2])

    assert main(["scan", "--json", str(tmp_path)]) == 1

    reports = lines(capsys.readouterr().out)
    archive = str(tmp_path / "b" / "archive")
    assert [report["path"] for report in reports] == [
        str(tmp_path / "a.eml"),
        f"{archive}#1",
        f"{archive}#2",
        f"{archive}#3",
    ]
    assert [report["action"] for report in reports] == ["deliver", "deliver", "deliver", "hold"]


def test_scan_names_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unreadable input is named on standard error, the rest is judged, and the status is 2."""
    (tmp_path / "empty.eml").write_bytes(b"\n")
    (tmp_path / "good.eml").write_bytes(letter(b"Hello\r\n"))
    missing = tmp_path / "missing.eml"

    assert main(["scan", "--json", str(tmp_path), str(missing)]) == 2

    captured = capsys.readouterr()
    assert "empty.eml" in captured.err
    assert "missing.eml" in captured.err
    assert [report["action"] for report in lines(captured.out)] == ["deliver"]


def test_detect_keeps_order_and_offsets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON lines come out in the order they went in; offsets are code points of the text as given."""
    texts = ["Hello", "😀 Mrs Jane Doe, NHS number 999 000 0018", "card 4000 0000 0000 0010", "\ud800 lone"]
    given = "".join(json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))

    assert main(["detect", "--json", "-"]) == 0

    results = lines(capsys.readouterr().out)
    assert [result["id"] for result in results] == [0, 1, 2, 3]
    assert [(result["patient_identifiable"], result["bank_or_card"]) for result in results] == [
        (False, False),
        (True, False),
        (False, True),
        (False, False),
    ]
    number = next(span for span in results[1]["spans"] if span["type"] == "NHS_NUMBER")
    assert texts[1][number["start"] : number["end"]] == "999 000 0018"


def test_detect_says_which_line_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line that is not an object with id and text is named with its number."""
    file = tmp_path / "texts.jsonl"
    file.write_text('{"id": 1, "text": "fine"}\n{"id": 2}\n', encoding="utf-8")

    assert main(["detect", str(file)]) == 2

    assert f"{file}:2" in capsys.readouterr().err


def test_extract_shows_what_the_gate_sees(capsys: pytest.CaptureFixture[str]) -> None:
    """Every node comes with path, type, size, state and text."""
    assert main(["extract", "--json", str(SAMPLES / "09-spreadsheet-of-patients.eml")]) == 0

    nodes = lines(capsys.readouterr().out)
    assert all({"path", "type", "name", "size", "state", "reason", "text"} <= node.keys() for node in nodes)
    sheet = next(node for node in nodes if "recall.xlsx" in node["path"] and "Jane Doe" in node["text"])
    assert sheet["state"] == "clean"
    assert sheet["cells"] == [[0, "A1"]]


def test_a_finding_says_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """In a sheet it names its cell, and so does the evidence of the verdict."""
    sample = str(SAMPLES / "09-spreadsheet-of-patients.eml")
    assert main(["scan", "--json", "--rcpt", "a@gmail.example", sample]) == 1

    (report,) = lines(capsys.readouterr().out)
    places = [one["place"] for one in report["findings"] if one["type"] == "NHS_NUMBER"]
    assert all(re.fullmatch(r"recall\.xlsx › .+ › [A-Z][0-9]+", place) for place in places)
    assert any(sentence.endswith(f"({places[0]})") for sentence in report["evidence"])


def test_extract_names_a_file_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The way to a node of a file that is no message begins with the file's own path."""
    file = tmp_path / "list.csv"
    file.write_text("Name,NHS No\nJane Doe,999 000 0018\n", encoding="utf-8")

    assert main(["extract", "--json", str(file)]) == 0

    (node,) = lines(capsys.readouterr().out)
    assert (node["path"], node["name"]) == (str(file), "list.csv")


def test_policy_test_runs_every_example(capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped policy keeps every promise of its own examples."""
    assert main(["policy", "test"]) == 0

    out = capsys.readouterr().out
    assert "WRONG" not in out
    assert out.count("ok") >= 40


def test_policy_test_fails_for_a_broken_promise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An example that does not come out as promised makes the status 1 and is marked."""
    policy = Path("config/policy.toml").read_text(encoding="utf-8")
    file = tmp_path / "policy.toml"
    file.write_text(policy.replace("bcc_threshold = 3", "bcc_threshold = 50"), encoding="utf-8")
    config = tmp_path / "postern.toml"
    config.write_text('[policy]\nfile = "policy.toml"\n', encoding="utf-8")

    assert main(["policy", "test", "--config", str(config)]) == 1

    assert "WRONG visible-recipients must 1" in capsys.readouterr().out


def refused(config: Path) -> str:
    """What `serve` says when it does not start: as a process of its own, for it sets up the log of all."""
    ended = subprocess.run(
        [sys.executable, "-m", "gateway", "serve", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    return ended.stderr


def test_a_wrong_configuration_stops_with_every_problem(tmp_path: Path) -> None:
    """`serve` does not start; file, line and key of every problem are named."""
    config = tmp_path / "postern.toml"
    config.write_text('[smtp]\nsize_limit = "big"\n[nexthop]\n', encoding="utf-8")

    err = refused(config)

    assert f"{config}:2: smtp.size_limit" in err
    assert f"{config}:3: nexthop" in err


@pytest.mark.parametrize(
    ("address", "trust"),
    [("dr@NHS.NET", "secure"), ("a@practice.example", "internal"), ("x@nhs.net.evil.example", "insecure")],
)
def test_domains_check(address: str, trust: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Trust is told with its reason."""
    assert main(["domains", "check", address]) == 0

    assert f"{address}: {trust}: " in capsys.readouterr().out


def test_ids_sort_by_time() -> None:
    """Message ids are sixteen characters, differ, and sort by creation."""
    ids = [new_id() for _ in range(1000)]

    assert len(set(ids)) == 1000
    assert {len(one) for one in ids} == {16}
    assert [one[:9] for one in ids] == sorted(one[:9] for one in ids)


def test_looking_makes_no_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that only looks leaves no key and no database in the wrong folder, and says so."""
    monkeypatch.chdir(tmp_path)

    assert main(["quarantine", "list"]) == 2
    assert main(["audit", "list"]) == 2

    assert "no gateway has kept anything here yet" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_decision_needs_a_reason(reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Release and reject do not take an empty one."""
    for command in ("release", "reject"):
        with pytest.raises(SystemExit, match="2"):
            main(["quarantine", command, "0123456789abcdef", "--reason", reason])

    assert "written to the audit" in capsys.readouterr().err


def test_scan_says_when_there_is_nobody_to_send_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A message without recipients is not called deliverable."""
    mail = tmp_path / "draft.eml"
    mail.write_bytes(letter(PATIENT).replace(b"To: sam@mail.example\r\n", b""))

    assert main(["scan", "--json", str(mail)]) == 2

    said = capsys.readouterr()
    assert "no recipients" in said.err
    assert said.out == ""


def test_the_demo_empties_no_folder_that_is_not_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--folder` with something in it is refused, and nothing is lost."""
    (tmp_path / "thesis.txt").write_text("precious", encoding="utf-8")

    assert main(["demo", "--once", "--folder", str(tmp_path)]) == 2

    assert "must be empty" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ('[smtp]\ncertificate = "c.pem"\ncertificate_key = "c.pem"\n', "smtp.certificate"),
        ('[next_hop]\ntls = "starttls"\nca_file = "c.pem"\n', "next_hop.ca_file"),
        ('[store]\nfolder = "c.pem"\n', "store.folder"),
        ('[inspection]\nlexicons = "c.pem"\n', "inspection.lexicons"),
        ('[inspection]\nmodulus_table = "c.pem"\n', "inspection.modulus_table"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_setting(
    tmp_path: Path, settings: str, named: str
) -> None:
    """`serve` stops, and says which setting names which file."""
    (tmp_path / "c.pem").write_bytes(b"\xff not PEM")
    config = tmp_path / "postern.toml"
    listening = '[http]\nlisten = "127.0.0.1:0"\n'
    config.write_text(settings + listening, encoding="utf-8")

    err = refused(config)

    assert named in err
    assert "c.pem" in err


def test_hostile_text_does_not_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences of a mail are shown as replacement characters."""
    mail = tmp_path / "one.eml"
    mail.write_bytes(letter(b"\x1b]0;owned\x07\x1b[2J Hello\r\n"))

    assert main(["extract", str(mail)]) == 0

    out = capsys.readouterr().out
    assert "\x1b]0" not in out
    assert "\x07" not in out


def test_scan_takes_messages_of_outlook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A .msg is judged by its properties: recipients, body and attachments."""
    mail = tmp_path / "one.msg"
    body = "Dear Sam, the NHS number of Mrs Jane Doe, DOB 01/02/1950, is 999 000 0018."
    mail.write_bytes(msg({0x0037: "Results", 0x1000: body}, [(1, {0x39FE: "sam@mail.example"})]))

    assert main(["scan", "--json", str(mail)]) == 1

    (report,) = lines(capsys.readouterr().out)
    assert report["recipients"] == {"sam@mail.example": "insecure"}
    assert report["action"] == "hold"
    assert ("NHS_NUMBER", "body") in [(one["type"], one["part"]) for one in report["findings"]]


DMD = "<VTMS><VTM><NM>Zorbulexone</NM></VTM></VTMS>"


def configured(folder: Path, inspection: str) -> list[str]:
    """`--config` with these lines in its section."""
    file = folder / "postern.toml"
    file.write_text(f"[inspection]\nworkers = 1\n{inspection}\n", encoding="utf-8")
    return ["--config", str(file)]


def detected(folder: Path, text: str, config: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The types that `detect` finds in a text."""
    file = folder / "texts.jsonl"
    file.write_text(json.dumps({"id": 1, "text": text}), encoding="utf-8")
    capsys.readouterr()
    assert main(["detect", str(file), *config]) == 0
    (answer,) = lines(capsys.readouterr().out)
    return [span["type"] for span in answer["spans"]]


def test_terms_that_were_imported_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`lexicon import` fills the folder that the configuration names, and workers read it."""
    config = configured(tmp_path, 'lexicons = "lists"')
    file = tmp_path / "f_vtm2.xml"
    file.write_text(DMD, encoding="utf-8")

    assert main(["lexicon", "import", str(file), *config]) == 0
    assert f"{tmp_path}/lists/drugs.txt: 1 terms" in capsys.readouterr().out
    assert main(["lexicon", "import", str(file), "--as", "symptoms", *config]) == 0

    assert detected(tmp_path, "she takes zorbulexone daily", config, capsys) == ["CLINICAL"]
    assert detected(tmp_path, "she takes zorbulexone daily", configured(tmp_path, ""), capsys) == []
    assert (tmp_path / "lists" / "symptoms.txt").read_text(encoding="utf-8") == "zorbulexone\n"


@pytest.mark.parametrize(
    ("inspection", "name", "said"),
    [
        ("", "f_vtm2.xml", "inspection.lexicons: must name the folder"),
        ('lexicons = "lists"', "f_vtm2.txt", "f_vtm2.txt:1: must be the heading of RF2"),
        ('lexicons = "lists"', "missing.xml", "missing.xml"),
    ],
)
def test_what_cannot_be_imported_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], inspection: str, name: str, said: str
) -> None:
    """Without a folder, or from another file, nothing is imported, and the error says what would be right."""
    for file in ("f_vtm2.xml", "f_vtm2.txt"):
        (tmp_path / file).write_text(DMD, encoding="utf-8")

    assert main(["lexicon", "import", str(tmp_path / name), *configured(tmp_path, inspection)]) == 2

    assert said in capsys.readouterr().err
    assert not (tmp_path / "lists").exists()


def test_a_modulus_table_tells_what_is_no_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pair without a label counts unless the operator's table says that it cannot exist."""
    (tmp_path / "table.txt").write_text("202959 202959 MOD10" + " 0" * 13 + " 1\n", encoding="ascii")
    text = "please pay 20-29-59 63748472 today"

    assert detected(tmp_path, text, configured(tmp_path, ""), capsys) == ["UK_BANK_ACCOUNT"] * 2
    table = configured(tmp_path, 'modulus_table = "table.txt"')
    assert detected(tmp_path, text, table, capsys) == []
