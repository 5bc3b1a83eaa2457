"""Whether a chain, its node and an account suit the wallets: every finding with what to do. Sends nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from web3 import Web3

from peculium.chain.node import Node, Request
from peculium.chain.receipts import to_int
from peculium.deployments import suite_addresses
from peculium.deployments.create2 import DEPLOYER, DEPLOYER_CODE
from peculium.deployments.entry_points import ENTRY_POINTS, entry_point_requests, entry_point_version
from peculium.deployments.final import known_network_of
from peculium.deployments.findings import Diagnosis, Finding, fail, ok, warn
from peculium.deployments.networks import KnownNetwork, KnownToken, tokens
from peculium.deployments.plan import plan_deployment
from peculium.deployments.probes import INSTRUCTION_REQUESTS, P256_REQUEST, missing_instructions, verifies_p256
from peculium.deployments.token_findings import token_finding, token_requests
from peculium.errors import ChainUnavailable, NodeRefused, PeculiumError
from peculium.errors.money import digits
from peculium.network import Network
from peculium.operations import ENTRY_POINT
from peculium.suite import Suite
from peculium.units import to_address

SKEW_SECONDS = 30
"""Difference between the clocks of machine and chain that does no harm. Signatures are valid for minutes at least."""
BLOCKS_BEHIND = 5
"""Usual block times that the last block may be old in addition."""
SPANS = (100_000, 10_000, 2_000, 500, 100)
"""Numbers of blocks with which the search for events is tried, in one round trip."""
WIDE_SPAN = 2_000
"""With fewer blocks at once, histories take many requests."""


def diagnose(
    network: Network | Suite | Web3 | str,
    account: str | None = None,
    entry_point: str = ENTRY_POINT,
    now: Callable[[], float] = time.time,
) -> Diagnosis:
    """Looks at a chain in few round trips. `account` is who would deploy; `now` is the machine's clock (unix seconds).

    Raises `InvalidInput` if the network or an address is malformed; everything else is a finding.
    """
    net = Network.of(network)
    node = net.node
    payer = None if account is None else to_address(account)
    try:
        chain_id = node.chain_id()
        doctor = _Doctor(net, node, chain_id, known_network_of(chain_id), payer, to_address(entry_point), now)
        return Diagnosis(chain_id, doctor.known.name if doctor.known else None, tuple(doctor.findings()))
    except ChainUnavailable as error:
        return Diagnosis(None, None, (fail("node", str(error), "Check the URL and its key, or use another node."),))


@dataclass(frozen=True)
class _Doctor:
    network: Network
    node: Node
    chain_id: int
    known: KnownNetwork | None
    account: str | None
    entry_point: str
    now: Callable[[], float]

    def findings(self) -> Iterator[Finding]:
        """Yields all findings, in the order in which people need them."""
        entries = list(dict.fromkeys((self.entry_point, *ENTRY_POINTS.values())))
        listed = list(tokens(self.chain_id).values())
        groups: list[Sequence[Request]] = [
            [("eth_getBlockByNumber", (tag, False)) for tag in ("latest", "finalized")],
            INSTRUCTION_REQUESTS,
            [P256_REQUEST, ("eth_getCode", (DEPLOYER, "latest"))],
            *(entry_point_requests(each) for each in entries),
            *(token_requests(each) for each in listed),
        ]
        answers = iter(self.node.batch([each for group in groups for each in group]))
        blocks, instructions, (p256, deployer), *rest = [[next(answers) for _ in group] for group in groups]
        yield self._chain()
        yield self._clock(blocks[0])
        yield self._final(blocks)
        yield self._instructions(instructions)
        yield self._p256(p256)
        yield self._deployer(deployer)
        for address, found in zip(entries, rest, strict=False):
            yield self._entry_point(address, found)
        yield self._logs(blocks[0])
        yield from self._deployment()
        yield from self._tokens(listed, rest[len(entries) :])

    def _chain(self) -> Finding:
        if self.known is None:
            return warn(
                "chain", f"{self.node.url} serves chain {self.chain_id}, which has no entry in the file of networks."
            )
        kind = "a test network" if self.known.test else "a network with real money"
        return ok("chain", f"{self.node.url} serves chain {self.chain_id}, {self.known.name}, {kind}.")

    def _clock(self, block: Any) -> Finding:
        if not isinstance(block, dict):
            return fail("clock", "The node doesn't show its last block.", "Use another node.")
        behind = self.now() - to_int(block["timestamp"])
        usual = (self.known.block_seconds if self.known else None) or 0
        if behind < -SKEW_SECONDS:
            return fail(
                "clock",
                f"This machine's clock is {-behind:.0f} seconds behind the last block.",
                "Set the machine's clock (NTP): signatures and mandates would begin and end at wrong times.",
            )
        if behind > SKEW_SECONDS + BLOCKS_BEHIND * usual:
            return warn(
                "clock",
                f"The last block is {behind:.0f} seconds older than this machine's clock.",
                "Check the machine's clock (NTP). If it is right, the node is behind or the chain makes no blocks now.",
            )
        return ok("clock", f"The last block is {max(0, behind):.0f} seconds old by this machine's clock.")

    def _final(self, blocks: Sequence[Any]) -> Finding:
        latest, last = blocks
        if self.known is None or self.known.final != "finalized":
            after = 1 if self.known is None else self.known.final
            return ok("finality", f"A block counts as final after {after} block{'s' if after != 1 else ''}.")
        if not isinstance(last, dict) or not isinstance(latest, dict):
            return fail("finality", "The node doesn't say which blocks are final.", "Use another node to deploy.")
        behind = to_int(latest["number"]) - to_int(last["number"])
        return ok("finality", f"The last final block is {behind} blocks behind the last one.")

    def _instructions(self, answers: list[Any]) -> Finding:
        missing, reason = missing_instructions(answers)
        if missing:
            text = f"The EVM doesn't run {', '.join(missing)} ({reason}); the contracts need Cancun."
            return fail("Cancun", text, "Use another chain.")
        return ok("Cancun", "The EVM runs all instructions of the contracts.")

    def _p256(self, answer: Any) -> Finding:
        there, listed = verifies_p256(answer), self.known.p256 if self.known else None
        if there is None:
            return warn("P-256", "The node doesn't say whether a precompile verifies signatures on P-256.")
        text = f"{'A' if there else 'No'} precompile verifies signatures on P-256"
        if listed is not None and listed != there:
            return warn("P-256", f"{text}; the file of networks says otherwise.", "Report it: the file is wrong.")
        if not there:
            return warn("P-256", f"{text}: actions of agent keys on P-256 cost more gas.")
        return ok("P-256", f"{text}.")

    def _deployer(self, answer: Any) -> Finding:
        code = bytes.fromhex(answer[2:]) if isinstance(answer, str) else None
        if code == DEPLOYER_CODE:
            return ok("CREATE2 deployer", f"It is at {DEPLOYER}.")
        if code == b"":
            return warn(
                "CREATE2 deployer",
                f"It isn't at {DEPLOYER}.",
                "`peculium deploy` creates it for 0.01 of the native currency, where the node takes transactions without a "
                "chain id.",
            )
        return fail("CREATE2 deployer", f"Another contract is at {DEPLOYER}.", "Use another chain.")

    def _entry_point(self, address: str, answers: Sequence[Any]) -> Finding:
        version = next((name for name, each in ENTRY_POINTS.items() if each == address), "")
        name, needed = f"EntryPoint {version or address}", address == self.entry_point
        try:
            found = entry_point_version(address, self.chain_id, answers)
        except PeculiumError as error:
            return (
                fail(name, str(error), "Use another chain or EntryPoint.")
                if needed
                else ok(name, f"It isn't at {address}.")
            )
        if version and found != version:
            return fail(name, f"{address} has the interface of version {found}.", "Don't use it: report this chain.")
        return ok(name, f"It is at {address}, with the interface of version {found}.")

    def _logs(self, block: Any) -> Finding:
        head = to_int(block["number"]) if isinstance(block, dict) else 0
        registry, advice = suite_addresses()["AgentRegistry"], "Use another node: histories and evidence need events."
        ranges = [(span, max(0, head - span + 1)) for span in SPANS]
        try:
            answers = self.node.batch(
                [
                    ("eth_getLogs", ({"address": registry, "fromBlock": hex(first), "toBlock": hex(head)},))
                    for _, first in ranges
                ]
            )
        except ChainUnavailable as error:
            return warn("events", f"The search for events isn't answered: {error}", advice)
        span = next((span for (span, _), each in zip(ranges, answers, strict=True) if isinstance(each, list)), None)
        if span is None:
            reason = next(each.reason for each in answers if isinstance(each, NodeRefused))
            return fail("events", f"The node doesn't search {SPANS[-1]} blocks for events: {reason}.", advice)
        if span < WIDE_SPAN:
            return warn("events", f"The node searches {span:,} blocks for events at once; histories take long.", advice)
        return ok("events", f"The node searches {span:,} blocks for events at once, or more.")

    def _deployment(self) -> Iterator[Finding]:
        try:
            plan = plan_deployment(self.network, self.account, entry_point=self.entry_point)
        except PeculiumError as error:
            yield fail("suite", f"A deployment can't be planned: {error}", "See the findings above.")
            return
        differing = [each.name for each in plan.contracts if each.state == "differs"]
        if differing:
            yield fail("suite", f"Other code is at the address of {', '.join(differing)}.", "peculium verify")
        elif plan.complete:
            yield ok("suite", f"All {len(plan.contracts)} contracts are there.")
        else:
            missing = sum(each.state == "missing" for each in plan.contracts)
            text = f"{missing} of {len(plan.contracts)} contracts are missing; their deployment costs about {digits(plan.cost)} now."
            yield warn("suite", text, "peculium deploy")
        if plan.balance is not None:
            yield self._balance(
                digits(plan.balance), digits(plan.needed), plan.balance >= plan.needed and plan.balance > 0
            )

    def _balance(self, balance: str, needed: str, enough: bool) -> Finding:
        text = f"{self.account} has {balance} of the native currency"
        if enough:
            return ok("balance", f"{text}.")
        faucets = self.known.faucets if self.known else ()
        where = f" Faucets: {', '.join(faucets)}" if faucets else ""
        wanted = f"; the deployment needs {needed}" if needed != "0" else ", so it can't send transactions"
        return fail("balance", f"{text}{wanted}.", f"Send native currency to {self.account}.{where}")

    def _tokens(self, listed: Sequence[KnownToken], answers: Sequence[Sequence[Any]]) -> Iterator[Finding]:
        for token, found in zip(listed, answers, strict=True):
            yield token_finding(token, found)
