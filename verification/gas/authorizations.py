"""EIP-3009 authorizations that somebody else settles: preauthorized payments and cheques."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from peculium import Authorization, ChequeBook, Domain, Receipt
from verification.gas.cadence import fill_buckets
from verification.gas.setup import DAY, Rows, Setup, per_item

DOMAIN = Domain("USD Coin", "2")
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
FURTHER = 9
"""Authorizations that are closed after the first."""


def measure_authorizations(setup: Setup) -> Rows:
    """Preauthorizes, settles and closes a payment, settles a cheque; compared with a plain account's authorization."""
    usdc, facilitator, principal = setup.usdc, setup.devnet.role("facilitator"), setup.principal
    book = ChequeBook(usdc.address, 10, Decimal(1), timedelta(days=1))
    key, wallet = setup.new_agent("with cheques", cheque_books=(book,), max_authorization_age=timedelta(days=9))
    expiry = setup.devnet.now() + 9 * DAY
    for nonce in (b"first", b"second"):
        authorization = Authorization(usdc.address, setup.payee, 10**6, expiry, DOMAIN, keccak(nonce))
        preauthorized = wallet.preauthorize(key, authorization, "later")
    settled = settle(setup, facilitator, authorization, wallet.address, b"\0")
    closed = wallet.close_authorizations(facilitator, "USD", [authorization])
    cheque = wallet.write_cheque(key, usdc.address, setup.payee, 1, DOMAIN, 0)
    cashed = settle(setup, facilitator, cheque.authorization, wallet.address, cheque.signature)
    setup.devnet.mint(usdc, principal.address, 1_000)
    own = Authorization(usdc.address, setup.payee, 10**6, expiry, DOMAIN, keccak(b"own"))
    typed_data = own.typed_data(principal.address, setup.devnet.web3.eth.chain_id)
    signature = principal.sign_message(encode_typed_data(full_message=typed_data)).signature
    return {
        "preauthorize, second in its window": preauthorized,
        "settle a preauthorized payment (sent by the facilitator)": settled,
        "closeAuthorizations, one that was settled": closed,
        "settle a cheque (sent by the facilitator)": cashed,
        "baseline: settle an authorization, plain account": settle(
            setup, facilitator, own, principal.address, bytes(signature)
        ),
    }


def measure_closing(setup: Setup) -> Rows:
    """Closes authorizations that nobody settled in time, so that the budget has their charges back: one, and ten."""
    key, wallet = setup.new_agent("whose authorizations lapse", max_authorization_age=timedelta(days=1))
    fill_buckets(setup, (key, wallet), [DAY])
    expiry = setup.devnet.now() + DAY
    lapsed = []
    for number in range(1 + 1 + FURTHER):
        nonce = keccak(text=f"lapsed {number}")
        lapsed.append(Authorization(setup.usdc.address, setup.payee, 10**6, expiry, DOMAIN, nonce))
        wallet.preauthorize(key, lapsed[-1], "lapses")
    setup.devnet.mine_at(expiry)
    facilitator = setup.devnet.role("facilitator")
    one, ten = (wallet.close_authorizations(facilitator, "USD", each) for each in (lapsed[:1], lapsed[1:]))
    return {
        "closeAuthorizations, one that lapsed": one,
        "closeAuthorizations, each further": per_item(ten.gas_used - one.gas_used, FURTHER),
    }


def settle(
    setup: Setup, facilitator: LocalAccount, authorization: Authorization, payer: str, signature: bytes
) -> Receipt:
    """Settles an authorization at the token."""
    message = authorization.typed_data(payer, setup.devnet.web3.eth.chain_id)["message"]
    return setup.usdc.send(facilitator, TRANSFER, *message.values(), signature)
