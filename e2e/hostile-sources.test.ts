import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startBroker } from "./support/broker-process.ts";
import type { BrokerProcess } from "./support/broker-process.ts";
import { GitRepository } from "./support/git-repository.ts";
import { startGitHttpServer } from "./support/git-http-server.ts";
import { childProcessesWith, memoryOf } from "./support/hostile-sockets.ts";
import { PRIVATE_ADDRESS, makeNetworkNamespace } from "./support/network-namespace.ts";
import { cleanEnvironment, runTool, runToolOrFail } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import { eventually } from "./support/vendor-shop.ts";

const MB = 1024 * 1024;
const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const REDIRECTING = fileURLToPath(new URL("support/redirecting-git-server.ts", import.meta.url));

const manifest = (name: string) => JSON.stringify({ name, description: "A package" });

interface Shown {
  state: string;
  versions: number;
  skipped: { ref: string; reason: string }[];
}

async function show(broker: BrokerProcess, id: string): Promise<Shown> {
  return JSON.parse(await broker.cliOrFail(["source", "show", id, "--json"])) as Shown;
}

async function sell(broker: BrokerProcess): Promise<string> {
  const scopes = ["--scopes", "tokens:write"];
  const shop = await broker.cliOrFail(["management-token", "create", "--name", "shop", ...scopes]);
  const sold = (await broker.api("POST", "/api/tokens", shop, { description: "A sale" })).body as { token: string };
  return sold.token;
}

async function ask(broker: BrokerProcess, pathname: string, token: string): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`token:${token}`).toString("base64")}`;
  return await fetch(broker.url + pathname, { headers: { authorization } });
}

test(
  "a composer.json of 5 MB, 10,000 refs, odd refs, submodules and symlinks: skipped with reasons, the server bounded and answering",
  { timeout: 90_000 },
  async () => {
    await using directory = await makeTemporaryDirectory("hostile-sources");
    const canary = path.join(directory.path, "canary");
    const core = await GitRepository.create(path.join(directory.path, "git", "core.git"));
    core.commit({ "composer.json": manifest("acme/core") });
    core.tag("1.0.0");
    await core.write();
    const many = await GitRepository.create(path.join(directory.path, "git", "many.git"));
    many.commit({
      "composer.json": manifest("acme/many"),
      ".gitmodules": `[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% ${canary}\n\tupdate = !touch ${canary}\n`,
    });
    many.tag("1.0.0");
    many.commit({ "composer.json": `{"name":"acme/many","description":"${"x".repeat(5_000_000)}"}` });
    many.tag("2.0.0");
    many.commit({ "composer.json": manifest("acme/many") });
    for (let index = 0; index < 10_000; index++) many.tag(`3.${index % 100}.${Math.floor(index / 100)}`);
    await many.write();
    const git = (...args: string[]) => runToolOrFail("git", ["-C", many.directory, ...args]);
    const commit = await many.resolve("main");
    const blob = (await git("rev-parse", `${commit}:composer.json`)).trim();
    const link = (
      await runToolOrFail("git", ["-C", many.directory, "hash-object", "-w", "--stdin"], { input: "/etc/passwd" })
    ).trim();
    const upwards = (
      await runToolOrFail("git", ["-C", many.directory, "hash-object", "-w", "--stdin"], {
        input: "../../../../../../etc",
      })
    ).trim();
    const treeOf = async (lines: string[]) =>
      (
        await runToolOrFail("git", ["-C", many.directory, "mktree", "--missing"], { input: `${lines.join("\n")}\n` })
      ).trim();
    const commitOf = async (tree: string) =>
      (await git("-c", "user.name=x", "-c", "user.email=x@example.com", "commit-tree", "-m", "x", tree)).trim();
    const links = await commitOf(
      await treeOf([
        `100644 blob ${blob}\tcomposer.json`,
        `120000 blob ${link}\tpasswd`,
        `120000 blob ${upwards}\tup`,
        `160000 commit ${commit}\tx`,
      ]),
    );
    const refs: [name: string, id: string][] = [
      ["refs/tags/4.0.0", blob],
      ["refs/tags/4.1.0", (await git("rev-parse", `${commit}^{tree}`)).trim()],
      ["refs/tags/5.0.0", await commitOf(await treeOf([`120000 blob ${link}\tcomposer.json`]))],
      ["refs/tags/5.1.0", await commitOf(await treeOf([`160000 commit ${commit}\tcomposer.json`]))],
      ["refs/tags/6.0.0", links],
      ["refs/tags/$(touch canary)", commit],
      ["refs/tags/;id", commit],
      ["refs/heads/-x", commit],
    ];
    const lines = refs.filter(([name]) => !name.includes(" ")).map(([name, id]) => `create ${name} ${id}\n`);
    await runToolOrFail("git", ["-C", many.directory, "update-ref", "--stdin"], { input: lines.join("") });

    await using server = await startGitHttpServer({ root: path.join(directory.path, "git") });
    await using broker = await startBroker();
    const [pid = 0] = childProcessesWith("src/main.ts serve");
    await broker.cliOrFail(["source", "add", "--url", `${server.url}/core.git`]);
    const token = await sell(broker);
    await eventually(async () => (await ask(broker, "/p2/acme/core.json", token)).status === 200, 10_000);
    const before = memoryOf(pid);
    const id = await broker.cliOrFail(["source", "add", "--url", `${server.url}/many.git`, "--branches", "all"]);
    const startedAt = performance.now();
    let slowest = 0;
    let asked = 0;
    let published = false;
    while (!published) {
      const askedAt = performance.now();
      expect((await ask(broker, "/p2/acme/core.json", token)).status).toBe(200);
      slowest = Math.max(slowest, performance.now() - askedAt);
      published = ++asked % 20 === 0 && (await ask(broker, "/p2/acme/many.json", token)).status === 200;
      expect(performance.now() - startedAt).toBeLessThan(40_000);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(asked).toBeGreaterThan(20);
    expect(slowest).toBeLessThan(2_000);
    expect(memoryOf(pid, "VmHWM") - before).toBeLessThan(400 * MB);

    const shown = await show(broker, id);
    const reason = (tag: string) => shown.skipped.find(({ ref }) => ref === `refs/tags/${tag}`)?.reason;
    expect(reason("2.0.0")).toMatch(/its composer\.json has 50000\d\d bytes: VERSION_METADATA_MAX_KB is 256/);
    for (const tag of ["4.0.0", "4.1.0"]) expect(reason(tag)).toBe("it does not lead to a commit");
    expect(reason("5.0.0")).toContain("not valid JSON");
    expect(reason("5.1.0")).toBe("it has no composer.json");
    expect(reason(";id")).toContain("not a version");
    expect(shown).toMatchObject({ state: "active", versions: 10_004 });

    // The links are the customer's to unpack, as in the vendor's repository; nobody follows them here.
    const dist = await ask(broker, `/dist/acme/many/${links}.zip`, token);
    expect(dist.status).toBe(200);
    const zip = Buffer.from(await dist.arrayBuffer());
    expect(zip.length).toBeLessThan(10_000);
    expect(zip.includes("root:")).toBe(false);
    expect(zip.includes("/etc/passwd")).toBe(true);
    expect(existsSync(canary)).toBe(false);
    expect(broker.log()).not.toContain('"level":"error"');
  },
);

test("what is no URL of a repository is refused on the command line in one line, starts nothing and is not stored", async () => {
  await using directory = await makeTemporaryDirectory("hostile-urls");
  await using broker = await startBroker({ ALLOW_PRIVATE_NETWORKS: "0" });
  const canary = path.join(directory.path, "canary");
  const refused = [
    ...[`--upload-pack=touch ${canary}`, `ext::sh -c touch% ${canary}`, `ssh://-oProxyCommand=touch%20${canary}/x`],
    ...[`http://${PRIVATE_ADDRESS}/core.git`, "http://169.254.169.254/latest/meta-data"],
  ];
  for (const url of refused) {
    const { exitCode, stderr, stdout } = await broker.cli(["source", "add", `--url=${url}`]);
    expect(exitCode, url).not.toBe(0);
    expect(stdout, url).toBe("");
    expect(stderr.trim().split("\n"), url).toHaveLength(1);
    expect(stderr, url).not.toMatch(/\bat .*:\d+/);
  }
  expect(JSON.parse(await broker.cliOrFail(["source", "list", "--json"]))).toEqual([]);
  expect(existsSync(canary)).toBe(false);
});

