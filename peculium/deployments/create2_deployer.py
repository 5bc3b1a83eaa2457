"""Creation of the CREATE2 deployer on a chain that lacks it.

Its transaction was signed once for all chains: it has no chain id (as before EIP-155), and its signature was chosen, so nobody
has the key of its sender. It can be included if its sender has the money for its gas, and if nodes still take such
transactions.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils import keccak

from peculium.chain.answers import Answer, classify
from peculium.chain.fees import base_fee
from peculium.chain.node import FIRST_PAUSE, LONGEST_PAUSE, Node
from peculium.chain.receipts import to_int
from peculium.chain.sender import Intent, Signer
from peculium.chain.transactions import run
from peculium.deployments.create2 import DEPLOYER, DEPLOYER_CODE
from peculium.deployments.record import record_of
from peculium.errors import ChainUnavailable, NoContractHere, NodeRefused, OutcomeUnknown
from peculium.errors.money import NATIVE_UNIT
from peculium.journal import Journal

SENDER = "0x3fAB184622Dc19b6109349B94811493BF2a45362"
"""The account that creates it. Nobody has its key."""
GAS, GAS_PRICE = 100_000, 100 * 10**9
"""Gas limit, and wei per gas, of its transaction."""
COST = GAS * GAS_PRICE
"""What its sender must have (wei). What isn't used is lost."""
TRANSACTION = (
    "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe"
    + DEPLOYER_CODE.hex()
    + "1ba0"
    + "22" * 32
    + "a0"
    + "22" * 32
)
HASH = "0x" + keccak(hexstr=TRANSACTION).hex()
"""Its hash."""
FUNDING_GAS = 21_000
"""Gas of the transfer to its sender."""


@dataclass(frozen=True)
class DeployerCreation:
    """Creates the CREATE2 deployer, once."""

    node: Node
    signer: Signer
    journal: Journal | None = None

    def run(self) -> None:
        """Creates it unless it exists. First asks the node whether it takes the transaction, then pays for it.

        Raises `ChainUnavailable` if the chain or the node doesn't take it; then nothing was sent.
        """
        if self._exists("Nothing was sent."):
            return
        self._check_price()
        if self._lacks_money():
            missing = COST - to_int(self.node.request("eth_getBalance", SENDER, "latest"))
            if missing > 0:
                record = record_of(self.node, self.journal, SENDER, b"")
                run(self.node, self.signer, Intent(SENDER, b"", missing), record=record)
        self._wait()

    def _exists(self, spent: str) -> bool:
        # Raises if its transaction was included and has created nothing: it has no other one.
        code, used = self.node.batch(
            [("eth_getCode", (DEPLOYER, "latest")), ("eth_getTransactionCount", (SENDER, "latest"))]
        )
        for answer in (code, used):
            if isinstance(answer, NodeRefused):
                raise answer
        if code == "0x" and to_int(used):
            raise NoContractHere(
                f"The CREATE2 deployer can't be created on this chain: its transaction {HASH} was included and has created "
                f"nothing. {spent} Use another chain."
            )
        return bool(code != "0x")

    def _check_price(self) -> None:
        price = base_fee(self.node.request("eth_getBlockByNumber", "latest", False)) or 0
        if price > GAS_PRICE:
            raise ChainUnavailable(
                f"The CREATE2 deployer can't be created now: its transaction pays {GAS_PRICE // 10**9} gwei, and the block asks "
                f"for {price / 10**9:g} gwei. Nothing was sent. Wait until gas is cheaper, or use another chain."
            )

    def _lacks_money(self) -> bool:
        # Hands in. That the sender can't pay is the refusal that is wanted; any other comes again after the payment.
        try:
            self._hand_in()
        except NodeRefused as error:
            answer = classify(error)
            if answer is Answer.NO_FUNDS:
                return True
            if answer in (Answer.ACCEPTED, Answer.NONCE_PENDING):
                return False
            raise ChainUnavailable(
                f"The node doesn't take the transaction that creates the CREATE2 deployer, which has no chain id: "
                f"{error.reason.rstrip('.')}. Nothing was sent. Use a node that takes it (geth: --rpc.allow-unprotected-txs), "
                "or another chain."
            ) from None
        return False

    def _hand_in(self) -> None:
        self.node.attempt("eth_sendRawTransaction", TRANSACTION)

    def _wait(self) -> None:
        deadline, pause, last = self.node.clock() + self.node.options.timeout, FIRST_PAUSE, ""
        while True:
            try:
                if self._exists("Its gas was paid."):
                    return
                self._hand_in()
            except NoContractHere:
                raise
            except ChainUnavailable as error:
                last = f" The node's last words: {error}"
            if self.node.clock() >= deadline:
                raise OutcomeUnknown(
                    f"The transaction that creates the CREATE2 deployer is paid for ({NATIVE_UNIT.show(COST)}) and was handed in, "
                    f"and {DEPLOYER} has no code yet.{last} Deploy again later: it isn't paid twice.",
                    HASH,
                    SENDER,
                    0,
                )
            self.node.sleep(min(pause, max(0.0, deadline - self.node.clock())))
            pause = min(2 * pause, LONGEST_PAUSE)
