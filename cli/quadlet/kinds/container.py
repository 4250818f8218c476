"""`.container`: a container that runs while its service does."""

from __future__ import annotations

import os
import re

from cli.quadlet.kinds import shared
from cli.quadlet.names import container_name
from cli.quadlet.task import Flags, Task, TranslationError
from cli.quadlet.words import quote_words

_HEALTH = {
    "HealthCmd": "cmd", "HealthInterval": "interval", "HealthOnFailure": "on-failure",
    "HealthLogDestination": "log-destination", "HealthMaxLogCount": "max-log-count", "HealthMaxLogSize": "max-log-size",
    "HealthRetries": "retries", "HealthStartPeriod": "start-period", "HealthTimeout": "timeout",
    "HealthStartupCmd": "startup-cmd", "HealthStartupInterval": "startup-interval",
    "HealthStartupRetries": "startup-retries", "HealthStartupSuccess": "startup-success",
    "HealthStartupTimeout": "startup-timeout",
}  # fmt: skip
_SECURITY = {
    "SecurityLabelType": "label=type:", "SecurityLabelFileType": "label=filetype:", "SecurityLabelLevel": "label=level:",
    "AppArmor": "apparmor=", "SeccompProfile": "seccomp=",
}  # fmt: skip
_SECURITY_SWITCHES = {"SecurityLabelDisable": "label=disable", "SecurityLabelNested": "label=nested"}
_SECURITY_PATHS = {"Mask": "mask", "Unmask": "unmask"}
FLAGS = Flags(
    one={
        "Timezone": "--tz", "PidsLimit": "--pids-limit", "ShmSize": "--shm-size", "WorkingDir": "--workdir", "IP": "--ip",
        "IP6": "--ip6", "HostName": "--hostname", "StopSignal": "--stop-signal", "StopTimeout": "--stop-timeout",
        "Pull": "--pull", "Memory": "--memory", "Retry": "--retry", "RetryDelay": "--retry-delay",
    },
    each={
        "NetworkAlias": "--network-alias", "Ulimit": "--ulimit", "DNS": "--dns", "DNSOption": "--dns-option",
        "DNSSearch": "--dns-search", "GroupAdd": "--group-add", "AddHost": "--add-host", "Tmpfs": "--tmpfs",
    },
    switches={
        "RunInit": "--init", "EnvironmentHost": "--env-host", "HttpProxy": "--http-proxy",
        "ReadOnlyTmpfs": "--read-only-tmpfs",
    },
    pairs={"Environment": "--env", "Label": "--label", "Annotation": "--annotation"},
    others=(
        "AddCapability", "AddDevice", "AutoUpdate", "CgroupsMode", "ContainerName", "DropCapability", "Entrypoint",
        "EnvironmentFile", "Exec", "ExposeHostPort", "Group", "Image", "LogDriver", "LogOpt", "Mount", "Network",
        "NoNewPrivileges", "Notify", "Pod", "PublishPort", "ReadOnly", "ReloadCmd", "ReloadSignal", "Rootfs", "Secret",
        "StartWithPod", "Sysctl", "User", "VolatileTmp", "Volume", *shared.USER_MAPPING_KEYS, *_HEALTH, *_SECURITY,
        *_SECURITY_SWITCHES, *_SECURITY_PATHS,
    ),
)  # fmt: skip
_PORTS = re.compile(r"\d+(-\d+)?(/udp|/tcp)?$")


