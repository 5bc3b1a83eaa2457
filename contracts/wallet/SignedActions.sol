// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {LibBitmap} from "solady/utils/LibBitmap.sol";
import {ICallRequests} from "../interfaces/ICallRequests.sol";
import {ICalls} from "../interfaces/ICalls.sol";
import {IPayments} from "../interfaces/IPayments.sol";
import {IPreauthorizations} from "../interfaces/IPreauthorizations.sol";
import {IRequests} from "../interfaces/IRequests.sol";
import {IRevocationSwitch} from "../interfaces/IRevocationSwitch.sol";
import {ISignedActions} from "../interfaces/ISignedActions.sol";
import {Signers} from "../signatures/Signers.sol";
import {Terms} from "../mandate/MandateDecoder.sol";
import {MandateHash} from "../mandate/MandateHash.sol";
import {Payments} from "./Payments.sol";

/// @title SignedActions
/// @notice Executes actions that the agent key has signed: the same checks and events as if the key were the
/// sender.
abstract contract SignedActions is ISignedActions, Payments {
    using LibBitmap for LibBitmap.Bitmap;

    bytes32 private constant ACTION_TYPEHASH = keccak256(
        "Action(bytes32 mandateHash,bytes action,address relayer,address feeToken,uint256 fee,uint256 minGas,uint48 deadline,uint256 nonce)"
    );

    /// @inheritdoc ISignedActions
    function act(bytes calldata action, Relay calldata relay, bytes calldata signature) external {
        _requireDeadline(relay.deadline);
        address relayer = relay.relayer;
        if (relayer == address(0)) require(relay.fee == 0, FeeNeedsRelayer(relay.fee));
        else require(msg.sender == relayer, NotRelayer(msg.sender, relayer));
        // The most common action is executed directly, which costs less gas.
        bool isPayment = bytes4(action) == IPayments.pay.selector;
        require(isPayment || _isAction(bytes4(action)), NotAnAction(bytes4(action)));
        Terms terms = _termsInForce();
        address agentKey = terms.agentKey();
        bytes32 digest = _actionDigest(terms, action, relay);
        require(Signers.hasAgentSigned(agentKey, digest, signature), BadAgentSignature(agentKey, digest));
        _spendAction(relay.nonce);
        emit ActionRelayed(relay.nonce);
        _requireGas(relay.minGas);

        if (isPayment) {
            _requireLive(terms);
            _executePayment(terms, action[4:]);
        } else {
            _executeAction(agentKey, action);
        }
        if (relay.fee != 0) _payFee(terms, relay);
    }

    /// @dev Executes a signed `pay` without delegatecall. The caller has called the switch's `requireLive`.
    /// @param arguments ABI-encoded arguments of `pay`.
    function _executePayment(Terms terms, bytes calldata arguments) internal nonReentrant {
        _requireValid(terms);
        (address token, address payee, uint256 amount, bytes32 ref) =
            abi.decode(arguments, (address, address, uint256, bytes32));
        _pay(terms, token, payee, amount, ref);
    }

    function _executeAction(address agentKey, bytes calldata action) internal {
        // An agent key that relays its own action needs no flag, and must not leave one for later actions.
        _agentSigned = msg.sender != agentKey;
        // Not a call, which would make the wallet the sender, with the principal's rights.
        Address.functionDelegateCall(address(this), action);
        _agentSigned = false;
    }

    /// @dev The agent's actions and nothing else: what the agent signed must not use the relayer's own rights.
    function _isAction(bytes4 selector) internal pure returns (bool) {
        return selector == IPayments.pay.selector || selector == IPayments.payBatch.selector
            || selector == ICalls.call.selector || selector == IPreauthorizations.preauthorize.selector
            || selector == IRequests.requestPayment.selector || selector == IRequests.cancelRequest.selector
            || selector == ICallRequests.requestCall.selector || selector == ISignedActions.resign.selector;
    }

    function _payFee(Terms terms, Relay calldata relay) private nonReentrant {
        _requireStillLive(terms);
        // Not every action checks this: `cancelRequest` works after the mandate's end, but its fee isn't paid
        // then.
        _requireValid(terms);
        _pay(terms, relay.feeToken, relay.relayer, relay.fee, bytes32(relay.nonce));
    }

    /// @inheritdoc ISignedActions
    function cancelAction(uint256 nonce) external {
        address agentKey = _termsInForce().agentKey();
        require(
            msg.sender == agentKey || msg.sender == principal() || msg.sender == address(this),
            NotAgentKeyOrPrincipal(msg.sender, agentKey, principal())
        );
        _spendAction(nonce);
        emit ActionCanceled(nonce);
    }

    /// @inheritdoc ISignedActions
    function isActionSpent(uint256 nonce) external view returns (bool) {
        return _spentActions.get(nonce);
    }

    function _spendAction(uint256 nonce) private {
        // Reads the slot once: toggling a used nonce returns false, and the revert restores it.
        require(_spentActions.toggle(nonce), NonceSpent(nonce));
    }

    /// @inheritdoc ISignedActions
    function actionDigest(bytes calldata action, Relay calldata relay) external view returns (bytes32) {
        return _actionDigest(_termsInForce(), action, relay);
    }

    function _actionDigest(Terms terms, bytes calldata action, Relay calldata relay)
        private
        view
        returns (bytes32)
    {
        bytes32 structHash = keccak256(abi.encode(ACTION_TYPEHASH, terms.mandateHash(), keccak256(action), relay));
        // Not OpenZeppelin's `_hashTypedDataV4`: its cached domain never fits a clone.
        return MandateHash.digest(structHash, address(this));
    }

    /// @inheritdoc ISignedActions
    function resign() external {
        Terms terms = _termsInForce();
        _requireAgent(terms);
        IRevocationSwitch(SWITCH).resign(terms.principal());
    }
}
