// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {LibBitmap} from "solady/utils/LibBitmap.sol";
import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IRevocationSwitch, ISwitchable} from "../interfaces/IRevocationSwitch.sol";
import {IWalletCommon} from "../interfaces/IWalletCommon.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {MandateHash} from "../mandate/MandateHash.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";

/// @title WalletStorage
/// @notice All storage of a wallet, and the checks that every action begins with.
/// @dev A wallet's code is split into three contracts, `AgentWallet`, `MandateModule` and `PowersModule`, which
/// run on the same storage. So all of them inherit this contract, and no other file declares storage.
abstract contract WalletStorage is IWalletCommon, EIP712, ReentrancyGuardTransient {

    /// @dev A charged authorization; one slot. `round` zero: there is none.
    struct Authorized {
        uint96 charge;
        uint48 validBefore;
        uint32 round;
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

    /// @dev 160 bits principal | 64 bits epoch | 32 bits liftedAt (unix seconds, until the year 2106)
    address internal _principal;
    uint64 internal _epoch;
    uint32 internal _liftedAt;
    address internal _pendingPrincipal;
    mapping(uint256 nonce => bool) internal _spentNonces;

    /// @dev 160 bits pointer | 16 bits termsLength | 8 bits inForce | 40 bits agentId | 32 bits round: a
    /// payment reads one slot. A new mandate and `refuseAll` increase the round; what was pending in an earlier
    /// round is void.
    address internal _pointer;
    uint16 internal _termsLength;
    bool internal _inForce;
    uint40 internal _agentId;
    uint32 internal _round;

    /// @dev By keccak256 of the currency's name. Never cleared: a new mandate doesn't reset spending.
    mapping(bytes32 currency => SpendLedger.Ledger) internal _ledgers;
    /// @dev Charges for payees with a limit of their own. Never cleared either.
    mapping(bytes32 currency => mapping(address payee => uint256)) internal _paidTo;
    /// @dev The agent's nonces, 256 per slot. Not by agent key: what an earlier key has signed names its own
    /// mandate.
    LibBitmap.Bitmap internal _spentActions;
    mapping(uint32 round => mapping(uint256 slot => bytes32 requestHash)) internal _requests;
    mapping(bytes32 currency => mapping(bytes32 digest => Authorized)) internal _authorized;
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
        require(
            msg.sender == _principal || msg.sender == address(this)
                || (msg.sender == ENTRY_POINT && _operationSigner == _principal),
            NotPrincipal(msg.sender, _principal)
        );
    }

    /* MANDATE */

    function _termsInForce() internal view returns (Terms) {
        require(_inForce, NoMandate());
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
        require(mandateHash() == terms.mandateHash(), MandateChanged(terms.mandateHash()));
        _requireLive(terms);
    }

    /// @dev Addresses that a mandate may never let the agent pay or call, listed or not, besides zero and the
    /// tokens (I6).
    function _forbiddenPayees() internal view returns (address[] memory forbidden) {
        forbidden = new address[](7);
        (forbidden[0], forbidden[1], forbidden[2]) = (address(this), REGISTRY, SWITCH);
        (forbidden[3], forbidden[4], forbidden[5]) = (_factory(), ENTRY_POINT, WRITER);
        forbidden[6] = _powersModule();
    }

    /// @dev Hash of the mandate installed last, in force or not; zero if none was.
    function _lastMandateHash() internal view returns (bytes32) {
        return _pointer == address(0) ? bytes32(0) : MandateDecoder.load(_pointer, _termsLength).mandateHash();
    }

    function _factory() internal view virtual returns (address);

    function _powersModule() internal view virtual returns (address);

    /* SIGNATURES */

    function _spendNonce(uint256 nonce) internal {
        require(!_spentNonces[nonce], NonceSpent(nonce));
        _spentNonces[nonce] = true;
    }

    function _requirePrincipalSigned(bytes32 digest, bytes calldata signature) internal view {
        require(
            SignatureChecker.isValidSignatureNowCalldata(_principal, digest, signature),
            BadPrincipalSignature(_principal, digest)
        );
    }

    function _requireDeadline(uint256 deadline) internal view {
        require(block.timestamp <= deadline, DeadlinePassed(deadline, block.timestamp));
    }

    /* VIEWS */

    /// @inheritdoc IWalletCommon
    function principal() public view returns (address) {
        return _principal;
    }

    /// @inheritdoc ISwitchable
    function authority() public view returns (address, uint64) {
        return (_principal, _epoch);
    }

    /// @inheritdoc IWalletCommon
    function mandateHash() public view returns (bytes32) {
        return _inForce ? _lastMandateHash() : bytes32(0);
    }
}
