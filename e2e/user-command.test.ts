import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBroker } from "./support/broker-process.ts";
import type { BrokerProcess } from "./support/broker-process.ts";
import { cleanEnvironment } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const PASSWORD = "correct horse battery staple";
const SETUP_LINE =
  /^Open this link to set up the dashboard \(works once, within 24 hours\): (http:\/\/127\.0\.0\.1:\d+)\/setup#([\w-]{43})$/m;

let broker: BrokerProcess;

beforeAll(async () => {
  broker = await startBroker();
});

afterAll(() => broker[Symbol.asyncDispose]());

async function post(pathname: string, body: unknown) {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(broker.url + pathname, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const logIn = async (email: string, password: string) => (await post("/api/session", { email, password })).status;

const tokenOf = (link: string) => link.split("#")[1] ?? "";

async function untilSaid(pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = pattern.exec(broker.log());
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("serve prints a link, first thing, by which the owner is made once; and none any more afterwards", async () => {
  const [, url, token] = await untilSaid(SETUP_LINE);
  expect(url).toBe(broker.url);
  const spoken = broker
    .log()
    .split("\n")
    .filter((line) => !line.startsWith("{"));
  expect(spoken[0]).toBe(`PACKAGE.broker serves ${broker.url}`);
  expect(spoken[1]).toMatch(SETUP_LINE);
  const owner = { token, email: "owner@example.com", name: "The Owner", password: PASSWORD };
  expect((await post("/api/setup", owner)).status).toBe(201);
  expect((await post("/api/setup", owner)).status).toBe(409);
  await broker.stop();
  await broker.start();
  await untilSaid(/Next, in another terminal/);
  expect(broker.log()).not.toContain("/setup#");
  expect(await logIn("owner@example.com", PASSWORD)).toBe(200);
});

describe("user create", () => {
  test("prints an invitation alone on standard output, which makes a log-in", async () => {
    const args = ["user", "create", "--email", "jane@example.com", "--name", "Jane Doe", "--role", "support"];
    const { stdout, stderr, exitCode } = await broker.cli(args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${broker.url}/invitation#[\\w-]{43}\\n$`));
    expect(stderr).toMatch(
      /^Made user_\w+\. This link to choose a password works once, until \d{4}-\d\d-\d\d \d\d:\d\d UTC:\n$/,
    );
    const accepted = await post("/api/invitations/accept", { token: tokenOf(stdout.trim()), password: PASSWORD });
    expect(accepted).toMatchObject({ status: 200, body: { user: { email: "jane@example.com", role: "support" } } });
    expect((await broker.cli(args)).stderr).toBe("error: --email is the address of a user who can log in already\n");
  });

  test("takes a password on standard input, and refuses a short one", async () => {
    const args = [
      "user",
      "create",
      "--email",
      "joe@example.com",
      "--name",
      "Joe",
      "--role",
      "viewer",
      "--password-stdin",
    ];
    const short = await broker.cli(args, "short\n");
    expect([short.exitCode, short.stderr]).toEqual([
      2,
      expect.stringMatching(/^error: --password-stdin must have at least 12/),
    ]);
    const made = await broker.cli(args, `${PASSWORD}\n`);
    expect(made.stdout).toMatch(/^user_\w+\n$/);
    expect(await logIn("joe@example.com", PASSWORD)).toBe(200);
    const role = await broker.cli(["user", "create", "--email", "x@example.com", "--name", "X", "--role", "root"]);
    expect(role).toMatchObject({
      exitCode: 2,
      stderr: "error: --role root is not one of owner, admin, support, viewer\n",
    });
  });

  test("makes an installation where there is none, whose server then asks for no set-up", async () => {
    await using directory = await makeTemporaryDirectory("user-create");
    const port = await freePort();
    const env = cleanEnvironment({ HOME: directory.path, DATA_DIR: `${directory.path}/data`, PORT: String(port) });
    const run = async (args: string[], input: string) => {
      const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["pipe", "ignore", "inherit"] });
      child.stdin.end(input);
      return (await once(child, "close")) as [number | null];
    };
    const owner = ["--email", "owner@example.com", "--name", "Owner", "--role", "owner", "--password-stdin"];
    expect(await run(["user", "list"], "")).toEqual([2, null]);
    expect(await run(["user", "create", ...owner], PASSWORD)).toEqual([0, null]);
    const server = spawn(process.execPath, [MAIN, "serve"], { env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    server.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
    while (!said.includes("Next, in another terminal")) await once(server.stderr, "data");
    expect(said).not.toContain("/setup#");
    const setup = await (await fetch(`http://127.0.0.1:${port}/api/setup`)).json();
    expect(setup).toEqual({ required: false });
    server.kill("SIGTERM");
    await once(server, "exit");
  });
});

test("user reset prints a link for a new password; with --totp the authenticator and the sessions end at once", async () => {
  const email = "joe@example.com";
  const link = await broker.cliOrFail(["user", "reset", "--email", email.toUpperCase()]);
  expect(link).toMatch(/\/password-reset#[\w-]{43}$/);
  const changed = await post("/api/password-resets/complete", { token: tokenOf(link), password: `${PASSWORD}!` });
  expect(changed.status).toBe(200);
  expect([await logIn(email, PASSWORD), await logIn(email, `${PASSWORD}!`)]).toEqual([401, 200]);
  const result = await broker.cli(["user", "reset", "--email", email, "--totp"]);
  expect(result.stderr).toContain("Joe has no second factor.");
  expect(result.stdout).toMatch(/\/password-reset#[\w-]{43}\n$/);
  const nobody = await broker.cli(["user", "reset", "--email", "nobody@example.com"]);
  expect(nobody).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("there is no user") as unknown });
});

test("user list shows who there is; user remove ends it, but not for the last owner", async () => {
  const lines = (await broker.cliOrFail(["user", "list"])).split("\n");
  expect(lines[0]).toMatch(/^ID +E-MAIL +NAME +ROLE +STATUS +2FA +LAST LOG-IN \(UTC\) +CREATED \(UTC\)$/);
  expect(
    lines
      .slice(1)
      .map((line) => line.split(/ +/)[1])
      .sort(),
  ).toEqual([...["jane@example.com", "joe@example.com", "owner@example.com"]]);
  const removed = await broker.cli(["user", "remove", "--email", "joe@example.com"]);
  expect(removed).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^Removed user_\w+\.\n$/) as unknown });
  expect(await logIn("joe@example.com", `${PASSWORD}!`)).toBe(401);
  const last = await broker.cli(["user", "remove", "--email", "owner@example.com"]);
  expect(last).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("the last owner") as unknown });
  const users = JSON.parse(await broker.cliOrFail(["user", "list", "--json"])) as { email: string }[];
  expect(users.map(({ email }) => email).sort()).toEqual(["jane@example.com", "owner@example.com"]);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
