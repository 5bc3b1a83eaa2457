"""What a file of a Safe's signatures would do, in words, for the owner who signs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from hexbytes import HexBytes

from peculium.errors import InvalidInput, clean, digits
from peculium.explain.meaning import meaning_of
from peculium.mandate.eip712 import digest_of
from peculium.plain import as_plain
from peculium.units import from_base_units, to_address


@dataclass(frozen=True)
class SafeFile:
    """A transaction or a message of a Safe, as the file has it."""

    safe: str
    """Address of the Safe."""
    chain_id: int
    message: Mapping[str, Any]
    """The EIP-712 message that the owners sign."""
    signs: Mapping[str, Any] | None
    """The EIP-712 typed data that the Safe accepts by it; None for a transaction."""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """Returns what a file has. Raises `InvalidInput` if it is no such file, or shows something else than what is signed."""
        try:
            data, signs = content["typed_data"], content.get("signs")
            message, domain = data["message"], data["domain"]
            found = cls(to_address(domain["verifyingContract"]), int(domain["chainId"]), message, signs)
            if data["primaryType"] == "SafeMessage":
                shown = None if signs is None else "0x" + digest_of(dict(signs)).hex()
                if shown != message["message"]:
                    raise InvalidInput(
                        "The file doesn't show what is signed by it, or shows something else. Don't sign it; let it be written anew."
                    )
            elif data["primaryType"] != "SafeTx":
                raise KeyError("typed_data")
            return found
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, InvalidInput):
                raise
            raise InvalidInput(
                f"This isn't a file of a Safe's signatures: {error!r}. Pass one that a command wrote."
            ) from None

    def words(self, names: Mapping[str, str] | None = None) -> str:
        """Returns what the Safe would do, in lines. `names` are addresses by name."""
        known = {address: name for name, address in (names or {}).items()}
        if self.signs is not None:
            members = [f"  {name}: {_shown(value, known)}" for name, value in self.signs["message"].items()]
            return "\n".join([f"It signs {clean(str(self.signs['primaryType']))}:", *members])
        to, data = to_address(self.message["to"]), bytes(HexBytes(self.message["data"]))
        value = from_base_units(int(self.message["value"]), 18)
        sends = f", with {digits(value)} of the native currency" if value else ""
        kind = "" if int(self.message["operation"]) == 0 else " by DELEGATECALL, which can do anything to the Safe"
        return "\n".join([f"It calls {_shown(to, known)}{sends}{kind}:", *(f"  {line}" for line in _call(data, names))])


def _call(data: bytes, names: Mapping[str, str] | None) -> list[str]:
    if not data:
        return ["without data"]
    meaning = meaning_of(data, names)
    return [*str(meaning).splitlines(), *([f"The data: 0x{data.hex()}"] if meaning.kind == "unknown" else [])]


def _shown(value: Any, known: Mapping[str, str]) -> str:
    if isinstance(value, str) and len(value) == 42 and value.startswith("0x"):
        address = to_address(value)
        return f"{known[address]} ({address})" if address in known else address
    return clean(str(as_plain(value)))
