"""The checks of a case: told one by one, kept whole on disk, and read back the same."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import InputError
from core.serving.checks import (
    NAMES,
    OF_ALL,
    OF_BOTH,
    OF_EXPRESSION,
    OF_SLIDE,
    Check,
    Checklist,
    QuestionError,
    read_checks,
    say_checks,
    write_checks,
)


def test_every_check_is_of_the_slide_of_the_expression_of_both_or_of_any_case() -> None:
    assert set(NAMES) == {*OF_SLIDE, *OF_EXPRESSION, *OF_BOTH, *OF_ALL}


@pytest.mark.parametrize(
    ("image", "genes", "wanted"),
    [
        (True, False, {*OF_SLIDE, *OF_ALL}),
        (False, True, {*OF_EXPRESSION, *OF_ALL}),
        (True, True, set(NAMES)),
    ],
)
def test_only_what_was_given_is_checked_and_in_order(image: bool, genes: bool, wanted: set[str]) -> None:
    checks = Checklist()
    checks.plan(image=image, genes=genes)
    names = [one.name for one in checks.checks]
    assert set(names) == wanted and names == [name for name in NAMES if name in wanted]
    assert {one.state for one in checks.checks} == {"waiting"}


def test_whoever_looks_on_sees_each_step(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def told(checks: Sequence[Check]) -> None:
        seen.append([one.state for one in checks])
        write_checks(tmp_path / "checks.json")(checks)
        assert read_checks(tmp_path / "checks.json") == tuple(checks)

    checks = Checklist(told)
    checks.plan(image=False, genes=True)
    with checks.at("table"):
        checks.going("table", "half of it")
        checks.passed("table", "fine")
    with pytest.raises(QuestionError), checks.at("sample"):
        raise QuestionError("which?", asks="sample", choices=["A", "B"])
    assert [states[:2] for states in seen] == [
        ["waiting", "waiting"], ["running", "waiting"], ["running", "waiting"], ["passed", "waiting"],
        ["passed", "running"], ["passed", "failed"],
    ]  # fmt: skip
    asking = read_checks(tmp_path / "checks.json")[1]
    assert (asking.asks, asking.choices, asking.sentence) == ("sample", ("A", "B"), "which?")


def test_what_a_user_can_mend_fails_its_check_and_keeps_the_genes_it_named() -> None:
    checks = Checklist()
    checks.plan(image=False, genes=True)

    def covers() -> None:
        with checks.at("coverage"):
            checks.note("coverage", genes=["ESR1"])
            raise InputError("too few")

    with pytest.raises(InputError):
        covers()
    failed = next(one for one in checks.checks if one.name == "coverage")
    assert (failed.state, failed.sentence, failed.genes) == ("failed", "too few", ("ESR1",))


def test_there_are_no_checks_before_a_file_is_there(tmp_path: Path) -> None:
    assert read_checks(tmp_path / "checks.json") == ()


def test_on_a_console_each_check_is_said_once_with_how_long_it_took() -> None:
    said: list[str] = []
    checks = Checklist(say_checks(said.append))
    checks.plan(image=False, genes=True)
    with checks.at("table"):
        checks.passed("table", "fine")
    with checks.at("unit"):
        checks.warned("unit", "odd")
    assert [line.split() for line in said] == [
        ["passed", "table", "(0.0", "s):", "fine"],
        ["warning", "unit", "(0.0", "s):", "odd"],
    ]


def test_each_step_says_how_long_it_took_and_only_once_it_has_ended() -> None:
    checks = Checklist()
    checks.plan(image=False, genes=True)
    assert {one.seconds for one in checks.checks} == {None}
    with checks.at("table"):
        time.sleep(0.05)
        assert checks.checks[0].seconds is None
        checks.passed("table", "fine")
    assert 0.05 <= (checks.checks[0].seconds or 0) < 5
