import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startGitHttpServer } from "../../../../e2e/support/git-http-server.ts";
import { GitRepository } from "../../../../e2e/support/git-repository.ts";
import { makeTemporaryDirectory } from "../../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../../testing/database.ts";
import type { TestEngine } from "../../../testing/database.ts";
import { hostPackage } from "../../../testing/packages.ts";
import { startTestServer } from "../../../testing/test-server.ts";
import { commandLine } from "../../callers/index.ts";
import { addSource } from "../../sources/index.ts";
import type { Hint } from "../../source-hints/index.ts";
import { syncSource } from "../index.ts";

const json = (manifest: object) => ({ "composer.json": JSON.stringify(manifest) });
const LIBRARY = { name: "acme/gateway", type: "library" };

async function setUp(engine: TestEngine) {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await makeTemporaryDirectory("hints"));
  const server = stack.use(await startTestServer(engine));
  const upstream = await GitRepository.create(join(directory.path, "gateway.git"));
  const host = stack.use(await startGitHttpServer({ root: directory.path }));
  const owner = await server.createManagementToken({ scopes: ["sources:read", "sources:write"] });
  const { core } = server;
  const url = `${host.url}/gateway.git`;
  return {
    upstream,
    core,
    server,
    owner,
    url,
    add: () => addSource(core, commandLine, { url, filters: ["acme/"] }),
    async hintsAfterSync(id: string): Promise<Hint[]> {
      await upstream.write();
      // The server's own scheduler may be at it.
      await expect.poll(() => syncSource(core.sync, id), { timeout: 20_000 }).not.toBe("busy");
      const row = await core.database.db.selectFrom("sources").select("hints").where("id", "=", id).executeTakeFirst();
      return JSON.parse(row?.hints ?? "null") as Hint[];
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Files = Record<string, string>;

/** What is committed and tagged, and what is remarked on it. */
const REPOSITORIES: [what: string, files: Files, codes: string[], words: string][] = [
  ["a library", { ...json(LIBRARY), ".gitignore": "/vendor/\n/build/\n", "src/A.php": "<?php" }, [], ""],
  [
    "a WordPress plugin without a type",
    { ...json({ name: "acme/gateway" }), "gateway.php": "<?php\n/**\n * Plugin Name: Gateway\n */\n" },
    ["package.no_type"],
    '"type": "wordpress-plugin"',
  ],
  [
    "a WordPress theme without a type",
    { ...json({ name: "acme/gateway" }), "style.css": "/*\nTheme Name: Shop\n*/\n" },
    ["package.no_type"],
    '"type": "wordpress-theme"',
  ],
  [
    "a Magento module without a type",
    { ...json({ name: "acme/gateway" }), "registration.php": "<?php", "etc/module.xml": "<config/>" },
    ["package.no_type"],
    '"type": "magento2-module"',
  ],
  [
    "a Shopware plugin without a type",
    json({ name: "acme/gateway", extra: { "shopware-plugin-class": "Acme\\Gateway" } }),
    ["package.no_type"],
    '"type": "shopware-platform-plugin"',
  ],
  [
    "a PrestaShop module without a type",
    { ...json({ name: "acme/gateway" }), "gateway.php": "<?php\nclass Gateway extends PaymentModule {}\n" },
    ["package.no_type"],
    '"type": "prestashop-module"',
  ],
  [
    "a plugin whose type is said to be library",
    { ...json(LIBRARY), "gateway.php": "<?php\n/* Plugin Name: Gateway */" },
    [],
    "",
  ],
  [
    "a plugin whose assets are built and not committed",
    { ...json(LIBRARY), ".gitignore": "node_modules\n/assets/build/\n*.min.js\n", "package.json": "{}" },
    ["archive.ignored_output"],
    "/assets/build/, *.min.js are in .gitignore",
  ],
  [
    "a plugin that loads a vendor directory which is not committed",
    { ...json(LIBRARY), ".gitignore": "vendor\n", "gateway.php": "<?php require __DIR__ . '/vendor/autoload.php';" },
    ["archive.ignored_output"],
    "vendor is in .gitignore",
  ],
  [
    "a plugin whose built assets are in the tagged commit all the same",
    { ...json(LIBRARY), ".gitignore": "/build/\n", "package.json": "{}", "build/app.js": "1" },
    [],
    "",
  ],
  [
    "several packages in one repository",
    { ...json(LIBRARY), "src/Local/composer.json": "{}", "tests/fixtures/x/composer.json": "{}" },
    ["package.several_composer_json"],
    "1 more composer.json is not published: in src/Local",
  ],
  [
    "no composer.json",
    { "gateway.php": "<?php\n// Plugin Name: Gateway\n" },
    ["package.no_composer_json"],
    '"name": "acme/gateway"',
  ],
];

describe.each(testEngines)("hints at a source on %s", (engine) => {
  // Each of these is installed without an error and does not work, or is found by nobody.
  test.each(REPOSITORIES)("of %s", async (_what, files, codes, words) => {
    await using bench = await setUp(engine);
    bench.upstream.commit(files);
    bench.upstream.tag("1.0.0");
    const source = await bench.add();
    const hints = await bench.hintsAfterSync(source.id);
    // Whoever tests the source first is told the same.
    const probed = await bench.server.api("POST", "/api/sources/probe", bench.owner, { source_id: source.id });
    expect((probed.json() as { hints: Hint[] }).hints).toEqual(hints);
    expect(hints.map(({ code }) => code)).toEqual(codes);
    expect(hints.flatMap((hint) => [hint.message, hint.what_to_do, hint.example]).join("\n")).toContain(words);
  });

  // Composer asks us for it and gets 404: whoever buys this finds out at the first install.
  test("tell of a requirement that no source gives, until one does or it is said to be elsewhere", async () => {
    await using bench = await setUp(engine);
    const { server, core, upstream } = bench;
    const needs = { "acme/core": "^1.0", "acme/shared": "*", "psr/log": "*", php: "*", "acme/own": "*" };
    upstream.commit(json({ ...LIBRARY, require: needs, replace: { "acme/own": "self.version" } }));
    upstream.tag("1.0.0");
    const source = await bench.add();
    const [hint, ...others] = await bench.hintsAfterSync(source.id);
    expect(others).toEqual([]);
    expect(hint).toMatchObject({ code: "package.missing_requirement" });
    expect(hint?.message).toContain("acme/gateway requires acme/core, acme/shared, which no source here gives");
    const scopes = ["sources:read", "sources:write", "packages:read", "tokens:read", "tokens:write"] as const;
    const owner = await server.createManagementToken({ scopes: [...scopes, "settings:write"] });
    const page = await server.api("GET", "/api/packages/acme/gateway", owner);
    expect(page.json()).toMatchObject({ hints: [hint] });
    const sale = { description: "A sale", allowed_package_prefixes: ["acme/gateway"] };
    const sold = await server.api("POST", "/api/tokens", owner, sale);
    const { id, warnings } = sold.json() as { id: string; warnings: string[] };
    expect(warnings.join()).toContain("acme/gateway requires acme/core, which no source here gives");
    const explain = `/api/access/explain?token_id=${id}&package=acme/gateway`;
    const missing = async (by = owner) =>
      ((await server.api("GET", explain, by)).json() as Record<string, unknown>)["missing_dependencies"];
    expect(await missing()).toEqual(["acme/core", "acme/shared"]);
    // Whoever is kept to one package learns of no other, nor that it is not hosted.
    const bounded = await server.createManagementToken({ scopes: [...scopes], prefixes: ["acme/gateway"] });
    expect((await server.api("GET", "/api/packages/acme/gateway", bounded)).json()).toMatchObject({ hints: [] });
    expect(await missing(bounded)).toEqual([]);
    await hostPackage(core.database, "acme/core", ["1.0.0"]);
    await server.api("PATCH", "/api/settings", owner, { public_packages: ["acme/shared"] });
    expect(await missing()).toEqual([]);
    // Nothing moved here, and still it is seen.
    expect(await bench.hintsAfterSync(source.id)).toEqual([]);
    const again = await server.api("POST", "/api/tokens", owner, sale);
    expect((again.json() as { warnings?: string[] }).warnings?.join() ?? "").not.toContain("which no source here");
  });

  test("are gone with their cause, and are in the API meanwhile", async () => {
    await using bench = await setUp(engine);
    bench.upstream.commit(json(LIBRARY));
    const source = await bench.add();
    const [hint] = await bench.hintsAfterSync(source.id);
    expect(hint).toMatchObject({
      code: "package.no_stable_version",
      what_to_do: expect.stringContaining("composer require acme/gateway:dev-main") as unknown,
    });
    // Nothing moved: they stay, and are not looked for again.
    expect(await bench.hintsAfterSync(source.id)).toEqual([hint]);
    const listed = await bench.server.api("GET", "/api/sources", bench.owner);
    expect(listed.json()).toMatchObject([{ id: source.id, hints: [hint] }]);
    const one = await bench.server.api("GET", `/api/sources/${source.id}`, bench.owner);
    expect(one.json()).toMatchObject({ hints: [hint] });
    bench.upstream.tag("1.0.0");
    expect(await bench.hintsAfterSync(source.id)).toEqual([]);
  });
});
