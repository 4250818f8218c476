"""Files, owners and volumes through the command line, as root and as an ordinary user with subordinate ids."""

from __future__ import annotations

import io
import json
import os
import tarfile

import pytest

IMAGE = "localhost/busybox:1"


@pytest.fixture
def own(pycman):
    """A directory that belongs to the user who runs pycman."""
    path = pycman.folder / "own"
    path.mkdir(mode=0o755)
    if pycman.rootless:
        os.chown(path, *pycman._ids)
    return path


def test_cp_brings_files_there_and_back_with_the_caller_as_owner(pycman, own):
    (own / "file").write_text("hello")
    pycman("create", "--name", "box", IMAGE, "sleep", "100")
    for state in ("stopped", "running"):
        pycman("cp", f"{own}/file", f"box:/tmp/{state}")
        pycman("cp", f"box:/tmp/{state}", f"{own}/{state}")
        assert (own / state).read_text() == "hello"
        assert (own / state).stat().st_uid == (pycman._ids[0] if pycman.rootless else 0)
        if state == "stopped":
            pycman("start", "box")
    assert pycman("exec", "box", "stat", "-c", "%u:%g", "/tmp/stopped").strip() == "0:0"
    assert pycman("diff", "box").splitlines() == ["C /tmp", "A /tmp/running", "A /tmp/stopped"]


def test_cp_as_a_tar_stream(pycman):
    pycman("run", "-d", "--name", "box", IMAGE, "sleep", "100")
    done = pycman.run("cp", "box:/etc", "-")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        assert {(member.uid, member.gid) for member in archive} == {(0, 0)}
    pycman("cp", "-", "box:/tmp", stdin=done.stdout)
    assert pycman("exec", "box", "ls", "/tmp").split() == ["etc"]
    pycman.fails("cp", "-", "box:/nosuch", status=1, stdin=done.stdout)


def test_a_volume_keeps_what_containers_write_and_knows_who_has_it(pycman):
    pycman("volume", "create", "v")
    pycman("run", "--rm", "-v", "v:/v", "--user", "7:8", IMAGE, "touch", "/v/file")
    assert pycman("run", "--rm", "-v", "v:/v", IMAGE, "stat", "-c", "%u:%g", "/v/file").strip() == "7:8"
    pycman("create", "--name", "box", "-v", "v:/v", IMAGE)
    assert "box" in pycman.fails("volume", "rm", "v")
    pycman("rm", "box")
    pycman("volume", "rm", "v")
    assert json.loads(pycman("volume", "ls", "--format", "json") or "[]") == []


def test_a_tmpfs_volume_is_for_everybody(pycman):
    pycman("volume", "create", "-o", "type=tmpfs", "-o", "o=size=1m", "t")
    pycman("run", "-d", "--name", "box", "-v", "t:/t", IMAGE, "sh", "-c", "echo x > /t/file; sleep 100")
    pycman("run", "--rm", "-v", "t:/t", IMAGE, "sh", "-c", "until grep -q x /t/file; do :; done")
    pycman("rm", "-f", "-t", "0", "box")
    assert pycman("run", "--rm", "-v", "t:/t", IMAGE, "ls", "/t") == ""


def test_volume_export_and_import(pycman):
    pycman("run", "--rm", "-v", "v:/v", "--user", "7", IMAGE, "sh", "-c", "echo x > /v/a; ln -s /etc /v/l")
    exported = pycman.run("volume", "export", "v").stdout
    pycman("volume", "create", "w")
    pycman("volume", "import", "w", "-", stdin=exported)
    assert pycman("run", "--rm", "-v", "w:/v", IMAGE, "stat", "-c", "%u %N", "/v/a", "/v/l").split()[:2] == [
        "7",
        "/v/a",
    ]


def test_the_flag_that_is_named_does_mend_it(pycman, own):
    mount = f"{own}:/host"
    done = pycman.run("run", "--rm", "--user", "1234:1234", "-v", mount, IMAGE, "touch", "/host/file")
    assert done.returncode == 1
    told = done.stderr.decode()
    assert "uid 1234 may not write to /host" in told
    if pycman.rootless:
        assert "--userns=keep-id:uid=1234,gid=1234" in told
        flags = ["--userns=keep-id:uid=1234,gid=1234", "-v", mount]
    else:
        assert f"-v {mount}:U" in told
        flags = ["-v", f"{mount}:U"]
    pycman("run", "--rm", "--user", "1234:1234", *flags, IMAGE, "touch", "/host/file")
    owner = (own / "file").stat().st_uid
    assert owner == (pycman._ids[0] if pycman.rootless else 1234)


def test_secrets_reach_the_container_only(pycman):
    pycman("secret", "create", "key", "-", stdin="hush")
    script = 'test "$(cat /run/secrets/key)" = hush && test "$KEY" = hush'
    pycman("run", "--rm", "--secret", "key", "--secret", "key,type=env,target=KEY", IMAGE, "sh", "-c", script)
    assert "hush" not in pycman("secret", "inspect", "key")


def test_mount_export_and_commit(pycman):
    pycman("run", "--name", "box", IMAGE, "sh", "-c", "echo x > /new")
    with tarfile.open(fileobj=io.BytesIO(pycman.run("export", "box").stdout)) as archive:
        assert "new" in archive.getnames()
    path = pycman("mount", "box").strip()
    if not pycman.rootless:
        assert os.path.exists(f"{path}/new")
    pycman("unmount", "box")
    pycman("commit", "box", "again")
    assert pycman("run", "--rm", "again", "cat", "/new") == "x\n"


def test_stats_and_inspect_tell_what_there_is(pycman):
    pycman("run", "-d", "--name", "box", IMAGE, "sleep", "100")
    assert pycman("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}").split()[0] == "box"
    shown = json.loads(pycman("inspect", "box"))[0]
    assert shown["State"]["Running"]
    assert pycman("inspect", "--format", "{{.HostConfig.NetworkMode}}", "box").strip() == "bridge"
    pycman("rename", "box", "crate")
    assert pycman("ps", "--format", "{{.Names}}").strip() == "crate"
