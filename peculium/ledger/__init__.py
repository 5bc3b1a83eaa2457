"""The account book of a wallet and of a fleet: every movement, one row each. Needs the extra `ledger`."""

from peculium.ledger.balance import Balance, KeyUse
from peculium.ledger.journals import Refused
from peculium.ledger.ledger import Ledger
from peculium.ledger.path import Path
from peculium.ledger.proof import Proof
from peculium.ledger.reader import Progress
from peculium.ledger.report import Report
from peculium.ledger.rows import Row
from peculium.ledger.spending import WindowUse
from peculium.ledger.totals import GasUse, Total

__all__ = [
    "Balance",
    "GasUse",
    "KeyUse",
    "Ledger",
    "Path",
    "Progress",
    "Proof",
    "Refused",
    "Report",
    "Row",
    "Total",
    "WindowUse",
]
