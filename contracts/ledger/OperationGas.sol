// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GasTerms, IMandate} from "../interfaces/IMandate.sol";
import {MandateRules} from "../mandate/MandateRules.sol";
import {SpendLedger} from "./SpendLedger.sol";

/// @title OperationGas
/// @notice Gas terms, and what was charged to them: those of a mandate, where the wallet pays, and those of a paymaster.
/// Charges come without a clock: the operation names its period itself, and the EntryPoint refuses it in any other.
library OperationGas {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice The latest that a period may begin (unix seconds). The EntryPoint's moments have 48 bits, one of which means
    /// something else: a later one would begin again at zero, and come with an empty window.
    uint256 internal constant MAX_START = 2 ** 40;

    /// @notice The latest end that the EntryPoint can be told (unix seconds, exclusive): with the 48th bit its moments are numbers of
    /// blocks, or lose it.
    uint256 internal constant MAX_END = 2 ** 47;

    /// @notice Thrown when an operation could cost more than one may (wei).
    error OperationCostExceeded(uint256 cost, uint256 limit);
    /// @notice Thrown when the period would begin too late (unix seconds).
    error InvalidPeriod(uint256 start, uint256 maximum);

    /// @notice Reverts unless all numbers are zero, or none is and they fit together.
    function check(GasTerms calldata terms) internal pure {
        (uint96 operationLimit, uint96 windowLimit, uint32 window) =
            (terms.operationLimit, terms.windowLimit, terms.window);
        require(
            (operationLimit == 0) == (window == 0) && (windowLimit == 0) == (window == 0)
                && operationLimit <= windowLimit,
            IMandate.GasTermsContradict(operationLimit, windowLimit, window)
        );
        if (window == 0) return;
        require(
            window % SpendLedger.BUCKETS == 0 && window >= MandateRules.MIN_WINDOW && window <= MandateRules.MAX_WINDOW,
            IMandate.InvalidGasWindow(window, MandateRules.MIN_WINDOW, MandateRules.MAX_WINDOW)
        );
    }

    /// @notice Gives the ledger this window; what was charged stays charged. Terms that allow nothing leave it as it is, for
    /// later ones that do.
    /// @param window A checked one (seconds).
    function open(SpendLedger.Ledger storage ledger, uint32 window) internal {
        if (window == 0) return;
        uint24[] memory widths = new uint24[](1);
        widths[0] = uint24(window / SpendLedger.BUCKETS);
        ledger.open(widths, 18, block.timestamp);
    }

    /// @notice What is left of the limit in the window that ends now (wei).
    function remaining(SpendLedger.Ledger storage ledger, uint256 windowLimit) internal view returns (uint256) {
        if (windowLimit == 0) return 0;
        uint256 counted = ledger.counted(ledger.tracksAt(block.timestamp)[0]);
        return counted < windowLimit ? windowLimit - counted : 0;
    }

    /// @notice Charges what an operation may cost at most, whoever gets it, and from where: the deposit, or the account.
    /// @param width How long a period is: an eighth of the window (seconds).
    /// @param period Which one, counted from the epoch of unix time.
    /// @return start When the operation may be carried out first: the period's begin (unix seconds, inclusive). What costs
    /// nothing may be at any time.
    /// @return end When it may be no more: the period's end (unix seconds, exclusive).
    function charge(
        SpendLedger.Ledger storage ledger,
        uint256 cost,
        uint256 operationLimit,
        uint256 windowLimit,
        uint256 width,
        uint32 period
    ) internal returns (uint256 start, uint256 end) {
        if (cost == 0) return (0, MAX_END);
        require(cost <= operationLimit, OperationCostExceeded(cost, operationLimit));
        start = width * period;
        end = start + width;
        require(start <= MAX_START, InvalidPeriod(start, MAX_START));
        // No limit for life: the money that it could be a limit of is in the deposit.
        ledger.add(cost, windowLimit, type(uint96).max, start);
    }
}
