import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createComposerProject } from "./support/composer-client.ts";
import { expectedFiles } from "./support/file-hashes.ts";
import { type PhpShop, startPhpShop } from "./support/php-shop.ts";
import { runNodePurchase, specTokenRequest } from "./support/shop-handlers.ts";
import { type VendorSetUp, setUpVendor } from "./support/vendor-shop.ts";

interface ListedToken {
  id: string;
  description: string;
  expires_at: number | null;
  metadata: Record<string, unknown>;
  last_used_at: number | null;
}

let setUp: VendorSetUp;
let shop: PhpShop;

beforeAll(async () => {
  setUp = await setUpVendor();
  shop = await startPhpShop(shopSettings());
});

afterAll(async () => {
  await shop.stop();
  await setUp[Symbol.asyncDispose]();
});

const shopSettings = () => ({
  brokerUrl: setUp.broker.url,
  managementToken: setUp.managementToken,
  vendorPrefix: "acme/",
});

async function tokensOf(customerId: string | number): Promise<ListedToken[]> {
  const answer = await setUp.broker.api("GET", `/api/tokens?customer_id=${customerId}`, setUp.managementToken);
  expect(answer.status).toBe(200);
  return answer.body as ListedToken[];
}

async function lastMail() {
  const mail = (await shop.mails()).at(-1);
  if (mail === undefined) throw new Error(`The shop sent no mail: ${(await shop.errors()).join("\n")}`);
  return mail;
}

/** A customer who bought through the guide's PHP handler and followed its e-mail. */
async function buy(purchase: Record<string, unknown>) {
  await shop.purchase(purchase);
  const { token } = await lastMail();
  const project = await createComposerProject({ repositoryUrl: setUp.broker.url });
  await project.configureFromEmail(token);
  return { token, project };
}

describe("from a purchase to an installed package", () => {
  test("the guide's PHP handler and e-mail get the customer exactly what git would export", async () => {
    const { project } = await buy({ customer_id: 4711, customer_email: "ada@example.com", order_id: "1001" });
    await using _project = project;
    const required = await project.run(["require", "acme/checkout:^1.0"]);
    expect(required.output).not.toContain("Warning from");
    expect(required.exitCode).toBe(0);
    const lock = await project.lock();
    for (const locked of lock.packages) {
      const { repository } = setUp.vendors.package(locked.name);
      const reference = locked.dist?.reference ?? "";
      expect(locked.dist?.url).toBe(`${setUp.broker.url}/dist/${locked.name}/${reference}.zip`);
      expect(locked.source).toBeUndefined();
      expect(await project.installedFiles(locked.name)).toEqual(await expectedFiles(repository.directory, reference));
    }
    expect(lock.packages.map(({ name }) => name).sort()).toEqual(["acme/checkout", "acme/core"]);
    expect(await project.runPhp('require "vendor/autoload.php"; echo Acme\\Checkout\\Version::line();')).toMatch(
      /^acme\/checkout 1\.\d+\.\d+ on acme\/core 1\.\d+\.\d+$/,
    );
    const update = await project.run(["update"]);
    expect(update.output).toContain("Nothing to modify in lock file");
  });

  // CI machines start with empty caches and an old lock file.
  test("composer install from a lock file works with an empty cache", async () => {
    const { project } = await buy({ customer_id: "lock", customer_email: "lock@example.com", order_id: "1002" });
    await using _project = project;
    expect((await project.run(["require", "acme/checkout:^1.0"])).exitCode).toBe(0);
    const before = await project.installedFiles("acme/checkout");
    await project.removeVendor();
    await project.clearCache();
    const install = await project.run(["install"]);
    expect(install.exitCode).toBe(0);
    expect(await project.installedFiles("acme/checkout")).toEqual(before);
  });

  test("pre-releases, dev branches and their aliases resolve as Composer resolves them", async () => {
    const { project } = await buy({ customer_id: "dev", customer_email: "dev@example.com", order_id: "1003" });
    await using _project = project;
    const dev = await project.run(["require", "acme/core:dev-main"]);
    expect(dev.output).not.toContain("Warning from");
    expect(dev.exitCode).toBe(0);
    expect(await project.lockedVersions()).toEqual({ "acme/core": "dev-main" });
    const show = await project.run(["show", "--all", "acme/core"]);
    expect(show.output).toMatch(/versions : .*dev-main/);
    expect(show.output).toMatch(/(beta|RC|alpha)/);
  });

  test("the guide's Node handler buys as well", async () => {
    const purchase = { customerId: "cust_node", customerEmail: "node@example.com", orderId: "2001" };
    const run = await runNodePurchase(purchase, shopSettings());
    expect(run.error).toBeUndefined();
    const [token] = await tokensOf("cust_node");
    expect(token).toMatchObject({
      description: "Customer: node@example.com (Order: 2001)",
      metadata: { customer_id: "cust_node", customer_email: "node@example.com", order_id: "2001" },
    });
    await using project = await createComposerProject({ repositoryUrl: setUp.broker.url });
    await project.configureFromEmail(run.mails[0]?.token ?? "");
    expect((await project.run(["require", "acme/theme"])).exitCode).toBe(0);
  });

  test("the guide's own JSON request is answered 201 with the guide's fields", async () => {
    const request = JSON.parse(await specTokenRequest("acme/")) as unknown;
    const answer = await setUp.broker.api("POST", "/api/tokens", setUp.managementToken, request);
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.body as object).slice(0, 6)).toEqual([
      ...["id", "token", "description", "permissions", "expires_at", "created_at"],
    ]);
  });

  // The PHP handler sends null for what the shop did not say; a sale must not fail for it.
  test("a purchase without order and e-mail still gets a token", async () => {
    const before = (await shop.mails()).length;
    await shop.purchase({ customer_id: 77 });
    expect((await shop.mails()).length).toBe(before + 1);
    const [token] = await tokensOf(77);
    expect(token?.metadata).toEqual({ customer_id: 77 });
  });
});

