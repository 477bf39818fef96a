import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GitRepository } from "./support/git-repository.ts";
import { expectedFiles } from "./support/file-hashes.ts";
import { createComposerProject } from "./support/composer-client.ts";
import { type VendorSetUp, eventually, setUpVendor } from "./support/vendor-shop.ts";

interface Minted {
  id: string;
  token: string;
}

let setUp: VendorSetUp;
let unbounded: string;

beforeAll(async () => {
  setUp = await setUpVendor();
  const create = ["management-token", "create", "--name", "all", "--scopes", "tokens:write,tokens:read"];
  unbounded = await setUp.broker.cliOrFail(create);
});

afterAll(async () => {
  await setUp[Symbol.asyncDispose]();
});

async function mint(prefixes: string[], more: Record<string, unknown> = {}): Promise<Minted> {
  const body = { description: "test", allowed_package_prefixes: prefixes, ...more };
  const answer = await setUp.broker.api("POST", "/api/tokens", unbounded, body);
  expect(answer.status).toBe(201);
  return answer.body as Minted;
}

async function patch(id: string, body: Record<string, unknown>): Promise<void> {
  expect((await setUp.broker.api("PATCH", `/api/tokens/${id}`, unbounded, body)).status).toBe(200);
}

async function projectWith(token: string) {
  const project = await createComposerProject({ repositoryUrl: setUp.broker.url });
  await project.configureFromEmail(token);
  return project;
}

/** The lines of ours that a person read, each once. */
function sentences(output: string): string[] {
  const lines = output.split("\n").filter((line) => line.includes("Warning from") || line.includes("Info from"));
  return [...new Set(lines.map((line) => line.replace(/^.*?(Warning|Info) from \S+: /, "").trim()))];
}

async function raw(pathname: string, token: string): Promise<Response> {
  return await fetch(setUp.broker.url + pathname, {
    headers: { authorization: `Basic ${Buffer.from(`token:${token}`).toString("base64")}` },
  });
}

describe("what was not bought", () => {
  test("another vendor's package is not found, by metadata and by archive, and the rest of the run goes on", async () => {
    const acme = await mint(["acme/"]);
    const globex = await mint(["globex/"]);
    await using project = await projectWith(acme.token);
    expect((await project.run(["require", "acme/core:^1.0"])).exitCode).toBe(0);
    const foreign = await project.run(["require", "globex/search"]);
    expect(foreign.exitCode).not.toBe(0);
    expect(foreign.output).toContain("globex/search");
    expect((await project.run(["require", "acme/theme"])).exitCode).toBe(0);

    await using theirs = await projectWith(globex.token);
    expect((await theirs.run(["require", "globex/search"])).exitCode).toBe(0);
    const dist = (await theirs.lock()).packages[0]?.dist?.url ?? "";
    expect((await raw("/p2/globex/search.json", acme.token)).status).toBe(404);
    expect((await raw(new URL(dist).pathname, acme.token)).status).toBe(404);
    expect((await raw(new URL(dist).pathname, globex.token)).status).toBe(200);
  });

  test("a package of the same vendor that was not bought says so in one sentence, for metadata and for archives", async () => {
    const core = await mint(["acme/core"]);
    await using project = await projectWith(core.token);
    const refused = await project.run(["require", "acme/theme"]);
    expect(refused.exitCode).not.toBe(0);
    expect(sentences(refused.output)).toEqual([
      "acme/theme: not part of what your token was bought for; buy it from the vendor to install it.",
    ]);
    expect((await project.run(["require", "acme/core:^1.0"])).exitCode).toBe(0);
  });

  test("of somebody with two tokens names the one that opens it, and the one that still works", async () => {
    const metadata = { customer_id: "twice" };
    const [core, theme] = [await mint(["acme/core"], { metadata }), await mint(["acme/theme"], { metadata })];
    const tail = (minted: Minted) => minted.token.slice(-4);
    await using project = await projectWith(theme.token);
    const refused = await project.run(["require", "acme/core:^1.0"]);
    expect(refused.exitCode).not.toBe(0);
    const opensIt = `acme/core: not part of what this token opens; your token (…${tail(core)}) opens it, configure that one.`;
    expect(sentences(refused.output)).toEqual([opensIt]);
    // The archive says the same, to whoever has a lock file of the other project.
    await using other = await projectWith(core.token);
    expect((await other.run(["require", "acme/core:^1.0"])).exitCode).toBe(0);
    const dist = (await other.lock()).packages[0]?.dist?.url ?? "";
    const archive = await raw(new URL(dist).pathname, theme.token);
    expect([archive.status, await archive.json()]).toEqual([402, expect.objectContaining({ warning: opensIt })]);
    await setUp.broker.cliOrFail(["token", "revoke", theme.id]);
    await eventually(async () => (await raw("/packages.json", theme.token)).status === 401);
    await project.clearCache();
    const ended = await project.run(["require", "acme/theme"]);
    expect(ended.exitCode).not.toBe(0);
    expect(sentences(ended.output)).toEqual([
      expect.stringMatching(
        `^Your token \\(…${tail(theme)}\\) was revoked: your token \\(…${tail(core)}\\) works; run "composer config`,
      ),
    ]);
  });

  // Otherwise a package of that name in a public repository is installed instead: dependency confusion.
  test("a lapsed name is not looked for in the next repository", async () => {
    const lapsing = await mint(["acme/"]);
    await patch(lapsing.id, { allowed_package_prefixes: ["acme/theme"] });
    await using project = await projectWith(lapsing.token);
    const stranger = { name: "acme/core", version: "9.9.9", type: "metapackage" };
    await project.updateManifest({
      repositories: [
        { type: "composer", url: setUp.broker.url },
        { type: "package", package: stranger },
        { "packagist.org": false },
      ],
    });
    const refused = await project.run(["require", "acme/core"]);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).not.toContain("Locking acme/core (9.9.9)");
    expect(sentences(refused.output).join()).toMatch(/^acme\/core: your access ended on \d{4}-\d\d-\d\d; renew/);
  });
});

