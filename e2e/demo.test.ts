import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cleanEnvironment } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import type { TemporaryDirectory } from "./support/temporary-directory.ts";

const SCRIPT = fileURLToPath(new URL("../script/server", import.meta.url));
const LAST_LINE = "Ctrl-C ends the demo.";

let directory: TemporaryDirectory;
let port: number;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("demo");
  port = await freePort();
});

afterAll(() => directory.remove());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return free;
}

/** `script/server --demo`, as the README says, and what it had printed when it was ready. */
async function startDemo() {
  const env = cleanEnvironment({
    HOME: directory.path,
    PORT: String(port),
    DATA_DIR: path.join(directory.path, "data"),
  });
  const child = spawn(SCRIPT, ["--demo"], { env, stdio: ["ignore", "pipe", "pipe"] });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let output = "";
  const onData = (chunk: Buffer) => {
    output += chunk.toString("utf8");
    if (output.includes(LAST_LINE)) resolve(output);
  };
  child.stdout.on("data", onData);
  child.stderr.on("data", onData);
  child.once("exit", () => reject(new Error(`the demo ended:\n${output}`)));
  const stop = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
    return child.exitCode;
  };
  const printed = await promise.catch(async (error: unknown) => {
    await stop("SIGKILL");
    throw error;
  });
  const dispose = async () => {
    await stop("SIGKILL");
  };
  return { printed, stop, [Symbol.asyncDispose]: dispose };
}

/** The lines that the demo tells to paste: those indented by four spaces. */
function linesToPaste(printed: string): string[] {
  return printed.split("\n").filter((line) => line.startsWith("    "));
}

/** Pastes into one shell: through its standard input, so that a command which reads it would eat the next line. */
async function pasteIntoShell(lines: readonly string[], label: string) {
  await using scratch = await makeTemporaryDirectory(`demo-${label}`);
  const env = cleanEnvironment({ HOME: scratch.path, COMPOSER_HOME: scratch.path, TMPDIR: scratch.path });
  const shell = spawn("bash", [], { env, cwd: scratch.path, stdio: ["pipe", "pipe", "pipe"], timeout: 60_000 });
  let output = "";
  shell.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  shell.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  shell.stdin.end([...lines, 'echo "last status: $?"', 'echo "project: $PWD"', ""].join("\n"));
  await once(shell, "close");
  const project = /^project: (.*)$/m.exec(output)?.[1] ?? "";
  const installed = await readFile(path.join(project, "vendor/acme/checkout/src/Checkout.php"), "utf8").catch(String);
  return { output, installed };
}

function expectSaleToRevocation({ output, installed }: Awaited<ReturnType<typeof pasteIntoShell>>): void {
  expect(installed).toContain("public const VERSION = '2.0.0';");
  expect(output).toMatch(/^\{"id":"token_\w+","token":"pbt_\w+","description":"Customer: customer@example\.com/m);
  expect(output).toContain("Installing acme/core (1.2.0)");
  expect(output).toContain("Installing acme/checkout (2.0.0)");
  expect(output).toContain("Acme Checkout 2.0.0: total 49.90 EUR");
  expect(output).toContain("Could not find a matching version of package globex/mailer");
  expect(output).toContain('{"message":"Token revoked"}\n');
  expect(output).toMatch(/Warning from 127\.0\.0\.1:\d+: Your token \(….{4}\) was revoked/);
  expect(output).toMatch(/^last status: (100|255)$/m);
}

test("every line that the demo prints works as printed, and after a restart again", async () => {
  {
    await using demo = await startDemo();
    const lines = linesToPaste(demo.printed);
    expect(lines.filter((line) => line.includes("composer require"))).toHaveLength(2);
    expectSaleToRevocation(await pasteIntoShell(lines, "first"));
    expect(await demo.stop("SIGINT")).toBe(0);
  }
  await using again = await startDemo();
  expectSaleToRevocation(await pasteIntoShell(linesToPaste(again.printed), "second"));
  expect(await again.stop("SIGTERM")).toBe(0);
});

test("a demo that was killed while it prepared itself is completed by the next start", async () => {
  await using scratch = await makeTemporaryDirectory("demo-killed");
  const env = cleanEnvironment({ HOME: scratch.path, PORT: String(port), DATA_DIR: path.join(scratch.path, "data") });
  const child = spawn(SCRIPT, ["--demo"], { env, stdio: ["ignore", "ignore", "pipe"] });
  const exit = once(child, "exit");
  // The server answers before the sample vendors are there.
  while ((await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)) === undefined) {
    if (child.exitCode !== null) throw new Error("the demo did not start");
  }
  child.kill("SIGKILL");
  await exit;
  await using completed = await startDemo();
  expectSaleToRevocation(await pasteIntoShell(linesToPaste(completed.printed), "killed"));
});
