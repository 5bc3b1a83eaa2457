"""What a mandate allows, in sentences and in money. All surfaces take their words from here.

`explain` says what a mandate allows, `explain_now` what an agent can do now, `worst_cases` what can be lost in money, and
`diff` what a change widens and narrows.
"""

from peculium.explain.difference import Difference, Direction
from peculium.explain.differences import diff
from peculium.explain.now import explain_now
from peculium.explain.sentence import Group, Sentence
from peculium.explain.sentences import explain, text_of, worst_sentence
from peculium.explain.state import WalletState, read_state
from peculium.explain.worst_case import NATIVE_CURRENCY, WorstCase, worst_cases

__all__ = [
    "NATIVE_CURRENCY",
    "Difference",
    "Direction",
    "Group",
    "Sentence",
    "WalletState",
    "WorstCase",
    "diff",
    "explain",
    "explain_now",
    "read_state",
    "text_of",
    "worst_cases",
    "worst_sentence",
]
