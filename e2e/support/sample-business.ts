import Database from "better-sqlite3";
import path from "node:path";

const DAY = 86_400;

const PEOPLE = [
  ...[
    "Anna Keller",
    "Jonas Lindqvist",
    "Marta Nowak",
    "Luca Bianchi",
    "Claire Dubois",
    "Peter Jansen",
    "Sofia Almeida",
  ],
  ...["Tom Harris", "Eva Novotná", "Nils Berg", "Inés García", "Pavel Dvořák", "Mia Schmidt", "Ahmed Mansour"],
  ...["Julia Weber", "Oskar Nyman", "Chloé Martin", "Ben Cooper", "Hanna Virtanen", "Diego Torres", "Lena Hoffmann"],
];
const COMPANIES = ["northwind.example", "agentur-blau.example", "webhaus.example", "shopwerk.example", "lumen.example"];
const OFFERS = [["acme/"], ["acme/checkout"], ["acme/checkout", "acme/core"], ["globex/"], ["acme/checkout-*"]];

/** The same numbers each time, so that pictures can be compared. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

export interface Business {
  url: string;
  /** Of the embedded database. */
  dataDir: string;
  managementToken: string;
  sales: number;
}

/**
 * Some weeks of a shop's life: sales over the API, and then, because nobody can wait for weeks, dates and use written
 * into the database beside the running server. Renewals, lapses, revocations, guests and heavy users are among them.
 */
