"""Generated from `peculium.counterparty` by `python -m toolchain.aio --update`."""

from __future__ import annotations

from collections.abc import Sequence

from web3 import Web3

import peculium.counterparty as blocking
from peculium.aio.threads import Threads
from peculium.counterparty.counterparty import Counterparty
from peculium.credentials import SignedCredential
from peculium.network import Network
from peculium.suite import Suite

THREADS = Threads("counterparty")
"""Its own, so that what others wait for never delays it."""


async def check(
    who: str | int,
    network: Network | Suite | Web3 | str,
    *,
    credentials: Sequence[str | bytes | SignedCredential] = (),
    issuers: Sequence[str] = (),
) -> Counterparty:
    """Returns who acts with an address or as an agent, who answers for it, what it may do, and whether it is live.

    `who` is the address of a wallet, or the id of an agent. `network` is the URL of a node, or a connection. `credentials`
    are schemas, by name or hash, of which one of `issuers` must have issued a live credential to the agent's wallet or its
    principal; or credentials that the agent presents.

    Strangers are an answer, not an error: an account without code, another contract, an id that nobody has. Raises
    `InvalidInput` for what can't be an address or an id, and `ChainUnavailable` if the chain doesn't answer.
    """
    return await THREADS.run(blocking.check, who, network, credentials=credentials, issuers=issuers)
