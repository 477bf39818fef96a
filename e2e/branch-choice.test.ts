import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createComposerProject } from "./support/composer-client.ts";
import type { ComposerProject } from "./support/composer-client.ts";
import { setUpVendor } from "./support/vendor-shop.ts";
import type { VendorSetUp } from "./support/vendor-shop.ts";

let setUp: VendorSetUp;
let core: string;
let feature: string;

beforeAll(async () => {
  setUp = await setUpVendor();
  core = setUp.sources.get("acme/core") ?? "";
  const { repository } = setUp.vendors.package("acme/core");
  feature = "feature/secret";
  repository.branch(feature);
  repository.commit({ "src/Secret.php": "<?php // for one customer\n" });
  repository.branch("main");
  await repository.write();
  await setUp.broker.cliOrFail(["source", "sync", core]);
});

afterAll(async () => {
  await setUp[Symbol.asyncDispose]();
});

/** What a shop's handler sends that knows nothing of versions. */
async function buy(managementToken: string, terms: object = {}): Promise<ComposerProject> {
  const sale = { description: "A sale", allowed_package_prefixes: ["acme/"], ...terms };
  const answer = await setUp.broker.api("POST", "/api/tokens", managementToken, sale);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  const project = await createComposerProject({ repositoryUrl: setUp.broker.url });
  await project.configureFromEmail((answer.body as { token: string }).token);
  return project;
}

const choose = async (...branches: string[]) => {
  const given = branches.flatMap((branch) => ["--branches", branch]);
  await setUp.broker.cliOrFail(["source", "update", core, ...given]);
  return (await setUp.broker.cli(["source", "sync", core])).stderr;
};

describe("a buyer, with composer,", () => {
  // What nobody meant to sell must not be one composer require away.
  test("gets the default branch and numbered ones of a source that was just added, and no feature branch", async () => {
    await using project = await buy(setUp.managementToken);
    const main = await project.run(["require", "acme/core:dev-main"]);
    expect(main.exitCode, main.output).toBe(0);
    const maintained = await project.run(["require", "acme/core:1.x-dev"]);
    expect(maintained.exitCode, maintained.output).toBe(0);
    const secret = await project.run(["require", `acme/core:dev-${feature}`]);
    expect(secret.exitCode).not.toBe(0);
    expect(await project.lockedVersions()).toEqual({ "acme/core": "1.x-dev" });
    const shown = await project.run(["show", "--all", "acme/core"]);
    expect(shown.output).toContain("dev-main");
    expect(shown.output).not.toContain(feature);
  });

  test("gets a feature branch once the source takes all, and keeps what was locked when it is left out again", async () => {
    await using project = await buy(setUp.managementToken);
    expect(await choose("all")).not.toContain("left out");
    const got = await project.run(["require", `acme/core:dev-${feature}`]);
    expect(got.exitCode, got.output).toBe(0);
    expect(await choose("HEAD", "1.*")).toContain("2 branches left out");
    await project.removeVendor();
    await project.clearCache();
    const built = await project.run(["install"]);
    expect(built.exitCode, built.output).toBe(0);
    const updated = await project.run(["update"]);
    expect(updated.exitCode).not.toBe(0);
    expect(await choose("default")).toContain("2 branches left out");
    const shown = await setUp.broker.cliOrFail(["source", "show", core]);
    expect(shown).toContain("the default branch and branches named by a number");
  });

  test("of a shop whose management token says stable gets stable versions, though its handler says nothing", async () => {
    const shop = await setUp.broker.cliOrFail([
      ...["management-token", "create", "--name", "stable", "--scopes", "tokens:write,tokens:read"],
      ...["--prefix", "acme/", "--stability", "stable"],
    ]);
    await using project = await buy(shop);
    const newest = await project.run(["require", "acme/core"]);
    expect(newest.exitCode, newest.output).toBe(0);
    for (const version of ["dev-main", "2.0.0-beta1"]) {
      const refused = await project.run(["require", `acme/core:${version}`]);
      expect(refused.exitCode, refused.output).not.toBe(0);
    }
    await using tester = await buy(shop, { stability: "dev" });
    const main = await tester.run(["require", "acme/core:dev-main"]);
    expect(main.exitCode, main.output).toBe(0);
  });
});