describe("a token that ended says why, in one sentence inside composer", () => {
  test("expired", async () => {
    const token = await mint(["acme/"]);
    await using project = await projectWith(token.token);
    expect((await project.run(["require", "acme/core:^1.0"])).exitCode).toBe(0);
    await patch(token.id, { expires_at: 1_735_689_600 });
    await project.clearCache();
    const refused = await project.run(["update"]);
    expect(refused.exitCode).not.toBe(0);
    expect(sentences(refused.output)).toEqual([
      `Your token (…${token.token.slice(-4)}) expired on 2024-12-31: renew with the vendor to go on installing and updating.`,
    ]);
    await patch(token.id, { expires_at: 2_000_000_000 });
    expect((await project.run(["update"])).exitCode).toBe(0);
  });

  // Composer goes on with what it has in its cache; the download is where a revocation must bite.
  test("revoked on the command line, within a second, and an archive that is not in the cache is refused", async () => {
    const token = await mint(["acme/"]);
    await using project = await projectWith(token.token);
    expect((await project.run(["require", "acme/core:^1.0"])).exitCode).toBe(0);
    await setUp.broker.cliOrFail(["token", "revoke", token.id]);
    await eventually(async () => (await raw("/packages.json", token.token)).status === 401);
    await project.removeVendor();
    await project.clearCache();
    const refused = await project.run(["install"]);
    expect(refused.exitCode).not.toBe(0);
    expect(sentences(refused.output)).toEqual([
      `Your token (…${token.token.slice(-4)}) was revoked: ask the vendor for a new one.`,
    ]);
  });

  test("narrowed: the lapsed package is refused by its archive too, the others go on", async () => {
    const token = await mint(["acme/"]);
    await using project = await projectWith(token.token);
    expect((await project.run(["require", "acme/core:^1.0", "acme/theme"])).exitCode).toBe(0);
    await patch(token.id, { allowed_package_prefixes: ["acme/core"] });
    await project.removeVendor();
    await project.clearCache();
    const refused = await project.run(["install"]);
    expect(refused.exitCode).not.toBe(0);
    expect(sentences(refused.output).join()).toMatch(
      /^acme\/theme: your access ended on \d{4}-\d\d-\d\d; renew with the vendor to install or update it\.$/,
    );
  });

  test("missing credentials tell the exact line to type", async () => {
    await using project = await createComposerProject({ repositoryUrl: setUp.broker.url });
    await project.updateManifest({
      repositories: [{ type: "composer", url: setUp.broker.url }, { "packagist.org": false }],
      config: { "secure-http": false },
    });
    const refused = await project.run(["require", "acme/core"]);
    expect(sentences(refused.output)).toEqual([
      `${project.host} needs your token: run "composer config http-basic.${project.host} token YOUR_TOKEN" with the token from your purchase; when asked, the user name is token, the password is your token.`,
    ]);
  });

  test("a management token in composer is told apart", async () => {
    await using project = await projectWith(setUp.managementToken);
    const refused = await project.run(["require", "acme/core"]);
    expect(sentences(refused.output)).toEqual([
      "This is a management token (pbm_…), which installs nothing: use the customer token (pbt_…) from your purchase.",
    ]);
  });

  test("too many requests say which limit it was and when to try again", async () => {
    const token = await mint(["acme/"], { rate_limit_max: 1 });
    await using project = await projectWith(token.token);
    const limited = await project.run(["require", "acme/core:^1.0"]);
    expect(limited.exitCode).not.toBe(0);
    expect(sentences(limited.output)).toEqual([
      "Your token made more requests than its limit of 1 an hour: try again in 60 minutes, or ask the vendor for a higher limit.",
    ]);
  });
});

