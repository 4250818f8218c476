"""`.kube`: Kubernetes YAML that is played while its service runs."""

from __future__ import annotations

from cli.quadlet.kinds import shared
from cli.quadlet.kinds.working_directory import set_working_directory
from cli.quadlet.task import Flags, Task, TranslationError

FLAGS = Flags(
    others=(
        "AutoUpdate", "ConfigMap", "ExitCodePropagation", "KubeDownForce", "LogDriver", "LogOpt", "Network", "PublishPort",
        "RemapGid", "RemapUid", "RemapUidSize", "RemapUsers", "SetWorkingDirectory", "UserNS", "Yaml",
    ),
)  # fmt: skip


def write(task: Task) -> None:
    """Add the commands that play the YAML and take it down. Raises TranslationError."""
    files = [task.path_beside(path) for path in task.unit.items("Kube", "Yaml")]
    if not files:
        raise TranslationError("no Yaml key specified")
    task.check_kill_mode()
    task.name_the_unit()
    task.is_notified()
    task.default("SyslogIdentifier", "%N")
    play = task.command("kube", "play", "--replace", "--service-container=true")
    propagation = task.value("ExitCodePropagation")
    play += [f"--service-exit-code-propagation={propagation}"] if propagation else []
    play += [*shared.logging(task), *shared.user_mappings(task, manual=False), *shared.networks(task)]
    for update in task.unit.items("Kube", "AutoUpdate"):
        container, slash, policy = update.partition("/")
        play.append(f"--annotation=io.containers.autoupdate{slash}{container if slash else ''}={policy or container}")
    for path in task.unit.items("Kube", "ConfigMap"):
        play += ["--configmap", task.path_beside(path)]
    play += [*shared.published_ports(task), *task.further_arguments(), *files]
    task.service.add_command("Service", "ExecStart", play)
    # also after a start that failed half way
    down = task.command("kube", "down", *task.switch("KubeDownForce", "--force"), *files)
    task.service.add_command("Service", "ExecStopPost", down)
    set_working_directory(task)
