"""What confines a container for which nobody asked anything: seen from inside, as root and rootless."""

from __future__ import annotations

from pycman.runtime.seccomp_profile import OWN_PROFILE

LOOK = """
grep -E 'Seccomp:|NoNewPrivs|CapBnd' /proc/self/status
unshare -m true 2>&1; unshare -U true 2>&1; mkdir -p /tmp/m; mount -t tmpfs none /tmp/m 2>&1
stat -c '%s' /run/.containerenv; echo "container=$container"
for path in /proc/kcore /proc/keys /proc/timer_list /sys/firmware /sys/kernel/security; do
  [ -e $path ] && echo "$path $(cat $path 2>/dev/null | wc -c) $(ls $path/ 2>/dev/null | wc -l)"; done
echo > /proc/sysrq-trigger; echo > /proc/sys/kernel/core_pattern; mkdir /sys/fs/cgroup/x
"""


def test_a_host_without_a_profile_has_pycmans(pycman, tmp_path) -> None:
    """The host's own file is another one, so containers.conf says which is meant."""
    settings = pycman.folder / "containers.conf"
    profile = pycman.folder / "profile.json"
    with open(OWN_PROFILE, encoding="utf-8") as file:
        profile.write_text(file.read())
    settings.write_text(f'[containers]\nseccomp_profile = "{profile}"\n')
    env = {"CONTAINERS_CONF": str(settings)}
    done = pycman.run("run", "--name", "c", "busybox:1", "sh", "-c", LOOK, env=env)
    seen = done.stdout.decode()
    assert "Seccomp:\t2" in seen
    assert seen.count("unshare(") == 2
    assert "mount: permission denied" in seen
    assert "\n0\ncontainer=podman\n" in seen
    for path in ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"):
        assert f"{path} " not in seen or f"{path} 0 0" in seen
    assert done.stderr.decode().count("can't create /proc/sys") == 2
    assert "Read-only file system" in done.stderr.decode()
    pycman("rm", "c")

    confined = pycman.run(
        "run", "--rm", "--privileged", "busybox:1", "sh", "-c", "grep Seccomp: /proc/self/status; . /run/.containerenv; echo $image",
        env=env,
    )  # fmt: skip
    assert confined.stdout.decode() == "Seccomp:\t0\nlocalhost/busybox:1\n"
    profile.unlink()
    refused = pycman.run("run", "--name", "c", "busybox:1", "true", env=env)
    assert refused.returncode == 125
    assert refused.stderr.decode().count("\n") == 1
    assert "no such seccomp profile" in refused.stderr.decode()
    assert pycman.run("container", "exists", "c").returncode == 1


def test_a_named_profile_that_cannot_be_had_makes_no_container(root_pycman) -> None:
    for option in ("seccomp=/nonexistent", "seccomp=/", "seccomp=/etc/hostname", "apparmor=nonexistent"):
        done = root_pycman.run("create", "--name", "c", "--security-opt", option, "busybox:1", "true")
        assert done.returncode == 125
        assert done.stderr.decode().count("\n") == 1
        assert root_pycman.run("container", "exists", "c").returncode == 1


def test_flags_of_mounts_hold_in_a_user_namespace_too(pycman) -> None:
    """crun 1.8 leaves nosuid, nodev and noexec out there, unless the mount is read-only."""
    folder = pycman.folder / "data"
    folder.mkdir(mode=0o777)
    words = ["-v", f"{folder}:/x:nosuid,noexec", "-v", "kept:/y:nodev", "-v", f"{folder}:/z:ro,nosuid"]
    for mode in ("auto", "host"):
        seen = pycman("run", "--rm", f"--userns={mode}", *words, "busybox:1", "grep", "-E", " /[xyz] ", "/proc/mounts")
        flags = {line.split()[1]: set(line.split()[3].split(",")) for line in seen.splitlines()}
        assert flags["/x"] >= {"rw", "nosuid", "noexec"}
        assert flags["/y"] >= {"rw", "nodev"}
        assert flags["/z"] >= {"ro", "nosuid"}
    pycman("volume", "rm", "kept")
