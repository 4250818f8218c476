"""All that differs between docker's and podman's command lines, in one table: each habit once, with both values.

Which column holds is decided once for a process, the later of these winning: the name the program was called by ("podman", else
docker's), `compat` in pycman.conf, podman's where PODMAN_SYSTEMD_UNIT is set (a systemd unit that was written for podman, by
Quadlet or `generate systemd`, runs the command), the variable PYCMAN_COMPAT. Code asks `call.habits.NAME` and never for a name of a program.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic, TypeVar

    Value = TypeVar("Value")

    class _Generic(Generic[Value]):
        pass
else:

    class _Generic:
        def __class_getitem__(cls, _item: object) -> type:
            return cls


class _Habit(_Generic["Value"]):
    """One habit: docker's value, podman's, and what it is about; `own` holds under pycman's own name (docker's if not given).

    Reading it gives the value of the column that holds.
    """

    def __init__(self, docker: Value, podman: Value, meaning: str, own: Value | None = None) -> None:
        self.docker = docker
        self.podman = podman
        self.meaning = meaning
        self.own = docker if own is None else own

    def __get__(self, habits: Habits, _owner: type) -> Value:
        if habits.program == "podman":
            return self.podman
        return self.docker if habits.program == "docker" else self.own


class Habits:
    """The habits under one name: "docker", "podman", or "pycman", which has docker's."""

    def __init__(self, program: str) -> None:
        self.program = program

    # The command line
    peer = _Habit("docker", "podman", "whose habits these are")
    global_flags_anywhere = _Habit(False, True, "global flags may stand behind the command")
    buildx_is_buildah = _Habit(False, True, "`buildx version` tells of buildah")
    pids_inside = _Habit(False, True, "top with options of ps shows pids of the container's namespace, not the host's")
    podman_statuses = _Habit(
        False,
        True,
        "statuses of failed commands are podman's: 125, 2 for what is in use, 255 for exec in a stopped container",
    )
    docker_errors = _Habit(
        True, False, "errors that scripts look for are docker's lines: Error response from daemon: …", own=False
    )
    needs_terminal = _Habit(True, False, "-i with -t is refused where standard input is no terminal; else a warning")
    podman_errors = _Habit(False, True, "errors that scripts look for are in podman's words")
    podman_help = _Habit(
        False,
        True,
        "help and usage errors have podman's layout; a group without a command is an error, and so is no command",
    )
    podman_log = _Habit(False, True, "--log-level prints lines of a log (time, level, msg)")
    podman_warnings = _Habit(
        False, True, "warnings are lines of a log (time, level, msg), the engine's notes among them"
    )
    device_rules_need_root = _Habit(False, True, "--device-cgroup-rule of ordinary users is an error, not a warning")
    ports_are_discarded = _Habit(False, True, "-p with --network container:NAME is a warning, not an error")
    signals_with_dash = _Habit(False, True, "--signal may begin with a dash: -TERM, -15")
    # Versions that clients decide by
    release = _Habit("28.3.3", "5.5.2", "the release whose behaviour is given, as `--version` and `version` tell it")
    version_line = _Habit(
        "Docker version {release}, build pycman-{version}",
        "podman version {release}",
        "what `--version` prints",
        own="pycman version {version}",
    )
    podman_versions = _Habit(
        False, True, "`version` is in podman's shape: a Client alone, versions of the API are releases"
    )
    api_version = _Habit("1.51", "5.5.2", "version of the API in `version` and `info`")
    min_api_version = _Habit("1.24", "4.0.0", "the oldest version of the API in `version`")
    # Listings
    table_layout = _Habit((10, 3), (12, 2), "tables: least width of a column, blanks between columns")
    json_array = _Habit(
        False, True, "`--format json` prints one indented array of typed values, not an object of strings a line"
    )
    escapes_in_formats = _Habit(False, True, "\\\\n and \\\\t in a `--format` of `inspect` are a newline and a tab")
    blanks_are_tabs = _Habit(False, True, "a blank between two fields of a `table` template parts columns")
    percent_of_nothing = _Habit(False, True, "`system df` writes (0%) also where nothing takes space")
    podman_rows = _Habit(False, True, "times, labels, mounts and states in fields of `ps` are podman's")
    df_has_builds = _Habit(True, False, "`system df` has a line, and with --verbose a table, of the cache of builds")
    df_format_excludes = _Habit(False, True, "`system df --format` is refused with --verbose")
    podman_stats = _Habit(
        False, True, "`stats` has podman's columns and keys, the oldest container first, and sizes in decimal units"
    )
    oldest_first = _Habit(False, True, "`ps` begins with the oldest container")
    quiet_excludes = _Habit(False, True, "`ps --quiet` is refused together with --size or --ns")
    familiar_names = _Habit(True, False, "names of images are shown without docker.io/library/ and localhost/")
    utc_history = _Habit(False, True, "CreatedAt of `history` is a time in UTC, not RFC 3339")
    docker_networks = _Habit(
        True, False, "networks bridge (the default one), host and none are listed, inspected, never removed", own=False
    )
    docker_info = _Habit(True, False, "`info` prints docker's lines, and docker's release as ServerVersion", own=False)
    network_scope = _Habit(True, False, "`network ls` has a column SCOPE")
    network_ids = _Habit(True, False, "`network create` and `network ls --quiet` print ids, not names")
    # Objects and ids
    podman_objects = _Habit(False, True, "`inspect` prints objects in podman's shape (docs/compatibility.md)")
    inspected_keys = _Habit("docker", "podman", "whose keys `inspect` prints as JSON", own="")
    podman_info = _Habit(False, True, "`info` has podman's keys and is YAML")
    login_line = _Habit("Login Succeeded", "Login Succeeded!", "what `login` says at last")
    names_by_their_end = _Habit(False, True, "a local image may be meant by the end of its name after a slash")
    build_jobs = _Habit(0, 1, "how many stages `build` builds at a time; 0 is as many as there are processors")
    id_prefix = _Habit("sha256:", "", "what stands before an image's id where a command prints it")
    docker_events = _Habit(True, False, "`events` leaves out what docker has no event of: init, cleanup", own=False)
    podman_events = _Habit(False, True, "`events` names actions as podman does, image and name before other attributes")
    # Containers
    copy_follows_links = _Habit(False, True, "`cp` follows a symbolic link that is its source")
    copy_gives_to_user = _Habit(
        False, True, "`cp` gives files to the container's user (--archive=false keeps their owner)"
    )
    copy_from_workdir = _Habit(
        False, True, "relative paths of `cp` begin in the container's working directory, not at /"
    )
    commit_pauses = _Habit(True, False, "`commit` pauses the container unless told otherwise")
    exec_passes_term = _Habit(
        True, False, "`exec -t` gives the process the caller's TERM, not the container's or xterm"
    )
    workdir_is_made = _Habit(True, False, "`run --workdir` of a directory that is not there makes it")
    missing_waits_print = _Habit(False, True, "`wait --ignore` prints -1 for a container that is not there")
    until_is_later = _Habit(False, True, "a duration of `--until` (logs, events) is from now on, not before")
    exec_prints_session = _Habit(False, True, "`exec --detach` prints the id of the session")
    logs_in_utc = _Habit(True, False, "`logs --timestamps` prints UTC, not local time")
    id_file_is_kept = _Habit(
        False, True, "the file of --cidfile may exist, and is removed with the container", own=False
    )
    systemd = _Habit("false", "true", "containers whose command is systemd or init are prepared for it", own="true")
    same_mount_once = _Habit(False, True, "the same --volume twice is one, not an error")
    aliases_everywhere = _Habit(False, True, "--network-alias holds on every network, not on the first")
    forced_rm_is_silent = _Habit(False, True, "`rm --force` of what is not there says nothing")
    mount_prints_names = _Habit(False, True, "`mount --all` and `image mount` print names beside paths")
    failed_is_unhealthy = _Habit(
        False, True, "`healthcheck run` says unhealthy of a check that failed, also before the last retry"
    )
    names_numbers = _Habit(
        False, True, "a --user that is a number nobody has gets a line in the container's /etc/passwd"
    )
    health_log_size = _Habit(4096, 500, "how many characters of a health check's output are kept")
    # Images, networks, volumes
    rmi_keeps_containers = _Habit(True, False, "`rmi --force` leaves containers of the image alone")
    podman_progress = _Habit(False, True, "progress that no terminal shows is in podman's lines: Copying blob sha256:…")
    pull_prints_id = _Habit(False, True, "`pull` prints the id alone; progress goes to standard error")
    build_status_of_step = _Habit(False, True, "`build` ends with the status of the RUN that failed")
    force_removes_users = _Habit(
        False, True, "--force of `volume rm` and `network rm` removes the containers that use them"
    )
    stopped_hold_networks = _Habit(False, True, "`network rm` refuses a network that stopped containers are on")
    prune_keeps_networks = _Habit(
        False, True, "`network prune` keeps networks that stopped containers are on", own=True
    )
    prune_reports = _Habit(True, False, "prunes print a heading and the bytes freed, not names alone")
    prune_asks_by_name = _Habit(
        False, True, "`volume prune` tells the volumes before it asks, and only that there are none if so"
    )
    volume_create_again = _Habit(True, False, "`volume create` of an existing volume succeeds")
    generates_as_podman = _Habit(
        False,
        True,
        "`kube generate` writes creationTimestamp, and what runs into `command` where an image has no entry point",
    )
    plays_are_new = _Habit(
        False,
        True,
        "`kube play` refuses pods that are there already, or makes them anew (--replace), also if they have not changed",
    )
    played_tmpfs = _Habit(
        False,
        True,
        "containers of `kube play` have /run, /tmp and /var/tmp in memory, writable also if they are read-only",
    )
    podman_kube_names = _Habit(False, True, "names in Kubernetes YAML that only podman takes are warnings, not errors")


