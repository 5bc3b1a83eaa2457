"""The registration file of ERC-8004, within its URI: what an agent says of itself. Nobody checks it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from peculium.canonical.reference import AgentReference
from peculium.errors import InvalidInput, clean, quote
from peculium.errors.redaction import shown

TYPE = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1"
"""The `type` of a registration file."""
LONGEST_WRITTEN = 16_000
"""Characters of a URI that is written. Each 32 cost about 22,000 gas."""
LONGEST_READ = 200_000
"""Characters of a URI that is read: it comes from a stranger."""
_DATA = re.compile(r"data:application/json(?:;charset=[\w-]+)?(;base64)?(?:;utf8)?,", re.IGNORECASE)


@dataclass(frozen=True)
class Service:
    """A place at which the agent is reached, such as its MCP server."""

    name: str
    """A2A, MCP, OASF, ENS, DID, email, web, or any other."""
    endpoint: str
    version: str = ""

    @classmethod
    def of(cls, value: Service | Sequence[str]) -> Service:
        """Returns a service given as such, or as name, endpoint and perhaps version."""
        if isinstance(value, Service):
            return value
        parts = [] if isinstance(value, str) else list(value)
        if len(parts) not in (2, 3) or not all(isinstance(each, str) and each.strip() for each in parts):
            raise InvalidInput(
                f"The service is {clean(shown(value))}. Pass its name and endpoint, and its version if any."
            )
        return cls(*parts)

    def as_dict(self) -> dict[str, str]:
        """Returns it as in a registration file."""
        found = {"name": self.name, "endpoint": self.endpoint}
        return found | ({"version": self.version} if self.version else {})


@dataclass(frozen=True)
class RegistrationFile:
    """A registration file. All of it is its author's words."""

    content: Mapping[str, Any]
    """The JSON object, with whatever else the author has written into it."""

    @classmethod
    def write(
        cls,
        name: str,
        description: str,
        *,
        image: str = "",
        services: Sequence[Service | Sequence[str]] = (),
        x402_support: bool = False,
        active: bool = True,
        registrations: Sequence[AgentReference | str] = (),
        supported_trust: Sequence[str] = (),
    ) -> RegistrationFile:
        """Writes a file. Raises `InvalidInput` if name or description is empty, or what should be a list is a text."""
        for what, text in (("name", name), ("description", description)):
            if not isinstance(text, str) or not text.strip():
                raise InvalidInput(f"The agent's {what} is {clean(shown(text))}. Pass a text that people read.")
        for what, values in (
            ("services", services),
            ("registrations", registrations),
            ("supported_trust", supported_trust),
        ):
            if isinstance(values, str):
                raise InvalidInput(f"{what} is {clean(shown(values))}. Pass a list: {what}=[…].")
        return cls(
            {
                "type": TYPE,
                "name": name,
                "description": description,
                "image": image,
                "services": [Service.of(each).as_dict() for each in services],
                "x402Support": x402_support,
                "active": active,
                "registrations": [AgentReference.of(each).as_dict() for each in registrations],
                "supportedTrust": list(supported_trust),
            }
        )

    @classmethod
    def of_uri(cls, uri: str) -> RegistrationFile:
        """Reads the file within a `data:` URI. Asks no server.

        Raises `InvalidInput` for another kind of URI, and for what isn't a registration file.
        """
        head = _DATA.match(uri[:100])
        if head is None:
            raise InvalidInput(
                f"The registration file isn't in its URI but at {quote(uri)}. Read it there."
                if uri
                else "The agent has no registration file. Its owner can set one."
            )
        if len(uri) > LONGEST_READ:
            raise InvalidInput(f"The registration file has {len(uri)} characters; at most {LONGEST_READ} are read.")
        try:
            body = uri[head.end() :]
            data = base64.b64decode(body, validate=True) if head[1] else unquote_to_bytes(body)
            content = json.loads(data.decode(), parse_constant=_refuse)
        except (ValueError, binascii.Error, RecursionError) as error:
            raise InvalidInput(
                f"The registration file isn't JSON: {clean(str(error))}. Its owner can set another."
            ) from None
        if not isinstance(content, dict) or content.get("type") != TYPE:
            raise InvalidInput(f"The URI has no registration file of the type {TYPE}. Its owner can set another.")
        return cls(content)

    @property
    def name(self) -> str:
        """The agent's name; empty if it is none."""
        return self._text("name")

    @property
    def description(self) -> str:
        """What the agent says that it does; empty if it says nothing."""
        return self._text("description")

    @property
    def active(self) -> bool:
        """Whether the file says that the agent is active. The chain knows better: see `peculium.check`."""
        return self.content.get("active") is True

    @property
    def services(self) -> tuple[Service, ...]:
        """Where the agent is reached, without entries that aren't understood."""
        found = self.content.get("services")
        entries = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        texts = [tuple(each.get(name, "") for name in ("name", "endpoint", "version")) for each in entries]
        return tuple(Service(*each) for each in texts if all(isinstance(text, str) for text in each) and all(each[:2]))

    @property
    def registrations(self) -> tuple[AgentReference, ...]:
        """The agents of other registries that this one claims to be too, without entries that aren't understood."""
        found = self.content.get("registrations")
        references = []
        for each in found if isinstance(found, list) else ():
            try:
                references.append(AgentReference.of(f"{each['agentRegistry']}:{each['agentId']}"))
            except (InvalidInput, KeyError, TypeError, ValueError):
                # Such as one of another kind of chain.
                continue
        return tuple(references)

    def with_active(self, active: bool) -> RegistrationFile:
        """Returns the file with another `active`; the rest stays as it is."""
        return RegistrationFile({**self.content, "active": active})

    def with_registration(self, reference: AgentReference) -> RegistrationFile:
        """Returns the file with one more registration, unless it has it."""
        if reference in self.registrations:
            return self
        found = self.content.get("registrations")
        return RegistrationFile(
            {**self.content, "registrations": [*(found if isinstance(found, list) else ()), reference.as_dict()]}
        )

    def uri(self) -> str:
        """Returns the file as a `data:` URI. Raises `InvalidInput` if it is too long to be stored on a chain."""
        text = json.dumps(self.content, ensure_ascii=False, separators=(",", ":"))
        try:
            found = "data:application/json;base64," + base64.b64encode(text.encode()).decode()
        except UnicodeEncodeError:
            raise InvalidInput("The registration file has characters that aren't Unicode text. Pass others.") from None
        if len(found) > LONGEST_WRITTEN:
            raise InvalidInput(
                f"The registration file has {len(found)} characters as a URI; at most {LONGEST_WRITTEN} are stored. Shorten it."
            )
        return found

    def as_dict(self) -> dict[str, Any]:
        """Returns the JSON object."""
        return dict(self.content)

    def _text(self, key: str) -> str:
        found = self.content.get(key)
        return found if isinstance(found, str) else ""


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")
