"""What podman's habits say of a start: descriptors that are passed on, a working directory that must be there, the log of events."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

IMAGE = "busybox:1"


def test_a_start_as_podman_has_it(podman) -> None:
    conf = podman.folder / "events.conf"
    conf.write_text(f'[engine]\nevents_logfile_path = "{podman.folder}/events"\n', encoding="utf-8")
    env = {"CONTAINERS_CONF": str(conf)}
    script = 'exec 3<<< three; exec 4<<< four; exec "$@"'
    words = podman.argv("run", "--rm", "--preserve-fds", "2", IMAGE, "sh", "-c", "cat <&3; cat <&4")
    done = subprocess.run(
        ["bash", "-c", script, "bash", *words], capture_output=True, check=False, timeout=60, **podman.options(env)
    )
    assert done.stdout == b"three\nfour\n", done.stderr
    logged = [json.loads(line)["Status"] for line in (podman.folder / "events").read_text().splitlines()]
    assert {"create", "start", "died", "remove"} <= set(logged)
    missing = podman.run("run", "--rm", "--workdir", "/i/do/not/exist", IMAGE, "pwd")
    assert (missing.returncode, missing.stdout) == (126, b"")
    assert b'workdir "/i/do/not/exist" does not exist on container' in missing.stderr
    assert podman("run", "--rm", "--tmpfs", "/made/below", "--workdir", "/made", IMAGE, "pwd") == "/made\n"


def test_a_creation_as_podman_has_it(podman) -> None:
    id_file = podman.folder / "cid"
    root = podman.folder / "bare"
    (root / "bin").mkdir(parents=True)
    shutil.copy("/bin/busybox", root / "bin/sh")
    (podman.folder / "secrets").mkdir()
    (podman.folder / "secrets/key").write_text("value\n")
    mounts = podman.folder / "mounts.conf"
    mounts.write_text(f"{podman.folder}/secrets:/run/secrets\n")

    container_id = podman("create", "--name", "one", "--cidfile", str(id_file), IMAGE, "true").strip()
    assert id_file.read_text() == container_id
    podman.fails("run", "--pod", "new:fresh", "--name", "one", IMAGE, "true", status=125)
    assert podman("pod", "ps", "-q") == "", "the pod of a member that cannot be made is gone"
    podman("rm", "one")
    assert not id_file.exists()

    words = ("run", "--rm", "--default-mounts-file", str(mounts), "--systemd=always", IMAGE, "sh", "-c")
    told = podman(*words, "cat /run/secrets/key; echo $container_uuid; grep -c ' /run tmpfs' /proc/mounts").splitlines()
    assert (told[0], len(told[1]), told[2]) == ("value", 32, "1")

    assert podman("run", "--rm", "--rootfs", f"{root}:O", "/bin/sh", "-c", "echo x > /f; read a < /f; echo $a") == "x\n"
    assert sorted(os.listdir(root)) == ["bin"], "what the container writes stays out of the directory"
