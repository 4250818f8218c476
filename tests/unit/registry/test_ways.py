"""Connections to a registry: TLS certificates, plain HTTP where it is allowed, proxies."""

from __future__ import annotations

import os
import socket
import ssl
import tempfile
import threading
import warnings
from pathlib import Path

import pytest

from cli.output.docker_words import docker_line
from cli.output.podman_words import podman_message
from pycman.errors import Denied, InvalidInput, NotFound, TimedOut, Unavailable
from pycman.linux import syscalls
from pycman.registry.auth import Credentials
from pycman.registry.certificates import tls_context
from pycman.registry.proxies import proxy_for, split_proxy
from tests.support.registry_clients import MANIFESTS, REPOSITORY, client_of, fails
from tests.support.scripted_registry import Certificate, Proxy, ScriptedRegistry, answer, hang, small_layer

ANNA = Credentials(username="anna", password="pw")
FAR = "registry.test:5000"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def plain():
    with ScriptedRegistry() as running:
        running.image = running.add_image(REPOSITORY, "1", small_layer())
        yield running


@pytest.fixture
def safe(certificate):
    with ScriptedRegistry(certificate=certificate) as running:
        running.image = running.add_image(REPOSITORY, "1", small_layer())
        yield running


def manifest(client):
    return client.manifest("1", MANIFESTS)[2]


# -- TLS --------------------------------------------------------------------------------------------------------------


def test_the_error_of_an_untrusted_certificate_says_what_to_do(safe) -> None:
    line = fails(Denied, manifest, client_of(safe))
    assert f"the certificate of {safe.host} is not trusted (x509): self-signed certificate" in line
    assert f"/etc/containers/certs.d/{safe.host}/ca.crt, or use --tls-verify=false" in line


def test_the_reason_against_a_certificate_is_there_in_the_words_of_clients_in_go(safe) -> None:
    with pytest.raises(Denied) as caught:
        manifest(client_of(safe))
    assert caught.value.facts["reason"] == "x509: certificate signed by unknown authority"
    go = f'pinging container registry {safe.host}: Get "https://{safe.host}/v2/": tls: failed to verify certificate: x509: '
    assert go in podman_message(caught.value, "pull")
    assert "certificate: x509: certificate signed by unknown authority" in docker_line(caught.value)


def test_an_untrusted_certificate_is_neither_retried_nor_tried_by_plain_http(safe) -> None:
    lines = []
    fails(Denied, manifest, client_of(safe, notify=lines.append))
    assert lines == []
    assert safe.asked == []


def test_an_insecure_registry_needs_no_trusted_certificate(safe) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert manifest(client_of(safe, tls_verify=False)) == safe.image[0]
        assert manifest(client_of(safe, insecure=True)) == safe.image[0]
    assert warned == []


def test_tls_verify_overrides_an_insecure_registry(safe, plain) -> None:
    fails(Denied, manifest, client_of(safe, insecure=True, tls_verify=True))
    line = fails(Unavailable, manifest, client_of(plain, tls_verify=True))
    assert f"{plain.host} does not accept TLS" in line
    assert "insecure=true for it in registries.conf or use --tls-verify=false" in line
    assert plain.asked == []


def test_certs_d_of_the_user_is_read(safe, certificate, tmp_path) -> None:
    folder = tmp_path / ".config/containers/certs.d" / safe.host
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_bytes(certificate.cert.read_bytes())
    assert manifest(client_of(safe, home=str(tmp_path))) == safe.image[0]


def test_a_directory_of_certificates_can_be_named(safe, certificate, tmp_path) -> None:
    (tmp_path / "any.crt").write_bytes(certificate.cert.read_bytes())
    assert manifest(client_of(safe, cert_dir=str(tmp_path))) == safe.image[0]


def test_a_certificate_for_another_name_is_an_error(certificate, tmp_path) -> None:
    with ScriptedRegistry(certificate=certificate, name="127.0.0.2") as registry:
        registry_host = registry.host.replace("127.0.0.2", "127.0.0.1")
        (tmp_path / "ca.crt").write_bytes(certificate.cert.read_bytes())
        with Proxy(registry_host) as proxy, pytest.MonkeyPatch.context() as patch:
            patch.setenv("HTTPS_PROXY", proxy.url)
            line = fails(Denied, manifest, client_of(registry, host="other.test", cert_dir=str(tmp_path)))
        assert "the certificate of other.test is not trusted (x509): Hostname mismatch" in line


def test_a_missing_directory_of_certificates_is_an_error(safe, tmp_path) -> None:
    with pytest.raises(NotFound, match="correct --cert-dir"):
        manifest(client_of(safe, cert_dir=str(tmp_path / "nothing")))


def test_the_error_of_an_invalid_certificate_names_the_file(safe, tmp_path) -> None:
    (tmp_path / "ca.crt").write_text("rubbish")
    with pytest.raises(InvalidInput, match=r"ca\.crt: it is not a PEM certificate") as caught:
        manifest(client_of(safe, cert_dir=str(tmp_path)))
    assert "\n" not in str(caught.value)


