"""Parse tokens into a tree (text/template, "Actions"). The grammar, one method of `_Parser` for each rule:

list      = { text | action }
action    = pipeline | if | range | with | define | template | block | break | continue
pipeline  = [ variable [ "," variable ] ( ":=" | "=" ) ] command { "|" command }
command   = operand { operand }
operand   = ( "." | field | variable | literal | function | "(" pipeline ")" ) { field }
"""

from __future__ import annotations

from cli.gotemplate.functions import NAMES
from cli.gotemplate.tokens import TemplateError, tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.gotemplate.tokens import Token


class Node:
    """One node of the tree: `kind`, its `parts` (nodes, strings, values) and its position in the template, in characters."""

    __slots__ = ("kind", "parts", "position")

    def __init__(self, kind: str, position: int, *parts: Any) -> None:
        self.kind = kind
        self.position = position
        self.parts = parts


class Template:
    """A parsed template: the top list, and the bodies that `define` and `block` named."""

    def __init__(self, source: str, top: Node, defined: dict[str, Node]) -> None:
        self.source = source
        self.top = top
        self.defined = defined


def parse_template(source: str) -> Template:
    """Parse a template. Raises TemplateError naming the character."""
    parser = _Parser(source)
    try:
        top = parser.body(())
    except RecursionError:
        raise TemplateError("blocks and parentheses are nested too deeply", subject=source[:80]) from None
    if parser.at < len(parser.tokens):
        raise parser.error("unexpected {{end}}")
    return Template(source, top, parser.defined)


def loops_by_itself(template: Template) -> bool:
    """Return whether a template ranges over its own dot, as podman allows: it is then rendered once for all objects."""
    for node in template.top.parts:
        if node.kind == "range":
            commands = node.parts[0].parts[2]
            if len(commands) == 1 and [operand.kind for operand in commands[0].parts] == ["dot"]:
                return True
    return False


_INFINITE = float("inf")


