"""auto-update: a container with a policy gets the image that its name means now, and what it was before if that does not start."""

from __future__ import annotations

from pycman.plan import CRASH_VARIABLE

IMAGE = "localhost/updated:1"
COLUMNS = "{{.ContainerName}} {{.Policy}} {{.Updated}}"


def test_a_container_is_made_anew_from_the_image_of_its_name_or_rolled_back(pycman) -> None:
    def update(*flags: str) -> str:
        return pycman("auto-update", "--format", COLUMNS, *flags)

    def make(*changes: str) -> None:
        made = pycman("create", "busybox:1", "true").strip()
        pycman("commit", *(word for change in changes for word in ("--change", change)), made, IMAGE)
        pycman("rm", made)

    make("ENV VERSION=1", "CMD sleep 1000")
    run = ("run", "-d", "--stop-timeout", "0", "-e", "OWN=kept")
    pycman(*run, "--name", "web", "--label", "io.containers.autoupdate=local", IMAGE)
    pycman(*run, "--name", "other", IMAGE)
    assert update() == "web local false\n"
    make("ENV VERSION=2", "CMD sleep 1000")
    assert update("--dry-run") == "web local pending\n"
    assert update() == "web local true\n"
    assert pycman("exec", "web", "sh", "-c", "echo $VERSION $OWN") == "2 kept\n"
    assert pycman("exec", "other", "sh", "-c", "echo $VERSION") == "1\n"
    make("ENV VERSION=3", 'CMD ["/not/there"]')
    assert update() == "web local rolled back\n"
    assert pycman("exec", "web", "sh", "-c", "echo $VERSION $OWN") == "2 kept\n"
    assert update() == "web local false\n"  # the name means the image that works again
    assert sorted(pycman("ps", "-a", "--format", "{{.Names}}").split()) == ["other", "web"]


def test_a_killed_update_is_finished_by_the_next(root_pycman) -> None:
    """Killed at any step, it leaves either what ran or what is to run; the next update goes on from there."""

    def make(version: str) -> None:
        made = root_pycman("create", "busybox:1", "true").strip()
        root_pycman("commit", "--change", f"ENV VERSION={version}", "--change", "CMD sleep 1000", made, IMAGE)
        root_pycman("rm", made)

    make("0")
    label = ("--label", "io.containers.autoupdate=local")
    root_pycman("run", "-d", "--stop-timeout", "0", "--name", "web", *label, IMAGE)
    for point in ("renew:aside", "renew:created", "renew:stopped", "renew:started"):
        make(point)
        killed = root_pycman.run("auto-update", env={CRASH_VARIABLE: point})
        assert killed.returncode == -9, f"there is no point {point}"
        for words in (
            ("image", "prune", "-f"),
            ("system", "check", "--repair"),
        ):  # they drop what killed commands needed
            root_pycman(*words)
        root_pycman("auto-update")
        assert root_pycman("exec", "web", "sh", "-c", "echo $VERSION") == f"{point}\n"
        assert root_pycman("ps", "-a", "--format", "{{.Names}} {{.State}}") == "web running\n"
