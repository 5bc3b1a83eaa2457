"""What is proven, and by which planted bug each proof is shown to be able to fail. The theorems are in `tests/proofs/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEDGER = "contracts/libraries/SpendLedger.sol"
SWITCH = "contracts/RevocationSwitch.sol"
WINDOWS = "tests/proofs/Window.sol"
WINDOW_PROOF = "tests/proofs/WindowProof.sol"
CONTROL = "contracts/wallet/PrincipalControl.sol"
CHARGING = "contracts/wallet/Charging.sol"
RULES = "contracts/libraries/CallRules.sol"
ACTIONS = "contracts/wallet/SignedActions.sol"


@dataclass(frozen=True)
class Bug:
    """In the source at `path` the text `before`, which stands there once, becomes `after`."""

    path: str
    before: str
    after: str

    def planted(self) -> dict[str, str]:
        """The source with the bug, by its path."""
        text = (ROOT / self.path).read_text()
        if text.count(self.before) != 1:
            raise SystemExit(
                f"{self.path} has {text.count(self.before)} times, not once: {self.before!r}. Mend the twin in scripts/_proofs.py."
            )
        return {self.path: text.replace(self.before, self.after)}


@dataclass(frozen=True)
class Proof:
    """One theorem: a function of `tests/proofs/<contract>.sol`."""

    contract: str
    check: str
    invariants: str
    bounds: str
    """What is not for all values."""
    twin: Bug
    quick: bool = True
    """Whether it takes seconds, and so is a test as well."""

    @property
    def name(self) -> str:
        """`Contract.check`."""
        return f"{self.contract}.{self.check}"


BUCKETS = "buckets of 1,024 s"
SIGNATURES = "signatures of 0, 65 or 1,024 bytes"
PROOFS = (
    Proof(
        "SwitchProof",
        "check_revokedStaysRevoked",
        "I8, I11",
        SIGNATURES,
        Bug(SWITCH, "require(!word.revoked, AgentIsRevoked(msg.sender, wallet));", "word.revoked = false;"),
        quick=False,
    ),
    Proof(
        "SwitchProof",
        "check_revokeNeverFails",
        "I8, I10",
        "",
        Bug(SWITCH, "if (word.revoked) return;", "require(!word.revoked, AgentIsRevoked(principal, wallet));"),
    ),
    Proof(
        "SwitchProof",
        "check_revokeAllNeverFails",
        "I9, I10",
        "not the 2^64th time",
        Bug(SWITCH, "_principals[principal].epoch++;", "_principals[principal].epoch;"),
    ),
    Proof(
        "SwitchProof",
        "check_othersOnlyNarrow",
        "I12",
        SIGNATURES,
        Bug(SWITCH, "_guardians[msg.sender][guardian] = appointed;", "_guardians[guardian][msg.sender] = appointed;"),
        quick=False,
    ),
    Proof(
        "SwitchProof",
        "check_strangersChangeNothing",
        "I28",
        "not submitOrder, not sync",
        Bug(SWITCH, "|| _guardians[principal][account]", "|| _guardians[account][principal]"),
        quick=False,
    ),
    Proof(
        "SwitchProof",
        "check_liveMeansNotStopped",
        "I8, I21",
        "",
        Bug(SWITCH, "require(block.timestamp < dormantSince,", "require(block.timestamp <= dormantSince,"),
    ),
    Proof(
        "SwitchStepsProof",
        "check_stopping",
        "I8, I10",
        "not the 2^64th revokeAll",
        Bug(SWITCH, "word.paused = true;", "word.revoked = true;"),
    ),
    Proof(
        "SwitchStepsProof",
        "check_restoring",
        "I12",
        "",
        Bug(SWITCH, "state.paused = false;", ""),
    ),
    Proof(
        "SwitchStepsProof",
        "check_appointing",
        "I12",
        "",
        Bug(SWITCH, "interval >= MIN_HEARTBEAT", "interval > MIN_HEARTBEAT"),
    ),
    Proof(
        "SwitchStepsProof",
        "check_resigning",
        "I8",
        "",
        Bug(SWITCH, "require(msg.sender == REGISTRY, NotRegistry(msg.sender, REGISTRY));", ""),
    ),
    Proof(
        "SwitchStepsProof",
        "check_cancelling",
        "I16",
        "",
        Bug(SWITCH, "_spentNonces[msg.sender][nonce] = true;", "_spentNonces[msg.sender][0] = true;"),
    ),
    Proof(
        "SwitchStepsProof",
        "check_viewsSayWhatIs",
        "I8",
        "",
        Bug(SWITCH, "word.paused || word.revoked || word.held", "word.paused || word.revoked"),
    ),
    Proof(
        "SwitchStepsProof",
        "check_syncing",
        "I8",
        "",
        Bug(SWITCH, "state.paused || block.timestamp", "state.paused && block.timestamp"),
    ),
    Proof(
        "LedgerProof",
        "check_noChargePassesTheLimitForLife",
        "I3",
        BUCKETS,
        Bug(LEDGER, "if (spent + charge > lifetimeLimit)", "if (spent > lifetimeLimit)"),
    ),
    Proof(
        "LedgerProof",
        "check_noCounterWraps",
        "I22",
        BUCKETS,
        Bug(LEDGER, "if (room < left) left = room;", ""),
    ),
    Proof(
        "WindowProof",
        "check_anEmptyWindowHasTheRule",
        "I2",
        "",
        Bug(WINDOW_PROOF, "ghost.before = 0;", "ghost.before = 1;"),
    ),
    Proof(
        "WindowProof",
        "check_timeKeepsTheRule",
        "I2",
        "",
        Bug(WINDOWS, "age < steps ? start", "age <= steps ? start"),
    ),
    Proof(
        "WindowProof",
        "check_aChargeKeepsTheRule",
        "I2",
        "",
        Bug(WINDOW_PROOF, "uint256(ghost.bucket) + 8, ghost.offset", "uint256(ghost.bucket) + 9, ghost.offset"),
        quick=False,
    ),
    Proof(
        "WindowProof",
        "check_settlingKeepsTheRule",
        "I2, I29",
        "",
        Bug(
            WINDOWS,
            "window.settled += amount;\n            window.pending -= amount;",
            "window.settled += 2 * amount;\n            window.pending -= amount;",
        ),
    ),
    Proof(
        "WindowProof",
        "check_givingBackKeepsTheRule",
        "I2, I3, I29",
        "",
        Bug(WINDOW_PROOF, "ghost.before += amount;", "ghost.before += 0 * amount;"),
        quick=False,
    ),
    Proof(
        "WindowProof",
        "check_thePastKeepsTheRule",
        "I2, I29",
        "",
        Bug(WINDOW_PROOF, "passed ? ghost.before + early", "passed ? ghost.before"),
        quick=False,
    ),
    Proof(
        "WindowProof",
        "check_whatIsRaisedFits",
        "I22",
        "",
        Bug(
            WINDOW_PROOF, "both(start <= spent - pending, amount <= pending)", "both(start <= spent, amount <= pending)"
        ),
    ),
    Proof(
        "WindowProof",
        "check_whatFitsIsWithinTheLimit",
        "I2",
        "",
        Bug(WINDOWS, "return used < limit ? limit - used : 0;", "return used < limit ? limit : 0;"),
    ),
    Proof(
        "LedgerStepsProof",
        "check_openIsAnEmptyWindow",
        "I2, I3",
        BUCKETS,
        Bug(LEDGER, "(floor, uint32(timestamp / width), width)", "(floor, uint32(timestamp), width)"),
    ),
    Proof(
        "LedgerStepsProof",
        "check_addIsACharge",
        "I2, I3",
        BUCKETS,
        Bug(LEDGER, "? starts[bucket % BUCKETS]", "? starts[(bucket + 1) % BUCKETS]"),
        quick=False,
    ),
    Proof(
        "LedgerStepsProof",
        "check_requireWithinIsACharge",
        "I2",
        "buckets of 65,536 s",
        Bug(
            LEDGER,
            "_requireFits(charge, limit, before - floor, width);",
            "_requireFits(0, limit, before - floor, width);",
        ),
        quick=False,
    ),
    Proof(
        "LedgerStepsProof",
        "check_holdHolds",
        "I29",
        BUCKETS,
        Bug(LEDGER, "ledger.pending += charge;", "ledger.pending = charge;"),
    ),
    Proof(
        "LedgerStepsProof",
        "check_settleSettles",
        "I2, I29",
        BUCKETS,
        Bug(
            LEDGER,
            "uint256(track.bucket) + BUCKETS + 1 ? bucket : uint256",
            "uint256(track.bucket) + BUCKETS + 1 ? bucket - 1 : uint256",
        ),
        quick=False,
    ),
    Proof(
        "LedgerStepsProof",
        "check_giveBackGivesBack",
        "I2, I3, I22, I29",
        f"{BUCKETS}; in the last one",
        Bug(LEDGER, "_raised(tracks[i], charge)", "tracks[i]"),
        quick=False,
    ),
    Proof(
        "LedgerStepsProof",
        "check_addPastAddsThePast",
        "I2, I22, I29",
        f"{BUCKETS}; in the last one",
        Bug(LEDGER, "total > recent[i] ? total - recent[i] : 0", "total"),
        quick=False,
    ),
    Proof(
        "LedgerReadsProof",
        "check_addRefusesWhatDoesNotFit",
        "I2, I3",
        f"{BUCKETS}; in the last one",
        Bug(LEDGER, "uint256 room = type(uint96).max - spent;", "uint256 room = type(uint96).max;"),
        quick=False,
    ),
    Proof(
        "LedgerReadsProof",
        "check_requireWithinRefusesWhatDoesNotFit",
        "I2",
        "buckets of 65,536 s; in the last one",
        Bug(
            LEDGER,
            "_requireFits(charge, limit, before - floor, width);",
            "_requireFits(charge, limit, spent - floor, width);",
        ),
        quick=False,
    ),
    Proof(
        "LedgerReadsProof",
        "check_whatCountsIsTold",
        "I2, I3",
        f"{BUCKETS}; in the last one",
        Bug(LEDGER, "return ledger.counter.spent - ledger.returned;", "return ledger.counter.spent;"),
    ),
    Proof(
        "LedgerReadsProof",
        "check_anotherWindowForgetsNothing",
        "I2",
        f"{BUCKETS}; in the last one",
        Bug(LEDGER, "if (before[i].floor < floor) floor = before[i].floor;", ""),
    ),
    Proof(
        "LedgerProof",
        "check_operationsAreChargedWithinTheirLimit",
        "I25",
        BUCKETS,
        Bug("contracts/libraries/OperationGas.sol", "require(cost <= operationLimit,", "require(cost <= windowLimit,"),
    ),
    Proof(
        "WalletProof",
        "check_onlyThePrincipalCommands",
        "I12",
        "mandates of 1,024 bytes, arrays of 0 to 2",
        Bug(
            CONTROL,
            "function cancelNonce(uint256 nonce) external onlyPrincipal {",
            "function cancelNonce(uint256 nonce) external {",
        ),
        quick=False,
    ),
    Proof(
        "WalletProof",
        "check_othersLeaveAuthorityAlone",
        "I12",
        "eight functions, one mandate's shape, buckets of 1,024 s",
        Bug(
            CONTROL,
            "require(msg.sender == _pendingPrincipal, NotPending",
            "require(_pendingPrincipal != address(0), NotPending",
        ),
        quick=False,
    ),
    Proof(
        "WalletProof",
        "check_noVerbWithoutTheSwitch",
        "I8, I15",
        "one mandate's shape, batches of one, calls of 68 bytes",
        Bug(
            "contracts/wallet/Requests.sol",
            "bytes memory terms = _termsForAgent();",
            "bytes memory terms = _termsInForce(); _requireAgent(terms); _requireValid(terms);",
        ),
        quick=False,
    ),
    Proof(
        "WalletProof",
        "check_aNonceIsGoodOnce",
        "I16",
        "no calls, signatures of 65 bytes",
        Bug(CONTROL, "_requireDeadline(deadline);\n        _spendNonce(nonce);", "_requireDeadline(deadline);"),
        quick=False,
    ),
    Proof(
        "WalletProof",
        "check_noActionWithASpentNonce",
        "I16",
        "two verbs, signatures of 65 bytes",
        Bug(ACTIONS, "require(_spentActions.toggle(nonce), NonceSpent(nonce));", "_spentActions.toggle(nonce);"),
        quick=False,
    ),
    Proof(
        "WalletProof",
        "check_anActionIsCancelledOnce",
        "I16",
        "",
        Bug(ACTIONS, "_spendAction(nonce);\n        emit", "_spentActions.set(nonce);\n        emit"),
        quick=False,
    ),
    Proof(
        "WalletProof",
        "check_thePrincipalTakesItsMoneyHome",
        "I18",
        "a token that does what it says",
        Bug(
            CONTROL,
            "_withdraw(token, to, amount, _holding(token));",
            "IRevocationSwitch(SWITCH).epochOf(_principal); _withdraw(token, to, amount, _holding(token));",
        ),
        quick=False,
    ),
    Proof(
        "WalletProof",
        "check_thePrincipalTakesItsEtherHome",
        "I18",
        "to an account without code",
        Bug(
            CONTROL,
            "require(to != address(0), ZeroAddress());",
            "require(to != address(0) && !_inForce, ZeroAddress());",
        ),
        quick=False,
    ),
    Proof(
        "WalletProof",
        "check_aPaymentIsWithinItsMandate",
        "I1, I5, I6",
        "one mandate's shape, buckets of 1,024 s",
        Bug(CHARGING, "require(charge <= limit, PaymentLimitExceeded", "require(amount <= limit, PaymentLimitExceeded"),
        quick=False,
    ),
    Proof(
        "WalletProof",
        "check_anOperationsPaymentIsWithinItsMandate",
        "I1, I5, I6, I8",
        "one mandate's shape, buckets of 1,024 s",
        Bug(ACTIONS, "internal nonReentrant {\n        _requireValid(terms);", "internal nonReentrant {"),
        quick=False,
    ),
    Proof(
        "WalletProof",
        "check_aSignedPaymentIsWithinItsMandate",
        "I1, I5, I6",
        "one mandate's shape, buckets of 1,024 s, keys without code",
        Bug(ACTIONS, "_pay(terms, token, payee, amount, ref);", "_send(terms, token, payee, amount);"),
        quick=False,
    ),
    Proof(
        "WalletProof",
        "check_noOperationOfAStoppedAgent",
        "I8, I25",
        "one mandate's shape, signatures of 65 bytes",
        Bug(
            "contracts/wallet/UserOperations.sol",
            "!IRevocationSwitch(SWITCH).isStopped(terms.principal(), address(this)),",
            "_epoch == terms.epoch(),",
        ),
        quick=False,
    ),
    Proof(
        "RuleProof",
        "check_anArgumentIsWhatTheRuleSays",
        "I6",
        "one argument, of one word",
        Bug(RULES, "fits = uint256(word) <= _word(rule, first);", "fits = uint256(word) < _word(rule, first);"),
    ),
    Proof(
        "RuleProof",
        "check_nothingFollowsTheArgument",
        "I6",
        "one argument, of one word",
        Bug("tests/proofs/RuleProof.sol", "data.length == cursor.end", "data.length >= cursor.end"),
    ),
    Proof(
        "RuleProof",
        "check_limitsAreThoseOfTheRule",
        "I6",
        "",
        Bug(RULES, "return uint96(_word(rule, 12) >> 160);", "return uint96(_word(rule, 0) >> 160);"),
    ),
)
