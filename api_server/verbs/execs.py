"""Exec: POST /containers/NAME/exec, GET /exec/ID/json, and the processes for streams/execs.py."""

from __future__ import annotations

import contextlib
import os
import select

from api_server.exec_records import ExecRecords
from api_server.translate.fields import Fields
from api_server.verbs.call import json_answer
from pycman.containers import states
from pycman.containers.catalogue import get_row, spec_of
from pycman.containers.process.exec import Prepared
from pycman.errors import InvalidInput, NotFound, PycmanError
from pycman.runtime.attach import Detached, Streams
from pycman.runtime.attach_protocol import DEFAULT_DETACH_KEYS, parse_detach_keys
from pycman.spec.container import ProcessSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.verbs.call import Answer, Call
    from pycman.engine import Engine
    from pycman.runtime.exec_process import ExecProcess

_SIZE_BYTES = 8
_BEGUN_POLL_MS = 5
_READ_BYTES = 64 << 10


def create(call: Call) -> Answer:
    """Make an exec instance. Raises NotFound, NotRunning, InvalidInput."""
    row = get_row(call.session, call.name)
    states.require_running(call.session, row, "used")
    body = Fields(call.request.json)
    command = list(body.words("Cmd") or ())
    if not command:
        raise InvalidInput("No exec command specified", subject="Cmd")
    env = dict(pair.partition("=")[::2] for pair in body.texts("Env"))
    keys = body.text("DetachKeys") or DEFAULT_DETACH_KEYS
    parse_detach_keys(keys)
    exec_id = ExecRecords(call.session).create(
        {
            "container_id": row["id"],
            "container_name": row["name"],
            "command": command,
            "env": env,
            "user": body.text("User"),
            "workdir": body.text("WorkingDir"),
            "terminal": body.switch("Tty"),
            "privileged": body.switch("Privileged"),
            "stdin": body.switch("AttachStdin"),
            "stdout": body.switch("AttachStdout"),
            "stderr": body.switch("AttachStderr"),
            "keys": keys,
        }
    )
    return json_answer({"Id": exec_id}, 201)


def inspect(call: Call) -> Answer:
    """Describe an exec instance. Raises NotFound."""
    return json_answer(describe(call))


def describe(call: Call) -> dict[str, Any]:
    """Return an exec instance as docker's object. Raises NotFound."""
    record = ExecRecords(call.session).get(call.request.names["id"])
    try:
        spec = spec_of(get_row(call.session, record["container_id"]))
    except NotFound:
        raise NotFound("No such exec instance", subject=record["id"]) from None
    running = record["state"] in ("claimed", "running")
    return {
        "ID": record["id"],
        "Running": running,
        "ExitCode": record["exit_status"],
        "ProcessConfig": {
            "tty": record["terminal"],
            "entrypoint": record["command"][0],
            "arguments": record["command"][1:],
            "privileged": record["privileged"],
            "user": record["user"] or spec.user,
        },
        "OpenStdin": record["stdin"],
        "OpenStderr": record["stderr"],
        "OpenStdout": record["stdout"],
        "CanRemove": not running and record["state"] != "created",
        "ContainerID": record["container_id"],
        "DetachKeys": record["keys"],
        "Pid": record.get("pid", 0) if running else 0,
    }


def _process(record: dict[str, Any]) -> ProcessSpec:
    return ProcessSpec(
        command=tuple(record["command"]),
        env=record["env"],
        user=record["user"],
        workdir=record["workdir"],
        terminal=record["terminal"],
        stdin=record["stdin"],
        privileged=record["privileged"],
        detach_keys=record["keys"],
    )


@contextlib.contextmanager
def _recorded(records: ExecRecords, exec_id: str) -> Any:
    """Yield a list for the exit status; record it, or that of the error, and that the process has ended."""
    status: list[int] = []
    try:
        yield status
    except PycmanError as error:
        status.append(error.exit_status)
        raise
    finally:
        with contextlib.suppress(NotFound):
            records.change(exec_id, state="ended", exit_status=status[-1] if status else 255)


def run(engine: Engine, exec_id: str, descriptors: list[int]) -> dict[str, Any]:
    """Run an instance's process with its streams: stdin, stdout, (stderr without a terminal), sizes, signals."""
    records = ExecRecords(engine.session)
    record = records.get(exec_id)
    terminal = record["terminal"]
    stdin, *outputs, sizes, signals = descriptors
    os.set_blocking(sizes, False)
    rows_and_columns = [(0, 0)]

    def window() -> tuple[int, int]:
        with contextlib.suppress(BlockingIOError):
            data = os.read(sizes, 64 * _SIZE_BYTES)
            last = data[len(data) - _SIZE_BYTES :]
            rows_and_columns[0] = (int.from_bytes(last[:4], "big"), int.from_bytes(last[4:], "big"))
        return rows_and_columns[0]

    streams = Streams(
        stdin=stdin if record["stdin"] else -1,
        stdout=outputs[0] if record["stdout"] or terminal else -1,
        stderr=outputs[1] if not terminal and record["stderr"] else -1,
        terminal=terminal,
        detach_keys=record["keys"],
        wake=signals,
        window=window if terminal else None,
    )
    with _recorded(records, exec_id) as status:
        records.change(exec_id, state="running")
        try:
            status.append(
                engine.containers.execute(record["container_id"], _process(record), streams=streams).exit_status
            )
        except Detached:
            status.append(0)
    return {}


def run_detached(engine: Engine, exec_id: str) -> dict[str, Any]:
    """Run an instance's process without streams, and record when it runs, and how it ends."""
    records = ExecRecords(engine.session)
    record = records.get(exec_id)
    with _recorded(records, exec_id) as status:
        prepared = Prepared(engine.session, record["container_id"], _process(record), detach=False)
        try:
            process = prepared.start(stdin=False, stdout=False, stderr=False)
            try:
                _await_begin(process)
                records.change(exec_id, state="running", pid=process.inner_pid)
                _drop_output(process)
                status.append(process.wait())
            finally:
                process.close()
            if status[-1]:
                prepared.raise_complaint()
        finally:
            prepared.remove()
    return {}


def _await_begin(process: ExecProcess) -> None:
    """Wait until the process runs its command, or has ended."""
    poller = select.poll()
    poller.register(process.pidfd, select.POLLIN)
    while not poller.poll(_BEGUN_POLL_MS) and not process.has_begun():
        pass


def _drop_output(process: ExecProcess) -> None:
    """Read what a process writes to its terminal, until it has ended."""
    poller = select.poll()
    poller.register(process.pidfd, select.POLLIN)
    for descriptor in process.outputs:
        poller.register(descriptor, select.POLLIN)
    while process.pidfd not in (ready := dict(poller.poll())):
        for descriptor in ready:
            try:
                data = os.read(descriptor, _READ_BYTES)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                poller.unregister(descriptor)