describe("cancellation by the guide's revoke script", () => {
  test("takes all tokens of that customer and nobody else's", async () => {
    const first = await buy({ customer_id: 500, customer_email: "twice@example.com", order_id: "3001" });
    await using _first = first.project;
    const second = await buy({ customer_id: 500, customer_email: "twice@example.com", order_id: "3002" });
    await using _second = second.project;
    const other = await buy({ customer_id: 5000, customer_email: "other@example.com", order_id: "3003" });
    await using _other = other.project;
    expect((await first.project.run(["require", "acme/core:^1.0"])).exitCode).toBe(0);
    expect(await tokensOf(500)).toHaveLength(2);
    await shop.revoke(500);
    expect(await tokensOf(500)).toEqual([]);
    expect(await tokensOf(5000)).toHaveLength(1);
    for (const project of [first.project, second.project]) {
      const refused = await project.run(["require", "acme/theme"]);
      expect(refused.exitCode).not.toBe(0);
      expect(refused.output).toMatch(/Your token \(….{4}\) was revoked: ask the vendor for a new one\./);
    }
    expect((await other.project.run(["require", "acme/core:^1.0"])).exitCode).toBe(0);
  });

  // `?customer_id=` must list nobody: the script deletes whatever it is shown.
  test("without a customer id it revokes nothing", async () => {
    const before = await setUp.broker.api("GET", "/api/tokens", setUp.managementToken);
    await shop.revoke("");
    const after = await setUp.broker.api("GET", "/api/tokens", setUp.managementToken);
    expect((after.body as ListedToken[]).map(({ id }) => id)).toEqual(
      (before.body as ListedToken[]).map(({ id }) => id),
    );
  });
});

describe("what the operator finds afterwards", () => {
  test("the audit log names every purchase and revocation with its management token, and holds no person", async () => {
    const records = JSON.parse(await setUp.broker.cliOrFail(["audit", "list", "--limit", "200", "--json"])) as {
      action: string;
      actor: { kind: string; id: string | null };
      details: unknown;
    }[];
    const actions = records.map(({ action }) => action);
    expect(actions.filter((action) => action === "token.created").length).toBeGreaterThan(5);
    expect(actions).toContain("token.revoked");
    for (const record of records.filter(({ action }) => action.startsWith("token."))) {
      expect(record.actor.kind).toBe("management_token");
      expect(JSON.stringify(record.details)).not.toContain("example.com");
    }
    expect(records.find(({ action }) => action === "management_token.created")?.actor).toMatchObject({
      kind: "cli",
      id: null,
    });
  });

  test("usage is counted and the token says when it was last used", async () => {
    const { project } = await buy({ customer_id: "usage", customer_email: "u@example.com", order_id: "4001" });
    await using _project = project;
    expect((await project.run(["require", "acme/core:^1.0"])).exitCode).toBe(0);
    const [token] = await tokensOf("usage");
    expect(token?.last_used_at).toBeGreaterThan(1_700_000_000);
    const one = await setUp.broker.api("GET", `/api/tokens/${token?.id ?? ""}`, setUp.managementToken);
    expect(one.body).toMatchObject({ usage: { downloads_total: 1, rate_limit_remaining: null } });
  });

  // A secret in a log file is a leak nobody notices.
  test("no secret is in the server's log, the database or the data directory's git configuration", async () => {
    const log = setUp.broker.log();
    expect(log).not.toContain("correct horse");
    for (const { token } of await shop.mails()) expect(log).not.toContain(token);
    const database = await readFile(`${setUp.broker.dataDir}/package-broker.db`, "latin1");
    const journal = await readFile(`${setUp.broker.dataDir}/package-broker.db-wal`, "latin1");
    for (const { token } of await shop.mails()) expect(database + journal).not.toContain(token);
    expect(database + journal).not.toContain("correct horse");
    for (const id of setUp.sources.values()) {
      expect(await readFile(`${setUp.broker.dataDir}/mirrors/${id}.git/config`, "utf8")).not.toContain("correct");
    }
  });
});
