"""Binding of an ERC-20 token."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any

from hexbytes import HexBytes

from peculium.chain.refusals import refusal_of_node
from peculium.contract import Contract, Receipt, Signer
from peculium.exceptions import ContractError, InvalidInput, NodeRefused, clean
from peculium.foreign import of_token
from peculium.units import Amount, from_base_units, to_address, to_base_units

MAX_DECIMALS = 255
"""The most that a token can report, in 8 bits."""


class ERC20(Contract):
    """An ERC-20 token. Amounts are whole tokens."""

    abi_name = "ERC20"

    @cached_property
    def decimals(self) -> int:
        """Decimals of the token. Read once and cached. Raises `InvalidInput` if the token doesn't report them."""
        # Not `read`: where ape is imported, eth_abi decodes missing data as zero.
        call = {"to": self.address, "data": self.call_data("decimals")}
        try:
            answer = HexBytes(self.node.request("eth_call", call, "latest"))
        except NodeRefused as error:
            if not isinstance(refusal_of_node(error), ContractError):
                raise
            answer = HexBytes(b"")
        if len(answer) != 32 or (decimals := int.from_bytes(answer)) > MAX_DECIMALS:
            raise InvalidInput(
                f"The token {self.address} doesn't report its decimals. Check the address and the chain."
            )
        return decimals

    def read(self, function: str, *arguments: Any, **options: Any) -> Any:
        """As `Contract.read`. What a token reverts with is never an error of a wallet."""
        try:
            return super().read(function, *arguments, **options)
        except ContractError as error:
            raise of_token(error) from None

    def send(self, signer: Signer, function: str, *arguments: Any, **options: Any) -> Receipt:
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
