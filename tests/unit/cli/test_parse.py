"""Command lines as Go's pflag reads them (github.com/spf13/pflag, "Command line flag syntax"), and lists as its CSV reader does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.parse import FlagTable, UsageError, nearest, parse_flags, split_commas

TABLE = FlagTable("all,a:b tty,t:b name,n:s count,c:i env,e:l filter,f:c old:s=name")


def parsed(*words: str, stop_at_first: bool = False):
    return parse_flags(TABLE, list(words), stop_at_first=stop_at_first)


@pytest.mark.parametrize(
    ("words", "flags", "arguments"),
    [
        (["--name", "x"], {"name": "x"}, []),
        (["--name=x"], {"name": "x"}, []),
        (["--name="], {"name": ""}, []),
        (["--name", "--all"], {"name": "--all"}, []),
        (["-n", "x"], {"name": "x"}, []),
        (["-nx"], {"name": "x"}, []),
        (["-n=x"], {"name": "x"}, []),
        (["-at"], {"all": True, "tty": True}, []),
        (["-atnx", "y"], {"all": True, "tty": True, "name": "x"}, ["y"]),
        (["--all=false", "-t=0"], {"all": False, "tty": False}, []),
        (["--all", "false"], {"all": True}, ["false"]),
        (["--count", "5"], {"count": 5}, []),
        (["--count=-1"], {"count": -1}, []),
        (["-e", "a,b", "-e", "c"], {"env": ["a,b", "c"]}, []),
        (["-f", "a,b", "-f", "c"], {"filter": ["a", "b", "c"]}, []),
        (["--old", "x"], {"name": "x"}, []),
        (["--name", "a", "--name", "b"], {"name": "b"}, []),
        (["a", "-a", "b"], {"all": True}, ["a", "b"]),
        (["--", "-a"], {}, ["-a"]),
        (["-"], {}, ["-"]),
        (["--help"], {"help": True}, []),
        (["-h"], {"help": True}, []),
    ],
    ids=str,
)
def test_flags_are_read_as_go_does(words: list[str], flags: dict, arguments: list[str]) -> None:
    assert parsed(*words) == (flags, arguments)


def test_some_commands_end_their_flags_at_the_first_argument() -> None:
    assert parsed("-a", "image", "-t", "--", "x", stop_at_first=True) == ({"all": True}, ["image", "-t", "--", "x"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--nmae", "x"], "unknown flag: --nmae (did you mean --name?)"),
        (["-x"], "unknown shorthand flag: 'x' in -x"),
        (["--name"], "flag needs an argument: --name"),
        (["-an"], "flag needs an argument: 'n' in -an"),
        (["--all=yes"], 'invalid argument "yes" for --all: not true or false'),
        (["--count", "many"], 'invalid argument "many" for --count: not a number'),
        (["-c", "1.5"], 'invalid argument "1.5" for -c: not a number'),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_of_the_flag(words: list[str], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(*words)
    assert str(caught.value).startswith(says)


@given(st.lists(st.text(st.sampled_from("-=atnxcef, "), max_size=8), max_size=6))
def test_no_command_line_brings_the_parser_down(words: list[str]) -> None:
    try:
        flags, arguments = parsed(*words)
    except UsageError:
        return
    assert set(flags) <= {"all", "tty", "name", "count", "env", "filter", "help"}
    assert all(word in words for word in arguments)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]), ("a", ["a"]), ("a,b", ["a", "b"]), ("a,", ["a", ""]), ('"a,b",c', ["a,b", "c"]), ('"a ""b"""', ['a "b"']),
        ('a,"o=x,y"', ["a", "o=x,y"]), ('""', [""]),
    ],
)  # fmt: skip
def test_values_are_split_at_commas_outside_quotes(text: str, parts: list[str]) -> None:
    assert split_commas(text) == parts


@pytest.mark.parametrize(
    ("word", "wanted"), [("ru", "run"), ("rnu", "run"), ("pul", "pull"), ("pll", "pull"), ("volumes", "volume"), ("zzzzzz", "")]
)  # fmt: skip
def test_the_nearest_name_differs_by_few_letters(word: str, wanted: str) -> None:
    assert nearest(word, ["run", "pull", "volume", "network"]) == wanted


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "0xffffffffffffffffff", "9" * 5000])
def test_numbers_of_more_than_64_bits_are_refused(number: str) -> None:
    with pytest.raises(UsageError, match="--count"):
        parsed("--count", number)
    assert parsed("--count", "0x7fffffffffffffff")[0] == {"count": (1 << 63) - 1}
