// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICalls} from "../interfaces/ICalls.sol";
import {Terms} from "../mandate/MandateDecoder.sol";
import {Charging} from "./Charging.sol";

/// @title TargetCalls
/// @notice Calls a contract that may pull an exact amount of a token, leaves no approval behind, and compares
/// balances. The agent's calls and the calls that a principal approves share it.
/// @dev Never uses delegatecall: the target runs on its own storage.
abstract contract TargetCalls is Charging {
    using SafeERC20 for IERC20;

    /// @param token Token that may be pulled; ignored if `pull` is zero.
    /// @param pull Exact amount (token base units).
    /// @param minGas The least gas that must be available for the call.
    function _callTarget(
        Terms terms,
        address target,
        uint256 value,
        bytes calldata data,
        address token,
        uint256 pull,
        uint256 minGas
    ) internal {
        uint256[] memory balances = _balances(terms);
        if (pull == 0) {
            _call(target, value, data, minGas);
            _requireBalances(terms, balances, NATIVE, value, value);
        } else {
            _callWithPull(target, value, data, IERC20(token), pull, minGas);
            _requireBalances(terms, balances, token, pull, value);
        }
    }

    function _callWithPull(
        address target,
        uint256 value,
        bytes calldata data,
        IERC20 token,
        uint256 pull,
        uint256 minGas
    ) private {
        uint256 standing = token.allowance(address(this), target);
        // The target could use it for more than was charged. Replacing it would need to put it back, which could
        // restore what the principal has revoked meanwhile.
        require(standing == 0, ICalls.ApprovalStands(address(token), target, standing));
        token.forceApprove(target, pull);
        _call(target, value, data, minGas);
        token.forceApprove(target, 0);
    }

    function _call(address target, uint256 value, bytes calldata data, uint256 minGas) private {
        _requireGas(minGas);
        // Doesn't copy the return data: nobody needs it, and it could be long.
        if (!LowLevelCall.callNoReturn(target, value, data)) LowLevelCall.bubbleRevert();
    }
}
