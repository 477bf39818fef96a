import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readFile, readdir, stat, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BrokerProcess, startBroker } from "./support/broker-process.ts";
import { createComposerProject } from "./support/composer-client.ts";
import { cleanEnvironment } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import type { TemporaryDirectory } from "./support/temporary-directory.ts";
import { type VendorSetUp, eventually, setUpVendor } from "./support/vendor-shop.ts";

const SCRIPT = fileURLToPath(new URL("../script/broker", import.meta.url));
/** Large enough that a copy takes a noticeable time; sparse, so that it takes no space. */
const LARGE_BYTES = 192 * 1024 * 1024;

interface CreatedToken {
  id: string;
  token: string;
}

let setUp: VendorSetUp;
let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("backups");
  setUp = await setUpVendor();
});

afterAll(async () => {
  await setUp[Symbol.asyncDispose]();
  await directory.remove();
});

async function sell(orderId: string): Promise<CreatedToken> {
  const answer = await setUp.broker.api("POST", "/api/tokens", setUp.managementToken, {
    description: `Order ${orderId}`,
    allowed_package_prefixes: ["acme/"],
    metadata: { customer_id: `customer-${orderId}`, order_id: orderId },
  });
  expect(answer.status).toBe(201);
  return answer.body as CreatedToken;
}

async function ask(broker: BrokerProcess, pathname: string, token: string) {
  const authorization = `Basic ${Buffer.from(`token:${token}`).toString("base64")}`;
  const response = await fetch(broker.url + pathname, { headers: { authorization } });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()).toString("base64") };
}

/** p2 of everything, and an archive of each package that `composer` asked for before. */
async function everythingFor(broker: BrokerProcess, token: string, dists: readonly string[]) {
  const names = setUp.vendors.acme.map(({ name }) => name);
  const paths = ["/packages.json", ...names.flatMap((name) => [`/p2/${name}.json`, `/p2/${name}~dev.json`]), ...dists];
  return Object.fromEntries(await Promise.all(paths.map(async (p) => [p, await ask(broker, p, token)] as const)));
}

/** `script/broker …`, to be killed. */
function startCommand(args: readonly string[], dataDir: string) {
  const env = cleanEnvironment({ HOME: directory.path, DATA_DIR: dataDir });
  const child = spawn(SCRIPT, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const closed = once(child, "close");
  return {
    async kill() {
      child.kill("SIGKILL");
      await closed;
      expect(child.signalCode).toBe("SIGKILL");
    },
    async end() {
      await closed;
      return { exitCode: child.exitCode, stderr };
    },
  };
}

async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

test("a backup made while the server sells and syncs restores to the same answers", async () => {
  const { broker } = setUp;
  const before = await sell("before");
  const revoked = await sell("revoked");
  await broker.api("DELETE", `/api/tokens/${revoked.id}`, setUp.managementToken);
  await using project = await createComposerProject({ repositoryUrl: broker.url });
  await project.configureFromEmail(before.token);
  expect((await project.run(["require", "acme/checkout:^1.0"])).exitCode).toBe(0);
  const dists = (await project.lock()).packages.map(({ dist }) => new URL(dist?.url ?? "").pathname);
  const expected = await everythingFor(broker, before.token, dists);

  const file = path.join(directory.path, "while-serving.tar");
  const backedUp = new AbortController();
  const selling = (async () => {
    for (let count = 0; ; count++) {
      if (backedUp.signal.aborted) return count;
      await sell(`during-${count}`);
    }
  })();
  const syncing = broker.cli(["source", "sync", "--all"]);
  const backup = await broker.cli(["backup", file]);
  backedUp.abort();
  expect(await selling).toBeGreaterThan(0);
  expect((await syncing).exitCode).toBe(0);
  expect(backup.stderr).toContain(`Wrote ${file}: the database, `);
  expect(backup.stderr).toContain("The encryption key is not in it");
  expect([backup.exitCode, backup.stdout]).toEqual([0, ""]);

  const dataDir = path.join(directory.path, "restored");
  await mkdir(dataDir);
  await copyFile(path.join(broker.dataDir, "encryption.key"), path.join(dataDir, "encryption.key"));
  const restore = startCommand(["restore", file], dataDir);
  const restored = await restore.end();
  expect(restored.stderr).toMatch(
    /^Restored into .*: \d+ sources, \d+ packages\.\nThe encryption key \(.*\) is the right one\.\n$/,
  );
  expect(restored.exitCode).toBe(0);
  // With the address of the old one, as after a move to another machine.
  await using second = await startBroker({ DATA_DIR: dataDir, PUBLIC_URL: broker.url });
  expect(await everythingFor(second, before.token, dists)).toEqual(expected);
  expect((await ask(second, "/packages.json", revoked.token)).status).toBe(401);
  const tokens = await second.api("GET", "/api/tokens?status=all&limit=1000", setUp.managementToken);
  const ids = (tokens.body as CreatedToken[]).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([before.id, revoked.id]));
  // The passwords of the sources open, and the mirrors are whole: nothing has to be fetched or read again.
  const sync = await second.cli(["source", "sync", "--all"]);
  expect(sync.exitCode).toBe(0);
  expect(sync.stderr).not.toMatch(/, [1-9]\d* read,/);
});

