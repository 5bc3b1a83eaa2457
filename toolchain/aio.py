"""Writes the asynchronous classes of `peculium.aio` from the blocking ones, or compares them.

Signatures and docstrings are taken from the source. `make lint` compares; `--update` rewrites the files.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType

import click

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "peculium" / "aio"
BASE, IMPORTS = "AsyncPerson", "from peculium.aio.threads import "
AIO = "peculium.aio"
LAZY = {"Iterator", "Iterable", "Generator"}
"""Results that are computed while they are read."""


class CannotGenerate(Exception):
    """A part of a class has no asynchronous form that this generator knows."""


@dataclass(frozen=True)
class Source:
    """A module whose public classes or functions get an asynchronous form, in a file of the same name."""

    module: str
    classes: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    immediate: tuple[str, ...] = ()
    """Properties that ask no node, so they need no `await`."""
    left_out: tuple[str, ...] = ()
    """Properties that may ask a node. They remain those of the blocking object, `sync`."""


SOURCES = (
    Source("peculium.agent", classes=("Agent",), immediate=("address",)),
    Source("peculium.principal", classes=("Principal",), immediate=("address",), left_out=("suite",)),
    Source("peculium.counterparty", functions=("check",)),
)


@dataclass(frozen=True)
class Method:
    """A function as its source defines it."""

    node: ast.FunctionDef
    module: ModuleType

    @property
    def name(self) -> str:
        """The function's name."""
        return self.node.name

    def signature(self) -> tuple[str, str]:
        """Returns the parameters as they are declared, and the result."""
        if self.node.returns is None:
            raise CannotGenerate(f"{self.name} declares no result. Annotate it.")
        result = ast.unparse(self.node.returns)
        if result.partition("[")[0].rpartition(".")[2] in LAZY:
            raise CannotGenerate(f"{self.name} returns {result}, which would block its reader. Return a list.")
        return ast.unparse(self.node.args), result

    def arguments(self, is_method: bool) -> str:
        """Returns the parameters as they are passed on."""
        declared = self.node.args
        positional = [*declared.posonlyargs, *declared.args][1 if is_method else 0 :]
        passed = [each.arg for each in positional]
        passed += [f"*{declared.vararg.arg}"] if declared.vararg else []
        passed += [f"{each.arg}={each.arg}" for each in declared.kwonlyargs]
        passed += [f"**{declared.kwarg.arg}"] if declared.kwarg else []
        return ", ".join(passed)

    def docstring(self, indent: str) -> str:
        """Returns the docstring as a statement."""
        text = ast.get_docstring(self.node)
        return documented(text, indent) if text else ""

    def names(self) -> set[str]:
        """The names that the signature uses."""
        declared = self.node.args
        parameters = [*declared.posonlyargs, *declared.args, *declared.kwonlyargs, declared.vararg, declared.kwarg]
        parts = [each.annotation for each in parameters if each is not None]
        parts += [self.node.returns, *declared.defaults, *declared.kw_defaults]
        return {each.id for part in parts if part is not None for each in ast.walk(part) if isinstance(each, ast.Name)}


def documented(text: str, indent: str) -> str:
    """Returns a docstring as a statement."""
    lines = text.split("\n")
    body = ("\n" + indent).join(lines).replace("\n" + indent + "\n", "\n\n")
    closing = '"""' if len(lines) == 1 else f'\n{indent}"""'
    return f'{indent}"""{body}{closing}\n'


def method_of(function: FunctionType) -> Method:
    """Returns the source of a function."""
    node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    if not isinstance(node, ast.FunctionDef):
        raise CannotGenerate(f"{function.__qualname__} is no plain function. Give it an asynchronous form by hand.")
    return Method(node, importlib.import_module(function.__module__))


def public_members(kind: type) -> list[tuple[str, object]]:
    """Returns what is public in a class and its bases in the order of definition, the constructor first."""
    found: dict[str, object] = {}
    for each in kind.__mro__[:-1]:
        for name, member in vars(each).items():
            if name == "__init__" or not name.startswith("_"):
                found.setdefault(name, member)
    return sorted(found.items(), key=lambda item: item[0] != "__init__")


def methods_of(kind: type, immediate: Iterable[str], left_out: Iterable[str]) -> Iterable[Method]:
    """Yields the public methods of a class and its bases, and the properties that ask no node."""
    for name, member in public_members(kind):
        if isinstance(member, property) and name in left_out:
            continue
        if isinstance(member, FunctionType):
            yield method_of(member)
        elif isinstance(member, property) and name in immediate and isinstance(member.fget, FunctionType):
            yield method_of(member.fget)
        else:
            raise CannotGenerate(
                f"{kind.__name__}.{name} is a {type(member).__name__}. Make it a method or private, or, if it is a property, "
                "list it as immediate or left out."
            )


def text_of_class(kind: type, immediate: Iterable[str] = (), left_out: Iterable[str] = ()) -> tuple[str, list[Method]]:
    """Returns the asynchronous form of a class, and the methods that it was made from."""
    name, methods = kind.__name__, list(methods_of(kind, immediate, left_out))
    text = f"class Async{name}({BASE}):\n"
    summary = inspect.getdoc(kind)
    if not summary:
        raise CannotGenerate(f"{name} has no docstring.")
    text += documented(f"{summary}\n\nAs `{name}`, but awaited; see `peculium.aio`.", "    ")
    for method in methods:
        text += "\n" + text_of_method(name, method, method.name in immediate)
    return text, methods