export async function fillWithBusiness(business: Business): Promise<{ tokenIds: string[] }> {
  const random = numbers(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const now = Math.floor(Date.now() / 1000);
  const tokenIds: string[] = [];
  for (let sale = 0; sale < business.sales; sale++) {
    const buyer = sale % 37;
    const name = PEOPLE[buyer % PEOPLE.length] ?? "";
    const mailbox = name
      .toLowerCase()
      .normalize("NFD")
      .replaceAll(/[^a-z ]/g, "")
      .replaceAll(" ", ".");
    const email = `${mailbox}@${COMPANIES[(buyer * 3) % COMPANIES.length] ?? ""}`;
    const order = `10${String(4200 + sale)}`;
    const isGuest = random() < 0.12;
    const lasts = pick([-20, 9, 21, 200, 340, 364, undefined]);
    const response = await fetch(`${business.url}/api/tokens`, {
      method: "POST",
      headers: { authorization: `Bearer ${business.managementToken}`, "content-type": "application/json" },
      body: JSON.stringify({
        description: `Customer: ${email} (Order: ${order})`,
        expires_at: lasts === undefined ? null : now + lasts * DAY + Math.floor(random() * DAY),
        allowed_package_prefixes: pick(OFFERS),
        rate_limit_max: random() < 0.6 ? 1000 : null,
        metadata: { customer_id: isGuest ? 0 : 1000 + buyer, customer_email: email, order_id: order },
      }),
    });
    const token = (await response.json()) as { id: string };
    if (response.status !== 201) throw new Error(`sale ${sale} was refused: ${JSON.stringify(token)}`);
    tokenIds.push(token.id);
    if (random() < 0.1) {
      const init = { method: "DELETE", headers: { authorization: `Bearer ${business.managementToken}` } };
      await fetch(`${business.url}/api/tokens/${token.id}`, init);
    }
  }
  writeThePast(path.join(business.dataDir, "package-broker.db"), tokenIds, random, now);
  return { tokenIds };
}

function isCovered(name: string, pattern: string): boolean {
  const isPrefix = pattern.endsWith("/") || pattern.endsWith("*");
  return isPrefix ? name.startsWith(pattern.replace(/\*$/, "")) : name === pattern;
}

function writeThePast(file: string, tokenIds: string[], random: () => number, now: number): void {
  const db = new Database(file, { timeout: 10_000 });
  const versions = db
    .prepare(
      `select packages.name, versions.package, version_normalized from versions join packages
        on packages.id = versions.package where withdrawn_at is null and is_dev = 0`,
    )
    .all() as { name: string; package: string; version_normalized: string }[];
  const granted = db.prepare("select package_pattern from grants where token = ?").pluck();
  const date = db.prepare("update tokens set created_at = ?, last_used_at = ? where id = ?");
  const revoked = db.prepare("update tokens set revoked_at = ? where id = ? and revoked_at is not null");
  const use = db.prepare("insert or ignore into token_usage (token, hour, requests, downloads) values (?, ?, ?, ?)");
  const load = db.prepare(
    "insert or ignore into version_downloads (token, package, version_normalized, day, downloads, installs) values (?, ?, ?, ?, ?, ?)",
  );
  // A transaction that reads first and writes later does not wait for the server's writes; it fails.
  const write = db.transaction(() => {
    for (const id of tokenIds) {
      const patterns = granted.all(id) as string[];
      const readable = versions.filter(({ name }) => patterns.some((pattern) => isCovered(name, pattern)));
      const createdAt = now - Math.floor(random() ** 1.6 * 60 * DAY);
      const isUsed = random() < 0.85;
      let lastUsedAt: number | null = null;
      for (let day = createdAt - (createdAt % DAY); isUsed && day <= now; day += DAY) {
        if (random() < 0.72) continue;
        const downloads = Math.ceil(random() * 5);
        const hour = Math.min(day + 3600 * Math.floor(7 + random() * 12), now - (now % 3600));
        use.run(id, hour, downloads + Math.ceil(random() * 30), downloads);
        lastUsedAt = Math.min(hour + Math.floor(random() * 3600), now);
        const version = readable[Math.floor(random() * readable.length)];
        if (version !== undefined) load.run(id, version.package, version.version_normalized, day, downloads, downloads);
      }
      date.run(createdAt, lastUsedAt, id);
      revoked.run(Math.floor(createdAt + random() * (now - createdAt)), id);
    }
    db.exec(`update customers set created_at = coalesce(
      (select min(created_at) from tokens where tokens.customer = customers.id), created_at)`);
    db.prepare(
      `insert or replace into usage_days (day, shop, requests, downloads, installs)
       select day, shop, sum(requests), sum(downloads), sum(installs) from (
         select hour - hour % 86400 as day, tokens.shop as shop, requests, 0 as downloads, 0 as installs
           from token_usage join tokens on tokens.id = token_usage.token
         union all
         select day, tokens.shop, 0, downloads, installs
           from version_downloads join tokens on tokens.id = version_downloads.token
       ) group by day, shop`,
    ).run();
    writeNetworks(db, tokenIds, now);
    const refuse = db.prepare(
      "insert or replace into refusal_days (day, surface, problem, count, last_at) values (?, ?, ?, ?, ?)",
    );
    for (let day = 0; day < 40; day++) {
      const start = now - (now % DAY) - day * DAY;
      if (random() < 0.5)
        refuse.run(start, "composer", "expired", Math.ceil(random() * 9), Math.min(start + 40_000, now));
      if (random() < 0.2)
        refuse.run(start, "composer", "unknown", Math.ceil(random() * 4), Math.min(start + 50_000, now));
    }
  });
  write.immediate();
  db.close();
}

/** From where tokens were used: most from one or two networks, some by a farm, and two from so many that it is told. */
function writeNetworks(db: Database.Database, tokenIds: string[], now: number): void {
  const random = numbers(11);
  const today = now - (now % DAY);
  const used = db
    .prepare("select distinct token, hour - hour % 86400 as day from token_usage where hour >= ? order by token, day")
    .all(today - 29 * DAY) as { token: string; day: number }[];
  const seen = db.prepare("insert or ignore into token_networks (token, day, network, ci_only) values (?, ?, ?, ?)");
  for (const { token, day } of used) {
    for (let network = 0; network <= Math.floor(random() * 2); network++) seen.run(token, day, `office ${network}`, 0);
    for (let network = 0; random() < 0.3; network++) seen.run(token, day, `farm ${day} ${network}`, 1);
  }
  const told = db.prepare(
    "insert into token_sharing (token, suspected_at, networks, days, dismissed_at, accepted_networks) values (?, ?, ?, 7, null, null)",
  );
  for (const [index, token] of [tokenIds[0], tokenIds[2]].entries()) {
    for (let network = 0; network < 41 + index * 6; network++) {
      seen.run(token, today - (network % 6) * DAY, `somewhere ${network}`, 0);
    }
    told.run(token, now - (1 + index * 30) * 3600, 41 + index * 6);
  }
}
