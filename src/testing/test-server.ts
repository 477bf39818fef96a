import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeServer } from "../compose-server.ts";
import type { Application, RunningServer } from "../compose-server.ts";
import { openCore } from "../compose.ts";
import type { Core } from "../compose.ts";
import { readConfig } from "../config.ts";
import { commandLine } from "../modules/callers/index.ts";
import { createManagementToken } from "../modules/management-tokens/index.ts";
import type { NewManagementToken } from "../modules/management-tokens/index.ts";
import { createLogger } from "../platform/log/logger.ts";
import { createTestClock } from "./clock.ts";
import type { TestClock } from "./clock.ts";
import { createTestDatabase } from "./database.ts";
import type { TestEngine } from "./database.ts";

/** An answer, read whole. */
export interface TestAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; what it should be is the test's claim. */
  json: () => unknown;
}

export interface TestServer extends AsyncDisposable {
  core: Core;
  application: Application;
  clock: TestClock;
  url: string;
  /** Stops the server as a signal would, and leaves the database open. */
  stop(graceMs?: number): Promise<void>;
  /** One JSON line each. */
  logLines: string[];
  /** A management token's secret; every scope and no bound unless told. */
  createManagementToken(options?: Partial<NewManagementToken>): Promise<string>;
  /** A call of the Management API; `secret` undefined sends no credential. */
  api(
    method: string,
    path: string,
    secret: string | undefined,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<TestAnswer>;
  /** What `composer` asks; the token goes as the password of Basic auth. */
  composer(path: string, secret: string | undefined, headers?: Record<string, string>): Promise<TestAnswer>;
}

/** The whole server on a real socket, with its own database and a clock that stands still until told to move. */
export async function startTestServer(
  engine: TestEngine,
  environment: Record<string, string> = {},
): Promise<TestServer> {
  await using cleanUp = new AsyncDisposableStack();
  const database = cleanUp.use(await createTestDatabase(engine));
  const dataDir = await mkdtemp(join(tmpdir(), "package-broker-data-"));
  cleanUp.defer(() => rm(dataDir, { recursive: true, force: true }));
  const config = readConfig({
    ...{ PORT: String(await freePort()), ALLOW_LOCAL_SOURCES: "1", ALLOW_PRIVATE_NETWORKS: "1" },
    // The clock stands still, so nothing would ever be free again.
    ...{ API_RATE_LIMIT: "100000", API_ENDING_LIMIT: "100000", UNKNOWN_CREDENTIAL_LIMIT: "100000" },
    // A test is a thousand clients at one address.
    NOTIFY_LIMIT: "0",
    CONNECTIONS_PER_ADDRESS: "0",
    ...{ PATH: process.env["PATH"], HOME: process.env["HOME"] },
    ...("databaseUrl" in database.location
      ? { DATABASE_URL: database.location.databaseUrl, DATA_DIR: dataDir }
      : { DATA_DIR: database.location.dataDir }),
    ...environment,
  });
  const clock = createTestClock();
  const logLines: string[] = [];
  const logger = createLogger("debug", { write: (line: string) => void logLines.push(line) });
  const core = await openCore(config, { clock, logger });
  cleanUp.defer(() => core.close());
  const application = await composeServer(core);
  const running: RunningServer = await application.start();
  let stopped: Promise<void> | undefined;
  const stop = (graceMs = 5_000) => (stopped ??= running.close(graceMs));
  cleanUp.defer(() => stop());
  const owned = cleanUp.move();
  const request = async (path: string, init: RequestInit): Promise<TestAnswer> => {
    const leaving = new AbortController();
    const response = await fetch(running.url + path, { redirect: "manual", ...init, signal: leaving.signal });
    const isStream = response.headers.get("content-type") === "text/event-stream";
    const text = isStream ? await firstEvent(response, leaving) : await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) as unknown };
  };
  return {
    ...{ core, application, clock, logLines, url: running.url, stop },
    async createManagementToken(options = {}) {
      const scopes = ["tokens:read", "tokens:write", "customers:read"];
      return (await createManagementToken(core, commandLine, { name: "test", scopes, ...options })).secret;
    },
    api: (method, path, secret, body, headers = {}) =>
      request(path, {
        method,
        headers: {
          ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    composer: (path, secret, headers = {}) =>
      request(path, {
        headers: {
          ...(secret === undefined
            ? {}
            : { authorization: `Basic ${Buffer.from(`token:${secret}`).toString("base64")}` }),
          ...headers,
        },
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A stream of events has no end to wait for. */
async function firstEvent(response: Response, leaving: AbortController): Promise<string> {
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString("utf8");
    if (text.includes("\n\n")) break;
  }
  leaving.abort();
  return text;
}

/** The public URL must be known before anything listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
