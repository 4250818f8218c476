"""Restore a container that is not here: from an archive, or from an image that holds one."""

from __future__ import annotations

from pycman.containers.checkpoint.archive.create import ImportOptions, create_from_archive, remove_created
from pycman.containers.checkpoint.archive.image import copy_from_image, holds_checkpoint, is_checkpoint
from pycman.containers.checkpoint.archive.read import open_directory, unpack_archive
from pycman.containers.checkpoint.archive.translate import translate
from pycman.containers.checkpoint.restore import restore_container
from pycman.containers.create.conf_defaults import on_default_addresses
from pycman.errors import NotFound, Unsupported
from pycman.linux.files import remove_tree
from pycman.linux.processes import find_program
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from pycman.containers.checkpoint.archive.read import Opened
    from pycman.containers.checkpoint.archive.translate import Translated
    from pycman.containers.checkpoint.options import RestoreOptions
    from pycman.spec.container import ContainerSpec
    from pycman.spec.port import PortMapping
    from pycman.state.session import Session

__all__ = ["Checkpoint", "ImportOptions", "holds_checkpoint", "is_checkpoint"]


class Checkpoint:
    """An opened archive, for a `with` block: `container` is what it holds, `restore` makes and starts that once."""

    def __init__(
        self, session: Session, *, archive: BinaryIO | None = None, image: str = "", subject: str = ""
    ) -> None:
        """Open the stream of an archive, called `subject` in errors, or an image that holds one.

        Raises NotFound, InvalidInput (no checkpoint), Corrupt, Unsupported (what cannot be made here, no root), NoSpace.
        """
        if session.rootless:
            raise Unsupported(
                "only root can checkpoint and restore containers",
                subject="restore",
                hint="use sudo",
                code="restore-needs-root",
            )
        self._session = session
        self._previous: Opened | None = None
        self._directories: list[str] = []
        self._subject = subject or image
        try:
            if archive is None:
                self._directories.append(copy_from_image(session, image))
            else:
                self._directories.append(unpack_archive(session, archive, self._subject))
            self._archive = open_directory(self._directories[0], self._subject)
            self.container: Translated = translate(self._archive.config, self._archive.spec, subject=self._subject)
        except BaseException:
            self.close()
            raise

    def add_previous(self, archive: BinaryIO, subject: str) -> None:
        """Add the archive of the checkpoint of its memory that was made before. Raises as the constructor."""
        self._directories.append(unpack_archive(self._session, archive, subject))
        self._previous = open_directory(self._directories[-1], subject)

    def placed(self, spec: ContainerSpec, *, name: str, ports: Sequence[PortMapping]) -> ContainerSpec:
        """Return a spec under another `name` ("": its own) and with other published `ports` (none: its own).

        Beside the first a second container cannot have its addresses. Ports without one are published as containers.conf says.
        """
        if name:
            attachments = tuple(each.replace(ipv4="", ipv6="", mac_address="") for each in spec.network.attachments)
            spec = spec.replace(name=name, network=spec.network.replace(attachments=attachments))
        if ports:
            spec = spec.replace(ports=on_default_addresses(tuple(ports), containers_conf(self._session)))
        return spec

    def restore(
        self, spec: ContainerSpec, options: RestoreOptions, imported: ImportOptions, *, same_id: bool = True
    ) -> tuple[str, dict[str, int]]:
        """Create the container that `spec` describes, with its own id if `same_id`, and restore it.

        Return its id and CRIU's statistics. Raises what `create_from_archive` and `restore_container` raise; it is removed then.
        """
        container_id = self.create(spec, imported, same_id=same_id)
        try:
            return restore_container(self._session, container_id, options)
        except BaseException:
            remove_created(self._session, container_id, spec, imported)
            raise

    def create(self, spec: ContainerSpec, imported: ImportOptions, *, same_id: bool = True) -> str:
        """Create the container that `spec` describes, ready for `restore_container`, and return its id."""
        self._session.warnings += self.container.warnings
        if self._session.options.oci_runtime or not find_program(spec.oci_runtime or "-"):
            spec = spec.replace(oci_runtime="")  # the one that this command names, or this host's
        try:
            return create_from_archive(
                self._session,
                self._archive,
                spec,
                imported,
                container_id=self.container.id if same_id else "",
                previous=self._previous,
            )
        except NotFound as error:
            if error.subject == spec.image:
                error.hint = "pull or load the image that the checkpoint was made with"
            raise

    def close(self) -> None:
        """Remove the unpacked files."""
        for directory in self._directories:
            remove_tree(directory)

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
