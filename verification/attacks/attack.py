"""The record of one attack. It measures what left the wallets itself, and compares it with what the mandate gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from eth_utils import keccak, to_checksum_address
from web3 import Web3

from peculium import ERC20, ContractError, EntryPoint
from peculium.contract import decode_refusal
from peculium.exceptions import UnknownRevert
from verification.expectations import Agent, refuses

APPROVAL = keccak(text="Approval(address,address,uint256)")
ETHER = Decimal(10**18)


@dataclass(frozen=True)
class Holding:
    """What a wallet has, and what it has counted: whole units."""

    tokens: dict[str, Decimal]
    ether: Decimal
    """With what it has deposited with the EntryPoint."""
    charged: Decimal
    charged_ether: Decimal
    principal: str
    block: int


@dataclass(frozen=True)
class Record:
    """What is told of an attack."""

    ids: tuple[str, ...]
    name: str
    tried: str
    attempts: int
    extracted: dict[str, str]
    bound: dict[str, str]
    refused_by: tuple[str, ...]


def ids_and_name(function: str) -> tuple[tuple[str, ...], str]:
    """The ids and the name of an attack, by those of its test: `test_a01_a02_other_ways_out`."""
    found = re.fullmatch(r"test((?:_[a-z]\d\d)+)_(\w+)", function)
    if found is None:
        raise ValueError(f"{function}: an attack's test is named test_<id>_<name>, such as test_a01_other_ways_out.")
    return tuple(found[1].upper().strip("_").split("_")), found[2].replace("_", " ")


@dataclass
class Attack:
    """One attack while it is carried out. What is at stake is what the wallets named by `on` hold from then on."""

    web3: Web3
    entry_point: EntryPoint
    tokens: dict[str, tuple[ERC20, int]] = field(default_factory=dict)
    """By address, with their decimals, which some change later; each is worth a dollar."""
    attempts: int = 0
    refusals: list[str] = field(default_factory=list)
    bound: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0))
    given: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0))
    set_aside: Decimal = Decimal(0)
    _stakes: dict[str, tuple[Agent, Holding]] = field(default_factory=dict)

    # What is at stake

    def on(self, agent: Agent, *tokens: ERC20) -> None:
        """Puts a wallet at stake, with tokens beside the usual ones."""
        self.tokens |= {token.address: (token, int(token.read("decimals"))) for token in tokens}
        self._stakes[agent.wallet.address] = (agent, self._holding(agent))

    def may_take(self, dollars: Any = 0, ether: Any = 0) -> None:
        """What the mandate gives in the time that the attack takes, in whole units; by itself nothing."""
        self.bound = (Decimal(dollars), Decimal(ether))

    def was_given(self, dollars: Any = 0, ether: Any = 0) -> None:
        """What the principal has decided to pay by its own hand: it isn't counted, and the attack may take it once."""
        self.given = (Decimal(dollars), Decimal(ether))

    def was_set_aside(self, dollars: Any) -> None:
        """What is cashed by cheque: counted beforehand, not when it moves."""
        self.set_aside = Decimal(dollars)

    # What is tried

    @contextmanager
    def refused(self, expected: type[ContractError], /, **arguments: Any) -> Iterator[None]:
        """An attempt that is refused with exactly this error, and these arguments of it."""
        self.attempts += 1
        with refuses(expected, **arguments):
            yield
        self.refusals.append(_name(expected, arguments))

    @contextmanager
    def refused_by_other(self, error: str) -> Iterator[None]:
        """The same with an error that isn't ours, by its signature: a token's own."""
        self.attempts += 1
        with pytest.raises(UnknownRevert) as caught:
            yield
        told = (f"0x{keccak(text=error)[:4].hex()}", error.partition("(")[0] + "(")
        assert caught.value.reason.startswith(told), caught.value
        self.refusals.append(error.partition("(")[0])

    @contextmanager
    def through(self) -> Iterator[None]:
        """An attempt that nobody refuses: what it takes has to be within the bound all the same."""
        self.attempts += 1
        yield

    def swallowed(self, results: Any, *expected: type[ContractError] | None) -> None:
        """Attempts that a contract made, and whose failure it hid: with what each was refused; None for one that wasn't."""
        found = [None if success else decode_refusal(bytes(data)) for success, data in results]
        names = [type(error).__name__ if error else None for error in found]
        asked = [each.__name__ if each else None for each in expected]
        odd = [(i, error, name) for i, (error, name) in enumerate(zip(found, asked, strict=False)) if names[i] != name]
        assert not odd, f"number, what came of it, what should have: {odd}"
        assert len(names) == len(asked), f"{len(names)} calls were made, not {len(asked)}"
        self.attempts += len(names)
        self.refusals += [_name(type(error), error.arguments) for error in found if error]

    # What came of it

    def finish(self, function: str, tried: str) -> Record:
        """Measures, and fails if more was taken than the mandate gives, or than was charged, or anything was left behind."""
        assert self._stakes, "no wallet was at stake"
        assert self.attempts, "nothing was tried"
        dollars, ether = Decimal(0), Decimal(0)
        charged, charged_ether = Decimal(0), Decimal(0)
        for agent, before in self._stakes.values():
            after = self._holding(agent)
            assert after.principal == before.principal, f"{agent.wallet} has another principal"
            # Gains are not set off: one token given for another would be a theft all the same.
            dollars += sum((max(Decimal(0), before.tokens[t] - after.tokens[t]) for t in before.tokens), Decimal(0))
            ether += max(Decimal(0), before.ether - after.ether)
            charged += after.charged - before.charged
            charged_ether += after.charged_ether - before.charged_ether
            self._require_no_approvals(agent, before.block)
        most, most_ether = self.bound[0] + self.given[0], self.bound[1] + self.given[1]
        assert dollars <= most, f"{dollars} dollars were taken, at most {most} may be"
        assert ether <= most_ether, f"{ether} ether were taken, at most {most_ether} may be"
        counted = charged + self.given[0] + self.set_aside
        assert dollars <= counted, f"{dollars} dollars were taken, {counted} were counted"
        ids, name = ids_and_name(function)
        return Record(
            ids,
            name,
            tried,
            self.attempts,
            {"USD": f"{dollars:f}", "ETH": f"{ether:f}"},
            {"USD": f"{most:f}", "ETH": f"{most_ether:f}"},
            tuple(dict.fromkeys(self.refusals)),
        )

    def _holding(self, agent: Agent) -> Holding:
        wallet = agent.wallet
        return Holding(
            tokens={
                address: Decimal(int(token.read("balanceOf", wallet.address))) / 10**decimals
                for address, (token, decimals) in self.tokens.items()
            },
            ether=self.web3.eth.get_balance(wallet.address) / ETHER + self.entry_point.deposit_of(wallet.address),
            charged=wallet.spent("USD"),
            charged_ether=wallet.spent("ETH", 18),
            principal=wallet.principal,
            block=self.web3.eth.block_number,
        )

    def _require_no_approvals(self, agent: Agent, block: int) -> None:
        """No approval is other than it was, whoever it is of."""
        topics = ["0x" + APPROVAL.hex(), "0x" + agent.wallet.address[2:].lower().rjust(64, "0")]
        for log in self.web3.eth.get_logs({"fromBlock": block, "topics": topics}):
            spender = to_checksum_address(bytes(log["topics"][2])[12:])
            token = ERC20(self.web3, log["address"])
            now, then = (token.read("allowance", agent.wallet.address, spender, block=b) for b in ("latest", block))
            assert now == then, f"{spender} may still take {now} of {token.address}"


def _name(refusal: type[ContractError], arguments: dict[str, Any]) -> str:
    if refusal is not UnknownRevert:
        return refusal.__name__
    reason = str(arguments["reason"])
    return "data of its own" if reason.startswith("0x") else reason
