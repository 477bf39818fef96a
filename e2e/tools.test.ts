import { readFileSync } from "node:fs";
import { access, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createComposerProject } from "./support/composer-client.ts";
import type { ComposerProject } from "./support/composer-client.ts";
import { GitRepository } from "./support/git-repository.ts";
import { setUpVendor } from "./support/vendor-shop.ts";
import type { VendorSetUp } from "./support/vendor-shop.ts";

const PAGE = readFileSync(new URL("../docs/reference/tools.md", import.meta.url), "utf8");

interface Block {
  heading: string;
  language: string;
  code: string;
}

function blocksOf(page: string): Block[] {
  return page.split(/^## /mu).flatMap((section) => {
    const heading = section.split("\n", 1)[0] ?? "";
    const blocks = section.matchAll(/^```(\w+)\n(.*?)^```$/gmsu);
    return [...blocks].map(([, language = "", code = ""]) => ({ heading, language, code }));
  });
}

const BLOCKS = blocksOf(PAGE);
const ran = new Set<string>();

/** The blocks of a section in one language, as they stand. */
function blocks(heading: string, language: string): string[] {
  const found = BLOCKS.filter((block) => block.heading === heading && block.language === language);
  expect(found.length, `docs/reference/tools.md has ${language} below "${heading}"`).toBeGreaterThan(0);
  return found.map(({ code }) => code);
}

let setUp: VendorSetUp;
let shop: string;
let token: string;
let project: ComposerProject;

beforeAll(async () => {
  setUp = await setUpVendor();
  const create = ["management-token", "create", "--name", "all", "--scopes", "tokens:write,tokens:read"];
  shop = await setUp.broker.cliOrFail(create);
  const starter = await GitRepository.create(`${setUp.vendors.root}/acme/starter.git`);
  const manifest = { name: "acme/starter", type: "project", require: { "acme/core": "^1.0" } };
  starter.commit({ "composer.json": JSON.stringify(manifest), "index.php": "<?php\n" });
  starter.tag("1.0.0");
  await starter.write();
  const url = `${setUp.git.url}/acme/starter.git`;
  const add = ["source", "add", "--url", url, "--username", "ci", "--password-stdin"];
  const source = await setUp.broker.cliOrFail(add, setUp.git.credentials?.password ?? "");
  await setUp.broker.cliOrFail(["source", "sync", source]);
  token = (await sell()).token;
}, 120_000);

afterAll(async () => {
  await setUp[Symbol.asyncDispose]();
});

afterEach(async () => {
  await project.remove();
});

async function sell(more: Record<string, unknown> = {}): Promise<{ id: string; token: string }> {
  const body = { description: "sale", allowed_package_prefixes: ["acme/"], ...more };
  const answer = await setUp.broker.api("POST", "/api/tokens", shop, body);
  expect(answer.status).toBe(201);
  return answer.body as { id: string; token: string };
}

/** A project on a machine of its own, with our repository and a lock file, and no credential. */
async function lockedProject(): Promise<ComposerProject> {
  project = await createComposerProject({ repositoryUrl: setUp.broker.url });
  await project.configureHome();
  await project.updateManifest({
    repositories: [{ type: "composer", url: setUp.broker.url }],
    require: { "acme/core": "^1.0" },
  });
  const locked = await project.runShell("composer update --no-install", {
    COMPOSER_AUTH: JSON.stringify({ bearer: { [project.host]: token } }),
  });
  expect(locked.exitCode, locked.output).toBe(0);
  await project.clearCache();
  return project;
}

/** A block with this server and token in the place of the examples. */
async function paste(block: string, variables: Record<string, string> = {}) {
  ran.add(block);
  const lines = block
    .replaceAll("https://packages.example.com", setUp.broker.url)
    .replaceAll("packages.example.com", project.host)
    .replaceAll("pbt_THE_TOKEN", token);
  return await project.runShell(lines, variables);
}

async function isInstalled(name: string, directory = project.directory): Promise<boolean> {
  return await access(path.join(directory, "vendor", name)).then(
    () => true,
    () => false,
  );
}

