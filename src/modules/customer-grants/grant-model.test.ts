import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constraintMatches, expand, normalizeVersion, parseConstraint, stabilityOf } from "../../composer/index.ts";
import type { JsonObject } from "../../composer/index.ts";
import { testEngines } from "../../testing/database.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import type { GrantShop } from "../../testing/grant-lines.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const NOW = 1_800_000_000;
const LINES = ["1", "2"];
const PACKAGES = ["acme/core", "acme/extra", "globex/tool"];
const VERSIONS = Object.entries({ "1.0.0": -15, "1.1.0": -5, "2.0.0-beta1": 0, "2.0.0": 5, "2.1.0": 12 }).map(
  ([version, released]) => ({ version, released: NOW + released, normalized: normalizeVersion(version) }),
);

interface Terms {
  packages: string[];
  constraint: string | null;
  stability: "stable" | "beta" | null;
  updates_until: number | null;
  starts_at: number | null;
  expires_at: number | null;
}

/** Something that happened in the shop; "*" is the whole order. */
type ShopEvent =
  { kind: "grant"; line: string; at: number; terms: Terms } | { kind: "revoke" | "release"; line: string; at: number };

/** The rule, as one would say it: what can be installed of what happened, at this time. */
function installable(events: readonly ShopEvent[], now: number): string[] {
  const found = new Set<string>();
  for (const line of LINES) {
    const grants = events.filter((event) => event.kind === "grant").filter((event) => event.line === line);
    const last = grants.toSorted((a, b) => b.at - a.at)[0];
    if (last === undefined) continue;
    const ends = events.filter(
      ({ kind, line: of, at }) => kind !== "grant" && [line, "*"].includes(of) && at >= last.at,
    );
    if (ends.some(({ kind }) => kind === "revoke")) continue;
    const { packages, constraint, stability, updates_until, starts_at, expires_at } = last.terms;
    const isFrozen = ends.length > 0;
    if ((starts_at !== null && starts_at > now) || (!isFrozen && expires_at !== null && expires_at <= now)) continue;
    const until = Math.min(
      updates_until ?? Infinity,
      ...(isFrozen ? [expires_at ?? Infinity, ...ends.map(({ at }) => at)] : []),
    );
    for (const { version, released, normalized } of VERSIONS) {
      const isStableEnough = stability !== "stable" || stabilityOf(normalized) === "stable";
      const isInside = constraint === null || constraintMatches(parseConstraint(constraint), normalized);
      if (released > until || !isStableEnough || !isInside) continue;
      for (const name of PACKAGES) {
        const isCovered = packages.some((text) => (text.endsWith("/") ? name.startsWith(text) : name === text));
        if (isCovered) found.add(`${name} ${version}`);
      }
    }
  }
  return [...found].sort();
}

/** Few enough that a cancellation often falls on the second of a purchase or a release. */
const moments = fc.integer({ min: -2, max: 2 }).map((step) => NOW + step * 8);
const maybe = fc.option(moments, { nil: null, freq: 1 });
const span = fc.tuple(maybe, maybe).map(([starts_at, expires_at]) => {
  const isUpsideDown = starts_at !== null && expires_at !== null && expires_at <= starts_at;
  return { starts_at: isUpsideDown ? null : starts_at, expires_at };
});
const terms: fc.Arbitrary<Terms> = fc
  .record({
    packages: fc.constantFrom<string[][]>(["acme/core"], ["acme/"], ["acme/extra", "globex/tool"]),
    constraint: fc.constantFrom(null, null, "^1.0", ">=1.1"),
    stability: fc.constantFrom(null, "stable" as const, "beta" as const),
    updates_until: maybe,
    times: span,
  })
  .map(({ times, ...rest }) => ({ ...rest, ...times }));
const happened: fc.Arbitrary<ShopEvent> = fc.oneof(
  fc.record({ kind: fc.constant("grant" as const), line: fc.constantFrom(...LINES), at: moments, terms }),
  fc.record({
    kind: fc.constantFrom("revoke" as const, "release" as const),
    line: fc.constantFrom(...LINES, "*"),
    at: moments,
  }),
);
/** Two different grants of one line and second have no natural order: which one wins is asked of line-state alone. */
const histories = fc.uniqueArray(happened, {
  ...{ minLength: 1, maxLength: 8 },
  selector: (event) => `${event.kind} ${event.line} ${event.at}`,
});
const deliveries = histories.chain((events) => {
  const repeated = events.map((event) =>
    fc.constantFrom(1, 1, 2, 3).map((times) => Array<ShopEvent>(times).fill(event)),
  );
  const all = fc.tuple(...repeated).map((some) => some.flat());
  const shuffled = all.chain((some) => fc.shuffledSubarray(some, { minLength: some.length }));
  const steps = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 24, maxLength: 24 });
  return fc.record({ events: fc.constant(events), one: shuffled, other: shuffled, steps });
});

async function tell(shop: GrantShop, event: ShopEvent): Promise<void> {
  if (event.kind === "grant") {
    await shop.put(event.line, { ...event.terms, occurred_at: event.at });
    return;
  }
  const query = `?occurred_at=${event.at}${event.kind === "release" ? "&keep=released" : ""}`;
  await (event.line === "*" ? shop.cancelOrder(query) : shop.cancel(event.line, query));
}

async function shown(server: TestServer, token: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of PACKAGES) {
    const answer = await server.composer(`/p2/${name}.json`, token);
    if (answer.status === 404) continue;
    const { packages } = answer.json() as { packages: Record<string, JsonObject[]> };
    found.push(...expand(packages[name] ?? []).map((entry) => `${name} ${entry["version"] as string}`));
  }
  return found.sort();
}

/** Of both lines; undefined where nothing is known. */
async function linesOf(server: TestServer, by: string, customer: string): Promise<unknown[]> {
  const lines = [];
  for (const line of LINES) {
    const answer = await server.api("GET", `/api/customers/${customer}/grants/default/order/${line}`, by);
    lines.push(answer.status === 404 ? undefined : { ...(answer.json() as object), customer_id: undefined });
  }
  return lines;
}

describe.each(testEngines)("what can be installed on %s", (engine) => {
  test("is what the plain rule says after every event and every step of the clock, in any order, however often repeated", async () => {
    await using server = await startTestServer(engine);
    const by = await server.createManagementToken({ scopes: [...SCOPES] });
    const hosted = VERSIONS.map(({ version, released }) => ({ version, releasedAt: released }));
    for (const name of PACKAGES) await hostPackage(server.core.database, name, hosted);
    let customers = 0;
    const newCustomer = async () => {
      const customer_id = String(++customers);
      const { token } = await sellToken(server, by, { access: "customer", metadata: { customer_id } });
      return { customer_id, token, shop: grantShop(server, by, customer_id) };
    };
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ events, one, other, steps }) => {
        server.clock.setSeconds(NOW);
        const [first, second] = [await newCustomer(), await newCustomer()];
        let now = NOW;
        for (const [index, event] of one.entries()) {
          await tell(first.shop, event);
          server.clock.setSeconds((now += steps[index] ?? 0));
          expect(await shown(server, first.token)).toEqual(installable(one.slice(0, index + 1), now));
        }
        for (const event of other) await tell(second.shop, event);
        expect(await shown(server, second.token)).toEqual(installable(events, now));
        expect(await linesOf(server, by, second.customer_id)).toEqual(await linesOf(server, by, first.customer_id));
      }),
      { numRuns: 25 },
    );
  }, 180_000);
});
