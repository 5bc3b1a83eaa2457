"""One attack while its test runs. It measures what left the wallets, and compares that with what the mandate allows."""

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
from peculium.errors import UnknownRevert
from verification.testing.agents import Agent
from verification.testing.refusals import refuses
from verification.testing.spending import spent_in

APPROVAL = keccak(text="Approval(address,address,uint256)")
ETHER = Decimal(10**18)


@dataclass(frozen=True)
class Holding:
    """What a wallet holds and what its ledger has charged, in whole units."""

    tokens: dict[str, Decimal]
    ether: Decimal
    """Including the wallet's deposit at the EntryPoint."""
    charged: Decimal
    charged_ether: Decimal
    principal: str
    block: int


@dataclass(frozen=True)
class Record:
    """What an attack attempted and extracted."""

    ids: tuple[str, ...]
    name: str
    description: str
    attempts: int
    extracted: dict[str, str]
    allowed: dict[str, str]
    refused_by: tuple[str, ...]


def ids_and_name(function: str) -> tuple[tuple[str, ...], str]:
    """The ids and the name of an attack, from the name of its test: `test_a01_a02_other_exits`."""
    found = re.fullmatch(r"test((?:_[a-z]\d\d)+)_(\w+)", function)
    if found is None:
        raise ValueError(f"{function}: the test of an attack is named test_<id>_<name>, such as test_a01_other_exits.")
    return tuple(found[1].upper().strip("_").split("_")), found[2].replace("_", " ")


