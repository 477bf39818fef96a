import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { openMoves } from "../../testing/move-server.ts";
import type { MovedAnswer } from "../../testing/move-server.ts";
import { sellToken } from "../../testing/sales.ts";

const OWN = { allowed_package_prefixes: ["acme/"] };
const KEY = { "idempotency-key": "once" };

type Opened = Awaited<ReturnType<typeof openMoves>>;

/** Each kind of what may be asked again, of a token that is A's before; and whose it is after that. */
const KINDS: [string, string, (opened: Opened, id: string) => Promise<[string, unknown]>][] = [
  ["a merge", "B", () => Promise.resolve(["/api/customers/A/merge", { into: "B" }])],
  ["the move of a token", "B", (_opened, id) => Promise.resolve([`/api/tokens/${id}/move`, { customer_id: "B" }])],
  ["the move of an order", "B", () => Promise.resolve(["/api/orders/O-1/move", { to_customer_id: "B" }])],
  [
    "an undoing",
    "A",
    async ({ move }) => [`/api/moves/${(await move("/api/orders/O-1/move", { to_customer_id: "B" })).move}/undo`, {}],
  ],
];

async function begin(engine: (typeof testEngines)[number], given: (typeof KINDS)[number][2]) {
  const opened = await openMoves(engine);
  const { server, shop } = opened;
  await sellToken(server, shop, { ...OWN, metadata: { customer_id: "B", order_id: "O-2" } });
  const { id } = await sellToken(server, shop, { ...OWN, metadata: { customer_id: "A", order_id: "O-1" } });
  const [path, body] = await given(opened, id);
  const ask = () => server.api("POST", path, shop, body, KEY);
  const first = await ask();
  expect(first.status, first.text).toBe(200);
  const secret = (first.json() as MovedAnswer).tokens[0]?.token ?? "";
  expect(secret).toMatch(/^pbt_/);
  /** The repetition is refused, and shows no secret. */
  const refuses = async (code: string) => {
    const answer = await ask();
    expect(answer.json(), answer.text).toMatchObject({ status: 409, code });
    expect(answer.text).not.toContain("pbt_");
  };
  return { ...opened, id, ask, first, secret, refuses };
}

describe.each(testEngines)("asking again with the same Idempotency-Key on %s", (engine) => {
  test.each(KINDS)("for %s gives the secrets again while they are whose they were", async (_what, _whose, given) => {
    const { server: opened, ask, first, opens, secret } = await begin(engine, given);
    await using _server = opened;
    const again = await ask();
    expect([again.status, again.json(), again.headers.get("idempotency-replayed")]).toEqual([
      200,
      first.json(),
      "true",
    ]);
    expect(await opens(secret, "acme/core")).toEqual([200]);
  });

  test.each(KINDS)("for %s is refused once its secrets are replaced or revoked", async (_what, _whose, given) => {
    const { server: opened, call, id, refuses } = await begin(engine, given);
    await using _server = opened;
    await call("POST", `/api/tokens/${id}/suspend`, {});
    await refuses("resource.conflict");
    await call("POST", `/api/tokens/${id}/resume`, {});
    await call("POST", `/api/tokens/${id}/rotate`, {});
    await refuses("resource.conflict");
    await call("DELETE", `/api/tokens/${id}`);
    await refuses("sale.ended");
  });

  test.each(KINDS)("for %s is refused once somebody else has the token", async (_what, whose, given) => {
    const { server: opened, call, id, refuses, ask } = await begin(engine, given);
    await using _server = opened;
    await call("POST", `/api/tokens/${id}/move`, { customer_id: "C", rotate: false });
    await refuses("resource.conflict");
    await call("POST", `/api/tokens/${id}/move`, { customer_id: whose, rotate: false });
    expect((await ask()).status).toBe(200);
  });

  test("gives again what holds no secret, whatever became of it, and what somebody has who was merged", async () => {
    const { server: opened, shop, call } = await openMoves(engine);
    await using server = opened;
    const { id } = await sellToken(server, shop, { ...OWN, metadata: { customer_id: "A", order_id: "O-1" } });
    const move = (rotate: boolean, to: string, key: string) =>
      server.api("POST", "/api/orders/O-1/move", shop, { to_customer_id: to, rotate }, { "idempotency-key": key });
    const kept = await move(false, "B", "k1");
    const fresh = await move(true, "D", "k2");
    await sellToken(server, shop, { ...OWN, metadata: { customer_id: "E", order_id: "O-2" } });
    await call("POST", "/api/customers/D/merge", { into: "E", rotate: false });
    expect((await move(true, "D", "k2")).json()).toEqual(fresh.json());
    await call("DELETE", `/api/tokens/${id}`);
    expect((await move(false, "B", "k1")).json()).toEqual(kept.json());
  });
});
