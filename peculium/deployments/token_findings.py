"""Whether the known tokens are on the chain as `tokens.toml` says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak
from hexbytes import HexBytes

from peculium.authorizations import Domain
from peculium.chain.node import Request
from peculium.deployments.findings import Finding, fail, ok, warn
from peculium.deployments.networks import KnownToken
from peculium.errors import WrongDomain, quote
from peculium.wallet.domains import domain_from, domain_requests

_DECIMALS, _SYMBOL, _NAME = "decimals()", "symbol()", "name()"


def token_requests(token: KnownToken) -> list[Request]:
    """Returns the requests whose answers `token_finding` takes."""
    calls = [("0x" + keccak(text=signature)[:4].hex()) for signature in (_DECIMALS, _SYMBOL, _NAME)]
    return [
        *(("eth_call", ({"to": token.address, "data": data}, "latest")) for data in calls),
        *domain_requests(token.address),
    ]


def token_finding(token: KnownToken, answers: Sequence[Any]) -> Finding:
    """Compares a token with the file."""
    decimals, symbol, name = answers[:3]
    title, report = (
        f"token {token.symbol}",
        "Report it: the file of known tokens is wrong. Don't use this token by its symbol.",
    )
    found = _number(decimals)
    if found is None:
        return fail(title, f"{token.address} doesn't say its decimals: it isn't the token {token.symbol} here.", report)
    if found != token.decimals:
        return fail(title, f"{token.address} has {found} decimals; the file says {token.decimals}.", report)
    said = _text(symbol)
    domain, why = _domain(token, answers[3:])
    if domain is None and token.domain_name is not None:
        return fail(title, f"{token.address} doesn't prove the EIP-712 domain of the file: {why}", report)
    if domain is not None and token.domain_name is not None:
        known = Domain(token.domain_name, token.domain_version or "")
        if domain != known:
            return fail(
                title,
                f"The EIP-712 domain of {token.address} is {_shown(domain)}; the file says {_shown(known)}.",
                report,
            )
    text = f"{quote(_text(name) or '')}, {found} decimals, " + (
        f"EIP-712 domain {_shown(domain)}" if domain else "no EIP-712 domain that can be proved"
    )
    if said != token.symbol:
        return warn(
            title,
            f"{token.address} calls itself {quote(said or '')}: {text}.",
            "Compare the address with the issuer's.",
        )
    if domain is None:
        return warn(title, f"{text}.", "Pay with pay: authorizations and cheques (EIP-3009) can't be signed for it.")
    return ok(title, f"{text}.")


def _domain(token: KnownToken, answers: Sequence[Any]) -> tuple[Domain | None, str]:
    try:
        return domain_from(token.address, token.chain_id, answers), ""
    except WrongDomain as error:
        return None, str(error)


def _number(answer: Any) -> int | None:
    return int(answer, 16) if isinstance(answer, str) and len(answer) == 66 else None


def _text(answer: Any) -> str | None:
    if not isinstance(answer, str):
        return None
    data = bytes(HexBytes(answer))
    try:
        if len(data) == 32:
            # Old tokens have 32 bytes in place of a text.
            return data.rstrip(b"\0").decode()
        return str(decode(["string"], data)[0])
    except (DecodingError, OverflowError, UnicodeDecodeError):
        return None


def _shown(domain: Domain) -> str:
    return f"{quote(domain.name)} version {quote(domain.version)}"
