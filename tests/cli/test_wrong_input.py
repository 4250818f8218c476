"""Wrong input gives one line with the object, the reason and the fix, docker's status, and leaves nothing."""

from __future__ import annotations

import pytest

CASES = [
    (("run", "--nmae", "x", "busybox:1"), 125, "did you mean --name?"),
    (("run",), 1, "requires at least 1 argument"),
    (("rnu", "busybox:1"), 1, "did you mean run?"),
    (("run", "-v", "relative:path", "busybox:1"), 125, "absolute"),
    (("run", "-m", "lots", "busybox:1"), 125, "--memory lots"),
    (("run", "-m", "1k", "busybox:1"), 125, "minimum memory"),
    (("run", "--name", "-bad", "busybox:1"), 125, "not a container name"),
    (("run", "Bad/Image", "true"), 125, "lower case"),
    (("run", "--pull", "never", "nosuch", "true"), 125, "no such image: nosuch"),
    (("run", "--user", "nobody-here", "busybox:1", "true"), 125, "nobody-here"),
    (("run", "--platform", "x/y/z/w", "busybox:1", "true"), 125, "not a platform"),
    (("run", "--cap-add", "NOSUCH", "busybox:1", "true"), 125, "no such capability"),
    (("run", "--network", "nosuch", "busybox:1", "true"), 125, "no such network: nosuch"),
    (("run", "-p", "99999:1", "busybox:1", "true"), 125, "1 to 65535"),
    (("run", "--restart", "sometimes", "busybox:1", "true"), 125, "not a restart policy"),
    (("run", "--rm", "--restart", "always", "busybox:1", "true"), 125, "--rm and --restart cannot be used together"),
    (("run", "--mount", "type=bind,src=/no/such,dst=/x", "busybox:1", "true"), 125, "/no/such"),
    (("run", "--env-file", "/no/such", "busybox:1", "true"), 125, "no such file"),
    (("run", "--ulimit", "nosuch=1", "busybox:1", "true"), 125, "--ulimit"),
    (("run", "--device", "/dev/nosuch", "busybox:1", "true"), 125, "no such device"),
    (("run", "--secret", "nosuch", "busybox:1", "true"), 125, "no such secret"),
    (("start", "nosuch"), 1, "no such container: nosuch"),
    (("stop", "nosuch"), 1, "no such container"),
    (("exec", "nosuch", "true"), 1, "no such container"),
    (("logs", "nosuch"), 1, "no such container"),
    (("kill", "-s", "NOSUCH", "nosuch"), 1, "invalid signal"),
    (("inspect", "nosuch"), 1, "no such object: nosuch"),
    (("rmi", "nosuch"), 1, "no such image"),
    (("tag", "nosuch", "x"), 1, "no such image"),
    (("load", "-i", "/no/such"), 1, "no such file"),
    (("volume", "rm", "nosuch"), 1, "no such volume"),
    (("ps", "--filter", "nosuch=1"), 1, "invalid filter"),
    (("ps", "--format", "{{.Nope"), 1, "unclosed action"),
    (("pull", "127.0.0.1:1/x"), 1, "refuses connections"),
    (("--log-level", "nosuch", "ps"), 1, "not a log level"),
]


@pytest.mark.parametrize(
    ("words", "status", "part"), CASES, ids=lambda value: " ".join(value) if isinstance(value, tuple) else None
)
def test_wrong_input_gives_one_line_of_error(root_pycman, words: tuple[str, ...], status: int, part: str) -> None:
    assert part in root_pycman.fails(*words, status=status)
    assert root_pycman("ps", "-aq") == ""


def test_a_file_that_is_no_archive_is_refused(root_pycman) -> None:
    assert "archive" in root_pycman.fails("load", stdin=b"this is no archive at all, but some text" * 50)


def test_a_truncated_archive_leaves_nothing(root_pycman, busybox_archive) -> None:
    before = root_pycman("images", "-aq")
    root_pycman.fails("load", stdin=busybox_archive.read_bytes()[:400_000])
    assert root_pycman("images", "-aq") == before
