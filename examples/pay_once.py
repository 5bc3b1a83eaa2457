"""The answer to a payment is lost and the program runs again: the supplier is paid once."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eth_typing import URI
from web3 import HTTPProvider, Web3

from peculium import Agent, OutcomeUnknown, configure_sending
from peculium.devnet import Devnet, ready_agent


class LosesAnswers(HTTPProvider):
    """A connection that breaks once the payment is sent: the node makes it, and no answer arrives."""

    def make_request(self, method: Any, params: Any) -> Any:
        answer = super().make_request(method, params)
        if method == "eth_sendRawTransaction":
            self.endpoint_uri = URI("http://127.0.0.1:1")  # nobody is there
            raise ConnectionError("the connection was reset")
        return answer


devnet = Devnet.open()
ready, supplier, usdc = ready_agent(devnet), devnet.role("supplier").address, devnet.usdc
wallet, key, before = ready.wallet.address, ready.key, usdc.balance(supplier)
bad = Web3(LosesAnswers(devnet.url))
configure_sending(bad, timeout=2, patience=1)

with TemporaryDirectory() as folder:
    journal = Path(folder) / "agent.db"  # what is sent is written down here first
    try:
        Agent(wallet, key, bad, journal=journal).pay("USDC", supplier, "42.50", once="INV-42")
    except OutcomeUnknown:
        print("unknown: the answer was lost")
    Agent(wallet, key, devnet.url, journal=journal).pay("USDC", supplier, "42.50", once="INV-42")
print("done: the supplier got", usdc.balance(supplier) - before)
