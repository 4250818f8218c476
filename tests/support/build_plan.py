"""Plans of Dockerfiles without a store: configs of base images are given, platforms are parsed as the engine does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pycman.build.language.parser import parse
from pycman.build.plan.options import PlanOptions
from pycman.build.plan.plan import make_plan
from pycman.build.plan.values import BuildPlan, Origin
from pycman.images.platform import parse_platform

ALPINE = {
    "architecture": "amd64",
    "os": "linux",
    "config": {"Env": ["PATH=/usr/sbin:/usr/bin"], "Cmd": ["/bin/sh"]},
    "rootfs": {"type": "layers", "diff_ids": []},
    "history": [{"created_by": "base"}],
}


class World:
    """What a plan asks for: every image has the config of ALPINE but those in `configs`. `asked` is what it asked for."""

    def __init__(self, configs: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.configs = dict(configs or {})
        self.asked: list[Origin] = []

    def base_config(self, origin: Origin) -> Mapping[str, Any]:
        self.asked.append(origin)
        if origin.kind == "context":
            return {}
        return self.configs.get(origin.name, ALPINE)

    def parse_platform(self, text: str) -> str:
        return str(parse_platform(text, machine="x86_64"))


def options(**fields: Any) -> PlanOptions:
    return PlanOptions(**{"platform": "linux/amd64", "build_platform": "linux/amd64", **fields})


def plan_of(text: str, world: World | None = None, ignore: Any = None, **fields: Any) -> BuildPlan:
    return make_plan(parse(text.encode()), options(**fields), world or World(), ignore)


def rules_of(text: str, **fields: Any) -> list[str]:
    """Return the names of the linter's rules that a Dockerfile breaks, in order of lines."""
    return [warning.rule for warning in plan_of(text, **fields).warnings]
