"""Binding of an ERC-20 token."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any

from eth_abi import encode
from eth_utils import keccak
from hexbytes import HexBytes

from peculium.chain.refusals import refusal_of_node
from peculium.contract import Contract, Receipt, Sender, Signer
from peculium.errors import ContractError, InvalidInput, NodeRefused, clean
from peculium.foreign import of_token
from peculium.units import Amount, from_base_units, to_address, to_base_units

MAX_DECIMALS = 255
"""The most that a token can report, in 8 bits."""
_AUTHORIZATION_STATE = keccak(text="authorizationState(address,bytes32)")[:4]


def authorization_state_data(holder: str, nonce: bytes) -> str:
    """Returns the calldata (0x hex) that asks a token whether a nonce of a holder was used or canceled (EIP-3009)."""
    return "0x" + (_AUTHORIZATION_STATE + encode(["address", "bytes32"], [holder, nonce])).hex()


class ERC20(Contract):
    """An ERC-20 token. Amounts are whole tokens."""

    abi_name = "ERC20"

    @cached_property
    def decimals(self) -> int:
        """Decimals of the token. Read once and cached. Raises `InvalidInput` if the token doesn't report them."""
        answer = self._answer(self.call_data("decimals"))
        if len(answer) != 32 or (decimals := int.from_bytes(answer)) > MAX_DECIMALS:
            raise InvalidInput(
                f"The token {self.address} doesn't report its decimals. Check the address and the chain."
            )
        return decimals

    def is_authorization_used(self, holder: str, nonce: bytes) -> bool:
        """Whether the token reports a nonce of a holder (EIP-3009) as used or canceled. False if it reports nothing."""
        return int.from_bytes(self._answer(authorization_state_data(holder, nonce))) == 1

    def _answer(self, data: str) -> bytes:
        # What the token returns, or nothing if it reverts. Not `read`: where ape is imported, eth_abi decodes missing data as
        # zero.
        try:
            return HexBytes(self.node.request("eth_call", {"to": self.address, "data": data}, "latest"))
        except NodeRefused as error:
            if not isinstance(refusal_of_node(error), ContractError):
                raise
            return b""

    def read(self, function: str, *arguments: Any, **options: Any) -> Any:
        """As `Contract.read`. What a token reverts with is never an error of a wallet."""
        try:
            return super().read(function, *arguments, **options)
        except ContractError as error:
            raise of_token(error) from None

    def send(self, signer: Sender, function: str, *arguments: Any, **options: Any) -> Receipt:
        """As `Contract.send`. What a token reverts with is never an error of a wallet."""
        try:
            return super().send(signer, function, *arguments, **options)
        except ContractError as error:
            raise of_token(error) from None

    @cached_property
    def symbol(self) -> str:
        """Symbol of the token, without control and bidirectional characters. Read once and cached."""
        return clean(str(self.read("symbol")))

    def balance(self, holder: str) -> Decimal:
        """Returns the balance of `holder` (whole tokens)."""
        return from_base_units(self.read("balanceOf", to_address(holder)), self.decimals)

    def transfer(self, signer: Signer, to: str, amount: Amount) -> Receipt:
        """Transfers `amount` (whole tokens) from the signer to `to`."""
        return self.send(signer, "transfer", to_address(to), to_base_units(amount, self.decimals))
