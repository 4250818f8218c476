"""Commands with registries that fail: one line, the right status, nothing incomplete left."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.support.scripted_registry import (
    Certificate,
    ScriptedRegistry,
    answer,
    hang,
    hang_after,
    hang_up,
    small_layer,
)
from tests.support.waiting import wait_until

SECONDS = 25
"""Time limit for an interrupted command on a busy machine; what it waits for would take 30 s or more."""


@pytest.fixture
def registry():
    with ScriptedRegistry() as running:
        running.image = running.add_image("team/app", "1", small_layer("big", 300_000), small_layer("second"))
        running.name = f"{running.host}/team/app:1"
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificate"))


def write(pycman, path, text) -> Path:
    """Write a file below the user's home directory, owned by the user."""
    found = pycman.folder / path
    found.parent.mkdir(parents=True, exist_ok=True)
    found.write_text(text)
    for parent in (found, *found.parents):
        if parent == pycman.folder:
            break
        shutil.chown(parent, pycman.user, pycman.user)
    return found


def left_of(pycman) -> list[str]:
    """Return what a pull left that no image needs, apart from partial layers for the next try."""
    found = [
        f"image {name}" for name in pycman("images", "--format", "{{.Repository}}").split() if "busybox" not in name
    ]
    found += [f"file {name}" for name in os.listdir(pycman.folder / "root/tmp")]
    return found


def interrupted(pycman, number, ready, *words) -> int:
    """Start a command, send it a signal once `ready` (which may take the process) is true, and return its status."""
    started = pycman.start(*words)
    try:
        wait_until(lambda: ready(started) if ready is waits_for_a_lock else ready())
        started.send_signal(number)
        status = started.wait(SECONDS)
    finally:
        if started.poll() is None:
            started.kill()
            started.wait()
    return status


def waits_for_a_lock(process) -> bool:
    """Say whether a process waits for a lock on a file (proc_locks(5))."""
    lines = Path("/proc/locks").read_text().splitlines()
    return any("->" in line and f" {process.pid} " in line for line in lines)


# -- interrupts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [hang, hang_after(1000)], ids=["before the answer", "in the middle of a layer"])
def test_ctrl_c_ends_a_hanging_pull_at_once_and_leaves_nothing_half_made(pycman, registry, step) -> None:
    registry.next("GET", f"/blobs/{registry.image[1][0]}", step)
    assert interrupted(pycman, signal.SIGINT, registry.hanging.is_set, "pull", "-q", registry.name) == 130
    assert left_of(pycman) == []
    assert pycman("pull", "-q", registry.name) == f"{registry.name}\n"


def test_ctrl_c_ends_a_pull_whose_manifest_never_arrives(root_pycman, registry) -> None:
    registry.always("GET", "/manifests/", hang)
    assert interrupted(root_pycman, signal.SIGINT, registry.hanging.is_set, "pull", "-q", registry.name) == 130
    assert left_of(root_pycman) == []


def test_ctrl_c_ends_a_pull_that_waits_to_try_again(root_pycman, registry) -> None:
    registry.always("GET", "/blobs/", answer(503, Retry_After="60"))
    asked = lambda: registry.of("GET", "/blobs/")  # noqa: E731
    assert interrupted(root_pycman, signal.SIGINT, asked, "pull", "-q", registry.name) == 130


def test_ctrl_c_ends_a_pull_that_waits_for_the_pull_of_another_command(root_pycman, registry) -> None:
    registry.next("GET", f"/blobs/{registry.image[1][0]}", hang_after(1000))
    first = root_pycman.start("pull", "-q", registry.name)
    try:
        wait_until(registry.hanging.is_set)
        assert interrupted(root_pycman, signal.SIGINT, waits_for_a_lock, "pull", "-q", registry.name) == 130
        assert first.poll() is None
    finally:
        first.send_signal(signal.SIGTERM)
        assert first.wait(SECONDS) == 143
    assert left_of(root_pycman) == []


def test_ctrl_c_ends_a_hanging_push(root_pycman, registry) -> None:
    registry.always("PATCH", "/uploads/", hang)
    name = f"{registry.host}/team/box:1"
    assert interrupted(root_pycman, signal.SIGINT, registry.hanging.is_set, "push", "-q", "busybox:1", name) == 130
    assert registry.of("PUT") == []
    assert left_of(root_pycman) == []


def test_a_killed_pull_is_resumed_where_it_stopped(root_pycman, registry) -> None:
    digest = registry.image[1][0]
    registry.next("GET", digest, hang_after(100_000))
    kept = root_pycman.folder / "root/blobs/partial" / digest.replace(":", "-")
    arrived = lambda: kept.exists() and kept.stat().st_size == 100_000  # noqa: E731
    assert interrupted(root_pycman, signal.SIGKILL, arrived, "pull", "-q", registry.name) == -signal.SIGKILL
    root_pycman("pull", "-q", registry.name)
    assert registry.of("GET", digest)[-1].headers["Range"] == "bytes=100000-"
    assert not kept.exists()


# -- two at once ------------------------------------------------------------------------------------------------------


