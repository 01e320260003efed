"""Settings: declared once, shown once, and every problem of a configuration named at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import BaseModel

from config.settings import DEFAULT_FILE, Endpoint, Problem, Settings, SettingsError, load
from gateway import check

BAD_CONFIGS = sorted((Path(__file__).parents[1] / "bad_configs").glob("*.toml"))

SECTIONS: dict[str, type[BaseModel]] = {
    name: type(field.default) for name, field in Settings.model_fields.items()
}


class Shown(msgspec.Struct, frozen=True):
    """A section or key as the shipped file shows it."""

    sentence: str
    value: str
    """As written; "" where the key is commented out, for want of a default."""


def shown() -> dict[tuple[str, str], Shown]:
    """What config/postern.toml shows: the comment above each section and each key, and its value."""
    found: dict[tuple[str, str], Shown] = {}
    section = ""
    comment: list[str] = []
    for line in DEFAULT_FILE.read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section = header[1]
            found[section, ""] = Shown(" ".join(comment), "")
        elif key := re.fullmatch(r"(# )?(\w+) = (.+)", line):
            found[section, key[2]] = Shown(" ".join(comment), "" if key[1] else key[3])
        elif line.startswith("# "):
            comment.append(line[2:])
            continue
        comment = []
    return found


@pytest.mark.parametrize(
    ("section", "key"), [(section, key) for section, model in SECTIONS.items() for key in model.model_fields]
)
def test_every_setting_is_shown_with_its_sentence(section: str, key: str) -> None:
    """The operator reads in the file what the code says; a setting without default is commented out."""
    field = SECTIONS[section].model_fields[key]
    there = shown()[section, key]
    assert there.sentence == field.description
    assert bool(there.value) == (field.default is not None)


def test_the_shipped_file_has_the_defaults_and_nothing_else() -> None:
    """It runs as it is, and reads the same as no file at all."""
    assert load(DEFAULT_FILE, {}).model_dump(exclude={"store"}) == Settings().model_dump(exclude={"store"})
    assert load(None, {}) == Settings()
    sections = {(name, ""): model.__doc__ for name, model in SECTIONS.items()}
    keys = {(name, key) for name, model in SECTIONS.items() for key in model.model_fields}
    assert set(shown()) == keys | set(sections)
    assert {place: shown()[place].sentence for place in sections} == sections


def _expected(text: str) -> list[str]:
    return re.findall(r"^# expect: (.*)$", text, re.MULTILINE)


def _marked_lines(text: str) -> set[int]:
    return {number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# <-- here")}


@pytest.mark.parametrize("file", BAD_CONFIGS, ids=lambda file: file.stem)
def test_a_bad_configuration_is_refused_by_name(file: Path) -> None:
    """File, line, key, and what would be right: all problems, and only those."""
    text = file.read_text(encoding="utf-8", errors="replace")
    with pytest.raises(SettingsError) as error:
        load(file, {})
    said = [str(problem) for problem in error.value.problems]
    assert len(said) == len(_expected(text))
    for words, problem in zip(_expected(text), error.value.problems, strict=True):
        assert re.match(rf"{re.escape(str(file))}(:\d+)?: {re.escape(words)}", str(problem)), problem
    assert {problem.line for problem in error.value.problems if problem.line} == _marked_lines(text)
    assert str(error.value) == "\n".join(said)


@pytest.mark.parametrize("file", BAD_CONFIGS, ids=lambda file: file.stem)
async def test_postern_check_says_the_same(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`postern check --config` has a line for each problem, and looks at nothing else."""
    for name in ("POSTERN_SMTP__LISTEN", "POSTERN_HTTP__LISTEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError) as error:
        load(file, {})
    lines = [line async for line in check.checks(file)]
    assert [line.text for line in lines] == [str(problem) for problem in error.value.problems]
    assert {(line.subject, line.fine) for line in lines} == {("configuration", False)}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Rather than running on defaults that nobody wanted."""
    with pytest.raises(SettingsError, match=r"nowhere\.toml: cannot be read"):
        load(tmp_path / "nowhere.toml", {})


def test_secrets_are_not_repeated() -> None:
    """A wrong database URL may hold a password."""
    file = next(file for file in BAD_CONFIGS if file.stem == "url_of_another_database")
    with pytest.raises(SettingsError) as error:
        load(file, {})
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("variable", "text", "section", "key", "value"),
    [
        ("POSTERN_SMTP__SIZE_LIMIT", "1000", "smtp", "size_limit", 1000),
        ("POSTERN_SMTP__REQUIRE_TLS", "false", "smtp", "require_tls", False),
        ("POSTERN_SMTP__IDLE_TIMEOUT", "0.5", "smtp", "idle_timeout", 0.5),
        ("POSTERN_SMTP__LISTEN", '["[::1]:0"]', "smtp", "listen", (Endpoint("::1", 0),)),
        ("POSTERN_NEXT_HOP__HOST", "relay.example", "next_hop", "host", "relay.example"),
        ("POSTERN_NEXT_HOP__HOST", '"relay.example"', "next_hop", "host", "relay.example"),
        ("POSTERN_HTTP__LISTEN", "127.0.0.1:9000", "http", "listen", Endpoint("127.0.0.1", 9000)),
        ("POSTERN_ORGANISATION__NAME", "St Mary's, Leeds", "organisation", "name", "St Mary's, Leeds"),
        ("POSTERN_SPOOL__RETRY_MINUTES", "[1, 2.5]", "spool", "retry_minutes", (1, 2.5)),
    ],
)
def test_the_environment_overrides(variable: str, text: str, section: str, key: str, value: Any) -> None:
    """Values are written as in TOML; simple words need no quotes."""
    assert getattr(getattr(load(None, {variable: text}), section), key) == value


def test_the_environment_overrides_one_key_and_leaves_the_others(tmp_path: Path) -> None:
    """What the file says of the same section stays."""
    file = tmp_path / "postern.toml"
    file.write_text("[smtp]\nsize_limit = 1000\nrecipient_limit = 7\n", encoding="utf-8")
    smtp = load(file, {"POSTERN_SMTP__SIZE_LIMIT": "2000"}).smtp
    assert (smtp.size_limit, smtp.recipient_limit) == (2000, 7)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        (
            {"POSTERN_SMTP__SISE_LIMIT": "1"},
            "environment variable POSTERN_SMTP__SISE_LIMIT: there is no such setting; did you mean 'size",
        ),
        (
            {"POSTERN_SMTP__SIZE_LIMIT": "50 MB"},
            "environment variable POSTERN_SMTP__SIZE_LIMIT: must be a whole number, not '50 MB'",
        ),
        (
            {"POSTERN_SMTP__LISTEN": "[]"},
            "environment variable POSTERN_SMTP__LISTEN: there is nothing to listen on",
        ),
        (
            {"POSTERN_ORGANISATION__DOMAINS": '["a b"]'},
            "environment variable POSTERN_ORGANISATION__DOMAINS: must be a domain name",
        ),
    ],
)
def test_a_wrong_variable_is_named(environ: dict[str, str], said: str) -> None:
    """Not the file, which is innocent."""
    with pytest.raises(SettingsError) as error:
        load(None, environ)
    assert str(error.value).startswith(said)


@pytest.mark.parametrize("variable", ["POSTERN", "POSTERN_HOME", "SMTP__SIZE_LIMIT", "postern_smtp__listen"])
def test_other_variables_are_none_of_our_business(variable: str) -> None:
    """Only POSTERN_SECTION__KEY is a setting."""
    assert load(None, {variable: "x"}) == Settings()


def test_paths_count_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the gateway is started; the home folder may be written as ~."""
    monkeypatch.setenv("HOME", "/home/clerk")
    file = tmp_path / "postern.toml"
    file.write_text(
        '[smtp]\ncertificate = "tls/chain.pem"\ncertificate_key = "/etc/key.pem"\n'
        '[policy]\nfile = "~/policy.toml"\n',
        encoding="utf-8",
    )
    settings = load(file, {})
    assert settings.smtp.certificate == tmp_path / "tls/chain.pem"
    assert settings.smtp.certificate_key == Path("/etc/key.pem")
    assert settings.policy.file == Path("/home/clerk/policy.toml")


def test_domains_are_compared_as_a_labels() -> None:
    """However the operator writes them."""
    text = '["Practice.EXAMPLE.", "müller.example"]'
    assert load(None, {"POSTERN_ORGANISATION__DOMAINS": text}).organisation.domains == (
        "practice.example", "xn--mller-kva.example",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "host"), [("127.0.0.1:25", "127.0.0.1"), ("[::1]:25", "::1"), ("gate:25", "gate")]
)
def test_an_endpoint_reads_as_it_is_written(text: str, host: str) -> None:
    """Host and port, IPv6 addresses in brackets."""
    endpoint = load(None, {"POSTERN_HTTP__LISTEN": text}).http.listen
    assert endpoint == Endpoint(host, 25)
    assert str(endpoint) == text


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Problem("a.toml", "smtp.listen", "wrong", 3), "a.toml:3: smtp.listen: wrong"),
        (Problem("a.toml", "smtp.listen", "wrong"), "a.toml: smtp.listen: wrong"),
        (Problem("a.toml", "", "wrong"), "a.toml: wrong"),
    ],
)
def test_a_problem_names_what_is_known(problem: Problem, said: str) -> None:
    """File, line and key, where there are any."""
    assert str(problem) == said
