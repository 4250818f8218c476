"""What `__complete` offers, as far as it needs no store."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from cli.actions.hidden.complete import candidates
from cli.call import Call
from cli.describe.kinds import KINDS
from cli.generate.read import read


def offered(*words: str) -> list[str]:
    *before, current = words
    call = Call("__complete", {}, list(words), {}, "pycman", list(words))
    return [line.partition("\t")[0] for line in candidates(call, before, current)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("netw",), ["network"]),
        (("network", "disc"), ["disconnect"]),
        (("--root", "/x", "network", "disc"), ["disconnect"]),
        (("--root=/x", "-l", "debug", "network", "disc"), ["disconnect"]),
        (("--roo",), ["--root"]),
        (("--root", ""), [":files"]),
        (("--log-level", "e"), ["error"]),
        (("--log-level=e",), ["--log-level=error"]),
        (("-l", "e"), ["error"]),
        (("run", "--pull", "m"), ["missing"]),
        (("run", "--pull=m"), ["--pull=missing"]),
        (("run", "--ipc=sh"), ["--ipc=shareable"]),
        (("run", "--rm=t"), ["--rm=true"]),
        (("run", "--env-file", ""), [":files"]),
        (("run", "--env-file=/e"), [":files"]),
        (("run", "--name", ""), []),
        (("run", "-it", "image", ""), [":files"]),
        (("run", "--", "image", "-"), [":files"]),
        (("exec", "-u", "me", "web", "--l"), [":files"]),
        (("container", "run", "--tls-v"), ["--tls-verify"]),
        (("save", "--format", "oci-a"), ["oci-archive"]),
        (("run", "--sysctl", "kernel.shmma"), ["kernel.shmmax"]),
        (("network", "create", "--interface-name=lo"), ["--interface-name=lo"]),
        (("container", "runlabel", "run", "image", ""), [":files"]),
        (("tag", "image", "new", ""), []),
        (("load", "-i", ""), [":files"]),
        (("load", ""), []),
        (("completion", "f"), ["fish"]),
        (("completion", "fish", ""), []),
        (("help", "network", "prun"), ["prune"]),
        (("frob", ""), []),
        (("network", "frob", ""), []),
        (("run", "--net-a"), []),
        (("run", "--link"), []),
        (("__c",), []),
    ],
    ids=" ".join,
)
def test_offers(words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(*words) == expected


def test_every_command_is_offered_by_its_first_word() -> None:
    words = {name.partition(" ")[0] for name in (*read().shown, *read().aliases)}
    assert set(offered("")) == words


def test_every_kind_is_known_to_the_action() -> None:
    """A kind that `_names` does not know would offer nothing, in silence."""
    import inspect

    from cli.actions.hidden import complete

    source = inspect.getsource(complete)
    nothing = {"@text"}
    assert [kind for kind in KINDS if kind not in nothing and f'"{kind[1:]}"' not in source] == []


@pytest.mark.parametrize(
    ("program", "typed", "expected"),
    [
        ("podman", "", ["localhost/team/app:1"]),
        ("podman", "ap", ["app:1"]),
        ("podman", "te", ["team/app:1"]),
        ("podman", "c0", ["c0ffee000000"]),
        ("docker", "ap", []),
        ("docker", "c", []),
    ],
    ids=lambda value: str(value) or "nothing",
)
def test_images_are_offered_by_names_their_ends_and_ids(program: str, typed: str, expected: list[str]) -> None:
    image = SimpleNamespace(id="c0ffee" + "0" * 58, names=["localhost/team/app:1"])
    engine = SimpleNamespace(images=SimpleNamespace(list=lambda: [image]))
    call = Call("__complete", {}, ["rmi", typed], {}, program, ["rmi", typed])
    call._engine = engine
    assert [line.partition("\t")[0] for line in candidates(call, ["rmi"], typed)] == expected
