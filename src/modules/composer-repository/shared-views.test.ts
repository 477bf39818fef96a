import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareForListing, minify, parseExact, writeExact } from "../../composer/index.ts";
import type { JsonObject, Stability } from "../../composer/index.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import type { HostedVersion } from "../../testing/packages.ts";
import { recordQueries } from "../../testing/query-plans.ts";
import { createTestWorkers } from "../../testing/workers.ts";
import type { Database } from "../../schema.ts";
import { accessTo, compileGrant, opensVersion } from "../grants/index.ts";
import { listHostedPackages } from "./composer-repository-queries.ts";
import type { HostedRow } from "./composer-repository-queries.ts";
import { createPackageViews } from "./package-views.ts";
import type { WantedView } from "./package-views.ts";
import type { VisibleAccess } from "./version-index.ts";
import type { View } from "./view.ts";

const NAME = "acme/core";
const URL = "https://packages.example.com";
const NO_HELP = { renew: undefined, support: undefined };
const DAY = 86_400;

async function prepare(engine: TestEngine, versions: (string | HostedVersion)[]) {
  await using stack = new AsyncDisposableStack();
  const { database } = stack.use(await createTestDatabase(engine));
  await hostPackage(database, NAME, versions);
  const workers = createTestWorkers();
  stack.defer(() => workers.close());
  const recorded = recordQueries(database);
  const views = createPackageViews({ database: recorded.database, workers, publicUrl: URL });
  const hosted = async (): Promise<HostedRow> => (await listHostedPackages(database.db))[0]!;
  const owned = stack.move();
  return {
    database,
    views,
    hosted,
    ask: async (access: VisibleAccess, isDev = false) => {
      const wanted: WantedView = { hosted: await hosted(), access, isDev, help: NO_HELP };
      return views.cached(wanted) ?? (await views.build(wanted));
    },
    /** How often rows were read for a document. */
    rowsRead: () => recorded.queries.filter(({ sql }) => sql.includes("metadata")).length,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Terms {
  version_constraint?: string | null;
  stability?: Stability | null;
  updates_until?: number | null;
}

function accessOf(...terms: Terms[]): VisibleAccess {
  const grants = terms.flatMap((given) => {
    const row = { package_pattern: NAME, version_constraint: null, stability: null, updates_until: null, ...given };
    const ends = { starts_at: null, expires_at: null, grace_days: 0, revoked_at: null, suspended_at: null };
    return compileGrant({ ...row, ...ends } as unknown as Parameters<typeof compileGrant>[0]) ?? [];
  });
  return accessTo(grants, NAME, 1) as VisibleAccess;
}

const bodyOf = ({ gzipped }: View) => gunzipSync(Buffer.from(gzipped, "latin1")).toString();

/** The document as it is defined: everything at once. */
async function reference(database: Database, access: VisibleAccess, isDev: boolean): Promise<string> {
  const rows = await database.db.selectFrom("versions").selectAll().where("withdrawn_at", "is", null).execute();
  const visible = rows
    .filter((row) => (row.is_dev === 1) === isDev)
    .filter((row) => {
      const { version_normalized: versionNormalized, released_at: releasedAt } = row;
      return opensVersion(access, { versionNormalized, releasedAt, stability: row.stability as Stability });
    })
    .sort((a, b) => compareForListing(a.version_normalized, b.version_normalized));
  const date = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000Z", "+00:00");
  const entries = visible.map((row): JsonObject => ({
    ...(parseExact(row.metadata) as JsonObject),
    dist: {
      type: "zip",
      url: `${URL}/dist/${NAME}/${row.reference}.zip`,
      reference: row.reference,
      shasum: row.shasum,
    },
    time: date(row.time),
    "published-time": date(row.released_at),
  }));
  return writeExact({ packages: { [NAME]: minify(entries) }, minified: "composer/2.0" });
}

/** What is behind the versions, which is another thing for each reader. */
const withoutLine = (body: string) => body.replace(/,"info":"[^"]*"\}$/, "}");

describe.each(testEngines)("views on %s", (engine) => {
  // After each release every customer's first request built the whole list again.
  test("fifty customers whose updates end at fifty times but show the same versions make one document", async () => {
    await using place = await prepare(engine, [
      { version: "1.0.0", releasedAt: 100 * DAY },
      { version: "1.1.0", releasedAt: 200 * DAY },
      { version: "2.0.0", releasedAt: 900 * DAY },
    ]);
    const answers: View[] = [];
    for (let index = 0; index < 50; index++) {
      answers.push(await place.ask(accessOf({ updates_until: 300 * DAY + index * DAY + index })));
    }
    const once = place.rowsRead();
    expect(once).toBe(1);
    expect(new Set(answers.map((view) => withoutLine(bodyOf(view)))).size).toBe(1);
    // Each is told its own date, of which Composer must hear every time.
    expect(new Set(answers.map(bodyOf)).size).toBe(50);
    expect(answers.every((view) => view.lastModified === undefined)).toBe(true);
    expect(bodyOf(answers[1]!)).toContain("released until 1970-10-29");
    await place.ask(accessOf({ updates_until: 800 * DAY }), false);
    expect(place.rowsRead()).toBe(once);
    await place.ask(accessOf({ updates_until: 150 * DAY }));
    expect(place.rowsRead()).toBe(once + 1);
  });

  test("a rule that shows everything shares the document and the date of who may have everything", async () => {
    await using place = await prepare(engine, ["1.0.0", "1.1.0"]);
    const whole = await place.ask({ kind: "full" });
    const ruled = await place.ask(accessOf({ version_constraint: "^1.0" }));
    expect(ruled).toBe(whole);
    expect(whole.lastModified).toBeDefined();
    expect(place.rowsRead()).toBe(1);
  });

  test("many at once who ask for what nobody has yet wait for one document", async () => {
    await using place = await prepare(engine, ["1.0.0", "1.1.0"]);
    const until = Array.from({ length: 20 }, (_, index) => accessOf({ updates_until: 1_800_000_000 + index }));
    const views = await Promise.all(until.map((access) => place.ask(access)));
    expect(new Set(views).size).toBe(1);
    expect(place.rowsRead()).toBe(1);
  });

  test("what is published while a document is written is in it whole or not at all", async () => {
    const versions = Array.from({ length: 400 }, (_, index): HostedVersion => ({ version: `1.${index}.0` }));
    await using place = await prepare(engine, versions);
    const before = await place.hosted();
    const asked = place.views.build({ hosted: before, access: { kind: "full" }, isDev: false, help: NO_HELP });
    await place.database.transaction(async (trx) => {
      await trx.updateTable("versions").set({ withdrawn_at: 5 }).where("version", "like", "%5.0").execute();
      await trx
        .updateTable("packages")
        .set({ revision: before.revision + 1 })
        .execute();
    });
    const text = bodyOf(await asked);
    const all = text.match(/"version":/g)?.length;
    expect([360, 400]).toContain(all);
    const after = await place.ask({ kind: "full" });
    expect(bodyOf(after)).toBe(await reference(place.database, { kind: "full" }, false));
  });
});

const versionText = fc.oneof(
  fc.tuple(fc.nat(4), fc.nat(12), fc.nat(3)).map((parts) => parts.join(".")),
  fc.tuple(fc.nat(3), fc.nat(3), fc.constantFrom("-RC1", "-beta2", "-alpha1")).map(([a, b, c]) => `${a}.${b}.0${c}`),
  fc.constantFrom("dev-main", "dev-next", "2.x-dev"),
);
const version = fc.record({
  version: versionText,
  releasedAt: fc.integer({ min: 0, max: 40 }).map((day) => day * DAY),
  extra: fc.record(
    {
      description: fc.constantFrom("", "Ein Körper", 'with "quotes" and \u2028'),
      require: fc.dictionary(fc.constantFrom("php", "acme/a", "acme/b"), fc.constantFrom("*", "^1.0")),
      extra: fc.constantFrom({ n: 1e21 }, { "10": "a", "9": "b" }, { deep: [{}, [], null] }),
    },
    { requiredKeys: [] },
  ),
});
const terms = fc.record({
  version_constraint: fc.constantFrom(null, "^1.0", "<2", ">=1.2 <3 || 4.*", "dev-main"),
  stability: fc.constantFrom<Stability | null>(null, "stable", "beta"),
  updates_until: fc.option(fc.integer({ min: 0, max: 40 * DAY })),
});

/** Sharing, sorting, pages, the index and the parts of gzip together: nobody may ever see another list than his own. */
test(
  "every view is what its rule says, byte for byte, and has one date for one body",
  { timeout: 240_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(version, { selector: (given) => given.version, minLength: 1, maxLength: 25 }),
        fc.array(fc.array(terms, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 8 }),
        async (versions, rules) => {
          await using place = await prepare("sqlite", versions);
          const bodies = new Map<string, string>();
          for (const given of [...rules, ...rules]) {
            const access = accessOf(...given);
            for (const isDev of [false, true]) {
              const view = await place.ask(access, isDev);
              const body = bodyOf(view);
              expect(withoutLine(body)).toBe(await reference(place.database, access, isDev));
              expect(view.length).toBe(Buffer.byteLength(body));
              if (view.lastModified === undefined) expect(body).toContain(',"info":"');
              else expect(bodies.get(view.lastModified) ?? body).toBe(body);
              if (view.lastModified !== undefined) bodies.set(view.lastModified, body);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  },
);
