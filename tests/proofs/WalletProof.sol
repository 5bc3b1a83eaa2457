// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICalls} from "../../contracts/interfaces/ICalls.sol";
import {IMandateKeeper} from "../../contracts/interfaces/IMandateKeeper.sol";
import {IPayments} from "../../contracts/interfaces/IPayments.sol";
import {IPreauthorisations} from "../../contracts/interfaces/IPreauthorisations.sol";
import {IPrincipalControl} from "../../contracts/interfaces/IPrincipalControl.sol";
import {IRequests} from "../../contracts/interfaces/IRequests.sol";
import {ISignedActions} from "../../contracts/interfaces/ISignedActions.sol";
import {FairToken, WalletBench} from "./WalletBench.sol";

/// @title WalletProof
/// @custom:halmos --solver-timeout-branching 50ms
contract WalletProof is WalletBench {
    address private constant NATIVE = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;

    /// @notice I12: what only the principal may do, nobody else does: no such call by another ever succeeds.
    function check_onlyThePrincipalCommands(uint8 kind, address caller, uint256 time) external {
        address principal = wallet.principal();
        // An implementation has none, and there the EntryPoint's vouching for nobody would do.
        WORLD.assume(both(principal != address(0), both(caller != principal, caller != address(wallet))));
        bytes memory data = _command(kind);
        if (data.length == 0) return;
        assert(!_call(caller, time, data));
    }

    /// @notice I16: a nonce of the principal's is good for one signature, or for none once it was cancelled; and no other nonce is touched.
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

    /// @notice I16: what is cancelled is one nonce, which wasn't spent.
    function check_anActionIsCancelledOnce(uint256 nonce, uint256 other, address caller, uint256 time) external {
        _grant();
        (bool before, bool otherBefore) = (wallet.isActionSpent(nonce), wallet.isActionSpent(other));
        if (!_call(caller, time, abi.encodeCall(wallet.cancelAction, (nonce)))) return;
        assert(both(!before, wallet.isActionSpent(nonce)));
        assert(wallet.isActionSpent(other) == either(otherBefore, other == nonce));
    }

    /// @notice I18: the principal takes its money home, in every state of the wallet, while switch and registry refuse to answer anything.
    /// @dev To an account without code; of a token that does what it says.
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

    /// @notice I18: the native currency too.
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

    /// @dev From here on switch and registry revert, whatever they are asked.
    function _silence() private {
        (bytes memory reverts, address one) = (hex"5f5ffd", address(registry));
        STAGE.etch(one, reverts);
        STAGE.etch(address(stop), reverts);
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

    /// @notice I15, I8: while the switch doesn't answer that the agent is live, none of its verbs succeeds
    function check_noVerbWithoutTheSwitch(uint8 kind, bool absent, address caller, uint256 time) external {
        _grant();
        if (absent) STAGE.etch(address(stop), "");
        else WORLD.assume(either(uint256(STAGE.load(address(stop), 0)) < 2, uint256(STAGE.load(address(stop), bytes32(uint256(1)))) > 1));
        assert(!_call(caller, time, _verb(kind)));
    }

    function _verb(uint8 kind) internal returns (bytes memory) {
        if (kind == 0) return _any(IPayments.pay.selector, 4);
        if (kind == 1) return bytes.concat(abi.encodePacked(IPayments.payBatch.selector), abi.encode(32, 1), VALUES.createBytes(128, "payment"));
        if (kind == 2) return _any(IRequests.requestPayment.selector, 6);
        if (kind == 3) return _any(IPreauthorisations.preauthorise.selector, 9);
        return abi.encodeCall(
            ICalls.call,
            (
                VALUES.createAddress("called"),
                VALUES.createUint(256, "value"),
                VALUES.createBytes(68, "data"),
                ICalls.Pull(VALUES.createAddress("pulled"), VALUES.createUint(256, "pull")),
                0
            )
        );
    }

    /// @dev Any call of a function that is the principal's alone, or nothing.
    function _command(uint8 kind) private returns (bytes memory data) {
        if (kind == 0) return bytes.concat(IMandateKeeper.setMandate.selector, VALUES.createBytes(1024, "mandate"));
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
}
