"""`isValidSignature` (ERC-1271): accepts signatures of the principal, bound to this wallet by ERC-7739 (I6, I16)."""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium.errors import ContractError
from peculium.mandate import WALLET_DOMAIN, digest_of

VALID, INVALID = bytes.fromhex("1626ba7e"), bytes.fromhex("ffffffff")
PERMIT = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
PERMIT_TYPE = [dict(zip(("type", "name"), member.split(), strict=True)) for member in PERMIT[7:-1].split(",")]
DOMAIN_TYPE = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


class Permit:
    """A permit of the wallet's tokens, in the form that a token checks and in the nested form that ERC-7739 signs."""

    def __init__(self, wallet, token, spender, chain_id, signing_wallet=None):
        self.wallet, self.token = wallet, token
        self.domain = {"name": "USD Coin", "version": "2", "chainId": chain_id, "verifyingContract": token.address}
        self.message = {
            "owner": wallet.address,
            "spender": spender,
            "value": 10**6,
            "nonce": 0,
            "deadline": 2**256 - 1,
        }
        self.signing_wallet = signing_wallet or wallet.address
        self.chain_id = chain_id

    def plain(self):
        types = {"EIP712Domain": DOMAIN_TYPE, "Permit": PERMIT_TYPE}
        return {"types": types, "primaryType": "Permit", "domain": self.domain, "message": self.message}

    def digest(self):
        return digest_of(self.plain())

    def nested(self):
        account = [
            {"name": "contents", "type": "Permit"},
            *DOMAIN_TYPE,
            {"name": "salt", "type": "bytes32"},
        ]
        return {
            "types": {"EIP712Domain": DOMAIN_TYPE, "TypedDataSign": account, "Permit": PERMIT_TYPE},
            "primaryType": "TypedDataSign",
            "domain": self.domain,
            "message": {
                "contents": self.message,
                "name": WALLET_DOMAIN[0],
                "version": WALLET_DOMAIN[1],
                "chainId": self.chain_id,
                "verifyingContract": self.signing_wallet,
                "salt": bytes(32),
            },
        }

    def sign_nested(self, account):
        signature = bytes(account.sign_message(encode_typed_data(full_message=self.nested())).signature)
        plain = encode_typed_data(full_message=self.plain())
        description = PERMIT.encode()
        return signature + bytes(plain.header) + bytes(plain.body) + description + len(description).to_bytes(2)


@pytest.fixture
def permit(created, usdc, stranger, web3):
    """A permit to a stranger."""
    return Permit(created.wallet, usdc, stranger.address, web3.eth.chain_id)


def personal(account, wallet, chain_id, text):
    """The hash of a personal message, and the account's signature of it for the wallet."""
    prefixed = b"\x19Ethereum Signed Message:\n" + str(len(text)).encode() + text
    data = {
        "types": {"EIP712Domain": DOMAIN_TYPE, "PersonalSign": [{"name": "prefixed", "type": "bytes"}]},
        "primaryType": "PersonalSign",
        "domain": {
            "name": WALLET_DOMAIN[0],
            "version": WALLET_DOMAIN[1],
            "chainId": chain_id,
            "verifyingContract": wallet.address,
        },
        "message": {"prefixed": prefixed},
    }
    return keccak(prefixed), bytes(account.sign_message(encode_typed_data(full_message=data)).signature)


def check(wallet, digest, signature):
    """The value that the wallet returns for a signature."""
    return wallet.read("isValidSignature", digest, signature)


@pytest.mark.parametrize("signer", ["agent", "stranger", "guardian", "payee", "other_principal"])
@pytest.mark.parametrize("form", ["nested", "personal", "raw"])
def test_refuses_a_signature_by_another_account(signer, form, created, permit, web3, request):
    """I6, I12. The agent cannot sign permits, authorizations or orders for the wallet."""
    account = request.getfixturevalue(signer)
    digest, signature = permit.digest(), permit.sign_nested(account)
    if form == "personal":
        digest, signature = personal(account, created.wallet, web3.eth.chain_id, b"hello")
    if form == "raw":
        signature = bytes(Account.unsafe_sign_hash(digest, account.key).signature)
    assert check(created.wallet, digest, signature) == INVALID


