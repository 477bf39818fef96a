import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokerProcess, startBroker } from "./support/broker-process.ts";
import { type HostileGitServer, startHostileGitServer } from "./support/hostile-git-server.ts";
import { cleanEnvironment } from "./support/processes.ts";
import { SamplePackage } from "./support/sample-package.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import type { TemporaryDirectory } from "./support/temporary-directory.ts";
import { eventually } from "./support/vendor-shop.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const SCOPES = ["--scopes", "tokens:write,tokens:read"];
/** A title for the terminal, a colour, the eight-bit start of a sequence, and a line that looks like ours. */
const HOSTILE_TEXT = "Order 7\u001B]0;owned\u0007\u001B[31mred\u009B2J\r\ntoken_fake  revoked";

let directory: TemporaryDirectory;
let git: HostileGitServer;
let broker: BrokerProcess;
let core: { id: string; stdout: string; stderr: string };
let managementToken: string;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("command-line");
  const sample = await SamplePackage.create(directory.path, {
    name: "acme/core",
    requires: () => ({}),
    mainIsAliasOf: "1.x-dev",
  });
  sample.addRelease("1.0.0");
  // Skipped, as no Composer version is called so.
  sample.addRelease("before-the-rewrite");
  await sample.repository.write();
  [git, broker] = await Promise.all([startHostileGitServer(directory.path), startBroker()]);
  const added = await broker.cli(["source", "add", "--url", `${git.url}/acme/core.git`, "--filter", "acme/*"]);
  core = { id: added.stdout.trim(), ...added };
  managementToken = await broker.cliOrFail([
    ...["management-token", "create", "--name", "shop", ...SCOPES, "--prefix", "acme/"],
  ]);
});

afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  await git[Symbol.asyncDispose]();
  await directory.remove();
});

/** `script/broker …` where an operator happens to be, without a DATA_DIR. */
async function runIn(cwd: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = cleanEnvironment({ HOME: cwd, ...environment });
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, stdout, stderr };
}

async function mint(description: string): Promise<{ id: string; token: string }> {
  const body = { description, allowed_package_prefixes: ["acme/"] };
  const answer = await broker.api("POST", "/api/tokens", managementToken, body);
  expect(answer.status).toBe(201);
  return answer.body as { id: string; token: string };
}

