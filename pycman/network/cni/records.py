"""Records of attachments, one file each below a directory of the caller's; a kill -9 at any point leaves a valid one.

    CONTAINER@NETWORK@INTERFACE.json     a line with the AttachmentRecord, then one for each plugin that has finished: its result
    CONTAINER.lock                       locked while a plugin runs for the container; removed with its last attachment

Of the three names only that of an interface can have an @ (CNI spec 1.0.0, section 2, "Parameters").
"""

from __future__ import annotations

import os

from pycman.contexts import contextmanager, suppress
from pycman.errors import Corrupt, PycmanError, from_os_error
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import locked, make_directory, remove_unfinished, write_atomic
from pycman.network.cni.conf import NetworkList
from pycman.network.cni.request import Attachment
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_SUFFIX = ".json"
_TEMPORARY_SUFFIX = ".tmp"
"""Suffix of the temporary files of linux.files.write_atomic."""


class AttachmentRecord(Record):
    """An attachment as it was added: `result` is that of the last plugin that finished, as the plugin printed it.

    While it is not `complete`, ADD is running, has failed, or was killed.
    """

    network: NetworkList
    attachment: Attachment
    complete: bool = False
    result: dict[str, Any] | None = None


@contextmanager
def exclusive(folder: str, container_id: str, timeout_s: float) -> Iterator[None]:
    """Keep other threads and processes from calling plugins for a container. Raises TimedOut.

    "The container runtime must not invoke parallel operations for the same container" (section 3).
    """
    path = f"{folder}/{container_id}.lock"
    try:
        make_directory(folder, 0o700)
        with locked(path, timeout_s=timeout_s, subject=container_id):
            try:
                yield
            finally:
                if not _names(folder, container_id):
                    os.unlink(path)
    except OSError as error:
        raise from_os_error(error, subject=folder, doing="cannot keep records of CNI attachments") from error


def save(folder: str, record: AttachmentRecord) -> None:
    """Write the record of an attachment that is about to be added. It is on the disk then, as the lease of a plugin may be."""
    path = _path(folder, record.attachment, record.network.name)
    write_atomic(path, format_json(record.to_dict()) + "\n", mode=0o600)


def add_result(folder: str, record: AttachmentRecord) -> None:
    """Add a plugin's result, and whether it is the last one's, to a saved record.

    It is not waited for: after a loss of power, which no namespace survives, an attachment is deleted without a result as well.
    """
    line = format_json({"complete": record.complete, "result": record.result}) + "\n"
    path = _path(folder, record.attachment, record.network.name)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        view = memoryview(line.encode())
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def load(folder: str, attachment: Attachment, network_name: str) -> AttachmentRecord | None:
    """Return the record of an attachment, None if there is none. Raises Corrupt."""
    return _read(_path(folder, attachment, network_name))


def forget(folder: str, attachment: Attachment, network_name: str) -> None:
    """Remove a record, and temporary files of a killed `save`."""
    own = os.path.basename(_path(folder, attachment, network_name))
    for name in _names(folder, attachment.container_id):
        if name == own or (name.startswith(f"{own}.") and name.endswith(_TEMPORARY_SUFFIX)):
            os.unlink(f"{folder}/{name}")


def discard_unfinished(folder: str, container_id: str, timeout_s: float) -> None:
    """Remove what a killed call left of a container without a record: temporary files, the lock. Raises TimedOut."""
    if os.path.exists(f"{folder}/{container_id}.lock"):
        with exclusive(folder, container_id, timeout_s):
            remove_unfinished(folder, f"{container_id}@")


def container_ids(folder: str) -> set[str]:
    """Return the ids of all containers that have attachments."""
    try:
        return {name.partition("@")[0] for name in os.listdir(folder) if name.endswith(_SUFFIX)}
    except FileNotFoundError:
        return set()


def list_records(folder: str, container_id: str = "") -> list[AttachmentRecord]:
    """Return the records of a container, or all; unreadable ones are left out."""
    found_records = []
    for name in _names(folder, container_id):
        if name.endswith(_SUFFIX):
            with suppress(PycmanError):
                record = _read(f"{folder}/{name}")
                found_records += [record] if record is not None else []
    return found_records


def _names(folder: str, container_id: str) -> list[str]:
    """Return the names of the files of a container's attachments, or of all."""
    prefix = f"{container_id}@" if container_id else ""
    try:
        return sorted(name for name in os.listdir(folder) if "@" in name and name.startswith(prefix))
    except FileNotFoundError:
        return []


def _read(path: str) -> AttachmentRecord | None:
    try:
        with open(path, "rb") as file:
            first, *results = file.read().split(b"\n")
    except FileNotFoundError:
        return None
    value = _parse(path, first)
    for line in results[:-1]:  # what follows the last newline was not written to its end
        try:
            result = _parse(path, line)
        except Corrupt:  # nor was this, before a loss of power
            break
        value |= {"complete": result.get("complete"), "result": result.get("result")}
    return AttachmentRecord.from_dict(value)


def _parse(path: str, line: bytes) -> dict[str, Any]:
    value = parse_json(line, subject=path)
    if not isinstance(value, dict):
        raise Corrupt("it is not a record of a CNI attachment", subject=path)
    return value


def _path(folder: str, attachment: Attachment, network_name: str) -> str:
    return f"{folder}/{attachment.container_id}@{network_name}@{attachment.interface}{_SUFFIX}"
