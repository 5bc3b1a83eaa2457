// The Solidity compiler from npm behind the command line of the native one: standard JSON in, standard JSON out.
//
// ape has no setting for the CBOR metadata, so it is switched off here. With it, the bytecode would depend on comments, on file
// names and on which other files were compiled in the same run.
//
// Code generation takes most of the time and uses one core. A large task is therefore split by source file among threads; each
// thread reads all sources, so the bytecode does not depend on the split.

"use strict";

const { readFileSync } = require("node:fs");
const { availableParallelism } = require("node:os");
const { Worker, isMainThread, parentPort, workerData } = require("node:worker_threads");

const MAX_THREADS = 4;
const FILES_WORTH_A_SPLIT = 16;

function compile(input) {
  return JSON.parse(require("solc").compile(JSON.stringify(input)));
}

function split(input) {
  const selection = Object.entries(input.settings.outputSelection ?? {});
  const generatesCode = JSON.stringify(selection).includes('"evm.');
  const count = generatesCode && selection.length >= FILES_WORTH_A_SPLIT ? Math.min(MAX_THREADS, availableParallelism()) : 1;
  return Array.from({ length: count }, (_, part) => {
    const outputSelection = Object.fromEntries(selection.filter((_, index) => index % count === part));
    return { ...input, settings: { ...input.settings, outputSelection } };
  });
}

function compileInThread(task) {
  return new Promise((resolve, reject) => {
    new Worker(__filename, { workerData: task }).once("message", resolve).once("error", reject);
  });
}

// Every part names all sources, but only the part that a file belongs to has its contracts and its AST.
function merge(parts) {
  const errors = new Map(parts.flatMap((part) => part.errors ?? []).map((error) => [JSON.stringify(error), error]));
  const merged = { contracts: {}, errors: [...errors.values()], sources: {} };
  for (const part of parts) {
    Object.assign(merged.contracts, part.contracts);
    for (const [path, source] of Object.entries(part.sources ?? {})) {
      merged.sources[path] = { ...merged.sources[path], ...source };
    }
  }
  return merged;
}

async function main() {
  if (!process.argv.includes("--standard-json")) {
    throw new Error("This compiler reads --standard-json only.");
  }
  const input = JSON.parse(readFileSync(0, "utf8"));
  input.settings = { ...input.settings, metadata: { appendCBOR: false, bytecodeHash: "none" } };
  const tasks = split(input);
  const output = tasks.length === 1 ? compile(tasks[0]) : merge(await Promise.all(tasks.map(compileInThread)));
  process.stdout.write(JSON.stringify(output));
}

if (isMainThread) {
  main().catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
} else {
  parentPort.postMessage(compile(workerData));
}
