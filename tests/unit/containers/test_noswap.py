"""tmpfs mounts that must not be swapped out."""

import pytest

from pycman.containers.create.resolve_mounts import resolve_mounts
from pycman.errors import Unsupported
from pycman.spec.container import ContainerSpec
from pycman.spec.mount import Mount
from pycman.state.session import Options, Session, User


@pytest.mark.parametrize("rootless", [True, False])
def test_ordinary_users_are_refused_noswap_before_anything_is_made(tmp_path, rootless: bool) -> None:
    options = Options(root=f"{tmp_path}/root", run_root=f"{tmp_path}/run")
    user = User(uid=1000 if rootless else 0, gid=0, home=str(tmp_path), rootless=rootless)
    spec = ContainerSpec(image="i", mounts=(Mount(kind="tmpfs", target="/t", options=("noswap",)),))
    session = Session(options, user)
    if rootless:
        with pytest.raises(Unsupported, match="only root"):
            resolve_mounts(session, spec)
    else:
        assert resolve_mounts(session, spec).mounts == list(spec.mounts)