def test_the_error_of_a_client_certificate_without_key_names_the_key(certificate, tmp_path) -> None:
    (tmp_path / "client.cert").write_bytes(certificate.cert.read_bytes())
    with pytest.raises(InvalidInput, match=r"client\.key"):
        tls_context("h", cert_dir=str(tmp_path), home="", verify=True)


def test_the_error_of_a_key_that_does_not_match_names_it(certificate, tmp_path) -> None:
    other = Certificate(tmp_path, "other")
    (tmp_path / "client.cert").write_bytes(certificate.cert.read_bytes())
    (tmp_path / "client.key").write_bytes(other.key.read_bytes())
    other.cert.unlink()
    with pytest.raises(InvalidInput, match="does not match its key"):
        tls_context("h", cert_dir=str(tmp_path), home="", verify=True)


def test_a_certificate_below_another_authority_may_be_trusted_by_itself(tmp_path) -> None:
    """In Go every certificate in certs.d is a trust anchor, also one that is not self-signed."""
    context = tls_context("h", cert_dir=str(tmp_path), home="", verify=True)
    assert context.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN


def test_an_unreadable_folder_of_certificates_is_skipped() -> None:
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o755)
        folder = Path(home, ".config/containers/certs.d/h")
        folder.mkdir(parents=True)
        folder.chmod(0)
        if root:
            os.seteuid(65534)
        try:
            assert tls_context("h", cert_dir="", home=home, verify=True)
        finally:
            if root:
                os.seteuid(0)
                syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)  # taken away by the kernel, for later tests too
            folder.chmod(0o700)


def test_a_server_that_is_silent_before_tls_has_a_time_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        registry = type("Silent", (), {"host": f"127.0.0.1:{server.getsockname()[1]}", "on_exit": print})
        line = fails(TimedOut, manifest, client_of(registry, timeout_s=0.1, retries=0, tls_verify=True))
        assert "does not answer" in line


def test_the_error_of_a_redirect_targets_certificate_names_that_host_and_the_registrys_folder(plain, safe) -> None:
    plain.always("GET", "/blobs/", answer(307, Location=f"{safe.url}/data"))
    line = fails(Denied, client_of(plain).blob, plain.image[1][0])
    assert f"the certificate of {safe.host} is not trusted" in line
    assert f"certs.d/{plain.host}/ca.crt" in line


def test_a_redirect_from_tls_to_plain_http_is_refused(safe, plain, certificate, tmp_path) -> None:
    (tmp_path / "ca.crt").write_bytes(certificate.cert.read_bytes())
    safe.always("GET", "/manifests/", answer(307, Location=f"{plain.url}/v2/{REPOSITORY}/manifests/1"))
    line = fails(Denied, manifest, client_of(safe, cert_dir=str(tmp_path)))
    assert f"{safe.host} redirects to plain HTTP at {plain.host}" in line
    assert plain.asked == []


def test_a_registry_behind_a_tls_proxy_that_redirects_to_http_is_used_by_https(safe, certificate, tmp_path) -> None:
    (tmp_path / "ca.crt").write_bytes(certificate.cert.read_bytes())
    where = f"http://{safe.host}/v2/{REPOSITORY}/manifests/{safe.image[0]}"
    safe.next("GET", "/manifests/", answer(301, Location=where))
    assert manifest(client_of(safe, cert_dir=str(tmp_path))) == safe.image[0]


# -- plain HTTP -------------------------------------------------------------------------------------------------------


def test_plain_http_on_loopback_is_detected_and_remembered(plain) -> None:
    client = client_of(plain)
    for _ in range(3):
        assert manifest(client) == plain.image[0]
    assert len(plain.asked) == 3


