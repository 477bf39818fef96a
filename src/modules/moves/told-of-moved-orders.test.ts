import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { openMoves } from "../../testing/move-server.ts";
import { sellToken } from "../../testing/sales.ts";
import { SCOPES } from "../callers/index.ts";

const ALL = { scopes: [...SCOPES] };

/** Each credential opens all that A bought: that of the first order stays with A when the order goes to B. */
async function withKeptCredential(engine: (typeof testEngines)[number]) {
  const opened = await openMoves(engine);
  const { server, shop, call, move } = opened;
  const seller = await server.createManagementToken({ ...ALL, credential: "customer" });
  const sale = (customer_id: string, order_id: string, name: string) => ({
    description: "A sale",
    allowed_package_prefixes: [name],
    metadata: { customer_id, order_id },
  });
  const kept = await sellToken(server, seller, sale("A", "O-1", "acme/core"));
  await sellToken(server, seller, sale("A", "O-2", "acme/theme"));
  const mine = await sellToken(server, shop, { access: "customer", metadata: { customer_id: "B" } });
  const moved = await move("/api/orders/O-1/move", { to_customer_id: "B" });
  expect(moved.warnings).toHaveLength(1);
  return { ...opened, kept, mine, moved, call };
}

describe.each(testEngines)("what is told of a moved order under its old customer on %s", (engine) => {
  test.each([{ customer_id: "A" }, { customer_id: "B" }, {}])(
    "revokes and restores it where the old credential stayed, named %j",
    async (named) => {
      const { server: opened, call, opens, kept, mine } = await withKeptCredential(engine);
      await using _server = opened;
      expect(await opens(mine.token, "acme/core")).toEqual([200]);
      const revoked = await call("POST", "/api/orders/O-1/revoke", named);
      expect(revoked).toMatchObject({ customer_id: "B", grants_revoked: 1, tokens_revoked: 0, tokens_kept: [] });
      expect(await opens(mine.token, "acme/core")).toEqual([404]);
      expect(await opens(kept.token, "acme/core", "acme/theme")).toEqual([404, 200]);
      await call("POST", "/api/orders/O-1/restore", named);
      expect(await opens(mine.token, "acme/core")).toEqual([200]);
      expect(await opens(kept.token, "acme/core", "acme/theme")).toEqual([404, 200]);
    },
  );

  test.each([{ customer_id: "A" }, {}])(
    "suspends and resumes it where the old credential stayed, named %j",
    async (named) => {
      const { server: opened, call, opens, kept, mine } = await withKeptCredential(engine);
      await using _server = opened;
      await call("POST", "/api/orders/O-1/suspend", named);
      expect(await opens(mine.token, "acme/core")).not.toEqual([200]);
      expect(await opens(kept.token, "acme/theme")).toEqual([200]);
      await call("POST", "/api/orders/O-1/resume", named);
      expect(await opens(mine.token, "acme/core")).toEqual([200]);
    },
  );

  // Somebody gave one of its tokens back by itself.
  test("ends the tokens of the order that the old customer has all the same", async () => {
    const { server: opened, shop, call, opens, move } = await openMoves(engine);
    await using server = opened;
    const sale = { allowed_package_prefixes: ["acme/"], metadata: { customer_id: "A", order_id: "O-1" } };
    const [first, second] = [await sellToken(server, shop, sale), await sellToken(server, shop, sale)];
    await move("/api/orders/O-1/move", { to_customer_id: "B", rotate: false });
    await move(`/api/tokens/${first.id}/move`, { customer_id: "A", rotate: false });
    expect(await call("POST", "/api/orders/O-1/revoke", {})).toMatchObject({ customer_id: "B", tokens_revoked: 2 });
    expect([await opens(first.token, "acme/core"), await opens(second.token, "acme/core")]).toEqual([[401], [401]]);
  });

  test("still asks where another buyer has an order of the number, and names who has it", async () => {
    const { server: opened, shop, call } = await withKeptCredential(engine);
    await using server = opened;
    const other = { allowed_package_prefixes: ["acme/"], metadata: { customer_id: "C", order_id: "O-1" } };
    await sellToken(server, shop, other);
    const several = await call("POST", "/api/orders/O-1/revoke", {}, 409);
    const { errors } = several as { errors: { detail: string }[] };
    expect(errors.map(({ detail }) => detail)).toEqual(["may be B", "may be C"]);
    expect(await call("POST", "/api/orders/O-1/revoke", { customer_id: "A" })).toMatchObject({ customer_id: "B" });
  });

  test("is moved on, although the old credential stayed and nobody says whose it is", async () => {
    const { server: opened, call, move, opens, kept } = await withKeptCredential(engine);
    await using _server = opened;
    const { customer_id } = (await move("/api/orders/O-1/move", { to_customer_id: "C" })) as unknown as {
      customer_id: string;
    };
    expect(customer_id).toBe("C");
    expect(await call("POST", "/api/orders/O-1/revoke", { customer_id: "A" })).toMatchObject({ customer_id: "C" });
    expect(await opens(kept.token, "acme/theme")).toEqual([200]);
  });

  test("renews its lines, as selling, reading and cancelling them do", async () => {
    const { server: opened, call, grant, move } = await openMoves(engine);
    await using _server = opened;
    await grant("A", "O/1", "acme/core");
    await call("PUT", "/api/customers/A/grants/default/O/1", { package: "acme/core", expires_at: 1_900_000_000 });
    await move("/api/orders/O/move", { to_customer_id: "B" });
    const until = { until: 1_950_000_000 };
    const renewed = await call("POST", "/api/customers/A/grants/default/O/1/renew", until);
    expect(renewed).toMatchObject({ applied: true, expires_at: until.until });
    expect(await call("GET", "/api/customers/B/grants/default/O/1")).toMatchObject({ expires_at: until.until });
    await call("POST", "/api/customers/A/grants/default/other/1/renew", until, 404);
  });

  // A to B to C, and the second move was a mistake.
  test("leads where it led before once a later move is undone, and nowhere else", async () => {
    const { server: opened, call, grant, move } = await openMoves(engine);
    await using _server = opened;
    const holderOf = async (name: string) => {
      const { customer_id } = (await call("POST", "/api/orders/O/suspend", { customer_id: name })) as {
        customer_id: string;
      };
      await call("POST", "/api/orders/O/resume", { customer_id: name });
      return customer_id;
    };
    await grant("A", "O/1", "acme/core");
    const { move: first } = await move("/api/orders/O/move", { to_customer_id: "B" });
    const { move: second } = await move("/api/orders/O/move", { to_customer_id: "C" });
    expect([await holderOf("A"), await holderOf("B")]).toEqual(["C", "C"]);
    await call("POST", `/api/moves/${second}/undo`, {});
    expect([await holderOf("A"), await holderOf("B")]).toEqual(["B", "B"]);
    // Round: A has it again, for a while.
    const { move: third } = await move("/api/orders/O/move", { to_customer_id: "A" });
    expect([await holderOf("A"), await holderOf("B")]).toEqual(["A", "A"]);
    await call("POST", `/api/moves/${third}/undo`, {});
    expect([await holderOf("A"), await holderOf("B")]).toEqual(["B", "B"]);
    // Undone out of turn: it is where it went on to, and is found there.
    const { move: fourth } = await move("/api/orders/O/move", { to_customer_id: "C" });
    await call("POST", `/api/moves/${first}/undo`, {});
    expect([await holderOf("A"), await holderOf("B")]).toEqual(["C", "C"]);
    await call("POST", `/api/moves/${fourth}/undo`, {});
    expect([await holderOf("A"), await holderOf("B")]).toEqual(["B", "B"]);
  });

  test("leads to whoever had it before a merge that is undone, and away from the other one no more", async () => {
    const { server: opened, call, grant, move } = await openMoves(engine);
    await using _server = opened;
    const line = (customer: string, order: string) => `/api/customers/${customer}/grants/default/${order}/1`;
    await grant("A", "O-1/1", "acme/core");
    await grant("B", "O-2/1", "acme/theme");
    await grant("D", "O-9/1", "acme/theme");
    await move("/api/orders/O-1/move", { to_customer_id: "B" });
    await move("/api/orders/O-2/move", { to_customer_id: "C" });
    const { move: merge } = await move("/api/customers/B/merge", { into: "D" });
    expect(await call("GET", line("A", "O-1"))).toMatchObject({ status: "active" });
    expect(await call("GET", line("D", "O-2"))).toMatchObject({ status: "active" });
    await call("POST", `/api/moves/${merge}/undo`, {});
    expect(await call("GET", line("A", "O-1"))).toMatchObject({ status: "active" });
    expect(await call("GET", line("B", "O-2"))).toMatchObject({ status: "active" });
    await call("GET", line("D", "O-2"), undefined, 404);
  });
});
