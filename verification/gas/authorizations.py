"""EIP-3009 authorizations that somebody else settles: preauthorized payments and cheques."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from peculium import Authorization, ChequeBook, Domain
from verification.gas.setup import DAY, Setup

DOMAIN = Domain("USD Coin", "2")
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"


def measure_authorizations(setup: Setup) -> dict[str, int]:
    """Preauthorizes, settles and closes a payment, settles a cheque; compared with a plain account's authorization."""
    usdc, facilitator, principal = setup.usdc, setup.devnet.role("facilitator"), setup.principal
    book = ChequeBook(usdc.address, 10, Decimal(1), timedelta(days=1))
    key, wallet = setup.new_agent("with cheques", cheque_books=(book,))
    expiry = setup.devnet.now() + 9 * DAY
    for nonce in (b"first", b"second"):
        authorization = Authorization(usdc.address, setup.payee, 10**6, expiry, DOMAIN, keccak(nonce))
        preauthorized = wallet.preauthorize(key, authorization, "later")
    settled = _settle(setup, facilitator, authorization, wallet.address, b"\0")
    closed = wallet.close_authorization(facilitator, "USD", authorization)
    cheque = wallet.write_cheque(key, usdc.address, setup.payee, 1, DOMAIN, 0)
    cashed = _settle(setup, facilitator, cheque.authorization, wallet.address, cheque.signature)
    setup.devnet.mint(usdc, principal.address, 1_000)
    own = Authorization(usdc.address, setup.payee, 10**6, expiry, DOMAIN, keccak(b"own"))
    typed_data = own.typed_data(principal.address, setup.devnet.web3.eth.chain_id)
    signature = principal.sign_message(encode_typed_data(full_message=typed_data)).signature
    return {
        "preauthorize, second in its window": preauthorized.gas_used,
        "settle a preauthorized payment (sent by the facilitator)": settled,
        "closeAuthorization, settled": closed.gas_used,
        "settle a cheque (sent by the facilitator)": cashed,
        "baseline: settle an authorization, plain account": _settle(
            setup, facilitator, own, principal.address, bytes(signature)
        ),
    }


def _settle(setup: Setup, facilitator: LocalAccount, authorization: Authorization, payer: str, signature: bytes) -> int:
    """Settles an authorization at the token; returns the gas."""
    _, payee, amount, after, before, nonce, _, _ = authorization.as_tuple()
    return setup.usdc.send(facilitator, TRANSFER, payer, payee, amount, after, before, nonce, signature).gas_used
