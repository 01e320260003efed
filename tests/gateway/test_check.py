"""`postern check`: what it says of the box, of the doors and of what stands around."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gateway.check import Check, checks
from gateway.confinement import Confinement
from tests.clamd import clamd
from tests.fakes import certificate


async def said(folder: Path, subject: str, configuration: str = "") -> list[Check]:
    """What is said of one subject."""
    file = folder / "postern.toml"
    file.write_text(f"[inspection]\nworkers = 1\n{configuration}", encoding="utf-8")
    return [check async for check in checks(file) if check.subject == subject]


async def test_every_gap_in_the_box_is_wrong(tmp_path: Path) -> None:
    """Workers that start are fine; each fence that this machine cannot put up is not."""
    gaps = Confinement([], 2**30).gaps

    start, *wrong = await said(tmp_path, "workers")

    assert start == Check("workers", True, "2 ready")
    assert wrong == [Check("workers", False, gap) for gap in gaps]


async def test_doing_without_a_scanner_is_said(tmp_path: Path) -> None:
    """Without a scanner all is as configured, and still the line says what is not done."""
    (check,) = await said(tmp_path, "virus scanner")

    assert check.fine
    assert "not scanned for viruses" in check.text


@pytest.mark.parametrize(
    ("alert", "fine", "text"), [("yes", True, "ClamAV"), ("no", False, "set AlertExceedsMax to yes")]
)
async def test_a_scanner_is_tried(tmp_path: Path, alert: str, fine: bool, text: str) -> None:
    """A scanner that finds viruses is fine if its limits alert; if not, what to set is said."""
    with clamd(tmp_path, AlertExceedsMax=alert) as daemon:
        scanner = f'[virus_scanner]\nsocket = "{daemon.socket}"\n'
        (check,) = await said(tmp_path, "virus scanner", scanner)

    assert check.fine is fine
    assert text in check.text


async def test_a_scanner_that_is_down_is_wrong(tmp_path: Path) -> None:
    """A socket that nobody listens on is named with its setting."""
    scanner = '[virus_scanner]\nsocket = "127.0.0.1:1"\n'
    (check,) = await said(tmp_path, "virus scanner", scanner)

    assert not check.fine
    assert check.text.startswith("virus_scanner.socket 127.0.0.1:1: ")


TABLE = "202959 202959 MOD10" + " 0" * 13 + " 1\n"


@pytest.mark.parametrize(
    ("setting", "name", "content", "fine", "text"),
    [
        ("modulus_table", "table.txt", TABLE, True, "1 lines"),
        ("modulus_table", "table.txt", f"{TABLE}\n202959 MOD10 1\n", False, "table.txt:3: neither a line of"),
        ("modulus_table", "other.txt", TABLE, False, "table.txt: cannot be read: No such file"),
        ("lexicons", "lists/drugs.txt", "zorbulexone\n", True, "1 drugs"),
        (
            "lexicons",
            "lists/drugs.txt",
            "zorbulexone\nX\u00e9\n",
            False,
            "drugs.txt:2: must be a word or phrase",
        ),
        (
            "lexicons",
            "lists/drug.txt",
            "zorbulexone\n",
            False,
            "must be the name of one of our lists: drugs, ",
        ),
        ("lexicons", "other/drugs.txt", "zorbulexone\n", False, "lists: cannot be read: No such file"),
    ],
)
async def test_what_an_operator_adds_is_read(
    tmp_path: Path, setting: str, name: str, content: str, fine: bool, text: str
) -> None:
    """A table or a folder of lists that cannot be used is wrong, with setting, file, line and remedy."""
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(content, encoding="utf-8")
    path, subject = {
        "modulus_table": ("table.txt", "modulus table"),
        "lexicons": ("lists", "word lists"),
    }[setting]
    config = tmp_path / "postern.toml"
    config.write_text(f'[inspection]\n{setting} = "{path}"\n', encoding="utf-8")

    check = await anext(check async for check in checks(config) if check.subject == subject)

    assert check.fine is fine
    assert text in check.text
    assert fine or check.text.startswith(f"inspection.{setting} {tmp_path}")


async def test_an_addition_that_is_wrong_is_said_wherever_it_matters(tmp_path: Path) -> None:
    """Workers cannot start and examples cannot run without it; all the rest is looked at all the same."""
    config = tmp_path / "postern.toml"
    config.write_text('[inspection]\nmodulus_table = "table.txt"\n', encoding="utf-8")

    looked = [check async for check in checks(config)]

    wrong = [check.subject for check in looked if "inspection.modulus_table" in check.text]
    assert wrong == ["modulus table", "policy examples", "workers"]
    assert looked[-1].subject == "next hop"


async def test_a_port_that_is_taken_is_named_with_its_setting(tmp_path: Path) -> None:
    """`serve` would not start: say so before."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (check,) = await said(tmp_path, "listener", f'[smtp]\nlisten = ["127.0.0.1:{port}"]\n')

    assert not check.fine
    assert check.text.startswith(f"smtp.listen 127.0.0.1:{port}: must be an address of this machine")


