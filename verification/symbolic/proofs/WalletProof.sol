// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccountExecute, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {IMandateModule} from "../../../contracts/interfaces/IMandateModule.sol";
import {IPayments} from "../../../contracts/interfaces/IPayments.sol";
import {IPrincipalControl} from "../../../contracts/interfaces/IPrincipalControl.sol";
import {IRequests} from "../../../contracts/interfaces/IRequests.sol";
import {ISignedActions} from "../../../contracts/interfaces/ISignedActions.sol";
import {WalletBench} from "./WalletBench.sol";
import {FairToken} from "./WalletWorld.sol";

/// @title WalletProof
/// @notice One call of a wallet, by any caller, at any time, from any state of its storage, reachable or not, but for what `WalletBench` puts
/// there. A token that calls back isn't followed: what is called then is a call of its own. Nothing transient is left from before: neither the
/// lock, nor that the EntryPoint vouches for the principal.
/// @dev Bounds: a signature is looked at as if anyone could have made it. Those of 65 bytes, and of the agent's none that begins with the length
/// of an ERC-7913 signer. The agent key is an account without code, or a contract that answers anything; so is the principal that signs.
/// @custom:halmos --solver-timeout-branching 50ms
contract WalletProof is WalletBench {
    /// @notice I12: what only the principal may do, nobody else does: no such call by another ever succeeds.
    function check_onlyThePrincipalCommands(uint8 kind, address caller, uint256 time) external {
        address principal = wallet.principal();
        // An implementation has none, and there the EntryPoint's vouching for nobody would do.
        WORLD.assume(both(principal != address(0), both(caller != principal, caller != address(wallet))));
        bytes memory data = _command(kind);
        if (data.length == 0) return;
        assert(!_call(caller, time, data));
    }

    /// @notice I12: what others may do leaves alone who is principal, who is to be, in which epoch, and which mandate is in force; but for the
    /// one to whom the wallet was offered.
    /// @dev `pay`, `payBatch`, `requestPayment`, `cancelRequest`, `expireRequest`, `cancelAction`, `resign` and `acceptHandOver`.
    function check_othersLeaveAuthorityAlone(uint8 kind, address caller, uint256 time) external {
        _grant();
        _placeCounter(time);
        WORLD.assume(caller != wallet.pendingPrincipal());
        bytes32[3] memory before = _authority();
        if (!_call(caller, time, kind < 3 ? _verb(kind) : _other(kind))) return;
        bytes32[3] memory later = _authority();
        assert(both(later[0] == before[0], both(later[1] == before[1], later[2] == before[2])));
    }

    /// @notice I8, I15: while the switch doesn't answer that the agent is live, none of the agent's verbs succeeds, whoever calls: if it has no
    /// code, reverts, answers too little, or with what is no truth value.
    /// @dev Batches of one payment, calls of 68 bytes. A switch that answers `false` would be believed: ours never does.
    function check_noVerbWithoutTheSwitch(uint8 kind, bool absent, address caller, uint256 time) external {
        _grant();
        if (absent) STAGE.etch(address(stop), "");
        else WORLD.assume(stop.fails());
        assert(!_call(caller, time, _verb(kind)));
    }

    /// @notice I1, I5, I6: a payment succeeds only if the agent key makes it, in the mandate's time, to the listed payee in the listed token,
    /// for no more than the limit per payment; then what was spent is more by just what it counts for, and the token was told to make one
    /// transfer, of just this amount.
    /// @dev The token has a decimal less than the budget. In the bucket of the last charge, of 1,024 seconds.
    function check_aPaymentIsWithinItsMandate(address caller, address paid, address payee, uint256 amount, uint256 time) external {
        Terms memory terms = _grant();
        Counted memory before = _counted(_placeCounter(time));
        if (!_call(caller, time, abi.encodeCall(wallet.pay, (paid, payee, amount, 0)))) return;
        assert(both(caller == terms.agentKey, _isWithin(terms, paid, payee, amount, time)));
        assert(_isPaid(before, payee, amount));
    }

    /// @notice I5: so does one that the agent key has signed and anyone carries, and it counts in the same place.
    /// @dev The agent key is an account without code.
    function check_aSignedPaymentIsWithinItsMandate(address caller, address paid, address payee, uint256 amount, uint256 time) external {
        Terms memory terms = _grant();
        WORLD.assume(terms.agentKey != address(token));
        Counted memory before = _counted(_placeCounter(time));
        if (!_call(caller, time, _acted(abi.encodeCall(wallet.pay, (paid, payee, amount, 0))))) return;
        assert(_isWithin(terms, paid, payee, amount, time));
        assert(_isPaid(before, payee, amount));
    }

    /// @notice I5: and one by a user operation; but there the call may succeed and nothing be paid, if the agent was stopped.
    function check_anOperationsPaymentIsWithinItsMandate(address caller, address paid, address payee, uint256 amount, uint256 time) external {
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

    /// @notice I25: while the switch doesn't answer that the agent isn't stopped, none of its operations is valid, and none is charged for.
    function check_noOperationOfAStoppedAgent(uint8 kind, uint256 missing, address caller, uint256 time) external {
        _grant();
        WORLD.assume(!stop.says(0));
        PackedUserOperation memory op = _anyOperation(_verb(kind));
        WORLD.assume(op.nonce >> 128 != 0);
        assert(!_call(caller, time, abi.encodeCall(wallet.validateUserOp, (op, bytes32(VALUES.createUint(256, "opHash")), missing))));
    }

    /// @notice I16: a nonce of the principal's is good for one signature, or for none once it was canceled; and no other nonce is touched.
    /// @dev The principal is an account without code, or a contract that answers anything.
    function check_aNonceIsGoodOnce(uint8 kind, uint256 nonce, uint256 other, address caller, uint256 time) external {
        _grant();
        _outside(wallet.principal());
        (bool before, bool otherBefore) = (wallet.isNonceSpent(nonce), wallet.isNonceSpent(other));
        bytes memory data = kind == 0 ? abi.encodeCall(wallet.cancelNonce, (nonce)) : _signed(kind, nonce);
        if (!_call(caller, time, data)) return;
        assert(both(!before, wallet.isNonceSpent(nonce)));
        assert(wallet.isNonceSpent(other) == either(otherBefore, other == nonce));
    }

    /// @notice I16: so is one of the agent's.
    /// @dev Signatures of 65 bytes, the first two of which are zero.
    function check_noActionWithASpentNonce(uint8 kind, ISignedActions.Relay memory relay, address caller, uint256 time) external {
        _grant();
        WORLD.assume(wallet.isActionSpent(relay.nonce));
        // The way of a payment, and that of all other verbs.
        bytes memory action = _verb(kind == 0 ? 0 : 2);
        bytes memory data = abi.encodeCall(wallet.act, (action, relay, bytes.concat(bytes2(0), VALUES.createBytes(63, "signature"))));
        assert(!_call(caller, time, data));
    }

    /// @notice I16: what is canceled is one nonce, which wasn't spent.
    function check_anActionIsCanceledOnce(uint256 nonce, uint256 other, address caller, uint256 time) external {
        _grant();
        (bool before, bool otherBefore) = (wallet.isActionSpent(nonce), wallet.isActionSpent(other));
        if (!_call(caller, time, abi.encodeCall(wallet.cancelAction, (nonce)))) return;
        assert(both(!before, wallet.isActionSpent(nonce)));
        assert(wallet.isActionSpent(other) == either(otherBefore, other == nonce));
    }

    /// @notice I18: the principal takes its money home, in every state of the wallet, while switch and registry refuse to answer anything.
    /// @dev Of a token that does what it says.
    function check_thePrincipalTakesItsMoneyHome(bool all, address to, uint256 amount, uint256 time) external {
        FairToken fair = new FairToken();
        SYMBOLS.enableSymbolicStorage(address(fair));
        (uint256 held, uint256 had) = (fair.balanceOf(address(wallet)), fair.balanceOf(to));
        WORLD.assume(both(to != address(0), to != address(wallet)));
        WORLD.assume(both(amount <= held, had <= type(uint256).max - held));
        _silence();
        bytes memory data = all ? abi.encodeCall(wallet.withdrawAll, (address(fair), to)) : abi.encodeCall(wallet.withdraw, (address(fair), to, amount));
        assert(_call(wallet.principal(), time, data));
        uint256 taken = all ? held : amount;
        assert(both(fair.balanceOf(address(wallet)) == held - taken, fair.balanceOf(to) == had + taken));
    }

    /// @notice I18: the native currency too, to an account without code.
    function check_thePrincipalTakesItsEtherHome(bool all, address to, uint96 held, uint96 amount, uint256 time) external {
        WORLD.assume(both(both(to != address(0), to.code.length == 0), amount <= held));
        STAGE.deal(address(wallet), held);
        uint256 had = to.balance;
        WORLD.assume(had <= type(uint128).max);
        _silence();
        bytes memory data = all ? abi.encodeCall(wallet.withdrawAll, (NATIVE, to)) : abi.encodeCall(wallet.withdraw, (NATIVE, to, amount));
        assert(_call(wallet.principal(), time, data));
        assert(to.balance == had + (all ? held : amount));
    }

    /* WHAT IS CALLED */

    /// @dev Any call of a function that is the principal's alone, or nothing.
    function _command(uint8 kind) private returns (bytes memory data) {
        if (kind == 0) return bytes.concat(IMandateModule.setMandate.selector, VALUES.createBytes(1024, "mandate"));
        data = SYMBOLS.createCalldata(kind == 1 ? "IRequests" : "IPrincipalControl");
        return (kind == 1 ? _isDecision(bytes4(data)) : _isControl(bytes4(data))) ? data : bytes("");
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
        if (kind == 3) return _any(IRequests.cancelRequest.selector, 6);
        if (kind == 4) return _any(IRequests.expireRequest.selector, 6);
        if (kind == 5) return _any(ISignedActions.cancelAction.selector, 1);
        if (kind == 6) return abi.encodePacked(ISignedActions.resign.selector);
        return abi.encodePacked(IPrincipalControl.acceptHandOver.selector);
    }

    /// @dev What the principal may have signed: calls, or that a request is approved.
    function _signed(uint8 kind, uint256 nonce) private returns (bytes memory) {
        (uint256 deadline, bytes memory signature) = (VALUES.createUint(256, "deadline"), VALUES.createBytes(65, "signature"));
        if (kind == 1) return abi.encodeCall(wallet.executeSigned, (new IPrincipalControl.Call[](0), nonce, deadline, signature));
        IRequests.Request memory request = IRequests.Request({
            token: address(token),
            payee: VALUES.createAddress("payee"),
            amount: VALUES.createUint(256, "amount"),
            ref: 0,
            expiresAt: uint48(VALUES.createUint(48, "expiresAt"))
        });
        return abi.encodeCall(wallet.approveRequestSigned, (uint8(VALUES.createUint(8, "slot")), request, nonce, deadline, signature));
    }

    function _executed(bytes memory action) private returns (bytes memory) {
        return abi.encodeCall(wallet.executeUserOp, (_anyOperation(action), bytes32(VALUES.createUint(256, "opHash"))));
    }

    /// @dev In any period.
    function _anyOperation(bytes memory action) private returns (PackedUserOperation memory) {
        return _operation(bytes4(uint32(VALUES.createUint(32, "period"))), action);
    }

    /* WHAT IS SEEN */

    /// @dev The words that say who decides, and by what.
    function _authority() private view returns (bytes32[3] memory words) {
        words[0] = WORLD.load(address(wallet), bytes32(PRINCIPAL));
        words[1] = WORLD.load(address(wallet), bytes32(PENDING_PRINCIPAL));
        words[2] = WORLD.load(address(wallet), bytes32(MANDATE));
    }

    /// @dev From here on switch and registry revert, whatever they are asked.
    function _silence() private {
        (bytes memory reverts, address one) = (hex"5f5ffd", address(registry));
        STAGE.etch(one, reverts);
        STAGE.etch(address(stop), reverts);
    }
}
