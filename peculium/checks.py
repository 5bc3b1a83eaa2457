"""Checks of arguments by their annotations: a mistake of type is named before anything is read or sent.

The formats of texts, numbers and times are checked where they are converted, in `peculium.units`.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from peculium.errors import InvalidInput
from peculium.errors.redaction import shown

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T", bound=type)

_CONVERTED = (Decimal, datetime, timedelta)
"""Types whose values have a conversion with better messages: amounts, times and lengths of time."""
_SEVERAL = (Sequence, Iterable, tuple, list)
_FEW = 4
"""Fields of a class that a message names."""


def cannot_sign(signer: object) -> InvalidInput:
    """Returns the exception for something in place of an account. The text never has a key."""
    return InvalidInput(
        f"{'An' if type(signer).__name__[0].lower() in 'aeiou' else 'A'} {type(signer).__name__} can't sign. Pass an account: eth_account.Account.from_key(key) for a private key."
    )


def checked(function: F) -> F:
    """Makes a function check the types of its arguments. It raises `InvalidInput` for a wrong one."""

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        # Found out at the first call: for all functions at once it would take a tenth of the package's start.
        hints, signature = _hints(function), _signature(function)
        for name, value in _bound(function, signature, arguments, named).items():
            kind = signature.parameters[name].kind
            if name in hints and kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
                check(value, hints[name], name)
        return function(*arguments, **named)

    return call  # type: ignore[return-value]  # it takes what `function` takes


def checked_fields(kind: T) -> T:
    """Makes a dataclass check the types of its fields, apart from numbers and bytes, which it converts."""
    kind.__init__ = checked(kind.__init__)  # type: ignore[misc]
    return kind


def check_methods(kind: type) -> None:
    """Makes the public methods of a class check the types of their arguments."""
    for name, member in list(vars(kind).items()):
        if inspect.isfunction(member) and not name.startswith("_"):
            setattr(kind, name, checked(member))


def check(value: Any, expected: Any, name: str) -> None:
    """Raises `InvalidInput` unless a value has the type of an annotation."""
    wanted = _alternatives(expected)
    if any(each is Any or isinstance(each, TypeVar) or each in _CONVERTED for each in wanted):
        return
    if any(_is_protocol(each) for each in wanted):
        if not any(_matches(value, each) for each in wanted):
            raise cannot_sign(value)
        return
    for each in wanted:
        if _is_container(each) and _is_several(value):
            for member in value if isinstance(value, Sequence) else ():
                check(member, get_args(each)[0], f"A member of {name}")
            return
    if not any(_matches(value, each) for each in wanted):
        if str in wanted and isinstance(getattr(value, "address", None), str):
            raise InvalidInput(f"{name} is {_article(type(value).__name__)}. Pass its address: {name}.address.")
        what, kind = shown(value), _article(type(value).__name__)
        wanted_names = " or ".join(_named(each) for each in wanted)
        what = what if value is None or what == kind else f"{what}, {kind}"
        raise InvalidInput(f"{name} is {what}. Pass {wanted_names}.")


def _bound(
    function: Any, signature: inspect.Signature, arguments: tuple[Any, ...], named: dict[str, Any]
) -> dict[str, Any]:
    # The arguments by the names of their parameters.
    try:
        return signature.bind(*arguments, **named).arguments
    except TypeError as error:
        taken = [each for each in signature.parameters.values() if each.name != "self"]
        unknown = [each for each in named if each not in signature.parameters]
        likely = get_close_matches(unknown[0], [each.name for each in taken], 1) if unknown else []
        hint = f" Did you mean {likely[0]}?" if likely else ""
        name = function.__qualname__.removesuffix(".__init__")
        call = f"{name}({', '.join(_parameter(each) for each in taken)})"
        raise InvalidInput(f"{name}: {error}.{hint} Pass {call}.") from None


def _parameter(each: inspect.Parameter) -> str:
    if each.kind is inspect.Parameter.VAR_POSITIONAL:
        return f"*{each.name}"
    if each.kind is inspect.Parameter.VAR_KEYWORD:
        return f"**{each.name}"
    return each.name if each.default is inspect.Parameter.empty else f"{each.name}=…"


@functools.cache
def _signature(function: Any) -> inspect.Signature:
    return inspect.signature(function)


@functools.cache
def _hints(function: Any) -> dict[str, Any]:
    return get_type_hints(function)


def _alternatives(expected: Any) -> tuple[Any, ...]:
    return get_args(expected) if get_origin(expected) in (Union, types.UnionType) else (expected,)


def _is_protocol(expected: Any) -> bool:
    return bool(getattr(expected, "_is_protocol", False))


def _matches(value: Any, expected: Any) -> bool:
    if _is_protocol(expected):
        # Not every use of an account needs all that it can sign.
        signs = [name for name in vars(expected) if name.startswith("sign_")]
        return hasattr(value, "address") and any(hasattr(value, name) for name in signs)
    kind = get_origin(expected) or expected
    if _is_container(expected):
        return _is_several(value)
    if kind is float:
        return isinstance(value, int | float)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind) if isinstance(kind, type) else True


def _is_container(expected: Any) -> bool:
    # Not a tuple with a type for each place.
    origin, arguments = get_origin(expected), get_args(expected)
    return origin in _SEVERAL and (origin is not tuple or arguments[1:] == (...,))


def _is_several(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | dict)


def _named(expected: Any) -> str:
    if _is_container(expected):
        return f"a list with {_named(get_args(expected)[0])} for each member"
    if expected is types.NoneType:
        return "None"
    if expected is bytes:
        return "bytes"
    if isinstance(expected, type) and is_dataclass(expected):
        needed = [
            each.name
            for each in fields(expected)
            if each.init and each.default is MISSING and each.default_factory is MISSING
        ]
        if len(needed) <= _FEW:
            return f"{expected.__name__}({', '.join(needed)})"
    return _article(str(getattr(get_origin(expected) or expected, "__name__", expected)))


def _article(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