describe("a lock file", () => {
  test("goes on installing after its tag was moved, its tag was deleted and the source was synced again", async () => {
    const token = await mint(["acme/"]);
    await using project = await projectWith(token.token);
    const core = setUp.vendors.package("acme/core");
    await core.release("1.90.0");
    await core.release("1.91.0");
    const source = setUp.sources.get("acme/core") ?? "";
    await setUp.broker.cliOrFail(["source", "sync", source]);
    await eventually(async () => (await (await raw("/p2/acme/core.json", token.token)).text()).includes("1.91.0"));
    expect((await project.run(["require", "acme/core:1.90.0"])).exitCode).toBe(0);
    const before = await project.installedFiles("acme/core");
    await core.moveTag("1.90.0");
    core.repository.deleteTag("1.91.0");
    await core.repository.write();
    await setUp.broker.cliOrFail(["source", "sync", source]);
    await eventually(async () => !(await (await raw("/p2/acme/core.json", token.token)).text()).includes("1.91.0"));
    await setUp.broker.stop();
    await setUp.broker.start();
    await project.removeVendor();
    await project.clearCache();
    const install = await project.run(["install"]);
    expect(install.output).not.toContain("Warning from");
    expect(install.exitCode).toBe(0);
    expect(await project.installedFiles("acme/core")).toEqual(before);
  });

  // Bulk imports build archives on first demand: the demand may come after everything upstream has changed.
  test("installs archives never built before after a move, a deletion, a rebase, a new sync and a restart", async () => {
    const repository = await GitRepository.create(`${setUp.vendors.root}/acme/locks.git`);
    const commit = (text: string) =>
      repository.commit({ "composer.json": JSON.stringify({ name: "acme/locks" }), "text.txt": text });
    commit("moved, before");
    repository.tag("1.0.0");
    commit("deleted");
    repository.tag("2.0.0");
    commit("branch, before");
    await repository.write();
    const url = `${setUp.git.url}/acme/locks.git`;
    const add = ["source", "add", "--url", url, "--username", "ci", "--password-stdin"];
    const source = await setUp.broker.cliOrFail(add, setUp.git.credentials?.password ?? "");
    await setUp.broker.cliOrFail(["source", "sync", source]);
    const { token } = await mint(["acme/"]);
    await eventually(async () => (await raw("/p2/acme/locks.json", token)).status === 200);
    const projects = await Promise.all(["1.0.0", "2.0.0", "dev-main"].map((version) => lockOnly(token, version)));
    commit("moved, after");
    repository.moveTag("1.0.0");
    repository.deleteTag("2.0.0");
    repository.orphanBranch("main");
    commit("branch, rebased");
    await repository.write();
    await setUp.broker.cliOrFail(["source", "sync", source]);
    await setUp.broker.stop();
    await setUp.broker.start();
    for (const project of projects) {
      const reference = (await project.lock()).packages[0]?.dist?.reference ?? "";
      const install = await project.run(["install"]);
      expect(install.exitCode).toBe(0);
      expect(await project.installedFiles("acme/locks")).toEqual(await expectedFiles(repository.directory, reference));
      await project.remove();
    }
  });
});

/** A project whose lock file was written, and that has downloaded nothing. */
async function lockOnly(token: string, version: string) {
  const project = await projectWith(token);
  const required = await project.run(["require", "--no-install", `acme/locks:${version}`]);
  expect(required.exitCode).toBe(0);
  await project.clearCache();
  return project;
}

describe("a mistyped token", () => {
  test("is told what is wrong, also from an address that sent too many, where a right one still installs", async () => {
    await using limited = await setUpVendor({ UNKNOWN_CREDENTIAL_LIMIT: "5" });
    const body = { description: "sale", allowed_package_prefixes: ["acme/"] };
    const sold = (await limited.broker.api("POST", "/api/tokens", limited.managementToken, body)).body as Minted;
    const mistyped = `${sold.token.slice(0, -1)}${sold.token.endsWith("x") ? "y" : "x"}`;
    await using project = await createComposerProject({ repositoryUrl: limited.broker.url });
    await project.configureFromEmail(mistyped);
    const first = await project.run(["require", "acme/core:^1.0"]);
    expect(first.exitCode).not.toBe(0);
    expect(sentences(first.output).join(" ")).toContain("This is not a token of");
    for (let index = 0; index < 10; index++) {
      await fetch(`${limited.broker.url}/packages.json`, { headers: { authorization: `Bearer ${mistyped}` } });
    }
    const second = await project.run(["require", "acme/core:^1.0"]);
    expect(second.exitCode).not.toBe(0);
    expect(sentences(second.output).join(" ")).toMatch(
      /This is not a token of .* Too many unknown tokens came from your address; a right one works at once/,
    );
    await project.configureFromEmail(sold.token);
    const right = await project.run(["require", "acme/core:^1.0"]);
    expect(right.exitCode, right.output).toBe(0);
  });
});
