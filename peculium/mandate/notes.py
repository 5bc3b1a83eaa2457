"""What a mandate allows that its principal may not expect."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from eth_utils import keccak

from peculium.mandate.arguments import ArgumentKind
from peculium.mandate.bounds import NATIVE
from peculium.mandate.calls import CallRule

if TYPE_CHECKING:
    from peculium.mandate.mandate import Mandate

_FEE_TIERS = {
    "exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))": 2,
    "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))": 2,
}
"""Functions of Uniswap V3's routers, and which of their words is the fee tier."""
FEE_TIERS = {keccak(text=function)[:4]: index for function, index in _FEE_TIERS.items()}

ADVICE = {
    ArgumentKind.ANY_ADDRESS: "any address. If it receives what is bought, the agent can name its accomplice: use this_wallet",
    ArgumentKind.ANY_WORDS: "any array. If it is the path of a trade, it can lead through the agent's own pool: use tail_in",
}


def notes_on(mandate: Mandate) -> Iterator[str]:
    """Yields a sentence for each thing in the call rules that a rogue agent could use in a trade."""
    for rule in mandate.calls:
        if not (rule.charges() or rule.value_limit):
            continue
        name = f"Variant {rule.variant} of the call rule on {rule.target} {rule.function}"
        for index, argument in enumerate(rule.arguments):
            if argument.kind in ADVICE:
                yield f"{name} allows as argument {index} {ADVICE[argument.kind]}."
            elif argument.kind == ArgumentKind.ANY and FEE_TIERS.get(rule.selector) == index:
                yield f"{name} allows any fee tier, so also a pool that the agent has created: use equal."
        if _is_one_to_one(mandate, rule):
            yield f"{name} has a floor of exactly 1:1, which any fee of the trade misses. Set it a little lower."


def _is_one_to_one(mandate: Mandate, rule: CallRule) -> bool:
    if rule.floor is None or not rule.floor.per:
        return False
    decimals = {token.address: token.decimals for budget in mandate.budgets for token in budget.tokens}
    charged = decimals.get(rule.token, 18)
    # A token that no budget lists probably has as many decimals: most pairs of stablecoins do, and most vaults' shares.
    gained = 18 if rule.floor.token == NATIVE else decimals.get(rule.floor.token, charged)
    return Fraction(rule.floor.gain, rule.floor.per) == Fraction(10) ** (gained - charged)
