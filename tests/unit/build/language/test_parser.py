"""From bytes to instructions: lines, forms and flags; and what is said of what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.build.language.errors import DockerfileError
from pycman.build.language.instructions import Instruction
from pycman.build.language.parser import Dockerfile, parse
from pycman.build.language.read import _READERS
from pycman.build.language.table import TABLE


def file_of(text: str) -> Dockerfile:
    return parse(text.encode(), "Dockerfile")


def one(text: str) -> Instruction:
    """Return the one instruction that follows FROM."""
    (found,) = file_of(f"FROM scratch\n{text}").stages[0].instructions
    return found


def fields(text: str) -> dict[str, Any]:
    """Return the fields of one instruction that are its own and not at their default."""
    common = ("name", "location", "text")
    return {name: value for name, value in one(text).to_dict().items() if name not in common}


def error(text: str) -> str:
    with pytest.raises(DockerfileError) as caught:
        file_of(text)
    return str(caught.value)


def test_the_table_and_the_readers_know_the_same_instructions() -> None:
    assert TABLE.keys() == _READERS.keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN a b", {"command": {"words": ["a b"], "is_shell": True}}),
        ('RUN ["a", "b c"]', {"command": {"words": ["a", "b c"], "is_shell": False}}),
        ("RUN ['a']", {"command": {"words": ["['a']"], "is_shell": True}}),
        ("RUN [ -f x ] && y", {"command": {"words": ["[ -f x ] && y"], "is_shell": True}}),
        ('RUN ["a"] b', {"command": {"words": ['["a"] b'], "is_shell": True}}),
        ('RUN ["\\u00e9\\ud800"]', {"command": {"words": ["\u00e9\ufffd"], "is_shell": False}}),
        ("run   a", {"command": {"words": ["a"], "is_shell": True}}),
        ("RUN\ta", {"command": {"words": ["a"], "is_shell": True}}),
        (
            "RUN --mount=type=cache,target=/a --mount=type=ssh --network=none --security=insecure --device=x -- a --b",
            {
                "command": {"words": ["a --b"], "is_shell": True},
                "mounts": ["type=cache,target=/a", "type=ssh"],
                "network": "none",
                "security": "insecure",
                "devices": ["x"],
            },
        ),
        ('RUN --mount="type=bind,target=/a b" c', {
            "command": {"words": ["c"], "is_shell": True}, "mounts": ["type=bind,target=/a b"]}),
        ("CMD a", {"command": {"words": ["a"], "is_shell": True}}),
        ("CMD []", {"command": {"words": [], "is_shell": False}}),
        ("ENTRYPOINT", {"command": {"words": [], "is_shell": True}}),
        ("SHELL [\"a\",'b']", None),
        ('SHELL ["a", "-c"]', {"words": ["a", "-c"]}),
        ("ENV A=b C='d e' E=\"f\" G=h\\ i", {"pairs": [
            {"name": "A", "value": "b"}, {"name": "C", "value": "'d e'"}, {"name": "E", "value": '"f"'},
            {"name": "G", "value": "h\\ i"}]}),
        ("ENV A  b  c = d", {"pairs": [{"name": "A", "value": "b  c = d", "spaced": True}]}),
        ("ENV A=", {"pairs": [{"name": "A", "value": ""}]}),
        ('LABEL "a b"=c', {"pairs": [{"name": '"a b"', "value": "c"}]}),
        ("ARG A B=c D= E='f g'", {"entries": [
            {"name": "A"}, {"name": "B", "default": "c"}, {"name": "D", "default": ""},
            {"name": "E", "default": "'f g'"}]}),
        ("COPY a b /c/", {"sources": ["a", "b"], "target": "/c/"}),
        ('COPY ["a b", "c"]', {"sources": ["a b"], "target": "c"}),
        ("COPY --from=x --chown=1:2 --chmod=u+x --link --parents --exclude=*.a --exclude=b a b", {
            "sources": ["a"], "target": "b", "origin": "x", "chown": "1:2", "chmod": "u+x", "link": True, "parents": True,
            "exclude": ["*.a", "b"]}),
        ("ADD --keep-git-dir=false --unpack --checksum=sha256:1 --link=FALSE https://x/y /z", {
            "sources": ["https://x/y"], "target": "/z", "keep_git_dir": False, "unpack": True, "checksum": "sha256:1"}),
        ("WORKDIR /a b", {"path": "/a b"}),
        ("USER a:b", {"user": "a:b"}),
        ("EXPOSE 80 53/udp", {"ports": ["80", "53/udp"]}),
        ("VOLUME /a /b", {"paths": ["/a", "/b"]}),
        ('VOLUME ["/a b"]', {"paths": ["/a b"]}),
        ("STOPSIGNAL SIGINT", {"signal": "SIGINT"}),
        ("MAINTAINER A <b@c>", {"author": "A <b@c>"}),
        ("HEALTHCHECK NONE", {"command": None}),
        ("HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=0 --start-interval=500ms --retries=3 CMD a b", {
            "command": {"words": ["a b"], "is_shell": True}, "interval_ns": 90 * 10**9, "timeout_ns": 1_500_000_000,
            "start_interval_ns": 500_000_000, "retries": 3}),
        ('HEALTHCHECK cmd ["a"]', {"command": {"words": ["a"], "is_shell": False}}),
    ],
)  # fmt: skip
def test_instructions(text: str, expected: dict[str, Any] | None) -> None:
    if expected is None:
        assert "is not a JSON array" in error(f"FROM scratch\n{text}")
    else:
        assert fields(text) == expected


def test_from_and_its_stages() -> None:
    found = file_of("ARG A=1\nFROM --platform=$B a:$A AS One\nFROM b@sha256:12\nRUN x\nFROM one as two-1.x_")
    assert [(stage.start.image, stage.start.stage, stage.start.platform) for stage in found.stages] == [
        ("a:$A", "one", "$B"), ("b@sha256:12", "", ""), ("one", "two-1.x_", ""),
    ]  # fmt: skip
    assert [entry.name for each in found.head for entry in each.entries] == ["A"]
    assert [len(stage.instructions) for stage in found.stages] == [0, 1, 0]


def test_a_trigger_keeps_its_text_and_is_checked() -> None:
    found = one("ONBUILD COPY --chown=1 <<A /x\ncontent\nA")
    assert found.to_dict()["trigger"] == "COPY --chown=1 <<A /x\ncontent\nA"
    assert found.to_dict()["inner"]["target"] == "/x"
    assert (
        error("FROM a\nONBUILD FROM b") == "Dockerfile:2: FROM is not allowed after ONBUILD (write another instruction)"
    )
    assert "unknown instruction RUNN" in error("FROM a\nONBUILD RUNN b")


@pytest.mark.parametrize(
    ("text", "command", "lines"),
    [
        ("RUN a \\\n  b", "a   b", (2, 3)),
        ("RUN a\\\nb", "ab", (2, 3)),
        ("RUN a \\  \t\n b", "a  b", (2, 3)),
        ("RUN a \\\n# comment\n   # other\n\n b", "a  b", (2, 6)),
        ("RUN a # b", "a # b", (2, 2)),
        ("RUN a \\\r\n b\r\n", "a  b", (2, 3)),
        ("RUN a \\", "a", (2, 2)),
        ("RUN a \\\n", "a", (2, 3)),
        (r"RUN a \\" + "\nRUN b", r"a \\", (2, 2)),
        ("   RUN a", "a", (2, 2)),
        ("RUN \\\n  a", "a", (2, 3)),
    ],
)
def test_lines_go_on_after_the_escape_character(text: str, command: str, lines: tuple[int, int]) -> None:
    found = file_of(f"FROM scratch\n{text}").stages[0].instructions[0]
    assert found.to_dict()["command"]["words"] == [command]
    assert (found.location.first_line, found.location.last_line) == lines


def test_directives_are_at_the_top_only() -> None:
    found = file_of("#Syntax = docker/dockerfile:1 \n# escape=`\nFROM a\nRUN x \\\nRUN y `\n z")
    assert (found.syntax, found.escape) == ("docker/dockerfile:1", "`")
    assert [each.text for each in found.stages[0].instructions] == ["RUN x \\", "RUN y  z"]
    assert file_of("# a comment\n# escape=`\nFROM a").escape == "\\"
    assert file_of("\n# escape=`\nFROM a").escape == "\\"
    assert file_of("# unknown=1\n# escape=`\nFROM a").escape == "\\"
    assert file_of("#!/usr/bin/env x\n# syntax=a b\nFROM a").syntax == "a"
    assert "second escape directive" in error("# escape=`\n# escape=`\nFROM a")
    assert "cannot be the escape character" in error("# escape=x\nFROM a")
    assert error("# check=skipp=all\nFROM a") == "Dockerfile:1: check=skipp=all is not an option (did you mean skip?)"


def test_a_byte_order_mark_and_line_ends_of_windows_mean_nothing() -> None:
    found = parse(b"\xef\xbb\xbf# escape=`\r\nFROM a\r\nENV A=b\r\n", "Dockerfile")
    assert (found.escape, found.stages[0].instructions[0].text) == ("`", "ENV A=b")


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("RUN <<EOF\na\n\n# b\nEOF", [("EOF", "a\n\n# b\n", True, False)]),
        (
            "RUN cat <<A > /x && cat <<-'B C'\n\ta\nA\n\tb\n\tB C",
            [("A", "\ta\n", True, False), ("B C", "\tb\n", False, True)],
        ),
        ("RUN 3<<A cat\nA", [("A", "", True, False)]),
        ('RUN << "A"\nA', [("A", "", False, False)]),
        ("RUN a \\\n <<A\nx\\\nA", [("A", "x\\\n", True, False)]),
        ("RUN echo '<<A'", []),
        ("RUN echo \\<<A", []),
        ("RUN a <<<b", []),
        ("RUN echo $((1<<2))", []),
        ('RUN ["a", "<<A"]', []),
        ("CMD <<A", []),
        ("RUN cat <<A\r\nx\r\nA\r\n", [("A", "x\r\n", True, False)]),
    ],
)
def test_here_documents_of_run(text: str, documents: list[tuple[str, str, bool, bool]]) -> None:
    found = one(text).to_dict()["command"].get("heredocs", [])
    kept = [
        (each["name"], each.get("content", ""), each.get("expand", True), each.get("strip_tabs", False))
        for each in found
    ]
    assert kept == documents


def test_here_documents_of_copy_are_sources() -> None:
    found = one("COPY <<-A b <<'B' /x/\n\t1\nA\n2\nB\n")
    assert found.to_dict()["sources"] == ["b"]
    assert [(each["name"], each["content"]) for each in found.to_dict()["heredocs"]] == [("A", "1\n"), ("B", "2\n")]
    assert "has no end" in error("FROM a\nRUN <<EOF\nx")
    assert "target of COPY is a here-document" in error("FROM a\nCOPY a <<EOF\nEOF")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Dockerfile: there are no instructions (begin with FROM IMAGE)"),
        ("# only\n\n", "Dockerfile: there are no instructions (begin with FROM IMAGE)"),
        ("ARG A", "Dockerfile: there is no FROM (begin with FROM IMAGE)"),
        ("RUN a", "Dockerfile:1: RUN before the first FROM (begin with FROM IMAGE)"),
        ("FROM", "Dockerfile:1: FROM needs an argument (write FROM IMAGE [AS STAGE])"),
        ("FROM a b", "Dockerfile:1: FROM a b has too many arguments (write FROM IMAGE AS STAGE)"),
        ("FROM a AS 1x", "Dockerfile:1: 1x cannot name a stage (begin with a letter and use letters, digits, - _ .)"),
        ("FROM a\n\nCOPPY a b", "Dockerfile:3: unknown instruction COPPY (did you mean COPY?)"),
        ("FROM a\napt-get install", "Dockerfile:2: unknown instruction apt-get (a continued line needs \\ at its end)"),
        ("FROM a\nCOPY a", "Dockerfile:2: COPY needs at least 2 arguments (write COPY SOURCE… TARGET)"),
        ("FROM a\nCOPY --chwon=1 a b", "Dockerfile:2: COPY has no flag --chwon (did you mean --chown?)"),
        ("FROM a\nCOPY --chown a b", "Dockerfile:2: --chown has no value (write --chown=VALUE)"),
        ("FROM a\nCOPY --link=maybe a b", "Dockerfile:2: --link=maybe is neither true nor false (write --link or --link=false)"),
        ("FROM a\nCOPY --from=a --from=b a b", "Dockerfile:2: --from is given twice (remove one of them)"),
        ("FROM a\nENV A", "Dockerfile:2: ENV A has no value (write ENV A=VALUE)"),
        ("FROM a\nENV A=b c", "Dockerfile:2: c is not NAME=VALUE (quote values that have blanks in them)"),
        ("FROM a\nENV =b", "Dockerfile:2: =b has no name (write ENV NAME=VALUE)"),
        ("FROM a\nARG", "Dockerfile:2: ARG needs an argument (write ARG NAME[=DEFAULT])"),
        ("FROM a\nRUN", "Dockerfile:2: RUN needs an argument (write RUN COMMAND)"),
        ("FROM a\nRUN --network=foo a", "Dockerfile:2: --network=foo is not known (write default, none or host)"),
        ('FROM a\nCMD ["a", 1]',
         "Dockerfile:2: a JSON array of arguments has values other than texts (write every argument in double quotes)"),
        ('FROM a\nCMD ["a\\u0000"]',
         "Dockerfile:2: a JSON array of arguments has a NUL character (no argument of a process can have one)"),
        ("FROM a\nHEALTHCHECK curl", "Dockerfile:2: HEALTHCHECK curl is not known (write HEALTHCHECK CMD COMMAND or HEALTHCHECK NONE)"),
        ("FROM a\nHEALTHCHECK CMD", "Dockerfile:2: HEALTHCHECK CMD has no command (write HEALTHCHECK CMD COMMAND)"),
        ("FROM a\nHEALTHCHECK --interval=5 CMD a",
         "Dockerfile:2: --interval=5 is not a time (write it as in --interval=30s or --interval=1m30s)"),
        ("FROM a\nHEALTHCHECK --retries=-1 CMD a", "Dockerfile:2: --retries=-1 is not a whole number (write it as in --retries=3)"),
        ("FROM a\nHEALTHCHECK --timeout=1us CMD a", "Dockerfile:2: --timeout=1us is out of range (write at least 1ms)"),
        ("FROM a\nRUN a\0b", "Dockerfile:2: there is a NUL byte (is it a text file in UTF-8?)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_with_its_place_and_what_to_do(text: str, said: str) -> None:
    assert error(text) == said


def test_several_problems_are_told_at_once() -> None:
    with pytest.raises(DockerfileError) as caught:
        file_of("FROM a\nCOPPY a b\nRUN ok\nENV A\n" + "X\n" * 100)
    assert str(caught.value).startswith("Dockerfile:2:")
    assert caught.value.others[0].startswith("Dockerfile:4:")
    assert len(caught.value.others) == 19


@pytest.mark.parametrize(
    "data",
    [
        b"#" * (5 << 20),
        b"FROM a\n" * 20_000,
        b"FROM a\nRUN a <<" + b"A <<" * 100_000 + b"A\n",
        b"FROM a\nENV " + b"A" * 1_000_000,
        b"FROM a\n" + b"\\" * 1_000_000,
        b"\n" * 4_000_000,
        b"# x\n" * 1_000_000,
    ],
)
def test_what_is_too_much_is_one_error(data: bytes) -> None:
    with pytest.raises(DockerfileError) as caught:
        parse(data, "Dockerfile")
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_long_files_are_read_in_time_that_grows_with_them() -> None:
    text = "FROM a\nRUN x \\\n" + "# comment\n y \\\n" * 100_000 + " z\n" + "# c\n\n" * 100_000
    found = file_of(text)
    assert found.stages[0].instructions[0].location.last_line == 200_003


WORDS = st.sampled_from(
    ["FROM", "RUN", "COPY", "ONBUILD", "HEALTHCHECK", "ENV", "ARG", "a", "<<E", "E", "\\", "\n", "\n", "#", "=", "--from=", "[", '"',
     "'", "$x", "${", "}", "]", ",", " ", "--mount=type=cache,", "AS", "CMD", "\t", "\r", "`", "# escape=`\n"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=40).map("".join))
def test_any_text_is_a_file_or_a_dockerfile_error(text: str) -> None:
    for data in (text.encode(), b"FROM a\n" + text.encode()):
        try:
            parse(data)
        except DockerfileError as caught:
            assert "\n" not in str(caught)  # noqa: PT017


@given(st.binary(max_size=200))
def test_any_bytes_are_a_file_or_a_dockerfile_error(data: bytes) -> None:
    try:
        parse(b"FROM a\n" + data)
    except DockerfileError as caught:
        assert "\n" not in str(caught)  # noqa: PT017


LINES = st.lists(st.text("abc =$", min_size=1, max_size=8).filter(str.strip), min_size=1, max_size=5)


@given(LINES)
def test_a_command_is_the_same_on_one_line_or_on_several(parts: list[str]) -> None:
    joined = one("RUN x" + "".join(parts)).to_dict()["command"]
    assert one("RUN x" + "\\\n# between\n".join(parts)).to_dict()["command"] == joined
