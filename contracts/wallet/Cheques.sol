// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "../mandate/MandateDecoder.sol";
import {Charging} from "./Charging.sol";

/// @title Cheques
/// @notice What the modules share that check cheques, charge them afterwards, and show them.
abstract contract Cheques is Charging {
    /// @dev Contains the mandate hash, so cheques of one mandate are void under the next.
    function _chequeNonce(Terms terms, address token, uint256 period, uint256 slot) internal view returns (bytes32) {
        return keccak256(abi.encode(address(this), token, terms.mandateHash(), period, slot));
    }
}
