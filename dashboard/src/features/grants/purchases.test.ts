import { describe, expect, test } from "vitest";
import type { Token } from "../tokens/tokens.ts";
import type { Grant } from "./grants.ts";
import { hasOwnEnd, openersOf, ordersOf } from "./purchases.ts";

const OWNER = { customerId: "42", shop: "default" };
let ids = 0;

function grant(fields: Partial<Grant>): Grant {
  return {
    id: `grant_${String((ids += 1))}`,
    token: null,
    package_pattern: "acme/core",
    version_constraint: null,
    stability: null,
    updates_until: null,
    starts_at: null,
    expires_at: null,
    grace_until: null,
    order_id: null,
    line: null,
    dependency: false,
    occurred_at: null,
    status: "active",
    revoked_at: null,
    suspended_at: null,
    created_at: 1000,
    ...fields,
  };
}

function token(id: string, fields: Partial<Token>): Token {
  const made = { id, status: "active", access: "own", allowed_package_prefixes: [], metadata: {}, expires_at: null };
  return { ...made, grace_until: null, ...fields } as Token;
}

const byId = (...tokens: Token[]) => new Map(tokens.map((one) => [one.id, one]));

describe("what a customer bought", () => {
  test("is there once, by order, whether it was sold as lines or with a token", () => {
    const literal = token("token_a", {
      allowed_package_prefixes: ["acme/"],
      metadata: { order_id: "B" },
      expires_at: 9,
    });
    const orders = ordersOf(
      [
        grant({ order_id: "A", line: "2", created_at: 2000 }),
        grant({ order_id: "A", line: "1", created_at: 1000 }),
        grant({ token: "token_a", package_pattern: "acme/", created_at: 3000 }),
        grant({ token: "token_unknown", created_at: 500 }),
      ],
      OWNER,
      byId(literal),
    );
    expect(
      orders.map(({ orderId, lines, held }) => [
        orderId,
        lines.map(({ ref }) => ref.line),
        held.map((one) => one.tokenId),
      ]),
    ).toEqual([
      ["B", [], ["token_a"]],
      ["A", ["1", "2"], []],
      [undefined, [], ["token_unknown"]],
    ]);
    expect(orders[0]?.held[0]?.first.expires_at, "ends with its token").toBe(9);
  });

  test("of a token that was narrowed and widened again is what it holds now, once", () => {
    const literal = token("token_a", { allowed_package_prefixes: ["acme/core", "acme/blog"] });
    const [order] = ordersOf(
      [
        grant({ token: "token_a", status: "active" }),
        grant({ token: "token_a", status: "revoked" }),
        grant({ token: "token_a", package_pattern: "acme/blog" }),
        grant({ token: "token_a", package_pattern: "acme/theme", status: "revoked" }),
      ],
      OWNER,
      byId(literal),
    );
    const [held] = order?.held ?? [];
    expect(held?.sold.map((one) => [one.package_pattern, one.status])).toEqual([
      ["acme/core", "active"],
      ["acme/blog", "active"],
    ]);
    expect(held?.before.map((one) => one.package_pattern)).toEqual(["acme/theme"]);
  });

  test("is opened by the tokens that read it", () => {
    const reader = token("token_r", { access: "customer" });
    const ended = token("token_e", { access: "customer", status: "revoked" });
    const project = token("token_p", { access: "project", allowed_package_prefixes: ["acme/blog"] });
    const literal = token("token_a", { allowed_package_prefixes: ["acme/core"] });
    const tokens = [reader, ended, project, literal];
    const orders = ordersOf([grant({ order_id: "A", line: "1" }), grant({ token: "token_a" })], OWNER, byId(...tokens));
    const [line] = orders.flatMap(({ lines }) => lines);
    const [held] = orders.flatMap(({ held: all }) => all);
    if (line === undefined || held === undefined) throw new Error("A purchase is missing.");
    const opens = (...given: Parameters<typeof openersOf>) => {
      const { openers, isAll } = openersOf(...given);
      return [openers.map(({ id }) => id), isAll];
    };
    expect(opens(line, tokens)).toEqual([["token_r"], false]);
    expect(opens(line, [reader, token("token_s", { access: "customer" }), ended])).toEqual([
      ["token_r", "token_s"],
      true,
    ]);
    expect(opens(held, tokens)).toEqual([["token_a"], false]);
  });
});

test("a token that was sold with a line has no end of its own", () => {
  const sold = token("token_a", { access: "customer", allowed_package_prefixes: ["acme/core"] });
  expect(hasOwnEnd(sold, [grant({ order_id: "A", line: "acme/core" })])).toBe(false);
  expect(hasOwnEnd(sold, [grant({ token: "token_a" })])).toBe(true);
  expect(hasOwnEnd(token("token_b", { access: "customer" }), [])).toBe(true);
  expect(hasOwnEnd(token("token_c", {}), [])).toBe(true);
});
