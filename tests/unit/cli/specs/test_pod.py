"""Flags of `pod create` and `kube play`, and the YAML a command line names (podman-pod-create(1), podman-kube-play(1))."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.specs.play import play_options
from cli.specs.pod import changed_fields, pod_spec
from cli.specs.registry import registry_options
from cli.specs.yaml_files import read_sources
from kube_yaml.translate.play_options import PlayOptions
from pycman.errors import InvalidInput, NotFound, PycmanError
from pycman.spec.container import NamespaceMode, Security
from pycman.spec.health import RestartPolicy
from pycman.spec.mount import Mount
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.pod import PodSpec
from pycman.spec.port import PortMapping
from tests.support.calls import call_of


def pod(*words: str) -> PodSpec:
    return pod_spec(call_of(*words, command="pod create"), "p")


def play(*words: str) -> PlayOptions:
    return play_options(call_of(*words, command="kube play"))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], {"ipc", "net", "uts"}), (["--share", ""], set()), (["--share", "none"], set()), (["--share", "net,pid"], {"net", "pid"}),
        (["--share", "+pid"], {"ipc", "net", "uts", "pid"}), (["--share", "network"], {"net"}), (["--infra=false"], set()),
    ],
)  # fmt: skip
def test_what_a_pod_shares_is_named_or_added(words: list[str], wanted: set) -> None:
    assert set(pod(*words).share) == wanted


def test_names_with_and_without_a_plus_do_not_go_together() -> None:
    with pytest.raises(InvalidInput) as caught:
        pod("--share", "+pid,net")
    assert caught.value.subject == "--share +pid,net"


@pytest.mark.parametrize(
    ("words", "field", "wanted"),
    [
        (["--exit-policy", "stop"], "exit_policy", "stop"),
        ([], "exit_policy", ""),
        (["--hostname", "h"], "hostname", "h"),
        (["-p", "80:8080"], "ports", (PortMapping(container_port=8080, host_port=80),)),
        (["-v", "/a:/b"], "mounts", (Mount(kind="bind", source="/a", target="/b", create_source=True),)),
        (["--infra-command", '["/x","y"]'], "infra_command", ("/x", "y")),
        (["--restart", "on-failure:2"], "restart", RestartPolicy(name="on-failure", maximum_retries=2)),
        ([], "restart", None),
        (["--pid", "host"], "pid_mode", NamespaceMode(kind="host")),
        (["--security-opt", "label=disable"], "security", Security(label_options=("disable",))),
        (["--share-parent=false"], "share_parent", False),
        (["--sysctl", "a=b"], "sysctls", {"a": "b"}),
        (["--label", "a=b"], "labels", {"a": "b"}),
        (["--shm-size", "1m"], "shm_size_bytes", 1 << 20),
        (["--infra-conmon-pidfile", "/run/x/../p"], "infra_conmon_pid_file", "/run/p"),
    ],
)
def test_flags_are_the_pods_fields(words: list[str], field: str, wanted: object) -> None:
    assert getattr(pod(*words), field) == wanted


def test_a_clone_changes_only_what_its_flags_say() -> None:
    assert changed_fields(call_of("p", command="pod clone")) == {}
    assert changed_fields(call_of("--hostname", "h", "p", command="pod clone")) == {"hostname": "h"}


@pytest.mark.parametrize(
    ("words", "field", "wanted"),
    [
        ([], "start", True), (["--start=false"], "start", False), ([], "validate", ""), (["--validate", "false"], "validate", "ignore"),
        (["--validate", "true"], "validate", "strict"), (["--validate", "warn"], "validate", "warn"), ([], "network", None),
        (["--network", "host"], "network", NetworkMode(kind="host")),
        (["--network", "bridge"], "network", NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="podman"),))),
        (["--network", "n"], "network", NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="n"),))),
        (["--userns", "auto"], "user_mode", NamespaceMode(kind="auto")), ([], "user_mode", None),
        (["--annotation", "a=b"], "annotations", {"a": "b"}), (["--publish", "1:2"], "publish", (PortMapping(container_port=2, host_port=1),)),
        (["--tls-verify=false"], "registry", {"tls_verify": False}), ([], "registry", {}),
    ],
)  # fmt: skip
def test_flags_of_a_play_are_its_options(words: list[str], field: str, wanted: object) -> None:
    assert getattr(play(*words, "f.yaml"), field) == wanted


@pytest.mark.parametrize(
    ("words", "kind", "flag"),
    [
        (["--validate", "often"], InvalidInput, "--validate often"),
        (["--userns", "some"], InvalidInput, "--userns some"), (["--log-driver", "x"], InvalidInput, "--log-driver x"),
    ],
)  # fmt: skip
def test_a_wrong_flag_of_a_play_is_named(words: list[str], kind: type[PycmanError], flag: str) -> None:
    with pytest.raises(kind) as caught:
        play(*words, "f.yaml")
    assert caught.value.subject == flag


def test_tls_is_verified_as_the_registrys_settings_say_unless_a_flag_does() -> None:
    assert registry_options(call_of("i", command="pull")) == {
        "authfile": "", "creds": "", "cert_dir": "", "tls_verify": None,
    }  # fmt: skip
    found = registry_options(call_of("--tls-verify", "--retry", "1", "--retry-delay", "2s", "i", command="pull"))
    assert (found["tls_verify"], found["retry"], found["retry_delay_s"]) == (True, 1, 2.0)


def test_a_directory_is_its_yaml_files_in_order(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "c.json", "d.txt"):
        (tmp_path / name).write_text(name)
    found = read_sources([str(tmp_path), str(tmp_path / "d.txt")])
    names = [f"{tmp_path}/{name}" for name in ("a.yaml", "b.yml", "c.json", "d.txt")]
    assert found == [(name, Path(name).name.encode()) for name in names]


def test_yaml_that_is_not_there_is_named(tmp_path: Path) -> None:
    for names, kind in (
        [[], InvalidInput],
        [["-", "-"], InvalidInput],
        [[str(tmp_path)], NotFound],
        [[str(tmp_path / "x")], NotFound],
    ):
        with pytest.raises(kind):
            read_sources(names)
