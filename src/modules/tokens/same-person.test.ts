import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { openedPackages } from "../../testing/opened-packages.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const NAMES = ["acme/checkout", "acme/theme"];
const A = { customer_id: 42, customer_email: "a@one.example" };
const B = { customer_id: 42, customer_email: "b@two.example" };

async function start(engine: TestEngine, setting: { credential?: "customer"; unique_by?: "order" | "customer" }) {
  const server = await startTestServer(engine);
  for (const name of NAMES) await hostPackage(server.core.database, name, ["1.0.0"]);
  const { credential, unique_by: uniqueBy } = setting;
  const shop = await server.createManagementToken({ scopes: [...SCOPES], credential, uniqueBy });
  const sell = async (who: typeof A, order_id: string, prefix: string, more: object = {}) => {
    const body = { allowed_package_prefixes: [prefix], metadata: { ...who, order_id }, ...more };
    return (await sellToken(server, shop, body)) as Awaited<ReturnType<typeof sellToken>> & { warnings?: string[] };
  };
  const opened = (secret: string) => openedPackages(server, secret, NAMES);
  const entries = async () =>
    ((await server.api("GET", "/api/attention", shop)).json() as { kind: string }[]).map(({ kind }) => kind);
  return { server, shop, sell, opened, entries };
}

// Two shops on one management token both count their customers and orders from one.
describe.each(testEngines)("a customer_id with another person's address on %s", (engine) => {
  test("gets a token of its own packages, whatever access it asks for", async () => {
    const { server, sell, opened, entries } = await start(engine, { credential: "customer" });
    await using _ = server;
    await sell(A, "1", "acme/checkout");
    const other = await sell(B, "2", "acme/theme", { access: "customer" });
    expect(other).toMatchObject({ access: "own" });
    expect(await opened(other.token)).toEqual(["acme/theme"]);
    expect(await entries()).toEqual(["customer.another_address"]);
  });

  test("is handed no secret of an order of the same number, and each repetition is answered with its own", async () => {
    for (const credential of [undefined, "customer"] as const) {
      const setting = { unique_by: "order" as const, ...(credential === undefined ? {} : { credential }) };
      const { server, shop, sell, opened, entries } = await start(engine, setting);
      await using _ = server;
      const first = await sell(A, "1", "acme/checkout");
      const other = await sell(B, "1", "acme/theme");
      expect(other.token).not.toBe(first.token);
      expect(other.warnings?.length).toBeGreaterThan(0);
      expect(await opened(other.token)).toEqual(["acme/theme"]);
      expect(await opened(first.token)).toEqual(["acme/checkout"]);
      expect(await entries()).toContain("customer.another_address");
      for (let turn = 0; turn < 2; turn++) {
        expect((await sell(A, "1", "acme/checkout")).token).toBe(first.token);
        expect((await sell(B, "1", "acme/theme")).token).toBe(other.token);
      }
      // An address that the customer is known by is no other person's.
      await server.api("PATCH", "/api/customers/42", shop, { email: "new@one.example" });
      expect((await sell({ ...A, customer_email: "new@one.example" }, "1", "acme/checkout")).token).toBe(first.token);
    }
  });

  test("answered with the credential the customer has is told so, and somebody has a look", async () => {
    const { server, shop, entries } = await start(engine, { unique_by: "customer" });
    await using _ = server;
    const body = (metadata: object) => ({ description: "x", access: "customer", metadata });
    expect((await server.api("POST", "/api/tokens", shop, body(A))).status).toBe(201);
    const repeated = await server.api("POST", "/api/tokens", shop, body({ ...B, order_id: "2" }));
    const { warnings } = repeated.json() as { warnings?: string[] };
    expect([repeated.status, warnings]).toEqual([
      200,
      [expect.stringContaining("is not the address of this customer")],
    ]);
    expect(await entries()).toEqual(["customer.another_address"]);
  });
});

describe.each(testEngines)("what composer tells of other tokens on %s", (engine) => {
  test("tells nothing to another person, and nothing to whoever has a secret that leaked or was given away", async () => {
    const { server, shop, sell } = await start(engine, { credential: "customer" });
    await using _ = server;
    const first = await sell(A, "1", "acme/checkout");
    const other = await sell(B, "2", "acme/theme");
    const told = async (path: string, secret: string) => (await server.composer(path, secret)).text;
    expect(await told("/p2/acme/checkout.json", other.token)).not.toContain(first.token.slice(-4));
    await server.api("DELETE", `/api/tokens/${other.id}`, shop);
    expect(await told("/packages.json", other.token)).not.toContain(first.token.slice(-4));
    const second = await sell(A, "3", "acme/theme");
    await server.api("DELETE", `/api/tokens/${second.id}?why=leaked`, shop);
    expect(await told("/packages.json", second.token)).not.toContain(first.token.slice(-4));
    const third = await sell(A, "4", "acme/theme");
    await server.api("DELETE", `/api/tokens/${third.id}`, shop);
    expect(await told("/packages.json", third.token)).toContain(`…${first.token.slice(-4)}`);
  });
});