def text_of_method(kind: str, method: Method, is_immediate: bool) -> str:
    """Returns the asynchronous form of a method, or of a property that asks no node."""
    parameters, result = method.signature()
    passed = method.arguments(is_method=True)
    head = f"def {method.name}({parameters}) -> {result}:\n{method.docstring('        ')}"
    if is_immediate:
        return f"    @property\n    {head}        return self.sync.{method.name}\n"
    if method.name == "__init__":
        made = f"        super().__init__(THREADS)\n        self.sync = {kind}({passed})\n"
        return f'    {head}{made}        """The blocking `{kind}` that does the work."""\n'
    call = f"await self._run({', '.join(filter(None, [f'self.sync.{method.name}', passed]))})"
    return f"    async {head}        {'' if result == 'None' else 'return '}{call}\n"


def text_of_function(function: FunctionType) -> tuple[str, list[Method]]:
    """Returns the asynchronous form of a function, and its source."""
    method = method_of(function)
    parameters, result = method.signature()
    passed = ", ".join(filter(None, [f"blocking.{method.name}", method.arguments(is_method=False)]))
    returned = "" if result == "None" else "return "
    text = f"async def {method.name}({parameters}) -> {result}:\n" + method.docstring("    ")
    return text + f"    {returned}await THREADS.run({passed})\n", [method]


def imports_of(methods: Iterable[Method]) -> list[str]:
    """Returns the imports of all names that the signatures use."""
    lines = set()
    for method in methods:
        origins = _origins(method.module)
        for name in method.names() - set(dir(builtins)):
            if name in origins:
                lines.add(origins[name])
            elif hasattr(method.module, name):
                lines.add(f"from {method.module.__name__} import {name}")
            else:
                raise CannotGenerate(f"{method.module.__name__} has no {name}, which {method.name} names.")
    return sorted(lines)


def _origins(module: ModuleType) -> dict[str, str]:
    # Each imported name with the statement that imports it.
    found = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            for each in node.names:
                renamed = f" as {each.asname}" if each.asname else ""
                found[each.asname or each.name] = f"from {node.module} import {each.name}{renamed}"
        elif isinstance(node, ast.Import):
            for each in node.names:
                found[each.asname or each.name.partition(".")[0]] = ast.unparse(ast.Import([each]))
    return found


class _NotNeeded(ModuleType):
    """Stands for `peculium.aio`, whose files may be what has to be repaired."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return object


def load(module: str) -> ModuleType:
    """Imports a module of the package without the generated files."""
    if AIO in sys.modules:
        return importlib.import_module(module)
    sys.modules[AIO] = _NotNeeded(AIO)
    try:
        return importlib.import_module(module)
    finally:
        del sys.modules[AIO]


def text_of(source: Source) -> str:
    """Returns the content of the file for a module."""
    module = load(source.module)
    parts: list[str] = []
    methods: list[Method] = []
    made = [text_of_class(getattr(module, name), source.immediate, source.left_out) for name in source.classes]
    made += [text_of_function(getattr(module, name)) for name in source.functions]
    for text, used in made:
        parts.append(text)
        methods += used
    last = source.module.rpartition(".")[2]
    head = f'"""Generated from `{source.module}` by `python -m toolchain.aio --update`."""\n\n'
    lines = ["from __future__ import annotations", *imports_of(methods)]
    lines.append(IMPORTS + ", ".join(["Threads"] + ([BASE] if source.classes else [])))
    lines += [f"from {source.module} import {name}" for name in source.classes]
    lines += [f"import {source.module} as blocking"] if source.functions else []
    pool = f'THREADS = Threads("{last}")\n"""Its own, so that what others wait for never delays it."""\n'
    return formatted("\n\n\n".join([head + "\n".join(lines) + f"\n\n{pool}", *parts]))


def formatted(text: str) -> str:
    """Returns Python code as `make format` would leave it."""
    for command in (["check", "--fix", "--quiet", "--select", "I"], ["format", "--quiet"]):
        run = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(FOLDER / "generated.py"), "-"]
        text = subprocess.run(run, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return text


@click.command()
@click.option("--update", is_flag=True, help="Rewrite the files.")
def main(update: bool) -> None:
    """Compare the asynchronous classes with the blocking ones."""
    differ = []
    for source in SOURCES:
        file = FOLDER / f"{source.module.rpartition('.')[2]}.py"
        text = text_of(source)
        if update:
            file.write_text(text)
        elif not file.is_file() or file.read_text() != text:
            differ.append(file.relative_to(ROOT).as_posix())
    if differ:
        click.echo(f"{', '.join(differ)}: run `python -m toolchain.aio --update` and review the diff.", err=True)
        sys.exit(1)
    click.echo(f"peculium/aio: {len(SOURCES)} files match their sources.")


if __name__ == "__main__":
    main()
