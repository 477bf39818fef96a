import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const NOW = 1_800_000_000;
const DAY = NOW - (NOW % 86_400);
const BRANCH = "dev-feature/login";
const ALL = { scopes: [...SCOPES] };

interface Exported {
  grant_lines: { order_id: string; line: string; terms: Record<string, unknown> | null; revocations: number[] }[];
  downloads: { version_normalized: string }[];
  history: { action: string; details: { after?: Record<string, unknown> } }[];
}

async function open(engine: TestEngine) {
  const server = await startTestServer(engine);
  const wide = await server.createManagementToken(ALL);
  const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
  const exported = async (by: string) => {
    const answer = await server.api("GET", "/api/customers/42/export", by);
    expect(answer.status, answer.text).toBe(200);
    return { text: answer.text, ...(answer.json() as Exported) };
  };
  return { server, wide, bounded, exported };
}

describe.each(testEngines)("an export for a management token with a package bound, on %s,", (engine) => {
  test("holds what is said of a branch whose name looks like a package, and so does the audit log", async () => {
    const { server: opened, bounded, exported } = await open(engine);
    await using server = opened;
    const packageId = await hostPackage(server.core.database, "acme/core", ["1.0.0", BRANCH]);
    const { id } = await sellToken(server, bounded, { access: "customer", metadata: { customer_id: 42 } });
    await grantShop(server, bounded).put("1", { package: "acme/core", constraint: BRANCH });
    const row = { token: id, package: packageId, version_normalized: BRANCH, day: DAY, downloads: 1, installs: 1 };
    await server.core.database.db.insertInto("version_downloads").values(row).execute();

    const { grant_lines, downloads, history } = await exported(bounded);
    expect(grant_lines).toMatchObject([{ line: "1", terms: { constraint: BRANCH } }]);
    expect(downloads).toMatchObject([{ version_normalized: BRANCH }]);
    const sold = { action: "grant.set", details: { after: { grant: { constraint: BRANCH } } } };
    expect(history.filter(({ action }) => action.startsWith("grant."))).toMatchObject([sold]);
    const log = (await server.api("GET", "/api/audit-events?action=grant.", bounded)).json();
    expect(log).toMatchObject([sold]);
  });

  test("holds each line that exists for it, as the line itself is shown, and nothing of anybody else's bound", async () => {
    const { server: opened, wide, bounded, exported } = await open(engine);
    await using server = opened;
    const both = await server.createManagementToken({ ...ALL, prefixes: ["acme/", "globex/"] });
    const [theirs, others] = [grantShop(server, wide), grantShop(server, both)];
    await theirs.put("1", { package: "acme/core", constraint: "^1", occurred_at: NOW - 20 });
    await others.put("1", { package: "acme/core", updates_until: NOW + 9, occurred_at: NOW - 10 });
    await others.put("2", { packages: ["acme/core", "globex/x"], occurred_at: NOW - 10 });
    await others.cancel("2", `?occurred_at=${NOW - 5}`);
    await theirs.put("3", { package: "acme/app", occurred_at: NOW - 20 });
    await others.cancel("3", `?occurred_at=${NOW - 7}&keep=released`);
    const early = `/api/customers/42/grants/default/SECRET-ORDER?occurred_at=${NOW - 3}`;
    expect((await server.api("DELETE", early, both)).status).toBe(200);

    const { text, grant_lines } = await exported(bounded);
    expect(grant_lines.map(({ line }) => line)).toEqual(["1", "1", "3"]);
    const line = (await server.api("GET", "/api/customers/42/grants/default/order/1", bounded)).json();
    expect(line).toMatchObject({ ...grant_lines[1]?.terms, occurred_at: NOW - 10 });
    // Of one line, what each of those who told of it sold with it.
    expect(grant_lines[0]).toMatchObject({ granted_at: NOW - 20, terms: { constraint: "^1" } });
    expect(grant_lines[1]).toMatchObject({
      granted_at: NOW - 10,
      terms: { packages: ["acme/core"], updates_until: NOW + 9 },
    });
    expect(grant_lines[2]).toMatchObject({ revocations: [], releases: [NOW - 7] });
    expect(text).not.toMatch(/globex|"within"|"beneath"|withDependencies|"patterns"/);

    // Whoever sees everything is shown the cancellation that came before its purchase as well.
    const whole = await exported(wide);
    expect(whole.grant_lines).toHaveLength(5);
    expect(whole.grant_lines).toContainEqual(
      expect.objectContaining({ order_id: "SECRET-ORDER", line: "", terms: null, revocations: [NOW - 3] }),
    );
    expect(whole.text).not.toMatch(/"within"|"beneath"/);
  });
});
