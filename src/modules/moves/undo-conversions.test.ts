import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { openMoves } from "../../testing/move-server.ts";
import { sellToken } from "../../testing/sales.ts";

const OWN = { allowed_package_prefixes: ["acme/"] };

/** What a token and its line have to agree about. */
const standing = async ({ server }: Pick<Awaited<ReturnType<typeof openMoves>>, "server">) => {
  const { db } = server.core.database;
  return [
    await db.selectFrom("tokens").select(["id", "customer", "order_line", "secret_hash"]).orderBy("id").execute(),
    await db.selectFrom("grant_lines").select(["customer", "order_id", "line"]).orderBy("order_id").execute(),
    await db.selectFrom("moves").select(["id", "undone_at"]).orderBy("id").execute(),
  ];
};

describe.each(testEngines)("undoing a move after a conversion on %s", (engine) => {
  test.each([
    ["a token", { customer_id: "A" }, (id: string) => [`/api/tokens/${id}/move`, { customer_id: "B" }] as const],
    [
      "a guest's order",
      { customer_email: "g@example.com", order_id: "O-9" },
      () => ["/api/orders/O-9/move", { to_customer_id: "B" }] as const,
    ],
    [
      "an order without lines",
      { customer_id: "A", order_id: "O-9" },
      () => ["/api/orders/O-9/move", { to_customer_id: "B" }] as const,
    ],
    ["a merge", { customer_id: "A", order_id: "O-9" }, () => ["/api/customers/A/merge", { into: "B" }] as const],
  ])("of %s says which token it is, and gives nothing back", async (_what, metadata, given) => {
    const opened = await openMoves(engine);
    const { server, shop, call, move, opens } = opened;
    await using _server = server;
    await sellToken(server, shop, { ...OWN, metadata: { customer_id: "B", order_id: "O-2" } });
    const { id, token } = await sellToken(server, shop, { ...OWN, metadata });
    const [path, body] = given(id);
    const { move: made } = await move(path, { ...body, rotate: false });
    await call("POST", `/api/tokens/${id}/convert`, { same_person: true });
    const before = await standing(opened);
    const refused = await call("POST", `/api/moves/${made}/undo`, {}, 409);
    const { detail } = refused as { detail: string };
    expect(detail).toContain(id);
    expect(detail).toContain("Nothing was undone");
    expect(await standing(opened)).toEqual(before);
    expect(await opens(token, "acme/core")).toEqual([200]);
  });

  test("gives it back where its order goes back too, and one that was a line's before", async () => {
    const opened = await openMoves(engine);
    const { server, shop, grant, call, move } = opened;
    await using _server = server;
    await grant("A", "O-1/1", "acme/core");
    const { id } = await sellToken(server, shop, { ...OWN, metadata: { customer_id: "A", order_id: "O-1" } });
    const { move: first } = await move("/api/orders/O-1/move", { to_customer_id: "B" });
    await call("POST", `/api/tokens/${id}/convert`, {});
    await call("POST", `/api/moves/${first}/undo`, {});
    const { move: second } = await move("/api/orders/O-1/move", { to_customer_id: "B" });
    await call("POST", `/api/moves/${second}/undo`, {});
    const { db } = server.core.database;
    const lines = await db.selectFrom("grant_lines").select("customer").distinct().execute();
    const tokens = await db.selectFrom("tokens").select("customer").distinct().execute();
    expect(tokens).toEqual(lines);
    expect(await call("GET", `/api/tokens/${id}`)).toMatchObject({ metadata: { customer_id: "A" } });
  });
});
