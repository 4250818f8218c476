"""Podman's sentences for errors of pods, networks, registries and terminals."""

from __future__ import annotations

import pytest

from cli.exit_status import status_of
from cli.output.podman_words import podman_message
from pycman.errors import (
    AlreadyExists,
    InUse,
    InvalidInput,
    NotFound,
    Unauthenticated,
    Unavailable,
    Unsupported,
    WrongState,
)

_TAKEN = "You have to remove that container to be able to reuse that name: that name is already in use"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Unauthenticated("the login at r:5000 was refused: authentication required", subject="r:5000", hint="h"),
         'logging into "r:5000": invalid username/password'),
        (Unauthenticated("the login at r:5000 was refused", subject="r:5000/a:1", hint="h"),
         "r:5000/a:1: the login at r:5000 was refused: unauthorized: authentication required"),
        (Unavailable("the name no.where cannot be resolved", subject="no.where/a:1", hint="h"),
         "initializing source docker://no.where/a:1: pinging container registry: the name no.where cannot be resolved"),
        (InvalidInput("keep-groups cannot be used with other groups", subject="--group-add", hint="h"),
         "the '--group-add keep-groups' option is not allowed with any other --group-add options"),
        (Unsupported("it is for rootless containers only", subject="--userns=nomap"), "nomap is only supported in rootless mode"),
        (InvalidInput("not a namespace that can be shared", subject="--share x", hint="h"),
         "invalid kernel namespace to share: x. Options are: cgroup, ipc, net, pid, uts or none"),
        (InvalidInput("not KEY=VALUE", subject="--annotation x"), "annotation \"x\" must include an '=' sign"),
        (InvalidInput("not an exit policy", subject="x", hint="h"), 'running pod create option: invalid pod exit policy: "x"'),
        (AlreadyExists("the name is already in use by container 0123", subject="c", hint="h"),
         f'creating container storage: the container name "c" is already in use by 0123. {_TAKEN}'),
        (AlreadyExists("the name is taken by another network", subject="n"), "network name n already used: network already exists"),
        (InvalidInput("the default network cannot be removed", subject="podman", hint="h"),
         "default network podman cannot be removed"),
        (NotFound("the port is not published", subject="c 99/tcp", hint="h"), 'failed to find published port "99/tcp"'),
        (NotFound("not found in the registry", subject="r:5000/a/b:1", hint="h"),
         "initializing source docker://r:5000/a/b:1: reading manifest 1 in r:5000/a/b: manifest unknown"),
        (NotFound("the device of the volume is not there", subject="/no", hint="h"),
         "invalid volume option device for driver 'local': faccessat /no: no such file or directory"),
        (InvalidInput("refusing to read an archive from a terminal", hint="h"),
         "cannot read from terminal, use command-line redirection or the --input flag"),
        (InvalidInput("invalid signal", subject="", hint="h"), "invalid signal: "),
        (InvalidInput("invalid signal", subject="0", hint="h"), "invalid signal: 0"),
        (InvalidInput("invalid signal", subject="99", hint="h"), "valid signals are 1 through 64"),
    ],
)  # fmt: skip
def test_an_error_is_told_in_podmans_sentence(error, text: str) -> None:
    assert podman_message(error) == text


def test_a_pod_that_runs_is_told_with_a_line_for_each_container() -> None:
    lines = podman_message(WrongState("containers of the pod are running: a, b", subject="p", hint="h")).split("\n")
    assert lines[0].startswith("not all containers could be removed from pod p: removing pod containers")
    assert [line.split(" as ")[0] for line in lines[1:]] == ["cannot remove container a", "cannot remove container b"]


@pytest.mark.parametrize(
    ("error", "command", "status"),
    [
        (WrongState("containers of the pod are running: a", subject="p"), "pod rm", 125),
        (InUse("it is the infra container of pod p and is removed with it", subject="i"), "rm", 125),
        (InUse("address already in use by another program", subject="-p 80", hint="h"), "run", 126),
    ],
)
def test_what_is_in_use_is_refused_with_podmans_status(error, command: str, status: int) -> None:
    assert status_of(error, command, podman=True) == status
