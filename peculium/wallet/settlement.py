"""Whether a token would settle an authorization of a wallet (EIP-3009), found out before it is signed or charged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes

from peculium.authorizations import Authorization, AuthorizationKind, Domain
from peculium.chain.refusals import refusal_of_node
from peculium.errors import (
    ContractError,
    ContractSignaturesRefused,
    NodeRefused,
    TokenError,
    UnknownRevert,
    WorthlessSignature,
    WrongDomain,
    quote,
)
from peculium.token import ERC20
from peculium.units import FOREVER

if TYPE_CHECKING:
    from peculium.wallet.views import WalletViews

_DOMAIN = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_SALTED_DOMAIN = keccak(text="EIP712Domain(string name,string version,address verifyingContract,bytes32 salt)")
_ARGUMENTS = "address,address,uint256,uint256,uint256,bytes32,bytes"
_FUNCTIONS = {
    AuthorizationKind.TRANSFER: f"transferWithAuthorization({_ARGUMENTS})",
    AuthorizationKind.RECEIVE: f"receiveWithAuthorization({_ARGUMENTS})",
}


@dataclass(frozen=True)
class TokenDomain:
    """What a token reports of its EIP-712 domain; None or empty for what it doesn't report."""

    separator: bytes | None
    name: str
    version: str

    @classmethod
    def of(cls, token: ERC20) -> TokenDomain:
        """Reads it from the token."""
        separator = _read(token, "DOMAIN_SEPARATOR()", "bytes32")
        return cls(separator, _read(token, "name()", "string") or "", _read(token, "version()", "string") or "")


def require_settleable(wallet: WalletViews, authorization: Authorization) -> None:
    """Raises an error if the token wouldn't settle an authorization that the wallet accepts.

    That is `WrongDomain`, `ContractSignaturesRefused`, or a `TokenError` such as `NotEnoughMoney`. The token is called in a
    simulation in which a contract that accepts exactly the authorization's digest takes the wallet's place. On a node that
    can't simulate that, only the domain is compared.
    """
    refusal = _simulate(wallet, authorization)
    if isinstance(refusal, TokenError):
        raise refusal
    if refusal is None:
        return
    token, chain_id = ERC20(wallet.web3, authorization.token), wallet.node.chain_id()
    domain = TokenDomain.of(token)
    expected = separator_of(authorization.domain, chain_id, token.address)
    if domain.separator is not None and domain.separator != expected:
        raise _wrong_domain(domain, authorization, chain_id)
    if refusal is not UNSUPPORTED:
        raise ContractSignaturesRefused(
            f"The token {token.address} doesn't take the wallet's signature for an authorization (EIP-3009): "
            f"{quote(str(getattr(refusal, 'reason', refusal)))}.",
            "Use pay, or another token: this one probably takes signatures of keys only.",
        )


UNSUPPORTED = UnknownRevert(reason="the node can't simulate with other code")


def separator_of(domain: Domain, chain_id: int, token: str) -> bytes:
    """Returns the EIP-712 domain separator of a token with this domain."""
    hashes = keccak(text=domain.name), keccak(text=domain.version)
    return keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], [_DOMAIN, *hashes, chain_id, token]))


def _simulate(wallet: WalletViews, authorization: Authorization) -> ContractError | None:
    # Without the times, which may lie ahead: the domain and who may sign are the same.
    always = Authorization(
        authorization.token,
        authorization.payee,
        authorization.amount,
        FOREVER,
        authorization.domain,
        authorization.nonce,
        kind=authorization.kind,
    )
    digest = always.digest(wallet.address, wallet.node.chain_id())
    types = _ARGUMENTS.split(",")
    data = keccak(text=_FUNCTIONS[always.kind])[:4] + encode(types, [*always.transfer(wallet.address), b"\x11" * 65])
    transaction = {"from": always.payee, "to": always.token, "data": "0x" + data.hex()}
    override = {to_checksum_address(wallet.address): {"code": "0x" + _accepting(digest).hex()}}
    try:
        wallet.node.request("eth_call", transaction, "latest", override)
    except NodeRefused as error:
        if error.transient:
            raise
        refusal = refusal_of_node(error)
        return UNSUPPORTED if isinstance(refusal, NodeRefused) else refusal
    return None


def _accepting(digest: bytes) -> bytes:
    # EVM code that returns ERC-1271's magic value if the first argument is the digest, and else zero.
    magic = bytes.fromhex("1626ba7e") + bytes(28)
    compare = b"\x7f" + digest + bytes.fromhex("60043514")  # PUSH32, PUSH1 4, CALLDATALOAD, EQ
    # PUSH32, MUL, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN
    return compare + b"\x7f" + magic + bytes.fromhex("0260005260206000f3")


def _wrong_domain(token: TokenDomain, authorization: Authorization, chain_id: int) -> WorthlessSignature:
    given, address = authorization.domain, authorization.token
    names = [token.name, given.name]
    versions = [token.version, given.version, "1", "2"]
    candidates = [Domain(name, version) for name in names for version in versions]
    what = f"The EIP-712 domain of the token {address} isn't {quote(given.name)}, version {quote(given.version)}, on this chain."
    for each in candidates:
        if separator_of(each, chain_id, address) == token.separator:
            return WrongDomain(what, f"Use Domain(name={quote(each.name)}, version={quote(each.version)}).", each)
    hashed = [(keccak(text=each.name), keccak(text=each.version)) for each in candidates]
    types = ["bytes32", "bytes32", "bytes32", "address", "uint256"]
    if any(keccak(encode(types, [_SALTED_DOMAIN, *each, address, chain_id])) == token.separator for each in hashed):
        return WrongDomain(
            f"The EIP-712 domain of the token {address} has a salt instead of the chain id, and a wallet can't sign in it.",
            "Use pay, or another token.",
        )
    return WrongDomain(what, "Ask the token's issuer, or the payee, for its name and version.")


def _read(token: ERC20, function: str, type_: str) -> Any:
    call = {"to": to_checksum_address(token.address), "data": "0x" + keccak(text=function)[:4].hex()}
    try:
        answer = HexBytes(token.node.request("eth_call", call, "latest"))
    except NodeRefused as error:
        # Only a revert is the token's answer; a node that refuses, for example because of its rate limit, says nothing.
        if isinstance(refusal_of_node(error), ContractError):
            return None
        raise
    try:
        # Where ape is imported, eth_abi decodes missing data as zero.
        return decode([type_], answer)[0] if len(answer) >= 32 else None
    except (DecodingError, OverflowError, UnicodeDecodeError):
        return None
