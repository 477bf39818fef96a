import { expect, test } from "vitest";
import { closestName } from "./did-you-mean.ts";

const FIELDS = ["description", "expires_at", "allowed_package_prefixes", "rate_limit_max", "metadata", "access", "q"];

test("knows what was meant by a slip, another case or another separator, and guesses nothing of a stranger", () => {
  const cases: [typed: string, meant: string | undefined][] = [
    ["expire_at", "expires_at"],
    ["expiresAt", "expires_at"],
    ["Expires-At", "expires_at"],
    ["allowedPackagePrefixes", "allowed_package_prefixes"],
    ["allowed_packages_prefix", "allowed_package_prefixes"],
    ["descripton", "description"],
    ["acces", "access"],
    ["Q", "q"],
    ["email", undefined],
    ["customer_id", undefined],
    ["__proto__", undefined],
    ["", undefined],
    ["expires_at".repeat(50), undefined],
  ];
  for (const [typed, meant] of cases) expect(closestName(typed, FIELDS), typed).toBe(meant);
});
