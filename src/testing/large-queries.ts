import { SCOPES } from "../modules/callers/index.ts";
import type { Principal } from "../modules/callers/index.ts";
import { listVisibleAuditEvents } from "../modules/audit-events/index.ts";
import { listCustomers, listGrantsHeldByCustomer, listHistoryOfCustomer } from "../modules/customer-accounts/index.ts";
import { readOverview } from "../modules/overview/index.ts";
import { listPackageAccess } from "../modules/packages/index.ts";
import { listTokens } from "../modules/tokens/index.ts";
import { reportUsage } from "../modules/usage-reports/index.ts";
import type { Database } from "../schema.ts";
import { createTestClock } from "./clock.ts";
import { MANY_ROWS_NOW } from "./many-rows.ts";

type Runs = Record<string, () => Promise<unknown>>;

/** Every list, search and sum that a person looks at, over what `insertManyRows` made; by a name for people. */
export function listLargeQueries(database: Database): Runs {
  const deps = { database, clock: createTestClock(MANY_ROWS_NOW), usage: { flush: () => Promise.resolve() } };
  const user: Principal = {
    ...{
      actor: { kind: "user", id: "user_b", requestId: null },
      shop: null,
      packageBound: null,
      scopes: new Set(SCOPES),
    },
  };
  const seller: Principal = {
    ...user,
    actor: { kind: "management_token", id: "mgmt_b0", requestId: null },
    shop: "second",
  };
  const middle = (prefix: string) => Buffer.from(`${MANY_ROWS_NOW - 45_000_000}:${prefix}_b1`).toString("base64url");
  const soon = MANY_ROWS_NOW + 30 * 86_400;
  const customers = (query: Parameters<typeof listCustomers>[2], caller: Principal = user) =>
    listCustomers(deps, caller, query);
  const tokens = (query: Parameters<typeof listTokens>[2], caller: Principal = user) => listTokens(deps, caller, query);
  const events = (query: Parameters<typeof listVisibleAuditEvents>[2], caller: Principal = user) =>
    listVisibleAuditEvents({ database }, caller, query);
  const access = (name: string) =>
    listPackageAccess({ ...deps, recentCounts: (_question, find) => find() }, user, name, {});
  return {
    "customers, first page": () => customers({}),
    "customers, a page in the middle": () => customers({ cursor: middle("cust") }),
    "customers of one shop": () => customers({}, seller),
    "customers by id": () => customers({ q: "77" }),
    "customers by e-mail": () => customers({ q: "Buyer-77@example.com" }),
    "customers by the beginning of every e-mail": () => customers({ q: "buyer" }),
    "customers by order": () => customers({ q: "order-77" }),
    "customers by last four": () => customers({ q: "1077" }),
    "customers by token": () => customers({ q: "token_b77" }),
    "customers by secret": () => customers({ q: `secret:${"0".repeat(64)}` }),
    "customers by package of a few": () => customers({ q: "vendor-0/package-77" }),
    "customers by package of many": () => customers({ q: "vendor-1/core" }),
    "customers by order in another case": () => customers({ q: "#ORDER-77" }),
    "customers by domain": () => customers({ q: "@example.com" }),
    "customers by name": () => customers({ q: "Name77 surname77" }),
    "customers by the beginning of every name": () => customers({ q: "surname" }),
    "customers by nothing there is": () => customers({ q: "nobody" }),
    "grants of a customer": () => listGrantsHeldByCustomer(deps, user, "77", {}),
    "history of a customer": () => listHistoryOfCustomer(deps, user, "77", {}),
    "tokens, first page": () => tokens({}),
    "tokens, a page in the middle": () => tokens({ cursor: middle("token"), status: "all" }),
    "tokens of one shop": () => tokens({ status: "all" }, seller),
    "tokens that expire soon, newest first": () => tokens({ status: "active", expires_before: soon }),
    "tokens that expire soon, soonest first": () =>
      tokens({ status: "active", expires_before: soon, sort: "expires_at", limit: 5 }),
    "tokens that expire soon, of one shop": () => tokens({ status: "active", sort: "expires_at" }, seller),
    "revoked tokens": () => tokens({ status: "revoked" }),
    "tokens by the beginning of every e-mail": () => tokens({ q: "buyer" }),
    "tokens by e-mail": () => tokens({ q: "buyer-77@example.com" }),
    "tokens by last four": () => tokens({ q: "1077" }),
    "tokens by domain": () => tokens({ q: "elsewhere.com" }),
    "tokens by name": () => tokens({ q: "name77" }),
    "tokens by the beginning of every name": () => tokens({ q: "name surname7" }),
    "tokens that read a package": () => tokens({ package: "vendor-0/package-77" }),
    "audit, first page": () => events({}),
    "audit of one shop": () => events({}, seller),
    "audit by action": () => events({ action: "source.created" }),
    "audit by the beginning of an action": () => events({ action: "token." }),
    "audit by the beginning of a rare action": () => events({ action: "source.*" }),
    "audit by action, of one shop": () => events({ action: "token.revoked" }, seller),
    "audit by any id, a request": () => events({ q: "req_b77" }),
    "audit by any id, an actor": () => events({ q: "mgmt_b1" }),
    "audit by target": () => events({ target_id: "token_b77" }),
    "audit by customer": () => events({ customer_id: "77" }),
    "audit by time": () => events({ since: MANY_ROWS_NOW - 45_000_000, until: MANY_ROWS_NOW - 44_000_000 }),
    "usage by day, everybody": () => reportUsage(deps, user, {}),
    "usage by day, a token": () => reportUsage(deps, user, { token_id: "token_b77" }),
    "usage by day, a customer": () => reportUsage(deps, user, { customer_id: "77" }),
    "usage by day, a package": () => reportUsage(deps, user, { package: "vendor-0/package-0" }),
    "usage by package, everybody": () => reportUsage(deps, user, { group_by: "package" }),
    "usage by token, of one shop": () => reportUsage(deps, seller, { group_by: "token", limit: 10 }),
    "usage by customer, everybody": () => reportUsage(deps, user, { group_by: "customer", limit: 10 }),
    "usage by customer, a package": () =>
      reportUsage(deps, user, { package: "vendor-0/package-0", group_by: "customer", limit: 10 }),
    "usage by version, a package": () =>
      reportUsage(deps, user, { package: "vendor-0/package-0", group_by: "version" }),
    "who can install a package of a few": () => access("vendor-0/package-0"),
    "who can install a package of many": () => access("vendor-1/package-1"),
    overview: () => readOverview(deps, user, {}),
    "overview of one shop": () => readOverview(deps, seller, {}),
  };
}
