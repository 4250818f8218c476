"""What runtimes say of their versions and features."""

from __future__ import annotations

from pycman.runtime.known_runtimes import build_options, features_of, version_of

_CRUN = "crun version 1.8.1\ncommit: f8a0\nspec: 1.0.0\n+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF +YAJL\n"
_SHIM = "/usr/bin/containerd-shim-runc-v2:\n  Version:  1.6.20~ds1\n  Revision: 1.6.20~ds1-1\n  Go version: go1.19.8\n"


def test_versions():
    assert version_of(_CRUN) == "crun version 1.8.1"
    assert version_of(_SHIM) == "1.6.20~ds1"
    assert version_of("") == ""


def test_features():
    document = (
        '{"ociVersionMin":"1.0.0","ociVersionMax":"1.1.0","linux":{"cgroup":{"v1":true,"v2":true,"systemd":false},'
        '"seccomp":{"enabled":true},"apparmor":{"enabled":false},"mountExtensions":{"idmap":{"enabled":true}}},'
        '"annotations":{"run.oci.crun.wasm":"true","org.x.version":"2"}}'
    )
    words = ["oci 1.0.0 to 1.1.0", "cgroup.v1", "cgroup.v2", "seccomp", "mountExtensions.idmap", "run.oci.crun.wasm"]
    assert features_of(document) == words


def test_a_runtime_that_tells_no_features():
    assert features_of("unknown command features") == []
    assert features_of('{"linux":') == []
    assert features_of("{}") == []
    assert build_options(_CRUN) == ["systemd", "selinux", "apparmor", "cap", "seccomp", "ebpf", "yajl"]
