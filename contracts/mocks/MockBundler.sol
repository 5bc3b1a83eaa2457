// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title MockBundler
/// @notice A test double: a bundler that is a contract. It makes any calls in one transaction, and continues
/// after those that fail.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockBundler {
    /// @notice A call to make.
    /// @param target Contract to call.
    /// @param data Calldata.
    struct Attempt {
        address target;
        bytes data;
    }

    /// @notice Emitted for each call, with its return or revert data.
    event Attempted(address indexed target, bool success, bytes returndata);

    /// @notice Accepts the payments for bundles.
    receive() external payable {}

    /// @notice Makes the calls in order, and returns which of them succeeded.
    function attempt(Attempt[] calldata attempts) external returns (bool[] memory successes) {
        successes = new bool[](attempts.length);
        for (uint256 i = 0; i < attempts.length; ++i) {
            bytes memory returndata;
            (successes[i], returndata) = attempts[i].target.call(attempts[i].data);
            emit Attempted(attempts[i].target, successes[i], returndata);
        }
    }
}
