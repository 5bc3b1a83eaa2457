// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A stand-in for the canonical Identity Registry of ERC-8004
/// @notice For tests only. Written from the text of the ERC and the observed behavior of the deployed registry: its
/// interface, typed data, events and reasons of reverts. It isn't the deployed code, has no proxy and no owner.
contract IdentityRegistry is ERC721URIStorage, EIP712 {
    struct MetadataEntry {
        string metadataKey;
        bytes metadataValue;
    }

    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);
    event MetadataSet(
        uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue
    );
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);

    bytes32 private constant WALLET_TYPE =
        keccak256("AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)");
    string private constant WALLET = "agentWallet";

    uint256 private _count;
    mapping(uint256 agentId => mapping(string key => bytes)) private _values;

    constructor() ERC721("AgentIdentity", "AGENT") EIP712("ERC8004IdentityRegistry", "1") {}

    modifier authorized(uint256 agentId) {
        require(_isAuthorized(ownerOf(agentId), msg.sender, agentId), "Not authorized");
        _;
    }

    function register() external returns (uint256) {
        return _register("", new MetadataEntry[](0));
    }

    function register(string calldata agentURI) external returns (uint256) {
        return _register(agentURI, new MetadataEntry[](0));
    }

    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256) {
        return _register(agentURI, metadata);
    }

    function setAgentURI(uint256 agentId, string calldata newURI) external authorized(agentId) {
        _setTokenURI(agentId, newURI);
        emit URIUpdated(agentId, newURI, msg.sender);
    }

    function setMetadata(uint256 agentId, string memory key, bytes memory value) external authorized(agentId) {
        _requireFree(key);
        _set(agentId, key, value);
    }

    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature)
        external
        authorized(agentId)
    {
        require(newWallet != address(0), "bad wallet");
        require(block.timestamp <= deadline, "expired");
        require(deadline <= block.timestamp + 5 minutes, "deadline too far");
        bytes32 digest =
            _hashTypedDataV4(keccak256(abi.encode(WALLET_TYPE, agentId, newWallet, ownerOf(agentId), deadline)));
        require(_hasSigned(newWallet, digest, signature), "invalid wallet sig");
        _set(agentId, WALLET, abi.encodePacked(newWallet));
    }

    function unsetAgentWallet(uint256 agentId) external authorized(agentId) {
        _set(agentId, WALLET, "");
    }

    function getMetadata(uint256 agentId, string calldata key) external view returns (bytes memory) {
        return _values[agentId][key];
    }

    function getAgentWallet(uint256 agentId) external view returns (address) {
        _requireOwned(agentId);
        return address(bytes20(_values[agentId][WALLET]));
    }

    function _register(string memory agentURI, MetadataEntry[] memory metadata) private returns (uint256 agentId) {
        agentId = _count++;
        _setTokenURI(agentId, agentURI);
        _safeMint(msg.sender, agentId);
        emit Registered(agentId, agentURI, msg.sender);
        _set(agentId, WALLET, abi.encodePacked(msg.sender));
        for (uint256 i; i < metadata.length; ++i) {
            _requireFree(metadata[i].metadataKey);
            _set(agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }
    }

    function _set(uint256 agentId, string memory key, bytes memory value) private {
        _values[agentId][key] = value;
        emit MetadataSet(agentId, key, key, value);
    }

    function _requireFree(string memory key) private pure {
        require(keccak256(bytes(key)) != keccak256(bytes(WALLET)), "reserved key");
    }

    function _hasSigned(address account, bytes32 digest, bytes calldata signature) private view returns (bool) {
        if (account.code.length == 0) {
            (address signer, ECDSA.RecoverError failed,) = ECDSA.tryRecover(digest, signature);
            return failed == ECDSA.RecoverError.NoError && signer == account;
        }
        return IERC1271(account).isValidSignature(digest, signature) == IERC1271.isValidSignature.selector;
    }

    /// @dev A new owner has to prove the wallet again.
    function _update(address to, uint256 agentId, address caller) internal override returns (address from) {
        from = super._update(to, agentId, caller);
        if (from != address(0) && from != to) _set(agentId, WALLET, "");
    }
}
