import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { expect, test } from "vitest";
import { isAbandoned, newClaimant } from "./claimant.ts";

test("a claim is taken from a dead process of this machine only", () => {
  const { pid: dead } = spawnSync(process.execPath, ["--version"]);
  expect(isAbandoned(`${hostname()}:${dead}:nonce`)).toBe(true);
  // The number of this process, which an earlier one had before it.
  expect(isAbandoned(`${hostname()}:${process.pid}:nonce`)).toBe(true);
  expect(isAbandoned(newClaimant())).toBe(false);
  expect(isAbandoned(`${hostname()}:${process.ppid}:nonce`)).toBe(false);
  expect(isAbandoned(`another-${hostname()}:${dead}:nonce`)).toBe(false);
});
