from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from gateway.mail import Action
from gateway.policy.conditions import CONDITIONS
from gateway.policy.policy import PolicyError, load

SHIPPED = Path(__file__).parents[3] / "config" / "policy.toml"

GOOD = """\
version = "1"
owner = "IG lead"
review_by = 2027-11-21

[terms]
bcc_threshold = 3
bulk_patients = 10
logo_octets = 1000
free_mail = ["freemail.example"]

[[rule]]
id = "first"
clause = "AUP-9c"
severity = "minor"
action = "hold"
mode = "enforce"
when = ["patient-data"]
reason = "{insecure} of {recipients}"
advice = "Ring."
must = [{ to = ["a@mail.example"] }, { to = ["a@mail.example"] }]

  [[rule.must_not]]
  to = ["a@mail.example"]

  [[rule.must_not]]
  to = ["b@mail.example"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as raised:
        load(written(folder, text))
    return tuple(problem.removeprefix(f"{folder}/") for problem in raised.value.problems)


def test_the_shipped_policy_loads() -> None:
    """The policy that is shipped is valid, dated, and names a clause for every rule."""
    policy = load(SHIPPED)
    assert policy.review_by > date(2026, 11, 21)
    assert all(re.fullmatch(r"AUP-\d+[a-z]\w*(\.\w+)?", rule.clause) for rule in policy.rule)


def test_every_condition_is_used() -> None:
    """The shipped policy uses every condition but one, which holds for many an honest newsletter."""
    used = {name for rule in load(SHIPPED).rule for name in (*rule.when, *rule.severe_when)}
    assert used == set(CONDITIONS) - {"differing-part"}


def test_the_version_says_what_the_file_held(tmp_path: Path) -> None:
    """The version is the declared one with a hash, which any change of the file changes."""
    version = load(written(tmp_path, GOOD)).version
    assert re.fullmatch(r"1 \([0-9a-f]{12}\)", version)
    assert load(written(tmp_path, GOOD)).version == version
    assert load(written(tmp_path, GOOD + "# a comment\n")).version != version


def test_a_rule_is_read_whole(tmp_path: Path) -> None:
    """What stands in the file is what the rule holds; examples come from a member of staff."""
    (rule,) = load(written(tmp_path, GOOD)).rule
    assert (rule.id, rule.action, rule.when) == ("first", Action.HOLD, ("patient-data",))
    assert rule.must[0].sender == "a.clerk@practice.example"


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ('"hold"', '"holds"', "15: rule first, action: Input should be 'deliver', 'notify', 'convert'"),
        ('"hold"', '"encrypt"', "15: rule first, action: No route encrypts yet: must be 'hold', not"),
        ('"enforce"', '"on"', "16: rule first, mode: Input should be 'enforce' or 'monitor', not 'on'"),
        ('"minor"', '"small"', "14: rule first, severity: Input should be 'none', 'minor'"),
        ('["patient-data"]', '["patients"]', '17: rule first, when 1: Must be one of "patient-data" ('),
        ('["patient-data"]', "[]", "17: rule first, when: "),
        ("when", 'severe_when = ["x"]\nwhen', "17: rule first, severe_when 1: Must be one of "),
        ("{insecure}", "{who}", "18: rule first, reason: In braces it may name {recipients}, {insecure}, "),
        ("{insecure}", "{insecure.__class__}", "18: rule first, reason: In braces it may name"),
        ("{insecure}", "{insecure!r}", "18: rule first, reason: In braces it may name"),
        ("{insecure}", "{insecure:>99999999}", "18: rule first, reason: In braces it may name"),
        ("{insecure}", "{}", "18: rule first, reason: In braces it may name"),
        ("{insecure}", "{", "18: rule first, reason: In braces it may name"),
        ('"first"', '"First Rule"', "12: rule First Rule, id: String should match pattern"),
        ('"first"', "[1]", "12: rule [1], id: Input should be a valid string"),
        ('id = "first"\n', "", "11: rule 1, id: Field required"),
        ("advice", "advise", "11: rule first, advice: Field required"),
        ("advice", "advise", "19: rule first, advise: There is no such key; there are id, clause, "),
        ('"Ring."', '""', "19: rule first, advice: String should have at least 1 character"),
        ('{ to = ["a@mail.example"] }, ', "", "20: rule first, must: Must have at least 2"),
        ('to = ["a@mail.example"] }, ', "}, ", "20: rule first, must 1: must have a recipient in to, "),
        ('"a@mail.example"', '"a b@mail"', "20: rule first, must 1, to 1: must be an address such as"),
        ('"a@mail.example"', '"a@ma_il"', "20: rule first, must 1, to 1: must be an address such as"),
        ("[{ to", "[{ t = 1, to", "20: rule first, must 1, t: There is no such key; there are from, to, "),
        ('["b@mail.example"]', "1", "26: rule first, must_not 2, to: Input should be a valid tuple"),
        ("threshold = 3", 'threshold = "3"', "6: terms, bcc_threshold: Input should be a valid integer"),
        ("threshold = 3", "threshold = 1", "6: terms, bcc_threshold: Input should be greater than"),
        ("bcc_", "bc_", "6: terms, bc_threshold: There is no such key; there are bcc_threshold, bulk_"),
        ('["freemail.example"]', '["Free Mail"]', "9: terms, free_mail 1: "),
        ("2027-11-21", '"2027"', "3: review_by: "),
        ('owner = "IG lead"\n', "", "1: owner: Field required"),
        ("owner", "owners", "2: owners: There is no such key; there are version, owner, review_by"),
        ("[terms]", "[term]", "1: terms: Field required"),
    ],
)
def test_a_problem_names_its_place(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    """A problem names file, line, rule and key, and says what would be right."""
    assert right in GOOD
    found = problems(tmp_path, GOOD.replace(right, wrong, 1))
    assert any(problem.startswith(f"policy.toml:{says}") for problem in found), found


@pytest.mark.parametrize(
    ("attachment", "right"),
    [
        ('{ name = "a.txt", text = "" }', True),
        ('{ name = "a.pdf", state = "encrypted" }', True),
        ('{ name = "a.png", picture = 500 }', True),
        ('{ name = "a.txt" }', False),
        ('{ name = "a.txt", text = "", state = "encrypted" }', False),
        ('{ name = "a.png", picture = 99_000_000_000 }', False),
        ('{ name = "a.pdf", state = "clean" }', False),
        ('{ name = "a\\nb.txt", text = "" }', False),
        ('{ text = "" }', False),
    ],
)
def test_attachments_are_one_thing(tmp_path: Path, attachment: str, right: bool) -> None:
    """An attachment of an example has a name, and is one of text, state and picture."""
    text = GOOD.replace("[{ to =", f"[{{ attachments = [{attachment}], to =", 1)
    if right:
        load(written(tmp_path, text))
    else:
        (problem,) = problems(tmp_path, text)
        assert problem.startswith("policy.toml:20: rule first, must 1, attachments 1")


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    """Problems of different rules, and ids used twice, are named in one go."""
    rule = GOOD[GOOD.index("[[rule]]") :]
    second = rule.replace('"hold"', '"holds"').replace('"minor"', '"small"')
    found = problems(tmp_path, GOOD.replace("bulk_patients = 10", "bulk_patients = 0") + second)
    assert len(found) == 4
    assert sum("An earlier rule has this id" in problem for problem in found) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"version = ", "is not TOML: "),
        (b"# caf\xe9", "is not UTF-8 from octet 5 on"),
        (b"rule = 1", "rule: "),
        (b"rule = [1]", "rule 1: "),
        (b"", "version: Field required"),
    ],
)
def test_any_file_is_refused_politely(tmp_path: Path, content: bytes, says: str) -> None:
    """A file that is no policy at all is refused with the reason."""
    path = tmp_path / "policy.toml"
    path.write_bytes(content)
    with pytest.raises(PolicyError, match=re.escape(says)):
        load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A policy that is not there is named with the reason."""
    with pytest.raises(PolicyError, match=r"nowhere\.toml: cannot be read: No such file"):
        load(tmp_path / "nowhere.toml")
