"""Kubernetes YAML that a stranger wrote: it reaches nothing of the host that it does not name as a hostPath."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from pods.volumes import VolumeFile, write_files
from pycman.containers.cleanup.termination_message import clear_message, read_message
from pycman.errors import InvalidInput
from pycman.spec.container import ContainerSpec
from pycman.spec.mount import Mount

POD = """
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  terminationGracePeriodSeconds: 0
  restartPolicy: Never
  containers:
  - {name: c, image: localhost/busybox:1, command: [cat, /files/ok], volumeMounts: [{name: v, mountPath: /files}]}
  volumes:
  - name: v
    VOLUME
"""
UP = "../" * 12


def documents(target: str) -> dict[str, str]:
    """Give YAML that would write `target`, by what it does it with."""
    out = f"{UP}{target.lstrip('/')}"
    encoded = base64.b64encode(b"evil").decode()
    config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n"
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: m}\n"
    from_map = POD.replace("VOLUME", "configMap: {name: m}")
    item = "{key: ok, path: " + f"'{out}'" + "}"
    return {
        "data": config_map + f"data: {{ok: fine, '{out}': evil}}\n---{from_map}",
        "absolute data": config_map + f"data: {{ok: fine, '{target}': evil}}\n---{from_map}",
        "binaryData": config_map + f"binaryData: {{'{out}': {encoded}}}\n---{from_map}",
        "secret data": secret + f"data: {{'{out}': {encoded}}}\n---" + POD.replace("VOLUME", "secret: {secretName: m}"),
        "stringData": secret + f"stringData: {{'{out}': evil}}\n---" + POD.replace("VOLUME", "secret: {secretName: m}"),
        "items": config_map
        + "data: {ok: evil}\n---"
        + POD.replace("VOLUME", f"configMap: {{name: m, items: [{item}]}}"),
        "items of a secret": secret
        + "stringData: {ok: evil}\n---"
        + POD.replace("VOLUME", f"secret: {{secretName: m, items: [{item}]}}"),
        "projected": config_map
        + "data: {ok: evil}\n---"
        + POD.replace("VOLUME", f"projected: {{sources: [{{configMap: {{name: m, items: [{item}]}}}}]}}"),
        "projected secret": secret
        + "stringData: {ok: evil}\n---"
        + POD.replace("VOLUME", f"projected: {{sources: [{{secret: {{name: m, items: [{item}]}}}}]}}"),
        "downward": POD.replace(
            "VOLUME", f"downwardAPI: {{items: [{{path: '{out}', fieldRef: {{fieldPath: metadata.name}}}}]}}"
        ),
        "projected downward": POD.replace(
            "VOLUME",
            f"projected: {{sources: [{{downwardAPI: {{items: [{{path: '{out}', "
            "fieldRef: {fieldPath: metadata.name}}]}}]}",
        ),
        "dots": config_map + f"data: {{'..': evil}}\n---{from_map}",
        "the volume's own link": config_map + f"data: {{'..data': evil}}\n---{from_map}",
        "a directory": config_map
        + "data: {ok: evil}\n---"
        + POD.replace("VOLUME", "configMap: {name: m, items: [{key: ok, path: a}, {key: ok, path: a/b}]}"),
        "nul": config_map + 'data: {"a\\0b": evil}\n---' + from_map,
    }


@pytest.mark.parametrize("kind", documents("x"))
def test_no_key_or_path_of_a_file_leads_out_of_its_volume(root_pycman, kind):
    target = Path(root_pycman.folder) / "target"
    target.write_text("kept")
    text = documents(str(target))[kind]
    for words in (("--dry-run",), ()):
        done = root_pycman.run("kube", "play", *words, "-", stdin=text)
        lines = done.stderr.decode().strip().splitlines()
        assert done.returncode != 0, (words, done.stdout)
        assert lines and all("Traceback" not in line for line in lines)
        assert target.read_text() == "kept"
    assert root_pycman("ps", "-aq") == ""


def test_a_config_map_given_beside_the_file_is_checked_too(root_pycman):
    target = Path(root_pycman.folder) / "target"
    target.write_text("kept")
    beside = Path(root_pycman.folder) / "map.yaml"
    beside.write_text(documents(str(target))["data"].partition("---")[0])
    done = root_pycman.run(
        "kube", "play", "--configmap", str(beside), "-", stdin=POD.replace("VOLUME", "configMap: {name: m}")
    )
    assert done.returncode != 0
    assert target.read_text() == "kept"


def test_a_secret_of_the_store_that_names_files_is_checked_too(root_pycman):
    """What `secret create` was given is JSON with names for files, as `kube play` keeps secrets."""
    target = Path(root_pycman.folder) / "target"
    target.write_text("kept")
    root_pycman("secret", "create", "m", "-", stdin=f'{{"{UP}{str(target)[1:]}": "evil"}}')
    text = POD.replace("VOLUME", "secret: {secretName: m}")
    for words in (("--dry-run",), ()):
        done = root_pycman.run("kube", "play", *words, "-", stdin=text)
        assert done.returncode != 0
        assert b"leads out" in done.stderr
    assert target.read_text() == "kept"
    root_pycman("secret", "rm", "m")


@pytest.mark.parametrize("path", [f"{UP}etc/x", "/etc/x", "a/../../x", ".."])
def test_the_writer_of_volumes_refuses_such_paths_whoever_calls_it(tmp_path, path):
    (tmp_path / "volume").mkdir()
    with pytest.raises(InvalidInput):
        write_files(str(tmp_path / "volume"), [VolumeFile(path="ok", content=b""), VolumeFile(path=path, content=b"")])
    assert os.listdir(tmp_path) == ["volume"]
    assert os.listdir(tmp_path / "volume") == []


def test_a_container_that_swapped_its_volume_for_links_gains_nothing_by_the_next_write(tmp_path):
    """A config map's volume that is mounted writable: the container leads every name elsewhere before it is refreshed."""
    (tmp_path / "host").mkdir()
    (tmp_path / "host/file").write_text("kept")
    volume = tmp_path / "volume"
    volume.mkdir()
    write_files(str(volume), [VolumeFile(path="file", content=b"1"), VolumeFile(path="d/file", content=b"1")])
    (volume / "..data").unlink()
    os.symlink("../host", volume / "..data")
    (volume / "d").unlink()
    os.symlink("../host", volume / "d")
    (volume / "file").unlink()
    (volume / "file").mkdir()
    os.symlink("../../host", volume / "file/in")
    (volume / "..more").mkdir()
    os.symlink("../../host", volume / "..more/in")
    files = [VolumeFile(path="file", content=b"2", mode=0o777), VolumeFile(path="d/file", content=b"2", mode=0o777)]
    write_files(str(volume), files, gid=5)
    assert (volume / "file").read_bytes() == (volume / "d/file").read_bytes() == b"2"
    assert os.listdir(tmp_path / "host") == ["file"]
    assert (tmp_path / "host/file").read_text() == "kept"
    assert sorted(name for name in os.listdir(volume) if not name.startswith("..2")) == ["..data", "d", "file"]


