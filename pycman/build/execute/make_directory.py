"""WORKDIR: the directory is made where there is none."""

from __future__ import annotations

import os
import posixpath

from pycman.build.execute.copy_files import FileCopy
from pycman.build.execute.new_layer import store_upper
from pycman.build.execute.owner import owner_of
from pycman.build.execute.root import open_root, writable_root
from pycman.errors import from_os_error
from pycman.linux.open_below import directory_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.build.execute.new_layer import NewLayer
    from pycman.build.options import BuildOptions
    from pycman.build.plan.values import WorkdirStep
    from pycman.build.stack import Stack
    from pycman.state.leases import Lease
    from pycman.state.session import Session


def make_working_directory(
    session: Session, leased: Lease, stack: Stack, step: WorkdirStep, options: BuildOptions
) -> NewLayer | None:
    """Make the directory of a WORKDIR and store the layer; None if it is there already. Raises InvalidInput, NoSpace."""
    path = posixpath.normpath(step.path).lstrip("/")
    with writable_root(session, stack) as root:
        found = directory_below(root.path, path)
        if found is not None:
            os.close(found)
            return None
        top = open_root(root)
        try:
            copy = FileCopy(top, owner=owner_of(root.path, step.owner) or (0, 0))
            copy.make_directory(path)
            copy.close()
        except OSError as error:
            raise from_os_error(error, subject=step.path, doing="cannot make the directory") from error
        finally:
            os.close(top)
        root.unmount()
        latest_ns = None if options.timestamp_s is None else options.timestamp_s * 10**9
        return store_upper(session, leased, stack, root.upper, latest_ns=latest_ns)
