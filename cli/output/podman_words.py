"""What podman says where pycman says something else, by the code of the problem, some of it by command. Pure."""

from __future__ import annotations

from cli.output.error_words import worded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.output.error_words import Sentence
    from pycman.errors import PycmanError

_UP = (
    "cannot remove container {id} as it is {state} - running or paused containers cannot be removed without force:"
    " container state improper"
)

_IMAGE_FILTER = 'invalid image filter "{subject}": must be in the format "filter=value or filter!=value"'


def _pod_is_running(error: PycmanError) -> str:
    """One line for the pod, and one more for each container of it that runs."""
    names = error.facts.get("containers", "").split(", ")
    head = f"not all containers could be removed from pod {error.subject}: removing pod containers"
    return "\n".join([head, *(_UP.format(id=name, state="running") for name in names)])


def _not_in_registry(error: PycmanError) -> str:
    repository, colon, tag = error.subject.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = error.subject, ""
    text = f"initializing source docker://{error.subject}: reading manifest {tag} in {repository}: manifest unknown"
    return " ".join(text.split())


def _no_module(error: PycmanError) -> str:
    places = [f"faccessat {path}: no such file or directory" for path in error.facts.get("places", "").split(":")]
    if len(places) > 1:
        places = [f"{len(places)} errors occurred:", *(f"\t* {place}" for place in places)]
    return f'Failed to obtain podman configuration: could not resolve module "{error.subject}": ' + "\n".join(places)


_PINGING = (
    'pinging container registry {host}: Get "https://{host}/v2/": tls: failed to verify certificate: {reason} ({hint})'
)


