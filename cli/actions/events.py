"""events: what happens."""

from __future__ import annotations

import sys

from cli.output.events import docker_event, event_fields, event_line
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print events as they come, or those of the past."""
    form = call.string("format")
    events = call.engine.system.events(
        call.pairs("filter"), since=call.string("since"), until=call.string("until"), follow=call.flag("stream", True)
    )
    template = None
    if form and form not in ("json", "{{json .}}"):
        from cli.gotemplate.evaluate import render
        from cli.gotemplate.parse import parse_template
        from cli.gotemplate.printing import Fields

        template = parse_template(form)
    try:
        for event in events:
            if template is not None:
                line = render(template, Fields(event_fields(event)))
            else:
                line = format_json(docker_event(event)) if form else event_line(event)
            call.print(line)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    return 0