def test_two_pulls_at_once_fetch_each_layer_once_and_both_succeed(pycman, registry) -> None:
    both = [pycman.start("pull", "-q", registry.name) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    for digest in registry.image[1]:
        assert len(registry.of("GET", f"/blobs/{digest}")) == 1
    assert pycman("images", "-q", registry.name.rpartition(":")[0]).count("\n") == 1


# -- errors -----------------------------------------------------------------------------------------------------------


def test_an_untrusted_certificate_is_one_line_with_hints_that_work(root_pycman, certificate) -> None:
    with ScriptedRegistry(certificate=certificate) as registry:
        registry.add_image("team/app", "1", small_layer())
        name = f"{registry.host}/team/app:1"
        line = root_pycman.fails("pull", "-q", name)
        assert line.startswith(f"Error: {name}: the certificate of {registry.host} is not trusted (x509)")
        assert "--tls-verify=false" in line
        done = root_pycman.run("pull", "-q", "--tls-verify=false", name)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{name}\n".encode(), b"")
        where = f".config/containers/certs.d/{registry.host}/ca.crt"
        write(root_pycman, where, certificate.cert.read_text())
        root_pycman("pull", "-q", name)
        root_pycman("push", "-q", "busybox:1", f"{registry.host}/team/box:1")


@pytest.mark.parametrize(("words", "status"), [(("pull", "-q"), 1), (("run", "--rm"), 125), (("create",), 125)])
def test_an_image_that_cannot_be_pulled_ends_with_the_status_of_the_command(
    root_pycman, registry, words, status
) -> None:
    line = root_pycman.fails(*words, f"{registry.host}/no/such:1", status=status)
    assert line == f"Error: not found in the registry: {registry.host}/no/such:1 (check name and tag)"
    assert left_of(root_pycman) == []


def test_retries_and_their_delay_can_be_set(root_pycman, registry) -> None:
    registry.always("GET", "/manifests/", answer(502))
    line = root_pycman.fails("pull", "--retry", "2", "--retry-delay", "1ms", registry.name)
    assert f"{registry.name}: {registry.host} answered 502 to GET" in line
    assert len(registry.of("GET", "/manifests/")) == 3
    root_pycman.fails("pull", "-q", "--retry", "0", registry.name)
    assert len(registry.of("GET", "/manifests/")) == 4


def test_waits_before_retries_are_reported_while_they_last(root_pycman, registry) -> None:
    registry.next("GET", "/manifests/", hang_up, hang_up, answer(429))
    done = root_pycman.run("pull", "--retry-delay", "1ms", registry.name)
    assert done.returncode == 0
    assert (done.stdout + done.stderr).count(b"trying again in 0.0 s") >= 1


def test_a_layer_that_is_not_what_it_should_be_leaves_nothing(root_pycman, registry) -> None:
    digest = registry.image[1][0]
    registry.blobs[digest] = b"x" * len(registry.blobs[digest])
    for _ in range(3):
        assert digest in root_pycman.fails("pull", "-q", registry.name)
    assert left_of(root_pycman) == []
    assert sum(each.stat().st_size for each in os.scandir(root_pycman.folder / "root/blobs/partial")) == 0


# -- settings ---------------------------------------------------------------------------------------------------------


def test_logins_are_found_in_the_order_of_their_files(pycman, registry) -> None:
    registry.basic = "anna:pw"
    good = json.dumps({"auths": {registry.host: {"auth": "YW5uYTpwdw=="}}})
    bad = json.dumps({"auths": {registry.host: {"auth": "YW5uYTpubw=="}}})
    env = {"XDG_RUNTIME_DIR": str(pycman.folder / "runtime")}
    assert pycman.run("pull", "-q", registry.name, env=env).returncode == 1
    write(pycman, ".docker/config.json", good)
    pycman("pull", "-q", registry.name, env=env)
    write(pycman, "runtime/containers/auth.json", bad)
    done = pycman.run("pull", "-q", registry.name, env=env)
    assert f"the login at {registry.host} was refused".encode() in done.stderr
    chosen = write(pycman, "chosen.json", good)
    pycman("pull", "-q", registry.name, env={**env, "REGISTRY_AUTH_FILE": str(chosen)})
    pycman("pull", "-q", "--authfile", str(chosen), registry.name, env=env)
    pycman("pull", "-q", "--creds", "anna:pw", registry.name, env=env)


def test_a_credential_helper_in_path_is_run(pycman, registry) -> None:
    registry.basic = "anna:pw"
    helper = write(pycman, "bin/docker-credential-own", '#!/bin/sh\necho \'{"Username": "anna", "Secret": "pw"}\'\n')
    helper.chmod(0o755)
    write(pycman, ".docker/config.json", json.dumps({"credHelpers": {registry.host: "own"}}))
    env = {"XDG_RUNTIME_DIR": str(pycman.folder / "runtime"), "PATH": f"{helper.parent}:{pycman.env['PATH']}"}
    pycman("pull", "-q", registry.name, env=env)
    helper.write_text("#!/bin/sh\necho locked; exit 1\n")
    done = pycman.run("pull", "-q", registry.name, env=env)
    assert done.returncode == 1
    assert done.stderr == b"Error: docker-credential-own: the credential helper failed: locked\n"


def test_registries_conf_and_policy_json_of_the_user_are_obeyed(pycman, registry) -> None:
    conf = f'[[registry]]\nprefix = "app.test"\nlocation = "{registry.host}/team"\n'
    write(pycman, ".config/containers/registries.conf", conf)
    write(pycman, ".config/containers/policy.json", '{"default": [{"type": "insecureAcceptAnything"}]}')
    assert pycman("pull", "-q", "app.test/app:1") == "app.test/app:1\n"
    write(pycman, ".config/containers/registries.conf", conf + "blocked = true\n")
    assert "app.test is blocked in registries.conf" in pycman.fails("pull", "-q", "app.test/app:1")
    write(pycman, ".config/containers/registries.conf", "[registry]\n")
    assert "registries.conf" in pycman.fails("pull", "-q", "app.test/app:1")
    write(pycman, ".config/containers/registries.conf", conf)
    write(pycman, ".config/containers/policy.json", '{"default": [{"type": "reject"}]}')
    assert "policy.json rejects it" in pycman.fails("pull", "-q", "app.test/app:1")
