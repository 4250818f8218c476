"""Where the store is, if a storage.conf of pycman's own says so. Parsed once, and kept below the usual run root."""

from __future__ import annotations

import os
import pwd

from pycman.config.storage_conf import StorageConf, load_storage_conf
from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.linux.files import make_directory
from pycman.state.boot_cache import cached, file_key
from pycman.state.paths import Paths, default_root, default_run_root
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def configured_store(own: Sequence[str], uid: int, home: str) -> tuple[str, str]:
    """Return (root, run root) that pycman's own files name for a user, "" for the usual ones. Raises InvalidInput.

    A file of all users says with `graphroot` and `runroot` where root's store is and with `rootless_storage_path` where those
    of others are; a user's own file says with the first two where that user's is.
    """
    usual = Paths(default_root(uid, home), default_run_root(uid, home))
    with suppress(OSError, PycmanError):  # then they are parsed each time
        usual.check()
        make_directory(usual.cache, 0o700)
    root = run_root = ""
    for path in own:
        is_users = path != own[0]
        conf = _parsed(usual, path, f"store-{int(is_users)}")
        if uid and not is_users:
            root = conf.rootless_root or root
        else:
            root, run_root = conf.root or root, conf.run_root or run_root
    return _expanded(root, uid, home), _expanded(run_root, uid, home)


def _parsed(usual: Paths, path: str, name: str) -> StorageConf:
    found = cached(usual, name, [__version__, *file_key([path])], lambda: load_storage_conf((), [path])[0].to_dict())
    return StorageConf.from_dict(found)


def _expanded(path: str, uid: int, home: str) -> str:
    if "$" in path:
        for name, value in (("$HOME", home), ("$UID", str(uid)), ("$USER", _user_name(uid))):
            path = path.replace(name, value)
    return os.path.normpath(path) if path else ""


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