PODMAN_WORDS: dict[str, Sentence] = {
    # what is not there
    "no-such-container": 'no container with name or ID "{subject}" found: no such container',
    "rm no-such-container": 'no container with ID or name "{subject}" found: no such container',
    "container rm no-such-container": 'no container with ID or name "{subject}" found: no such container',
    "inspect no-such-container": 'no such container "{subject}"',
    "no-such-image": "{subject}: image not known",
    "build no-such-image": "creating build container: {subject}: image not known",
    "no-such-manifest-list": "{subject}: image not known",
    "no-such-image-name": "{subject}: tag not known",
    "no-such-artifact": "{name}: artifact does not exist",
    "no-such-volume": 'no volume with name "{subject}" found: no such volume',
    "no-such-pod": "no pod with name or ID {subject} found: no such pod",
    "no-such-network": "unable to find network with name or ID {subject}: network not found",
    "no-such-secret": 'no secret with name or id "{subject}": no such secret',
    "no-such-object": 'no such object: "{subject}"',
    "no-such-oci-runtime": 'default OCI runtime "{subject}" not found: invalid argument',
    "no-bind-source": "statfs {subject}: no such file or directory",
    "no-volume-device": "invalid volume option device for driver 'local': faccessat {subject}: no such file or directory",
    "log-not-kept": (
        "this container is using the '{driver}' log driver, cannot read logs: this container is not logging output"
    ),
    "untrusted-certificate": _PINGING,
    "pull untrusted-certificate": "initializing source docker://{subject}: " + _PINGING,
    "manifest inspect untrusted-certificate": 'reading image "docker://{subject}": ' + _PINGING,
    "no-such-module": _no_module,
    "no-such-label": "cannot find the value of label: {label} in image: {image}",
    "no-authfile": "credential file is not accessible: faccessat {subject}: no such file or directory",
    "no-file-of-cidfile": "reading CIDFile: open {path}: no such file or directory",
    "glob-matches-nothing": 'no file paths matching glob "{subject}"',
    "port-not-published": 'failed to find published port "{port}"',
    # TLS of the API's server
    "missing-pem": "open {subject}: no such file or directory",
    "half-a-certificate": "{given} provided without {missing}",
    "empty-pem-certificate": "tls: failed to find any PEM data in certificate input",
    "other-pem-certificate": (
        "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"
    ),
    "empty-pem-key": "tls: failed to find any PEM data in key input",
    "other-pem-key": "tls: found a certificate rather than a key in the PEM for the private key",
    "empty-pem-authority": "{subject}: non-PEM data found",
    "other-pem-authority": "{subject}: non-certificate type `{kind}` PEM data found",
    # commands in containers and in builds
    "command-not-found": (
        "executable file `{subject}` not found in $PATH: No such file or directory:"
        " OCI runtime attempted to invoke a command that was not found"
    ),
    "command-not-executable": "open executable `{subject}`: Permission denied: OCI permission denied",
    "compose-not-executable": "executing {program} {words}: fork/exec {program}: {problem}",
    "no-workdir": 'workdir "{subject}" does not exist on container: {problem}',
    "build-step-failed": 'building at STEP "{step}": {place}: {problem}',
    # values of flags
    "nothing-named": "you must provide at least one name or id",
    "start all-and-names": "either start all containers or the container(s) provided in the arguments",
    "unknown-mount-type": 'invalid filesystem type "{type}"',
    "containers-conf-mount-type": 'parsing containers.conf {key}: invalid filesystem type "{type}"',
    "duplicate-mount-target": "{subject}: duplicate mount destination",
    "not-a-restart-policy": "{subject} invalid restart policy",
    "mount-without-target": "must set volume destination",
    "not-a-device-type": "invalid device type in device-access-add: {subject}",
    "not-a-device-access": "invalid device access in device-access-add: {subject}",
    "not-a-device-number": 'strconv.ParseUint: parsing "{subject}": invalid syntax',
    "not-a-device-rule": 'invalid device cgroup rule requires type, major:Minor, and access rules: "{subject}"',
    "not-a-time": 'failed to parse value as time or duration: "{subject}"',
    "events not-a-time": "failed to parse event filters: {subject}: not a time",
    "not-a-container-status": "unknown container state: {subject}: invalid argument",
    "not-a-pod-status": "{subject} is not a valid pod status",
    "not-a-member-status": "{subject} is not a valid status",
    "not-a-filter-key": "{subject} is an invalid filter",
    "events not-a-filter-key": "failed to parse event filters: {subject} is an invalid filter",
    "images not-a-filter-key": _IMAGE_FILTER,
    "image prune not-a-filter-key": _IMAGE_FILTER,
    "volume ls not-a-filter-key": '"{subject}" is an invalid volume filter',
    "volume prune not-a-filter-key": '"{subject}" is an invalid volume filter',
    "network ls not-a-filter-key": 'invalid filter "{subject}"',
    "network prune not-a-filter-key": 'invalid filter "{subject}"',
    "secret ls not-a-filter-key": 'invalid filter "{subject}"',
    "no-scheme": 'API Service endpoint scheme "{scheme}" is not supported. Try tcp://{text} or unix://{text}',
    "not-a-duration-of-retry-delay": 'time: invalid duration "{text}"',
    "not-a-log-driver": "running container create option: invalid log driver: invalid argument",
    "not-a-filter": "filter input must be in the form of filter=value: {filter} is invalid",
    "images not-a-filter": 'invalid image filter "{filter}": must be in the format "filter=value or filter!=value"',
    "not-an-annotation": "annotation \"{text}\" must include an '=' sign",
    "soft-limit-above-hard": (
        'ulimit option "{ulimit}" requires name=SOFT:HARD, failed to be parsed: ulimit soft limit must be less than or equal'
        " to hard limit: soft: {soft}, hard: {hard}"
    ),
    "flags-contradict": "--{first} and --{second} cannot be set together",
    "platform-contradicted": "--platform option can not be specified with --arch or --os",
    "not-a-pull-policy": 'unsupported pull policy "{policy}"',
    "invalid-ulimit": (
        'ulimit option "{ulimit}" requires name=SOFT:HARD, failed to be parsed: invalid ulimit argument: {ulimit}'
    ),
    "invalid-signal": lambda error: f"invalid signal: {error.facts.get('signal', '')}",
    "signal-out-of-range": "valid signals are 1 through 64",
    "events-not-kept": 'cannot read events with the "none" backend',
    "two-authfiles": (
        "options for paths to the credential file and to the Docker-compatible credential file"
        " can not be set simultaneously"
    ),
    "keep-groups-with-others": "the '--group-add keep-groups' option is not allowed with any other --group-add options",
    "ipc-not-shareable": (
        "joining IPC of container {container} is not allowed: non-shareable IPC"
        " (hint: use IpcMode:shareable for the donor container)"
    ),
    "rootless-noswap": "the 'noswap' option is only allowed with rootful tmpfs mounts: must provide an argument for option",
    "rootless-device-rules": "device cgroup rules are not supported in rootless mode or in a user namespace",
    "rootless-only-user-namespace": "{mode} is only supported in rootless mode",
    "no-health-command": "healthcheck command is not set",
    "on-failure-without-check": "cannot set on-failure action to {action} without a health check",
    "rmi-without-rm": "the --rmi option does not work without --rm",
    "sdnotify-without-check": 'invalid argument: sdnotify policy "healthy" requires a healthcheck to be set',
    "container-id-file-exists": "container id file exists. Ensure another container is not using it or delete {path}",
    # what is in use or taken
    "container-is-up": _UP,
    "namespaces-in-use": (
        "container {subject} has dependent containers which must be removed before it: {containers}:"
        " container already exists"
    ),
    "volume-in-use": "volume {subject} is being used by the following container(s): {containers}: volume is being used",
    "checkpoint-needs-root": "checkpointing a container requires root",
    "restore-needs-root": "restoring a container requires root",
    "container-name-taken": (
        'creating container storage: the container name "{subject}" is already in use by {holder}.'
        " You have to remove that container to be able to reuse that name: that name is already in use"
    ),
    "artifact-name-taken": "{subject}: artifact already exists",
    "append-and-replace": "--append and --replace options cannot be used together",
    "network-name-taken": "network name {subject} already used: network already exists",
    "mac-not-assignable": "{subject}: {problem}: Cannot assign requested address",
    "default-network": "default network {subject} cannot be removed",
    # pods
    "pod-is-running": _pod_is_running,
    "infra-container": (
        "container {subject} is the infra container of pod {pod} and cannot be removed without removing the pod"
    ),
    "service-container": (
        "container {subject} is the service container of pod(s) {pods} and cannot be removed without removing the pod(s)"
    ),
    "pod-name-taken": 'adding pod to state: name "{subject}" is in use: pod already exists',
    "member-with-hostname": (
        "invalid config provided: cannot set hostname when joining the pod UTS namespace: invalid configuration"
    ),
    "not-a-shared-namespace": (
        "invalid kernel namespace to share: {namespace}. Options are: cgroup, ipc, net, pid, uts or none"
    ),
    "not-an-exit-policy": 'running pod create option: invalid pod exit policy: "{subject}"',
    # registries and archives
    "login login-refused": 'logging into "{subject}": invalid username/password',
    "login-refused": "{subject}: {problem}: unauthorized: authentication required",
    "login-required": "{subject}: {problem}: unauthorized: authentication required",
    "registry-name-unknown": "initializing source docker://{subject}: pinging container registry: {problem}",
    "registry-refuses-connections": (
        "initializing source docker://{subject}: pinging container registry {registry}: connection refused"
    ),
    "not-in-registry": _not_in_registry,
    "not-an-archive": "{subject}: payload does not match any of the supported image formats: {problem}",
    "archive-from-terminal": "cannot read from terminal, use command-line redirection or the --input flag",
    "archive-to-terminal": "refusing to save to terminal. Use -o flag or redirect",
    # copies: `cp` adds the facts source, source_place, target, target_place and target_folder, as they were typed
    "cp no-copy-source": '"{source}" could not be found {source_place}: no such file or directory',
    "cp no-copy-target": '"{target}" could not be found {target_place}: no such file or directory',
    "cp corrupt": "source must be a (compressed) tar archive when copying from stdin",
    "cp stream-target-not-a-directory": "destination must be a directory when copying from stdin",
    "cp directory-over-file": "destination must be a directory when copying a directory",
    "cp copy-cannot-overwrite": 'error creating "{target_folder}/{name}": {problem}: file exists',
    "cp copy-target-not-a-file": 'invalid destination: "{target}" must be a directory or a regular file',
}
"""What follows "Error: ", by code; where a command says it in another way, by command and code."""


def podman_message(error: PycmanError, command: str = "") -> str:
    """Return the line that follows "Error: " if `command` ends with it: podman's sentence if there is one, else pycman's own."""
    return worded(PODMAN_WORDS, error, command) or str(error)
