import { createHash, randomBytes } from "node:crypto";
import { cp, mkdir } from "node:fs/promises";
import path from "node:path";
import { openCore } from "../../src/compose.ts";
import type { Core } from "../../src/compose.ts";
import { readConfig } from "../../src/config.ts";
import { commandLine } from "../../src/modules/callers/index.ts";
import { createManagementToken } from "../../src/modules/management-tokens/index.ts";
import { createFileBlobStore } from "../../src/platform/blobs/index.ts";
import { hostPackage } from "../../src/testing/packages.ts";
import type { HostedVersion } from "../../src/testing/packages.ts";
import { ROOT, SERVER_CORE, freePort, startProgram, waitForAnswer } from "./programs.ts";
import { zipOf } from "./zip.ts";

/** The package of the throughput cases. */
export const LARGE_PACKAGE = "acme/large";
const LARGE_PACKAGE_VERSIONS = 100;
const LARGE_ARCHIVE_BYTES = 200_000;
const MODULES = 40;
const MODULE_VERSIONS = 10;
const MODULE_ARCHIVE_BYTES = 20_000;

export const MODULE_NAMES: readonly string[] = Array.from(
  { length: MODULES },
  (_, index) => `acme/module-${String(index + 1).padStart(2, "0")}`,
);

/** A data directory that a server can be started on, and what it knows. */
export interface PreparedData {
  readonly dataDir: string;
  readonly managementToken: string;
  /** A Composer token for all of `acme/`. */
  readonly token: string;
  /** The same with an hourly limit that is never reached. */
  readonly limitedToken: string;
  readonly archivePath: string;
}

export interface Broker extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

export interface BrokerOptions {
  readonly dataDir: string;
  readonly core?: number | undefined;
  /** Default: the checkout this file is in. */
  readonly checkout?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `serve` as an operator starts it, logging as it does by default; returns at once. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  await mkdir(options.dataDir, { recursive: true });
  const port = await freePort();
  const main = path.join(options.checkout ?? ROOT, "src", "main.ts");
  const program = startProgram(options.core, [process.execPath, main, "serve"], {
    env: { PORT: String(port), DATA_DIR: options.dataDir, API_RATE_LIMIT: "0", API_ENDING_LIMIT: "0", ...options.env },
    logFile: `${options.dataDir}.log`,
  });
  return { url: `http://127.0.0.1:${port}`, pid: program.pid, [Symbol.asyncDispose]: () => program.stop() };
}

/** The same on the servers' core, ready, and on a copy of the data: two servers of one database would wake each other. */
export async function startBrokerOnCopy(data: PreparedData, copy: string, checkout = ROOT): Promise<Broker> {
  await cp(data.dataDir, copy, { recursive: true });
  const broker = await startBroker({ dataDir: copy, core: SERVER_CORE, checkout });
  await waitForAnswer(`${broker.url}/ready`);
  return broker;
}

/** Hosts the packages of all cases in a new data directory, without git. */
export async function prepareData(directory: string): Promise<PreparedData> {
  const dataDir = path.join(directory, "data");
  const core = await openBenchCore(dataDir);
  let managementToken: string;
  let archiveReference: string;
  try {
    archiveReference = await hostWithArchive(core, LARGE_PACKAGE, LARGE_PACKAGE_VERSIONS, LARGE_ARCHIVE_BYTES);
    for (const name of MODULE_NAMES) await hostWithArchive(core, name, MODULE_VERSIONS, MODULE_ARCHIVE_BYTES);
    const scopes = ["tokens:read", "tokens:write", "customers:read"];
    managementToken = (await createManagementToken(core, commandLine, { name: "bench", scopes, prefixes: ["acme/"] }))
      .secret;
  } finally {
    await core.close();
  }
  await using broker = await startBroker({ dataDir });
  await waitForAnswer(`${broker.url}/ready`);
  return {
    ...{ dataDir, managementToken },
    token: await buy(broker.url, managementToken, {}),
    limitedToken: await buy(broker.url, managementToken, { rate_limit_max: 1_000_000_000 }),
    archivePath: `/dist/${LARGE_PACKAGE}/${archiveReference}.zip`,
  };
}

/** The parts of the server, in this process. */
export async function openBenchCore(dataDir: string): Promise<Core> {
  return await openCore(
    readConfig({
      ...{ DATA_DIR: dataDir, LOG_LEVEL: "error", ALLOW_PRIVATE_NETWORKS: "1" },
      ...{ PATH: process.env["PATH"], HOME: process.env["HOME"] },
    }),
  );
}

export async function buy(url: string, managementToken: string, more: object): Promise<string> {
  const response = await fetch(`${url}/api/tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${managementToken}`, "content-type": "application/json" },
    body: JSON.stringify({ description: "bench", allowed_package_prefixes: ["acme/"], ...more }),
  });
  const body = (await response.json()) as { token?: string };
  if (body.token === undefined) throw new Error(`No token was made: ${response.status} ${JSON.stringify(body)}`);
  return body.token;
}

/** Hosts a package whose newest version has an archive of about this size; returns that version's reference. */
async function hostWithArchive(core: Core, name: string, count: number, sizeBytes: number): Promise<string> {
  const versions = Array.from({ length: count }, (_, index) => realisticVersion(name, index));
  const packageId = await hostPackage(core.database, name, versions);
  const newest = versions.at(-1)!;
  const content = zipOf({
    "composer.json": Buffer.from(JSON.stringify({ name, ...newest.extra })),
    "src/data.bin": randomBytes(sizeBytes),
  });
  const blobKey = `${newest.reference.slice(0, 2)}/${packageId}/${newest.reference}.zip`;
  const blobs = await createFileBlobStore(path.join(core.config.dataDir, "archives"), () => core.clock.nowMs());
  await blobs.put(blobKey, content);
  await core.database.db
    .insertInto("archives")
    .values({
      ...{ package: packageId, reference: newest.reference, blob_key: blobKey, size_bytes: content.length },
      ...{ sha1: createHash("sha1").update(content).digest("hex"), created_at: 1 },
    })
    .execute();
  return newest.reference;
}

/** What an ordinary extension says in its composer.json; the requirements change every few releases. */
function realisticVersion(name: string, index: number): HostedVersion & { reference: string } {
  const version = `${1 + Math.floor(index / 30)}.${Math.floor(index / 5) % 6}.${index % 5}`;
  return {
    version,
    reference: createHash("sha1").update(`${name} ${version}`).digest("hex"),
    releasedAt: 1_600_000_000 + index * 864_000,
    extra: {
      description: `The extension ${name} for a shop, as it is sold`,
      license: ["proprietary"],
      authors: [{ name: "Sample Vendor", email: "vendor@example.com", homepage: "https://vendor.example.com" }],
      require: { php: index < 50 ? ">=7.4" : ">=8.1", "ext-json": "*" },
      autoload: { "psr-4": { [`Acme\\Bench${createHash("sha1").update(name).digest("hex").slice(0, 6)}\\`]: "src/" } },
      keywords: ["extension", "shop", `series-${Math.floor(index / 30)}`],
    },
  };
}
