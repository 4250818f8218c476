"""kube play: create and start the objects in Kubernetes YAML."""

from __future__ import annotations

import os
import sys

from cli.actions.kube.down import print_down
from cli.main import Terminated, fail_softly
from cli.specs.play import play_options
from cli.specs.yaml_files import read_sources
from kube_yaml.api import KubeYaml
from kube_yaml.play.plan import plan_lines
from pycman.errors import InvalidInput
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.call import Call
    from kube_yaml.play.carry_out import PlayReport
    from kube_yaml.play.plan import Change


def run(call: Call) -> int:
    """Play the files and print what was created; or only print the plan (--dry-run), or remove the objects (--down)."""
    sources = read_sources([*call.arguments, *call.values("filename")])
    options = play_options(call, sources)
    kube = KubeYaml(call.engine)
    documents = kube.read(sources)
    if call.flag("down"):
        return print_down(call, kube.down(documents, force=call.flag("force")))
    if call.flag("force"):
        raise InvalidInput("it only works with --down", subject="--force", hint="leave it out")
    maps = kube.read(read_sources(call.values("configmap"))) if call.values("configmap") else []
    documents = kube.with_config_maps(documents, maps)
    notes = kube.check(
        documents,
        validate=options.validate,
        cron_jobs=options.run_cron_jobs,
        podman_names=call.habits.podman_kube_names,
    )
    if not call.habits.plays_are_new:
        _warn(call, notes)
    if call.flag("dry-run"):
        _warn(call, notes)
        return _print_plan(call, kube.plan(documents, options).changes)
    if call.flag("wait") and call.habits.plays_are_new:
        call.print("Use ctrl+c to clean up or wait for pods to exit")
    progress = None
    if not options.quiet:
        from cli.output.progress import progress_for  # only imported where images are pulled

        progress = progress_for(quiet=False)
    report = kube.play(documents, options, progress=progress)
    if call.habits.plays_are_new:  # programs read podman's ids by the number of their line, and both streams as one
        _print(call, report)
        sys.stdout.flush()
        _warn(call, notes)
        call.print_warnings()
    else:
        call.print_warnings()
        _print(call, report)
    status = max((fail_softly(error, call.command) for error in report.errors), default=0)
    if report.service_id:
        _tell_manager(call, report.service_id)
    if call.flag("wait"):
        status = _wait(call, kube, report) or status
        print_down(call, kube.down(documents, force=True))
    return status


def _warn(call: Call, notes: Sequence[str]) -> None:
    for note in notes:
        call.warn(note)


def _tell_manager(call: Call, service_id: str) -> None:
    """Tell a service manager that waits for it that the pods run, and that the service container's monitor is their process."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    from pycman.containers.start.notify import send  # only imported where a service manager waits

    monitor = call.engine.containers.inspect(service_id)["State"]["ConmonPid"]
    send(address, f"MAINPID={monitor}\nREADY=1" if monitor else "READY=1")


def _wait(call: Call, kube: KubeYaml, report: PlayReport) -> int:
    """Wait for the end of the pods, or for SIGINT or SIGTERM; return the status of the first container that failed, else 0.

    SIGINT counts also if the caller ignored it, as a shell does for its background jobs.
    """
    import _signal  # built into the interpreter

    sys.stdout.flush()
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    status, began = 0, ""
    try:
        status = kube.wait(report)
    except (KeyboardInterrupt, Terminated):
        began = "\n"
    if call.habits.plays_are_new:
        call.print(f"{began}Cleaning up containers, pods, and volumes...")
    return status


def _print_plan(call: Call, changes: Sequence[Change]) -> int:
    output = call.string("output", "text")
    if output == "json":
        call.print(format_json([change.to_dict() for change in changes], indent=4))
    elif output == "text":
        for line in plan_lines(changes):
            call.print(line)
    else:
        raise InvalidInput("not an output format", subject=f"--output {output}", hint="use text or json")
    return 0


def _print(call: Call, report: PlayReport) -> None:
    """Print the report as podman does: volumes and secrets first, then each pod with its containers."""
    if report.volumes:
        call.print("Volumes:")
        for name in report.volumes:
            call.print(name)
    if report.secrets:
        call.print("Secrets:")
        for name in report.secrets:
            call.print(name)
    for pod in report.pods:
        call.print("Pod:")
        call.print(pod.pod_id)
        if pod.containers:
            call.print("Container:" if len(pod.containers) == 1 else "Containers:")
            for container in pod.containers:
                call.print(container)
        call.print("")
