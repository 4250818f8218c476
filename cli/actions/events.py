"""events: print events of the past and, unless --stream=false, those to come."""

from __future__ import annotations

import sys

from cli.gotemplate.evaluate import render
from cli.gotemplate.parse import parse_template
from cli.gotemplate.printing import Fields
from cli.output.events import event_fields, event_line, podman_event
from cli.output.log_lines import until_of
from pycman.jsontext import format_json
from pycman.system.docker_event import docker_event, is_dockers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print events until --until, or until interrupted (status 130)."""
    template_text = call.string("format")
    events = call.engine.system.events(
        call.pairs("filter"), since=call.string("since"), until=until_of(call), follow=call.flag("stream", True)
    )
    podman, exactly = call.habits.podman_events, call.habits.docker_events
    template = None
    if template_text and template_text not in ("json", "{{json .}}"):
        template = parse_template(template_text)
    try:
        for event in events:
            if exactly and not is_dockers(event):
                continue
            if template is not None:
                line = render(template, Fields(event_fields(event, podman=podman)))
            else:
                whole = call.flag("no-trunc", True)
                line = (
                    format_json(podman_event(event) if podman else docker_event(event))
                    if template_text
                    else event_line(event, whole=whole, podman=podman)
                )
            call.print(line)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    return 0
