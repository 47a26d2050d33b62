"""What a caller gives to an act, held against the types that the act names, before anything is read or written.

A type checker sees a wrong type where the app is written; what comes from a form, a file or an untyped app is seen
here. Else a text where a number belongs would be an accident deep inside, or be kept and read by nobody. Only types are
looked at: what a value may be is each act's own affair, and so is its sentence. It knows no noun.
"""

import enum
import functools
import inspect
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple, TypeVar

from collar_sync.errors import InvalidInput

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_WORDS: Final[Mapping[object, str]] = {
    str: "text",
    int: "a whole number",
    bool: "yes or no",
    bytes: "bytes",
    float: "a number",
    datetime: "a datetime",
    date: "a day",
    types.NoneType: "nothing",
}


class _Shape(NamedTuple):
    """What one argument may be: whether a value is that, and how to say it."""

    fits: Callable[[object], bool]
    words: str
    name: str = ""


class _Takes(NamedTuple):
    """What a method takes: by place, by name, and beyond all places or under other names."""

    places: list[_Shape]
    names: dict[str, _Shape]
    more: _Shape
    others: _Shape


_ANYTHING: Final = _Shape(lambda _value: True, "anything")


def careful(noun: type[T]) -> type[T]:
    """Have every public method of a class refuse what is not of the types it names, with `InvalidInput`."""
    for name, method in list(vars(noun).items()):
        if name.startswith("_"):
            continue
        if isinstance(method, staticmethod | classmethod):
            setattr(noun, name, type(method)(held(method.__func__)))
        elif inspect.isfunction(method):
            setattr(noun, name, held(method))
    return noun


def held(method: F) -> F:
    """Have a function refuse what is not of the types that it names, with `InvalidInput`."""
    parameters = inspect.signature(method).parameters.values()
    if all(each.name in {"self", "cls"} for each in parameters):
        return method
    shapes = functools.cache(lambda: _takes(method))  # once it is called: hints may name what is imported later

    @functools.wraps(method)
    def checked(*given: Any, **named: Any) -> Any:
        takes = shapes()
        for place, value in enumerate(given):
            _check(takes.places[place] if place < len(takes.places) else takes.more, value)
        for name, value in named.items():
            _check(takes.names.get(name, takes.others), value)
        return method(*given, **named)

    if not inspect.iscoroutinefunction(method):
        return typing.cast("F", checked)

    @functools.wraps(method)
    async def awaited(*given: Any, **named: Any) -> Any:
        return await checked(*given, **named)

    return typing.cast("F", awaited)


def _check(shape: _Shape, value: object) -> None:
    if not shape.fits(value):
        given = _WORDS.get(type(value), f"something of the type {type(value).__name__}")
        raise InvalidInput(f"`{shape.name}` is to be {shape.words}; this is {given}.")


def _takes(method: Callable[..., Any]) -> _Takes:
    hints = typing.get_type_hints(method)
    found = _Takes([], {}, _ANYTHING, _ANYTHING)
    for each in inspect.signature(method).parameters.values():
        shape = _shape(hints.get(each.name, Any))._replace(name=each.name)
        if each.kind is each.VAR_POSITIONAL:
            found = found._replace(more=shape)
        elif each.kind is each.VAR_KEYWORD:
            found = found._replace(others=shape)
        else:
            found.names[each.name] = shape
            if each.kind is not each.KEYWORD_ONLY:
                found.places.append(shape)
    return found


def _shape(hint: Any) -> _Shape:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        shapes = [_shape(each) for each in typing.get_args(hint)]
        words = " or ".join(dict.fromkeys(each.words for each in shapes))
        return _Shape(lambda value: any(each.fits(value) for each in shapes), words)
    if origin is typing.Literal:
        return _shape(type(typing.get_args(hint)[0]))
    if origin is tuple and Ellipsis not in typing.get_args(hint):
        parts = [_shape(each) for each in typing.get_args(hint)]
        return _Shape(lambda value: _is_group(value, parts), f"({', '.join(each.words for each in parts)})")
    if isinstance(origin, type) and issubclass(origin, Iterable) and not issubclass(origin, Mapping):
        inner = _shape(typing.get_args(hint)[0])
        return _Shape(lambda value: _is_list(value, inner), f"a list of {inner.words}")
    kind = getattr(hint, "__supertype__", hint)  # what a NewType is made of
    if isinstance(kind, type) and kind is not Any:
        words = "text" if issubclass(kind, enum.StrEnum) else _WORDS.get(kind, f"a {kind.__name__}")
        kinds = (int, float) if kind is float else kind
        return _Shape(lambda value: _is(value, kinds), words)
    return _ANYTHING


def _is(value: object, kind: type | tuple[type, ...]) -> bool:
    """Whether it is of that type; yes or no is no number, and a moment is no day."""
    if isinstance(value, bool) or (kind is date and isinstance(value, datetime)):
        return kind is bool
    return isinstance(value, kind)


def _is_list(value: object, inner: _Shape) -> bool:
    """Whether it is several of that; a text is one text, and what can be read once only is not looked into."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return False
    return not isinstance(value, Collection) or all(inner.fits(each) for each in value)


def _is_group(value: object, parts: Sequence[_Shape]) -> bool:
    """Whether it is a tuple of exactly these."""
    if not isinstance(value, tuple) or len(value) != len(parts):
        return False
    return all(part.fits(each) for part, each in zip(parts, value, strict=True))