def test_a_termination_message_that_became_a_link_is_neither_read_nor_emptied_through_it(tmp_path):
    (tmp_path / "target").write_text("kept")
    (tmp_path / "volume").mkdir()
    message = tmp_path / "volume/message"
    mount = Mount(kind="bind", source=str(tmp_path / "volume"), target="/m", subpath="message")
    spec = ContainerSpec(image="i", mounts=(mount,), message_path="/m")
    message.write_text("ended")
    assert read_message(None, {}, spec, failed=False) == "ended"
    message.unlink()
    os.symlink("../target", message)
    assert read_message(None, {}, spec, failed=False) == ""
    clear_message(spec)
    assert (tmp_path / "target").read_text() == "kept"
    message.unlink()
    os.mkfifo(message)
    assert read_message(None, {}, spec, failed=False) == ""
    clear_message(spec)


def test_secrets_whose_targets_look_alike_are_files_of_their_own(root_pycman):
    """A bundle's file is named by us: neither `..` nor a / in a target says where it lies."""
    for name in ("one", "two", "up"):
        root_pycman("secret", "create", name, "-", stdin=name)
    secrets = ("--secret", "one,target=a/b", "--secret", "two,target=a_b", "--secret", "up,target=../../up")
    script = "cat /run/secrets/a/b /run/secrets/a_b /up"
    assert root_pycman("run", "--rm", "--network=none", *secrets, "busybox:1", "sh", "-c", script) == "onetwoup"