@dataclass
class Attack:
    """Counts the attempts of one attack, and measures the losses of the wallets that it watches."""

    web3: Web3
    entry_point: EntryPoint
    tokens: dict[str, tuple[ERC20, int]] = field(default_factory=dict)
    """By address, with the decimals at the start, because some tokens change them. Each token is worth one dollar."""
    attempts: int = 0
    refusals: list[str] = field(default_factory=list)
    allowed: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0))
    paid_by_principal: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0))
    charged_before: Decimal = Decimal(0)
    _watched: dict[str, tuple[Agent, Holding]] = field(default_factory=dict)

    # What the attack may extract

    def watch(self, agent: Agent, *tokens: ERC20) -> None:
        """Measures the losses of a wallet from now on, in these tokens and the usual ones."""
        self.tokens |= {token.address: (token, int(token.read("decimals"))) for token in tokens}
        self._watched[agent.wallet.address] = (agent, self._holding(agent))

    def may_extract(self, dollars: Any = 0, ether: Any = 0) -> None:
        """Sets what the mandate allows during the attack, in whole units. The default is nothing."""
        self.allowed = (Decimal(dollars), Decimal(ether))

    def principal_paid(self, dollars: Any = 0, ether: Any = 0) -> None:
        """Sets what the principal pays himself. The ledger doesn't charge it, so the attack may get it once."""
        self.paid_by_principal = (Decimal(dollars), Decimal(ether))

    def charged_in_advance(self, dollars: Any) -> None:
        """Sets what cheques pay: the ledger charges them when the mandate is set, not when they are cashed."""
        self.charged_before = Decimal(dollars)

    # What the attack attempts

    @contextmanager
    def refused(self, expected: type[ContractError], /, **arguments: Any) -> Iterator[None]:
        """An attempt that is refused with exactly this error, whose given arguments have these values."""
        self.attempts += 1
        with refuses(expected, **arguments):
            yield
        self.refusals.append(_name(expected, arguments))

    @contextmanager
    def refused_by_other(self, error: str) -> Iterator[None]:
        """An attempt that another contract refuses, such as a token. `error` is the signature of its error."""
        self.attempts += 1
        with pytest.raises(UnknownRevert) as caught:
            yield
        expected = (f"0x{keccak(text=error)[:4].hex()}", error.partition("(")[0] + "(")
        assert caught.value.reason.startswith(expected), caught.value
        self.refusals.append(error.partition("(")[0])

    @contextmanager
    def accepted(self) -> Iterator[None]:
        """An attempt that nothing refuses. What it extracts still has to stay within what is allowed."""
        self.attempts += 1
        yield

    def inner_calls(self, results: Any, *expected: type[ContractError] | None) -> None:
        """Attempts that a contract made and whose failures it swallowed: the error of each, or None for a success."""
        found = [None if success else decode_refusal(bytes(data)) for success, data in results]
        names = [type(error).__name__ if error else None for error in found]
        wanted = [each.__name__ if each else None for each in expected]
        wrong = [
            (i, error, name) for i, (error, name) in enumerate(zip(found, wanted, strict=False)) if names[i] != name
        ]
        assert not wrong, f"number, outcome, expected outcome: {wrong}"
        assert len(names) == len(wanted), f"{len(names)} calls were made instead of {len(wanted)}"
        self.attempts += len(names)
        self.refusals += [_name(type(error), error.arguments) for error in found if error]

    # What it extracted

    def finish(self, function: str, description: str) -> Record:
        """Measures. Fails if more was extracted than allowed or charged, or if an approval is left behind."""
        assert self._watched, "the attack watches no wallet"
        assert self.attempts, "the attack attempts nothing"
        dollars, ether, charged = self._measure()
        allowed, allowed_ether = (
            self.allowed[0] + self.paid_by_principal[0],
            self.allowed[1] + self.paid_by_principal[1],
        )
        assert dollars <= allowed, f"{dollars} dollars were extracted, {allowed} are allowed"
        assert ether <= allowed_ether, f"{ether} ether were extracted, {allowed_ether} are allowed"
        accounted = charged + self.paid_by_principal[0] + self.charged_before
        assert dollars <= accounted, f"{dollars} dollars were extracted, {accounted} were charged"
        ids, name = ids_and_name(function)
        return Record(
            ids,
            name,
            description,
            self.attempts,
            {"USD": f"{dollars:f}", "ETH": f"{ether:f}"},
            {"USD": f"{allowed:f}", "ETH": f"{allowed_ether:f}"},
            tuple(dict.fromkeys(self.refusals)),
        )

    def _measure(self) -> tuple[Decimal, Decimal, Decimal]:
        """Dollars and ether extracted, and dollars charged."""
        dollars = ether = charged = Decimal(0)
        for agent, before in self._watched.values():
            after = self._holding(agent)
            assert after.principal == before.principal, f"{agent.wallet} has another principal"
            # Gains don't compensate losses: exchanging one token for another would be a theft too.
            dollars += sum((max(Decimal(0), before.tokens[t] - after.tokens[t]) for t in before.tokens), Decimal(0))
            ether += max(Decimal(0), before.ether - after.ether)
            charged += after.charged - before.charged
            self._require_no_approvals(agent, before.block)
        return dollars, ether, charged

    def _holding(self, agent: Agent) -> Holding:
        wallet = agent.wallet
        return Holding(
            tokens={
                address: Decimal(int(token.read("balanceOf", wallet.address))) / 10**decimals
                for address, (token, decimals) in self.tokens.items()
            },
            ether=self.web3.eth.get_balance(to_checksum_address(wallet.address)) / ETHER
            + self.entry_point.deposit_of(wallet.address),
            charged=spent_in(wallet, "USD"),
            charged_ether=spent_in(wallet, "ETH"),
            principal=wallet.principal,
            block=self.web3.eth.block_number,
        )

    def _require_no_approvals(self, agent: Agent, block: int) -> None:
        """Requires that every approval of the wallet is zero or has the amount that it had at the start (I7)."""
        topics = ["0x" + APPROVAL.hex(), "0x" + agent.wallet.address[2:].lower().rjust(64, "0")]
        for log in self.web3.eth.get_logs({"fromBlock": block, "topics": topics}):
            spender = to_checksum_address(bytes(log["topics"][2])[12:])
            token = ERC20(self.web3, log["address"])
            now, then = (token.read("allowance", agent.wallet.address, spender, block=b) for b in ("latest", block))
            assert now in (0, then), f"{spender} is still approved for {now} of {token.address}"


def _name(refusal: type[ContractError], arguments: dict[str, Any]) -> str:
    if refusal is not UnknownRevert:
        return refusal.__name__
    reason = str(arguments["reason"])
    return "custom revert data" if reason.startswith("0x") else reason
