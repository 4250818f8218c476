"""Give a container its SELinux labels when it is created: kept in its spec, its level no other container's of the store.

Only imported on hosts with SELinux. Members of a pod have the labels of its infra container.
"""

from __future__ import annotations

import os

from pycman.jsontext import parse_json
from pycman.linux.selinux import container_contexts, own_context
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.runtime.selinux import DISABLE, NESTED, choose_labels, parse_context, parse_contexts, random_level
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def with_labels(session: Session, spec: ContainerSpec) -> ContainerSpec:
    """Return the spec with labels. The caller inserts it in the same transaction, so that nobody else takes the level.

    Raises Unsupported for options, where the policy has no contexts for containers.
    """
    labels = choose_labels(
        parse_contexts(container_contexts()),
        _options(session, spec),
        level=lambda: _free_level(session),
        like=_joined(session, spec),
        first_process=_first_process(session, spec),
    )
    return spec.replace(security=spec.security.replace(process_label=labels.process, mount_label=labels.mount))


def _options(session: Session, spec: ContainerSpec) -> tuple[str, ...]:
    """Return the options of a container; one that has the host's processes or privileges, and asks for no label, gets none."""
    security = spec.security
    if set(security.label_options) - {NESTED}:
        return security.label_options
    conf = containers_conf(session)
    if (
        security.privileged
        or "host" in (spec.pid_mode.kind, spec.ipc_mode.kind)
        or not (conf.label or not spec.conf_defaults)
    ):
        return (*security.label_options, DISABLE)
    if conf.label_users and spec.conf_defaults and own_context():
        own = parse_context(own_context())
        return (*security.label_options, f"user:{own['user']}", f"role:{own['role']}")
    return security.label_options


def _joined(session: Session, spec: ContainerSpec) -> str:
    """Return the process label of the container whose ipc or pid namespace it joins, or of its pod's infra container; "" without one."""
    infra = []
    if spec.pod_id and not spec.is_infra:
        infra = session.db.rows("SELECT spec FROM containers WHERE pod_id = ? AND is_infra = 1", (spec.pod_id,))
    modes = (spec.pid_mode, spec.ipc_mode)
    joined = [mode.value for mode in modes if mode.kind == "container"]
    marks = ", ".join("?" for _ in joined)
    others = session.db.rows(f"SELECT spec FROM containers WHERE id IN ({marks})", joined) if joined else []
    for row in (*others, *infra):
        label = parse_json(row["spec"]).get("security", {}).get("process_label", "")
        if label:
            return str(label)
    return ""


def _first_process(session: Session, spec: ContainerSpec) -> str:
    if choose_runtime(session, spec.oci_runtime).name in containers_conf(session).runtime_supports_kvm:
        return "kvm"
    return "systemd" if spec.systemd == "always" else ""


def _free_level(session: Session) -> str:
    while True:
        level = random_level(lambda count: int.from_bytes(os.urandom(8), "little") % count)
        taken = "SELECT 1 FROM containers WHERE instr(spec, ?)"
        if session.db.value(taken, (f':{level}"',)) is None:
            return level
