"""PyYAML's C parser without the rest of PyYAML, whose loaders and dumpers in Python take 16 ms to import: as much as half a `pycman ps`.

`yaml/__init__.py` imports all of it, and the C extension needs of it the classes of events, tokens, nodes and errors. So the package is
put into `sys.modules` without running its `__init__.py`, which runs when somebody asks for anything else of it, and while the extension
is imported, empty modules with the errors that it looks for take the places of those in Python.

That is only done before anybody else has imported yaml, and in a process that can have no second thread, which might meet such a module.
"""

from __future__ import annotations

import sys
from _frozen_importlib_external import PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ERRORS = {
    "reader": "ReaderError", "scanner": "ScannerError", "parser": "ParserError", "composer": "ComposerError",
    "constructor": "ConstructorError", "resolver": "ResolverError", "emitter": "EmitterError", "serializer": "SerializerError",
    "representer": "RepresenterError",
}  # fmt: skip
"""PyYAML's modules in Python, and the class of errors that the extension takes from each."""


def _import_parser() -> None:
    """Import yaml._yaml and what it needs. Raises ImportError or AttributeError for a PyYAML of another form."""
    package = _package()
    sys.modules["yaml"] = package
    import yaml.error  # all of these only now that the package is there
    import yaml.events  # as above
    import yaml.nodes  # as above
    import yaml.tokens  # as above

    class ReaderError(yaml.error.YAMLError):
        def __init__(self, name: str, position: int, character: int, encoding: str, reason: str) -> None:
            super().__init__(name, position, character, encoding, reason)
            self.position, self.reason = position, reason

    for name, error in _ERRORS.items():
        module = sys.modules[f"yaml.{name}"] = type(sys)(f"yaml.{name}")
        setattr(module, error, type(error, (yaml.error.MarkedYAMLError,), {}) if name != "reader" else ReaderError)
        setattr(package, name, module)
    try:
        import yaml._yaml  # as above
    finally:
        for name in _ERRORS:
            del sys.modules[f"yaml.{name}"]
            delattr(package, name)


def _package() -> Any:
    """Return the package yaml, whose `__init__.py` runs when it is first asked for something that it does not have."""
    spec = PathFinder.find_spec("yaml")
    if spec is None or spec.loader is None or spec.submodule_search_locations is None:
        raise ImportError("no PyYAML")
    package: Any = type(sys)("yaml")
    package.__spec__, package.__loader__, package.__file__ = spec, spec.loader, spec.origin
    package.__path__, package.__package__ = spec.submodule_search_locations, "yaml"

    def complete(name: str) -> Any:
        if "__getattr__" in vars(package):
            del package.__getattr__
            package.__loader__.exec_module(package)
            return getattr(package, name)
        raise AttributeError(name)

    package.__getattr__ = complete
    return package


if "yaml" not in sys.modules and "threading" not in sys.modules:
    try:
        _import_parser()
    except (ImportError, AttributeError):
        for name in [name for name in sys.modules if name == "yaml" or name.startswith("yaml.")]:
            del sys.modules[name]

from yaml import events  # noqa: E402
from yaml._yaml import CParser  # noqa: E402
from yaml.error import YAMLError  # noqa: E402

__all__ = ["CParser", "YAMLError", "events"]