describe("docs/reference/tools.md, by the real composer", () => {
  test("a token in the home, and in COMPOSER_AUTH as Basic and as Bearer, with a line break behind it", async () => {
    const [global = "", ...environments] = blocks("Where composer finds the token", "sh");
    expect(environments).toHaveLength(2);
    await lockedProject();
    expect((await project.run(["install"])).output).toContain("needs your token");
    for (const environment of environments) {
      await project.removeVendor();
      await project.clearCache();
      const installed = await paste(environment);
      expect([installed.exitCode, await isInstalled("acme/core")], installed.output).toEqual([0, true]);
    }
    await project.removeVendor();
    await project.clearCache();
    const COMPOSER_AUTH = `${JSON.stringify({ bearer: { [project.host]: token } })}\n`;
    expect((await project.runShell("composer install", { COMPOSER_AUTH })).exitCode).toBe(0);
    await project.removeVendor();
    await project.clearCache();
    expect((await paste(global)).exitCode).toBe(0);
    expect((await project.run(["install"])).exitCode).toBe(0);
    expect(await isInstalled("acme/core")).toBe(true);
  });

  test("a build whose secret has a line break behind it installs, and one whose COMPOSER_AUTH has it inside is told", async () => {
    const [lines = ""] = blocks("Continuous integration", "sh");
    const [workflow = ""] = blocks("Continuous integration", "yaml");
    // The same lines, indented.
    expect(workflow.replaceAll(/^ {4}/gmu, "")).toContain(lines);
    for (const secret of [token, `${token}\n`, ` ${token}\r\n`]) {
      await lockedProject();
      const built = await paste(lines, { PACKAGES_TOKEN: secret });
      expect([built.exitCode, await isInstalled("acme/core")], built.output).toEqual([0, true]);
      const { output } = await project.runShell("composer install || true", {
        COMPOSER_AUTH: `{"http-basic":{"${project.host}":{"username":"token","password":"${token}\n"}}}`,
      });
      // Composer 2.2 goes on without it, later ones end.
      expect(output).toContain("malformed");
      await project.remove();
    }
  });

  test("auth.json beside composer.json, for a container that shares the project", async () => {
    const [lines = ""] = blocks("Containers: ddev, lando, docker", "sh");
    await lockedProject();
    const set = await paste(lines);
    expect(set.exitCode, set.output).toBe(0);
    expect(await readFile(path.join(project.directory, ".gitignore"), "utf8")).toContain("auth.json");
    // Another home, as in the container.
    const inside = { COMPOSER_HOME: path.join(project.home, "inside") };
    const settings = { config: { "secure-http": false }, repositories: { "packagist.org": false } };
    await project.runShell(`mkdir -p "$COMPOSER_HOME"`, inside);
    await writeFile(path.join(inside.COMPOSER_HOME, "config.json"), JSON.stringify(settings));
    const installed = await project.runShell("composer install", inside);
    expect([installed.exitCode, await isInstalled("acme/core")], installed.output).toEqual([0, true]);
  });

  test("create-project with what it requires of ours, which fails without the repository in the project", async () => {
    const [lines = ""] = blocks("create-project", "sh");
    const [global = ""] = blocks("Where composer finds the token", "sh");
    project = await createComposerProject({ repositoryUrl: setUp.broker.url });
    await project.configureHome();
    expect((await paste(global)).exitCode).toBe(0);
    const alone = await project.runShell(`composer create-project --repository=${setUp.broker.url} acme/starter alone`);
    expect(alone.exitCode).not.toBe(0);
    expect(alone.output).toContain("acme/core");
    const made = await paste(lines);
    expect(made.exitCode, made.output).toBe(0);
    const shopDirectory = path.join(project.directory, "shop");
    expect(await isInstalled("acme/core", shopDirectory)).toBe(true);
    const manifest = await readFile(path.join(shopDirectory, "composer.json"), "utf8");
    const { repositories } = JSON.parse(manifest) as { repositories: object };
    // By name until Composer 2.8, a list since.
    expect(Object.values(repositories)).toMatchObject([{ type: "composer", url: setUp.broker.url }]);
  });

  test("Magento: ours comes before the repository that is there, with a key of its own", async () => {
    const [lines = ""] = blocks("Magento", "sh");
    for (const before of [
      [{ type: "composer", url: "https://repo.magento.com/" }],
      { magento: { type: "composer", url: "https://repo.magento.com/" } },
    ]) {
      project = await createComposerProject({ repositoryUrl: setUp.broker.url });
      await project.updateManifest({ repositories: before });
      const http = { "repo.magento.com": { username: "public", password: "private" } };
      await writeFile(path.join(project.directory, "auth.json"), JSON.stringify({ "http-basic": http }));
      const set = await paste(lines);
      expect(set.exitCode, set.output).toBe(0);
      const manifest = await readFile(path.join(project.directory, "composer.json"), "utf8");
      // Read as text: JavaScript would put a key "0" first.
      const urls = [...manifest.matchAll(/"url": "([^"]+)"/gu)].map(([, url]) => url);
      expect(urls).toEqual([setUp.broker.url, "https://repo.magento.com/"]);
      const auth = JSON.parse(await readFile(path.join(project.directory, "auth.json"), "utf8")) as object;
      const keys = { ...http, [project.host]: { username: "token", password: token } };
      expect(auth).toEqual({ "http-basic": keys });
      await project.remove();
    }
  });
});

