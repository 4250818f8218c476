"""Fetch a git repository, one commit of it, as a context or for ADD.

    URL[#REF[:SUBDIR]]        https://host/repo.git, git://…, ssh://…, git@host:path, github.com/owner/name

The URL and the reference may be a stranger's: git gets no other protocol than http, https, git and ssh, nothing that it
could take for an option, no hooks and no submodules by another protocol; and it may not ask anything.
"""

from __future__ import annotations

import os

from pycman.build.plan.sources import kind_of
from pycman.errors import InvalidInput, NotFound, Unavailable
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.processes import find_program, how_to_install, made_environment, run
from pycman.record import Record

_PROTOCOLS = ("http", "https", "git", "ssh")
_TIMEOUT_S = 600.0
_GITHUB = "github.com/"
_HEX = frozenset("0123456789abcdef")


class Clone(Record):
    """A repository that was fetched: its directory, the commit (40 hex digits), the directory below it that was named."""

    directory: str
    commit: str
    subdirectory: str = ""


class GitUrl(Record):
    """The parts of a git URL. `reference` is a branch, tag or commit, "" the default branch."""

    url: str
    reference: str = ""
    subdirectory: str = ""


def is_git_url(text: str) -> bool:
    """Say whether a context is a git repository (docker's rules)."""
    return text.startswith(_GITHUB) or kind_of(text) == "git"


def parse_git_url(text: str) -> GitUrl:
    """Split a git URL. Raises InvalidInput for what git could take for an option, or for another transport."""
    url, _, fragment = text.partition("#")
    reference, _, subdirectory = fragment.partition(":")
    if url.startswith(_GITHUB):
        url = f"https://{url}"
    url = url.removeprefix("git+")
    if url.startswith("-") or "::" in url or any(letter.isspace() or ord(letter) < 32 for letter in text):
        raise InvalidInput("not a git URL", subject=text)
    host = url.partition("://")[2] or url
    if host.startswith("-") or host.partition("@")[2].startswith("-") or reference.startswith("-"):
        raise InvalidInput("a part of the git URL begins with a dash", subject=text)
    return GitUrl(url=url, reference=reference, subdirectory=subdirectory.strip("/"))


def clone(text: str, directory: str, *, keep_git_dir: bool = False) -> Clone:
    """Fetch one commit into the new directory `directory`. Raises InvalidInput, NotFound (reference), Unavailable."""
    parts = parse_git_url(text)
    program = find_program("git")
    if not program:
        raise Unavailable("git is missing", subject=text, hint=how_to_install("git"))
    make_directory(directory, 0o700)
    _git(program, directory, text, "init", "--quiet", "--template=")
    _fetch(program, directory, text, parts.url, parts.reference or "HEAD")
    if os.path.lexists(f"{directory}/.gitmodules"):
        _git(program, directory, text, "submodule", "--quiet", "update", "--init", "--recursive")
    commit = _output(program, directory, text, "rev-parse", "HEAD")
    if not keep_git_dir:
        remove_tree(f"{directory}/.git")
    return Clone(directory=directory, commit=commit, subdirectory=parts.subdirectory)


def _fetch(program: str, directory: str, subject: str, url: str, wanted: str) -> None:
    """Check out `wanted`: fetched alone if the server gives single commits, else with its history, else with everything."""
    failure = ""
    for depth in (("--depth=1",), ()):  # servers of plain files give no single commit
        failure = _git(program, directory, subject, "fetch", "--quiet", *depth, "--", url, wanted, check=False)
        if not failure:
            _git(program, directory, subject, "checkout", "--quiet", "--detach", "FETCH_HEAD")
            return
    if not (len(wanted) >= 7 and _HEX.issuperset(wanted)):
        raise _failed(subject, wanted, failure)
    everything = ("fetch", "--quiet", "--tags", "--", url, "+refs/heads/*:refs/heads/*")  # some give none by its id
    failure = _git(program, directory, subject, *everything, check=False)
    if failure:
        raise _failed(subject, wanted, failure)
    _git(program, directory, subject, "checkout", "--quiet", "--detach", f"{wanted}^0")


def _settings() -> list[str]:
    allowed = [f"protocol.{name}.allow=always" for name in _PROTOCOLS]
    settings = [
        "protocol.allow=never", *allowed, "core.hooksPath=/dev/null", "core.fsmonitor=false", "advice.detachedHead=false",
        "init.defaultBranch=main", "transfer.fsckObjects=false", "core.symlinks=true",
    ]  # fmt: skip
    return [word for setting in settings for word in ("-c", setting)]


def _environment() -> dict[str, str]:
    env = made_environment()
    if "SSH_AUTH_SOCK" in os.environ:
        env["SSH_AUTH_SOCK"] = os.environ["SSH_AUTH_SOCK"]
    env.update(GIT_TERMINAL_PROMPT="0", GIT_LFS_SKIP_SMUDGE="1", GIT_ASKPASS="/bin/false", LC_ALL="C")
    return env


def _git(program: str, directory: str, subject: str, *words: str, check: bool = True) -> str:
    """Run git; return its last words if it failed and `check` is False, else "" or raise Unavailable."""
    done = run(
        [program, "-C", directory, *_settings(), *words], env=_environment(), timeout_s=_TIMEOUT_S, limit_bytes=65536
    )
    if not done.status:
        return ""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    problem = lines[-1] if lines else f"git {words[0]} ended with status {done.status}"
    if check:
        raise Unavailable(f"git {words[0]}: {problem}", subject=subject)
    return problem


def _output(program: str, directory: str, subject: str, *words: str) -> str:
    done = run([program, "-C", directory, *_settings(), *words], env=_environment(), timeout_s=_TIMEOUT_S)
    if done.status:
        raise Unavailable(f"git {words[0]} failed", subject=subject)
    return done.stdout.decode("ascii", "replace").strip()


def _failed(text: str, reference: str, problem: str) -> NotFound | Unavailable:
    if "couldn't find remote ref" in problem:
        return NotFound(f"the repository has no branch, tag or commit {reference}", subject=text)
    return Unavailable(problem.removeprefix("fatal: "), subject=text)
