// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgentWallet} from "../../../contracts/interfaces/IAgentWallet.sol";
import {IAgentWalletFactory} from "../../../contracts/interfaces/IAgentWalletFactory.sol";
import {IMandateModule} from "../../../contracts/interfaces/IMandateModule.sol";
import {IPrincipalControl} from "../../../contracts/interfaces/IPrincipalControl.sol";
import {HonestToken} from "./WalletDoubles.sol";
import {WalletFixture} from "./WalletFixture.sol";

/// @title BirthProof
/// @notice A wallet as the factory creates it, with nobody's signature: its own code is a clone, whose first argument
/// is its principal. Its storage is empty.
/// @custom:halmos --solver-timeout-branching 50ms
contract BirthProof is WalletFixture {
    IAgentWalletFactory private factory;

    function setUp() public override {
        super.setUp();
        // The factory requires that the writer has code. No wallet of this property calls it with success.
        VM.etch(WRITER, hex"5f5ffd");
        bytes memory suite = abi.encode(registry, ENTRY_POINT, WRITER, mandateModule, powersModule, viewsModule);
        factory = IAgentWalletFactory(_deploy("AgentWalletFactory.sol:AgentWalletFactory", suite));
    }

    /// @notice I30: a wallet is created without anybody's consent, at the address that was known before. Whatever
    /// anybody calls then, at any time, its principal can withdraw: tokens that were there before, and native
    /// currency. Switch and registry may revert on every call.
    /// @dev One call between, by anyone but the principal, the wallet and the EntryPoint, and not of what the principal
    /// signed: to the prover, any signature may be the principal's.
    function check_principalWithdrawsFromNewborn(uint8 kind, address caller, address to, uint96 amount, uint256 time, uint256 later) external {
        HonestToken fair = new HonestToken();
        SVM.enableSymbolicStorage(address(fair));
        address known = factory.walletAddress(FIRST, KEY, 0);
        uint256 held = fair.balanceOf(known);
        VM.deal(known, amount);
        VM.assume(both(to != known, both(to != address(0), to.code.length == 0)));
        VM.assume(both(fair.balanceOf(to) <= type(uint256).max - held, to.balance <= type(uint128).max));
        VM.prank(caller);
        wallet = IAgentWallet(factory.createWallet(FIRST, KEY, 0));
        assert(both(address(wallet) == known, wallet.principal() == FIRST));
        // The EntryPoint, which every wallet trusts, may ask for the gas of an operation.
        VM.assume(both(caller != FIRST, both(caller != address(wallet), caller != ENTRY_POINT)));
        _call(caller, time, _anything(kind));
        VM.etch(address(registry), hex"5f5ffd");
        VM.etch(address(stop), hex"5f5ffd");
        uint256 had = to.balance;
        assert(_call(FIRST, later, abi.encodeCall(wallet.withdrawAll, (address(fair), to))));
        assert(_call(FIRST, later, abi.encodeCall(wallet.withdrawAll, (NATIVE, to))));
        assert(both(fair.balanceOf(address(wallet)) == 0, to.balance == had + amount));
    }

    /// @dev Any call of a function that isn't a view, or of none.
    function _anything(uint8 kind) private returns (bytes memory) {
        if (kind == 0) return _unsigned(SVM.createCalldata("IPrincipalControl"));
        if (kind == 1) return _unsigned(SVM.createCalldata("IRequests"));
        if (kind == 2) return _unsigned(SVM.createCalldata("ISignedActions"));
        if (kind == 3) return _unsigned(SVM.createCalldata("IUserOperations"));
        if (kind == 4) return bytes.concat(IMandateModule.setMandate.selector, SVM.createBytes(1024, "mandate"));
        if (kind == 5) return bytes.concat(IMandateModule.setMandateSigned.selector, SVM.createBytes(1024, "mandate"));
        if (kind == 6) return bytes.concat(IMandateModule.initialize.selector, SVM.createBytes(1024, "mandate"));
        return kind < 13 ? _anyAction(kind - 7) : bytes("");
    }

    /// @dev Without what the principal has signed. Also without calldata for a fallback, which has 1,024 bytes behind any
    /// selector: no part of the wallet has one.
    function _unsigned(bytes memory data) private pure returns (bytes memory) {
        bool excluded = data.length == 4 + 1024 || bytes4(data) == IPrincipalControl.executeSigned.selector;
        return excluded ? bytes("") : data;
    }
}
