import http from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type VendorSetUp, setUpVendor } from "./support/vendor-shop.ts";

const CONNECTIONS = 16;

let setUp: VendorSetUp;

beforeAll(async () => {
  setUp = await setUpVendor();
});

afterAll(async () => {
  await setUp[Symbol.asyncDispose]();
});

interface Answered {
  askedAt: number;
  status: number;
}

async function mint(): Promise<{ id: string; token: string }> {
  const answer = await setUp.broker.api("POST", "/api/tokens", setUp.managementToken, { description: "load" });
  return answer.body as { id: string; token: string };
}

/** Asks for one document over and over on a connection of its own, until told to stop. */
function reader(token: string, answers: Answered[], isStopped: () => boolean): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const url = new URL("/p2/acme/core.json", setUp.broker.url);
  const headers = { authorization: `Basic ${Buffer.from(`token:${token}`).toString("base64")}` };
  const once = () =>
    new Promise<void>((resolve, reject) => {
      const askedAt = performance.now();
      const request = http.get(url, { agent, headers }, (response) => {
        answers.push({ askedAt, status: response.statusCode ?? 0 });
        response.resume().once("end", resolve);
      });
      request.once("error", reject);
    });
  const loop = async () => {
    while (!isStopped()) await once();
    agent.destroy();
  };
  return loop();
}

async function readUntil(
  token: string,
  revoke: () => Promise<unknown>,
): Promise<{ before: Answered[]; after: Answered[]; revokedAt: number }> {
  const answers: Answered[] = [];
  let isStopped = false;
  const readers = Array.from({ length: CONNECTIONS }, () => reader(token, answers, () => isStopped));
  await until(() => answers.length > 500);
  const askedToRevokeAt = performance.now();
  await revoke();
  const revokedAt = performance.now();
  const seen = answers.length;
  await until(() => answers.length > seen + 2_000 && performance.now() > revokedAt + 1_200);
  isStopped = true;
  await Promise.all(readers);
  return {
    before: answers.filter(({ askedAt }) => askedAt < askedToRevokeAt),
    after: answers.filter(({ askedAt }) => askedAt > revokedAt),
    revokedAt,
  };
}

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 5));
}

// A cancelled customer who hammers the server must not be served from any cache.
test("after DELETE has answered, none of 16 reading connections gets another 200", async () => {
  const { id, token } = await mint();
  const { before, after } = await readUntil(token, () =>
    setUp.broker.api("DELETE", `/api/tokens/${id}`, setUp.managementToken),
  );
  expect(new Set(before.map(({ status }) => status))).toContain(200);
  expect(after.length).toBeGreaterThan(1_000);
  expect(new Set(after.map(({ status }) => status))).toEqual(new Set([401]));
});

test("a revocation on the command line is in force within a second", async () => {
  const { id, token } = await mint();
  const { after, revokedAt } = await readUntil(token, () => setUp.broker.cliOrFail(["token", "revoke", id]));
  const late = after.filter(({ askedAt }) => askedAt > revokedAt + 1_000);
  expect(late.length).toBeGreaterThan(100);
  expect(new Set(late.map(({ status }) => status))).toEqual(new Set([401]));
});
