"""Quadlet files become services: each kind with its keys, references between files, and what is refused."""

from __future__ import annotations

import pytest

from cli.parse import FlagTable, parse_flags
from cli.quadlet.translate import translate
from cli.quadlet.unit_file import UnitFile
from cli.table import ALIASES, COMMANDS, GLOBAL_FLAGS

P = "/usr/bin/pycman"


def services(files, *, user=False):
    units = [UnitFile.parse(text, name, f"/q/{name}") for name, text in files.items()]
    return {each.unit.name: each for each in translate(units, P, user=user)}


def service(name, text, others=None, *, user=False):
    done = services({**(others or {}), name: text}, user=user)[name]
    assert done.service is not None, done.failure
    return done.service


def words(name, text, key="ExecStart", others=None):
    return service(name, text, others).command("Service", key)


def test_a_container_is_a_service_that_is_told_when_it_runs():
    made = service(
        "web.container", "[Container]\nImage=docker.io/library/nginx\n\n[Install]\nWantedBy=default.target\n"
    )
    assert (
        made.text()
        == f"""\
[X-Container]
Image=docker.io/library/nginx

[Install]
WantedBy=default.target

[Unit]
Wants=network-online.target
After=network-online.target
SourcePath=/q/web.container
RequiresMountsFor=%t/containers

[Service]
Environment=PODMAN_SYSTEMD_UNIT=%n
KillMode=mixed
ExecStop={P} rm -v -f -i systemd-%N
ExecStopPost=-{P} rm -v -f -i systemd-%N
Delegate=yes
Type=notify
NotifyAccess=all
SyslogIdentifier=%N
ExecStart={P} run --name systemd-%N --replace --rm --cgroups=split --sdnotify=conmon -d docker.io/library/nginx
"""
    )


def test_a_users_service_waits_for_the_network_in_the_users_systemd():
    made = service("web.container", "[Container]\nImage=a.b/c\n", user=True)
    assert made.values("Unit", "After") == ["podman-user-wait-network-online.service"]
    without = service("web.container", "[Container]\nImage=a.b/c\n[Quadlet]\nDefaultDependencies=no\n")
    assert without.values("Unit", "After") == []
    assert without.values("X-Quadlet", "DefaultDependencies") == ["no"]


HEAD = [P, "run", "--name", "systemd-%N", "--replace", "--rm"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('Exec=sh -c "echo \\"$HOME\\"" %n', ["sh", "-c", 'echo "$HOME"', "%n"]),
        ("Entrypoint=", ["--entrypoint="]),
        ("Environment=A=1 'B=x y'\nEnvironment=C", ["--env", "A=1", "--env", "B=x y", "--env", "C"]),
        ("DropCapability=ALL\nAddCapability=CAP_CHOWN SETUID", ["--cap-drop", "all", "--cap-add", "cap_chown", "--cap-add", "setuid"]),
        ("ReadOnly=yes\nVolatileTmp=yes", ["--read-only"]),
        ("VolatileTmp=yes", ["--tmpfs", "/tmp:rw,size=512M,mode=1777"]),
        ("User=1\nGroup=2", ["--user", "1:2"]),
        ("UIDMap=0:1:2 3:4:5\nUserNS=auto", ["--userns", "auto", "--uidmap", "0:1:2", "--uidmap", "3:4:5"]),
        ("RemapUsers=keep-id\nRemapUid=5\nRemapGid=6", ["--userns", "keep-id:uid=5,gid=6"]),
        ("RemapUsers=auto\nRemapUidSize=0x10", ["--userns", "auto:size=16"]),
        ("Notify=healthy", ["--sdnotify=healthy"]),
        ("Notify=yes", ["--sdnotify=container"]),
        ("Mask=/a:/b\nUnmask=ALL", ["--security-opt", "mask=/a:/b", "--security-opt", "unmask=ALL"]),
        ("Volume=./data:/d:ro,z", ["-v", "/q/data:/d:ro,z"]),
        ("Volume=/only", ["-v", "/only"]),
        ("Volume=name:/d", ["-v", "name:/d"]),
        ("EnvironmentFile=env %h/env", ["--env-file", "/q/env", "--env-file", "%h/env"]),
        ('Mount="type=bind,src=/a b,dst=/c"', ["--mount", "type=bind,source=/a b,dst=/c"]),
        ('Mount=type=bind,src=/a,\\"dst=/c,1\\"', ["--mount", 'type=bind,source=/a,"dst=/c,1"']),
        ("Mount=type=tmpfs,dst=/c", ["--mount", "type=tmpfs,dst=/c"]),
        ("HealthCmd=curl -f \"http://x\" || exit 1", ["--health-cmd", 'curl -f "http://x" || exit 1']),
        ("AddDevice=/dev/null:/dev/x -/dev/that-is-not-there", ["--device", "/dev/null:/dev/x"]),
        ("AutoUpdate=registry", ["--label", "io.containers.autoupdate=registry"]),
        ("PodmanArgs=--a \"b c\"", ["--a", "b c"]),
        ("Label=b=2 a=1", ["--label", "a=1", "--label", "b=2"]),
    ],
    ids=str,
)  # fmt: skip
def test_keys_of_a_container_are_flags(lines, expected):
    found = words("x.container", f"[Container]\nImage=a.b/c\n{lines}\n")
    assert found[: len(HEAD)] == HEAD
    assert any(found[at : at + len(expected)] == expected for at in range(len(found)))


