import { describe, expect, it } from "vitest";
import { exampleCall } from "./example-call.ts";

const SHOP = { scopes: ["tokens:read", "tokens:write"], package_bound: ["acme/", "acme-labs/*"] };
/** 2027-03-01, before a year with a leap day. */
const NOW = Date.UTC(2027, 2, 1) / 1000;
const bodyOf = (code: string) =>
  JSON.parse(/'([\s\S]*)'/.exec(code)?.[1] ?? "") as { allowed_package_prefixes?: string[]; expires_at: number };

describe("the call to try a new management token with", () => {
  it("creates a customer token on this very server, within the token's bound, for one year of the calendar", () => {
    const { code = "" } = exampleCall("https://packages.example.com", SHOP, NOW) ?? {};
    expect(code).toContain("curl -X POST https://packages.example.com/api/tokens \\\n");
    const body = bodyOf(code);
    expect(body.allowed_package_prefixes).toEqual(["acme/", "acme-labs/*"]);
    expect(body.expires_at).toBe(Date.UTC(2028, 2, 1) / 1000);
  });

  // Pasted into bash it is kept in the history, and what a process is started with anybody on the machine can read.
  it("asks for the secret instead of holding it, in one command", () => {
    for (const scopes of [["tokens:write"], ["packages:read"]]) {
      const { code = "" } = exampleCall("https://a.example", { scopes, package_bound: null }, NOW) ?? {};
      expect(code).not.toContain("pbm_");
      expect(code).toMatch(/^read -rsp "[^"]+" SECRET && echo >&2 && \\\n/);
      expect(code).toMatch(/ -H @- [\s\S]*<<< "Authorization: Bearer \$SECRET"$/);
    }
  });

  it("names no prefixes where the token has no bound", () => {
    const { code } = exampleCall("https://packages.example.com", { ...SHOP, package_bound: null }, NOW) ?? {};
    expect(code).not.toContain("allowed_package_prefixes");
  });

  it("reads what a token without tokens:write may read, and is not there when that is nothing", () => {
    const reading = { scopes: ["packages:read"], package_bound: null };
    expect(exampleCall("https://a.example", reading, NOW)?.code).toContain("https://a.example/api/packages");
    expect(exampleCall("https://a.example", { ...reading, scopes: ["grants:write"] }, NOW)).toBeUndefined();
  });
});
