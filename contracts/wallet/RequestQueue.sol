// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRequests} from "../interfaces/IRequests.sol";
import {Terms} from "../mandate/MandateDecoder.sol";
import {WalletStorage} from "./WalletStorage.sol";

/// @title RequestQueue
/// @notice The slots in which requests wait for the principal. A slot holds the hash of a request and when it was
/// made, so what is done is what was asked for, and each decision is about one request.
abstract contract RequestQueue is WalletStorage {
    /// @dev The lower 48 bits of a slot: when the request was made.
    uint256 private constant TIME = type(uint48).max;

    /// @dev Puts a request into a free slot of the mandate.
    /// @param expiresAt End of the request (unix seconds, exclusive).
    function _put(Terms terms, uint8 slot, bytes32 hash, uint48 expiresAt) internal {
        (uint8 slots, uint32 maxAge) = terms.requestTerms();
        require(slot < slots, IRequests.InvalidRequestSlot(slot, slots));
        bytes32 taken = _requests[_round][slot];
        require(taken == bytes32(0), IRequests.RequestSlotTaken(slot, taken));
        uint256 latest = block.timestamp + maxAge;
        require(
            expiresAt > block.timestamp && expiresAt <= latest, IRequests.InvalidRequestExpiry(expiresAt, latest)
        );
        _requests[_round][slot] = _pack(hash, block.timestamp);
    }

    /// @dev Clears the slot first, so that a request is approved once.
    function _takeAskedAt(uint8 slot, bytes32 hash, uint48 askedAt, uint48 expiresAt) internal {
        bytes32 pending = _requests[_round][slot];
        bytes32 given = _pack(hash, askedAt);
        require(given == pending, IRequests.RequestMismatch(slot, given, pending));
        delete _requests[_round][slot];
        require(block.timestamp < expiresAt, IRequests.RequestExpired(expiresAt, block.timestamp));
    }

    /// @dev Removes a request, whenever it was made.
    function _remove(uint8 slot, bytes32 hash) internal {
        bytes32 pending = _requests[_round][slot];
        bytes32 given = _pack(hash, 0);
        require(
            pending != bytes32(0) && given == bytes32(uint256(pending) & ~TIME),
            IRequests.RequestMismatch(slot, given, pending)
        );
        delete _requests[_round][slot];
        emit IRequests.RequestRemoved(slot, hash, msg.sender);
    }

    function _requireExpired(uint48 expiresAt) internal view {
        require(block.timestamp >= expiresAt, IRequests.RequestNotExpired(expiresAt, block.timestamp));
    }

    function _pack(bytes32 hash, uint256 time) private pure returns (bytes32) {
        return bytes32((uint256(hash) & ~TIME) | (time & TIME));
    }

    /// @dev The agent may act, and its mandate allows it now: an approval doesn't outlive a stop.
    function _termsForApproval() internal view returns (Terms terms) {
        terms = _termsInForce();
        _requireValid(terms);
        _requireLive(terms);
    }
}
