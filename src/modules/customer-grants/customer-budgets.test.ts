import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const SETTINGS = { CUSTOMER_GRANTS_MAX: "4", CUSTOMER_CONSTRAINT_PARTS_MAX: "6", CONSTRAINT_PARTS_MAX: "3" };

async function setUp(engine: TestEngine, settings: Record<string, string> = SETTINGS) {
  const server = await startTestServer(engine, settings);
  const shop = await server.createManagementToken({ scopes: [...SCOPES] });
  const call = (method: string, path: string, body?: unknown) => server.api(method, path, shop, body);
  return {
    server,
    call,
    put: (line: string, body: object, customer = "7") =>
      call("PUT", `/api/customers/${customer}/grants/default/O-${line}/${line}`, body),
    cancel: (line: string) => call("DELETE", `/api/customers/7/grants/default/O-${line}/${line}`),
    async granted(customer = "7"): Promise<number> {
      const lines = (await call("GET", `/api/customers/${customer}/grants?shop=default`)).json() as {
        status: string;
      }[];
      return lines.filter(({ status }) => status === "active").length;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const refusal = ({ status, text }: TestAnswer) => ({ status, text });
const names = (setting: string, text: string) => ({
  status: 409,
  text: expect.stringMatching(`${setting}.*${text}|${text}.*${setting}`) as string,
});

describe.each(testEngines)("what one customer is sold on %s", (engine) => {
  // Each look-up of each of its credentials reads all of it: 300 lines with long constraints took seconds, each time.
  test("is bounded, whichever way a line comes to be; nothing of what is refused stays", async () => {
    await using bench = await setUp(engine);
    const { put, call } = bench;
    for (const line of ["1", "2"]) expect((await put(line, { package: `acme/p${line}` })).status).toBe(201);
    const tooMany = await put("3", { packages: ["acme/a", "acme/b", "acme/c"] });
    expect(refusal(tooMany)).toEqual(names("CUSTOMER_GRANTS_MAX is 4", "5 grants"));
    expect(await bench.granted()).toBe(2);
    expect((await put("3", { packages: ["acme/a", "acme/b"] })).status).toBe(201);
    // What is there can be sold again and changed.
    expect((await put("3", { packages: ["acme/a", "acme/c"] })).status).toBe(200);
    const metadata = { customer_id: "7", order_id: "O-4", product_id: "4" };
    const seller = await bench.server.createManagementToken({ scopes: [...SCOPES], credential: "customer" });
    const sold = await bench.server.api("POST", "/api/tokens", seller, {
      description: "As a line of an order",
      metadata,
      allowed_package_prefixes: ["acme/d"],
    });
    expect(refusal(sold)).toEqual(names("CUSTOMER_GRANTS_MAX is 4", "5 grants"));
    // A line that is cancelled makes room; with that taken, it cannot come back.
    const order = { customer_id: "7" };
    expect((await call("POST", "/api/orders/O-3/revoke", order)).status).toBe(200);
    expect((await put("5", { package: "acme/e" })).status).toBe(201);
    expect(refusal(await call("POST", "/api/orders/O-3/restore", order))).toEqual(
      names("CUSTOMER_GRANTS_MAX is 4", "5 grants"),
    );
    expect(await bench.granted()).toBe(3);
  });

  test("is bounded when customers are merged", async () => {
    await using bench = await setUp(engine);
    for (const customer of ["7", "8"]) {
      expect((await bench.put(customer, { packages: ["acme/a", "acme/b", "acme/c"] }, customer)).status).toBe(201);
    }
    expect(refusal(await bench.call("POST", "/api/customers/8/merge", { into: "7" }))).toEqual(
      names("CUSTOMER_GRANTS_MAX is 4", "6 grants"),
    );
    expect([await bench.granted("7"), await bench.granted("8")]).toEqual([3, 3]);
  });

  test("has constraints that are bounded, one by one and together", async () => {
    await using bench = await setUp(engine);
    const { put, call } = bench;
    const long = { constraint: "^1 || ^2 || >=3,<4" };
    const wrong = {
      status: 400,
      errors: [
        {
          pointer: "/constraint",
          detail: expect.stringMatching(/^has 4 parts, .*CONSTRAINT_PARTS_MAX is 3$/) as string,
        },
      ],
    };
    expect((await put("1", { package: "acme/a", ...long })).json()).toMatchObject(wrong);
    const own = { description: "x", allowed_package_prefixes: ["acme/"] };
    expect((await call("POST", "/api/tokens", { ...own, ...long })).json()).toMatchObject(wrong);
    const { id } = (await call("POST", "/api/tokens", own)).json() as { id: string };
    expect((await call("PATCH", `/api/tokens/${id}`, long)).json()).toMatchObject(wrong);
    for (const line of ["1", "2"]) {
      expect((await put(line, { package: `acme/p${line}`, constraint: "^1 || ^2 || ^3" })).status).toBe(201);
    }
    expect(refusal(await put("3", { package: "acme/p3", constraint: "^1" }))).toEqual(
      names("CUSTOMER_CONSTRAINT_PARTS_MAX is 6", "7 parts"),
    );
    expect((await put("3", { package: "acme/p3" })).status).toBe(201);
  });

  test("stays as it was where the setting is lowered: it is read, changed, renewed and cancelled", async () => {
    await using bench = await setUp(engine, {});
    const { put, server } = bench;
    for (const line of ["1", "2", "3", "4", "5"]) {
      const body = { package: `acme/p${line}`, constraint: "^1||^2||^3||^4", expires_at: 1_900_000_000 };
      expect((await put(line, body)).status).toBe(201);
    }
    Object.assign(server.core.budgets, { grantsMax: 2, constraintPartsMax: 2, customerPartsMax: 2 });
    expect(await bench.granted()).toBe(5);
    expect((await put("1", { package: "acme/p1", expires_at: 1_950_000_000 })).status).toBe(200);
    const renewal = await bench.call("POST", "/api/customers/7/grants/default/O-2/2/renew", {
      until: 1_950_000_000,
    });
    expect(refusal(renewal)).toMatchObject({ status: 200 });
    expect((await bench.cancel("3")).status).toBe(200);
    expect((await put("6", { package: "acme/p6" })).status).toBe(409);
    expect(await bench.granted()).toBe(4);
  });
});
