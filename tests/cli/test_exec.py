"""exec gets what the container's first process has got."""

from __future__ import annotations

import os
import pwd

PRINT = "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:|Umask)' /proc/self/status; grep -v 'Max pending' /proc/self/limits; env | grep -v -E '^(SHLVL|PWD|_)=' | sort"


def first_and_later(pycman, *flags: str) -> tuple[str, str]:
    """Return what a container's first process and one of exec print of themselves."""
    script = f"({PRINT}) >/tmp/part; mv /tmp/part /tmp/first; sleep 1000"
    pycman("run", "-d", "--name", "c", *flags, "busybox:1", "sh", "-c", script)
    wait = "until test -e /tmp/first; do sleep 0.05; done; cat /tmp/first"
    return pycman("exec", "c", "sh", "-c", wait), pycman("exec", "c", "sh", "-c", PRINT)


def test_by_default(pycman) -> None:
    first, later = first_and_later(pycman)
    assert later == first
    assert "Seccomp:\t2" in later


def test_with_a_user_groups_limits_capabilities_and_variables_of_its_own(pycman) -> None:
    flags = (
        "--user", "worker", "--group-add", "77", "--cap-add", "NET_RAW", "--cap-drop", "CHOWN", "--ulimit", "nofile=77:88",
        "--ulimit", "core=0", "--umask", "0027", "--security-opt", "no-new-privileges", "-e", "MINE=1", "--unsetenv", "FROM_IMAGE",
        "--hostname", "elsewhere",
    )  # fmt: skip
    first, later = first_and_later(pycman, *flags)
    assert later == first
    for line in ("Uid:\t1000", "HOSTNAME=elsewhere\n", "HOME=/home/worker\n", "MINE=1\n", "Umask:\t0027"):
        assert line in later
    assert "FROM_IMAGE" not in later


def test_without_variables_and_privileged(pycman) -> None:
    first, later = first_and_later(pycman, "--unsetenv-all", "-e", "PATH=/bin", "--privileged")
    assert later == first
    assert "HOSTNAME" not in later


def test_a_secret_in_the_environment_is_there_too(pycman) -> None:
    pycman("secret", "create", "word", "-", stdin="hush")
    first, later = first_and_later(pycman, "--secret", "word,type=env,target=WORD")
    assert later == first
    assert "WORD=hush\n" in later


def test_keep_id_is_kept(pycman) -> None:
    if not pycman.rootless:
        return
    first, later = first_and_later(pycman, "--userns", "keep-id")
    assert later == first
    assert f"Uid:\t{pwd.getpwnam(pycman.user).pw_uid}\t" in later
    assert pycman("exec", "--user", "0", "c", "id", "-u") == "0\n"
    pycman(
        "run",
        "-d",
        "--name",
        "checked",
        "--userns",
        "keep-id",
        "--health-cmd",
        "id -u",
        "--health-interval",
        "1h",
        "busybox:1",
        "sleep",
        "100",
    )
    pycman("healthcheck", "run", "checked")
    output = pycman("inspect", "--format", "{{(index .State.Health.Log 0).Output}}", "checked")
    assert output.strip() == str(pwd.getpwnam(pycman.user).pw_uid)


def test_what_is_asked_for_comes_on_top(pycman) -> None:
    pycman("run", "-d", "--name", "c", "-e", "A=1", "-e", "B=1", "busybox:1", "sleep", "100")
    text = pycman(
        "exec", "-e", "B=2", "-u", "worker", "-w", "/tmp", "c", "sh", "-c", "echo $A $B $HOME $PWD $TERM; id -u"
    )
    assert text == "1 2 /home/worker /tmp\n1000\n"
    assert pycman("exec", "--privileged", "c", "grep", "CapEff", "/proc/self/status") != pycman(
        "exec", "c", "grep", "CapEff", "/proc/self/status"
    )


def test_passthrough_is_not_given_a_terminal(root_pycman) -> None:
    """Only what was asked for: streams, but no terminal in which other programs are typed to."""
    read, write = os.openpty()
    done = root_pycman.start(
        "run", "--rm", "--log-driver", "passthrough", "busybox:1", "true", stdin=write, stdout=write
    )
    assert done.wait(timeout=60) == 125
    os.close(read)
    os.close(write)
    assert root_pycman("run", "--rm", "--log-driver", "passthrough", "busybox:1", "echo", "through") == "through\n"