def habits_table() -> list[tuple[str, Any, Any, str]]:
    """Return the table: name, docker's value, podman's value and meaning of each habit."""
    return [
        (name, habit.docker, habit.podman, habit.meaning)
        for name, habit in vars(Habits).items()
        if isinstance(habit, _Habit)
    ]


_habits = {program: Habits(program) for program in ("pycman", "docker", "podman")}
_decided: list[str] = []


def habits_of(program: str) -> Habits:
    """Return the habits under a name: "podman", "docker" or "pycman"; any other name is pycman's."""
    return _habits.get(program, _habits["pycman"])


def current_habits() -> Habits:
    """Return the habits of this process, decided once. Raises InvalidInput for a wrong value of PYCMAN_COMPAT or of `compat`."""
    if not _decided:
        name = os.path.basename(sys.argv[0]) if sys.argv else ""
        _decided.append(name)  # for the report of an error in what follows
        of_unit = "podman" if os.environ.get("PODMAN_SYSTEMD_UNIT") else ""
        _decided[0] = os.environ.get("PYCMAN_COMPAT") or of_unit or _setting() or name
        if os.environ.get("PYCMAN_COMPAT", "docker") not in ("", "docker", "podman"):
            from pycman.errors import InvalidInput  # only imported to report an error

            raise InvalidInput(
                "not a program to be compatible with",
                subject=f"PYCMAN_COMPAT={_decided[0]}",
                hint="use docker or podman",
            )
    return habits_of(_decided[0])


def _setting() -> str:
    """Return `compat` of the user's pycman.conf, else of the host's; "" if neither says it."""
    for folder in (os.environ.get("XDG_CONFIG_HOME") or f"{os.environ.get('HOME', '')}/.config", "/etc"):
        path = f"{folder}/pycman/pycman.conf"
        if os.access(path, os.F_OK):
            from pycman.config.pycman_conf import load_compat  # only imported where the file exists

            chosen = load_compat(path)
            if chosen:
                return chosen
    return ""