async function statusOf(token: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`token:${token}`).toString("base64")}`;
  return (await fetch(`${broker.url}/packages.json`, { headers: { authorization } })).status;
}

describe("what a script reads", () => {
  test("is the id alone from `source add`; what comes next is said on standard error", () => {
    expect(core.stdout).toMatch(/^src_\w+\n$/);
    expect(core.stderr).toBe(
      `Added acme/core. A running server reads it within seconds; or now: script/broker source sync ${core.id}\n`,
    );
  });

  test("is the secret alone from `management-token create`, with a warning where it may grant everything", async () => {
    const create = ["management-token", "create", "--name", "script", ...SCOPES];
    const [bounded, unbounded] = await Promise.all([
      broker.cli([...create, "--prefix", "acme/", "--expires", "2099-01-31T12:00"]),
      broker.cli(create),
    ]);
    expect(bounded).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^pbm_\w+\n$/) as string });
    expect(bounded.stderr).toMatch(/^Made mgmt_\w+\. This is the only time its secret is shown:\n$/);
    expect(unbounded).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^pbm_\w+\n$/) as string });
    expect(unbounded.stderr).toMatch(/^warning: without --prefix this token may grant every package/);
    // A time without a zone is UTC, as the times in the lists are.
    const list = await broker.cliOrFail(["management-token", "list"]);
    expect(list).toContain("2099-01-31 12:00");
    expect(list).not.toContain(bounded.stdout.trim());
  });

  test("is JSON with --json", async () => {
    const commands = [
      ...[
        ["source", "list"],
        ["source", "show", core.id],
        ["management-token", "list"],
      ],
      ...[
        ["token", "list"],
        ["audit", "list"],
      ],
    ];
    const answers = await Promise.all(commands.map((command) => broker.cliOrFail([...command, "--json"])));
    for (const answer of answers) expect(JSON.parse(answer)).toBeTypeOf("object");
  });

  test("cannot steer the terminal, whatever a shop wrote", async () => {
    await mint(HOSTILE_TEXT);
    const [people, programs] = await Promise.all([
      broker.cliOrFail(["token", "list"]),
      broker.cliOrFail(["token", "list", "--json"]),
    ]);
    expect(people.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(people).toMatch(/^token_.* Order 7�\]0;owned��\[31mred�2J token_fake {1,2}revoked$/m);
    expect(programs.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect((JSON.parse(programs) as { description: string }[]).map(({ description }) => description)).toContain(
      HOSTILE_TEXT,
    );
  });
});

describe("token convert", () => {
  test("says what would change, does it with --yes, and ends with 1 where something cannot be", async () => {
    const secret = await broker.cliOrFail(["management-token", "create", "--name", "old shop", ...SCOPES]);
    const sell = async (order_id: string, customer_email: string) => {
      const metadata = { customer_id: "c1", customer_email, order_id };
      const response = await fetch(`${broker.url}/api/tokens`, {
        method: "POST",
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        body: JSON.stringify({ description: order_id, allowed_package_prefixes: ["acme/core"], metadata }),
      });
      return (await response.json()) as { id: string; token: string };
    };
    const one = await sell("O-1", "c1@example.com");
    const convert = ["token", "convert", "--management-token", "old shop"];
    const shown = await broker.cli(convert);
    expect([shown.exitCode, shown.stdout]).toEqual([2, expect.stringContaining(one.id)]);
    expect(shown.stderr).toContain("1 token would be converted; if that is meant, add --yes");
    expect(shown.stderr).toContain("old shop goes on selling");
    const another = await sell("O-2", "another@example.com");
    const done = await broker.cli([...convert, "--yes"]);
    expect([done.exitCode, done.stdout]).toEqual([1, `${one.id} O-1 acme/core\n`]);
    expect(done.stderr).toContain(`${another.id} cannot be converted: This token was sold with an e-mail address`);
    expect(done.stdout + done.stderr).not.toContain(one.token);
    expect((await broker.cli(["token", "convert", one.id])).stderr).toContain(
      "opens everything of its customer already",
    );
    expect((await broker.cli(["token", "convert"])).exitCode).toBe(2);
  });
});

describe("mistakes", () => {
  const create = ["management-token", "create", "--name", "x"];
  const addHttps = ["source", "add", "--url", "https://git.example.com/a/b.git"];
  test.each<[string, string[], number, string]>([
    ["an unknown command", ["sources"], 2, "unknown command"],
    ["a missing option", ["source", "add"], 2, "--url"],
    ["an impossible URL", ["source", "add", "--url", "ext::sh"], 2, "--url git remote helpers"],
    ["an unknown scope", [...create, "--scopes", "tokens:all"], 2, "--scopes"],
    ["a day no month has", [...create, ...SCOPES, "--expires", "2099-02-31"], 2, "--expires 2099-02-31 is not a date"],
    ["a date in words", [...create, ...SCOPES, "--expires", "2099-01-31 noon"], 2, "is not a date"],
    ["no source named", ["source", "sync"], 2, "--all"],
    ["an unknown source", ["source", "sync", "src_none"], 2, "there is no source src_none"],
    ["an unknown token", ["token", "revoke", "token_none"], 1, "no such token"],
    ["a bad limit", ["token", "list", "--limit", "0"], 2, "--limit 0"],
    [
      "a user name without its password",
      [...addHttps, "--username", "u"],
      2,
      "--password-stdin is missing: a user name",
    ],
    ["an impossible branch", [...addHttps, "--branches", "a b"], 2, "--branches can be the name of no branch"],
    ["an ssh source with a user name", ["source", "add", "--url", "git@h:a/b.git", "--username", "u"], 2, "ssh key"],
  ])("%s", async (_mistake, args, exitCode, sentence) => {
    const answer = await broker.cli(args);
    expect(answer).toMatchObject({ exitCode, stdout: "" });
    expect(answer.stderr).toContain(sentence);
    expect(answer.stderr).not.toContain("    at ");
  });

  test("a file source with a user name is told about files, not about ssh", async () => {
    const args = ["source", "add", "--url", `file://${directory.path}/acme/core.git`, "--username", "u"];
    const answer = await runIn(directory.path, args, { DATA_DIR: broker.dataDir, ALLOW_LOCAL_SOURCES: "1" });
    expect(answer.exitCode).toBe(2);
    expect(answer.stderr).toBe(
      "error: --username is for http and https sources only: file sources are read as the user the server runs as\n",
    );
  });

  test("a directory without an installation is said to be one, and stays as it is", async () => {
    const empty = path.join(directory.path, "elsewhere");
    await mkdir(empty);
    for (const pair of [
      [
        ["token", "list"],
        ["source", "list"],
      ],
      [
        ["management-token", "revoke", "mgmt_x"],
        ["audit", "verify"],
      ],
      [
        ["backup", "copy.tar"],
        ["source", "sync", "--all"],
      ],
    ]) {
      for (const answer of await Promise.all(pair.map((command) => runIn(empty, command)))) {
        expect(answer).toMatchObject({ exitCode: 2, stdout: "" });
        expect(answer.stderr).toMatch(/^error: .*elsewhere\/data.* in the directory the server was started in.*\n$/);
        expect(answer.stderr).toContain("DATA_DIR=…");
      }
    }
    expect(await readdir(empty)).toEqual([]);
    expect((await runIn(empty, ["management-token", "create", "--name", "first", ...SCOPES])).exitCode).toBe(0);
    expect((await readdir(path.join(empty, "data"))).sort()).toContain("encryption.key");
    expect((await runIn(empty, ["token", "list"])).stdout).toBe("No tokens match.\n");
  });
});

