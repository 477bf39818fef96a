import { expect, test } from "vitest";
import PAGE from "../../../../docs/reference/webhooks.md?raw";
import { VERIFY_NODE, VERIFY_PHP } from "./verify-code.ts";

// Those of the page are run by e2e/webhook-snippets.test.ts.
test.each([
  ["php", VERIFY_PHP],
  ["js", VERIFY_NODE],
])("the dashboard shows the %s snippet of the documentation, which is tested", (language, code) => {
  expect(PAGE).toContain(`\`\`\`${language}\n${code}\`\`\``);
});
