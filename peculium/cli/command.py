"""Makes commands of functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from peculium.cli.answer import Answer, print_answer
from peculium.cli.app import Group
from peculium.cli.caller import Caller
from peculium.cli.profiles import load_profile

_COMMON = (
    click.option("--json", "as_json", is_flag=True, help="Print JSON for programs."),
    click.option("--profile", "profile_name", metavar="NAME", help="Use this profile instead of the current one."),
)
_NETWORK = (
    click.option(
        "--network", "network_name", metavar="NAME|URL", help="A known network, or the URL of a node. [profile]"
    ),
)
_SIGNER = (
    click.option("--account", metavar="NAME|FILE", help="The keystore that signs and pays. [profile]"),
    click.option(
        "--key-file", type=click.Path(path_type=Path), help="A file with a private key, for scripts. Or PECULIUM_KEY."
    ),
    click.option("--safe", metavar="ADDRESS", help="A Safe as principal; the account is one of its owners. [profile]"),
    click.option("--yes", "-y", is_flag=True, help="Don't ask."),
)
_SENDS = (
    click.option(
        "--show-cast", is_flag=True, help="Send nothing; print the line for Foundry's cast that sends the same."
    ),
)


def command(
    name: str | None = None,
    *,
    group: click.Group | None = None,
    chain: bool = True,
    signs: bool = False,
    sends: bool = False,
) -> Callable[[Callable[..., Answer]], click.Command]:
    """Makes a command of a function that takes a `Caller`, then its own arguments, and returns an `Answer`.

    The function's docstring is the help. `chain` adds the option that names the network; `signs` those that name the account,
    and `--yes`; `sends` these and `--show-cast`. With `group` it is added to a group of commands, made by `group_of`.
    """
    signs = signs or sends
    own = [*(["network_name"] if chain else []), *(["account", "key_file", "safe", "yes"] if signs else [])]
    own += ["show_cast"] if sends else []

    def make(function: Callable[..., Answer]) -> click.Command:
        @functools.wraps(function)
        @click.pass_context
        def invoke(context: click.Context, /, *, as_json: bool, profile_name: str | None, **arguments: Any) -> None:
            taken = {key: arguments.pop(key) for key in own}
            caller = Caller(load_profile(profile_name), as_json=as_json, **taken)
            answer = _ask(caller, function, arguments, sends)
            print_answer(answer, context.command_path.partition(" ")[2], as_json, caller.out, caller.talk)
            if answer.exit:
                context.exit(int(answer.exit))

        wrapped: Any = invoke
        options = (*(_SENDS if sends else ()), *(_SIGNER if signs else ()), *(_NETWORK if chain else ()), *_COMMON)
        for option in reversed(options):
            wrapped = _last(option)(wrapped)
        word = name or function.__name__.replace("_", "-")
        made: click.Command = (group.command if group else click.command)(word)(wrapped)
        return made

    return make


def _ask(caller: Caller, function: Callable[..., Answer], arguments: dict[str, Any], sends: bool) -> Answer:
    if caller.show_cast:
        from peculium.cli.cast import answer_of_cast

        return answer_of_cast(lambda: function(caller, **arguments))
    try:
        return function(caller, **arguments)
    except (KeyboardInterrupt, click.Abort):
        if sends:
            caller.say_what_was_sent()
        raise


def group_of(name: str, help: str) -> click.Group:
    """Returns a group of commands, such as `mandate`, whose help is this text."""
    return Group(name, help=help)


def _last(option: Callable[[Any], Any]) -> Callable[[Any], Any]:
    # Appends an option after the command's own, which come first in the help.
    def add(function: Any) -> Any:
        own = list(getattr(function, "__click_params__", []))
        function.__click_params__ = []
        option(function)
        function.__click_params__ = [*function.__click_params__, *own]
        return function

    return add