// The address check is off (ALLOW_PRIVATE_NETWORKS), so that only what git itself was told stands in the way.
test("a git server that sends us to a private address causes no packet to it, even with the address check off", async () => {
  await using directory = await makeTemporaryDirectory("hostile-network");
  await using network = await makeNetworkNamespace();
  await using stack = new AsyncDisposableStack();
  const server = spawn("ip", [...network.prefix, process.execPath, REDIRECTING], {
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  stack.defer(async () => {
    const end = once(server, "exit");
    server.kill("SIGKILL");
    await end;
  });
  const [line] = (await once(server.stdout, "data")) as [Buffer];
  const url = `http://127.0.0.1:${Number(line.toString())}`;
  const env = { DATA_DIR: path.join(directory.path, "data"), HOME: directory.path, ALLOW_PRIVATE_NETWORKS: "1" };
  const run = (...args: string[]) => runTool("ip", [...network.prefix, process.execPath, ...args], { env });
  for (const kind of ["redirect301", "redirect302", "redirect307", "redirect308", "alternates"]) {
    expect((await run(MAIN, "source", "add", "--url", `${url}/${kind}/core.git`)).exitCode).toBe(0);
  }
  const { exitCode, stderr } = await run(MAIN, "source", "sync", "--all");
  expect(exitCode).toBe(1);
  for (const status of [301, 302, 307, 308]) {
    const words = `${url}/redirect${status}/core.git redirects to http://${PRIVATE_ADDRESS}/core.git: use that URL`;
    expect(stderr).toContain(words);
  }
  expect(await network.packets()).toBe(0);
  // The counter counts: a connection that is really made leaves packets.
  await run("-e", `require("node:net").connect(80, "${PRIVATE_ADDRESS}").on("error", () => process.exit())`);
  expect(await network.packets()).toBeGreaterThan(0);
});
