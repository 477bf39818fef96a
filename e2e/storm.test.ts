import { setTimeout as pause } from "node:timers/promises";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { createTestDatabase, testEngines } from "../src/testing/database.ts";
import type { TestDatabase } from "../src/testing/database.ts";
import { startSmtpSink } from "../src/testing/smtp-sink.ts";
import type { SmtpSink } from "../src/testing/smtp-sink.ts";
import { type Purchase, type SoldTerms, endOf, planStorm, seededRandom, tokenOf } from "./support/storm-plan.ts";
import { type StormShop, createStormShop } from "./support/storm-shop.ts";
import { NO_LIMITS, type VendorSetUp, eventually, setUpVendor } from "./support/vendor-shop.ts";

/** Smaller or larger by the environment: `STORM_PURCHASES`, and `STORM_SEED` to see one again. */
const SIZE = { purchases: Number(process.env["STORM_PURCHASES"] ?? 200), deliveries: 5, atOnce: 32, kills: 2 };
const SEED = Number(process.env["STORM_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const SAMPLE = 40;
const SCOPES = "tokens:write,tokens:read,customers:read,customers:write,grants:write,grants:read,packages:read";
const PACKAGES = ["acme/core", "acme/checkout", "acme/theme"];
/** A claim on a mail outlives the process that was killed by so much. */
const CLAIM_MS = 60_000;

interface HostedVersion {
  version: string;
  released_at: number;
  stability: string;
}

/** Kills the server with -9 in the middle, as often as asked, and starts it again. */
function killer(
  broker: VendorSetUp["broker"],
  total: number,
): { onDone(delivered: number): void; ended(): Promise<void> } {
  const points = Array.from({ length: SIZE.kills }, (_, index) => Math.floor((total * (index + 1)) / (SIZE.kills + 1)));
  let restarts = Promise.resolve();
  return {
    onDone(delivered) {
      if (!points.includes(delivered)) return;
      restarts = restarts.then(async () => {
        await broker.stop("SIGKILL");
        await broker.start();
      });
    },
    ended: () => restarts,
  };
}

async function hostedVersions(setUp: VendorSetUp, by: string): Promise<Map<string, HostedVersion[]>> {
  const versions = new Map<string, HostedVersion[]>();
  for (const name of PACKAGES) {
    const { body } = await setUp.broker.api("GET", `/api/packages/${name}`, by);
    versions.set(name, (body as { versions: HostedVersion[] }).versions);
  }
  return versions;
}

/** What the customer of these purchases can install: `acme/core v1.0.0`, dev branches left out. */
function installable(purchases: readonly Purchase[], hosted: ReadonlyMap<string, HostedVersion[]>): string[] {
  const found = new Set<string>();
  for (const terms of purchases.flatMap((purchase) => endOf(purchase) ?? [])) {
    for (const { version, released_at, stability } of hosted.get(terms.package) ?? []) {
      const isOpen = terms.updates_until === undefined || released_at <= terms.updates_until;
      if (isOpen && stability !== "dev") found.add(`${terms.package} ${version}`);
    }
  }
  return [...found].sort();
}

async function shownTo(secret: string, url: string): Promise<string[]> {
  const found: string[] = [];
  const authorization = `Basic ${Buffer.from(`token:${secret}`).toString("base64")}`;
  for (const name of PACKAGES) {
    const response = await fetch(`${url}/p2/${name}.json`, { headers: { authorization } });
    if (response.status === 404) continue;
    const { packages } = (await response.json()) as { packages: Record<string, { version?: string }[]> };
    found.push(...(packages[name] ?? []).map((entry) => `${name} ${entry.version ?? "?"}`));
  }
  return found.sort();
}

/** Rows that belong to nothing, or are half of something. */
async function orphans({ database: { db } }: TestDatabase): Promise<unknown[]> {
  const { rows } = await sql<{ what: string; id: string }>`
    select 'token without its customer' as what, id from tokens where customer is not null and customer not in (select id from customers)
    union all select 'grant without its holder', id from grants where coalesce(token, customer) is null
      or token is not null and token not in (select id from tokens)
      or customer is not null and customer not in (select id from customers)
    union all select 'grant without its line', id from grants g where customer is not null and not exists (
      select 1 from grant_lines l where l.customer = g.customer and l.order_id = g.order_id and l.line = g.line)
    union all select 'line without its customer', order_id from grant_lines where customer not in (select id from customers)
    union all select 'customer without anything', id from customers where id not in (select customer from grant_lines)
    union all select 'key without an answer', key from idempotency_keys where sealed_answer = ''
    union all select 'token without its record', id from tokens where id not in (
      select target_id from audit_events where action = 'token.created')`.execute(db);
  return rows;
}

async function expectRightTokens(data: TestDatabase, shop: StormShop, purchases: readonly Purchase[]): Promise<void> {
  const wanted = new Set(purchases.map(tokenOf));
  expect([...shop.told.keys()].sort()).toEqual([...wanted].sort());
  const { db } = data.database;
  const made = await db.selectFrom("tokens").select("id").orderBy("id").execute();
  const told = [...shop.told.values()];
  // Every token is known to the shop with its one secret, and there is no other.
  expect(told.filter(({ ids, secrets }) => ids.size !== 1 || secrets.size !== 1)).toEqual([]);
  expect(made.map(({ id }) => id)).toEqual(told.flatMap(({ ids }) => [...ids]).sort());
  const records = await db
    .selectFrom("audit_events")
    .select("target_id")
    .where("action", "=", "token.created")
    .execute();
  expect(records.map((record) => record.target_id).sort()).toEqual(made.map(({ id }) => id));
}

async function expectRightGrants(setUp: VendorSetUp, by: string, purchases: readonly Purchase[]): Promise<void> {
  for (const purchase of purchases) {
    const path = `/api/customers/${purchase.customerId}/grants/default/${purchase.orderId}/1`;
    const { body } = await setUp.broker.api("GET", path, by);
    const terms = endOf(purchase);
    const wanted =
      terms === undefined
        ? { status: "revoked" }
        : { status: "active", packages: [terms.package], updates_until: terms.updates_until ?? null };
    expect(body, JSON.stringify(purchase)).toMatchObject(wanted);
  }
}

/** One mail for each token; the copies that a killed server cannot have known of tell themselves by their id. */
async function expectRightMails(sink: SmtpSink, shop: StormShop): Promise<number> {
  const idOf = (raw: string) => /^message-id: *(\S+)/im.exec(raw)?.[1] ?? "";
  const secretOf = (text: string) => /pbt_\w+/.exec(text)?.[0] ?? "";
  const wanted = [...shop.told.values()].flatMap(({ secrets }) => [...secrets]).sort();
  const seen = () => new Map(sink.mails.map(({ raw, text, to }) => [idOf(raw), { secret: secretOf(text), to }]));
  await eventually(() => Promise.resolve(seen().size >= wanted.length), CLAIM_MS);
  // Nothing more comes.
  await pause(2_500);
  expect([...seen().values()].map(({ secret }) => secret).sort()).toEqual(wanted);
  return sink.mails.length - seen().size;
}

// What a shop lives through in a bad hour. Whatever it is told when all has been delivered must be what happened.
describe.concurrent.each(testEngines)("a storm of purchases and cancellations on %s", (engine) => {
  test(`${SIZE.purchases} purchases, 5 times each, out of order, 32 at once, with two kills, leave exactly what happened (STORM_SEED=${SEED})`, async ({
    annotate,
  }) => {
    await using data = await createTestDatabase(engine);
    await using sink = await startSmtpSink();
    const { location } = data;
    await using setUp = await setUpVendor({
      ...NO_LIMITS,
      ...("dataDir" in location ? { DATA_DIR: location.dataDir } : { DATABASE_URL: location.databaseUrl }),
      ...{ SMTP_URL: sink.url, MAIL_FROM: "Acme Extensions <broker@example.com>" },
    });
    const { broker } = setUp;
    const create = ["management-token", "create", "--scopes", SCOPES];
    const plain = await broker.cliOrFail([...create, "--name", "shop"]);
    const setting = ["--name", "old shop", "--unique-by", "order", "--notify"];
    const withSetting = await broker.cliOrFail([...create, ...setting]);
    const hosted = await hostedVersions(setUp, plain);
    const stable = (hosted.get("acme/core") ?? []).find(({ version }) => version === "v1.1.0");
    const terms: SoldTerms[] = [
      ...PACKAGES.map((name) => ({ package: name })),
      { package: "acme/core", updates_until: stable?.released_at ?? 0 },
    ];
    const now = Math.floor(Date.now() / 1000);
    const { purchases, deliveries } = planStorm(seededRandom(SEED), { ...SIZE, now }, terms);
    const shop = createStormShop(broker, { plain, withSetting });
    const kills = killer(broker, deliveries.length);
    const startedAt = performance.now();
    await shop.deliverAll(deliveries, SIZE.atOnce, (delivered) => kills.onDone(delivered));
    await kills.ended();
    const seconds = (performance.now() - startedAt) / 1000;

    await expectRightTokens(data, shop, purchases);
    await expectRightGrants(setUp, plain, purchases);
    expect(await orphans(data)).toEqual([]);
    expect(shop.counts.replayed).toBeGreaterThan(0);
    expect(shop.counts.duplicates).toBeGreaterThan(0);
    expect(shop.counts.retried).toBeGreaterThan(0);
    const ofCustomer = Map.groupBy(purchases, ({ customerId }) => customerId);
    for (const purchase of purchases.slice(0, SAMPLE)) {
      const [secret = ""] = shop.told.get(tokenOf(purchase))?.secrets ?? [];
      const wanted = installable(ofCustomer.get(purchase.customerId) ?? [], hosted);
      expect(await shownTo(secret, broker.url), purchase.customerId).toEqual(wanted);
    }
    const checkedAt = performance.now();
    const copies = await expectRightMails(sink, shop);
    const waited = (performance.now() - checkedAt) / 1000;
    expect(copies).toBeLessThanOrEqual(SIZE.kills);
    await eventually(async () => (await broker.cli(["audit", "verify"])).exitCode === 0, 10_000);
    await annotate(
      `${engine}: ${deliveries.length} deliveries in ${seconds.toFixed(1)} s, ${shop.counts.retried} delivered again, ${shop.counts.replayed} replayed, ${shop.counts.duplicates} duplicates, ${sink.mails.length} mails, ${copies} of them copies, ${waited.toFixed(0)} s until the last one`,
    );
  }, 400_000);
});
