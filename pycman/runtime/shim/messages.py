"""The messages between containerd's shims and those who use them: names, numbers and types of their fields. Data only.

The task service of versions 2 and 3 (containerd, api/runtime/task/v2/shim.proto and v3) has the same messages; with them the events that
a shim sends (api/services/ttrpc/events/v1), ttrpc's own envelope (ttrpc, PROTOCOL.md), and the options of two kinds of shims.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.runtime.shim.protobuf import Table

_OF_PROCESS = {"id": (1, "string"), "exec_id": (2, "string")}
_OF_TASK = {"id": (1, "string")}

TABLE: Table = {
    "Request": {
        "service": (1, "string"), "method": (2, "string"), "payload": (3, "bytes"), "timeout_nano": (4, "int"),
        "metadata": (5, "*KeyValue"),
    },
    "KeyValue": {"key": (1, "string"), "value": (2, "string")},
    "Response": {"status": (1, "Status"), "payload": (2, "bytes")},
    "Status": {"code": (1, "int"), "message": (2, "string")},
    "Any": {"type_url": (1, "string"), "value": (2, "bytes")},
    "Timestamp": {"seconds": (1, "int"), "nanos": (2, "int")},
    "Empty": {},

    "CreateTaskRequest": {
        **_OF_TASK, "bundle": (2, "string"), "rootfs": (3, "*Mount"), "terminal": (4, "bool"), "stdin": (5, "string"),
        "stdout": (6, "string"), "stderr": (7, "string"), "checkpoint": (8, "string"), "parent_checkpoint": (9, "string"),
        "options": (10, "Any"),
    },
    "Mount": {"type": (1, "string"), "source": (2, "string"), "target": (3, "string"), "options": (4, "*string")},
    "CreateTaskResponse": {"pid": (1, "uint")},
    "StartRequest": _OF_PROCESS,
    "StartResponse": {"pid": (1, "uint")},
    "StateRequest": _OF_PROCESS,
    "StateResponse": {
        **_OF_TASK, "bundle": (2, "string"), "pid": (3, "uint"), "status": (4, "uint"), "exit_status": (9, "uint"),
        "exited_at": (10, "Timestamp"), "exec_id": (11, "string"),
    },
    "ExecProcessRequest": {
        **_OF_PROCESS, "terminal": (3, "bool"), "stdin": (4, "string"), "stdout": (5, "string"), "stderr": (6, "string"),
        "spec": (7, "Any"),
    },
    "ResizePtyRequest": {**_OF_PROCESS, "width": (3, "uint"), "height": (4, "uint")},
    "CloseIORequest": {**_OF_PROCESS, "stdin": (3, "bool")},
    "KillRequest": {**_OF_PROCESS, "signal": (3, "uint"), "all": (4, "bool")},
    "PidsRequest": _OF_TASK,
    "PidsResponse": {"processes": (1, "*ProcessInfo")},
    "ProcessInfo": {"pid": (1, "uint"), "info": (2, "Any")},
    "PauseRequest": _OF_TASK,
    "ResumeRequest": _OF_TASK,
    "UpdateTaskRequest": {**_OF_TASK, "resources": (2, "Any")},
    "StatsRequest": _OF_TASK,
    "StatsResponse": {"stats": (1, "Any")},
    "WaitRequest": _OF_PROCESS,
    "WaitResponse": {"exit_status": (1, "uint"), "exited_at": (2, "Timestamp")},
    "ConnectRequest": _OF_TASK,
    "ConnectResponse": {"shim_pid": (1, "uint"), "task_pid": (2, "uint"), "version": (3, "string")},
    "DeleteRequest": _OF_PROCESS,
    "DeleteResponse": {"pid": (1, "uint"), "exit_status": (2, "uint"), "exited_at": (3, "Timestamp")},
    "ShutdownRequest": {**_OF_TASK, "now": (2, "bool")},

    "ForwardRequest": {"envelope": (1, "Envelope")},
    "Envelope": {"timestamp": (1, "Timestamp"), "namespace": (2, "string"), "topic": (3, "string"), "event": (4, "Any")},
    "TaskOOM": {"container_id": (1, "string")},
    "TaskExit": {
        "container_id": (1, "string"), "id": (2, "string"), "pid": (3, "uint"), "exit_status": (4, "uint"),
        "exited_at": (5, "Timestamp"),
    },

    "runc.Options": {
        "no_pivot_root": (1, "bool"), "no_new_keyring": (2, "bool"), "shim_cgroup": (3, "string"), "io_uid": (4, "uint"),
        "io_gid": (5, "uint"), "binary_name": (6, "string"), "root": (7, "string"), "systemd_cgroup": (9, "bool"),
    },
    "runtimeoptions.Options": {"type_url": (1, "string"), "config_path": (2, "string")},
}  # fmt: skip

ANSWERS = {
    "Create": "CreateTaskResponse", "Start": "StartResponse", "State": "StateResponse", "Pids": "PidsResponse",
    "Stats": "StatsResponse", "Wait": "WaitResponse", "Connect": "ConnectResponse", "Delete": "DeleteResponse",
}  # fmt: skip
"""The message that answers a method of the task service; the others are answered by an empty one."""

REQUESTS = {"Create": "CreateTaskRequest", "Exec": "ExecProcessRequest", "Update": "UpdateTaskRequest"}
"""The message of a method's request where it is not called METHODRequest."""
