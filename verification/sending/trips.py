"""Round trips of the package's actions on warm objects, beside a plain transfer with web3.py."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from peculium import Agent, AgentWallet, ContractError, Pay, RevocationSwitch, SelfBundler
from peculium.transports import Relayed, Transport, UserOperations
from verification.sending.proxy import Proxy
from verification.sending.setup import start_devnet

LOOKS = {"eth_getTransactionReceipt"}


@dataclass(frozen=True)
class Measured:
    """What an action took."""

    name: str
    trips: int
    """Requests one after another, without looks for a receipt."""
    looks: int
    """Requests that look for a receipt."""
    seconds: float


def measure(latency: float) -> Iterator[Measured]:
    """Measures each action once, after it was done once. `latency` is in seconds per request."""
    with start_devnet() as (devnet, wallet, agent, payee), ExitStack() as stack:
        upstream = devnet.web3.provider.endpoint_uri  # type: ignore[attr-defined]
        with Proxy(upstream, latency) as proxy:
            web3 = proxy.connect()
            client, usdc = AgentWallet(web3, wallet.address), devnet.usdc.address
            bundler, switch = (
                SelfBundler(web3, devnet.role("relayer")),
                RevocationSwitch(web3, devnet.suite.switch.address),
            )
            principal = devnet.role("principal")

            def refused() -> None:
                try:
                    client.pay(agent, usdc, payee, 101)
                except ContractError:
                    return
                raise AssertionError("The payment above the limit was not refused.")

            def plain() -> None:
                sent = web3.eth.send_raw_transaction(
                    agent.sign_transaction(
                        {
                            "to": payee,  # type: ignore[dict-item]  # eth_account types addresses as bytes
                            "value": 1,
                            "gas": 21_000,
                            "nonce": web3.eth.get_transaction_count(agent.address),
                            "chainId": web3.eth.chain_id,
                            "maxFeePerGas": 2 * web3.eth.gas_price,
                            "maxPriorityFeePerGas": web3.eth.max_priority_fee,
                        }
                    ).raw_transaction
                )
                web3.eth.wait_for_transaction_receipt(sent)

            keys = itertools.count()
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            journaled = Agent(wallet.address, agent, web3, journal=folder / "agent.db")
            plainly = Agent(wallet.address, agent, web3)
            relayed, operations = Relayed(devnet.role("relayer")), UserOperations(bundler)

            def once(payer: Agent, via: Transport | None = None, key: str | None = None) -> Callable[[], object]:
                return lambda: payer.pay(usdc, payee, 1, once=key or f"key {next(keys)}", via=via)

            actions: dict[str, Callable[[], object]] = {
                "transfer with web3.py": plain,
                "pay": lambda: client.pay(agent, usdc, payee, 1),
                "pay, refused": refused,
                "operation, own bundler": lambda: bundler.perform(client, agent, Pay(usdc, payee, 1)),
                "pay once, journal": once(journaled),
                "pay once, journal, retry": once(journaled, key="retried"),
                "pay once": once(plainly),
                "pay once, retry": once(plainly, key="retried"),
                "pay once, relayed": once(plainly, relayed),
                "pay once, operation, journal": once(journaled, operations),
                "pay once, operation": once(plainly, operations),
                "pause": lambda: switch.pause(principal, wallet.address),
            }
            for name, action in actions.items():
                action()
                yield _measure(proxy, name, action)


def _measure(proxy: Proxy, name: str, action: Callable[[], object]) -> Measured:
    proxy.trips.clear()
    start = time.perf_counter()
    action()
    seconds = time.perf_counter() - start
    looks = sum(set(trip) <= LOOKS for trip in proxy.trips)
    return Measured(name, len(proxy.trips) - looks, looks, seconds)
