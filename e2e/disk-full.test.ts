import { rm, statfs, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { startBroker } from "./support/broker-process.ts";
import { runToolOrFail } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import { eventually } from "./support/vendor-shop.ts";

const SIZE = "24m";

interface Minted {
  id: string;
  token: string;
}

async function mountSmallDisk(): Promise<{ path: string } & AsyncDisposable> {
  const directory = await makeTemporaryDirectory("disk");
  if (process.getuid?.() !== 0)
    throw new Error("This test mounts a small disk, which needs root: run script/test as root.");
  await runToolOrFail("mount", ["-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", directory.path]);
  return {
    path: directory.path,
    async [Symbol.asyncDispose]() {
      await runToolOrFail("umount", ["-l", directory.path]);
      await directory.remove();
    },
  };
}

// The day it happens, the shop must be told "not now", not "done", and nothing that was promised may be lost.
test("a full disk refuses sales with a clear 503, goes on serving readers, and recovers without a restart", async () => {
  await using disk = await mountSmallDisk();
  await using broker = await startBroker({ DATA_DIR: path.join(disk.path, "data") });
  const management = await broker.cliOrFail([
    "management-token",
    "create",
    "--name",
    "s",
    "--scopes",
    "tokens:write,tokens:read",
  ]);
  const sell = () => broker.api("POST", "/api/tokens", management, { description: "x".repeat(10_000) });
  const first = (await sell()).body as Minted;
  const ballast = path.join(disk.path, "ballast");
  const { bavail, bsize } = await statfs(disk.path);
  await writeFile(ballast, Buffer.alloc(bavail * bsize - 400_000));
  const promised: Minted[] = [first];
  let refused: { status: number; body: unknown } | undefined;
  for (let sale = 0; sale < 500 && refused === undefined; sale++) {
    const answer = await sell();
    if (answer.status === 201) promised.push(answer.body as Minted);
    else refused = answer;
  }
  expect(refused).toMatchObject({ status: 503, body: { code: "service.unavailable" } });
  expect(JSON.stringify(refused?.body)).toMatch(/disk|storage/i);
  expect(JSON.stringify(refused?.body)).not.toMatch(/SQLITE|at .*\.ts/);
  const read = (token: string) =>
    fetch(`${broker.url}/packages.json`, {
      headers: { authorization: `Basic ${Buffer.from(`token:${token}`).toString("base64")}` },
    });
  expect((await read(first.token)).status).toBe(200);
  expect((await broker.api("GET", `/api/tokens/${first.id}`, management)).status).toBe(200);
  await rm(ballast);
  await eventually(async () => (await sell()).status === 201, 10_000);
  for (const { token } of promised) expect((await read(token)).status).toBe(200);
  await broker.stop();
  await broker.start();
  for (const { token } of promised) expect((await read(token)).status).toBe(200);
  expect((await broker.cli(["audit", "verify"])).exitCode).toBe(0);
});

test("a data directory that cannot be written ends the start with a sentence", async () => {
  await using disk = await mountSmallDisk();
  await runToolOrFail("mount", ["-o", "remount,ro", disk.path]);
  await expect(startBroker({ DATA_DIR: path.join(disk.path, "data") })).rejects.toThrow(
    /error: DATA_DIR .* cannot be made or written .*read-only/,
  );
});
