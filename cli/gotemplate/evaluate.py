"""Evaluate a parsed template with a value (text/template, "Actions", "Arguments", "Pipelines", "Variables")."""

from __future__ import annotations

from cli.gotemplate.functions import FUNCTIONS, FunctionFailed, is_true
from cli.gotemplate.parse import Node, Template, parse_template
from cli.gotemplate.printing import NO_VALUE, Fields, to_text
from cli.gotemplate.tokens import TemplateError
from cli.parse import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ALIASES = {"ID": "Id", "Id": "ID", "Healthcheck": "Health"}
_MISSING = object()
_DEEPEST = 100


class TemplateFailed(TemplateError):
    """A template that can be parsed asks for a field or function that its value does not have."""

    reference = "template-failed"


_MOST_NUMBERS = 1_000_000


class _Break(Exception):
    """Raised by {{break}} to leave the innermost range."""


class _Continue(Exception):
    """Raised by {{continue}} to start the next iteration of the innermost range."""


def render(template: Template | str, value: Any) -> str:
    """Return the output of a template for `value`. Raises TemplateFailed for a field or function that does not fit."""
    parsed = parse_template(template) if isinstance(template, str) else template
    return _Run(parsed, value).text()


class _Run:
    """One evaluation: the output so far and the variables in scope, as (name, one-element list) so that ranges can assign."""

    def __init__(self, template: Template, value: Any) -> None:
        self._template = template
        self._value = value
        self._variables: list[tuple[str, list[Any]]] = [("$", [value])]
        self._output: list[str] = []
        self._depth = 0

    def text(self) -> str:
        try:
            self._list(self._template.top, self._value)
        except RecursionError:
            raise TemplateFailed("it is nested too deeply", subject=self._template.source[:80]) from None
        return "".join(self._output)

    def _error(self, node: Node, problem: str, *, hint: str = "") -> TemplateFailed:
        where = f"{problem} at character {node.position + 1}"
        return TemplateFailed(where, subject=self._template.source, hint=hint)

    # -- actions that write --------------------------------------------------------------------------------------------

    def _list(self, node: Node, dot: Any) -> None:
        known = len(self._variables)
        for part in node.parts:
            self._write(part, dot)
        del self._variables[known:]

    def _write(self, node: Node, dot: Any) -> None:
        if node.kind == "text":
            self._output.append(node.parts[0])
        elif node.kind == "action":
            pipeline = node.parts[0]
            value = self._pipeline(pipeline, dot)
            if not pipeline.parts[0]:
                self._output.append(NO_VALUE if value is _MISSING else to_text(value))
        elif node.kind in ("if", "with"):
            self._branch(node, dot)
        elif node.kind == "range":
            self._range(node, dot)
        elif node.kind == "template":
            self._call_template(node, dot)
        elif node.kind == "break":
            raise _Break
        elif node.kind == "continue":
            raise _Continue
        else:
            self._list(node, dot)

    def _branch(self, node: Node, dot: Any) -> None:
        pipeline, body, otherwise = node.parts
        known = len(self._variables)
        value = self._pipeline(pipeline, dot)
        if value is not _MISSING and is_true(value):
            self._list(body, value if node.kind == "with" else dot)
        elif otherwise is not None:
            self._list(otherwise, dot)
        del self._variables[known:]

    def _range(self, node: Node, dot: Any) -> None:
        pipeline, body, otherwise = node.parts
        names, declares, _ = pipeline.parts
        known = len(self._variables)
        value = self._pipeline(pipeline, dot, assign=False)
        pairs = self._pairs(node, value)
        try:
            for key, item in pairs:
                inner = len(self._variables)
                values = [item] if len(names) == 1 else [key, item]
                for name, variable_value in zip(names, values, strict=False):
                    self._set(name, variable_value, declares=declares)
                try:
                    self._list(body, item)
                except _Continue:
                    pass
                finally:
                    del self._variables[inner:]
        except _Break:
            pass
        if not pairs and otherwise is not None:
            self._list(otherwise, dot)
        del self._variables[known:]

    def _pairs(self, node: Node, value: Any) -> list[tuple[Any, Any]]:
        if value is None or value is _MISSING:
            return []
        if isinstance(value, dict) and not isinstance(value, Fields):
            return [(key, value[key]) for key in sorted(value)]
        if isinstance(value, (list, tuple)):
            return list(enumerate(value))
        if isinstance(value, int) and not isinstance(value, bool):
            if value > _MOST_NUMBERS:
                raise self._error(node, f"range over more than {_MOST_NUMBERS} numbers")
            return [(number, number) for number in range(value)]
        raise self._error(node, f"range can't iterate over {to_text(value)}")

    def _call_template(self, node: Node, dot: Any) -> None:
        name, pipeline = node.parts
        body = self._template.defined.get(name)
        if body is None:
            raise self._error(node, f'template "{name}" not defined')
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(node, f"templates call one another more than {_DEEPEST} deep")
        value = None if pipeline is None else self._pipeline(pipeline, dot)
        outer, self._variables = self._variables, [("$", [value])]
        self._list(body, value)
        self._variables = outer
        self._depth -= 1

    # -- values -----------------------------------------------------------------------------------------------------

    def _pipeline(self, node: Node, dot: Any, *, assign: bool = True) -> Any:
        names, declares, commands = node.parts
        value: Any = _MISSING
        for number, command in enumerate(commands):
            value = self._command(command, dot, (value,) if number else ())
        if names and assign:
            self._set(names[0], value, declares=declares)
        return value

    def _set(self, name: str, value: Any, *, declares: bool) -> None:
        if declares:
            self._variables.append((name, [value]))
            return
        for known, box in reversed(self._variables):
            if known == name:
                box[0] = value
                return

    def _command(self, node: Node, dot: Any, last: tuple[Any, ...]) -> Any:
        first, *rest = node.parts
        if first.kind == "function":
            return self._function(first, rest, dot, last)
        value = self._operand(first, dot, called=bool(rest or last))
        if callable(value):
            arguments = [self._operand(operand, dot) for operand in rest] + list(last)
            try:
                return value(*arguments)
            except TypeError as error:
                raise self._error(first, f"wrong arguments: {error}") from error
        if rest or last:
            raise self._error(first, "can't give argument to non-function")
        return value

    def _function(self, node: Node, rest: list[Node], dot: Any, last: tuple[Any, ...]) -> Any:
        name = node.parts[0]
        if name in ("and", "or"):
            value: Any = _MISSING
            for operand in (*rest, *last):
                value = self._operand(operand, dot) if isinstance(operand, Node) else operand
                if is_true(value) == (name == "or"):
                    return value
            return value
        arguments = [self._operand(operand, dot) for operand in rest] + list(last)
        arguments = [None if argument is _MISSING else argument for argument in arguments]
        try:
            return FUNCTIONS[name](*arguments)
        except FunctionFailed as error:
            raise self._error(node, str(error)) from error
        except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
            raise self._error(node, f"wrong arguments for {name}: {error}") from error

    def _operand(self, node: Node, dot: Any, *, called: bool = False) -> Any:
        if node.kind == "literal":
            return node.parts[0]
        if node.kind == "dot":
            return dot
        if node.kind == "variable":
            return next(box[0] for name, box in reversed(self._variables) if name == node.parts[0])
        if node.kind == "pipeline":
            return self._pipeline(node, dot)
        if node.kind == "function":
            return self._function(node, [], dot, ())
        value = self._operand(node.parts[0], dot)
        for name in node.parts[1]:
            value = self._field(node, value, name)
        if callable(value) and not called:
            return value()
        return value

    def _field(self, node: Node, value: Any, name: str) -> Any:
        if callable(value):
            value = value()
        if isinstance(value, dict):
            field = value.get(name, value.get(_ALIASES.get(name, ""), _MISSING))
            if field is _MISSING and isinstance(value, Fields):
                return self._other_spelling(node, value, name)
            return field
        if value is _MISSING or value is None:
            raise self._error(node, f"nil pointer evaluating .{name}")
        raise self._error(node, f"can't evaluate field {name} in {to_text(value)}")

    def _other_spelling(self, node: Node, value: Fields, name: str) -> Any:
        """Return a field by its other name: Go's and JSON's differ only in case (HostIP, HostIp) and "_".

        Raises TemplateFailed naming the nearest field.
        """
        normalized = name.lower().replace("_", "")
        for key, item in value.items():
            if key.lower().replace("_", "") == normalized:
                return item
        similar = nearest(name, [key for key in value if not key.startswith("_")])
        raise self._error(node, f"can't evaluate field {name}", hint=f"did you mean .{similar}?" if similar else "")
