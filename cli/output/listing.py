"""One listing for all: a table, `table` templates, templates, json, or ids only.

A row is a `Fields` with every field docker's and podman's templates use; fields that cost something are functions, called
when a template asks for them.
"""

from __future__ import annotations

import sys

from cli.output.table import layout
from pycman.errors import InvalidInput
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from cli.call import Call
    from cli.gotemplate.printing import Fields


class Columns:
    """What a listing shows by default, (heading, field); headings of other fields for `table` templates; what json holds,
    and which of its fields have a fixed value there because the true one costs too much.
    """

    def __init__(
        self,
        shown: Sequence[tuple[str, str]],
        headings: Mapping[str, str],
        json_fields: Sequence[str],
        json_fixed: Mapping[str, str] | None = None,
    ) -> None:
        self.shown = shown
        self.headings = {**{field: heading for heading, field in shown}, **headings}
        self.json_fields = json_fields
        self.json_fixed = json_fixed or {}


def print_listing(
    call: Call, rows: Sequence[dict[str, Any]], columns: Columns, objects: Callable[[], list[Any]] | None = None
) -> None:
    """Print rows as --format, --noheading and the columns say; `objects` gives podman's shape of json, where it differs."""
    form = call.string("format")
    if not form or form == "table":
        cells = [] if call.flag("noheading") else [[heading for heading, _ in columns.shown]]
        cells += [[_text(row[field]) for _, field in columns.shown] for row in rows]
        sys.stdout.write(layout(cells))
    elif form == "json" or form.replace(" ", "") in ("{{json.}}",):
        _print_json(call, rows, columns, objects)
    else:
        _print_template(call, form, rows, columns)


def _text(value: Any) -> str:
    return str(value() if callable(value) else value)


def _print_json(
    call: Call, rows: Sequence[dict[str, Any]], columns: Columns, objects: Callable[[], list[Any]] | None
) -> None:
    """Print docker's shape: an object of strings a line; as podman one indented array."""
    if call.program == "podman":
        values = (
            objects()
            if objects is not None
            else [
                {field: row[field]() if callable(row[field]) else row[field] for field in columns.json_fields}
                for row in rows
            ]
        )
        sys.stdout.write(format_json(values, indent=4) + "\n")
        return
    for row in rows:
        values_ = {field: columns.json_fixed.get(field) or _text(row[field]) for field in columns.json_fields}
        sys.stdout.write(format_json(values_, sort_keys=True) + "\n")


def _print_template(call: Call, form: str, rows: Sequence[dict[str, Any]], columns: Columns) -> None:
    from cli.gotemplate.evaluate import render  # only for templates
    from cli.gotemplate.parse import loops_by_itself, parse_template
    from cli.gotemplate.printing import Fields

    text = form.replace("\\t", "\t").replace("\\n", "\n")
    as_table = text.startswith("table")
    if as_table:
        text = text[len("table") :].strip(" ")
        if not text:
            raise InvalidInput(
                "the table has no columns", subject="--format table", hint="write table {{.ID}}\\t{{.Names}}"
            )
        if call.program == "podman":
            text = text.replace("}} {{", "}}\t{{")
    template = parse_template(text)
    lines = []
    if as_table and not call.flag("noheading"):
        lines.append(render(template, Fields(_headings(rows, columns))))
    values = [_fields(row, columns) for row in rows]
    if loops_by_itself(template):
        sys.stdout.write(render(template, values).removesuffix("\n") + "\n")
        return
    lines += [render(template, value) for value in values]
    if as_table:
        sys.stdout.write(layout([line.split("\t") for line in lines]))
    else:
        sys.stdout.write("".join(line + "\n" for line in lines))


def _fields(row: dict[str, Any], columns: Columns) -> Fields:
    from cli.gotemplate.printing import Fields

    found = Fields(row)
    found.shown = columns.json_fields
    found.fixed = columns.json_fixed
    return found


def _headings(rows: Sequence[dict[str, Any]], columns: Columns) -> dict[str, Any]:
    fields = set(columns.headings) | (set(rows[0]) if rows else set(columns.json_fields))
    found: dict[str, Any] = {field: columns.headings.get(field, _split(field)) for field in fields}
    found["Label"] = lambda key: key.rpartition(".")[2].replace("-", " ").replace("_", " ")
    return found


def _split(field: str) -> str:
    """Return a field's name as a heading: CreatedAt gives CREATED AT."""
    return "".join(
        f" {letter}" if n and letter.isupper() and not field[n - 1].isupper() else letter
        for n, letter in enumerate(field)
    ).upper()


def print_ids(ids: Sequence[str]) -> None:
    """Print one id a line (--quiet)."""
    sys.stdout.write("".join(identity + "\n" for identity in ids))


def print_objects(call: Call, objects: Sequence[Any]) -> None:
    """Print inspected objects: an array indented by four, or a template or compact json for each."""
    form = call.string("format")
    if not form or (form == "json" and call.program == "podman"):
        sys.stdout.write(format_json(list(objects), indent=4) + "\n")
    elif form == "json":
        sys.stdout.write(format_json(list(objects)) + "\n")
    else:
        from cli.gotemplate.evaluate import render  # only for templates
        from cli.gotemplate.parse import loops_by_itself, parse_template
        from cli.gotemplate.printing import typed

        template = parse_template(form)
        values = [typed(each) for each in objects]
        if loops_by_itself(template):
            sys.stdout.write(render(template, values) + "\n")
            return
        for value in values:
            sys.stdout.write(render(template, value) + "\n")
