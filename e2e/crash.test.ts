import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type BrokerProcess, startBroker } from "./support/broker-process.ts";
import { startGitHttpServer } from "./support/git-http-server.ts";
import { GitRepository } from "./support/git-repository.ts";
import { cleanEnvironment } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import { eventually, setUpVendor } from "./support/vendor-shop.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

interface Minted {
  id: string;
  token: string;
}

const basic = (token: string) => ({ authorization: `Basic ${Buffer.from(`token:${token}`).toString("base64")}` });

/** A command that is killed as soon as it has said `trigger`. */
async function killAt(broker: BrokerProcess, args: readonly string[], trigger: string): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], {
    env: cleanEnvironment({ DATA_DIR: broker.dataDir, ALLOW_PRIVATE_NETWORKS: "1" }),
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    if (chunk.toString("utf8").includes(trigger)) child.kill("SIGKILL");
  });
  await once(child, "exit");
}

// A 201 is a promise: the shop has mailed the token by then.
test("no token that was answered 201 is missing after kill -9, each has its audit record, and the chain verifies", async () => {
  await using setUp = await setUpVendor();
  const { broker, managementToken } = setUp;
  const answered: Minted[] = [];
  let isKilled = false;
  const sell = async (worker: number) => {
    for (let sale = 0; !isKilled && sale < 500; sale++) {
      try {
        const metadata = { customer_id: `crash-${worker}-${sale}`, order_id: `${worker}-${sale}` };
        const answer = await broker.api("POST", "/api/tokens", managementToken, { description: "sale", metadata });
        if (answer.status === 201) answered.push(answer.body as Minted);
      } catch {
        // The server was killed under this sale: the shop has no answer and tries again later.
        return;
      }
    }
  };
  const selling = Promise.all(Array.from({ length: 8 }, (_, worker) => sell(worker)));
  await eventually(() => Promise.resolve(answered.length >= 100), 20_000);
  await broker.stop("SIGKILL");
  isKilled = true;
  await selling;
  await broker.start();
  for (const { token } of answered) {
    expect((await fetch(`${broker.url}/packages.json`, { headers: basic(token) })).status).toBe(200);
  }
  const records = JSON.parse(await broker.cliOrFail(["audit", "list", "--limit", "100000", "--json"])) as {
    action: string;
    target: { id: string };
  }[];
  const created = new Set(records.filter(({ action }) => action === "token.created").map(({ target }) => target.id));
  for (const { id } of answered) expect(created).toContain(id);
  const tokens = JSON.parse(await broker.cliOrFail(["token", "list", "--limit", "10000", "--json"])) as Minted[];
  expect(tokens.map(({ id }) => id).sort()).toEqual([...created].sort());
  await eventually(async () => (await broker.cli(["audit", "verify"])).stderr.includes("records. The chain"), 5_000);
  expect((await broker.cli(["audit", "verify"])).exitCode).toBe(0);
});

// Half a list of versions would make composer downgrade its users.
test("a sync killed at every step leaves what was published as it was, and the next one completes it", async () => {
  await using directory = await makeTemporaryDirectory("crash");
  const repository = await GitRepository.create(path.join(directory.path, "core.git"));
  const release = (version: string) => {
    const manifest = JSON.stringify({ name: "acme/core", description: version });
    repository.commit({ "composer.json": manifest, "src/Core.php": `<?php // ${version}\n`.repeat(50) });
    repository.tag(version, { annotated: true });
  };
  for (let patch = 0; patch < 300; patch++) release(`1.0.${patch}`);
  await repository.write();
  await using git = await startGitHttpServer({ root: directory.path });
  // No server beside it: its scheduler would finish what the killed command began.
  await using broker = await startBroker();
  await broker.stop();
  const source = await broker.cliOrFail(["source", "add", "--url", `${git.url}/core.git`]);
  const published = async () => {
    const sources = JSON.parse(await broker.cliOrFail(["source", "list", "--json"])) as { versions: number }[];
    return sources[0]?.versions;
  };
  for (const [step, phase] of ["connecting", "fetching", "reading", "publishing"].entries()) {
    const before = await published();
    await killAt(broker, ["source", "sync", source], phase);
    expect([before, (before ?? 0) === 0 ? 301 : (before ?? 0) + 1]).toContain(await published());
    await broker.cliOrFail(["source", "sync", source]);
    expect(await published()).toBe(301 + step);
    release(`2.${step}.0`);
    await repository.write();
  }
});

test("an archive whose building was killed is built whole at the next request", async () => {
  await using setUp = await setUpVendor();
  const { broker, managementToken } = setUp;
  const minted = (await broker.api("POST", "/api/tokens", managementToken, { description: "crash" })).body as Minted;
  const p2 = (await (await fetch(`${broker.url}/p2/acme/core.json`, { headers: basic(minted.token) })).json()) as {
    packages: Record<string, { dist: { url: string } }[]>;
  };
  const urls = (p2.packages["acme/core"] ?? []).flatMap((version) => ("dist" in version ? [version.dist.url] : []));
  expect(urls.length).toBeGreaterThan(5);
  const asked = urls.map(async (url) => {
    const response = await fetch(url, { headers: basic(minted.token) });
    return await response.arrayBuffer();
  });
  await Promise.race(asked);
  await broker.stop("SIGKILL");
  await Promise.allSettled(asked);
  await broker.start();
  for (const url of urls) {
    const first = Buffer.from(await (await fetch(url, { headers: basic(minted.token) })).arrayBuffer());
    const again = Buffer.from(await (await fetch(url, { headers: basic(minted.token) })).arrayBuffer());
    expect(first.equals(again)).toBe(true);
    // The end of a zip's central directory: a cut-off archive has none.
    expect(first.lastIndexOf("PK\u0005\u0006", undefined, "latin1")).toBe(first.length - 22);
  }
});

test("a migration killed at any moment is done whole by the next start", async () => {
  await using directory = await makeTemporaryDirectory("migrate");
  for (const delayMs of [60, 90, 120, 150, 180, 210]) {
    const dataDir = path.join(directory.path, `data-${delayMs}`);
    const env = cleanEnvironment({ DATA_DIR: dataDir });
    const child = spawn(process.execPath, [MAIN, "migrate"], { env, stdio: "ignore" });
    // The moment is arbitrary on purpose: nothing tells from outside how far a migration is.
    const timer = setTimeout(() => child.kill("SIGKILL"), delayMs);
    await once(child, "exit");
    clearTimeout(timer);
    const again = spawn(process.execPath, [MAIN, "migrate"], { env, stdio: "ignore" });
    const [exitCode] = (await once(again, "exit")) as [number | null];
    expect(exitCode).toBe(0);
    expect(await readdir(dataDir)).toContain("package-broker.db");
  }
});
