import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constraintMatches, expand, normalizeVersion, parseConstraint, stabilityOf } from "../../composer/index.ts";
import type { JsonObject } from "../../composer/index.ts";
import { sha256Hex } from "../../platform/crypto/secrets.ts";
import { storeArchive } from "../../testing/archives.ts";
import { testEngines } from "../../testing/database.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import type { GrantShop } from "../../testing/grant-lines.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import type { SoldToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const NOW = 1_800_000_000;
const LINES = ["1", "2"];
const PACKAGES = ["acme/core", "acme/extra", "globex/tool"];
/** Some in the very second of what the shop decides. */
const VERSIONS = Object.entries({ "1.0.0": -16, "1.1.0": -8, "2.0.0-beta1": 0, "2.0.0": 8, "2.1.0": 12 }).map(
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
  const open = LINES.flatMap((line) => {
    const grants = events.filter((event) => event.kind === "grant").filter((event) => event.line === line);
    const last = grants.toSorted((a, b) => b.at - a.at)[0];
    if (last === undefined) return [];
    const ends = events.filter(
      ({ kind, line: of, at }) => kind !== "grant" && [line, "*"].includes(of) && at >= last.at,
    );
    if (ends.some(({ kind }) => kind === "revoke")) return [];
    const { packages, constraint, stability, updates_until, starts_at, expires_at } = last.terms;
    const isFrozen = ends.length > 0;
    if ((starts_at ?? 0) > now || (!isFrozen && (expires_at ?? Infinity) <= now)) return [];
    const frozen = isFrozen ? [expires_at ?? Infinity, ...ends.map(({ at }) => at)] : [];
    const until = Math.min(updates_until ?? Infinity, ...frozen);
    const covered = PACKAGES.filter((name) =>
      packages.some((text) => (text.endsWith("/") ? name.startsWith(text) : name === text)),
    );
    const versions = VERSIONS.filter(
      ({ normalized, released }) =>
        released <= until &&
        (stability !== "stable" || stabilityOf(normalized) === "stable") &&
        (constraint === null || constraintMatches(parseConstraint(constraint), normalized)),
    );
    return covered.flatMap((name) => versions.map(({ version }) => `${name} ${version}`));
  });
  return [...new Set(open)].sort();
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

/** What a shop decides; extending and narrowing say the whole line anew, as it was before but for that. */
const decided = fc.oneof(
  fc.record({
    kind: fc.constantFrom("grant" as const, "extend" as const, "narrow" as const),
    ...{ line: fc.constantFrom(...LINES), at: moments, terms },
  }),
  fc.record({
    kind: fc.constantFrom("revoke" as const, "release" as const),
    ...{ line: fc.constantFrom(...LINES, "*"), at: moments, terms },
  }),
);

function happenedOf(decisions: readonly { kind: string; line: string; at: number; terms: Terms }[]): ShopEvent[] {
  const known = new Map<string, Terms>();
  return decisions
    .toSorted((a, b) => a.at - b.at)
    .map(({ kind, line, at, terms: fresh }) => {
      if (kind === "revoke" || kind === "release") return { kind, line, at };
      const before = known.get(line) ?? fresh;
      const later = { updates_until: NOW + 16, expires_at: NOW + 24 };
      const changes = { extend: later, narrow: { packages: ["acme/core"], constraint: "^1.0" } };
      const changed = kind === "extend" || kind === "narrow" ? { ...before, ...changes[kind] } : fresh;
      known.set(line, changed);
      return { kind: "grant", line, at, terms: changed };
    });
}

/** Two different grants of one line and second have no natural order: which one wins is asked of line-state alone. */
const histories = fc
  .uniqueArray(decided, {
    ...{ minLength: 1, maxLength: 8 },
    selector: ({ kind, line, at }) => `${["revoke", "release"].includes(kind) ? kind : "grant"} ${line} ${at}`,
  })
  .map(happenedOf);
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

/** What p2 shows, what dist hands out, and what explain allows: three answers that must be one. */
async function answers(server: TestServer, by: string, { id, token }: SoldToken) {
  const ask = async (isOpen: (name: string, version: string) => Promise<boolean>) => {
    const all = PACKAGES.flatMap((name) => VERSIONS.map(({ version }) => ({ name, version })));
    const open = await Promise.all(all.map(async ({ name, version }) => await isOpen(name, version)));
    return all
      .filter((_, index) => open[index])
      .map(({ name, version }) => `${name} ${version}`)
      .sort();
  };
  return {
    p2: await shown(server, token),
    dist: await ask(async (name, version) => {
      const { status } = await server.composer(`/dist/${name}/${referenceOf(name, version)}.zip`, token);
      // 402: it is not theirs; 404: nothing of that vendor is.
      expect([200, 402, 404]).toContain(status);
      return status === 200;
    }),
    explain: await ask(async (name, version) => {
      const query = `token_id=${id}&package=${name}&version=${version}`;
      const answer = await server.api("GET", `/api/access/explain?${query}`, by);
      return (answer.json() as { allowed: boolean }).allowed;
    }),
  };
}

const allOf = (versions: string[]) => ({ p2: versions, dist: versions, explain: versions });

function referenceOf(name: string, version: string): string {
  return sha256Hex(`${name} ${version}`).slice(0, 40);
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

/** Every version with an archive that can be downloaded. */
async function hostEverything(server: TestServer): Promise<void> {
  for (const name of PACKAGES) {
    const versions = VERSIONS.map(({ version, released }) => {
      return { version, releasedAt: released, reference: referenceOf(name, version) };
    });
    const id = await hostPackage(server.core.database, name, versions);
    for (const { reference } of versions) await storeArchive(server, id, reference, Buffer.from(reference));
  }
}

describe.each(testEngines)("what can be installed on %s", (engine) => {
  test("is what the plain rule says after every event and every step of the clock, in any order, however often repeated", async () => {
    await using server = await startTestServer(engine);
    const by = await server.createManagementToken({ scopes: [...SCOPES] });
    await hostEverything(server);
    let customers = 0;
    const newCustomer = async () => {
      const metadata = { customer_id: String(++customers) };
      const token = await sellToken(server, by, { access: "customer", metadata });
      const prefixes = { access: "project", allowed_package_prefixes: ["acme/core", "globex/"] };
      const project = await sellToken(server, by, { ...prefixes, metadata });
      return { ...metadata, token, project, shop: grantShop(server, by, metadata.customer_id) };
    };
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ events, one, other, steps }) => {
        server.clock.setSeconds(NOW);
        const [first, second] = [await newCustomer(), await newCustomer()];
        let now = NOW;
        for (const [index, event] of one.entries()) {
          await tell(first.shop, event);
          server.clock.setSeconds((now += steps[index] ?? 0));
          const wanted = installable(one.slice(0, index + 1), now);
          expect(await answers(server, by, first.token)).toEqual(allOf(wanted));
          // A project token reads the part of it that it is for.
          const part = wanted.filter((what) => /^(acme\/core |globex\/)/.test(what));
          expect(await shown(server, first.project.token)).toEqual(part);
        }
        for (const event of other) await tell(second.shop, event);
        expect(await answers(server, by, second.token)).toEqual(allOf(installable(events, now)));
        expect(await linesOf(server, by, second.customer_id)).toEqual(await linesOf(server, by, first.customer_id));
      }),
      { numRuns: 20 },
    );
  }, 180_000);
});
