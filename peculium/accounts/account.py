"""What a principal's account has to do: make calls and sign typed data."""

from __future__ import annotations

from peculium.chain.sender import Signer
from peculium.checks import cannot_sign
from peculium.contract import Performer, Sender
from peculium.errors import InvalidInput
from peculium.keys import key_of

PrincipalAccount = Sender
"""A key that sends transactions (`eth_account`), or a `Performer`: `ExternalSigner`, `Safe`."""


def account_of(account: PrincipalAccount | str) -> PrincipalAccount:
    """Returns the account of a private key (0x hex), or the account itself. The text of an error never has the key."""
    if isinstance(account, str):
        return key_of(account)
    if isinstance(account, Performer):
        return account
    if not all(hasattr(account, member) for member in ("address", "sign_transaction", "sign_message")):
        raise cannot_sign(account)
    return account


def payer_of(account: PrincipalAccount) -> Signer:
    """Returns the key that pays for what anybody may submit. Raises `InvalidInput` if the account has none."""
    payer = getattr(account, "payer", None) if isinstance(account, Performer) else account
    if payer is None:
        raise InvalidInput(
            f"{account.address} can't pay for transactions, and no payer is named. Pass payer=, an account with native currency."
        )
    found: Signer = payer
    return found
