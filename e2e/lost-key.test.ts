import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { createTestDatabase, testEngines } from "../src/testing/database.ts";
import type { TestEngine } from "../src/testing/database.ts";
import { startBroker } from "./support/broker-process.ts";
import { openBrowser, openContext } from "./support/browser.ts";
import type { View } from "./support/browser.ts";
import { createComposerProject } from "./support/composer-client.ts";
import { buildDashboard, logInAt, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";
import { eventually, setUpVendor } from "./support/vendor-shop.ts";

const OTHER_KEY = Buffer.alloc(32, 5).toString("base64");

async function setUp(engine: TestEngine) {
  await using cleanUp = new AsyncDisposableStack();
  const { location } = cleanUp.use(await createTestDatabase(engine));
  const environment = "databaseUrl" in location ? { DATABASE_URL: location.databaseUrl } : undefined;
  const vendor = cleanUp.use(await setUpVendor(environment));
  const keyFile = path.join(vendor.broker.dataDir, "encryption.key");
  const key = await readFile(keyFile, "utf8");
  const owned = cleanUp.move();
  return { ...vendor, keyFile, key, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const sale = { description: "Order 1", allowed_package_prefixes: ["acme/"] };

test.each(testEngines)(
  "a key that is lost ends the server with 2 and what to do; without it customers go on installing, on %s",
  { timeout: 300_000 },
  async (engine) => {
    await using vendor = await setUp(engine);
    const { broker, keyFile, key, managementToken } = vendor;
    const sell = () => broker.api("POST", "/api/tokens", managementToken, sale);
    const { token } = (await sell()).body as { token: string };
    await broker.stop();

    await rm(keyFile);
    const missing = await broker.cli(["serve"]);
    expect([missing.exitCode, missing.stdout]).toEqual([2, ""]);
    expect(missing.stderr).toMatch(
      /^error: the encryption key of this database \([0-9a-f]{8}\) is missing: bring .*encryption\.key back .*`serve --without-key`.*`audit acknowledge --yes`.*\n$/,
    );
    await writeFile(keyFile, OTHER_KEY);
    for (const command of [["serve"], ["token", "list"], ["audit", "verify"], ["key", "rotate"]]) {
      const wrong = await broker.cli(command);
      expect([wrong.exitCode, wrong.stdout], command.join(" ")).toEqual([2, ""]);
      expect(wrong.stderr).toMatch(
        /^error: .*encryption\.key holds another encryption key \([0-9a-f]{8}\) than the one .* \([0-9a-f]{8}\): bring .*\n$/,
      );
    }

    await broker.start("--without-key");
    // One is for people, the other a line of the log: they come by two pipes.
    for (const line of [
      "warning: without the encryption key composer is answered",
      "this server runs without the encryption key",
    ]) {
      await eventually(() => Promise.resolve(broker.log().includes(line)));
    }
    await using project = await createComposerProject({ repositoryUrl: broker.url, timeoutMs: 120_000 });
    await project.configureFromEmail(token);
    const required = await project.run(["require", "acme/core:1.0.1"]);
    expect(required.output).toContain("acme/core");
    expect(required.exitCode).toBe(0);
    expect(await project.lockedVersions()).toEqual({ "acme/core": "v1.0.1" });
    expect((await broker.api("GET", "/api/tokens", managementToken)).status).toBe(200);
    expect(await sell()).toMatchObject({ status: 503, body: { code: "server.without_key" } });
    expect(await broker.stop()).toBe(0);

    await writeFile(keyFile, key);
    const needless = await broker.cli(["serve", "--without-key"]);
    expect([needless.exitCode, needless.stderr]).toEqual([2, expect.stringContaining("is here") as string]);
    await broker.start();
    expect((await sell()).status).toBe(201);
    // Nothing was written meanwhile that is not signed.
    expect(await broker.cli(["audit", "verify"])).toMatchObject({ exitCode: 0 });
    await broker.stop();

    // Lost for good.
    await writeFile(keyFile, OTHER_KEY);
    const lost = await broker.cli(["serve"]);
    expect(lost.exitCode).toBe(2);
    const acknowledged = await broker.cli(["audit", "acknowledge", "--yes"]);
    expect([acknowledged.exitCode, acknowledged.stderr]).toEqual([0, expect.stringContaining("Recorded") as string]);
    const [, id = ""] = /was written with \(([0-9a-f]{8})\)/.exec(lost.stderr) ?? [];
    expect((await broker.cli(["key", "forget", id, "--yes"])).exitCode).toBe(0);
    await broker.start();
    expect((await sell()).status).toBe(201);
    const verified = await broker.cli(["audit", "verify"]);
    expect([verified.exitCode, verified.stderr]).toEqual([0, expect.not.stringContaining("error:") as string]);
  },
);

const DESK: View = { theme: "light", width: 1440 };

test(
  "the dashboard says so on every page and at the log-in, and shows what is stored",
  { timeout: 180_000 },
  async () => {
    await buildDashboard();
    await using broker = await startBroker();
    const browser = await openBrowser();
    try {
      const owner = await makeUser(broker, "owner");
      const known = await openLoggedIn(browser, DESK, broker, owner);
      await broker.stop();
      await rm(path.join(broker.dataDir, "encryption.key"));
      await broker.start("--without-key");

      const { page } = await openPage(known);
      for (const address of ["/", "/sources", "/settings/users"]) {
        await page.goto(broker.url + address);
        await page.getByText("This server runs without its encryption key.").waitFor();
      }
      await page.getByText(owner).first().waitFor();

      const { page: stranger } = await openPage(await openContext(browser, DESK, broker.url));
      await stranger.goto(`${broker.url}/login`);
      await stranger.getByText("This server runs without its encryption key.").waitFor();
      await logInAt(stranger, owner);
      await stranger.getByText("needs the encryption key, and this server was started without it").waitFor();
    } finally {
      await browser.close();
    }
  },
);