test("an archive that was not built before the backup is built from the restored mirror", async () => {
  const { token } = await sell("unbuilt");
  const file = path.join(directory.path, "unbuilt.tar");
  expect((await setUp.broker.cli(["backup", file])).exitCode).toBe(0);
  const dataDir = path.join(directory.path, "unbuilt");
  expect((await startCommand(["restore", file], dataDir).end()).stderr).toContain(
    "warning: there is no encryption key yet",
  );
  // A new key would open none of the stored secrets, so none is made; customers do not wait for the old one.
  await expect(startBroker({ DATA_DIR: dataDir })).rejects.toThrow(
    /the encryption key of this database \(\w+\) is missing/,
  );
  await using second = await startBroker({ DATA_DIR: dataDir }, ["--without-key"]);
  await using project = await createComposerProject({ repositoryUrl: second.url });
  await project.configureFromEmail(token);
  const required = await project.run(["require", "acme/core:1.0.1"]);
  expect(required.exitCode).toBe(0);
  expect(await project.lockedVersions()).toEqual({ "acme/core": "v1.0.1" });
});

test("restore overwrites no database, and takes no tampered file", async () => {
  const file = path.join(directory.path, "to-tamper.tar");
  expect((await setUp.broker.cli(["backup", file])).exitCode).toBe(0);
  const refused = await setUp.broker.cli(["restore", file]);
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stderr).toMatch(
    /^error: .*package-broker\.db exists, and a restore overwrites nothing: stop the server, .*\n$/,
  );
  const again = await setUp.broker.cli(["backup", file]);
  expect(again.stderr).toBe(`error: ${file} exists already: choose another name\n`);

  const bytes = await readFile(file);
  bytes.write("acme/evil", bytes.indexOf("acme/core"));
  await writeFile(file, bytes);
  const dataDir = path.join(directory.path, "tampered");
  const tampered = await startCommand(["restore", file], dataDir).end();
  expect(tampered.exitCode).toBe(1);
  expect(tampered.stderr).toBe(
    `error: ${file} cannot be restored: package-broker.db in it was changed or is damaged\n`,
  );
  expect(await readdir(dataDir, { recursive: true })).toEqual(["archives"]);
});

test("a backup or restore that is killed in the middle leaves nothing under the final names, and can be repeated", async () => {
  const { dataDir } = setUp.broker;
  const large = path.join(dataDir, "archives", "zz", "large.zip");
  await mkdir(path.dirname(large));
  await writeFile(large, "");
  await truncate(large, LARGE_BYTES);
  const file = path.join(directory.path, "killed.tar");

  const backup = startCommand(["backup", file], dataDir);
  await eventually(async () => (await sizeOf(`${file}.partial`)) > LARGE_BYTES / 8, 20_000);
  await backup.kill();
  expect(await sizeOf(file)).toBe(0);
  expect((await startCommand(["backup", file], dataDir).end()).exitCode).toBe(0);
  expect((await readdir(directory.path)).filter((name) => name.startsWith("killed"))).toEqual(["killed.tar"]);

  const target = path.join(directory.path, "killed");
  const restore = startCommand(["restore", file], target);
  const staged = async () => {
    const entries = await readdir(path.join(target, "archives"), { recursive: true }).catch(() => []);
    const name = entries.find((entry) => entry.endsWith("large.zip"));
    return name === undefined ? 0 : await sizeOf(path.join(target, "archives", name));
  };
  await eventually(async () => (await staged()) > LARGE_BYTES / 8, 20_000);
  await restore.kill();
  expect(await readdir(target)).not.toContain("package-broker.db");
  expect((await startCommand(["restore", file], target).end()).exitCode).toBe(0);
  expect((await readdir(target)).sort()).toEqual(["archives", "audit-witness", "mirrors", "package-broker.db"]);
  expect(await sizeOf(path.join(target, "archives", "zz", "large.zip"))).toBe(LARGE_BYTES);
});

test("on PostgreSQL both commands say what to do instead", async () => {
  const env = { ...cleanEnvironment({ HOME: directory.path }), DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" };
  for (const [command, remedy] of [
    ["backup", "pg_dump"],
    ["restore", "pg_restore"],
  ] as const) {
    const child = spawn(SCRIPT, [command, path.join(directory.path, "pg.tar")], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    await once(child, "close");
    expect(child.exitCode).toBe(2);
    expect(stderr).toMatch(new RegExp(`^error: the database is PostgreSQL .*${remedy}.*\\n$`));
  }
});
