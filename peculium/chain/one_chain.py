"""A connection that serves one chain only."""

from __future__ import annotations

import re
from typing import Any

from web3 import HTTPProvider
from web3.types import RPCEndpoint, RPCResponse

from peculium.chain.text import foreign
from peculium.errors import WrongChain

_HEX = re.compile("0x[0-9a-fA-F]+")
_CHAIN_ID = RPCEndpoint("eth_chainId")


class OneChainProvider(HTTPProvider):
    """A connection by HTTP that asks for the chain id before its first request, and makes none to another chain.

    Every request raises `WrongChain` if the node serves another chain. If the node rejects the question, its rejection is
    the answer to the request.
    """

    def __init__(self, url: str, chain_id: int, name: str, source: str) -> None:
        """Names the chain, and for the message where the URL comes from: "in BASE_RPC"."""
        super().__init__(url)
        self._expected = chain_id
        self._name = name
        self._source = source
        self._confirmed = False

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Makes a request, once the chain is confirmed."""
        if not self._confirmed:
            answer = self._confirm()
            if not self._confirmed:
                return answer
        return super().make_request(method, params)

    def make_batch_request(self, batch_requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse] | RPCResponse:
        """Makes several requests in one round trip, once the chain is confirmed."""
        if not self._confirmed:
            answer = self._confirm()
            if not self._confirmed:
                return answer
        return super().make_batch_request(batch_requests)

    def _confirm(self) -> RPCResponse:
        # Returns the node's answer; it is a rejection unless the chain is confirmed.
        answer = super().make_request(_CHAIN_ID, [])
        if isinstance(answer, dict) and answer.get("error") is not None:
            return answer
        served = answer.get("result") if isinstance(answer, dict) else answer
        found = int(served, 16) if isinstance(served, str) and _HEX.fullmatch(served) else None
        if found != self._expected:
            chain = f"chain {found}" if found is not None else f"a chain whose id is {foreign(served)}"
            raise WrongChain(
                f"The URL {self._source} serves {chain}, and {self._name} is chain {self._expected}. Nothing was sent. "
                f"Use the URL of a node of {self._name}."
            )
        self._confirmed = True
        return answer
