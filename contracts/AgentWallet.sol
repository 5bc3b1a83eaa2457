// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {IAgentWallet} from "./interfaces/IAgentWallet.sol";
import {ICallRequests} from "./interfaces/ICallRequests.sol";
import {ICalls} from "./interfaces/ICalls.sol";
import {IChequeBooks} from "./interfaces/IChequeBooks.sol";
import {IMandateModule} from "./interfaces/IMandateModule.sol";
import {IPreauthorizations} from "./interfaces/IPreauthorizations.sol";
import {IRequests} from "./interfaces/IRequests.sol";
import {ISuite} from "./interfaces/ISuite.sol";
import {IWalletViews} from "./interfaces/IWalletViews.sol";
import {Mandate} from "./interfaces/IMandate.sol";
import {ModuleCalls} from "./wallet/ModuleCalls.sol";
import {PrincipalControl} from "./wallet/PrincipalControl.sol";
import {RequestHash} from "./wallet/RequestHash.sol";
import {UserOperations} from "./wallet/UserOperations.sol";
import {WalletStorage} from "./wallet/WalletStorage.sol";

/// @title AgentWallet
/// @notice The wallet of one agent: the agent key spends within the mandate, and nobody else moves money except
/// the principal.
///
/// Its ABI has every function of a wallet. The principal's functions (`PrincipalControl`), payments (`Payments`),
/// relayed actions (`SignedActions`) and user operations (`UserOperations`) are inherited. Functions with an empty
/// body run in one of three code modules, because one contract can't hold all the code (EIP-170): `use` and `useView`
/// name the module. The wallet calls modules by delegatecall, at addresses fixed in its code. Only `WalletStorage`
/// declares storage.
/// @custom:kill The principal or its guardians stop the agent in the switch; the principal can also lift the
/// mandate here. Afterwards the principal can still withdraw and execute, which call no other contract of the
/// suite, hand over, and set a new mandate.
contract AgentWallet is IAgentWallet, PrincipalControl, UserOperations, ModuleCalls {
    /// @inheritdoc ISuite
    address public immutable FACTORY;
    /// @inheritdoc ISuite
    address public immutable MANDATE_MODULE;
    /// @inheritdoc ISuite
    address public immutable POWERS_MODULE;
    /// @inheritdoc ISuite
    address public immutable VIEWS_MODULE;

    address private immutable _implementation;

    /// @param registry Registry of its agent.
    /// @param entryPoint ERC-4337 EntryPoint.
    /// @param writer Mandate writer.
    /// @param mandateModule Code module for mandates and requests.
    /// @param powersModule Code module for calls, pre-authorizations, cheques and ERC-1271.
    /// @param viewsModule Code module for views.
    constructor(
        address registry,
        address entryPoint,
        address writer,
        address mandateModule,
        address powersModule,
        address viewsModule
    ) WalletStorage(registry, entryPoint, writer) {
        FACTORY = msg.sender;
        (MANDATE_MODULE, POWERS_MODULE, VIEWS_MODULE) = (mandateModule, powersModule, viewsModule);
        _implementation = address(this);
    }

    /// @inheritdoc ISuite
    function suite() external view returns (address[] memory) {
        return _forbiddenPayees();
    }

    /// @inheritdoc WalletStorage
    function _forbiddenPayees() internal view override returns (address[] memory all) {
        all = new address[](10);
        (all[0], all[1], all[2], all[3]) = (address(this), REGISTRY, SWITCH, FACTORY);
        (all[4], all[5], all[6]) = (ENTRY_POINT, WRITER, MANDATE_MODULE);
        (all[7], all[8], all[9]) = (POWERS_MODULE, VIEWS_MODULE, _implementation);
    }

    /* MANDATE */

    /// @inheritdoc IMandateModule
    function initialize(Mandate calldata mandate, Enrollment calldata enrollment)
        external
        use(MANDATE_MODULE)
        returns (uint256 id)
    {}

    /// @inheritdoc IMandateModule
    function setMandate(Mandate calldata mandate) external use(MANDATE_MODULE) {}

    /// @inheritdoc IMandateModule
    function setMandateSigned(
        Mandate calldata mandate,
        bytes calldata principalSignature,
        bytes calldata agentSignature
    ) external use(MANDATE_MODULE) {}

    /* REQUESTS */

    /// @inheritdoc IRequests
    function requestPayment(uint8 slot, Request calldata request) external use(MANDATE_MODULE) {}

    /// @inheritdoc IRequests
    function cancelRequest(uint8 slot, bytes32 hash) external use(MANDATE_MODULE) {}

    /// @inheritdoc IRequests
    function expireRequest(uint8 slot, Request calldata request) external use(MANDATE_MODULE) {}

    /// @inheritdoc IRequests
    function approveRequest(uint8 slot, Request calldata request, uint48 askedAt) external use(MANDATE_MODULE) {}

    /// @inheritdoc IRequests
    function approveRequestSigned(
        uint8 slot,
        Request calldata request,
        uint48 askedAt,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external use(MANDATE_MODULE) {}

    /// @inheritdoc IRequests
    function refuseRequest(uint8 slot, bytes32 hash) external use(MANDATE_MODULE) {}

    /// @inheritdoc IRequests
    function refuseAll() external use(MANDATE_MODULE) {}

    /// @inheritdoc IRequests
    function pendingRequests() external view useView(MANDATE_MODULE) returns (PendingRequest[] memory) {}

    /// @inheritdoc IRequests
    function requestHash(Request calldata request) external pure returns (bytes32) {
        // Not in the module: a pure function can't delegate.
        return RequestHash.structHash(request);
    }

    /* REQUESTED CALLS */

    /// @inheritdoc ICallRequests
    function requestCall(uint8 slot, CallRequest calldata request) external use(MANDATE_MODULE) {}

    /// @inheritdoc ICallRequests
    function expireCall(uint8 slot, CallRequest calldata request) external use(MANDATE_MODULE) {}

    /// @inheritdoc ICallRequests
    function approveCall(uint8 slot, CallRequest calldata request, uint48 askedAt) external use(MANDATE_MODULE) {}

    /// @inheritdoc ICallRequests
    function approveCallSigned(
        uint8 slot,
        CallRequest calldata request,
        uint48 askedAt,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external use(MANDATE_MODULE) {}

    /// @inheritdoc ICallRequests
    function callRequestHash(CallRequest calldata request) external pure returns (bytes32) {
        return RequestHash.callStructHash(request);
    }

    /* CALLS */

    /// @inheritdoc ICalls
    function call(
        address target,
        uint8 variant,
        uint256 value,
        bytes calldata data,
        uint256 pull,
        bytes32 ref
    ) external use(POWERS_MODULE) {}

    /* PRE-AUTHORIZATIONS AND CHEQUES */

    /// @inheritdoc IPreauthorizations
    function preauthorize(Authorization calldata authorization, bytes32 ref)
        external
        use(POWERS_MODULE)
        returns (bytes32 digest)
    {}

    /// @inheritdoc IPreauthorizations
    function closeAuthorizations(bytes32 currency, Authorization[] calldata authorizations)
        external
        use(POWERS_MODULE)
    {}

    /// @inheritdoc IPreauthorizations
    function authorizationDigest(Authorization calldata authorization)
        external
        view
        useView(POWERS_MODULE)
        returns (bytes32)
    {}

    /// @inheritdoc IPreauthorizations
    function pendingAuthorizations(string calldata currency)
        external
        view
        useView(POWERS_MODULE)
        returns (uint256)
    {}

    /// @inheritdoc IChequeBooks
    function chequeNonce(address token, uint256 period, uint256 slot)
        external
        view
        useView(VIEWS_MODULE)
        returns (bytes32)
    {}

    /// @inheritdoc IChequeBooks
    function chequesLeft(address token) external view useView(VIEWS_MODULE) returns (uint256) {}

    /// @inheritdoc IChequeBooks
    function chequesOutstanding(address token) external view useView(VIEWS_MODULE) returns (uint256) {}

    /// @inheritdoc IChequeBooks
    function chequeBook(address token)
        external
        view
        useView(VIEWS_MODULE)
        returns (uint16 count, uint96 limit, uint32 period, bool strangers)
    {}

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature)
        external
        view
        useView(POWERS_MODULE)
        returns (bytes4)
    {}

    /* VIEWS */

    /// @inheritdoc IWalletViews
    function lastMandateHash() external view useView(VIEWS_MODULE) returns (bytes32) {}

    /// @inheritdoc IWalletViews
    function round() external view useView(VIEWS_MODULE) returns (uint32) {}

    /// @inheritdoc IWalletViews
    function mandatePointer() external view useView(VIEWS_MODULE) returns (address) {}

    /// @inheritdoc IWalletViews
    function grant() external view useView(VIEWS_MODULE) returns (Grant memory) {}

    /// @inheritdoc IWalletViews
    function remaining(string calldata currency)
        external
        view
        useView(VIEWS_MODULE)
        returns (BudgetState memory)
    {}

    /// @inheritdoc IWalletViews
    function spent(string calldata currency) external view useView(VIEWS_MODULE) returns (uint256) {}

    /// @inheritdoc IWalletViews
    function paidTo(string calldata currency, address payee)
        external
        view
        useView(VIEWS_MODULE)
        returns (uint256)
    {}

    /// @inheritdoc IWalletViews
    function chargeOf(address token, uint256 amount) external view useView(VIEWS_MODULE) returns (uint256) {}

    /// @inheritdoc IWalletViews
    function isPayee(address token, address payee) external view useView(VIEWS_MODULE) returns (bool) {}

    /* OTHER TOKENS */

    /// @inheritdoc IERC721Receiver
    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return IERC721Receiver.onERC721Received.selector;
    }

    /// @inheritdoc IERC1155Receiver
    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external pure returns (bytes4) {
        return IERC1155Receiver.onERC1155Received.selector;
    }

    /// @inheritdoc IERC1155Receiver
    function onERC1155BatchReceived(address, address, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        pure
        returns (bytes4)
    {
        return IERC1155Receiver.onERC1155BatchReceived.selector;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC1271).interfaceId
            || interfaceId == type(IERC721Receiver).interfaceId || interfaceId == type(IERC1155Receiver).interfaceId;
    }
}
