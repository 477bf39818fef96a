import { once } from "node:events";
import http from "node:http";
import type { IncomingMessage } from "node:http";
import path from "node:path";
import { expect, test } from "vitest";
import { startBroker } from "./support/broker-process.ts";
import { GitRepository } from "./support/git-repository.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

const NOISE_BYTES = 16_000_000;
/** More than sockets hold back on both sides. */
const ARCHIVE_BYTES_MIN = 8_000_000;

/** Noise, so that the zip is as large as the file. */
function noise(bytes: number): string {
  let state = 12_345;
  const words = Array.from({ length: Math.ceil(bytes / 4) }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state.toString(36).slice(0, 4);
  });
  return words.join("");
}

/** A server, and a customer who has begun a download and reads no further. */
async function beginDownload(cleanUp: AsyncDisposableStack) {
  const directory = cleanUp.use(await makeTemporaryDirectory("shutdown"));
  const repository = await GitRepository.create(path.join(directory.path, "big.git"));
  repository.commit({ "composer.json": JSON.stringify({ name: "acme/big" }), "noise.txt": noise(NOISE_BYTES) });
  repository.tag("1.0.0", { annotated: true });
  await repository.write();
  const broker = cleanUp.use(await startBroker({ ALLOW_LOCAL_SOURCES: "1" }));
  await broker.cliOrFail(["source", "add", "--url", `file://${repository.directory}`]);
  await broker.cliOrFail(["source", "sync", "--all"]);
  const management = await broker.cliOrFail(["management-token", "create", "--name", "s", "--scopes", "tokens:write"]);
  const minted = await broker.api("POST", "/api/tokens", management, { description: "big" });
  const { token } = minted.body as { token: string };
  const headers = { authorization: `Basic ${Buffer.from(`token:${token}`).toString("base64")}` };
  const p2 = (await (await fetch(`${broker.url}/p2/acme/big.json`, { headers })).json()) as {
    packages: Record<string, [{ dist: { url: string } }]>;
  };
  const request = http.get(p2.packages["acme/big"]?.[0].dist.url ?? "", { headers, agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  await once(response, "readable");
  const received = (response.read(1_000) as Buffer).length;
  return { broker, response, received, length: Number(response.headers["content-length"]) };
}

// A deployment must not break the downloads of customers who are in the middle of one.
test("a stopping server finishes a slow download, takes no new connections, and then ends by itself", async () => {
  await using cleanUp = new AsyncDisposableStack();
  const { broker, response, length, ...begun } = await beginDownload(cleanUp);
  expect(length).toBeGreaterThan(ARCHIVE_BYTES_MIN);
  let { received } = begun;
  const stopped = broker.stop("SIGTERM");
  const health = () =>
    fetch(`${broker.url}/health`).then(
      () => "answered",
      () => "refused",
    );
  await expect.poll(health, { timeout: 10_000 }).toBe("refused");
  for await (const chunk of response as AsyncIterable<Buffer>) received += chunk.length;
  expect(received).toBe(length);
  expect(await stopped).toBe(0);
});

// An operator who presses Ctrl-C twice means it.
test("a second signal ends it at once", async () => {
  await using cleanUp = new AsyncDisposableStack();
  const { broker, response } = await beginDownload(cleanUp);
  response.on("error", () => undefined);
  const stopped = broker.stop("SIGTERM");
  await expect.poll(() => broker.log(), { timeout: 10_000 }).toContain("Stopping");
  void broker.stop("SIGINT");
  expect(await stopped).toBeNull();
});
