import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { newSecret } from "../../platform/crypto/secrets.ts";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const COMPOSER = "Composer/2.2.29 (Linux; 6.1; PHP 7.4.33; cURL 7.88.1)";
const reference = (digit: string) => digit.repeat(40);
const basic = (password: string) => `Basic ${Buffer.from(`token:${password}`).toString("base64")}`;

const BY_CLIENT = "Vary: Authorization, Accept-Encoding, User-Agent";
const BY_TOKEN = "Vary: Authorization, Accept-Encoding";

interface Ask {
  path?: string;
  authorization?: string | undefined;
  userAgent?: string;
  method?: "GET" | "HEAD";
}

/** The answer as it comes over the wire, but for its date. */
async function rawAnswer(
  url: string,
  { path = "/packages.json", authorization, userAgent, method = "GET" }: Ask,
): Promise<string> {
  const { host, hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    `User-Agent: ${userAgent ?? COMPOSER}`,
    "Connection: close",
  ];
  if (authorization !== undefined) lines.push(`Authorization: ${authorization}`);
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/m, "Date: …");
}

/** The whole of a refusal: Composer prints its `warning` for this `Content-Type` only, to the letter. */
function refusal(status: string, headers: string[], body: string): string {
  return [
    ...[`HTTP/1.1 ${status}`, "Cache-Control: private, no-cache", ...headers, "Content-Type: application/json"],
    ...[`Content-Length: ${Buffer.byteLength(body)}`, "Date: …", "Connection: close", "", body],
  ].join("\r\n");
}

/** A credential of each kind, and the body that is answered to it. */
async function credentials(server: TestServer): Promise<[authorization: string, body: string][]> {
  const shop = await server.createManagementToken();
  const sold = () => sellToken(server, shop);
  const [valid, revoked, suspended, rotated] = [await sold(), await sold(), await sold(), await sold()];
  const expired = await sellToken(server, shop, { expires_at: NOW });
  await server.api("DELETE", `/api/tokens/${revoked.id}`, shop);
  await server.api("POST", `/api/tokens/${suspended.id}/suspend`, shop, {});
  await server.api("POST", `/api/tokens/${rotated.id}/rotate`, shop, { overlap_seconds: 0 });
  const { host } = new URL(server.url);
  const configure = String.raw`run \"composer config http-basic.${host} token YOUR_TOKEN\"`;
  const last = ({ token }: { token: string }) => `(…${token.slice(-4)})`;
  const malformed = `{"warning":"This is not a token of ${host} (pbt_…): copy it whole from your purchase and ${configure}."}`;
  return [
    [
      basic(""),
      `{"warning":"${host} could not read your credentials: ${configure} with the token from your purchase."}`,
    ],
    [basic("hunter2"), malformed],
    [basic(valid.token.slice(0, -1)), malformed],
    [
      basic(shop),
      '{"warning":"This is a management token (pbm_…), which installs nothing: use the customer token (pbt_…) from your purchase."}',
    ],
    [
      basic(newSecret("pbt")),
      `{"warning":"Your token is unknown to ${host}: check that it belongs to this address, or ask the vendor for a new one."}`,
    ],
    [
      basic(expired.token),
      `{"warning":"Your token ${last(expired)} expired on 2027-01-15: renew with the vendor to go on installing and updating."}`,
    ],
    [basic(revoked.token), `{"warning":"Your token ${last(revoked)} was revoked: ask the vendor for a new one."}`],
    [
      basic(suspended.token),
      `{"warning":"Your token ${last(suspended)} is suspended: ask the vendor why; it works again once they resume it."}`,
    ],
    [
      basic(rotated.token),
      `{"warning":"Your token ${last(rotated)} was replaced by a new one on 2027-01-15: ${configure} with the new token from the vendor."}`,
    ],
  ];
}

