import { expect, test } from "vitest";
import { createComposerProject } from "./support/composer-client.ts";
import { setUpVendor } from "./support/vendor-shop.ts";

interface TokenUsage {
  usage: {
    downloads_total: number;
    networks: { today: number };
    ci_networks: { today: number };
  };
}

test("what real composer did is what is reported: downloads, installs from its cache, and whether a build did it", async () => {
  await using setUp = await setUpVendor();
  const { broker } = setUp;
  const scopes = "tokens:write,tokens:read,usage:read";
  const shop = await broker.cliOrFail(["management-token", "create", "--name", "usage", "--scopes", scopes]);
  const sale = { description: "A sale", metadata: { customer_id: "42" } };
  const { id, token } = (await broker.api("POST", "/api/tokens", shop, sale)).body as { id: string; token: string };
  const usageOf = async () => ((await broker.api("GET", `/api/tokens/${id}`, shop)).body as TokenUsage).usage;
  const sumsOf = async (query: string) => {
    const rows = (await broker.api("GET", `/api/usage?${query}`, shop)).body as {
      downloads: number;
      installs: number;
    }[];
    const of = (name: "downloads" | "installs") => rows.reduce((sum, row) => sum + row[name], 0);
    return [of("downloads"), of("installs")];
  };
  await using build = await createComposerProject({ repositoryUrl: broker.url, isCi: true });
  await build.configureFromEmail(token);
  const required = await build.run(["require", "acme/core:^1.0"]);
  expect(required.exitCode, required.output).toBe(0);
  expect(await usageOf()).toMatchObject({ downloads_total: 1, networks: { today: 1 }, ci_networks: { today: 1 } });
  for (const grouping of ["day", "token", "customer", "package", "version"]) {
    expect(await sumsOf(`group_by=${grouping}`), grouping).toEqual([1, 1]);
  }
  // From composer's own cache: an install, and no download.
  await build.removeVendor();
  expect((await build.run(["install"])).exitCode).toBe(0);
  expect(await sumsOf("customer_id=42&package=acme/core")).toEqual([1, 2]);
  await using desk = await createComposerProject({ repositoryUrl: broker.url });
  await desk.configureFromEmail(token);
  expect((await desk.run(["require", "acme/core:^1.0"])).exitCode).toBe(0);
  expect(await usageOf()).toMatchObject({ downloads_total: 2, networks: { today: 1 }, ci_networks: { today: 0 } });
}, 120_000);
