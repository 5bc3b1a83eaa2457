// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GasTerms, IMandate} from "../interfaces/IMandate.sol";
import {WindowRules} from "../mandate/WindowRules.sol";
import {SpendLedger} from "./SpendLedger.sol";

/// @title OperationGas
/// @notice Gas terms and what was charged to them: those of a mandate, if the wallet pays, and those of a
/// paymaster. It charges without reading the clock: the operation names its period, and the EntryPoint rejects
/// it in any other.
library OperationGas {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice Latest start of a period (unix seconds, inclusive), in the year 2514. The EntryPoint's times
    /// have 48 bits, one of which is a flag, and the ledger's bucket has 26: a later period would wrap around
    /// to zero and have an empty window.
    uint256 internal constant MAX_START = 2 ** 34;

    /// @notice Latest end that the EntryPoint can represent (unix seconds, exclusive): the 48th bit is a flag
    /// for block numbers.
    uint256 internal constant MAX_END = 2 ** 47;

    /// @notice Thrown when an operation could cost more than the limit per operation (wei).
    error OperationCostExceeded(uint256 cost, uint256 limit);
    /// @notice Thrown when the period starts after `maximum` (unix seconds).
    error InvalidPeriod(uint256 start, uint256 maximum);

    /// @notice Checks gas terms. Reverts with GasTermsContradict or InvalidGasWindow of `IMandate`.
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
            window % SpendLedger.BUCKETS == 0 && window >= WindowRules.MIN_WINDOW && window <= WindowRules.MAX_WINDOW,
            IMandate.InvalidGasWindow(window, WindowRules.MIN_WINDOW, WindowRules.MAX_WINDOW)
        );
    }

    /// @notice Gives the ledger this window; what was charged stays charged. Zero leaves the ledger as it is,
    /// for later terms.
    /// @param window Length of the window (seconds), checked.
    function open(SpendLedger.Ledger storage ledger, uint32 window) internal {
        if (window == 0) return;
        uint24[] memory widths = new uint24[](1);
        widths[0] = uint24(window / SpendLedger.BUCKETS);
        ledger.open(widths, 18, block.timestamp);
    }

    /// @notice Returns what remains of the limit in the window that ends now (wei).
    function remaining(SpendLedger.Ledger storage ledger, uint256 windowLimit) internal view returns (uint256) {
        if (windowLimit == 0) return 0;
        uint256 counted = ledger.counted(ledger.tracksAt(block.timestamp)[0]);
        return counted < windowLimit ? windowLimit - counted : 0;
    }

    /// @notice Charges the most that an operation may cost, whoever receives it and whether the deposit or the
    /// account pays. Reverts with OperationCostExceeded, InvalidPeriod, or WindowLimitExceeded of
    /// `SpendLedger`.
    /// @param cost The most that the operation may cost (wei).
    /// @param operationLimit The most that one operation may cost (wei, inclusive).
    /// @param windowLimit The most that all operations in a window may cost (wei, inclusive).
    /// @param width Length of a period (seconds): an eighth of the window.
    /// @param period Index of the period, counted from the unix epoch.
    /// @return start First second in which the operation may be executed (unix seconds, inclusive); zero if it
    /// costs nothing.
    /// @return end End of its period (unix seconds, exclusive); `MAX_END` if it costs nothing.
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
        // No lifetime limit: the deposit itself bounds what can be spent.
        ledger.add(cost, windowLimit, type(uint96).max, start);
    }
}