describe("docs/reference/tools.md, by the requests of tools that were not run", () => {
  const ask = async (pathname: string, secret: string, userAgent: string, scheme: "Basic" | "Bearer" = "Basic") => {
    const credential = scheme === "Basic" ? Buffer.from(`token:${secret}`).toString("base64") : secret;
    return await fetch(setUp.broker.url + pathname, {
      headers: { authorization: `${scheme} ${credential}`, "user-agent": userAgent },
    });
  };

  // Its schema: `packages` is read, `metadata-url` is followed, a name that `available-packages` lacks is not asked for.
  test("Renovate's, which read versions, no source, and an empty list where access has ended", async () => {
    const [rules = ""] = blocks("Renovate", "json");
    const { hostRules } = JSON.parse(rules) as { hostRules: Record<string, string>[] };
    expect(hostRules[0]).toMatchObject({ hostType: "packagist", username: "token", password: "pbt_THE_TOKEN" });
    const sold = await sell({ allowed_package_prefixes: ["acme/checkout", "acme/theme"] });
    const patched = await setUp.broker.api("PATCH", `/api/tokens/${sold.id}`, shop, {
      allowed_package_prefixes: ["acme/checkout"],
    });
    expect(patched.status).toBe(200);
    for (const scheme of ["Basic", "Bearer"] as const) {
      const read = async (pathname: string) =>
        (await (
          await ask(pathname, sold.token, "RenovateBot/41.0.0 (https://github.com/renovatebot/renovate)", scheme)
        ).json()) as {
          "metadata-url": string;
          "available-packages": string[];
          packages: Record<string, { version: string; time: string; source?: unknown }[]>;
          warning?: string;
        };
      const root = await read("/packages.json");
      expect(root).toMatchObject({
        packages: [],
        "metadata-url": expect.stringContaining("/p2/%package%.json") as string,
      });
      expect(root["available-packages"]).toEqual(["acme/checkout", "acme/theme"]);
      const releases = (await read("/p2/acme/checkout.json")).packages["acme/checkout"] ?? [];
      expect(releases.map(({ version }) => version)).toContain("1.2.0");
      for (const release of releases) expect(release).not.toHaveProperty("source");
      expect(releases[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT/u);
      expect(await read("/p2/acme/checkout~dev.json")).toHaveProperty("packages");
      const ended = await read("/p2/acme/theme.json");
      expect(ended.packages).toEqual({ "acme/theme": [] });
      expect(ended.warning).toContain("your access ended on");
    }
    expect((await ask("/packages.json", "wrong", "RenovateBot/41.0.0")).status).toBe(401);
  });

  test("Dependabot's registry, and a proxy's spelling of ~dev and length of an archive", async () => {
    const [configuration = ""] = blocks("Dependabot", "yaml");
    expect(configuration).toContain("type: composer-repository");
    const root = await ask("/packages.json", token, "dependabot-core/0.300.0");
    expect(await root.json()).toHaveProperty("packages", []);
    const [one, other] = [
      await ask("/p2/acme/core~dev.json", token, "Nexus/3.70.0"),
      await ask("/p2/acme/core%7Edev.json", token, "Nexus/3.70.0"),
    ];
    expect([one.status, await other.text()]).toEqual([200, await one.text()]);
    const listed = (await (await ask("/p2/acme/core.json", token, "Nexus/3.70.0")).json()) as {
      packages: Record<string, { dist: { url: string } }[]>;
    };
    const archive = await ask(
      new URL(listed.packages["acme/core"]?.[0]?.dist.url ?? "").pathname,
      token,
      "Nexus/3.70.0",
    );
    expect(Number(archive.headers.get("content-length"))).toBe((await archive.arrayBuffer()).byteLength);
    expect(archive.headers.get("cache-control")).toContain("private");
  });
});

// A line that is added to the page is run, or this fails.
test("every line of composer in docs/reference/tools.md was run", () => {
  const lines = BLOCKS.filter(({ language }) => language === "sh").map(({ code }) => code);
  expect(lines.filter((code) => !ran.has(code))).toEqual([]);
});
