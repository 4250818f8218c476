"""Complete the containers of a play by what only the configs of their images say: users, runAsNonRoot, VOLUMEs. Pure."""

from __future__ import annotations

from kube_yaml.translate.plans import ContainerPlan, PodPlan
from pycman.errors import InvalidInput
from pycman.spec.mount import Mount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.images.image import Image


def apply_image_facts(pod: PodPlan, images: Mapping[str, Image]) -> tuple[ContainerPlan, ...]:
    """Return the containers of a pod, completed; `images` by the names that the plan uses. Raises InvalidInput (runAsNonRoot)."""
    return tuple(
        _with_image_volumes(_with_user(container, images[container.spec.image]), images) for container in pod.containers
    )


def _with_user(container: ContainerPlan, image: Image) -> ContainerPlan:
    """Return a container with the image's user added to a runAsGroup. Raises InvalidInput if runAsNonRoot does not allow its user."""
    spec = container.spec
    own_user = str((image.config.get("config") or {}).get("User") or "")
    if container.gid_alone:
        spec = spec.replace(user=f"{own_user.partition(':')[0] or '0'}:{container.gid_alone}")
    if container.non_root:
        name = (spec.user or own_user).partition(":")[0] or "0"
        where = f"{container.where}.securityContext.runAsNonRoot"
        if not name.isdecimal():
            raise InvalidInput(
                f"the image's user {name!r} is not a number, so it cannot be verified that it is not root",
                subject=where,
                hint="set runAsUser to a uid",
            )
        if int(name) == 0:
            raise InvalidInput("the container would run as root", subject=where, hint="set runAsUser to another uid")
    return container.replace(spec=spec)


def _with_image_volumes(container: ContainerPlan, images: Mapping[str, Image]) -> ContainerPlan:
    """Return a container with read-only mounts of the VOLUMEs of the images that its annotations name; of a path that several have, the last wins."""
    by_path: dict[str, Mount] = {}
    for name in container.image_volumes:
        paths = (images[name].config.get("config") or {}).get("Volumes") or ()
        by_path |= {
            at: Mount(kind="image", source=name, target=at, subpath=at.strip("/"), read_only=True) for at in paths
        }
    mounts = (*container.spec.mounts, *by_path.values())
    return container.replace(spec=container.spec.replace(mounts=mounts))
