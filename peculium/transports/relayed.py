"""Actions that the agent key signs and another account sends."""

from __future__ import annotations

from datetime import timedelta

from hexbytes import HexBytes

from peculium.chain.node import Request
from peculium.chain.receipts import to_int
from peculium.chain.record import Signed, Unrecorded
from peculium.chain.sender import Signer, require_signer
from peculium.contract import Read, Receipt, read_all
from peculium.errors import ContractError, NonceSpent
from peculium.journal import Attempt, Journal
from peculium.keys import AgentSigner
from peculium.lookup import Lookup
from peculium.relays import SignedAction
from peculium.transports.earlier import Earlier
from peculium.transports.once import Once, once_nonce
from peculium.transports.transport import Transport
from peculium.units import Amount, to_seconds
from peculium.wallet import Action, AgentWallet

WAY = "a signed action that another account relays"
DEADLINE = timedelta(hours=1)
"""For how long a signed action can be relayed."""


class Relayed(Transport):
    """Actions that the agent key signs and `relayer`, an account, sends. The relayer pays the gas."""

    def __init__(
        self,
        relayer: Signer,
        fee: tuple[str, Amount] | None = None,
        deadline: timedelta | int = DEADLINE,
        confirmations: int | None = None,
    ) -> None:
        """`fee` is a token (address or symbol) and an amount (whole tokens) for the relayer, who must be a payee of the mandate.

        Nobody else can relay what was signed, and nobody at all after `deadline` (an `int` is seconds). `confirmations` is as
        in `SendOptions`.
        """
        self.relayer = require_signer(relayer)
        self.fee, self.deadline, self.confirmations = fee, to_seconds(deadline), confirmations

    def _send(self, wallet: AgentWallet, key: Signer | AgentSigner, action: Action, once: Once | None) -> Receipt:
        fee = None if self.fee is None else (Lookup(wallet).token(self.fee[0]), self.fee[1])
        if once is not None:
            return relay_once(
                wallet, key, self.relayer, action, once, fee, self.deadline, confirmations=self.confirmations
            )
        (mandate,), (block,) = read_all(wallet.node, [Read(wallet, "mandateHash")], [_LATEST])
        signed = wallet.sign_action(
            key,
            action,
            deadline=to_int(block["timestamp"]) + self.deadline,
            relayer=self.relayer.address,
            fee=fee,
            mandate_hash=bytes(mandate),
        )
        return _act(wallet, self.relayer, signed, self.confirmations)


_LATEST: Request = ("eth_getBlockByNumber", ("latest", False))


def relay_once(
    wallet: AgentWallet,
    key: Signer | AgentSigner,
    relayer: Signer,
    action: Action,
    once: Once,
    fee: tuple[str, Amount] | None = None,
    deadline: int = to_seconds(DEADLINE),
    confirmations: int | None = None,
) -> Receipt:
    """Has an action relayed whose nonce follows from the key, so that the wallet itself executes it once.

    The wallet's nonces outlive mandates. Returns the receipt of the first time; see `Transport.send`.
    """
    nonce, options = once_nonce(wallet.address, once.key), wallet.node.options
    content = bytes(HexBytes(wallet.call_data(action.function, *action.arguments(wallet))))
    earlier = Earlier(wallet, once, content, confirmations or options.confirmations)
    reads = [Read(wallet, "mandateHash"), Read(wallet, "isActionSpent", (nonce,))]
    (mandate, spent), (block,) = read_all(wallet.node, reads, [_LATEST])
    record = None if once.journal is None else RelayRecord(wallet, once, once.journal, content)
    if record is not None:
        record.check()
    if spent:
        return earlier.receipt(options.timeout)
    signed = wallet.sign_action(
        key,
        action,
        deadline=to_int(block["timestamp"]) + deadline,
        nonce=nonce,
        relayer=relayer.address,
        fee=fee,
        mandate_hash=bytes(mandate),
    )
    try:
        return _act(wallet, relayer, signed, confirmations, record)
    except ContractError as error:
        # Another process was faster, or this one before it crashed. The node may show that before or after it says so.
        if f"NonceSpent(nonce={nonce})" not in (_name(error), error.arguments.get("reason")):
            raise
        return earlier.receipt(options.timeout)


def _name(error: ContractError) -> str:
    return f"NonceSpent(nonce={error.nonce})" if isinstance(error, NonceSpent) else ""


def _act(
    wallet: AgentWallet,
    relayer: Signer,
    signed: SignedAction,
    confirmations: int | None,
    record: RelayRecord | None = None,
) -> Receipt:
    return wallet.send(
        relayer,
        "act",
        signed.action,
        signed.relay(),
        signed.signature,
        event="ActionRelayed",
        confirmations=confirmations,
        record=record,
    )


class RelayRecord(Unrecorded):
    """Writes down that a key was used for a relayed action. The nonce guarantees that it is done once, so no version is kept."""

    def __init__(self, wallet: AgentWallet, once: Once, journal: Journal, content: bytes) -> None:
        super().__init__()
        self._wallet, self._once, self._journal, self._content = wallet, once, journal, content

    def check(self) -> None:
        """Raises `OnceMismatch` if the journal has something else under the key."""
        entry = self._journal.entry(self._once.place(self._wallet))
        if entry is not None:
            self._once.require_same(self._wallet, entry, WAY, self._content)

    def add(self, version: Signed, after: int) -> tuple[Signed, ...]:
        """See `Record.add`."""
        attempt = Attempt(version.hash, {"nonce": hex(once_nonce(self._wallet.address, self._once.key))})
        entry = self._journal.write(self._once.place(self._wallet), WAY, self._content, attempt, 0)
        self._once.require_same(self._wallet, entry, WAY, self._content)
        return super().add(version, after)
