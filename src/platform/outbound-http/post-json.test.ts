import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { PostTimeoutError, postJson } from "./index.ts";

/** The host has no address of its own: what is reached is what was checked. */
async function post(
  listener: RequestListener,
  options: { timeoutMs?: number; bodyTimeoutMs?: number; addresses?: string[] } = {},
) {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    return await postJson({
      url: `http://no-such-host.invalid:${port}/hook`,
      ...{ addresses: options.addresses ?? ["127.0.0.1"], headers: { "x-test": "1" }, body: '{"a":"ü"}' },
      ...{ timeoutMs: options.timeoutMs ?? 5_000, bodyTimeoutMs: options.bodyTimeoutMs ?? 5_000, readMaxBytes: 1_000 },
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("the checked address is the one connected to, and the body arrives byte for byte", async () => {
  const seen: unknown[] = [];
  const answer = await post((request, response) => {
    const { "x-test": own, "content-type": type, "content-length": length, host } = request.headers;
    request.on("data", (chunk: Buffer) => {
      seen.push(own, type, length, host?.split(":")[0], chunk.toString("utf8"));
      response.end("thanks");
    });
  });
  expect(answer).toEqual({ status: 200, retryAfterSeconds: undefined, body: "thanks" });
  expect(seen).toEqual(["1", "application/json", "10", "no-such-host.invalid", '{"a":"ü"}']);
});

test("without a checked address nothing is connected to", async () => {
  await expect(post((_, response) => response.end(), { addresses: [] })).rejects.toThrow("no address of");
});

test("a redirect is an answer and is not followed", async () => {
  let asked = 0;
  const answer = await post((_, response) => {
    asked++;
    response.writeHead(307, { location: "/elsewhere", "retry-after": "120" }).end();
  });
  expect(answer).toMatchObject({ status: 307, retryAfterSeconds: 120 });
  expect(asked).toBe(1);
});

test("somebody who never answers is given up after the time allowed", async () => {
  await expect(post(() => undefined, { timeoutMs: 100 })).rejects.toThrow(PostTimeoutError);
});

test("an answer without an end is an answer, of which a bounded part is read", async () => {
  const endless = await post((_, response) => {
    response.writeHead(200);
    const write = (): unknown => !response.destroyed && response.write("x".repeat(500), () => setImmediate(write));
    write();
  });
  expect(endless).toMatchObject({ status: 200, body: "x".repeat(1_000) });
  const silent = await post((_, response) => response.writeHead(204).flushHeaders(), { timeoutMs: 200 });
  expect(silent).toMatchObject({ status: 204 });
  const stuck = await post((_, response) => void response.writeHead(500).write("begun"), { timeoutMs: 200 });
  expect(stuck).toMatchObject({ status: 500, body: "begun" });
});

// Whoever sends to many has so many places; one that drips must not hold its place for the time of a whole answer.
test("somebody who answers and never ends has answered within the time that a body may take", async () => {
  const began = performance.now();
  const dripping = await post(
    (_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(timer));
    },
    { timeoutMs: 20_000, bodyTimeoutMs: 100 },
  );
  expect(dripping).toMatchObject({ status: 200, body: expect.stringMatching(/^x+$/) as string });
  expect(performance.now() - began).toBeLessThan(10_000);
});

test("a connection that breaks is an error", async () => {
  await expect(post((request) => request.socket.destroy())).rejects.toThrow(/socket hang up|ECONNRESET/);
});
