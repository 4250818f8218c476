"""What a program that calls pycman as podman reads: errors, statuses, listings."""

from __future__ import annotations

import pytest

from cli.actions.cp import as_typed
from cli.exit_status import status_of
from cli.output.podman import history_object
from cli.output.podman_words import podman_message
from cli.output.table import layout
from cli.output.words import utc_time
from cli.parse import UsageError
from cli.specs.signals import signal_of
from pycman.config.containers_conf_values import check_value
from pycman.containers.end.remove import StillRunning
from pycman.errors import (
    AlreadyExists,
    CommandNotFound,
    Corrupt,
    InUse,
    InvalidInput,
    NotFound,
    PycmanError,
    WrongState,
)
from pycman.images.make.history import HistoryEntry
from pycman.spec.mount_text import parse_mount_fields
from pycman.spec.resources import parse_ulimit
from pycman.volumes.remove import VolumeInUse
from tests.support.calls import call_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def _raised(verb: Callable[[str], object], text: str) -> PycmanError:
    try:
        verb(text)
    except PycmanError as error:
        return error
    raise AssertionError(f"{text} is taken")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotFound("no such container", subject="x", hint="h", code="no-such-container"), 'no container with name or ID "x" found: no such container'),
        (NotFound("no such image", subject="x", code="no-such-image"), "x: image not known"),
        (InUse("it is", subject="x-service", code="service-container", facts={"pods": "p, q"}),
         "container x-service is the service container of pod(s) p, q and cannot be removed without removing the pod(s)"),
        (AlreadyExists("it is there", subject="p", code="pod-name-taken"), 'adding pod to state: name "p" is in use: pod already exists'),
        (InvalidInput("no", subject="--pod", code="flags-contradict", facts={"first": "userns", "second": "pod"}),
         "--userns and --pod cannot be set together"),
        (_raised(parse_ulimit, "nofile:1"),
         'ulimit option "nofile:1" requires name=SOFT:HARD, failed to be parsed: invalid ulimit argument: nofile:1'),
        (_raised(lambda text: parse_mount_fields(text.split(","), text), "type=nfs,dst=/x"), 'invalid filesystem type "nfs"'),
        (_raised(lambda text: check_value("/x.conf", "mounts", "mounts", (text,)), "type=nfs,dst=/x"),
         'parsing containers.conf mounts: invalid filesystem type "nfs"'),
        (NotFound("the image does not have the name", subject="a/b:c", code="no-such-image-name"), "a/b:c: tag not known"),
        (NotFound("no such volume", subject="x", code="no-such-volume"), 'no volume with name "x" found: no such volume'),
        (NotFound("no such object", subject="x", code="no-such-object"), 'no such object: "x"'),
        (NotFound("no such file", subject="x", hint="look"), "no such file: x (look)"),
        (PycmanError("it has no log", subject="c", code="log-not-kept", facts={"driver": "none"}),
         "this container is using the 'none' log driver, cannot read logs: this container is not logging output"),
        (InvalidInput("not a size", subject="--memory x", hint="h"), "--memory x: not a size (h)"),
        (Corrupt("not a readable archive: it ends too early", subject="f", code="not-an-archive"),
         "f: payload does not match any of the supported image formats: not a readable archive: it ends too early"),
        (InvalidInput("two mounts have the same target", subject="/v", code="duplicate-mount-target"), "/v: duplicate mount destination"),
        (AlreadyExists("the file already exists", subject="--cidfile /f", code="container-id-file-exists", facts={"path": "/f"}),
         "container id file exists. Ensure another container is not using it or delete /f"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_as_podman_does(error, text: str) -> None:
    assert podman_message(error) == text


def test_a_container_that_inspect_does_not_find_is_told_as_podman_does() -> None:
    error = NotFound("no such container", subject="x", code="no-such-container")
    assert podman_message(error, "inspect") == 'no such container "x"'


def test_what_is_in_use_is_told_as_podman_does() -> None:
    facts = {"id": "c", "state": "running"}
    runs = WrongState("cannot remove a running container", subject="c", hint="h", code="container-is-up", facts=facts)
    assert podman_message(runs).startswith("cannot remove container c as it is running - running or paused containers")
    needed = InUse(
        "other containers use its namespaces: d",
        subject="c",
        hint="h",
        code="namespaces-in-use",
        facts={"containers": "d"},
    )
    assert podman_message(needed).startswith("container c has dependent containers which must be removed before it: d:")
    used = VolumeInUse(
        "containers use the volume: web", subject="v", hint="h", code="volume-in-use", containers=("a" * 64,)
    )
    assert (
        podman_message(used)
        == f"volume v is being used by the following container(s): {'a' * 64}: volume is being used"
    )


def test_a_command_that_is_not_there_names_itself_and_why() -> None:
    error = CommandNotFound("no such file or directory", subject="/no/such", hint="install it")
    message = podman_message(error)
    assert message.startswith("executable file `/no/such` not found in $PATH: No such file or directory: OCI runtime")


def test_some_sentences_depend_on_the_command() -> None:
    missing = NotFound("no such container", subject="c", code="no-such-container")
    assert podman_message(missing, "stop") == 'no container with name or ID "c" found: no such container'
    assert podman_message(missing, "rm") == 'no container with ID or name "c" found: no such container'
    both = InvalidInput("--all and names cannot be used together", code="all-and-names")
    assert podman_message(both, "start") == "either start all containers or the container(s) provided in the arguments"


@pytest.mark.parametrize(
    ("error", "command", "sentence"),
    [
        (
            UsageError("not a filter", subject="--filter json", code="not-a-filter", facts={"filter": "json"}),
            "images",
            'invalid image filter "json": must be in the format "filter=value or filter!=value"',
        ),
        (
            UsageError("not a filter", subject="--filter json", code="not-a-filter", facts={"filter": "json"}),
            "ps",
            "filter input must be in the form of filter=value: json is invalid",
        ),
        (
            NotFound("no such file", subject="/a", hint="correct --authfile, or log in with it", code="no-authfile"),
            "pull",
            "credential file is not accessible: faccessat /a: no such file or directory",
        ),
        (
            _raised(parse_ulimit, "core=-1:9"),
            "run",
            'ulimit option "core=-1:9" requires name=SOFT:HARD, failed to be parsed: ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: 9',
        ),
        (InvalidInput("rm needs a container", code="nothing-named"), "rm", "you must provide at least one name or id"),
    ],
    ids=["image filter", "filter", "authfile", "ulimit", "no name"],
)
def test_sentences_that_scripts_look_for(error: PycmanError, command: str, sentence: str) -> None:
    assert podman_message(error, command) == sentence


def test_who_cannot_be_removed_is_named_by_the_full_id() -> None:
    facts = {"id": "a" * 64, "state": "running"}
    error = StillRunning("cannot remove a running container", subject="c", code="container-is-up", facts=facts)
    assert podman_message(error, "rm").startswith(f"cannot remove container {'a' * 64} as it is running")


@pytest.mark.parametrize(
    ("error", "command", "status"),
    [
        (WrongState("cannot remove a running container", subject="c"), "rm", 2),
        (NotFound("no such container", subject="c"), "rm", 1),
        (InUse("other containers use its namespaces: d", subject="c", code="namespaces-in-use"), "rm", 125),
        (InUse("in use by container c", subject="i"), "rmi", 2),
        (InUse("containers use the volume: c", subject="v"), "volume rm", 2),
        (InvalidInput("x"), "rm", 125),
        (WrongState("it runs", subject="c"), "pause", 125),
    ],
)
def test_statuses_of_removals_are_podmans(error, command: str, status: int) -> None:
    assert status_of(error, command, podman=True) == status
    assert status_of(error, command) == 1


def test_columns_of_podman_are_two_blanks_apart() -> None:
    rows = [["NAME", "TAG", "ID"], ["a-long-name-of-16", "x", "1"]]
    assert layout(rows, (12, 2)).splitlines()[1] == "a-long-name-of-16  x           1"
    assert layout(rows).splitlines()[1] == "a-long-name-of-16   x         1"


def test_times_are_in_utc_without_zeros_at_the_end() -> None:
    assert utc_time(1_655_300_000 * 10**9) == "2022-06-15 13:33:20 +0000 UTC"
    assert utc_time(1_655_300_000 * 10**9 + 120_000_000) == "2022-06-15 13:33:20.12 +0000 UTC"


def test_a_step_of_an_image_has_podmans_keys() -> None:
    entry = HistoryEntry(
        id="a" * 64, created_at_ns=1_655_300_000 * 10**9, created_by="CMD x", size_bytes=5, comment="", tags=()
    )
    assert history_object(entry, entry.id) == {
        "id": "a" * 64, "created": "2022-06-15T13:33:20Z", "CreatedBy": "CMD x", "size": 5, "Created": "2022-06-15T13:33:20Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "source", "target", "text"),
    [
        (NotFound("no such file or directory", subject="/a", code="no-copy-source"), ("c", "/a*"), ("", "."),
         '"/a*" could not be found on container c: no such file or directory'),
        (NotFound("no such file or directory", subject="/a", code="no-copy-source"), ("", "/a"), ("c", "/"),
         '"/a" could not be found on the host: no such file or directory'),
        (NotFound("no such directory", subject="/t", code="no-copy-target"), ("", "/a"), ("c", "/t/"), '"/t/" could not be found on container c: no such file or directory'),
        (InvalidInput("a directory cannot be copied over a file", subject="/x", code="directory-over-file"), ("", "d"), ("c", "/x"),
         "destination must be a directory when copying a directory"),
        (InvalidInput("it cannot be overwritten, it is a directory", subject="foo", code="copy-cannot-overwrite", facts={"name": "foo"}), ("a", "/tmp/foo"), ("b", "/tmp"),
         'error creating "/tmp/foo": it cannot be overwritten, it is a directory: file exists'),
        (InvalidInput("it is not a regular file", subject="/dev/stdout", code="copy-target-not-a-file"), ("a", "/f"), ("", "/dev/stdout"),
         'invalid destination: "/dev/stdout" must be a directory or a regular file'),
        (Corrupt("the archive is truncated"), ("", "-"), ("c", "/tmp"), "source must be a (compressed) tar archive when copying from stdin"),
        (NotFound("no such container", subject="c"), ("c", "/a"), ("", "."), "no such container: c"),
    ],
)  # fmt: skip
def test_what_cp_cannot_do_is_told_as_podman_does(error, source, target, text: str) -> None:
    error.facts = {**error.facts, **as_typed(source, target)}
    assert podman_message(error, "cp") == text


@pytest.mark.parametrize(
    ("words", "program", "signal"),
    [
        ((), "pycman", "KILL"),
        (("-s", "TERM"), "pycman", "TERM"),
        (("-s", "-INT"), "podman", "INT"),
        (("-s", "-1"), "podman", "1"),
    ],
)
def test_signals_may_have_a_dash_for_podman(words, program: str, signal: str) -> None:
    assert signal_of(call_of(*words, "c", command="kill", program=program)) == signal


def test_what_is_no_signal_is_told_before_a_container_is_looked_for() -> None:
    for text, program in (("-9", "pycman"), ("-SIG", "podman"), ("0", "podman"), ("", "podman")):
        with pytest.raises(InvalidInput, match="invalid signal") as caught:
            signal_of(call_of("-s", text, "c", command="kill", program=program))
        assert podman_message(caught.value).startswith("invalid signal:")


@pytest.mark.parametrize(
    ("code", "command", "sentence"),
    [
        ("not-a-filter-key", "ps", "x is an invalid filter"),
        ("not-a-filter-key", "container prune", "x is an invalid filter"),
        ("not-a-filter-key", "volume prune", '"x" is an invalid volume filter'),
        ("not-a-filter-key", "network ls", 'invalid filter "x"'),
        (
            "not-a-filter-key",
            "image prune",
            'invalid image filter "x": must be in the format "filter=value or filter!=value"',
        ),
        ("not-a-filter-key", "events", "failed to parse event filters: x is an invalid filter"),
        ("not-a-time", "ps", 'failed to parse value as time or duration: "x"'),
        ("not-a-time", "events", "failed to parse event filters: x: not a time"),
        ("not-a-container-status", "ps", "unknown container state: x: invalid argument"),
    ],
)
def test_wrong_filters_are_told_in_podmans_words(code: str, command: str, sentence: str) -> None:
    assert podman_message(InvalidInput("wrong", subject="x", code=code), command) == sentence
