"""Overviews of several wallets, in as many round trips as that of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from peculium.batch import Answer, Batch
from peculium.chain.abi import topic_of
from peculium.chain.node import Node
from peculium.chain.receipts import event_of
from peculium.errors import ContractError, NodeRefused, WrongContract
from peculium.lookup import Lookup
from peculium.mandate import ZERO_ADDRESS, Mandate
from peculium.overview.parts import Overview
from peculium.overview.reader import ATTEMPTS, Known, Questions, Reader, contradiction, installed_mandate
from peculium.registry import AgentRegistry
from peculium.switch import RevocationSwitch
from peculium.units import to_address
from peculium.wallet import AgentWallet
from peculium.wallet.installed import mandate_of
from peculium.wallet.mandate_code import not_a_wallet

_INSTALLED = topic_of("AgentWallet", "MandateInstalled")


class Overviews:
    """Reads the overviews of several wallets, as their principal sees them.

    It takes four round trips however many wallets there are (more beyond 100 requests), and up to two more for each wallet
    with open requests or authorizations. Mandates and symbols are kept, so that the next `read` takes two.
    """

    def __init__(self, node: Node, wallets: Sequence[AgentWallet], names: Mapping[str, str] | None = None) -> None:
        """`names` is an address book: addresses by name."""
        self._node, self._wallets = node, list(wallets)
        self._symbols: dict[str, str] = {}
        self._lookups = {each.address: Lookup(each, names, self._symbols) for each in self._wallets}
        self._mandates: dict[bytes, Mandate] = {}

    def read(self) -> list[Overview]:
        """Reads all anew, in the order of the wallets. Raises `WrongContract` for an address that isn't a wallet."""
        found: dict[str, Overview] = {}
        left = self._wallets
        for _ in range(ATTEMPTS):
            asked = self._ask(left)
            found |= {
                wallet.address: reader.overview(known, questions)
                for wallet, reader, known, questions in asked
                if questions.still(known)
            }
            # Another mandate was installed meanwhile.
            left = [wallet for wallet in left if wallet.address not in found]
            if not left:
                return [found[wallet.address] for wallet in self._wallets]
        raise contradiction()

    def _ask(self, wallets: Sequence[AgentWallet]) -> list[tuple[AgentWallet, Reader, Known, Questions]]:
        batch, asked = Batch(self._node), []
        for wallet, known in zip(wallets, self._learn(wallets), strict=True):
            key = ZERO_ADDRESS if known.mandate is None else known.mandate.agent_key
            reader = Reader(wallet, self._lookups[wallet.address], key)
            asked.append((wallet, reader, known, reader.ask(batch, known)))
        batch.run()
        return asked

    def _learn(self, wallets: Sequence[AgentWallet]) -> list[Known]:
        batch = Batch(self._node)
        names = ("lastMandateHash", "authority", "REGISTRY", "SWITCH")
        asked = [(wallet, [batch.read(wallet, name) for name in names]) for wallet in wallets]
        batch.run()
        answers = [(wallet, _values(wallet, each)) for wallet, each in asked]
        self._learn_mandates([(wallet, bytes(last)) for wallet, (last, *_) in answers if any(last)])
        found = []
        for wallet, (last, (principal, epoch), registry, switch) in answers:
            contracts = AgentRegistry(wallet.web3, registry), RevocationSwitch(wallet.web3, switch)
            found.append(Known(principal, epoch, bytes(last), self._mandates.get(bytes(last)), *contracts))
        return found

    def _learn_mandates(self, installed: Sequence[tuple[AgentWallet, bytes]]) -> None:
        batch = Batch(self._node)
        unknown = [each for each in installed if each[1] not in self._mandates]
        if not unknown:
            return
        asked = [(wallet, hash_, _ask_event(batch, wallet, hash_)) for wallet, hash_ in unknown]
        batch.run()
        for wallet, hash_, answer in asked:
            self._mandates[hash_] = _mandate(answer, hash_) or installed_mandate(wallet, hash_)
        tokens = [
            token.address for each in self._mandates.values() for budget in each.budgets for token in budget.tokens
        ]
        next(iter(self._lookups.values())).learn(dict.fromkeys(tokens))


def read_overview(node: Node, wallet: AgentWallet, names: Mapping[str, str] | None = None) -> Overview:
    """Returns the overview of one wallet, as its principal sees it."""
    return Overviews(node, [wallet], names).read()[0]


def _values(wallet: AgentWallet, answers: Sequence[Answer]) -> list[Any]:
    try:
        return [each.value for each in answers]
    except (ContractError, WrongContract):
        raise not_a_wallet(wallet) from None


def _ask_event(batch: Batch, wallet: AgentWallet, mandate_hash: bytes) -> Answer:
    topics = [_INSTALLED, "0x" + mandate_hash.hex()]
    query = {"address": to_address(wallet.address), "topics": topics, "fromBlock": "0x0", "toBlock": "latest"}
    return batch.ask("eth_getLogs", query)


def _mandate(answer: Answer, mandate_hash: bytes) -> Mandate | None:
    try:
        logs = answer.value
    except (NodeRefused, ContractError):
        # The node searches fewer blocks at once.
        return None
    events = [event for log in logs if (event := event_of(log)) is not None]
    found = mandate_of(events[-1].arguments["mandate"]) if events else None
    return found if found is not None and found.hash() == mandate_hash else None
