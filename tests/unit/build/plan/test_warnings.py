"""The linter's rules, each by a file that breaks it and one that does not; and how they are switched off."""

from __future__ import annotations

import pytest

from pycman.build.ignore.rules import parse_ignore
from pycman.build.language.errors import DockerfileError
from pycman.build.language.warning import RULES
from tests.support.build_plan import plan_of, rules_of

CASES = [
    ("StageNameCasing", "FROM a AS Build", "FROM a AS build"),
    ("FromAsCasing", "FROM a as b", "FROM a AS b"),
    ("NoEmptyContinuation", "FROM a\nRUN x \\\n\n y", "FROM a\nRUN x \\\n# c\n y\n\n"),
    ("ConsistentInstructionCasing", "FROM a\nrun x\nRUN y", "from a\nrun x"),
    ("ConsistentInstructionCasing", "FROM a\nRun x", "FROM a\nRUN x"),
    ("DuplicateStageName", "FROM a AS x\nFROM b AS x", "FROM a AS x\nFROM b AS y"),
    ("ReservedStageName", "FROM a AS context", "FROM a AS ctx"),
    ("JSONArgsRecommended", "FROM a\nCMD x", 'FROM a\nCMD ["x"]'),
    ("JSONArgsRecommended", "FROM a\nENTRYPOINT x", 'FROM a\nSHELL ["b"]\nENTRYPOINT x'),
    ("MaintainerDeprecated", "FROM a\nMAINTAINER b", "FROM a\nLABEL b=c"),
    ("UndefinedArgInFrom", "FROM a$VERSION", "ARG VERSION\nFROM a$VERSION"),
    ("WorkdirRelativePath", "FROM a\nWORKDIR b", "FROM a\nWORKDIR /b\nWORKDIR c"),
    ("UndefinedVar", "FROM a\nENV B=$C", "FROM a\nARG C\nENV B=$C D=${E:-x} F=$PATH"),
    ("UndefinedVar", "FROM a\nCOPY <<E /\n$C\nE", "FROM a\nCOPY <<'E' /\n$C\nE\nRUN $C"),
    ("MultipleInstructionsDisallowed", 'FROM a\nCMD ["b"]\nCMD ["c"]', 'FROM a\nCMD ["b"]\nFROM a\nCMD ["c"]'),
    ("LegacyKeyValueFormat", "FROM a\nENV b c", "FROM a\nENV b=c"),
    ("InvalidBaseImagePlatform", "FROM --platform=linux/arm64 a AS arm64", "FROM a"),
    ("RedundantTargetPlatform", "FROM --platform=$TARGETPLATFORM a", "FROM --platform=$BUILDPLATFORM a"),
    ("SecretsUsedInArgOrEnv", "FROM a\nARG API_TOKEN", "FROM a\nARG TOKEN_FILE KEYBOARD PUBLIC_KEY"),
    ("InvalidDefaultArgInFrom", "ARG V\nFROM a:$V", "ARG V=1\nFROM a:$V"),
    ("FromPlatformFlagConstDisallowed", "FROM --platform=linux/amd64 a", "FROM --platform=linux/amd64 a AS amd64"),
    ("CopyIgnoredFile", "FROM a\nCOPY secret/x /", "FROM a\nCOPY other /"),
    ("InvalidDefinitionDescription", "# check=experimental=all\n# a base\nFROM a AS b", "# check=experimental=all\n# b is it\nFROM a AS b"),
    ("ExposeProtoCasing", "FROM a\nEXPOSE 80/TCP", "FROM a\nEXPOSE 80/tcp"),
    ("ExposeInvalidFormat", "FROM a\nEXPOSE 80:80", "FROM a\nEXPOSE 80"),
]  # fmt: skip
IGNORE = parse_ignore(b"secret\n", ".dockerignore")
ARGS = {"V": "1"}


@pytest.mark.parametrize(("rule", "broken", "kept"), CASES)
def test_rules(rule: str, broken: str, kept: str) -> None:
    assert set(rules_of(broken, build_args=ARGS, ignore=IGNORE)) == {rule}
    assert rules_of(kept, build_args=ARGS, ignore=IGNORE) == []


def test_every_rule_is_tested() -> None:
    assert RULES.keys() - {rule for rule, _, _ in CASES} == {"InvalidUtf8"}


def test_bytes_that_are_not_utf_8_are_told() -> None:
    from pycman.build.language.parser import parse

    warnings = parse(b"FROM a\n# caf\xe9\nRUN x", "Dockerfile").warnings
    assert [str(each) for each in warnings] == [
        "Dockerfile:1: bytes that are not UTF-8 are read as U+FFFD (InvalidUtf8)"
    ]


def test_a_warning_is_one_line_with_its_place() -> None:
    (warning,) = plan_of("FROM a\nARG VERSION\nENV B=$VERSOIN\n").warnings
    assert str(warning) == "Dockerfile:3: $VERSOIN is not defined here; did you mean $VERSION? (UndefinedVar)"


@pytest.mark.parametrize(
    "text",
    [
        "# check=skip=MaintainerDeprecated\nFROM a\nMAINTAINER b",
        "# check=skip=all\nFROM a\nMAINTAINER b",
        "# check=skip=UndefinedVar, MaintainerDeprecated;error=true\nFROM a\nMAINTAINER b\nENV C=$D",
        "FROM a\n# check=skip=MaintainerDeprecated\nMAINTAINER b",
    ],
)
def test_rules_are_switched_off(text: str) -> None:
    assert rules_of(text) == []


def test_a_comment_switches_off_rules_for_its_instruction_only() -> None:
    assert rules_of("FROM a\n# check=skip=UndefinedVar\nENV B=$C\nENV D=$E") == ["UndefinedVar"]


def test_warnings_are_errors_where_the_file_says_so() -> None:
    with pytest.raises(DockerfileError, match="check=error=true") as caught:
        plan_of("# check=error=true\nFROM a\nENV B=$C")
    assert str(caught.value).startswith("Dockerfile:3: $C is not defined here (UndefinedVar), which")
    assert plan_of("# check=error=true\nFROM a\nENV B=c").warnings == ()


def test_there_is_an_end_of_warnings() -> None:
    assert len(plan_of("FROM a\n" + "ENV a b\n" * 5000).warnings) == 500