def write(task: Task) -> None:
    """Add the commands that run and remove the container. Raises TranslationError."""
    image, rootfs = task.value("Image"), task.value("Rootfs")
    if not image and not rootfs:
        raise TranslationError("no Image or Rootfs key specified")
    if image and rootfs:
        raise TranslationError("the Image And Rootfs keys conflict can not be specified together")
    image = shared.image_source(task, image)
    name = container_name(task.unit)
    task.name_the_unit()
    task.check_kill_mode()
    remove = task.command("rm", "-v", "-f", "-i", name)
    task.service.add_command("Service", "ExecStop", remove)
    # systemd runs ExecStop only where the main process, which is the monitor, has not been killed
    task.service.add("Service", "ExecStopPost", "-" + quote_words(remove))
    _reload(task, name)
    words = task.command("run", "--name", name, "--replace", "--rm", *shared.logging(task))
    task.service.add("Service", "Delegate", "yes")
    mode = task.value("CgroupsMode")
    words += ["--cgroups", mode] if mode else ["--cgroups=split"]
    entrypoint = task.unit.value("Container", "Entrypoint")
    words += [] if entrypoint is None else [f"--entrypoint={entrypoint}"]  # an empty one takes the image's away
    words += [*task.plain_flags(FLAGS), *shared.networks(task)]
    if task.is_notified():
        words += [f"--sdnotify={_who_notifies(task)}", "-d"]
    task.default("SyslogIdentifier", "%N")
    words += [*_security(task), *_devices(task), *_capabilities(task), *_read_only(task), *_user(task)]
    words += [*shared.user_mappings(task), *shared.volumes(task)]
    update = task.value("AutoUpdate")
    words += ["--label", f"io.containers.autoupdate={update}"] if update else []
    words += [*_exposed_ports(task), *shared.published_ports(task)]
    for path in task.unit.arguments("Container", "EnvironmentFile"):
        words += ["--env-file", task.path_beside(path)]
    words += task.arguments("Secret", "--secret")
    for text in task.unit.arguments("Container", "Mount"):
        words += ["--mount", shared.mount(task, text)]
    for key, flag in _HEALTH.items():
        words += task.flag(key, f"--health-{flag}")
    words += [*_pod(task), *task.further_arguments(), *([image] if image else ["--rootfs", rootfs])]
    task.service.add_command("Service", "ExecStart", [*words, *task.last_command("Exec")])


def _who_notifies(task: Task) -> str:
    if task.value("Notify").lower() == "healthy":
        return "healthy"
    return "container" if task.unit.switch("Container", "Notify") else "conmon"


def _reload(task: Task, name: str) -> None:
    signal, command = task.value("ReloadSignal"), task.last_command("ReloadCmd")
    if signal and command:
        raise TranslationError("ReloadCmd and ReloadSignal are mutually exclusive but both are set")
    if command:
        task.service.add_command("Service", "ExecReload", task.command("exec", name, *command))
    elif signal:
        task.service.add_command("Service", "ExecReload", task.command("kill", "--signal", signal, name))


def _security(task: Task) -> list[str]:
    words = ["--security-opt=no-new-privileges"] if task.unit.switch("Container", "NoNewPrivileges") else []
    for key, option in _SECURITY_SWITCHES.items():
        words += ["--security-opt", option] if task.unit.switch("Container", key) else []
    for key, option in _SECURITY.items():
        words += ["--security-opt", option + task.value(key)] if task.value(key) else []
    for key, option in _SECURITY_PATHS.items():
        for path in task.unit.arguments("Container", key):
            words += ["--security-opt", f"{option}={path}"]
    return words


def _devices(task: Task) -> list[str]:
    words = []
    for device in task.unit.items("Container", "AddDevice"):
        wanted = device.removeprefix("-")
        if wanted == device or os.path.exists(wanted.partition(":")[0]):
            words += ["--device", wanted]
    return words


def _capabilities(task: Task) -> list[str]:
    words = []
    for key, flag in (("DropCapability", "--cap-drop"), ("AddCapability", "--cap-add")):
        for name in task.unit.items("Container", key):
            words += [flag, name.lower()]
    return [*words, *task.items("Sysctl", "--sysctl")]


def _read_only(task: Task) -> list[str]:
    words = task.switch("ReadOnly", "--read-only")
    if task.unit.switch("Container", "VolatileTmp") and "--read-only" not in words:
        words += ["--tmpfs", "/tmp:rw,size=512M,mode=1777"]
    return words


def _user(task: Task) -> list[str]:
    user, group = task.value("User"), task.value("Group")
    if group and not user:
        raise TranslationError("invalid Group set without User")
    return ["--user", f"{user}:{group}" if group else user] if user else []


def _exposed_ports(task: Task) -> list[str]:
    words = []
    for text in task.unit.values("Container", "ExposeHostPort"):
        port = text.strip()
        if not _PORTS.search(port):
            raise TranslationError(f"invalid port format '{port}'")
        words += ["--expose", port]
    return words


def _pod(task: Task) -> list[str]:
    pod = task.value("Pod")
    if not pod:
        return []
    if not pod.endswith(".pod"):
        raise TranslationError(f"pod {pod} is not Quadlet based")
    if pod not in task.made:
        raise TranslationError(f"quadlet pod unit {pod} does not exist")
    made = task.made[pod]
    task.service.add("Unit", "BindsTo", made.unit())
    task.service.add("Unit", "After", made.unit())
    # a template has no instance that the pod could start
    if task.unit.template()[1] != "" and task.unit.switch("Container", "StartWithPod") is not False:
        made.members.append(task.service.name)
    return ["--pod", made.resource]
