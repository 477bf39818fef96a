/** The snippets of docs/reference/webhooks.md, which a test runs, and another one compares with these. */
export const VERIFY_PHP = `<?php
/** The message, when it is signed with our secret and not older than five minutes; null otherwise. */
function verifyWebhook(string $secret, array $headers, string $body): ?array
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > 300) {
        return null;
    }
    $key = base64_decode(substr($secret, strlen('whsec_')));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $signature) {
        if (hash_equals($expected, $signature)) {
            return json_decode($body, true);
        }
    }
    return null;
}

// $message = verifyWebhook($secret, array_change_key_case(getallheaders()), file_get_contents('php://input'));
// http_response_code($message === null ? 401 : 204);
`;

export const VERIFY_NODE = `const { createHmac, timingSafeEqual } = require("node:crypto");

/** The message, when it is signed with our secret and not older than five minutes; null otherwise. */
function verifyWebhook(secret, headers, body) {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  if (!/^\\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return null;
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const expected = Buffer.from("v1," + createHmac("sha256", key).update(\`\${id}.\${timestamp}.\${body}\`).digest("base64"));
  for (const signature of String(headers["webhook-signature"]).split(" ")) {
    const given = Buffer.from(signature);
    if (given.length === expected.length && timingSafeEqual(given, expected)) return JSON.parse(body);
  }
  return null;
}

module.exports = { verifyWebhook };
`;
