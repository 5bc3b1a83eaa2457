"""Names of a wallet's storage slots, from the committed storage layout and the hashes that a transaction computes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from eth_utils import keccak

LAYOUT = Path(__file__).parents[2] / "toolchain" / "storage-layout.json"
LARGEST_VALUE = 1_024
"""Slots of the largest struct in a mapping; a slot that far behind a hash has another origin."""
WORD = 32
LOCK = (int.from_bytes(keccak(text="openzeppelin.storage.ReentrancyGuard")) - 1).to_bytes(WORD)
LOCK_SLOT = int.from_bytes(keccak(LOCK)) & ~0xFF
"""The transient slot of OpenZeppelin's `ReentrancyGuardTransient`, by the formula of ERC-7201."""


class Member(NamedTuple):
    """A variable of a contract, or a member of a struct."""

    slot: int
    size: int
    """Bytes."""
    label: str
    kind: str
    """Its type; empty for members."""

    def covers(self, slot: int) -> bool:
        """Whether a part of it is in this slot."""
        return self.slot <= slot < self.slot + -(-self.size // WORD)


class Slots:
    """Finds the variable that a storage slot belongs to."""

    def __init__(self, layout: Sequence[str]) -> None:
        """`layout` is that of one contract in `toolchain/storage-layout.json`."""
        self._variables: list[Member] = []
        self._structs: dict[str, list[Member]] = {}
        for line in layout:
            self._read(line)
        self._origins: dict[int, int] = {}

    @classmethod
    def of(cls, contract: str) -> Slots:
        """The slots of a contract of the suite."""
        return cls(json.loads(LAYOUT.read_text())[contract])

    def _read(self, line: str) -> None:
        """Reads `slot offset bytes: name: type` of a variable, or `struct: slot offset bytes: name` of a member."""
        if line.startswith("struct "):
            struct, numbers, label = line.split(": ")
            members, kind = self._structs.setdefault(struct, []), ""
        else:
            numbers, label, kind = line.split(": ")
            members = self._variables
        slot, _, size = map(int, numbers.split())
        members.append(Member(slot, size, label, kind))

    def learn(self, hashed: bytes) -> str | None:
        """Remembers where a mapping has the value of a key. Returns its name; None if the slot isn't a variable's.

        `hashed` is what the contract hashes: the key, and the slot of the mapping (32 bytes each).
        """
        base = int.from_bytes(hashed[WORD:])
        if self._find(base) is None:
            return None
        slot = int.from_bytes(keccak(hashed))
        self._origins[slot] = base
        return self.name(slot)

    def name(self, slot: int) -> str:
        """The variable in a slot, and for a struct its member: the first of several in one slot."""
        found = self._find(slot)
        if found is None:
            return f"{slot:#x}"
        label, kind, offset = found
        members = [each.label for each in self._structs.get(kind, ()) if each.covers(offset)]
        return f"{label}.{members[0]}" if members else label

    def _find(self, slot: int) -> tuple[str, str, int] | None:
        """The variable, the type of the value, and the position of the slot in the value."""
        for each in self._variables:
            if each.covers(slot):
                return each.label, each.kind, slot - each.slot
        start = max((each for each in self._origins if each <= slot < each + LARGEST_VALUE), default=None)
        if start is None:
            return None
        mapping = self._find(self._origins[start])
        if mapping is None:
            return None
        label, kind, _ = mapping
        return label, kind.partition(" => ")[2].removesuffix(")"), slot - start
