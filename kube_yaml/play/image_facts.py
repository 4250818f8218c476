"""What only images can tell: the user that goes with a group, whether it is root, which volumes of an image there are. Pure."""

from __future__ import annotations

from kube_yaml.translate.plans import ContainerPlan, PodPlan
from pycman.errors import InvalidInput
from pycman.spec.mount import Mount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.images.catalogue import Image


def finish_containers(pod: PodPlan, images: Mapping[str, Image]) -> tuple[ContainerPlan, ...]:
    """Return a pod's containers with their users settled. Raises InvalidInput where runAsNonRoot forbids the user."""
    return tuple(_with_image_volumes(_finish(each, images[each.spec.image]), images) for each in pod.containers)


def _finish(container: ContainerPlan, image: Image) -> ContainerPlan:
    spec = container.spec
    own_user = str((image.config.get("config") or {}).get("User") or "")
    if container.gid_alone:
        spec = spec.replace(user=f"{own_user.partition(':')[0] or '0'}:{container.gid_alone}")
    if container.non_root:
        name = (spec.user or own_user).partition(":")[0] or "0"
        where = f"{container.where}.securityContext.runAsNonRoot"
        if not name.isdigit():
            raise InvalidInput(
                f"the image's user is {name!r}, which cannot be known not to be root",
                subject=where,
                hint="say runAsUser",
            )
        if int(name) == 0:
            raise InvalidInput("the container would run as root", subject=where, hint="say runAsUser")
    return container.replace(spec=spec)


def _with_image_volumes(container: ContainerPlan, images: Mapping[str, Image]) -> ContainerPlan:
    """Return a container that sees, read-only, what other images have where they have VOLUMEs."""
    mounts = list(container.spec.mounts)
    for name in container.image_volumes:
        paths = (images[name].config.get("config") or {}).get("Volumes") or ()
        mounts += [Mount(kind="image", source=name, target=at, subpath=at.strip("/"), read_only=True) for at in paths]
    return container.replace(spec=container.spec.replace(mounts=tuple(mounts)))
