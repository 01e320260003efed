"""The language of word lists and templates."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from detectors.pipeline.grammar import (
    GrammarError,
    Piece,
    Rule,
    expand,
    parse,
    read_rules,
    read_templates,
)


def unknown(slot: str) -> Iterator[Piece]:
    raise GrammarError(f"no rule named {slot!r}")


def text_of(source: str, rules: dict[str, Rule] | None = None, seed: int = 0) -> str:
    pieces = expand(parse(source), rules or {}, unknown, random.Random(seed))
    return "".join(piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("source", "possible"),
    [
        ("plain", {"plain"}),
        ("{red|green}", {"red", "green"}),
        ("a{|b}", {"a", "ab"}),
        ("{in {Leeds|York}|out}", {"in Leeds", "in York", "out"}),
        ("{1-2}", {"1", "2"}),
        ("{08-10}", {"08", "09", "10"}),
        ("a|b", {"a|b"}),
        ("| {x|y} |", {"| x |", "| y |"}),
        ("", {""}),
    ],
)
def test_a_text_expands_to_every_alternative_and_no_other(source: str, possible: set[str]) -> None:
    """Over many seeds, exactly the texts that the notation describes come out."""
    assert {text_of(source, seed=seed) for seed in range(60)} == possible


@pytest.mark.parametrize("source", ["{open", "shut}", "{a|{b}", "{a {b}}", "{}", "{no such rule}"])
def test_a_malformed_text_is_refused(source: str) -> None:
    """An unbalanced brace, a slot that is no plain name and an unknown rule raise GrammarError."""
    with pytest.raises(GrammarError):
        text_of(source)


def test_a_labelled_rule_yields_one_span_whatever_it_is_made_of() -> None:
    """Slots inside a labelled rule join into a single piece with the rule's label."""
    rules = {
        "side": Rule("", (parse("left"),)),
        "injury": Rule("CLINICAL", (parse("{side} {knee|hip} sprain"),)),
    }
    [piece] = expand(parse("{injury}"), rules, unknown, random.Random(1))
    assert piece.label == "CLINICAL"
    assert piece.text in {"left knee sprain", "left hip sprain"}


def test_a_capital_is_asked_for_with_a_caret() -> None:
    """`{^rule}` changes the first letter of the expansion and nothing else."""
    assert text_of("{^thing} {thing}", {"thing": Rule("", (parse("the rota"),))}) == "The rota the rota"


def test_rules_are_read_from_sections(tmp_path: Path) -> None:
    """Headers name rule and label, `\\n` is a line break, comments and empty lines are nothing."""
    (tmp_path / "words.txt").write_text(
        "# a comment\n[colour]\nred\n\ngreen\n[two lines ADDRESS]\na\\nb\n#NOF\n"
    )
    assert read_rules(tmp_path) == {
        "colour": Rule("", (("red",), ("green",))),
        "two lines": Rule("ADDRESS", (("a\nb",), ("#NOF",))),
    }


def test_an_alternative_needs_a_rule(tmp_path: Path) -> None:
    """A line before the first header belongs nowhere and is refused."""
    (tmp_path / "words.txt").write_text("red\n[colour]\n")
    with pytest.raises(GrammarError, match=r"words\.txt"):
        read_rules(tmp_path)


def test_templates_are_separated_by_a_line_of_percent(tmp_path: Path) -> None:
    """A percent sign within a line separates nothing; each file is a kind of its own."""
    (tmp_path / "a.txt").write_text("100 %\nsure\n%\nsecond\n")
    (tmp_path / "b.txt").write_text("third\n")
    assert read_templates(tmp_path) == ((("100 %\nsure\n",), ("second\n",)), (("third\n",),))
