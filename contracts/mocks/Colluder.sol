// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";

/// @title Colluder
/// @notice A test double: an attacker that may be agent key, payee, target, relayer and borrower of flash loans
/// at once. Every call or payment to it triggers the calls that were set with `arm`; the caller never learns
/// whether they failed.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract Colluder {
    /// @notice One call: target, value (wei), and calldata.
    struct Step {
        address target;
        uint256 value;
        bytes data;
    }

    /// @notice Result of a call: its return or revert data.
    struct Result {
        bool success;
        bytes returndata;
    }

    bytes32 private constant BORROWED = keccak256("ERC3156FlashBorrower.onFlashLoan");

    /// @notice How often it was called from outside.
    uint256 public touches;

    Step[] private _steps;
    Result[] private _results;
    bool private _running;

    /// @notice Accepts native currency, and makes its calls.
    receive() external payable {
        _run();
    }

    /// @notice Accepts every signature and every loan. Makes its calls on any call except a signature check,
    /// which is static.
    fallback(bytes calldata) external payable returns (bytes memory) {
        if (msg.sig == IERC1271.isValidSignature.selector) return abi.encode(IERC1271.isValidSignature.selector);
        _run();
        return msg.sig == IERC3156FlashBorrower.onFlashLoan.selector ? abi.encode(BORROWED) : bytes("");
    }

    /// @notice Sets the calls to make on every call, and deletes the results so far.
    function arm(Step[] calldata steps) external {
        delete _steps;
        delete _results;
        touches = 0;
        for (uint256 i = 0; i < steps.length; ++i) _steps.push(steps[i]);
    }

    /// @notice Makes calls at once, for anyone; on behalf of another contract that delegates to it.
    function perform(Step[] calldata steps) external payable returns (Result[] memory made) {
        made = new Result[](steps.length);
        for (uint256 i = 0; i < steps.length; ++i) {
            (made[i].success, made[i].returndata) = steps[i].target.call{value: steps[i].value}(steps[i].data);
        }
    }

    /// @notice Returns the results of all calls since `arm`.
    function results() external view returns (Result[] memory) {
        return _results;
    }

    function _run() internal {
        ++touches;
        // A nested call doesn't make the calls again, which would never end.
        if (_running) return;
        _running = true;
        for (uint256 i = 0; i < _steps.length; ++i) {
            Step memory step = _steps[i];
            (bool success, bytes memory returndata) = step.target.call{value: step.value}(step.data);
            _results.push(Result(success, returndata));
        }
        _running = false;
    }
}
