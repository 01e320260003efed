"""Who may send after AUTH: a file that is read strictly, and passwords that are compared slowly."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.users import Guesses, Users, UsersError, hash_password

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASHED = CHEAP.hash("p4ss:wörd")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "users"


@pytest.mark.parametrize(
    ("name", "password", "known"),
    [
        ("scanner", "p4ss:wörd", True),
        ("scanner", "p4ss:wörd ", False),
        ("scanner", "P4ss:wörd", False),
        ("scanner", "", False),
        ("Scanner", "p4ss:wörd", False),
        ("nobody", "p4ss:wörd", False),
        ("nobody", "", False),
        ("", "", False),
    ],
)
def test_verify(name: str, password: str, known: bool) -> None:
    """The right name with the right password, and nothing near to it."""
    assert Users({"scanner": HASHED}).verify(name, password.encode()) is known


def test_verify_takes_any_octets() -> None:
    """A password from the wire is not text, and none is too long to be wrong."""
    users = Users({"scanner": HASHED})
    assert not users.verify("scanner", b"\xff\0" + b"x" * 100_000)


def test_a_hash_is_argon2id_with_a_salt_of_its_own() -> None:
    """RFC 9106; two users with one password do not show it."""
    one, two = hash_password("p4ss"), hash_password("p4ss")
    assert one != two
    assert one.startswith("$argon2id$")
    assert Users({"a": one}).verify("a", b"p4ss")


def test_a_file_has_a_user_a_line(file: Path) -> None:
    """Empty lines and comments are skipped, blanks around a line do not count."""
    file.write_text(f"# scanners\n\nscanner:{HASHED}\n  emis:{CHEAP.hash('two')}  \n", encoding="utf-8")
    users = Users.load(file)
    assert users.verify("scanner", "p4ss:wörd".encode())
    assert users.verify("emis", b"two")
    assert not users.verify("# scanners", b"")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("scanner", 'must be "name:hash"'),
        ("scanner:", 'must be "name:hash"'),
        ("scanner:secret", 'must be "name:hash"'),
        ("scanner:$2b$12$abcdefghijklmnopqrstuv", 'must be "name:hash"'),
        ("scanner:$argon2id$v=19$m=x,t=3,p=4$c2FsdA$aGFzaA", 'must be "name:hash"'),
        (":{hash}", 'must be "name:hash"'),
        ("scanner :{hash}", 'must be "name:hash"'),
        ("sc\0anner:{hash}", 'must be "name:hash"'),
        ("emis:{hash}", "stands there twice"),
    ],
)
def test_a_broken_line_is_named(line: str, words: str, file: Path) -> None:
    """File and line, and what would be right; never what stands there."""
    file.write_text(f"# users\nemis:{HASHED}\n{line.replace('{hash}', HASHED)}\n", encoding="utf-8")
    with pytest.raises(UsersError) as error:
        Users.load(file)
    assert str(error.value).startswith(f"{file}:3: ")
    assert words in str(error.value)
    assert "secret" not in str(error.value)
    assert "$" not in str(error.value)


def test_a_file_that_cannot_be_read_is_named(file: Path) -> None:
    """Missing, or not UTF-8."""
    with pytest.raises(UsersError, match=r"users: cannot be read"):
        Users.load(file)
    file.write_bytes(b"scanner:\xff\n")
    with pytest.raises(UsersError, match=r"users: cannot be read"):
        Users.load(file)


@given(st.text() | st.text(alphabet="$argon2id=,:vmtp19\n#abc/+").map(lambda text: f"a:$argon2id{text}"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_users_or_an_error(tmp_path: Path, text: str) -> None:
    """Nothing but UsersError, whatever stands in it."""
    file = tmp_path / "users"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        users = Users.load(file)
    except UsersError:
        return
    assert not users.verify("", b"")


@pytest.mark.parametrize(
    ("user", "client", "barred"),
    [
        ("scanner", "192.0.2.1", True),
        ("scanner", "192.0.2.2", False),
        ("emis", "192.0.2.1", False),
        ("192.0.2.1", "scanner", False),
    ],
)
def test_who_guesses_at_a_name_is_barred_from_it(user: str, client: str, barred: bool) -> None:
    """Ten wrong ones, and neither another user of that client nor the user elsewhere suffers."""
    guesses = Guesses()
    taken = [guesses.take("scanner", "192.0.2.1") for _ in range(11)]
    assert taken == [True] * 10 + [False]
    assert guesses.take(user, client) is not barred


def test_a_client_that_guesses_at_many_names_is_barred_from_all() -> None:
    """Thirty wrong ones; other clients go on."""
    guesses = Guesses()
    assert [guesses.take(f"user{number}", "192.0.2.1") for number in range(31)] == [True] * 30 + [False]
    assert not guesses.take("scanner", "192.0.2.1")
    assert guesses.take("scanner", "192.0.2.2")


def test_a_name_guessed_at_from_everywhere_is_barred() -> None:
    """Three hundred wrong ones from as many clients."""
    guesses = Guesses()
    assert all(guesses.take("scanner", f"192.0.2.{number}") for number in range(300))
    assert not guesses.take("scanner", "198.51.100.1")


def test_a_right_password_is_no_guess() -> None:
    """A scanner that logs in for each of its hundred letters is not barred."""
    guesses = Guesses()
    for _ in range(100):
        assert guesses.take("scanner", "192.0.2.1")
        guesses.give_back("scanner", "192.0.2.1")


def test_guesses_are_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a quarter of an hour the name may be tried again."""
    guesses = Guesses()
    while guesses.take("scanner", "192.0.2.1"):
        pass
    monkeypatch.setattr(guesses, "SECONDS", 0.0)
    assert guesses.take("scanner", "192.0.2.1")


def test_names_without_end_take_no_more_memory() -> None:
    """What was noted longest ago is forgotten."""
    guesses = Guesses()
    for number in range(2 * Guesses.REMEMBERED):
        guesses.take(f"{number}" * 100, f"192.0.2.{number}")
    assert len(guesses._noted) == Guesses.REMEMBERED