def test_global_flags_stand_before_the_command():
    text = "[Container]\nImage=a.b/c\nContainersConfModule=/m.conf\nGlobalArgs=--log-level debug\n"
    assert words("x.container", text)[:5] == [P, "--module=/m.conf", "--log-level", "debug", "run"]
    assert words("x.container", text, "ExecStop")[:5] == [P, "--module=/m.conf", "--log-level", "debug", "rm"]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.container", "[Container]\nImage=a.b/c\nBogus=1\n", "unsupported key 'Bogus' in group 'Container' in /q/a.container"),
        ("a.container", "[Container]\nImage=a.b/c\n[Quadlet]\nX=1\n", "unsupported key 'X' in group 'Quadlet'"),
        ("a.container", "[Container]\n", "no Image or Rootfs key specified"),
        ("a.container", "[Container]\nImage=a\nRootfs=/r\n", "can not be specified together"),
        ("a.container", "[Container]\nImage=a.b/c\nGroup=1\n", "Group set without User"),
        ("a.container", "[Container]\nImage=a.b/c\nPod=p\n", "pod p is not Quadlet based"),
        ("a.container", "[Container]\nImage=a.b/c\nPod=p.pod\n", "quadlet pod unit p.pod does not exist"),
        ("a.container", "[Container]\nImage=a.b/c\nNetwork=n.network\n", "requested Quadlet unit n.network was not found"),
        ("a.container", "[Container]\nImage=n.image\n", "requested Quadlet image n.image was not found"),
        ("a.container", "[Container]\nImage=a.b/c\nVolume=v.volume:/v\n", "requested Quadlet source v.volume was not found"),
        ("a.container", "[Container]\nImage=a.b/c\nMount=type=bind,dst=/x\n", "source parameter is required for mount type bind"),
        ("a.container", "[Container]\nImage=a.b/c\nExposeHostPort=x\n", "invalid port format 'x'"),
        ("a.container", "[Container]\nImage=a.b/c\nReloadCmd=x\nReloadSignal=HUP\n", "mutually exclusive"),
        ("a.container", "[Container]\nImage=a.b/c\n[Service]\nType=simple\n", "invalid service Type 'simple'"),
        ("a.container", "[Container]\nImage=a.b/c\n[Service]\nKillMode=none\n", "invalid KillMode 'none'"),
        ("a.container", "[Container]\nImage=a.b/c\n[Unit]\nAfter=b.container\n", "unable to translate dependency for b.container"),
        ("a.container", "[Container]\nImage=a.b/c\nRemapUid=1\n", "UidMap set without RemapUsers"),
        ("a.container", "[Container]\nImage=a.b/c\nUserNS=auto\nRemapUsers=auto\n", "deprecated Remap keys"),
        ("a.kube", "[Kube]\n", "no Yaml key specified"),
        ("a.kube", "[Kube]\nYaml=a b\nSetWorkingDirectory=yaml\n", "a single Yaml key"),
        ("a.kube", "[Kube]\nYaml=a\nSetWorkingDirectory=/x\n", "unsupported value for WorkingDirectory: /x"),
        ("a.network", "[Network]\nGateway=10.0.0.1\n", "cannot set gateway or range without subnet"),
        ("a.network", "[Network]\nSubnet=10.0.0.0/24\nIPRange=a\nIPRange=b\n", "cannot set more ranges than subnets"),
        ("a.volume", "[Volume]\nType=bind\n", "key Type can't be used without Device"),
        ("a.volume", "[Volume]\nDriver=image\n", "Image is mandatory"),
        ("a.image", "[Image]\n", "no Image key specified"),
        ("a.artifact", "[Artifact]\n", "no Artifact key specified"),
        ("a.build", "[Build]\nFile=/f\n", "no ImageTag key specified"),
        ("a.build", "[Build]\nImageTag=a.b/c\n", "neither SetWorkingDirectory, nor File key specified"),
        ("a.build", "[Build]\nImageTag=a.b/c\nFile=f\n", "relative path in File key requires SetWorkingDirectory"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_a_service_is_told(name, text, problem):
    done = services({name: text})[name]
    assert done.service is None
    assert problem in done.failure


FILES = {
    "n.network": "[Network]\nSubnet=10.1.0.0/24\nGateway=10.1.0.1\nOptions=mtu=9000\nNetworkDeleteOnStop=yes\n",
    "v.volume": "[Volume]\nDevice=/srv/a b\nType=bind\nOptions=ro\nUser=7\nCopy=no\n",
    "i.image": "[Image]\nImage=a.b/img:1\nPolicy=newer\n",
    "b.build": "[Build]\nImageTag=localhost/b\nImageTag=localhost/b2\nSetWorkingDirectory=unit\nPull=always\n",
    "p.pod": "[Pod]\nPublishPort=80:80\n",
    "t@.volume": "[Volume]\n",
}


def test_references_become_names_and_dependencies():
    text = (
        "[Unit]\nAfter=i.image other.service\n[Container]\nImage=b.build\nPod=p.pod\nNetwork=n.network:ip=10.1.0.9\n"
        "Volume=v.volume:/v:ro\nVolume=t@.volume:/t\nMount=type=image,src=i.image,dst=/i\n"
    )
    done = services({**FILES, "c.container": text})
    made = done["c.container"].service
    assert made.values("Unit", "After") == [
        "network-online.target", "i-image.service other.service", "b-build.service", "n-network.service", "v-volume.service",
        "t-volume@.service", "i-image.service", "p-pod.service",
    ]  # fmt: skip
    assert made.values("Unit", "BindsTo") == ["p-pod.service"]
    line = made.command("Service", "ExecStart")
    assert line[-1] == "localhost/b"
    for pair in (
        ["--network", "systemd-n:ip=10.1.0.9"], ["-v", "systemd-v:/v:ro"], ["-v", "systemd-t-%i:/t"], ["--pod", "systemd-p"],
        ["--mount", "type=image,source=a.b/img:1,dst=/i"],
    ):  # fmt: skip
        assert pair in [line[at : at + 2] for at in range(len(line))], pair
    pod = done["p.pod"].service
    assert pod.values("Unit", "Wants") == ["network-online.target", "c.service"]
    assert pod.command("Service", "ExecStartPre") == [
        P, "pod", "create", "--infra-conmon-pidfile=%t/%N.pid", "--replace", "--exit-policy", "stop", "--publish", "80:80",
        "--infra-name", "systemd-p-infra", "--name", "systemd-p",
    ]  # fmt: skip


def test_what_containers_use_is_made_by_a_command_that_ends():
    network = service("n.network", FILES["n.network"])
    assert network.command("Service", "ExecStart") == [
        P, "network", "create", "--ignore", "--opt", "mtu=9000", "--subnet", "10.1.0.0/24", "--gateway", "10.1.0.1", "systemd-n",
    ]  # fmt: skip
    assert network.command("Service", "ExecStopPost") == [P, "network", "rm", "systemd-n"]
    assert (network.value("Service", "Type"), network.value("Service", "RemainAfterExit")) == ("oneshot", "yes")
    volume = service("v.volume", FILES["v.volume"])
    assert volume.command("Service", "ExecStart") == [
        P, "volume", "create", "--ignore", "--opt", "nocopy", "--opt", "device=/srv/a b", "--opt", "type=bind",
        "--opt", "o=uid=7,ro", "systemd-v",
    ]  # fmt: skip
    assert '"/srv/a\\x20b"' in volume.values("Unit", "RequiresMountsFor")
    assert words("i.image", FILES["i.image"]) == [P, "image", "pull", "--policy", "newer", "a.b/img:1"]
    build = service("b.build", FILES["b.build"])
    assert build.command("Service", "ExecStart") == [
        P, "build", "--pull=always", "--tag", "localhost/b", "--tag", "localhost/b2", "/q",
    ]  # fmt: skip
    assert build.value("Service", "WorkingDirectory") == "/q"
    assert words("d.build", "[Build]\nImageTag=x\nSetWorkingDirectory=https://h/x.git\n")[-1] == "https://h/x.git"


def test_yaml_is_played_and_taken_down():
    made = service(
        "k.kube",
        "[Kube]\nYaml=k.yaml /abs.yaml\nAutoUpdate=local web/registry\nSetWorkingDirectory=unit\nKubeDownForce=yes\n",
    )
    assert made.command("Service", "ExecStart") == [
        P, "kube", "play", "--replace", "--service-container=true", "--annotation=io.containers.autoupdate=local",
        "--annotation=io.containers.autoupdate/web=registry", "/q/k.yaml", "/abs.yaml",
    ]  # fmt: skip
    assert made.command("Service", "ExecStopPost") == [P, "kube", "down", "--force", "/q/k.yaml", "/abs.yaml"]
    assert (made.value("Service", "Type"), made.value("Service", "WorkingDirectory")) == ("notify", "/q")


@pytest.mark.parametrize(
    ("image", "warned"),
    [("nginx", True), ("library/nginx", True), ("h.io/x", False), ("localhost/x", False), ("h:5000/x", False), ("sha256:1", False), ("a" * 64, False)],
    ids=str,
)  # fmt: skip
def test_short_names_are_warned_of(image, warned):
    assert (
        any(
            "fully qualified" in text
            for text in services({"a.container": f"[Container]\nImage={image}\n"})["a.container"].warnings
        )
        == warned
    )


EVERY_KEY = {
    "a.container": "\n".join(
        f"{key}={value}"
        for key, value in {
            "AddCapability": "a", "AddDevice": "/dev/null", "AddHost": "a:1.2.3.4", "Annotation": "a=b", "AppArmor": "x", "AutoUpdate": "local",
            "DNS": "1.1.1.1", "DNSOption": "x", "DNSSearch": "x", "DropCapability": "a", "Environment": "A=1", "EnvironmentFile": "/e",
            "EnvironmentHost": "yes", "Entrypoint": "x", "ExposeHostPort": "80", "GIDMap": "0:1:2", "GroupAdd": "x", "HealthCmd": "x",
            "HealthInterval": "1s", "HealthOnFailure": "none", "HealthRetries": "1", "HealthStartPeriod": "1s", "HealthTimeout": "1s",
            "HealthStartupCmd": "x", "HealthStartupInterval": "1s", "HealthStartupRetries": "1", "HealthStartupSuccess": "1",
            "HealthStartupTimeout": "1s", "HostName": "x", "HttpProxy": "no", "IP": "1.2.3.4", "IP6": "::5", "Label": "a=b", "LogDriver": "none",
            "LogOpt": "a=b", "Mask": "/x", "Memory": "1g", "Mount": "type=tmpfs,dst=/x", "Network": "x", "NetworkAlias": "x",
            "NoNewPrivileges": "yes", "PidsLimit": "9", "PublishPort": "80:80", "Pull": "never", "ReadOnly": "yes", "ReadOnlyTmpfs": "no",
            "Retry": "1", "RetryDelay": "1s", "RunInit": "yes", "SeccompProfile": "unconfined", "Secret": "x", "SecurityLabelDisable": "yes",
            "ShmSize": "1m", "StopSignal": "TERM", "StopTimeout": "5", "Sysctl": "a=b", "Timezone": "UTC", "Tmpfs": "/x", "UIDMap": "0:1:2",
            "Ulimit": "nofile=1:2", "Unmask": "ALL", "User": "1", "UserNS": "auto", "Volume": "/a:/b", "WorkingDir": "/", "Image": "a.b/c",
        }.items()
    ),
    "a.pod": (
        "AddHost=a:1.2.3.4\nDNS=1.1.1.1\nDNSOption=x\nDNSSearch=x\nExitPolicy=continue\nGIDMap=0:1:2\nHostName=x\nIP=1.2.3.4\nIP6=::5\n"
        "Label=a=b\nNetwork=x\nNetworkAlias=x\nPublishPort=80:80\nShmSize=1m\nStopTimeout=3\nUIDMap=0:1:2\nUserNS=auto\nVolume=/a:/b"
    ),
    "a.kube": (
        "AutoUpdate=local\nConfigMap=/c\nExitCodePropagation=all\nKubeDownForce=yes\nLogDriver=none\nLogOpt=a=b\nNetwork=x\nPublishPort=80:80\n"
        "UserNS=auto\nYaml=/y"
    ),
    "a.network": (
        "DisableDNS=yes\nDNS=1.1.1.1\nDriver=bridge\nGateway=10.0.0.1\nIPAMDriver=none\nIPRange=10.0.0.0/25\nIPv6=yes\nInterfaceName=x\n"
        "Internal=yes\nLabel=a=b\nNetworkDeleteOnStop=yes\nOptions=mtu=9\nSubnet=10.0.0.0/24"
    ),
    "a.volume": "Copy=yes\nDevice=/d\nDriver=local\nGID=1\nGroup=1\nLabel=a=b\nOptions=ro\nType=bind\nUID=1\nUser=1",
    "a.image": (
        "AllTags=yes\nArch=amd64\nAuthFile=/a\nCertDir=/c\nCreds=a:b\nImage=a.b/c\nOS=linux\nPolicy=always\nRetry=1\nRetryDelay=1s\n"
        "TLSVerify=no\nVariant=v8"
    ),
    "a.artifact": "Artifact=a.b/c\nAuthFile=/a\nCertDir=/c\nCreds=a:b\nQuiet=yes\nRetry=1\nRetryDelay=1s\nTLSVerify=no",
    "a.build": (
        "Annotation=a=b\nArch=amd64\nAuthFile=/a\nBuildArg=a=b\nDNS=1.1.1.1\nDNSOption=x\nDNSSearch=x\nEnvironment=a=b\nFile=/f\nForceRM=yes\n"
        "GroupAdd=1\nIgnoreFile=/i\nImageTag=a.b/c\nLabel=a=b\nNetwork=none\nPull=never\nRetry=1\nRetryDelay=1s\nSecret=id=a,src=/b\nTarget=x\n"
        "TLSVerify=no\nVariant=v8\nVolume=/a:/b"
    ),
}  # fmt: skip
"""Every key of each kind, but those whose flags are refused for a reason of their own (docs/compatibility.md)."""


@pytest.mark.parametrize("name", EVERY_KEY)
def test_every_flag_that_is_written_exists_and_has_an_effect(name):
    section = name.partition(".")[2].capitalize()
    made = service(name, f"[{section}]\n{EVERY_KEY[name]}\n")
    for key in ("ExecStartPre", "ExecStart", "ExecStop", "ExecStopPost"):
        line = made.command("Service", key)
        if line is None:
            continue
        command, arguments = next(
            (target, line[1 + count :])
            for count in (2, 1)
            if (target := ALIASES.get(given := " ".join(line[1 : 1 + count]), given)) in COMMANDS
        )
        table = FlagTable(f"{GLOBAL_FLAGS} {COMMANDS[command][3]}")
        flags, _rest = parse_flags(table, arguments, stop_at_first=COMMANDS[command][2])
        assert not table.refused & flags.keys(), f"{command} refuses a flag that a .{section.lower()} file has"
