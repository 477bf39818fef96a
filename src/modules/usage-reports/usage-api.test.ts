import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { createUsage } from "../usage/index.ts";
import type { UsageReportRow } from "./walk-usage.ts";

const DAY = 86_400;
const GROUPINGS = ["day", "token", "customer", "package", "version"] as const;
const SCOPES = ["tokens:read", "tokens:write", "usage:read"] as const;

/** A business: two shops, customers with one or more tokens, guests, two packages, and some days of use. */
async function startBusiness(engine: (typeof testEngines)[number]) {
  const server = await startTestServer(engine);
  const [shop, other] = [
    await server.createManagementToken({ scopes: [...SCOPES] }),
    await server.createManagementToken({ scopes: [...SCOPES], shop: "other" }),
  ];
  const packages = {
    core: await hostPackage(server.core.database, "acme/core", ["1.0.0", "1.1.0", "dev-main"]),
    pay: await hostPackage(server.core.database, "globex/pay", ["1.0.0"]),
  };
  const sell = async (by: string, customer: string | undefined, prefix: string) =>
    (
      await sellToken(server, by, {
        allowed_package_prefixes: [prefix],
        ...(customer === undefined ? {} : { metadata: { customer_id: customer } }),
      })
    ).id;
  const tokens = {
    ada1: await sell(shop, "ada", "acme/"),
    ada2: await sell(shop, "ada", "acme/"),
    bob: await sell(shop, "bob", "globex/"),
    guest1: await sell(shop, undefined, "acme/"),
    guest2: await sell(shop, undefined, "acme/"),
    foreign: await sell(other, "ada", "acme/"),
  };
  return { server, shop, other, packages, tokens };
}

async function report(server: TestServer, secret: string, query: string): Promise<UsageReportRow[]> {
  const answer = await server.api("GET", `/api/usage?${query}`, secret);
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as UsageReportRow[];
}

function sumOf(rows: readonly UsageReportRow[]) {
  const of = (name: "requests" | "downloads" | "installs") => rows.reduce((sum, row) => sum + (row[name] ?? 0), 0);
  return { requests: of("requests"), downloads: of("downloads"), installs: of("installs") };
}

const EVENT = fc.record({
  kind: fc.constantFrom("request", "download", "install"),
  token: fc.constantFrom("ada1", "ada2", "bob", "guest1", "guest2", "foreign"),
  version: fc.constantFrom("core 1.0.0.0", "core 1.1.0.0", "core dev-main", "pay 1.0.0.0"),
  hours: fc.integer({ min: 0, max: 80 }),
});

