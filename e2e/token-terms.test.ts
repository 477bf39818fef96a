import { afterAll, beforeAll, expect, test } from "vitest";
import { createComposerProject } from "./support/composer-client.ts";
import type { ComposerProject } from "./support/composer-client.ts";
import { setUpVendor } from "./support/vendor-shop.ts";
import type { VendorSetUp } from "./support/vendor-shop.ts";

const DAY = 86_400;
let setUp: VendorSetUp;
let shop: string;

beforeAll(async () => {
  setUp = await setUpVendor();
  const scopes = "tokens:write,tokens:read,packages:read";
  shop = await setUp.broker.cliOrFail(["management-token", "create", "--name", "terms", "--scopes", scopes]);
});

afterAll(async () => {
  await setUp[Symbol.asyncDispose]();
});

const now = () => Math.floor(Date.now() / 1000);

async function call<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T> {
  const answer = await setUp.broker.api(method, path, shop, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body as T;
}

/** A token as the spec's handler makes it, and a project set up as the e-mail says. */
async function buy(terms: Record<string, unknown>): Promise<{ id: string; token: string; project: ComposerProject }> {
  const sale = { description: "A sale", allowed_package_prefixes: ["acme/"], ...terms };
  const { id, token } = await call<{ id: string; token: string }>("POST", "/api/tokens", sale);
  const project = await createComposerProject({ repositoryUrl: setUp.broker.url });
  await project.configureFromEmail(token);
  return { id, token, project };
}

test("a plain token with updates_until installs what was paid for for ever, from a lock file too", async () => {
  const { versions } = await call<{ versions: { version: string; released_at: number }[] }>(
    "GET",
    "/api/packages/acme/core",
  );
  const releasedAt = (name: string) => versions.find(({ version }) => version.replace(/^v/, "") === name)?.released_at;
  const { id, project } = await buy({ updates_until: releasedAt("1.1.0") });
  await using _project = project;
  const first = await project.run(["require", "acme/core:^1.0"]);
  expect(first.exitCode, first.output).toBe(0);
  expect(await project.lockedVersions()).toEqual({ "acme/core": "v1.1.0" });
  // A build server: no vendor directory, no cache, long after the updates ended.
  await project.removeVendor();
  await project.clearCache();
  const built = await project.run(["install"]);
  expect(built.exitCode, built.output).toBe(0);
  const updated = await project.run(["update"]);
  expect(updated.exitCode, updated.output).toBe(0);
  expect(updated.output).toContain("acme/core: your updates include versions released until");
  await call("POST", `/api/tokens/${id}/renew`, { by: "P100Y", renewal_id: "order-2" });
  const renewed = await project.run(["update"]);
  expect(renewed.exitCode, renewed.output).toBe(0);
  expect(await project.lockedVersions()).toEqual({ "acme/core": "v1.2.0" });
});

test("in its days of grace composer installs on, and prints one line with the date on every run", async () => {
  const end = now() - DAY;
  const { id, token, project } = await buy({ expires_at: end, grace_days: 14 });
  await using _project = project;
  const until = new Date((end + 14 * DAY) * 1000).toISOString().slice(0, 10);
  const line = `Your token (…${token.slice(-4)}) ended on`;
  for (const args of [["require", "acme/core:^1.0"], ["update"], ["update"]]) {
    const { exitCode, output } = await project.run(args);
    expect(exitCode, output).toBe(0);
    expect(output.split(line)).toHaveLength(2);
    expect(output).toContain(`and goes on until ${until}`);
  }
  // The end that was told, with other days: over.
  await call("PATCH", `/api/tokens/${id}`, { grace_days: 0 });
  const ended = await project.run(["update"]);
  expect(ended.output).toContain(`Your token (…${token.slice(-4)}) expired on`);
  await call("PATCH", `/api/tokens/${id}`, { grace_days: 14 });
  expect((await project.run(["update"])).output).toContain(line);
  await call("DELETE", `/api/tokens/${id}`);
  await project.clearCache();
  const revoked = await project.run(["update"]);
  expect(revoked.exitCode).not.toBe(0);
  expect(revoked.output).toContain("was revoked");
});
