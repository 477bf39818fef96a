import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newWebhookSecret, signedHeaders } from "../src/modules/webhooks/signature.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

const PAGE = readFileSync(new URL("../docs/reference/webhooks.md", import.meta.url), "utf8");

function snippet(language: string): string {
  const code = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(PAGE)?.[1];
  return code ?? expect.fail(`the page has no snippet in ${language}`);
}

const now = Math.floor(Date.now() / 1000);
const secret = newWebhookSecret();
const other = newWebhookSecret();
const body = JSON.stringify({ type: "token.created", data: { name: "Zoë" } });
const content = { id: "msg_1", timestamp: now, body };
const signed = signedHeaders([secret], content);

const CASES: [string, Record<string, string>, string, boolean][] = [
  ["what we sent", signed, body, true],
  ["a message with two signatures", signedHeaders([other, secret], content), body, true],
  ["a changed body", signed, body.replace("Zoë", "Zoe"), false],
  ["another id", { ...signed, "webhook-id": "msg_2" }, body, false],
  ["somebody else's signature", signedHeaders([other], content), body, false],
  ["an old message", signedHeaders([secret], { ...content, timestamp: now - 400 }), body, false],
  ["another time than was signed", { ...signed, "webhook-timestamp": String(now + 1) }, body, false],
  ["no signature", { "webhook-id": "msg_1", "webhook-timestamp": String(now) }, body, false],
];

const LANGUAGES = [
  [
    "php",
    "php",
    `$input = json_decode(file_get_contents($argv[1]), true);
     echo json_encode(verifyWebhook($input['secret'], $input['headers'], $input['body']));`,
  ],
  [
    "js",
    process.execPath,
    `const input = JSON.parse(require("node:fs").readFileSync(process.argv[2], "utf8"));
     process.stdout.write(JSON.stringify(verifyWebhook(input.secret, input.headers, input.body)));`,
  ],
] as const;

test.each(LANGUAGES)(
  "the page's snippet in %s takes our messages and nothing else",
  async (language, program, call) => {
    await using directory = await makeTemporaryDirectory("webhook-snippets");
    const file = join(directory.path, language === "php" ? "verify.php" : "verify.cjs");
    writeFileSync(file, `${snippet(language)}\n${call}\n`);
    const input = join(directory.path, "input.json");
    for (const [what, headers, received, isGood] of CASES) {
      writeFileSync(input, JSON.stringify({ secret, headers, body: received }));
      const output = execFileSync(program, [file, input], { encoding: "utf8" });
      expect(JSON.parse(output), what).toEqual(isGood ? JSON.parse(body) : null);
    }
  },
);
