"""RUN --mount: what a step is shown for its time, as mounts of its container.

    bind     a path of the context, a stage or an image: opened inside its tree, written changes are dropped
    cache    a directory of the store (cache/mounts.py)
    tmpfs    memory
    secret   a file in memory, or a variable; never in a layer, a row or the history
    ssh      the socket of the caller's agent

The files of heredocs (RUN <<EOF) come the same way. Their directory in the run root bears this process in its name, so
that it is removed if the build is killed. With secrets it is a tmpfs, which is unmounted as soon as the step has its own
mounts of the files in it: from then on they are in the memory of that step alone, and go with it whatever happens to the build.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack

from pycman.build.context.tree import clean
from pycman.build.execute.stack_tree import digest_of
from pycman.contexts import contextmanager, suppress
from pycman.errors import InvalidInput, MountFailed, NotFound, Unsupported, from_os_error
from pycman.jsontext import format_json
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.folder import Folder
from pycman.linux.mounts import mount_tmpfs, unmount, unmount_below
from pycman.linux.processes import start_time
from pycman.spec.mount import Mount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pycman.build.context.tree import Match, SourceTree
    from pycman.build.execute.trees import Trees
    from pycman.build.options import BuildOptions
    from pycman.build.plan.values import PlannedMount, RunStep
    from pycman.build.stack import StageState
    from pycman.state.session import Session

_SECRET_LIMIT_BYTES = 512_000
"""Docker's limit for secrets."""


_NO_INPUTS = frozenset(("resources", "cgroup_parent", "http_proxy", "dns", "dns_search", "dns_options"))
"""Options of RUN that do not change what a command comes to: limits, and ways to the network."""


class Shown:
    """What the process of a RUN is shown: mounts, variables read from files when it starts, other variables."""

    def __init__(
        self, mounts: tuple[Mount, ...], env_files: dict[str, str], env: dict[str, str], in_memory: str = ""
    ) -> None:
        self.mounts = mounts
        self.env_files = env_files
        self.env = env
        self._in_memory = in_memory

    def release(self) -> None:
        """Unmount the tmpfs of secrets: the process has its own mounts of the files by now, or will never have any."""
        if self._in_memory:
            unmount(self._in_memory)
            self._in_memory = ""


