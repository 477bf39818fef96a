import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { specFixture, specTokenRequest, withShopStrings } from "./shop-handlers.ts";

const BLOCKS = [
  ["webhook-handler.php", "php"],
  ["revoke-token.php", "php"],
  ["webhook-handler.cjs", "javascript"],
  ["email.html", "html"],
  ["create-token-request.json", "json"],
] as const;

// What the tests run has to be what a vendor copies out of the guide, not something that was made to fit.
test.each(BLOCKS)("%s is a code block of the guide, byte for byte", async (name, language) => {
  const guide = await readFile(specFixture("eshop-extension-vendor.md"), "utf8");
  const text = await readFile(specFixture(name), "utf8");
  expect(guide).toContain(`\n\`\`\`${language}\n${text}\`\`\`\n`);
});

test.each(["webhook-handler.php", "revoke-token.php", "webhook-handler.cjs"])(
  "a shop changes only the host, the token and the vendor in %s",
  async (name) => {
    const text = await readFile(specFixture(name), "utf8");
    const settings = { brokerUrl: "http://127.0.0.1:1", managementToken: "pbm_1", vendorPrefix: "acme/" };
    const changed = withShopStrings(text, settings).split("\n");
    const differing = text.split("\n").filter((line, index) => line !== changed[index]);
    expect(differing).toHaveLength(name === "revoke-token.php" ? 2 : 3);
    expect(changed.join("\n")).not.toMatch(/example\.com|your-management-api-token|your-vendor/u);
  },
);

test("the guide's own request is JSON as it stands", async () => {
  expect(JSON.parse(await specTokenRequest("acme/"))).toMatchObject({
    allowed_package_prefixes: ["acme/"],
    metadata: { customer_id: "cust_123" },
  });
});
