"""The policy: rules that an information governance lead can read, and argue with.

`load` reads config/policy.toml or a file like it. Whatever is wrong with one is named
at once: file, line, rule, key, and what would be right.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from gateway.mail import Action, Severity
from gateway.policy.conditions import CONDITIONS, Terms
from gateway.policy.examples import Attachment, Example
from gateway.policy.places import Place, line_of
from gateway.policy.reasons import BLANKS, is_fillable

T = TypeVar("T")


class PolicyError(ValueError):
    """A policy cannot be used; `problems` names everything that is wrong with it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def _condition(name: str) -> str:
    if name not in CONDITIONS:
        known = "; ".join(f'"{name}" ({condition.holds_when})' for name, condition in CONDITIONS.items())
        raise PydanticCustomError("condition", "Must be one of {known}", {"known": known})
    return name


def _reason(text: str) -> str:
    if not is_fillable(text):
        known = ", ".join(f"{{{name}}}" for name in BLANKS)
        raise PydanticCustomError("reason", "In braces it may name {known}", {"known": known})
    return text


def _possible(action: Action) -> Action:
    if action is Action.ENCRYPT:  # it would leave as it is
        raise PydanticCustomError("action", "No route encrypts yet: must be 'hold'")
    return action


def _at_least(fewest: int) -> AfterValidator:
    """Unlike Field(min_length), silent about a tuple that is short because an item of it is wrong."""

    def check(items: tuple[T, ...]) -> tuple[T, ...]:
        if len(items) < fewest:
            raise PydanticCustomError("too_few", "Must have at least {fewest}", {"fewest": fewest})
        return items

    return AfterValidator(check)


Text = Annotated[str, Strict(), Field(min_length=1)]
ConditionName = Annotated[str, AfterValidator(_condition)]
Examples = Annotated[tuple[Example, ...], _at_least(2)]


class Rule(BaseModel):
    """When something applies to a message, and what is then to be done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    clause: Text
    severity: Severity
    severe_when: tuple[ConditionName, ...] = ()
    """Conditions that, all together, make it severe."""
    action: Annotated[Action, AfterValidator(_possible)]
    mode: Literal["enforce", "monitor"]
    when: Annotated[tuple[ConditionName, ...], _at_least(1)]
    """Conditions that must all hold."""
    reason: Annotated[Text, AfterValidator(_reason)]
    advice: Text
    must: Examples
    """Messages to which the rule must apply."""
    must_not: Examples
    """Messages to which it must not."""


class Policy(BaseModel):
    """What an organisation allows to leave, in its rules' order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Text
    """As declared, and a hash of the file: "2026-11 (3f9a12c0d1e2)"."""
    owner: Text
    review_by: Annotated[date, Strict()]
    terms: Terms
    rule: Annotated[tuple[Rule, ...], _at_least(1)]


_TABLES: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): Policy,
    ("terms",): Terms,
    ("rule",): Rule,
    ("rule", "must"): Example,
    ("rule", "must_not"): Example,
    ("rule", "must", "attachments"): Attachment,
    ("rule", "must_not", "attachments"): Attachment,
}


def load(path: Path) -> Policy:
    """The policy in a TOML file. Raises PolicyError with every problem of it."""
    try:
        content = path.read_bytes()
        text = content.decode()
        table = tomllib.loads(text)
    except OSError as error:
        raise PolicyError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise PolicyError([f"{path}: is not UTF-8 from octet {error.start} on"]) from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([f"{path}: is not TOML: {error}"]) from error
    wrong = _same_ids(table)
    try:
        policy = Policy.model_validate(table)
    except ValidationError as error:
        wrong += [(detail["loc"], _explained(detail)) for detail in error.errors()]
    if wrong:
        raise PolicyError(f"{path}:{line_of(at, text)}: {_named(at, table)}: {what}" for at, what in wrong)
    digest = hashlib.sha256(content).hexdigest()[:12]
    return policy.model_copy(update={"version": f"{policy.version} ({digest})"})


def _same_ids(table: dict[str, Any]) -> list[tuple[Place, str]]:
    rules = table.get("rule")
    ids = [rule.get("id") for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    return [
        (("rule", index, "id"), "An earlier rule has this id; every rule needs its own")
        for index, name in enumerate(ids)
        if name is not None and name in ids[:index]
    ]


def _explained(detail: ErrorDetails) -> str:
    """What is wrong, and what would be right."""
    if detail["type"] == "extra_forbidden":
        tables = tuple(step for step in detail["loc"][:-1] if isinstance(step, str))
        return f"There is no such key; there are {', '.join(_keys(_TABLES[tables]))}"
    if detail["type"] == "missing" or isinstance(detail["input"], (dict, list)):
        return detail["msg"]
    return f"{detail['msg']}, not {detail['input']!r}"


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _named(at: Place, table: dict[str, Any]) -> str:
    """The place in words: "rule bank-or-card, must 2, to 1"."""
    words = [f"{step + 1}" if isinstance(step, int) else f", {step}" for step in at]
    match at:
        case ("rule", int(index), *_) if isinstance(rule := table["rule"][index], dict) and "id" in rule:
            words[1] = f"{rule['id']}"
    return " ".join(words).replace(" , ", ", ").removeprefix(", ")
