"""What programs call: `KubeYaml(engine)` reads, checks, plans, plays, waits for, takes down and generates Kubernetes YAML."""

from __future__ import annotations

import time

from kube_yaml.read.names import play_name
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from kube_yaml.play.carry_out import PlayReport
    from kube_yaml.play.down import DownReport
    from kube_yaml.play.plan import Plan
    from kube_yaml.read.documents import Document
    from kube_yaml.translate.play_options import PlayOptions
    from pycman.engine import Engine


class KubeYaml:
    """The verbs of `kube play`, `kube down` and `kube generate`. Each imports its module at the first call, as those of `Engine` do."""

    def __init__(self, engine: Engine) -> None:
        self._session = engine.session

    def read(self, sources: Sequence[tuple[str, bytes]]) -> list[Document]:
        """Return the documents of files, given as (name, content); each item of a List is a document. Raises InvalidInput with the line."""
        from kube_yaml.read.documents import read_documents

        return [document for name, content in sources for document in read_documents(content, file=name)]

    def with_config_maps(self, documents: Sequence[Document], maps: Sequence[Document]) -> list[Document]:
        """Return `documents` with the ConfigMaps of --configmap in front. Raises InvalidInput (another kind, a name in both)."""
        names = {document.name for document in documents if document.kind == "ConfigMap"}
        for document in maps:
            if document.kind != "ConfigMap":
                raise InvalidInput(
                    f"the file must contain ConfigMaps only, not a {document.kind}",
                    subject=f"--configmap {document.file}",
                )
            if document.name in names:
                raise InvalidInput(
                    f"the ConfigMap {document.name} is defined twice", subject=f"--configmap {document.file}"
                )
        return [*maps, *documents]

    def check(
        self,
        documents: Sequence[Document],
        *,
        validate: str = "",
        cron_jobs: bool = False,
        podman_names: bool = False,
    ) -> list[str]:
        """Check documents and what they refer to; return warnings. Raises InvalidYaml with every problem.

        `validate`: unknown fields are errors (""; strict: kinds that mean nothing here too), warnings (warn) or ignored (ignore).
        `cron_jobs`: CronJobs are allowed, because each is run once now. `podman_names`: what podman
        takes and Kubernetes does not (names, unknown fields) is a warning; ports of the host alone, and numbers where a text belongs,
        are completed in `documents`.
        """
        from kube_yaml.check.check_all import check_all

        if podman_names:
            from kube_yaml.read.host_ports import complete_ports
            from kube_yaml.read.scalar_text import complete_texts

            complete_ports([document.value for document in documents])
            for document in documents:
                complete_texts(document.value, document.kind)

        return check_all(self._session, documents, validate=validate, cron_jobs=cron_jobs, podman_names=podman_names)

    def plan(self, documents: Sequence[Document], options: PlayOptions) -> Plan:
        """Return what a play would do. Raises NotFound, InvalidInput, Unsupported, AlreadyExists, as `play` would before its first change."""
        from kube_yaml.play.prepare import prepare

        return prepare(self._session, documents, options)[1]

    def play(self, documents: Sequence[Document], options: PlayOptions, *, progress: Any = None) -> PlayReport:
        """Create and start what documents ask for. Holds the lock of the play's name, so that no play or down of that name runs meanwhile."""
        from kube_yaml.play.carry_out import Player
        from kube_yaml.play.expired import remove_expired
        from kube_yaml.play.prepare import prepare
        from pods.recover import recover_pods

        remove_expired(self._session)
        with self._session.lock("play", options.name or play_name(documents)):
            recover_pods(self._session)  # one whose removal was interrupted is no pod to keep
            play, plan = prepare(self._session, documents, options)
            return Player(self._session, play, plan, options, progress).run()

    def wait(self, report: PlayReport) -> int:
        """Wait until all pods of a play have ended; return the status of the first container that failed, else 0."""
        from kube_yaml.play.readiness import wait_until_ended

        return wait_until_ended(self._session, [pod.pod_id for pod in report.pods])

    def down(self, documents: Sequence[Document], *, force: bool = False) -> DownReport:
        """Stop and remove the objects that documents name; with `force` also their volumes."""
        from kube_yaml.play.down import take_down_documents

        with self._session.lock("play", play_name(documents)):
            return take_down_documents(self._session, documents, force=force)

    def down_play(self, name: str, *, force: bool = False) -> DownReport:
        """Stop and remove everything of a play, by its name; with `force` also volumes. Raises NotFound."""
        from kube_yaml.play.down import take_down_play

        with self._session.lock("play", name):
            return take_down_play(self._session, name, force=force)

    def generate(
        self,
        names: Sequence[str],
        *,
        kind: str = "pod",
        service: bool = False,
        replicas: int = 1,
        for_podman: bool = False,
        as_podman: bool = False,
    ) -> str:
        """Return the YAML of containers, pods and volumes. `for_podman`: annotations begin with io.podman.annotations, not io.pycman.
        `as_podman`: in the shape that podman gives it.

        What the YAML cannot say is a comment in it and, unless `as_podman`, a warning of the session. Raises NotFound, InvalidInput.
        """
        from kube_yaml.generate.objects import generate
        from kube_yaml.generate.write import write_yaml

        objects = generate(
            self._session,
            names,
            kind=kind,
            service=service,
            replicas=replicas,
            for_podman=for_podman,
            as_podman=as_podman,
        )
        if as_podman:
            from kube_yaml.generate.podman_shape import as_podman as reshape

            reshape(self._session, objects.objects, now_ns=time.time_ns())
        else:
            self._session.warnings += [
                f"left out, there is no field for it: {setting}" for setting in objects.not_expressible
            ]
        return write_yaml(objects)
