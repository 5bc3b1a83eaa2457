"""Profiles: which network, which account, and names of addresses. One TOML file each in the platform's config folder."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import tomlkit

from peculium.cli.folders import config_folder, write_private
from peculium.errors import InvalidInput, quote
from peculium.units import to_address

VARIABLE = "PECULIUM_PROFILE"
"""The environment variable that names the profile."""
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


@dataclass(frozen=True)
class Profile:
    """What a command takes for granted unless an option says otherwise."""

    name: str = ""
    """Empty if no profile was chosen yet."""
    network: str | None = None
    """A known network, or the URL of a node."""
    rpc: str | None = None
    """URL of a node of the known network; otherwise its environment variable has it. It may contain a key."""
    account: str | None = None
    """Name or path of a keystore."""
    key_file: str | None = None
    """Path of a file with a private key, for local chains and scripts."""
    safe: str | None = None
    """Address of the Safe that is the principal."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Addresses by name."""

    def as_dict(self) -> dict[str, Any]:
        """Returns the profile as values that JSON can hold, without the URL that may contain a key."""
        return {**asdict(self), "names": dict(self.names), "rpc": "set" if self.rpc else None}

    def with_name(self, name: str, address: str | None) -> Profile:
        """Returns the profile with an address under a name, or without the name."""
        if not NAME.fullmatch(name):
            raise InvalidInput(f"{quote(name)} is no name. Pass small letters, digits, points and hyphens.")
        names = {each: known for each, known in self.names.items() if each != name}
        return replace(self, names={**names, name: to_address(address)} if address else names)


def load_profile(name: str | None = None) -> Profile:
    """Returns a profile: the named one, that of `PECULIUM_PROFILE`, the one in use, or an empty one.

    Raises `InvalidInput` if the named one doesn't exist, or its file can't be read.
    """
    wanted = name or os.environ.get(VARIABLE) or current()
    if not wanted:
        return Profile()
    path = _path(wanted)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return _profile(wanted, content)
    except FileNotFoundError:
        known = ", ".join(profiles()) or "none yet"
        raise InvalidInput(
            f"There is no profile {quote(wanted)} (there are: {known}). Make it: peculium use NETWORK --as {wanted}"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise InvalidInput(f"The profile {path} can't be read: {error}. Mend or remove the file.") from None


def save_profile(profile: Profile) -> None:
    """Writes a profile's file."""
    content = {key: value for key, value in asdict(profile).items() if value and key not in ("name", "names")}
    document = tomlkit.document()
    document.update(content)
    if profile.names:
        document["names"] = dict(profile.names)
    write_private(_path(profile.name), tomlkit.dumps(document))


def profiles() -> list[str]:
    """Returns the names of all profiles."""
    return sorted(each.stem for each in (config_folder() / "profiles").glob("*.toml"))


def current() -> str:
    """Returns the name of the profile in use; empty if none was chosen yet."""
    path = config_folder() / "current"
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def set_current(name: str) -> None:
    """Makes a profile the one in use."""
    write_private(config_folder() / "current", name + "\n")


def _path(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise InvalidInput(f"{quote(name)} is no name of a profile. Pass small letters, digits, points and hyphens.")
    return config_folder() / "profiles" / f"{name}.toml"


def _profile(name: str, content: dict[str, Any]) -> Profile:
    texts = {key: value for key, value in content.items() if key != "names"}
    unknown = texts.keys() - {"network", "rpc", "account", "key_file", "safe"}
    if unknown or not all(isinstance(value, str) for value in texts.values()):
        raise ValueError(f"{', '.join(sorted(unknown)) or 'a value'} isn't known there")
    names = {each: to_address(address) for each, address in content.get("names", {}).items()}
    return Profile(name, **texts, names=names)