def test_plain_http_on_loopback_is_detected_by_several_threads_at_once(plain) -> None:
    client = client_of(plain, actions="pull,push")
    found = []
    threads = [threading.Thread(target=lambda: found.append(manifest(client))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [plain.image[0]] * 8


def test_plain_http_is_not_used_elsewhere_unless_allowed(plain, monkeypatch) -> None:
    with Proxy(plain.host) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        line = fails(Unavailable, manifest, client_of(plain, ANNA, host=FAR, retries=0))
        assert "does not accept TLS" in line
        assert proxy.asked == [f"CONNECT {FAR}"]


# -- proxies ----------------------------------------------------------------------------------------------------------


def test_a_registry_is_reached_through_a_proxy(safe, certificate, tmp_path, monkeypatch) -> None:
    (tmp_path / "ca.crt").write_bytes(certificate.cert.read_bytes())
    with Proxy(safe.host, login="p:q@") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://p:q%40@{proxy.host}")
        client = client_of(safe, host=FAR, cert_dir=str(tmp_path))
        assert manifest(client) == safe.image[0]
        assert proxy.asked == [f"CONNECT {FAR}"]
    assert "Proxy-Authorization" not in safe.asked[0].headers


def test_an_insecure_registry_is_reached_by_plain_http_through_a_proxy(plain, monkeypatch) -> None:
    with Proxy(plain.host, login="p:q") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert manifest(client_of(plain, host=FAR, insecure=True)) == plain.image[0]
        assert proxy.asked == [f"CONNECT {FAR}", f"GET http://{FAR}/v2/{REPOSITORY}/manifests/1"]


def test_a_proxy_that_refuses_tunnels_still_serves_plain_http(plain, monkeypatch) -> None:
    with Proxy(plain.host, refuse=403) as strict, Proxy(plain.host) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", strict.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert manifest(client_of(plain, host=FAR, insecure=True)) == plain.image[0]


@pytest.mark.parametrize(("refuse", "words"), [(0, "answers 407"), (403, "answers 403")])
def test_the_error_of_a_refusing_proxy_has_its_name_and_response(safe, monkeypatch, refuse, words) -> None:
    with Proxy(safe.host, login="p:q", refuse=refuse) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://wrong:secret@{proxy.host}")
        line = fails(Unavailable, manifest, client_of(safe, host=FAR, retries=0))
        assert f"the proxy {proxy.host} on the way to {FAR} {words}" in line
        assert "HTTPS_PROXY" in line
        assert "secret" not in line


def test_a_proxy_that_requires_a_login_is_an_error(plain, monkeypatch) -> None:
    with Proxy(plain.host, login="p:q") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.host}")
        line = fails(Unavailable, manifest, client_of(plain, host=FAR, insecure=True, retries=0))
        assert f"the proxy {proxy.host} requires a login" in line


def test_the_error_of_an_unreachable_proxy_names_it(safe, monkeypatch) -> None:
    with Proxy(safe.host) as proxy:
        pass
    monkeypatch.setenv("HTTPS_PROXY", f"http://u:secret@{proxy.host}")
    line = fails(Unavailable, manifest, client_of(safe, host=FAR, retries=0))
    assert f"the proxy {proxy.host} on the way to {FAR} cannot be reached" in line
    assert "secret" not in line


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://", "http://[x", "ftp://u:secret@x", "http://h:x"])
def test_an_invalid_proxy_is_an_error_without_its_password(safe, monkeypatch, proxy) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(InvalidInput, match="not an HTTP proxy") as caught:
        manifest(client_of(safe, host=FAR))
    assert "secret" not in str(caught.value)


def test_loopback_and_hosts_of_no_proxy_are_reached_directly(plain, monkeypatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert manifest(client_of(plain)) == plain.image[0]


RULES = [
    ("*", "registry.test", True),
    ("registry.test", "registry.test", True),
    ("REGISTRY.test", "registry.test", True),
    ("test", "registry.test", True),
    (".test", "registry.test", True),
    ("*.test", "registry.test", True),
    (".registry.test", "registry.test", False),
    ("istry.test", "registry.test", False),
    ("registry.test:5000", "registry.test", True),
    ("registry.test:5001", "registry.test", False),
    ("10.0.0.0/8", "10.1.2.3", True),
    ("10.0.0.0/8", "11.1.2.3", False),
    ("10.1.2.3", "10.1.2.3", True),
    ("10.1.2.3:5000", "10.1.2.3", True),
    ("10.0.0.0/rubbish", "10.1.2.3", False),
    ("fd00::/8", "[fd00::1]", True),
    ("fd00::1", "[fd00::1]", True),
    ("[fd00::1]:5000", "[fd00::1]", True),
    ("[fd00::1]:5001", "[fd00::1]", False),
    ("other, ,registry.test", "registry.test", True),
    (",", "registry.test", False),
]


@pytest.mark.parametrize(("rule", "host", "direct"), RULES)
def test_no_proxy_has_the_rules_of_go(rule, host, direct) -> None:
    found = proxy_for(f"https://{host}:5000/v2/", {"HTTPS_PROXY": "p:1", "NO_PROXY": rule})
    assert found == ("" if direct else "http://p:1")


def test_each_scheme_has_its_proxy_and_upper_case_names_come_first() -> None:
    env = {"HTTP_PROXY": "http://a:1", "https_proxy": "http://b:1", "HTTPS_PROXY": "http://c:1"}
    assert proxy_for("http://x/", env) == "http://a:1"
    assert proxy_for("https://x/", env) == "http://c:1"
    assert proxy_for("https://x/", {"https_proxy": "b:1", "HTTPS_PROXY": ""}) == "http://b:1"
    assert proxy_for("https://x/", {}) == ""


def test_the_login_of_a_proxy_is_split_from_its_url() -> None:
    assert split_proxy("http://u:p%40x@proxy:3128") == ("http://proxy:3128", "u:p@x")
    assert split_proxy("https://[fd00::1]:3128") == ("https://[fd00::1]:3128", "")


def test_a_silent_proxy_has_a_time_limit(safe, monkeypatch) -> None:
    with ScriptedRegistry() as silent:
        silent.always("CONNECT", "", hang)
        monkeypatch.setenv("HTTPS_PROXY", silent.url)
        line = fails(TimedOut, manifest, client_of(safe, host=FAR, timeout_s=0.2, retries=0))
        assert f"{FAR} does not answer" in line
