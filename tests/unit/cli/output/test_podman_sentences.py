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
from pycman.spec.signals import signal_number

_TAKEN = "You have to remove that container to be able to reuse that name: that name is already in use"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Unauthenticated("the login at r:5000 was refused: authentication required", subject="r:5000", hint="h", code="login-refused"),
         'logging into "r:5000": invalid username/password'),
        (Unauthenticated("the login at r:5000 was refused", subject="r:5000/a:1", hint="h", code="login-refused"),
         "r:5000/a:1: the login at r:5000 was refused: unauthorized: authentication required"),
        (Unavailable("the name no.where cannot be resolved", subject="no.where/a:1", hint="h", code="registry-name-unknown"),
         "initializing source docker://no.where/a:1: pinging container registry: the name no.where cannot be resolved"),
        (InvalidInput("keep-groups cannot be used with other groups", subject="--group-add", hint="h", code="keep-groups-with-others"),
         "the '--group-add keep-groups' option is not allowed with any other --group-add options"),
        (Unsupported("it is for rootless containers only", subject="--userns=nomap", code="rootless-only-user-namespace", facts={"mode": "nomap"}), "nomap is only supported in rootless mode"),
        (InvalidInput("not a namespace that can be shared", subject="--share x", hint="h", code="not-a-shared-namespace", facts={"namespace": "x"}),
         "invalid kernel namespace to share: x. Options are: cgroup, ipc, net, pid, uts or none"),
        (InvalidInput("not KEY=VALUE", subject="--annotation x", code="not-an-annotation", facts={"text": "x"}), "annotation \"x\" must include an '=' sign"),
        (InvalidInput("not an exit policy", subject="x", hint="h", code="not-an-exit-policy"), 'running pod create option: invalid pod exit policy: "x"'),
        (AlreadyExists("the name is already in use by container 0123", subject="c", hint="h", code="container-name-taken", facts={"holder": "0123"}),
         f'creating container storage: the container name "c" is already in use by 0123. {_TAKEN}'),
        (AlreadyExists("the name is taken by another network", subject="n", code="network-name-taken"), "network name n already used: network already exists"),
        (InvalidInput("the default network cannot be removed", subject="podman", hint="h", code="default-network"),
         "default network podman cannot be removed"),
        (NotFound("the port is not published", subject="c 99/tcp", hint="h", code="port-not-published", facts={"port": "99/tcp"}), 'failed to find published port "99/tcp"'),
        (NotFound("not found in the registry", subject="r:5000/a/b:1", hint="h", code="not-in-registry"),
         "initializing source docker://r:5000/a/b:1: reading manifest 1 in r:5000/a/b: manifest unknown"),
        (NotFound("the device of the volume is not there", subject="/no", hint="h", code="no-volume-device"),
         "invalid volume option device for driver 'local': faccessat /no: no such file or directory"),
        (InvalidInput("refusing to read an archive from a terminal", hint="h", code="archive-from-terminal"),
         "cannot read from terminal, use command-line redirection or the --input flag"),
    ],
)  # fmt: skip
def test_an_error_is_told_in_podmans_sentence(error, text: str) -> None:
    assert podman_message(error, "login" if text.startswith("logging into") else "") == text


@pytest.mark.parametrize(
    ("signal", "text"),
    [("", "invalid signal: "), ("0", "invalid signal: 0"), ("-SIG", "invalid signal: -SIG"), ("99", "valid signals are 1 through 64")],
)  # fmt: skip
def test_what_is_no_signal_is_told_in_podmans_sentence(signal: str, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        signal_number(signal)
    assert podman_message(caught.value) == text


def test_a_pod_that_runs_is_told_with_a_line_for_each_container() -> None:
    text = "containers of the pod are running: a, b"
    error = WrongState(text, subject="p", hint="h", code="pod-is-running", facts={"containers": "a, b"})
    lines = podman_message(error).split("\n")
    assert lines[0].startswith("not all containers could be removed from pod p: removing pod containers")
    assert [line.split(" as ")[0] for line in lines[1:]] == ["cannot remove container a", "cannot remove container b"]


@pytest.mark.parametrize(
    ("error", "command", "status"),
    [
        (WrongState("containers of the pod are running: a", subject="p"), "pod rm", 125),
        (
            InUse("it is the infra container of pod p and is removed with it", subject="i", code="infra-container"),
            "rm",
            125,
        ),
        (
            InUse("address already in use by another program", subject="-p 80", hint="h", code="address-in-use"),
            "run",
            126,
        ),
    ],
)
def test_what_is_in_use_is_refused_with_podmans_status(error, command: str, status: int) -> None:
    assert status_of(error, command, podman=True) == status
