import { describe, expect, it } from "vitest";
import { exampleCall } from "./example-call.ts";

const SHOP = { scopes: ["tokens:read", "tokens:write"], package_bound: ["acme/", "acme-labs/*"] };

describe("the call to try a new management token with", () => {
  it("creates a customer token on this very server, within the token's bound", () => {
    const { code = "" } = exampleCall("https://packages.example.com", "pbm_secret", SHOP) ?? {};
    expect(code).toContain("curl -X POST https://packages.example.com/api/tokens \\\n");
    expect(code).toContain('-H "Authorization: Bearer pbm_secret"');
    const body = JSON.parse(/'([\s\S]*)'$/.exec(code)?.[1] ?? "") as { allowed_package_prefixes: string[] };
    expect(body.allowed_package_prefixes).toEqual(["acme/", "acme-labs/*"]);
  });

  it("names no prefixes where the token has no bound", () => {
    const { code } = exampleCall("https://packages.example.com", "pbm_secret", { ...SHOP, package_bound: null }) ?? {};
    expect(code).not.toContain("allowed_package_prefixes");
  });

  it("reads what a token without tokens:write may read, and is not there when that is nothing", () => {
    const reading = { scopes: ["packages:read"], package_bound: null };
    expect(exampleCall("https://a.example", "pbm_secret", reading)?.code).toContain("https://a.example/api/packages");
    expect(exampleCall("https://a.example", "s", { scopes: ["grants:write"], package_bound: null })).toBeUndefined();
  });
});
