import { execFile, execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { exampleCall } from "../dashboard/src/features/management-tokens/example-call.ts";
import { customerEmail } from "../dashboard/src/features/setup/snippets/customer-email.ts";
import { nodeWebhook } from "../dashboard/src/features/setup/snippets/node-webhook.ts";
import { phpCancellation } from "../dashboard/src/features/setup/snippets/php-cancellation.ts";
import { phpWebhook } from "../dashboard/src/features/setup/snippets/php-webhook.ts";
import type { ShopStrings } from "../dashboard/src/features/setup/snippets/shop-strings.ts";
import { EXAMPLE_VALUES, packageRefusals, tokenRefusals } from "../dashboard/src/features/install/refusals.ts";
import {
  closedMessage,
  credentialMessage,
  partialMessage,
  rateLimitMessage,
  versionMessage,
  withdrawnMessage,
} from "../src/modules/composer-repository/messages.ts";
import { startTestServer } from "../src/testing/test-server.ts";
import { specFixture, withShopStrings } from "./support/shop-handlers.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

const SHOP: ShopStrings = {
  ...{ url: "http://127.0.0.1:8080", host: "127.0.0.1:8080" },
  ...{ token: "pbm_0123456789abcdefghijABCDEFGHIJklmnop", prefixes: ["acme/"] },
};

/** The guide's text with the same strings put in, by the code that the shops of the other tests are made with. */
function fromTheGuide(name: string): string {
  const text = withShopStrings(readFileSync(specFixture(name), "utf8"), {
    ...{ brokerUrl: SHOP.url, managementToken: SHOP.token, vendorPrefix: "acme/" },
  });
  return text
    .replaceAll("package-broker.example.com", SHOP.host)
    .replaceAll("https://docs.example.com/install", `${SHOP.url}/install`);
}

const SNIPPETS = [
  ["webhook-handler.php", phpWebhook],
  ["webhook-handler.cjs", nodeWebhook],
  ["revoke-token.php", phpCancellation],
  ["email.html", customerEmail],
] as const;

test.each(SNIPPETS)(
  "the set-up shows the guide's %s, byte for byte but for host, token and vendor",
  (name, snippet) => {
    expect(snippet(SHOP)).toBe(fromTheGuide(name));
    expect(snippet(SHOP)).toContain("127.0.0.1:8080");
    expect(snippet(SHOP)).not.toMatch(/example\.com|your-vendor|your-management-api-token/);
  },
);

// Pasted as it stands: a mistake shows with the first sale.
test("the snippets are PHP and JavaScript as they stand", async () => {
  await using directory = await makeTemporaryDirectory("snippets");
  const shops = [SHOP, { ...SHOP, prefixes: [] }, { ...SHOP, prefixes: ["acme/*", "globex/theme"] }];
  for (const shop of shops) {
    for (const snippet of [phpWebhook, phpCancellation]) {
      const file = join(directory.path, "snippet.php");
      writeFileSync(file, snippet(shop));
      expect(execFileSync("php", ["-l", file], { encoding: "utf8" })).toContain("No syntax errors");
    }
    const file = join(directory.path, "snippet.cjs");
    writeFileSync(file, nodeWebhook(shop));
    execFileSync(process.execPath, ["--check", file]);
  }
});

// Pasted into bash as it stands, and answered with the secret.
test("the call to try a management token with works in bash, for one that sells and for one that reads", async () => {
  await using server = await startTestServer("sqlite");
  for (const scopes of [["tokens:write"], ["tokens:read"]]) {
    const secret = await server.createManagementToken({ scopes, prefixes: ["acme/"] });
    const { code = "" } = exampleCall(server.url, { scopes, package_bound: ["acme/"] }, 1_800_000_000) ?? {};
    const bash = promisify(execFile)("bash", ["-c", code]);
    bash.child.stdin?.end(`${secret}\n`);
    const answer = JSON.parse((await bash).stdout) as object;
    expect(answer).toMatchObject(scopes[0] === "tokens:read" ? [{ expires_at: 1_831_536_000 }] : { status: "active" });
  }
});

test("whoever sells for two vendors finds both in the handler, and a whole vendor in the guide's form", () => {
  const shop = { ...SHOP, prefixes: ["acme/*", "globex/theme"] };
  expect(phpWebhook(shop)).toContain("'allowed_package_prefixes' => ['acme/', 'globex/theme'],");
  expect(nodeWebhook(shop)).toContain("allowed_package_prefixes: ['acme/', 'globex/theme'],");
});

// Buyers search the page for the line they see.
test("the page for buyers has every refusal, word for word as the server says it", () => {
  const values = { host: SHOP.host, ...EXAMPLE_VALUES };
  const { lastFour, otherLastFour, packageName, version } = EXAMPLE_VALUES;
  const at = Date.parse(`${EXAMPLE_VALUES.date}T12:00:00Z`) / 1000;
  const dated = { kind: "partial", grants: [{ updatesUntil: at }] } as unknown as Parameters<typeof partialMessage>[1];
  const narrow = { kind: "partial", grants: [{ updatesUntil: null }] } as unknown as typeof dated;
  expect(tokenRefusals(values).map(({ message }) => message)).toEqual([
    credentialMessage({ problem: "missing", wasSent: false }, SHOP.host),
    credentialMessage({ problem: "unreadable", wasSent: true }, SHOP.host),
    credentialMessage({ problem: "malformed", wasSent: true }, SHOP.host),
    credentialMessage({ problem: "management_token", wasSent: true }, SHOP.host),
    credentialMessage({ problem: "unknown" }, SHOP.host),
    credentialMessage({ problem: "expired", at, lastFour }, SHOP.host),
    credentialMessage({ problem: "revoked", lastFour }, SHOP.host),
    credentialMessage({ problem: "suspended", lastFour }, SHOP.host),
    credentialMessage({ problem: "revoked", lastFour, other: otherLastFour }, SHOP.host),
    credentialMessage({ problem: "rotated", at, lastFour }, SHOP.host),
    rateLimitMessage(EXAMPLE_VALUES.limit, 3),
  ]);
  expect(packageRefusals(values).map(({ message }) => message)).toEqual([
    closedMessage(packageName, { kind: "lapsed", endedAt: at }),
    closedMessage(packageName, { kind: "suspended" }),
    closedMessage(packageName, { kind: "not_covered" }),
    closedMessage(packageName, { kind: "not_covered" }, otherLastFour),
    withdrawnMessage(packageName, null),
    withdrawnMessage(packageName, EXAMPLE_VALUES.successor),
    partialMessage(packageName, dated),
    partialMessage(packageName, narrow),
    versionMessage(packageName, version),
  ]);
});
