"""What `logs --details` puts before each line: the tag, labels and variables that --log-opt names (docker's json-file)."""

from __future__ import annotations

from cli.gotemplate.evaluate import render
from cli.gotemplate.functions import FUNCTIONS
from cli.gotemplate.printing import Fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def log_details(inspected: Mapping[str, Any]) -> str:
    """Return KEY=VALUE,… of an inspected container, sorted, as in a URL; "" if --log-opt names nothing.

    Raises TemplateError for a tag that is no template (docker's "Customize log driver output").
    """
    options = inspected["HostConfig"]["LogConfig"]["Config"] or {}
    variables = dict(entry.partition("=")[::2] for entry in inspected["Config"]["Env"])
    details: dict[str, str] = {}
    for option, values in (("labels", inspected["Config"]["Labels"]), ("env", variables)):
        for name in options.get(option, "").split(","):
            if name in values:
                details[name] = values[name]
    if options.get("tag"):
        details["tag"] = render(options["tag"], _tag_fields(inspected))
    quote = FUNCTIONS["urlquery"]
    return ",".join(f"{quote(key)}={quote(details[key])}" for key in sorted(details))


def _tag_fields(inspected: Mapping[str, Any]) -> Fields:
    image = str(inspected["Image"])
    return Fields(
        ID=inspected["Id"][:12],
        FullID=inspected["Id"],
        Name=inspected["Name"],
        ImageID=image[:12],
        ImageFullID=image,
        ImageName=inspected["ImageName"],
        DaemonName="pycman",
    )
