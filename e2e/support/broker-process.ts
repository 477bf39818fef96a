import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "./processes.ts";
import type { RunResult } from "./processes.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const COMPILE_CACHE = fileURLToPath(new URL("../../.cache/node-compile", import.meta.url));

/** The product as an operator runs it: a server process, and the command line beside it. */
export interface BrokerProcess extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  /** Everything the server has said, log lines included. */
  log(): string;
  /** Runs `script/broker …` on the same data; `onStderr` hears what it says there meanwhile. */
  cli(args: readonly string[], input?: string, onStderr?: (text: string) => void): Promise<RunResult>;
  /** The same, for commands that have to succeed; returns their standard output without the line break. */
  cliOrFail(args: readonly string[], input?: string): Promise<string>;
  /** Ends the server with a signal and waits for it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Starts it again, on the same port and data, with options of `serve`. */
  start(...options: string[]): Promise<void>;
  /** A call of the Management API. */
  api(
    method: string,
    pathname: string,
    managementToken: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }>;
}

/** Starts the server on the embedded default, and returns once it listens. */
export async function startBroker(
  environment: Readonly<Record<string, string>> = {},
  options: readonly string[] = [],
): Promise<BrokerProcess> {
  const directory = await makeTemporaryDirectory("broker");
  const port = await freePort();
  const env = cleanEnvironment({
    HOME: directory.path,
    NODE_COMPILE_CACHE: COMPILE_CACHE,
    PORT: String(port),
    DATA_DIR: path.join(directory.path, "data"),
    // The git servers of the tests listen on loopback.
    ALLOW_PRIVATE_NETWORKS: "1",
    ...environment,
  });
  const url = `${"TLS_CERT" in environment ? "https" : "http"}://127.0.0.1:${port}`;
  let server: Server | undefined = await startServer(env, options);
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    const ended = await server?.stop(signal);
    server = undefined;
    return ended ?? null;
  };
  const cli: BrokerProcess["cli"] = (args, input, onStderr) => runNode([MAIN, ...args], env, { input, onStderr });
  return {
    url,
    dataDir: env["DATA_DIR"] ?? "",
    log: () => server?.output() ?? "",
    cli,
    async cliOrFail(args, input) {
      const result = await cli(args, input);
      if (result.exitCode !== 0) throw new Error(`${args.join(" ")} ended with ${result.exitCode}:\n${result.stderr}`);
      return result.stdout.trimEnd();
    },
    stop,
    async start(...others) {
      server = await startServer(env, others);
    },
    async api(method, pathname, managementToken, body) {
      const response = await fetch(url + pathname, {
        method,
        headers: {
          authorization: `Bearer ${managementToken}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
      await directory.remove();
    },
  };
}

interface Server {
  output(): string;
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

async function startServer(env: Readonly<Record<string, string>>, options: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, [MAIN, "serve", ...options], { env, stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  const { promise: listening, resolve, reject } = Promise.withResolvers<undefined>();
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
    if (output.includes("PACKAGE.broker serves ")) resolve(undefined);
  });
  child.once("exit", () => reject(new Error(`The server ended before it listened:\n${output}`)));
  await listening;
  return {
    output: () => output,
    async stop(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exit = once(child, "exit");
      child.kill(signal);
      await exit;
      return child.exitCode;
    },
  };
}

async function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { input = "", onStderr }: { input?: string | undefined; onStderr?: ((text: string) => void) | undefined },
): Promise<RunResult> {
  const child = spawn(process.execPath, args, { env, stdio: ["pipe", "pipe", "pipe"], timeout: 60_000 });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
    onStderr?.(stderr);
  });
  // A command that does not read its input may be gone already.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { exitCode: code ?? -1, stdout, stderr };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
