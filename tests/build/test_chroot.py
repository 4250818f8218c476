"""--isolation chroot: on a host, and inside a container that may make no containers."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

SECRET = "value-that-nobody-may-find-4712"
NO_MOUNTS = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [
        {"names": ["mount", "umount2", "unshare", "setns", "open_tree", "move_mount"], "action": "SCMP_ACT_ERRNO"}
    ],
}
"""What docker's profile forbids a container without CAP_SYS_ADMIN."""
STEPS = """
    FROM localhost/busybox:1 AS first
    RUN --mount=type=cache,target=/cache echo line >> /cache/log; echo cached $(wc -l < /cache/log)
    RUN --mount=type=secret,id=token echo secret $(wc -c < /run/secrets/token)
    RUN --mount=type=bind,source=src,target=/src --mount=type=tmpfs,target=/memory touch /memory/x && echo shown $(ls /src)
    RUN sleep 471200 & grep -q 127.0.0.1 /etc/hosts && echo x > /dev/null && echo done > /file
    RUN mkdir /x /x/proc; cat /bin/busybox > /x/busybox; chmod 755 /x/busybox; /bin/busybox chroot /x /busybox true 2>/dev/null && echo may change its root; rm -r /x
    RUN rm -r /data /etc/group && mkdir /data && echo new > /data/new
    RUN echo data $(ls /data) group $(ls /etc | grep -v -e hostname -e alternatives)
    USER 12:34
    WORKDIR /work
    RUN echo I am $(id -u):$(id -g) in $(pwd)
    FROM localhost/busybox:1
    COPY --from=first /file /file
"""


@pytest.fixture
def secret(builder):
    path = builder.folder / "token"
    path.write_text(SECRET)
    path.chmod(0o644)
    yield path
    path.unlink()


def test_steps_get_what_they_ask_for_and_leave_nothing(builder, context, secret):
    folder = context(STEPS, {"src/a": b"a\n"})
    words = ("build", "--isolation", "chroot", "--secret", f"id=token,src={secret}", "-t", "chrooted", folder)
    shown = builder(*words)
    secret.write_text("")
    for line in (
        f"secret {len(SECRET)}",
        "shown a",
        "cached 1",
        "I am 12:34 in /work",
        "data new group hosts passwd resolv.conf",
    ):
        assert f"{line}\n" in shown, line
    assert builder("run", "--rm", "chrooted", "cat", "/file") == "done\n"
    stage = builder("build", "--isolation", "chroot", "--target", "first", "-q", folder, env={}).strip()
    names = set(builder("run", "--rm", "--user", "0", stage, "find", "/", "-xdev").split())
    assert not {"/cache", "/src", "/memory", "/run/secrets"} & names
    for place in ("run/build", "root/tmp"):
        assert os.listdir(builder.folder / place) == []
    assert b"sleep\x00471200" not in b"".join(_command_lines())
    found = subprocess.run(["grep", "-rl", SECRET, str(builder.folder)], capture_output=True, text=True, check=False)
    assert found.stdout == ""


def _command_lines() -> list[bytes]:
    lines = []
    for name in os.listdir("/proc"):
        try:
            lines.append(Path(f"/proc/{name}/cmdline").read_bytes() if name.isdigit() else b"")
        except OSError:
            continue
    return lines


def test_a_failing_step_ends_with_its_status_and_what_only_containers_have_is_refused(root_builder, context):
    folder = context("FROM localhost/busybox:1\nRUN echo last words; exit 7\n")
    failed = root_builder.run("build", "--isolation=chroot", "-q", folder)
    assert b"last words" in failed.stderr and b"Dockerfile:2" in failed.stderr and b"exit status 7" in failed.stderr
    missing = context('FROM localhost/busybox:1\nRUN ["/no/such", "program"]\n')
    assert "cannot be started: /no/such: no such file" in root_builder.fails("build", "--isolation=chroot", missing)
    error = root_builder.fails("build", "--isolation=chroot", "--memory", "1g", folder)
    assert "--isolation chroot, resources: only containers have it" in error
    for place in ("run/build", "root/tmp"):
        assert os.listdir(root_builder.folder / place) == []


@pytest.mark.parametrize("forbidden", [False, True], ids=["default-seccomp", "no-mounts"])
def test_it_builds_in_an_unprivileged_container(builder, context, program, secret, forbidden):
    """The container has a user's default privileges; pycman and its Python are the host's, shown read-only."""
    secret.chmod(0o644)
    host = context("FROM localhost/busybox:1\nRUN for n in lib lib64; do test -e /$n || ln -s usr/$n /$n; done\n")
    builder("build", "-q", "-t", "host-usr", host)
    archive = builder.folder / "base.tar"
    builder("save", "-o", str(archive), "localhost/busybox:1")
    folder = context(STEPS, {"src/a": b"a\n"})
    profile = builder.folder / "profile.json"
    profile.write_text(json.dumps(NO_MOUNTS))
    store = f"{program} --root /var/store --runroot /run/store"
    script = (
        f"set -e; {store} load -qi {archive}; "
        f"{store} build --isolation chroot --secret id=token,src={secret} -t made {folder}; "
        f"{store} build --isolation chroot -q -o /out --target first {folder}; test -z $(ls /out/run/secrets 2>/dev/null); "
        f"{store} system check; ! grep -r {SECRET} /var/store /run/store; test -z $(ls /var/store/tmp /run/store/build | grep -v :)"
    )
    seen = ("-v", "/usr:/usr:ro", "-v", f"{program.parent.parent}:{program.parent.parent}:ro")
    options = ("--security-opt", f"seccomp={profile}") if forbidden else ()
    store_folder = ("-v", f"{builder.folder}:{builder.folder}:ro")
    shown = builder("run", "--rm", *options, *seen, *store_folder, "host-usr", "/bin/sh", "-c", script)
    for line in (
        f"secret {len(SECRET)}",
        "shown a",
        "cached 1",
        "I am 12:34 in /work",
        "data new group hosts passwd resolv.conf",
    ):
        assert f"{line}\n" in shown, line
    assert ("\nmay change its root\n" in shown) != forbidden  # a chroot alone must not be left
    assert "Successfully tagged localhost/made:latest" in shown
    archive.unlink()


ESCAPES = """
    FROM localhost/busybox:1
    WORKDIR /w
    RUN cd / && rmdir /w && for p in /proc/[0-9]*; do if grep -q "[-]-isolation" $p/cmdline; then ln -sfn $p/root /w; fi; done; test -L /w || ln -s /proc/self/fd/7 /w
    RUN ls
"""
"""A link to the root of the pycman that builds: what ran in it had the host's files."""


def test_no_working_directory_leads_out_of_the_root(builder, context):
    done = builder.run("build", "--no-cache", "--isolation", "chroot", context(ESCAPES))
    assert done.returncode == 1
    assert "it cannot be started: /w: " in done.stderr.decode()
    assert "var" not in done.stdout.decode().split()


def test_the_builders_own_program_is_not_executed(builder, context):
    """CVE-2019-5736: with libraries of the image's, the host's interpreter would be a stranger's program with a link to itself."""
    for shell in ("/proc/self/exe", "/script"):
        steps = f'FROM localhost/busybox:1\nCOPY --chmod=755 script /script\nSHELL ["{shell}"]\nRUN x'
        folder = context(steps, {"script": b"#!/proc/self/exe\n"})
        line = builder.fails("build", "--no-cache", "--isolation", "chroot", folder)
        assert line.endswith("it cannot be started: /proc/self/exe: permission denied")