class _Parser:
    """Recursive descent over the tokens. `variables` are those declared so far, `loops` counts enclosing ranges."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.at = 0
        self.defined: dict[str, Node] = {}
        self.variables: list[str] = ["$"]
        self.loops = 0

    def error(self, problem: str) -> TemplateError:
        position = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.source)
        return TemplateError(f"{problem} at character {position + 1}", subject=self.source)

    def peek(self, ahead: int = 0) -> Token:
        index = self.at + ahead
        return self.tokens[index] if index < len(self.tokens) else ("end", "", len(self.source))

    def take(self, kind: str, text: str = "") -> Token:
        token = self.peek()
        if token[0] != kind or (text and token[1] != text):
            raise self.error(f"expected {text or kind}, found {token[1] or 'the end'}")
        self.at += 1
        return token

    # -- lists and blocks -------------------------------------------------------------------------------------------

    def body(self, stops: tuple[str, ...]) -> Node:
        """Parse up to an action that begins with one of the keywords `stops` (left in place) or the end."""
        start = self.peek()[2]
        nodes = []
        while self.at < len(self.tokens):
            kind, text, position = self.peek()
            if kind == "text":
                self.at += 1
                nodes.append(Node("text", position, text))
                continue
            keyword = self.peek(1)
            if keyword[0] == "keyword" and keyword[1] in (stops or ("end", "else")):
                if not stops:
                    self.at += 1
                    raise self.error(f"unexpected {{{{{keyword[1]}}}}}")
                return Node("list", start, *nodes)
            nodes.append(self.action())
        if stops:
            raise self.error("missing {{end}}")
        return Node("list", start, *nodes)

    def action(self) -> Node:
        self.take("open")
        kind, text, position = self.peek()
        if kind != "keyword":
            node = Node("action", position, self.pipeline())
            self.take("close")
            return node
        self.at += 1
        if text in ("if", "with", "range"):
            return self.branch(text, position)
        if text in ("break", "continue"):
            if not self.loops:
                raise self.error(f"{text} outside of range")
            self.take("close")
            return Node(text, position)
        if text in ("define", "block", "template"):
            return self.named(text, position)
        raise self.error(f"unexpected {text}")

    def branch(self, keyword: str, position: int) -> Node:
        known = len(self.variables)
        pipeline = self.pipeline(in_range=keyword == "range")
        self.take("close")
        self.loops += keyword == "range"
        body = self.body(("end", "else"))
        self.loops -= keyword == "range"
        otherwise = None
        self.take("open")
        if self.take("keyword")[1] == "else":
            following = self.peek()
            if following[0] == "keyword" and following[1] in ("if", "with"):
                self.at += 1
                otherwise = Node("list", following[2], self.branch(following[1], following[2]))
                del self.variables[known:]
                return Node(keyword, position, pipeline, body, otherwise)
            self.take("close")
            otherwise = self.body(("end",))
            self.take("open")
            self.take("keyword", "end")
        self.take("close")
        del self.variables[known:]
        return Node(keyword, position, pipeline, body, otherwise)

    def named(self, keyword: str, position: int) -> Node:
        name = self.take("string")[1]
        pipeline = None
        if keyword != "define" and self.peek()[0] != "close":
            pipeline = self.pipeline()
        self.take("close")
        if keyword == "template":
            return Node("template", position, name, pipeline)
        outer, self.variables = self.variables, ["$"]
        self.defined[name] = self.body(("end",))
        self.variables = outer
        self.take("open")
        self.take("keyword", "end")
        self.take("close")
        return Node("template", position, name, pipeline) if keyword == "block" else Node("list", position)

    # -- pipelines --------------------------------------------------------------------------------------------------

    def pipeline(self, *, in_range: bool = False) -> Node:
        position = self.peek()[2]
        names, declares = self.assignment(in_range=in_range)
        commands = [self.command()]
        while self.peek()[0] == "|":
            self.at += 1
            commands.append(self.command())
        for command in commands[1:]:
            if command.parts[0].kind == "literal":
                raise self.error("a constant cannot stand in the later part of a pipeline")
        if declares:
            self.variables += names
        return Node("pipeline", position, names, declares, commands)

    def assignment(self, *, in_range: bool) -> tuple[list[str], bool]:
        if self.peek()[0] != "variable":
            return [], False
        if self.peek(1)[0] in (":=", "="):
            names = [self.take("variable")[1]]
        elif in_range and self.peek(1)[0] == "," and self.peek(2)[0] == "variable" and self.peek(3)[0] in (":=", "="):
            names = [self.take("variable")[1]]
            self.take(",")
            names.append(self.take("variable")[1])
        else:
            return [], False
        declares = self.peek()[0] == ":="
        if not declares and any(name not in self.variables for name in names):
            raise self.error(f"undefined variable {names[0]}")
        self.at += 1
        return names, declares

    def command(self) -> Node:
        position = self.peek()[2]
        operands = []
        while self.peek()[0] not in ("|", ")", "close", "end"):
            operands.append(self.operand())
        if not operands:
            raise self.error("missing value")
        return Node("command", position, *operands)

    def operand(self) -> Node:
        kind, text, position = self.peek()
        self.at += 1
        node: Node
        if kind == "field":
            node = Node("field", position, Node("dot", position), [text])
        elif kind == ".":
            node = Node("dot", position)
        elif kind == "variable":
            if text not in self.variables:
                self.at -= 1
                raise self.error(f"undefined variable {text}")
            node = Node("variable", position, text)
        elif kind == "(":
            node = self.pipeline()
            self.take(")")
        elif kind == "identifier":
            node = self.identifier(text, position)
        elif kind in ("string", "char"):
            node = Node("literal", position, text if kind == "string" else ord(text))
        elif kind == "number":
            node = Node("literal", position, self.number(text))
        else:
            self.at -= 1
            raise self.error(f"unexpected {text or 'end'}")
        names = []
        while self.peek()[0] == "field" and self.peek()[2] == self._end_of_last():
            names.append(self.take("field")[1])
        if not names:
            return node
        if node.kind == "field":
            return Node("field", position, node.parts[0], node.parts[1] + names)
        return Node("field", position, node, names)

    def _end_of_last(self) -> int:
        kind, text, position = self.tokens[self.at - 1]
        return position + len(text) + (1 if kind == "field" else 0)

    def identifier(self, text: str, position: int) -> Node:
        if text in ("true", "false"):
            return Node("literal", position, text == "true")
        if text == "nil":
            return Node("literal", position, None)
        if text not in NAMES:
            self.at -= 1
            raise self.error(f'function "{text}" not defined')
        return Node("function", position, text)

    def number(self, text: str) -> int | float:
        try:
            return int(text.replace("_", ""), 0)
        except ValueError:
            try:
                value = float(text)
            except ValueError:
                value = _INFINITE
            if not -_INFINITE < value < _INFINITE:
                self.at -= 1
                raise self.error(f"{text[:40]} is not a number") from None
            return value
