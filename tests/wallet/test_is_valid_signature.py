"""Signatures of the wallet (ERC-1271): the principal's, bound to this wallet by ERC-7739; the agent's never (I6, I16)."""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium.exceptions import ContractError
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
    """A permit of the wallet's tokens, as an application asks for it, and as the wallet's signer sees it."""

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


def answer(wallet, digest, signature):
    return wallet.read("isValidSignature", digest, signature)


@pytest.mark.parametrize("signer", ["agent", "stranger", "guardian", "payee", "other_principal"])
@pytest.mark.parametrize("form", ["nested", "personal", "raw"])
def test_anybody_elses_signature_is_not_the_wallets(signer, form, created, permit, web3, request):
    """I6, I12. The agent signs no permit, no authorization and no order for the wallet."""
    account = request.getfixturevalue(signer)
    digest, signature = permit.digest(), permit.sign_nested(account)
    if form == "personal":
        digest, signature = personal(account, created.wallet, web3.eth.chain_id, b"hello")
    if form == "raw":
        signature = bytes(Account.unsafe_sign_hash(digest, account.key).signature)
    assert answer(created.wallet, digest, signature) == INVALID


def test_a_raw_signature_of_the_principals_is_not_the_wallets(created, permit):
    """I16. It could be meant for another wallet of the same principal."""
    raw = bytes(Account.unsafe_sign_hash(permit.digest(), created.principal.key).signature)
    assert answer(created.wallet, permit.digest(), raw) == INVALID


def test_the_principals_nested_signature_is_the_wallets(created, permit):
    assert answer(created.wallet, permit.digest(), permit.sign_nested(created.principal)) == VALID


def test_the_principals_personal_signature_is_the_wallets(created, web3):
    digest, signature = personal(created.principal, created.wallet, web3.eth.chain_id, b"I am this wallet.")
    assert answer(created.wallet, digest, signature) == VALID
    assert answer(created.wallet, keccak(b"another"), signature) == INVALID


@pytest.mark.parametrize("form", ["nested", "personal"])
def test_a_signature_for_one_wallet_is_not_another_wallets(form, created, new_agent, other_agent, permit, web3):
    """I16. Of the same principal, on the same chain."""
    other = new_agent(key=other_agent)
    digest, signature = permit.digest(), permit.sign_nested(created.principal)
    if form == "personal":
        digest, signature = personal(created.principal, created.wallet, web3.eth.chain_id, b"hello")
    assert answer(created.wallet, digest, signature) == VALID
    assert answer(other.wallet, digest, signature) == INVALID


@pytest.mark.parametrize("field", ["value", "spender", "nonce", "deadline"])
def test_a_signature_is_not_one_of_changed_contents(field, created, permit, usdc, web3, payee):
    """I16."""
    signature = permit.sign_nested(created.principal)
    changed = Permit(created.wallet, usdc, payee.address, web3.eth.chain_id)
    changed.message = {**permit.message, field: payee.address if field == "spender" else 7}
    assert answer(created.wallet, changed.digest(), signature) == INVALID


@pytest.mark.parametrize(
    "signature", [b"", b"\0", bytes(65), bytes(200)], ids=["empty", "a byte", "65 zeros", "200 zeros"]
)
def test_malformed_signature_returns_invalid_without_a_revert(signature, created, permit):
    assert answer(created.wallet, permit.digest(), signature) == INVALID


def test_the_wallet_says_that_it_nests(created):
    """How ERC-7739 is detected."""
    assert answer(created.wallet, bytes.fromhex("7739" * 16), b"") == bytes.fromhex("77390001")


def test_an_application_accepts_the_principals_permit_and_not_the_agents(created, permit, usdc, stranger, relayer):
    """I6, I7."""
    function = "permit(address,address,uint256,uint256,bytes)"
    arguments = (created.wallet.address, stranger.address, 10**6, 2**256 - 1)
    with pytest.raises(ContractError):
        usdc.send(relayer, function, *arguments, permit.sign_nested(created.agent))
    assert usdc.read("allowance", created.wallet.address, stranger.address) == 0
    usdc.send(relayer, function, *arguments, permit.sign_nested(created.principal))
    assert usdc.read("allowance", created.wallet.address, stranger.address) == 10**6


def test_after_a_hand_over_the_old_principals_signature_is_nothing(created, permit, other_principal):
    """I12."""
    before = permit.sign_nested(created.principal)
    created.wallet.offer_hand_over(created.principal, other_principal.address)
    created.wallet.accept_hand_over(other_principal)
    assert answer(created.wallet, permit.digest(), before) == INVALID
    assert answer(created.wallet, permit.digest(), permit.sign_nested(other_principal)) == VALID


def test_the_domain_is_the_one_that_mandates_are_signed_in(created, web3):
    fields, name, version, chain_id, contract, salt, extensions = created.wallet.read("eip712Domain")
    assert (name, version) == WALLET_DOMAIN
    assert (chain_id, contract) == (web3.eth.chain_id, created.wallet.address)
    assert (fields, salt, extensions) == (b"\x0f", bytes(32), [])
