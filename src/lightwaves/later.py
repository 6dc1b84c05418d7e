"""Names that a package offers, but imports only when somebody asks for them: what a fit needs is there sooner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def later(
    package: str, offered: Iterable[str], names_of: Mapping[str, Iterable[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package (PEP 562).

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    offered : iterable of str
        Its ``__all__``.
    names_of : dict of str to iterable of str
        For each module of the package that is imported later, the names that it offers. A module without any is
        offered itself.
    """
    module_of = {name: module for module, names in names_of.items() for name in names}

    def __getattr__(name: str) -> Any:
        if name in module_of:
            return getattr(import_module(f".{module_of[name]}", package), name)
        if name in names_of:
            return import_module(f".{name}", package)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        own = (name for name in vars(import_module(package)) if name.startswith("__"))
        return sorted({*offered, *names_of, *own})

    return __getattr__, __dir__