describe.each(testEngines)("GET /api/usage on %s", (engine) => {
  test("comes to the same sums however it is grouped and filtered, and to what was counted", async () => {
    const { server, shop, other, packages, tokens } = await startBusiness(engine);
    await using _stopping = server;
    const start = Math.floor(server.clock.nowMs() / 1000);
    const events = fc.sample(EVENT, { numRuns: 400, seed: 7 }).sort((a, b) => a.hours - b.hours);
    const usage = createUsage(server.core);
    for (const { kind, token, version, hours } of events) {
      server.clock.setSeconds(start + hours * 3600);
      const [name, number] = version.split(" ") as ["core" | "pay", string];
      if (kind === "request") usage.countRequest(tokens[token as "bob"], { address: "10.0.0.1", userAgent: undefined });
      else
        usage[kind === "download" ? "countDownload" : "countInstall"](tokens[token as "bob"], packages[name], number);
      if (hours % 9 === 0) await usage.flush();
    }
    await usage.flush();
    const counted = (matches: (event: (typeof events)[number]) => boolean, withRequests = true) => {
      const of = (kind: string) => events.filter((event) => event.kind === kind && matches(event)).length;
      return { requests: withRequests ? of("request") : 0, downloads: of("download"), installs: of("install") };
    };
    const isOurs = ({ token }: { token: string }) => token !== "foreign";
    const cases: [string, string, ReturnType<typeof counted>][] = [
      [shop, "", counted(isOurs)],
      [other, "", counted(({ token }) => token === "foreign")],
      [shop, "customer_id=ada", counted(({ token }) => token.startsWith("ada"))],
      [shop, `token_id=${tokens.guest1}`, counted(({ token }) => token === "guest1")],
      [shop, "package=acme/core", counted((event) => isOurs(event) && event.version.startsWith("core"), false)],
      [
        shop,
        "package=acme/core&version=1.1.0&customer_id=ada",
        counted(({ token, version }) => token.startsWith("ada") && version === "core 1.1.0.0", false),
      ],
      [
        shop,
        `from=${start + DAY}&to=${start + 2 * DAY}`,
        counted((event) => {
          const day = Math.floor((start + event.hours * 3600) / DAY) - Math.floor(start / DAY);
          return isOurs(event) && day >= 1 && day <= 2;
        }),
      ],
    ];
    for (const [secret, query, expected] of cases) {
      for (const grouping of GROUPINGS) {
        const rows = await report(server, secret, `${query}&group_by=${grouping}`.replace(/^&/, ""));
        const isByPackage = grouping === "package" || grouping === "version";
        const isCountedByPackage = isByPackage || query.includes("package=");
        const label = `${query} by ${grouping}`;
        expect(sumOf(rows), label).toEqual(isCountedByPackage ? { ...expected, requests: 0 } : expected);
        expect(new Set(rows.map(({ requests }) => requests === null)), label).toEqual(new Set([isCountedByPackage]));
        const keys = rows.map((row) => JSON.stringify({ ...row, requests: 0, downloads: 0, installs: 0 }));
        expect(new Set(keys).size, label).toBe(rows.length);
      }
    }
    const bounded = await server.createManagementToken({ scopes: ["usage:read"], prefixes: ["globex/"] });
    for (const grouping of GROUPINGS) {
      const rows = await report(server, bounded, `group_by=${grouping}`);
      const { downloads, installs } = counted(({ token }) => token === "bob");
      expect(sumOf(rows), grouping).toMatchObject({ downloads, installs });
    }
    const customers = await report(server, shop, "group_by=customer");
    expect(customers.map((row) => row.customer_id).sort()).toEqual(["ada", "bob", null]);
    const versions = await report(server, shop, "group_by=version");
    expect(versions.map((row) => `${row.package ?? ""} ${row.version_normalized ?? ""}`).sort()).toEqual([
      ...["acme/core 1.0.0.0", "acme/core 1.1.0.0", "acme/core dev-main", "globex/pay 1.0.0.0"],
    ]);
  });

  test("is read in pages, most downloaded first, and the pages are the whole", async () => {
    const { server, shop, packages, tokens } = await startBusiness(engine);
    await using _stopping = server;
    const usage = createUsage(server.core);
    for (const [index, token] of Object.values(tokens).entries()) {
      usage.countRequest(token, { address: "10.0.0.1", userAgent: undefined });
      for (let count = 0; count < index % 3; count++) usage.countDownload(token, packages.core, "1.0.0.0");
    }
    usage.countDownload(tokens.bob, packages.pay, "1.0.0.0");
    usage.countInstall(tokens.bob, packages.core, "1.1.0.0");
    await usage.flush();
    for (const grouping of GROUPINGS) {
      const whole = await report(server, shop, `group_by=${grouping}`);
      if (grouping !== "day") {
        const downloads = whole.map((row) => row.downloads);
        expect(downloads, grouping).toEqual([...downloads].sort((a, b) => b - a));
      }
      const paged: UsageReportRow[] = [];
      for (let query: string | undefined = `?group_by=${grouping}&limit=2`; query !== undefined;) {
        const answer = await server.api("GET", `/api/usage${query}`, shop);
        const rows = answer.json() as UsageReportRow[];
        expect(rows.length).toBeLessThanOrEqual(2);
        paged.push(...rows);
        query = /\?[^>]*/.exec(answer.headers.get("link") ?? "")?.[0];
      }
      expect(paged, grouping).toEqual(whole);
    }
    for (const query of ["cursor=x", "limit=0", "limit=1001", "version=1.0.0", "package=acme/core&version=not a one"]) {
      expect((await server.api("GET", `/api/usage?${query}`, shop)).status, query).toBe(400);
    }
  });
});
