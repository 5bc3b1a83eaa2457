// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {LibBitmap} from "solady/utils/LibBitmap.sol";
import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IRevocationSwitch, ISwitchable} from "../interfaces/IRevocationSwitch.sol";
import {IWalletCommon} from "../interfaces/IWalletCommon.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {MandateHash} from "../mandate/MandateHash.sol";
import {Signers} from "../signatures/Signers.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";
import {WalletAddress} from "./WalletAddress.sol";

/// @title WalletStorage
/// @notice All storage of a wallet, and the checks that every action begins with.
/// @dev A wallet's code is split into four contracts, `AgentWallet`, `MandateModule`, `PowersModule` and `ViewsModule`,
/// which run on the same storage. So all of them inherit this contract, and no other file declares storage.
abstract contract WalletStorage is IWalletCommon, EIP712, ReentrancyGuardTransient {

    /// @dev How the mandate knows a payee: listed, listed with a limit of its own, or a stranger.
    enum PayeeKind {
        Listed,
        Limited,
        Stranger
    }

    /// @dev A charged authorization; one slot. `round` zero: there is none. `kind` says what else it was charged to,
    /// `guarded` whether a guard agreed to it.
    struct Authorized {
        uint96 charge;
        uint48 validBefore;
        uint32 round;
        PayeeKind kind;
        bool guarded;
    }

    /// @dev Stands for the native currency where a token is named (ERC-7528).
    address internal constant NATIVE = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;

    /// @inheritdoc IWalletCommon
    address public immutable REGISTRY;
    /// @inheritdoc IWalletCommon
    address public immutable SWITCH;
    /// @inheritdoc IWalletCommon
    address public immutable ENTRY_POINT;
    /// @inheritdoc IWalletCommon
    address public immutable WRITER;

    /// @dev 160 bits successor | 64 bits epoch | 32 bits liftedAt (unix seconds, until the year 2106). Successor is
    /// the principal after a hand-over, and epoch the one that the switch had for it then; until then the clone's
    /// first argument is the principal.
    address internal _successor;
    uint64 internal _successorEpoch;
    uint32 internal _liftedAt;
    /// @dev 160 bits offeredTo | 48 bits offerDeadline | 32 bits offerRound
    address internal _offeredTo;
    uint48 internal _offerDeadline;
    uint32 internal _offerRound;
    mapping(uint256 nonce => bool) internal _spentNonces;

    /// @dev 160 bits pointer | 16 bits termsLength | 8 bits inForce | 32 bits round | 32 bits setAt (unix seconds,
    /// until the year 2106): a payment reads one slot. What was signed for an earlier round, or pending in it, is void.
    address internal _pointer;
    uint16 internal _termsLength;
    bool internal _inForce;
    uint32 internal _round;
    uint32 internal _setAt;

    /// @dev By keccak256 of the currency's name. Never cleared: a new mandate doesn't reset spending.
    mapping(bytes32 currency => SpendLedger.Ledger) internal _ledgers;
    /// @dev Charges for strangers, which `_ledgers` counts too; one window. Never cleared either.
    mapping(bytes32 currency => SpendLedger.Ledger) internal _strangerLedgers;
    /// @dev Charges for payees with a limit of their own. Never cleared either.
    mapping(bytes32 currency => mapping(address payee => uint256)) internal _paidTo;
    /// @dev The agent's nonces, 256 per slot. Not by agent key: what an earlier key has signed names its own
    /// mandate.
    LibBitmap.Bitmap internal _spentActions;
    /// @dev Upper 208 bits of the request's hash | 48 bits time when it was made (unix seconds)
    mapping(uint32 round => mapping(uint256 slot => bytes32)) internal _requests;
    mapping(bytes32 currency => mapping(bytes32 digest => Authorized)) internal _authorized;
    /// @dev The guard of a round, written when it first agrees to an authorization in it.
    mapping(uint32 round => address) internal _guards;
    /// @dev Calls of each function, in one window; opened at the first call.
    mapping(address target => mapping(bytes4 selector => SpendLedger.Ledger)) internal _callLedgers;
    /// @dev The most that the agent's user operations could have cost (wei); never cleared.
    SpendLedger.Ledger internal _gasLedger;

    /// @dev True while a relayed, agent-signed action runs. The first `_requireAgent` consumes it, so it
    /// authorizes exactly one action.
    bool internal transient _agentSigned;
    /// @dev Principal that signed the user operation now executing; lets `onlyPrincipal` accept the EntryPoint.
    address internal transient _operationSigner;

    constructor(address registry, address entryPoint, address writer)
        EIP712(MandateHash.DOMAIN_NAME, MandateHash.DOMAIN_VERSION)
    {
        REGISTRY = registry;
        SWITCH = IAgentRegistry(registry).SWITCH();
        ENTRY_POINT = entryPoint;
        WRITER = writer;
    }

    modifier onlyPrincipal() {
        _requirePrincipal();
        _;
    }

    function _requirePrincipal() private view {
        // Accepts also the wallet itself, because only the principal can make it call itself, as in a signed
        // batch; and the EntryPoint while it executes what the current principal has signed.
        if (msg.sender == address(this)) return;
        address expected = principal();
        require(
            msg.sender == expected || (msg.sender == ENTRY_POINT && _operationSigner == expected),
            NotPrincipal(msg.sender, expected)
        );
    }

    /* MANDATE */

    function _termsInForce() internal view returns (Terms) {
        require(_inForce, NoMandate());
        // Not `_lastTerms`, which would read the slot a second time.
        return MandateDecoder.load(_pointer, _termsLength);
    }

    /// @dev Returns the terms if the agent acts, its mandate is valid now, and the switch doesn't stop it; else
    /// reverts.
    function _termsForAgent() internal returns (Terms terms) {
        terms = _termsInForce();
        _requireAgent(terms);
        _requireValid(terms);
        _requireLive(terms);
    }

    function _requireAgent(Terms terms) internal {
        address agentKey = terms.agentKey();
        if (msg.sender == agentKey) return;
        require(_agentSigned, NotAgentKey(msg.sender, agentKey));
        _agentSigned = false;
    }

    function _requireValid(Terms terms) internal view {
        require(block.timestamp >= terms.validFrom(), MandateNotYetValid(block.timestamp, terms.validFrom()));
        require(block.timestamp < terms.validUntil(), MandateExpired(block.timestamp, terms.validUntil()));
    }

    /// @dev Reverts with the switch's own error. A switch that can't be read also stops the agent (I15).
    function _requireLive(Terms terms) internal view {
        IRevocationSwitch(SWITCH).requireLive(terms.principal(), address(this), terms.epoch());
    }

    /// @dev Repeats the checks after external calls: a token or payee may have called the principal, which may
    /// have stopped the agent or replaced the mandate.
    function _requireStillLive(Terms terms) internal view {
        // Each mandate has a contract of its own.
        require(_inForce && _pointer == terms.pointer(), MandateChanged(terms.mandateHash()));
        _requireLive(terms);
    }

    /// @dev Addresses that the agent may never pay or call, listed or not, besides zero and the tokens (I6): the
    /// wallet and its suite. The guard, which depends on the mandate, is forbidden too.
    function _forbiddenPayees() internal view virtual returns (address[] memory);

    /// @dev Terms of the mandate installed last, in force or not; there must be one.
    function _lastTerms() internal view returns (Terms) {
        return MandateDecoder.load(_pointer, _termsLength);
    }

    /// @dev Hash of the mandate installed last, in force or not; zero if none was.
    function _lastMandateHash() internal view returns (bytes32) {
        return _pointer == address(0) ? bytes32(0) : _lastTerms().mandateHash();
    }

    /* SIGNATURES */

    function _spendNonce(uint256 nonce) internal {
        require(!_spentNonces[nonce], NonceSpent(nonce));
        _spentNonces[nonce] = true;
    }

    function _requirePrincipalSigned(bytes32 digest, bytes calldata signature) internal view {
        address signer = principal();
        require(
            Signers.hasSigned(signer, digest, signature), BadPrincipalSignature(signer, digest)
        );
    }

    function _requireDeadline(uint256 deadline) internal view {
        require(block.timestamp <= deadline, DeadlinePassed(deadline, block.timestamp));
    }

    /* VIEWS */

    /// @inheritdoc IWalletCommon
    function principal() public view returns (address) {
        if (_successor != address(0)) return _successor;
        // Only a clone has arguments. The contracts that it runs have no principal on their own storage.
        if (address(this).code.length != WalletAddress.CODE_LENGTH) return address(0);
        return address(bytes20(Clones.fetchCloneArgs(address(this))));
    }

    /// @inheritdoc ISwitchable
    function authority() public view returns (address, uint64) {
        address current = principal();
        // A wallet that never had a mandate has nothing to revoke: with any other epoch, anybody's `sync` would revoke
        // it before its first one.
        if (_pointer == address(0)) return (current, IRevocationSwitch(SWITCH).epochOf(current));
        return (current, _successor == address(0) ? _lastTerms().epoch() : _successorEpoch);
    }

    /// @dev Reverts if less gas is available than a signer demanded for the calls that follow (EIP-150 keeps back one
    /// 64th). With too little, a call could fail inside another contract that doesn't pass its failure on.
    function _requireGas(uint256 minimum) internal view {
        uint256 available = gasleft() - gasleft() / 64;
        require(available >= minimum, GasTooLow(available, minimum));
    }

    /// @inheritdoc IWalletCommon
    function mandateHash() public view returns (bytes32) {
        return _inForce ? _lastTerms().mandateHash() : bytes32(0);
    }
}