def test_refuses_a_raw_signature_of_the_principal(created, permit):
    """I16. A raw signature does not name the wallet, so another wallet of the principal could use it."""
    raw = bytes(Account.unsafe_sign_hash(permit.digest(), created.principal.key).signature)
    assert check(created.wallet, permit.digest(), raw) == INVALID


@pytest.mark.parametrize("form", ["nested", "personal"])
def test_refuses_a_signature_for_another_wallet(form, created, new_agent, other_agent, permit, web3):
    """I16. Both wallets have the same principal and chain."""
    other = new_agent(key=other_agent)
    digest, signature = permit.digest(), permit.sign_nested(created.principal)
    if form == "personal":
        digest, signature = personal(created.principal, created.wallet, web3.eth.chain_id, b"hello")
    assert check(created.wallet, digest, signature) == VALID
    assert check(other.wallet, digest, signature) == INVALID


@pytest.mark.parametrize("field", ["value", "spender", "nonce", "deadline"])
def test_refuses_contents_changed_after_signing(field, created, permit, usdc, web3, payee):
    """I16."""
    signature = permit.sign_nested(created.principal)
    changed = Permit(created.wallet, usdc, payee.address, web3.eth.chain_id)
    changed.message = {**permit.message, field: payee.address if field == "spender" else 7}
    assert check(created.wallet, changed.digest(), signature) == INVALID


@pytest.mark.parametrize(
    "signature", [b"", b"\0", bytes(65), bytes(200)], ids=["empty", "a byte", "65 zeros", "200 zeros"]
)
def test_malformed_signature_returns_invalid_without_a_revert(signature, created, permit):
    assert check(created.wallet, permit.digest(), signature) == INVALID


def test_refuses_a_signature_of_the_previous_principal(created, permit, other_principal, now):
    """I12."""
    before = permit.sign_nested(created.principal)
    created.wallet.offer_hand_over(created.principal, other_principal.address, now() + 60)
    created.wallet.accept_hand_over(other_principal)
    assert check(created.wallet, permit.digest(), before) == INVALID
    assert check(created.wallet, permit.digest(), permit.sign_nested(other_principal)) == VALID


def test_accepts_a_nested_signature_of_the_principal(created, permit):
    assert check(created.wallet, permit.digest(), permit.sign_nested(created.principal)) == VALID


def test_accepts_a_personal_signature_of_the_principal(created, web3):
    digest, signature = personal(created.principal, created.wallet, web3.eth.chain_id, b"I am this wallet.")
    assert check(created.wallet, digest, signature) == VALID
    assert check(created.wallet, keccak(b"another"), signature) == INVALID


def test_reports_support_of_erc_7739(created):
    """ERC-7739 detects support by this value."""
    assert check(created.wallet, bytes.fromhex("7739" * 16), b"") == bytes.fromhex("77390001")


def test_token_accepts_a_permit_of_the_principal_only(created, permit, usdc, stranger, relayer):
    """I6, I7."""
    function = "permit(address,address,uint256,uint256,bytes)"
    arguments = (created.wallet.address, stranger.address, 10**6, 2**256 - 1)
    with pytest.raises(ContractError):
        usdc.send(relayer, function, *arguments, permit.sign_nested(created.agent))
    assert usdc.read("allowance", created.wallet.address, stranger.address) == 0
    usdc.send(relayer, function, *arguments, permit.sign_nested(created.principal))
    assert usdc.read("allowance", created.wallet.address, stranger.address) == 10**6


def test_eip_712_domain_equals_the_domain_of_mandates(created, web3):
    fields, name, version, chain_id, contract, salt, extensions = created.wallet.read("eip712Domain")
    assert (name, version) == WALLET_DOMAIN
    assert (chain_id, contract) == (web3.eth.chain_id, created.wallet.address)
    assert (fields, salt, extensions) == (b"\x0f", bytes(32), [])
