// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Requested calls
/// @notice The agent asks for a call that no rule allows, such as a trade above its limits; the principal approves or
/// refuses it. Such requests wait in the same slots as those for payments (`IRequests`), and are refused and canceled
/// there.
interface ICallRequests is IWalletCommon {
    /// @notice A call that the agent asks for.
    /// @param target Contract to call. Tokens of the mandate, contracts of the suite, and contracts that make calls or
    /// move tokens for any caller are refused.
    /// @param value Native currency to send (wei).
    /// @param data Calldata.
    /// @param pullToken Token that the target may pull; ignored if `pull` is zero. Not the native currency.
    /// @param pull Exact amount that the target is approved for during the call (token base units).
    /// @param minGas The least gas that must be available right before the call, whose own cost comes out of it: up to
    /// 10,000 with native currency. So whoever submits an approval can't make a part of it fail by sending too little.
    /// @param ref Reason for the call, chosen by the agent.
    /// @param expiresAt End of the request (unix seconds, exclusive).
    struct CallRequest {
        address target;
        uint256 value;
        bytes data;
        address pullToken;
        uint256 pull;
        uint256 minGas;
        bytes32 ref;
        uint48 expiresAt;
    }

    /// @notice Thrown when the call would let somebody else move tokens of the wallet later, which a person can't bound
    /// by approving once: `approve`, `increaseAllowance`, `setApprovalForAll`, `setOperator`, `authorizeOperator`.
    error ApprovalRequested(address target, bytes4 selector);

    /// @notice Emitted when the agent asks for a call.
    /// @param round Round of the wallet, which an approval signs.
    /// @param askedAt When it was asked (unix seconds), which an approval names.
    event CallRequested(
        uint256 indexed slot, bytes32 indexed requestHash, uint32 round, uint48 askedAt, CallRequest request
    );
    /// @notice Emitted when the principal approves a call, which is made in the same transaction. It counts toward no
    /// limit, because the principal decides about its own money.
    event CallApproved(uint256 indexed slot, bytes32 indexed requestHash, CallRequest request);

    /// @notice Asks the principal for a call.
    /// @dev Caller: the agent key, or a relayer with its signature. Reverts with TargetRefused, ApprovalRequested,
    /// TokenNotListed (a pull of native currency), or as `requestPayment` does.
    /// @param slot A free slot, below the mandate's `maxRequests`.
    function requestCall(uint8 slot, CallRequest calldata request) external;

    /// @notice Removes a request for a call that has expired.
    /// @dev Caller: anyone. Reverts with RequestNotExpired or RequestMismatch.
    function expireCall(uint8 slot, CallRequest calldata request) external;

    /// @notice Approves a call and makes it at once. Afterwards no more of any listed token may have left the wallet
    /// than `value` and `pull`.
    /// @dev Caller: the principal, or the wallet itself. Reverts with RequestMismatch, RequestExpired, TargetRefused,
    /// ApprovalRequested, ApprovalStands, TokenBalanceUnreadable, GasTooLow, TokenTookMore or MandateChanged, with the
    /// target's own revert data, or when no mandate is in force, it isn't valid now, or the switch stops the agent. A
    /// failed call leaves the request pending.
    /// @param request The request as it was made: what the principal has read is what is done.
    /// @param askedAt When it was made (unix seconds).
    function approveCall(uint8 slot, CallRequest calldata request, uint48 askedAt) external;

    /// @notice Like `approveCall`, with the principal's signature. Anyone may submit it.
    /// @dev EIP-712 `CallApproval(uint32 round,uint8 slot,CallRequest request,uint48 askedAt,uint256 nonce,uint256
    /// deadline)CallRequest(address target,uint256 value,bytes data,address pullToken,uint256 pull,uint256
    /// minGas,bytes32 ref,uint48 expiresAt)`. Reverts also with DeadlinePassed, NonceSpent or BadPrincipalSignature.
    /// @param nonce Any nonce of the principal that is neither used nor canceled; shared with `executeSigned`.
    /// @param deadline Last second of the signature (unix seconds, inclusive).
    function approveCallSigned(
        uint8 slot,
        CallRequest calldata request,
        uint48 askedAt,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Returns the EIP-712 struct hash of a requested call, of which slots hold the upper 208 bits.
    function callRequestHash(CallRequest calldata request) external pure returns (bytes32);
}