describe("source sync", () => {
  test("succeeds with skipped refs, and fails when one of several does", async () => {
    const sync = await broker.cli(["source", "sync", core.id]);
    expect(sync).toMatchObject({ exitCode: 0, stdout: "" });
    expect(sync.stderr).toMatch(/acme\/core: skipped .*before-the-rewrite/);
    expect(sync.stderr).toMatch(/acme\/core: done: 3 branches and tags, .*, 1 skipped\n$/);
    const gone = await broker.cliOrFail(["source", "add", "--url", `${git.url}/acme/gone.git`]);
    const both = await broker.cli(["source", "sync", "--all"]);
    expect(both.exitCode).toBe(1);
    expect(both.stderr).toMatch(/^acme\/gone: failed: /m);
    expect(both.stderr).toMatch(/^acme\/core: done: /m);
    await broker.cliOrFail(["source", "remove", gone, "--yes"]);
  });

  test("waits for one that runs, and syncs after it", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<undefined>();
    git.asked.length = 0;
    git.tamper = {
      refs: async (response, honest) => {
        await held;
        response.end(await honest());
      },
    };
    const first = broker.cli(["source", "sync", core.id]);
    await eventually(() => Promise.resolve(git.asked.includes("refs")), 10_000);
    const waits = Promise.withResolvers<undefined>();
    const second = broker.cli(["source", "sync", core.id], undefined, (text) => {
      if (text.includes("waiting for its end")) waits.resolve(undefined);
    });
    await Promise.race([waits.promise, second]);
    git.tamper = {};
    release(undefined);
    const answers = await Promise.all([first, second]);
    expect(answers.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(answers[1].stderr).toMatch(/^acme\/core: another process syncs it; waiting for its end …\n/);
    expect(answers[1].stderr).toMatch(/acme\/core: done: /);
  });
});

describe("taking away", () => {
  test("`source remove` without --yes says what would vanish, and removes nothing", async () => {
    await broker.cliOrFail(["source", "sync", core.id]);
    const asked = await broker.cli(["source", "remove", core.id]);
    expect(asked).toMatchObject({ exitCode: 2, stdout: "" });
    expect(asked.stderr).toBe(
      `error: nothing was removed: without acme/core (${core.id}), 2 versions of 1 package would not be offered any more; if that is meant, add --yes\n`,
    );
    expect(await broker.cliOrFail(["source", "show", core.id])).toContain("2 versions of 1 package");
  });

  test("`token revoke` and `management-token revoke` are in force within a second", async () => {
    const { id, token } = await mint("to be revoked");
    const secret = await broker.cliOrFail([
      ...["management-token", "create", "--name", "leaked", ...SCOPES, "--prefix", "acme/"],
    ]);
    const listed = JSON.parse(await broker.cliOrFail(["management-token", "list", "--json"])) as {
      id: string;
      name: string;
    }[];
    const managementId = listed.find(({ name }) => name === "leaked")?.id ?? "";
    const managed = async () => (await broker.api("GET", "/api/tokens?limit=1", secret)).status;
    expect([await statusOf(token), await managed()]).toEqual([200, 200]);

    expect(await broker.cli(["token", "revoke", id])).toEqual({
      ...{ exitCode: 0, stdout: "", stderr: `Revoked ${id}.\n` },
    });
    await eventually(async () => (await statusOf(token)) === 401 || (await statusOf(token)) === 403);
    expect(await broker.cli(["management-token", "revoke", managementId])).toEqual({
      ...{ exitCode: 0, stdout: "", stderr: `Revoked ${managementId}.\n` },
    });
    await eventually(async () => (await managed()) === 401);

    const record = (await broker.cliOrFail(["audit", "list", "--target", id])).split("\n")[1] ?? "";
    expect(record).toMatch(new RegExp(`token\\.revoked +${id} +cli\\b`));
  });
});
