import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { axeViolations, openBrowser, overflowsSideways } from "./support/browser.ts";
import { startBroker } from "./support/broker-process.ts";
import type { BrokerProcess } from "./support/broker-process.ts";
import { buildDashboard, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";
import { startGitHttpServer } from "./support/git-http-server.ts";
import type { GitHttpServer } from "./support/git-http-server.ts";
import { GitRepository } from "./support/git-repository.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import type { TemporaryDirectory } from "./support/temporary-directory.ts";

let directory: TemporaryDirectory;
let git: GitHttpServer;
let broker: BrokerProcess;
let browser: Browser;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("dashboard-branches");
  const repository = await GitRepository.create(path.join(directory.path, "core.git"));
  repository.commit({ "composer.json": JSON.stringify({ name: "acme/core", description: "The core" }) });
  for (let minor = 0; minor < 12; minor++) repository.tag(`1.${minor}.0`, { annotated: true });
  for (let index = 1; index <= 135; index++) repository.branch(`feature/${index}`);
  await repository.write();
  git = await startGitHttpServer({ root: directory.path });
  await buildDashboard();
  broker = await startBroker();
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser.close();
  await broker[Symbol.asyncDispose]();
  await git.close();
  await directory.remove();
});

/** Where somebody wants to look at the pages themselves. */
const shots = process.env["SCREENSHOTS_DIR"];

describe("the branches of a source, in the dashboard", () => {
  // The seller sees what a choice hands out before anybody can install it.
  test.each([1440, 390] as const)("are chosen by what each choice comes to, %i wide", async (width) => {
    const owner = await makeUser(broker, "owner", `owner${width}@example.com`);
    const context = await openLoggedIn(browser, { theme: "light", width }, broker, owner);
    const { page, problems } = await openPage(context);
    const look = async (name: string) => {
      if (shots !== undefined)
        await page.screenshot({ path: path.join(shots, `${name}-${width}.png`), fullPage: true });
      expect(await axeViolations(page)).toEqual([]);
      expect(await overflowsSideways(page)).toBe(false);
    };
    await page.goto("/sources/new");
    await page.getByLabel("URL of the git repository").fill(`${git.url}/core.git`);
    await page.getByRole("button", { name: "Test connection" }).click();
    await page.getByText("12 tags, 1 of 136 branches: dev-main").waitFor();
    await page.getByText("12 tags, none of 136 branches").waitFor();
    await page.getByText(/12 tags, all 136 branches: dev-.* and 133 more/).waitFor();
    await page.getByText("Published: 13 versions").waitFor();
    await look("wizard-default");
    await page.getByLabel("All branches").check();
    await page.getByText("Published: 148 versions").waitFor();
    await page.getByLabel("Chosen branches").check();
    await page.getByLabel("Names of branches").fill("HEAD feature/1*");
    await page.getByLabel("Names of branches").press("Enter");
    await page.getByText(/12 tags, 48 of 136 branches: dev-main, /).waitFor();
    await page.getByText("Published: 60 versions").waitFor();
    await look("wizard-chosen");
    await page.getByRole("button", { name: "Add source" }).click();
    await page.getByText("88 branches left out").waitFor();
    await page.getByText("HEAD, feature/1*").waitFor();
    await look("source-chosen");

    await page.getByRole("button", { name: "Edit" }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.getByLabel("Names of branches").inputValue()).toBe("HEAD feature/1*");
    await dialog.getByLabel("The default branch and numbered ones").check();
    await dialog.getByText("Whoever has them in composer.lock still gets them").waitFor();
    await dialog.getByRole("button", { name: "Test connection" }).click();
    await dialog.getByText("12 tags, 1 of 136 branches: dev-main").waitFor();
    await look("edit");
    await dialog.getByRole("button", { name: "Save source" }).click();
    await page.getByText("135 branches left out").waitFor();
    await look("source-default");
    expect(problems).toEqual([]);
    await page.getByRole("button", { name: "Remove" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /Remove/ })
      .click();
    await page.waitForURL("**/sources");
    await context.close();
  });

  test("and the stability of what a shop sells, are set without a call of the API", async () => {
    const owner = await makeUser(broker, "owner", "seller@example.com");
    const context = await openLoggedIn(browser, { theme: "light", width: 1440 }, broker, owner);
    const { page, problems } = await openPage(context);
    await page.goto("/settings/api-tokens");
    await page
      .getByRole("button", { name: /New|Create/ })
      .first()
      .click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("Web shop");
    await dialog.getByLabel("Versions that are sold").selectOption({ label: "Stable ones only" });
    if (shots !== undefined) await page.screenshot({ path: path.join(shots, "token.png"), fullPage: true });
    expect(await axeViolations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Create token" }).click();
    await page
      .getByText(/pbm_\w{36}/)
      .first()
      .waitFor();
    const answer = await context.request.get("/api/management-tokens");
    expect(await answer.json()).toMatchObject([{ name: "Web shop", stability: "stable" }]);
    expect(problems).toEqual([]);
    await context.close();
  });
});