describe.each(testEngines)("refusals on bytes, on %s", (engine) => {
  test("of a credential: the User-Agent decides about the status and the challenge, and nothing else", async () => {
    await using server = await startTestServer(engine);
    const { host } = new URL(server.url);
    const challenge = `WWW-Authenticate: Basic realm="${host}", charset="UTF-8"`;
    const none = `{"warning":"${host} needs your token: run \\"composer config http-basic.${host} token YOUR_TOKEN\\" with the token from your purchase; when asked, the user name is token, the password is your token."}`;
    for (const userAgent of [COMPOSER, "curl/7.88.1"]) {
      expect(await rawAnswer(server.url, { userAgent })).toBe(
        refusal("401 Unauthorized", [BY_CLIENT, challenge], none),
      );
    }
    for (const [authorization, body] of await credentials(server)) {
      const composer = await rawAnswer(server.url, { authorization });
      expect(composer).toBe(refusal("402 Payment Required", [BY_CLIENT], body));
      const curl = await rawAnswer(server.url, { authorization, userAgent: "curl/7.88.1" });
      expect(curl).toBe(refusal("401 Unauthorized", [BY_CLIENT, challenge], body));
      const head = await rawAnswer(server.url, { authorization, method: "HEAD" });
      expect(head).toBe(composer.slice(0, -body.length));
    }
  });

  test("of a package and of an archive, and of what is not there", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    const shop = await server.createManagementToken();
    for (const [index, name] of ["acme/core", "acme/lapsed", "acme/unsold", "globex/core"].entries()) {
      await hostPackage(database, name, [{ version: "1.0.0", reference: reference(String(index)) }]);
    }
    await hostPackage(database, "acme/gone", [{ version: "1.0.0", isWithdrawn: true }]);
    const bought = ["acme/core", "acme/lapsed", "acme/gone"];
    const { id, token } = await sellToken(server, shop, { allowed_package_prefixes: bought });
    const narrowed = ["acme/core", "acme/gone"];
    await server.api("PATCH", `/api/tokens/${id}`, shop, { allowed_package_prefixes: narrowed });
    const lapsed = "acme/lapsed: your access ended on 2027-01-15; renew with the vendor to install or update it.";
    const unsold = "acme/unsold: not part of what your token was bought for; buy it from the vendor to install it.";
    const gone = "acme/gone: no version of it is offered at the moment; ask the vendor whether it has another name.";
    const missing = '{"status":"error","message":"not found"}';
    const answers: [path: string, status: string, body: string][] = [
      ["/p2/acme/lapsed.json", "200 OK", `{"packages":{"acme/lapsed":[]},"warning":"${lapsed}"}`],
      ["/p2/acme/lapsed~dev.json", "200 OK", '{"packages":{"acme/lapsed":[]}}'],
      ["/p2/acme/unsold.json", "200 OK", `{"packages":{"acme/unsold":[]},"warning":"${unsold}"}`],
      ["/p2/acme/gone.json", "200 OK", `{"packages":{"acme/gone":[]},"minified":"composer/2.0","warning":"${gone}"}`],
      ["/p2/globex/core.json", "404 Not Found", missing],
      ["/p2/no/such.json", "404 Not Found", missing],
      [`/dist/acme/lapsed/${reference("1")}.zip`, "402 Payment Required", `{"warning":"${lapsed}"}`],
      [`/dist/acme/unsold/${reference("2")}.zip`, "402 Payment Required", `{"warning":"${unsold}"}`],
      [`/dist/globex/core/${reference("3")}.zip`, "404 Not Found", missing],
      [`/dist/acme/core/${reference("9")}.zip`, "404 Not Found", missing],
      ["/packages/list.json", "404 Not Found", missing],
    ];
    for (const [path, status, body] of answers) {
      const answer = await rawAnswer(server.url, { path, authorization: basic(token) });
      expect(answer, path).toBe(refusal(status, [BY_TOKEN], body));
    }
  });

  test("of one request too many, and of one unknown token too many from an address", async () => {
    await using server = await startTestServer(engine, { UNKNOWN_CREDENTIAL_LIMIT: "1" });
    const { host } = new URL(server.url);
    const { token } = await sellToken(server, await server.createManagementToken(), { rate_limit_max: 1 });
    const again = { authorization: basic(token) };
    expect(await rawAnswer(server.url, again)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const limits = ["X-RateLimit-Limit: 1", "X-RateLimit-Remaining: 0", `X-RateLimit-Reset: ${NOW + 3_600}`];
    expect(await rawAnswer(server.url, again)).toBe(
      refusal(
        "429 Too Many Requests",
        [BY_TOKEN, ...limits, "Retry-After: 3600"],
        '{"warning":"Your token made more requests than its limit of 1 an hour: try again in 60 minutes, or ask the vendor for a higher limit."}',
      ),
    );
    const unknown = { authorization: basic(newSecret("pbt")) };
    expect(await rawAnswer(server.url, unknown)).toMatch(/^HTTP\/1\.1 402 /);
    expect(await rawAnswer(server.url, unknown)).toBe(
      refusal(
        "429 Too Many Requests",
        [BY_TOKEN, "Retry-After: 60"],
        `{"warning":"Your token is unknown to ${host}: check that it belongs to this address, or ask the vendor for a new one. Too many unknown tokens came from your address; a right one works at once, try another in a minute."}`,
      ),
    );
  });
});