async def test_every_problem_of_the_listener_is_said_at_once(tmp_path: Path) -> None:
    """Its certificate, its users and each of its ports, each with setting and file."""
    made = certificate(tmp_path)
    made.chain.write_text("no certificate", encoding="ascii")
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = one.getsockname()[1], other.getsockname()[1]
        found = await said(
            tmp_path,
            "listener",
            f'[smtp]\nlisten = ["127.0.0.1:{ports[0]}"]\nlisten_tls = ["127.0.0.1:{ports[1]}"]\n'
            f'certificate = "{made.chain}"\ncertificate_key = "{made.key}"\nusers_file = "users"\n',
        )

    assert not any(check.fine for check in found)
    assert [check.text.partition(": ")[0] for check in found] == [
        f"smtp.certificate {made.chain}",
        f"smtp.users_file {tmp_path / 'users'}",
        f"smtp.listen 127.0.0.1:{ports[0]}",
        f"smtp.listen_tls 127.0.0.1:{ports[1]}",
    ]


async def test_every_problem_of_the_next_hop_is_said_at_once(tmp_path: Path) -> None:
    """Without the files that its settings name, it is not asked."""
    found = await said(
        tmp_path,
        "next hop",
        '[next_hop]\nport = 1\ntls = "starttls"\nusername = "gate"\npassword_file = "password"\n'
        'ca_file = "authorities.pem"\n',
    )

    assert [check.text.partition(": ")[0] for check in found] == [
        f"next_hop.password_file {tmp_path / 'password'}",
        f"next_hop.ca_file {tmp_path / 'authorities.pem'}",
    ]


async def test_a_database_that_is_not_there_is_named_with_its_setting(tmp_path: Path) -> None:
    """And with what its driver says, which comes with the gateway."""
    url = "postgresql+psycopg://postern:secret@127.0.0.1:1/postern"
    (check,) = await said(tmp_path, "store (store.url)", f'[store]\nurl = "{url}"\n')

    assert not check.fine
    assert "Connection refused" in check.text
    assert "secret" not in check.text


async def test_a_contact_that_is_nobodys_is_said(tmp_path: Path) -> None:
    """Senders of held mail would be told to ask an example."""
    (check,) = await said(tmp_path, "organisation", '[organisation]\ndomains = ["mill.example"]\n')

    assert "organisation.ig_contact is still ig@practice.example" in check.text


@pytest.mark.parametrize("content", ["recognizers: [ {name: x}", "recognizers: 3", "- 1"])
async def test_recognizers_that_are_no_yaml_are_named(tmp_path: Path, content: str) -> None:
    """The file is named, and the rest is looked at all the same."""
    file = tmp_path / "own.yaml"
    file.write_text(content, encoding="utf-8")
    configuration = tmp_path / "postern.toml"
    configuration.write_text(f'[inspection]\nworkers = 1\nrecognizers = "{file}"\n', encoding="utf-8")

    found = [check async for check in checks(configuration)]

    assert [check.subject for check in found if "must be YAML" in check.text]
    assert all(str(file) in check.text for check in found if "must be YAML" in check.text)
    assert found[-1].subject == "next hop"


async def test_a_policy_that_cannot_be_read_is_named_once(tmp_path: Path) -> None:
    """With its setting; its examples are not tried."""
    (tmp_path / "own.toml").write_text("version = 1\n", encoding="utf-8")
    configuration = tmp_path / "postern.toml"
    configuration.write_text('[policy]\nfile = "own.toml"\n\n[inspection]\nworkers = 1\n', encoding="utf-8")

    found = [check async for check in checks(configuration)]

    assert [check.subject for check in found if "own.toml" in check.text] == ["policy (policy.file)"]
    assert "policy examples" not in [check.subject for check in found]