class RunMounts:
    """The mounts of one RUN. `digests` name what they show, for the step's key."""

    def __init__(
        self,
        session: Session,
        step: RunStep,
        trees: Trees,
        options: BuildOptions,
        states: Mapping[int, StageState],
    ) -> None:
        self._session = session
        self._step = step
        self._options = options
        self._found: dict[str, tuple[SourceTree, Match]] = {}
        for planned in step.mounts:
            if planned.origin is not None:
                tree = trees.tree(planned.origin, states)
                self._found[planned.target] = tree, _only_match(tree, planned)

    def digests(self) -> Mapping[str, str]:
        """Return the digest of what each bind mount shows, and what the caller gives every RUN beside the instruction."""
        digests = {
            f"mount:{target}": digest_of(self._session, tree, match, None, "")
            for target, (tree, match) in self._found.items()
        }
        given = {name: value for name, value in self._options.run.to_dict().items() if name not in _NO_INPUTS}
        if given:
            digests["options"] = format_json(given, sort_keys=True)
        return digests

    @contextmanager
    def prepared(self) -> Iterator[Shown]:
        """Yield what the container is shown. Raises NotFound (secret), Unsupported (ssh)."""
        mounts: list[Mount] = []
        env_files: dict[str, str] = {}
        env: dict[str, str] = {}
        with ExitStack() as exits:
            folder = in_memory = ""
            has_secrets = any(planned.mount.type == "secret" for planned in self._step.mounts)
            if self._step.files or has_secrets:
                folder = exits.enter_context(run_folder(self._session))
                if has_secrets and _mounted_tmpfs(folder):
                    in_memory = folder
            for number, planned in enumerate(self._step.mounts):
                if planned.mount.type == "ssh" and not planned.target:
                    planned = planned.replace(target=f"/run/buildkit/ssh_agent.{number}")  # docker's default
                mounts += self._mounts_of(planned, number, folder, exits, env_files)
                if planned.mount.type == "ssh" and mounts and mounts[-1].target == planned.target:
                    env["SSH_AUTH_SOCK"] = planned.target
            for number, file in enumerate(self._step.files):
                with Folder(folder) as written:
                    path = written.write(f"file-{number}", file.content, mode=file.mode)
                mounts.append(Mount(kind="bind", source=path, target=file.name, read_only=True))
            yield Shown(tuple(mounts), env_files, env, in_memory)

    def _mounts_of(
        self, planned: PlannedMount, number: int, folder: str, exits: ExitStack, env_files: dict[str, str]
    ) -> list[Mount]:
        kind = planned.mount.type
        if kind == "bind":
            return [self._bind(planned, exits)]
        if kind == "cache":
            return [self._cache(planned, exits)]
        if kind == "tmpfs":
            size = planned.mount.size_bytes
            options = (f"size={size}",) if size else ()
            return [Mount(kind="tmpfs", target=planned.target, options=options)]
        if kind == "secret":
            return self._secret(planned, number, folder, env_files)
        if kind == "ssh":
            return self._ssh(planned)
        raise Unsupported("not a type of RUN --mount", subject=kind)

    def _bind(self, planned: PlannedMount, exits: ExitStack) -> Mount:
        """Return a bind of a path inside its tree: the container room opens `subpath` below `source`, never out of it."""
        tree, match = self._found[planned.target]
        source = tree.path
        if tree.rules is not None:
            from pycman.build.execute.excluded import hide_excluded  # only for contexts with an ignore file

            source = exits.enter_context(hide_excluded(self._session, tree, match))
        return Mount(
            kind="bind",
            source=source,
            target=planned.target,
            subpath=match.path,
            read_only=planned.mount.read_only,
            options=("ro",) if planned.mount.read_only else ("O",),
        )

    def _cache(self, planned: PlannedMount, exits: ExitStack) -> Mount:
        from pycman.build.cache.mounts import CacheMount, cache_directory  # only for steps that are not cached

        mount = planned.mount
        salt = ""
        found = self._found.get(planned.target)
        if found is not None:
            salt = digest_of(self._session, *found, None, "")
        wanted = CacheMount(
            id=mount.id or planned.target,
            sharing=mount.sharing or "shared",
            mode=0o755 if mount.mode is None else mount.mode,
            uid=mount.uid or 0,
            gid=mount.gid or 0,
            salt=salt,
        )

        def fill(path: str) -> None:
            if found is None:
                return
            from pycman.build.execute.copy_files import FileCopy  # only for a new cache that begins with files

            top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            copy = FileCopy(top)
            try:
                copy.content(*found, "")
            finally:
                copy.close()
                os.close(top)

        path = exits.enter_context(cache_directory(self._session, wanted, fill))
        return Mount(kind="bind", source=path, target=planned.target, read_only=mount.read_only)

    def _secret(self, planned: PlannedMount, number: int, folder: str, env_files: dict[str, str]) -> list[Mount]:
        mount = planned.mount
        content = self._secret_content(mount.id)
        if content is None:
            if mount.required:
                raise NotFound(
                    "no such secret",
                    subject=mount.id,
                    hint=f"pass it with --secret id={mount.id},src=FILE",
                    code="no-such-secret",
                )
            return []
        with Folder(folder) as written:
            path = written.write(
                f"secret-{number}",
                content,
                mode=0o400 if mount.mode is None else mount.mode,
                owner=(mount.uid or 0, mount.gid or 0),
            )
        mounts = []
        if mount.env is not None:
            env_files[mount.env] = path
        if mount.env is None or mount.target:
            mounts.append(Mount(kind="bind", source=path, target=planned.target, read_only=True))
        return mounts

    def _secret_content(self, name: str) -> bytes | None:
        for secret in self._options.secrets:
            if secret.id != name:
                continue
            if secret.env:
                value = os.environ.get(secret.env)
                return None if value is None else os.fsencode(value)
            try:
                with open(secret.path, "rb") as file:
                    content = file.read(_SECRET_LIMIT_BYTES + 1)
            except OSError as error:
                raise from_os_error(
                    error, subject=f"--secret id={name},src={secret.path}", doing="cannot read it"
                ) from error
            if len(content) > _SECRET_LIMIT_BYTES:
                raise InvalidInput(f"a secret has at most {_SECRET_LIMIT_BYTES} bytes", subject=f"--secret id={name}")
            return content
        return None

    def _ssh(self, planned: PlannedMount) -> list[Mount]:
        mount = planned.mount
        path = self._options.ssh.get(mount.id or "default", "")
        if not path:
            if mount.required:
                raise NotFound("no such ssh agent", subject=mount.id or "default", hint="pass it with --ssh default")
            return []
        if not stat.S_ISSOCK(_mode(path)):
            raise Unsupported("it is no socket of an agent", subject=f"--ssh {path}", hint="add the key to ssh-agent")
        return [Mount(kind="bind", source=path, target=planned.target, read_only=True)]


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode
    except OSError as error:
        raise from_os_error(error, subject=f"--ssh {path}", doing="cannot use it") from error


def _only_match(tree: SourceTree, planned: PlannedMount) -> Match:
    source = planned.mount.source or "."
    matches = tree.matches(_literal(source))
    if not matches:
        raise NotFound(f"no such file in {tree.label}", subject=clean(source) or ".")
    return matches[0]


def _literal(path: str) -> str:
    """Return a path as a pattern that matches only itself."""
    return "".join(f"\\{letter}" if letter in "*?[\\" else letter for letter in path)


@contextmanager
def run_folder(session: Session) -> Iterator[str]:
    """Yield a directory in the run root, closed to others, that is unmounted and removed afterwards."""
    make_directory(session.paths.build_files, 0o700)
    pid = os.getpid()
    path = f"{session.paths.build_files}/step.{pid}.{start_time(pid)}.{os.urandom(4).hex()}"
    make_directory(path, 0o700)
    try:
        yield path
    finally:
        unmount_below(path)
        remove_tree(path)


def _mounted_tmpfs(path: str) -> bool:
    """Mount a tmpfs that is never swapped out, where the kernel has that (Linux 6.4); return False if none can be mounted."""
    for options in ("mode=700,size=64m,noswap", "mode=700,size=64m"):
        with suppress(MountFailed):
            mount_tmpfs(path, options)
            return True
    return False
