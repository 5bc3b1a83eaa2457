// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccountExecute, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {ICallRequests} from "../../../contracts/interfaces/ICallRequests.sol";
import {IMandateModule} from "../../../contracts/interfaces/IMandateModule.sol";
import {IPayments} from "../../../contracts/interfaces/IPayments.sol";
import {IPrincipalControl} from "../../../contracts/interfaces/IPrincipalControl.sol";
import {IRequests} from "../../../contracts/interfaces/IRequests.sol";
import {ISignedActions} from "../../../contracts/interfaces/ISignedActions.sol";
import {WalletFixture} from "./WalletFixture.sol";
import {HonestToken} from "./WalletDoubles.sol";

/// @title WalletProof
/// @notice One call of a wallet, by any caller, at any time, from any state of its storage, reachable or not,
/// except what `WalletFixture` writes. Callbacks of a token aren't followed: each is a call of its own.
/// Transient storage is empty.
/// @dev Bounds: any signature may be valid. Signatures have 65 bytes, and the agent's don't begin with the
/// length of an ERC-7913 signer. The agent key is an account without code, or a contract with arbitrary
/// answers; so is a principal that signs.
/// @custom:halmos --solver-timeout-branching 50ms
contract WalletProof is WalletFixture {
    /// @notice I12: no call of the principal's functions by anyone else succeeds.
    function check_onlyPrincipalMayCall(uint8 kind, address caller, uint256 time) external {
        address principal = wallet.principal();
        // Excludes an implementation contract, whose principal is zero like the transient `_operationSigner`.
        VM.assume(both(principal != address(0), both(caller != principal, caller != address(wallet))));
        bytes memory data = _command(kind);
        if (data.length == 0) return;
        assert(!_call(caller, time, data));
    }

    /// @notice I12, I31: other calls don't change the principal, the epoch, the offer, the mandate in force or the
    /// round, except for the account that the wallet was offered to.
    /// @dev `pay`, `payBatch`, `requestPayment`, `cancelRequest`, `expireRequest`, `cancelAction`, `resign` and
    /// `acceptHandOver`.
    function check_othersCannotChangeAuthority(uint8 kind, address caller, uint256 time) external {
        _grant();
        _placeCounter(time);
        VM.assume(caller != address(uint160(uint256(VM.load(address(wallet), bytes32(OFFER))))));
        bytes32[3] memory before = _authority();
        if (!_call(caller, time, kind < 3 ? _anyAction(kind) : _other(kind))) return;
        bytes32[3] memory later = _authority();
        assert(both(later[0] == before[0], both(later[1] == before[1], later[2] == before[2])));
    }

    /// @notice I8, I15: unless the switch answers that the agent is live, none of the agent's actions succeeds,
    /// whoever calls: if the switch has no code, reverts, or returns too few bytes or no boolean.
    /// @dev Batches of one payment, calls of 68 bytes. A switch that returned `false` would be accepted; ours
    /// never does.
    function check_noActionWithoutSwitch(uint8 kind, bool absent, address caller, uint256 time) external {
        _grant();
        if (absent) VM.etch(address(stop), "");
        else VM.assume(stop.fails());
        assert(!_call(caller, time, _anyAction(kind)));
    }

    /// @notice I1, I5, I6: a payment succeeds only if the agent key makes it while the mandate is valid, to the
    /// listed payee in the listed token, within the limit per payment. Spending then increases by exactly its
    /// charge, and the token receives one transfer of exactly this amount.
    /// @dev The token has one decimal less than the budget. In the bucket of the last charge, of 1,024 seconds.
    function check_paymentIsWithinMandate(address caller, address paid, address payee, uint256 amount, uint256 time) external {
        Terms memory terms = _grant();
        Counted memory before = _counted(_placeCounter(time));
        if (!_call(caller, time, abi.encodeCall(wallet.pay, (paid, payee, amount, 0)))) return;
        assert(both(caller == terms.agentKey, _isWithin(terms, paid, payee, amount, time)));
        assert(_isPaid(before, payee, amount));
    }

    /// @notice I5: the same for a payment that the agent key has signed and anyone relays; it is counted in the
    /// same ledger.
    /// @dev The agent key is an account without code.
    function check_relayedPaymentIsWithinMandate(address caller, address paid, address payee, uint256 amount, uint256 time) external {
        Terms memory terms = _grant();
        VM.assume(terms.agentKey != address(token));
        Counted memory before = _counted(_placeCounter(time));
        if (!_call(caller, time, _relayed(abi.encodeCall(wallet.pay, (paid, payee, amount, 0))))) return;
        assert(_isWithin(terms, paid, payee, amount, time));
        assert(_isPaid(before, payee, amount));
    }

    /// @notice I5: the same for a payment by user operation; but if the agent was stopped, the call may succeed
    /// without paying.
    function check_userOperationPaymentIsWithinMandate(address caller, address paid, address payee, uint256 amount, uint256 time) external {
        Terms memory terms = _grant();
        Counted memory before = _counted(_placeCounter(time));
        if (!_call(caller, time, _executed(abi.encodeCall(wallet.pay, (paid, payee, amount, 0))))) return;
        assert(caller == ENTRY_POINT);
        if (stop.fails()) {
            assert(both(_counted(before.slot).spent == before.spent, token.count() == before.transfers));
        } else {
            assert(_isWithin(terms, paid, payee, amount, time));
            assert(_isPaid(before, payee, amount));
        }
    }

    /// @notice I25: unless the switch answers that the agent isn't stopped, none of its operations is valid or
    /// charged.
    function check_noUserOperationOfStoppedAgent(uint8 kind, uint256 missing, address caller, uint256 time) external {
        _grant();
        VM.assume(!stop.says(0));
        PackedUserOperation memory op = _anyOperation(_anyAction(kind));
        VM.assume(op.nonce >> 128 != 0);
        assert(!_call(caller, time, abi.encodeCall(wallet.validateUserOp, (op, bytes32(SVM.createUint(256, "opHash")), missing))));
    }

    /// @notice I16: a nonce of the principal works for one signature, or for none once it is canceled; other
    /// nonces don't change.
    /// @dev The principal is an account without code, or a contract with arbitrary answers.
    function check_nonceWorksOnce(uint8 kind, uint256 nonce, uint256 other, address caller, uint256 time) external {
        _grant();
        _assumeOutside(wallet.principal());
        (bool before, bool otherBefore) = (wallet.isNonceSpent(nonce), wallet.isNonceSpent(other));
        bytes memory data = kind == 0 ? abi.encodeCall(wallet.cancelNonce, (nonce)) : _signed(kind, nonce);
        if (!_call(caller, time, data)) return;
        assert(both(!before, wallet.isNonceSpent(nonce)));
        assert(wallet.isNonceSpent(other) == either(otherBefore, other == nonce));
    }

    /// @notice I16: no action with a spent nonce of the agent succeeds.
    /// @dev Signatures of 65 bytes, the first two of which are zero.
    function check_spentNonceIsRejected(uint8 kind, ISignedActions.Relay memory relay, address caller, uint256 time) external {
        _grant();
        VM.assume(wallet.isActionSpent(relay.nonce));
        // `pay`, which is executed directly, and an action that is executed by delegatecall.
        bytes memory action = _anyAction(kind == 0 ? 0 : 2);
        bytes memory data = abi.encodeCall(wallet.act, (action, relay, bytes.concat(bytes2(0), SVM.createBytes(63, "signature"))));
        assert(!_call(caller, time, data));
    }

    /// @notice I16: `cancelAction` cancels one nonce, which wasn't spent.
    function check_cancelActionWorksOnce(uint256 nonce, uint256 other, address caller, uint256 time) external {
        _grant();
        (bool before, bool otherBefore) = (wallet.isActionSpent(nonce), wallet.isActionSpent(other));
        if (!_call(caller, time, abi.encodeCall(wallet.cancelAction, (nonce)))) return;
        assert(both(!before, wallet.isActionSpent(nonce)));
        assert(wallet.isActionSpent(other) == either(otherBefore, other == nonce));
    }

    /// @notice I18: the principal can withdraw tokens in every state of the wallet, even if switch and registry
    /// always revert.
    /// @dev An honest token.
    function check_principalWithdrawsTokens(bool all, address to, uint256 amount, uint256 time) external {
        HonestToken fair = new HonestToken();
        SVM.enableSymbolicStorage(address(fair));
        (uint256 held, uint256 had) = (fair.balanceOf(address(wallet)), fair.balanceOf(to));
        VM.assume(both(to != address(0), to != address(wallet)));
        VM.assume(both(amount <= held, had <= type(uint256).max - held));
        _breakSwitchAndRegistry();
        bytes memory data = all ? abi.encodeCall(wallet.withdrawAll, (address(fair), to)) : abi.encodeCall(wallet.withdraw, (address(fair), to, amount));
        assert(_call(wallet.principal(), time, data));
        uint256 taken = all ? held : amount;
        assert(both(fair.balanceOf(address(wallet)) == held - taken, fair.balanceOf(to) == had + taken));
    }

    /// @notice I18: the same for native currency, to an account without code.
    function check_principalWithdrawsNativeCurrency(bool all, address to, uint96 held, uint96 amount, uint256 time) external {
        VM.assume(both(both(to != address(0), to.code.length == 0), amount <= held));
        VM.deal(address(wallet), held);
        uint256 had = to.balance;
        VM.assume(had <= type(uint128).max);
        _breakSwitchAndRegistry();
        bytes memory data = all ? abi.encodeCall(wallet.withdrawAll, (NATIVE, to)) : abi.encodeCall(wallet.withdraw, (NATIVE, to, amount));
        assert(_call(wallet.principal(), time, data));
        assert(to.balance == had + (all ? held : amount));
    }

    /* WHAT IS CALLED */

    /// @dev Any call of a function of the principal, or nothing.
    function _command(uint8 kind) private returns (bytes memory data) {
        if (kind == 0) return bytes.concat(IMandateModule.setMandate.selector, SVM.createBytes(1024, "mandate"));
        if (kind == 1) {
            return abi.encodeCall(
                ICallRequests.approveCall, (uint8(SVM.createUint(8, "slot")), _anyCallRequest(), uint48(SVM.createUint(48, "askedAt")))
            );
        }
        data = SVM.createCalldata(kind == 2 ? "IRequests" : "IPrincipalControl");
        return (kind == 2 ? _isDecision(bytes4(data)) : _isControl(bytes4(data))) ? data : bytes("");
    }

    function _isDecision(bytes4 selector) private pure returns (bool yes) {
        yes = either(selector == IRequests.approveRequest.selector, selector == IRequests.refuseRequest.selector);
        return either(yes, selector == IRequests.refuseAll.selector);
    }

    function _isControl(bytes4 selector) private pure returns (bool yes) {
        yes = either(selector == IPrincipalControl.execute.selector, selector == IPrincipalControl.executeBatch.selector);
        yes = either(yes, selector == IPrincipalControl.withdraw.selector);
        yes = either(yes, selector == IPrincipalControl.withdrawAll.selector);
        yes = either(yes, selector == IPrincipalControl.liftMandate.selector);
        yes = either(yes, selector == IPrincipalControl.cancelNonce.selector);
        return either(yes, selector == IPrincipalControl.offerHandOver.selector);
    }

    function _other(uint8 kind) private returns (bytes memory) {
        if (kind == 3) return _any(IRequests.cancelRequest.selector, 2);
        if (kind == 4) return _any(IRequests.expireRequest.selector, 6);
        if (kind == 5) return _any(ISignedActions.cancelAction.selector, 1);
        if (kind == 6) return abi.encodePacked(ISignedActions.resign.selector);
        return abi.encodePacked(IPrincipalControl.acceptHandOver.selector);
    }

    /// @dev A call with the principal's signature: of calls, or of a request's approval.
    function _signed(uint8 kind, uint256 nonce) private returns (bytes memory) {
        (uint256 deadline, bytes memory signature) = (SVM.createUint(256, "deadline"), SVM.createBytes(65, "signature"));
        if (kind == 1) {
            uint256 minGas = SVM.createUint(256, "minGas");
            return abi.encodeCall(wallet.executeSigned, (new IPrincipalControl.Call[](0), minGas, nonce, deadline, signature));
        }
        IRequests.Request memory request = IRequests.Request({
            token: address(token),
            payee: SVM.createAddress("payee"),
            amount: SVM.createUint(256, "amount"),
            ref: 0,
            expiresAt: uint48(SVM.createUint(48, "expiresAt"))
        });
        (uint8 slot, uint48 askedAt) = (uint8(SVM.createUint(8, "slot")), uint48(SVM.createUint(48, "askedAt")));
        return abi.encodeCall(wallet.approveRequestSigned, (slot, request, askedAt, nonce, deadline, signature));
    }

    function _executed(bytes memory action) private returns (bytes memory) {
        return abi.encodeCall(wallet.executeUserOp, (_anyOperation(action), bytes32(SVM.createUint(256, "opHash"))));
    }

    /// @dev In any period.
    function _anyOperation(bytes memory action) private returns (PackedUserOperation memory) {
        return _operation(bytes4(uint32(SVM.createUint(32, "period"))), action);
    }

    /* WHAT IS SEEN */

    /// @dev The words that hold principal, epoch, offer, mandate and round.
    function _authority() private view returns (bytes32[3] memory words) {
        words[0] = VM.load(address(wallet), bytes32(PRINCIPAL));
        words[1] = VM.load(address(wallet), bytes32(OFFER));
        words[2] = VM.load(address(wallet), bytes32(MANDATE));
    }

    /// @dev From here on switch and registry revert on every call.
    function _breakSwitchAndRegistry() private {
        (bytes memory reverts, address one) = (hex"5f5ffd", address(registry));
        VM.etch(one, reverts);
        VM.etch(address(stop), reverts);
    }
}
