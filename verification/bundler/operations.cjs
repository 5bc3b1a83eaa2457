// What a developer with viem writes: two smart accounts on one wallet, the agent's and the principal's.
// Reads what it is asked as JSON from standard input; `modules` says where viem was installed.
const asked = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const load = require("node:module").createRequire(asked.modules);
const viem = load("viem");
const { createBundlerClient, entryPoint08Abi, entryPoint08Address, getUserOperationTypedData, toSmartAccount } =
  load("viem/account-abstraction");
const { privateKeyToAccount } = load("viem/accounts");

const walletAbi = viem.parseAbi([
  "function pay(address token, address payee, uint256 amount, bytes32 ref)",
  "function execute(address target, uint256 value, bytes data)",
  "function mandateHash() view returns (bytes32)",
  "function operationGas() view returns (uint256 operationLimit, uint256 windowLimit, uint256 remaining, uint256 period)",
]);
const EXECUTE_USER_OP = "0x8dd7712f";

async function account(client, owner, nonceKey, encodeCalls) {
  return toSmartAccount({
    client,
    entryPoint: { abi: entryPoint08Abi, address: entryPoint08Address, version: "0.8" },
    getAddress: async () => asked.wallet,
    getFactoryArgs: async () => ({ factory: undefined, factoryData: undefined }),
    encodeCalls,
    getNonce: () =>
      client.readContract({
        abi: entryPoint08Abi,
        address: entryPoint08Address,
        functionName: "getNonce",
        args: [asked.wallet, nonceKey],
      }),
    getStubSignature: async () => "0x" + "11".repeat(64) + "1b",
    signMessage: async () => { throw new Error("not asked for") },
    signTypedData: async () => { throw new Error("not asked for") },
    signUserOperation: async (operation) =>
      owner.signTypedData(
        getUserOperationTypedData({
          chainId: client.chain.id,
          entryPointAddress: entryPoint08Address,
          userOperation: { ...operation, sender: asked.wallet },
        }),
      ),
  });
}

async function main() {
  const id = Number(await viem.createPublicClient({ transport: viem.http(asked.node) }).getChainId());
  const chain = viem.defineChain({
    id,
    name: "local",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [asked.node] } },
  });
  const client = viem.createPublicClient({ chain, transport: viem.http(asked.node) });
  const bundler = createBundlerClient({ client, chain, transport: viem.http(asked.bundler), pollingInterval: 100 });
  const read = (functionName) => client.readContract({ abi: walletAbi, address: asked.wallet, functionName });

  // The agent: its nonce key begins with the mandate's hash, its calldata with executeUserOp and the period.
  const mandateHash = await read("mandateHash");
  const [, , , period] = await read("operationGas");
  const now = (await client.getBlock()).timestamp;
  const number = viem.numberToHex(now / period, { size: 4 });
  const agent = await account(
    client,
    privateKeyToAccount(asked.agentKey),
    BigInt(viem.slice(mandateHash, 0, 16)) << 64n,
    async ([call]) => viem.concat([EXECUTE_USER_OP, number, call.data]),
  );
  const pay = (amount) => ({
    to: asked.wallet,
    data: viem.encodeFunctionData({
      abi: walletAbi,
      functionName: "pay",
      args: [asked.token, asked.payee, amount, viem.stringToHex("viem", { size: 32 })],
    }),
  });
  const paid = await bundler.waitForUserOperationReceipt({
    hash: await bundler.sendUserOperation({ account: agent, calls: [pay(3_000_000n)] }),
  });

  // The principal: any function of the wallet, as with any other smart account.
  const principal = await account(client, privateKeyToAccount(asked.principalKey), 0n, async ([call]) =>
    viem.encodeFunctionData({ abi: walletAbi, functionName: "execute", args: [call.to, call.value ?? 0n, call.data] }),
  );
  const transfer = viem.encodeFunctionData({
    abi: viem.erc20Abi,
    functionName: "transfer",
    args: [asked.home, 7_000_000n],
  });
  const moved = await bundler.waitForUserOperationReceipt({
    hash: await bundler.sendUserOperation({ account: principal, calls: [{ to: asked.token, data: transfer }] }),
  });

  // An agent that tries what only the principal may: refused in validation.
  const rogue = await account(
    client,
    privateKeyToAccount(asked.agentKey),
    BigInt(viem.slice(mandateHash, 0, 16)) << 64n,
    async ([call]) =>
      viem.encodeFunctionData({ abi: walletAbi, functionName: "execute", args: [call.to, 0n, call.data] }),
  );
  const refused = await bundler
    .sendUserOperation({ account: rogue, calls: [{ to: asked.token, data: transfer }] })
    .then(() => "", (error) => error.details ?? String(error));
  console.log(JSON.stringify({ paid: paid.success, moved: moved.success, refused }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
