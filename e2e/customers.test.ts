import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ComposerProject, type ComposerResult, createComposerProject } from "./support/composer-client.ts";
import { type VendorSetUp, setUpVendor } from "./support/vendor-shop.ts";

let setUp: VendorSetUp;
let shop: string;

beforeAll(async () => {
  setUp = await setUpVendor();
  const scopes = "tokens:write,tokens:read,grants:write,customers:write";
  shop = await setUp.broker.cliOrFail(["management-token", "create", "--name", "support", "--scopes", scopes]);
});

afterAll(async () => {
  await setUp[Symbol.asyncDispose]();
});

async function call<T>(method: "POST" | "PUT", path: string, body: unknown = {}): Promise<T> {
  const answer = await setUp.broker.api(method, path, shop, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body as T;
}

/** A customer who has installed acme/core by what an order grants. */
async function buyer(customerId: string) {
  const { token } = await call<{ token: string }>("POST", "/api/tokens", {
    ...{ description: `Customer: ${customerId}@example.com`, access: "customer" },
    metadata: { customer_id: customerId, customer_email: `${customerId}@example.com` },
  });
  await call("PUT", `/api/customers/${customerId}/grants/default/order/1`, { package: "acme/core" });
  const project = await createComposerProject({ repositoryUrl: setUp.broker.url });
  await project.configureFromEmail(token);
  const required = await project.run(["require", "acme/core:^1.0"]);
  expect(required.exitCode, required.output).toBe(0);
  return project;
}

/** What it is told with nothing of before at hand: a cached answer would do for some. */
async function update(project: ComposerProject): Promise<ComposerResult> {
  await project.clearCache();
  return await project.run(["update"]);
}

describe("composer of a customer", () => {
  test("is refused once everything is revoked, and goes on as before when that is undone", async () => {
    await using project = await buyer("restored");
    expect(await call("POST", "/api/customers/restored/revoke")).toMatchObject({
      tokens_revoked: 1,
      grants_revoked: 1,
    });
    const refused = await update(project);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("was revoked");
    expect(await call("POST", "/api/customers/restored/restore")).toMatchObject({
      tokens_restored: 1,
      grants_restored: 1,
    });
    const again = await update(project);
    expect(again.exitCode, again.output).toBe(0);
    expect(Object.keys(await project.lockedVersions())).toEqual(["acme/core"]);
  });

  test(
    "who hands the project over works until the overlap ends, and is then told why; the new owner's works at once",
    { timeout: 120_000 },
    async () => {
      await using old = await buyer("transferred");
      const overlap_seconds = 8;
      const begun = Date.now();
      const { tokens } = await call<{ tokens: { token: string }[] }>("POST", "/api/customers/transferred/transfer", {
        ...{ email: "new.owner@example.com", overlap_seconds },
      });
      const [given] = tokens;
      await using fresh = await createComposerProject({ repositoryUrl: setUp.broker.url });
      await fresh.configureFromEmail(given?.token ?? "");
      const overlapping = await update(old);
      const isOver = Date.now() - begun >= overlap_seconds * 1000;
      if (!isOver) expect(overlapping.exitCode, overlapping.output).toBe(0);
      const installed = await fresh.run(["require", "acme/core:^1.0"]);
      expect(installed.exitCode, installed.output).toBe(0);
      const outcome = async () => {
        const { exitCode, output } = await update(old);
        return exitCode === 0 ? "works" : output;
      };
      await expect.poll(outcome, { timeout: 60_000, interval: 500 }).not.toBe("works");
      expect(await outcome()).toContain("was replaced by a new one");
      const goesOn = await update(fresh);
      expect(goesOn.exitCode, goesOn.output).toBe(0);
    },
  );
});
