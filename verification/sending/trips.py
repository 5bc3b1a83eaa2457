"""Round trips of the package's actions on warm objects, beside a plain transfer with web3.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from peculium import AgentWallet, ContractError, RevocationSwitch, SelfBundler
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
    with start_devnet() as (devnet, wallet, agent, payee):
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

            actions: dict[str, Callable[[], object]] = {
                "transfer with web3.py": plain,
                "pay": lambda: client.pay(agent, usdc, payee, 1),
                "pay, refused": refused,
                "operation, own bundler": lambda: bundler.perform(client, agent, "pay", usdc, payee, 1),
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
