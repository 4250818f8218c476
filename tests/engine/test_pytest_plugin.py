"""The plugin as a stranger's tests use it: a pytest of their own, in two workers, as root and as an ordinary user."""

from __future__ import annotations

import subprocess

import pytest

TESTS = {
    "test_web.py": """
import os, urllib.request
import pytest
import pycman
from pycman.spec.health import HealthCheck

def test_a_port_answers(pycman_containers):
    web = pycman_containers.run("busybox:1", "sh", "-c", "echo up; exec httpd -f -p 8080 -h /etc",
                                ports=[8080], wait_for_log="^up", wait_for_port=8080)
    host, port = web.address(8080)
    assert b"root" in urllib.request.urlopen(f"http://{host}:{port}/passwd", timeout=20).read()
    assert web.execute("echo", "hello").stdout == b"hello\\n"
    with pytest.raises(AssertionError, match="ended with 3"):
        web.execute("sh", "-c", "exit 3")
    assert web.logs() == "up\\n"
    assert web.stop(timeout_s=0) == 137

def test_names_on_a_network(pycman_containers):
    network, volume = pycman_containers.network(), pycman_containers.volume()
    mount = pycman.Mount(kind="volume", source=volume, target="/data")
    pycman_containers.run("busybox:1", "sleep", "100", network=network, alias="db", mounts=(mount,))
    client = pycman_containers.run("busybox:1", "sleep", "100", network=network)
    assert b"Address" in client.execute("nslookup", "db.dns.podman").stdout
""",
    "test_ready.py": """
import pytest
import pycman
from pycman.spec.health import HealthCheck

@pytest.fixture(scope="module")
def steady(pycman_session_containers):
    check = HealthCheck(test=("CMD-SHELL", "test -e /ready"), interval_ns=100_000_000)
    return pycman_session_containers.run("busybox:1", "sh", "-c", "touch /ready; sleep 100", health=check)

def test_it_is_healthy(steady):
    assert steady.state.health_status == "healthy"

def test_it_ends_too_early(pycman_containers):
    with pytest.raises(pycman.PycmanError, match="ended with 4"):
        pycman_containers.run("busybox:1", "sh", "-c", "exit 4", wait_for_log="never")

def test_it_fails(pycman_containers):
    pycman_containers.run("busybox:1", "sh", "-c", "printf 'the reason \\\\033[2J'; sleep 100", wait_for_log="reason")
    assert not "this test fails"
""",
}
KILLED = """
import os
def test_killed(pycman_containers):
    pycman_containers.network()
    pycman_containers.run("busybox:1", "sleep", "100")
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def inner(networked, program):
    """Run pytest on a folder of tests with the plugin, as the user of `networked` on its store; return what came of it."""
    place = networked._prefix.index(str(program))

    def run(tests: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
        folder = networked.folder / "tests"
        folder.mkdir(exist_ok=True)
        for path in folder.glob("*.py"):
            path.unlink()
        for name, text in tests.items():
            (folder / name).write_text(text)
        options = [f"--pycman-root={networked.folder}/root", f"--pycman-run-root={networked.folder}/run"]
        plugin = ["-p", "pycman.pytest_plugin", "-p", "no:cacheprovider", "-q", "--noconftest", "-c", "/dev/null"]
        argv = [*networked._prefix[:place], str(program.parent / "python"), "-m", "pytest", *plugin, *options, *words]
        env = {
            "PYTHONPATH": str(program.parent.parent / "source"),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        return subprocess.run(
            [*argv, str(folder)], capture_output=True, text=True, check=False, timeout=120, **networked.options(env)
        )

    return run


def test_containers_of_tests(networked, inner) -> None:
    done = inner(TESTS, "-p", "xdist.plugin", "-n", "2", "--dist", "loadfile")
    assert "4 passed" in done.stdout and "1 failed" in done.stdout, done.stdout + done.stderr
    assert "the reason \\x1b[2J" in done.stdout
    assert "\x1b[2J" not in done.stdout
    assert networked("ps", "-aq") == networked("volume", "ls", "-q") == ""

    killed = inner({"test_killed.py": KILLED})
    assert killed.returncode == -9
    assert len(networked("ps", "-q").split()) == 1
    again = inner(
        {"test_again.py": "def test_again(pycman_engine): assert pycman_engine.containers.list(all=True) == []"}
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert networked("network", "ls", "-q", "--filter", "label=io.pycman.pytest") == ""
