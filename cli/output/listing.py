"""Print listings and inspected objects: the default table, `table` templates, templates, json, or ids only.

A row is a dictionary with every field that docker's and podman's templates use. A value that is expensive to compute (a size)
is a function, called only when it is printed.
"""

from __future__ import annotations

import sys

from pycman.errors import InvalidInput
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from cli.call import Call
    from cli.gotemplate.printing import Fields


class Columns:
    """The columns of a listing.

    `default` are the (heading, field) pairs of the default table, `headings` those of other fields in `table` templates,
    `json_fields` the fields of docker's json; `json_fixed` are constants json prints for fields too expensive to compute.
    """

    def __init__(
        self,
        default: Sequence[tuple[str, str]],
        headings: Mapping[str, str],
        json_fields: Sequence[str],
        json_fixed: Mapping[str, str] | None = None,
    ) -> None:
        self.default = default
        self.headings = {**{field: heading for heading, field in default}, **headings}
        self.json_fields = json_fields
        self.json_fixed = json_fixed or {}


def print_listing(
    call: Call, rows: Sequence[dict[str, Any]], columns: Columns, objects: Callable[[], list[Any]] | None = None
) -> None:
    """Print rows as --format and --noheading ask; `objects` returns them in podman's shape of json, where that differs."""
    template = call.string("format")
    if not template or template == "table":
        from cli.output.table import layout  # not for who prints JSON

        cells = [] if call.flag("noheading") else [[heading for heading, _ in columns.default]]
        cells += [[_text(row[field]) for _, field in columns.default] for row in rows]
        sys.stdout.write(layout(cells, call.habits.table_layout))
    elif template == "json" or template.replace(" ", "") in ("{{json.}}",):
        _print_json(call, rows, columns, objects)
    else:
        _print_template(call, template, rows, columns)


def _text(value: Any) -> str:
    return str(value() if callable(value) else value)


def _print_json(
    call: Call, rows: Sequence[dict[str, Any]], columns: Columns, objects: Callable[[], list[Any]] | None
) -> None:
    """Print docker's shape, one object of strings a line; when called as podman, one indented array, for `{{json .}}` one object a line."""
    if call.habits.json_array:
        values = objects() if objects is not None else [_values(row, columns) for row in rows]
        if "json ." not in call.string("format"):
            sys.stdout.write(format_json(values, indent=4) + "\n")
        else:  # a template, which podman leaves to each row
            sys.stdout.write("".join(format_json(value) + "\n" for value in values))
        return
    for row in rows:
        strings = {field: columns.json_fixed.get(field) or _text(row[field]) for field in columns.json_fields}
        sys.stdout.write(format_json(strings, sort_keys=True) + "\n")


def _values(row: dict[str, Any], columns: Columns) -> dict[str, Any]:
    return {field: row[field]() if callable(row[field]) else row[field] for field in columns.json_fields}


def _print_template(call: Call, template_text: str, rows: Sequence[dict[str, Any]], columns: Columns) -> None:
    from cli.gotemplate.evaluate import render  # only imported for templates
    from cli.gotemplate.parse import loops_by_itself, parse_template  # only imported for templates
    from cli.gotemplate.printing import Fields  # only imported for templates

    body = with_escapes(template_text)
    as_table = body.startswith("table")
    if as_table:
        body = body[len("table") :].strip(" ")
        if not body:
            raise InvalidInput(
                "the table has no columns", subject="--format table", hint="write table {{.ID}}\\t{{.Names}}"
            )
        if call.habits.blanks_are_tabs:
            body = body.replace("}} {{", "}}\t{{")
    template = parse_template(body)
    lines = []
    if as_table and not call.flag("noheading"):
        lines.append(render(template, Fields(_headings(rows, columns))))
    values = [_fields(row, columns) for row in rows]
    if loops_by_itself(template):
        sys.stdout.write(render(template, values).removesuffix("\n") + "\n")
        return
    lines += [render(template, value) for value in values]
    if as_table:
        from cli.output.table import layout  # as above

        sys.stdout.write(layout([line.split("\t") for line in lines], call.habits.table_layout))
    else:
        sys.stdout.write("".join(line + "\n" for line in lines))


def with_escapes(template: str) -> str:
    """Return a template with tabs and newlines for the escapes outside of its actions; within them they belong to Go's strings. Pure."""
    parts = []
    rest = template
    while rest:
        text, braces, rest = rest.partition("{{")
        action, end, rest = rest.partition("}}")
        parts += [text.replace("\\t", "\t").replace("\\n", "\n"), braces, action, end]
    return "".join(parts)


def _fields(row: dict[str, Any], columns: Columns) -> Fields:
    from cli.gotemplate.printing import Fields  # only imported for --format with a template

    fields = Fields(row)
    fields.json_fields = columns.json_fields
    fields.json_fixed = columns.json_fixed
    return fields


def _headings(rows: Sequence[dict[str, Any]], columns: Columns) -> dict[str, Any]:
    fields = set(columns.headings) | (set(rows[0]) if rows else set(columns.json_fields))
    headings: dict[str, Any] = {field: columns.headings.get(field, _split(field)) for field in fields}
    headings["Label"] = lambda key: key.rpartition(".")[2].replace("-", " ").replace("_", " ")
    return headings


def _split(field: str) -> str:
    """Return a field's name as a heading: CreatedAt gives CREATED AT."""
    return "".join(
        f" {letter}" if n and letter.isupper() and not field[n - 1].isupper() else letter
        for n, letter in enumerate(field)
    ).upper()


def print_ids(ids: Sequence[str]) -> None:
    """Print one id a line (--quiet)."""
    sys.stdout.write("".join(object_id + "\n" for object_id in ids))


def sort_key(call: Call, allowed: Iterable[str]) -> str:
    """Return the value of --sort, "" for none. Raises InvalidInput if it is not one of `allowed`."""
    key = call.string("sort")
    if key and key not in allowed:
        raise InvalidInput("not a key to sort by", subject=f"--sort {key}", hint=f"use one of {', '.join(allowed)}")
    return key


def print_objects(call: Call, objects: Sequence[Any]) -> None:
    """Print inspected objects: an array indented by four, compact json, or a template for each."""
    template_text = call.string("format")
    if not template_text or (template_text == "json" and call.habits.json_array):
        sys.stdout.write(format_json(list(objects), indent=4) + "\n")
    elif template_text == "json":
        sys.stdout.write(format_json(list(objects)) + "\n")
    else:
        from cli.gotemplate.evaluate import render  # only for templates
        from cli.gotemplate.parse import loops_by_itself, parse_template  # only imported for --format with a template
        from cli.gotemplate.printing import typed  # only imported for --format with a template

        if call.habits.escapes_in_formats:
            template_text = with_escapes(template_text)
        template = parse_template(template_text)
        values = [typed(inspected) for inspected in objects]
        if loops_by_itself(template):
            sys.stdout.write(render(template, values) + "\n")
            return
        for value in values:
            sys.stdout.write(render(template, value) + "\n")
