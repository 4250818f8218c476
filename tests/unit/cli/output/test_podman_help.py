"""Help and usage errors under podman's name: its layout, as scripts that walk through its commands read it."""

from __future__ import annotations

import re

import pytest

from cli.help_texts import TEXTS
from cli.output.podman_help import missing_command, podman_help, unrecognized, usage_error, wrong_count
from cli.output.podman_log import log_line


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_text_has_podmans_layout(name: str) -> None:
    text = podman_help(TEXTS[name], name)
    usage = text.partition("\nUsage:\n")[2].splitlines()[0]
    assert usage.startswith(f"  podman {name}".rstrip())
    assert "pycman" not in usage
    arguments = usage.removeprefix(f"  podman {name}".rstrip()).replace("[options]", "").replace("[command]", "")
    assert arguments == arguments.upper()
    assert not re.search(r"[A-Z].*\[options", usage)
    assert ("[command]" in usage) == ("\nAvailable Commands:\n" in text or name == "help")
    if "[command]" not in usage:
        assert ("[options]" in usage) == ("\nOptions:\n" in text)


def test_the_program_lists_commands_and_groups_in_order() -> None:
    text = podman_help(TEXTS[""], "")
    assert text.startswith("Manage pods, containers and images\n\nUsage:\n  podman [options] [command]\n")
    listed = text.partition("Available Commands:\n")[2].partition("\n\n")[0].splitlines()
    names = [line.split()[0] for line in listed]
    assert names == sorted(names)
    assert {"run", "volume", "ps", "help"} <= set(names)


def test_another_name_of_a_command_is_told_as_it_was_typed() -> None:
    assert "\n  podman container rm [options] [CONTAINER...]\n" in podman_help(TEXTS["rm"], "container rm")


def test_usage_errors_are_podmans() -> None:
    assert usage_error("unknown flag: --foo", "ps") == "unknown flag: --foo\nSee 'podman ps --help'"
    assert (
        usage_error("--all and --latest cannot be used together", "rm") == "--all and --latest cannot be used together"
    )
    assert unrecognized("foo") == "unrecognized command `podman foo`\nTry 'podman --help' for more information"
    assert (
        unrecognized("pod foo") == "unrecognized command `podman pod foo`\nTry 'podman pod --help' for more information"
    )
    assert missing_command("") == "missing command 'podman COMMAND'"
    assert missing_command("volume") == "missing command 'podman volume COMMAND'"


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((0, 0, 1), "`podman x` takes no arguments"),
        ((2, 2, 1), "accepts 2 arg(s), received 1"),
        ((1, -1, 0), "requires at least 1 arg(s), only received 0"),
        ((0, 1, 2), "accepts at most 1 arg(s), received 2"),
    ],
    ids=["none", "exactly", "at least", "at most"],
)
def test_wrong_numbers_of_arguments(counts: tuple[int, int, int], message: str) -> None:
    assert wrong_count("exec", 2, -1, 1).startswith("must provide a non-empty command to start an exec session")
    assert wrong_count("x", *counts) == message


def test_lines_of_the_log_keep_to_one_line() -> None:
    assert log_line("debug", 'a "b"\nc', 0).endswith(r' level=debug msg="a \"b\"\nc"')


def test_defaults_of_containers_conf_are_told(tmp_path, monkeypatch) -> None:
    from cli.help_texts import TEXTS
    from cli.output.podman_defaults import with_defaults

    path = tmp_path / "containers.conf"
    path.write_text(
        '[engine]\nretry = 10\nretry_delay = "5s"\ncompression_format = "zstd:chunked"\ncompression_level = 1\n'
    )
    monkeypatch.setenv("CONTAINERS_CONF", str(path))

    def told(command, flag):
        lines = with_defaults(podman_help(TEXTS[command], command), command).splitlines()
        return next(line.split(None, 2)[1:] for line in lines if line.split()[:1] == [flag])

    assert told("run", "--retry") == ["uint", "Number of retries in case of failure when performing pull (default 10)"]
    assert told("pull", "--retry-delay")[1].endswith('in case of pull failures (default "5s")')
    assert told("push", "--compression-format") == [
        "string",
        'The compression format to use (default "zstd:chunked"): gzip or zstd',
    ]
    assert "to use (default 1)" in told("push", "--compression-level")[1]
    path.write_text("[engine")
    assert told("push", "--retry")[1].endswith("performing push (default 3)")
