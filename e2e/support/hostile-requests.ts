/** What a row of the table of hostile requests may use. */
export interface HostileNames {
  readonly managementToken: string;
  readonly customerToken: string;
  readonly tokenId: string;
  readonly archivePath: string;
}

/** One hostile request and the statuses that may answer it, in their order. */
export interface HostileRequest {
  readonly label: string;
  readonly bytes: Buffer;
  readonly statuses: readonly number[];
}

/** In every request: an answer that repeats any of it lets a caller choose where a customer is sent. */
export const FORGED_HOST = "evil.example";
const FORGED = [
  ...[`X-Forwarded-Host: ${FORGED_HOST}`, `X-Forwarded-Proto: ${FORGED_HOST}`, `X-Forwarded-For: ${FORGED_HOST}`],
  ...[`X-Forwarded-Port: ${FORGED_HOST}`, `X-Forwarded-Prefix: /${FORGED_HOST}`, `Forwarded: host=${FORGED_HOST}`],
  ...[`X-Original-URL: /${FORGED_HOST}`, `X-Rewrite-URL: /${FORGED_HOST}`, `X-Http-Method-Override: DELETE`],
  `Referer: http://${FORGED_HOST}/`,
];

const JSON_TYPE = "Content-Type: application/json";

interface Shape {
  readonly method?: string;
  readonly version?: string;
  readonly host?: readonly string[];
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  /** Instead of the length of the body. */
  readonly length?: string | null;
  readonly lineEnd?: string;
  /** Left out for what is refused by closing, or closes by itself. */
  readonly close?: boolean;
}

function write(target: string, credential: string, shape: Shape): Buffer {
  const { body = "", lineEnd = "\r\n", host = [`Host: ${FORGED_HOST}`] } = shape;
  const length = shape.length === undefined && body !== "" ? String(Buffer.byteLength(body)) : shape.length;
  const lines = [
    `${shape.method ?? "GET"} ${target} ${shape.version ?? "HTTP/1.1"}`,
    ...host,
    ...FORGED,
    ...(credential === "" ? [] : [`Authorization: ${credential}`]),
    ...(length === undefined || length === null ? [] : [`Content-Length: ${length}`]),
    ...(shape.close === false ? [] : ["Connection: close"]),
    ...(shape.headers ?? []),
  ];
  // latin1: each character is one byte, also those that are no ASCII.
  return Buffer.concat([Buffer.from(lines.join(lineEnd) + lineEnd + lineEnd, "latin1"), Buffer.from(body)]);
}

/** The table, by what is odd: every endpoint, and what people have sent to servers to make them do something else. */
export function hostileRequests(names: HostileNames): Record<HostileGroup, HostileRequest[]> {
  const credentials = {
    bearer: `Bearer ${names.managementToken}`,
    basic: `Basic ${Buffer.from(`token:${names.customerToken}`).toString("base64")}`,
  };
  const rowsOf = (fill: (add: Add, credentials: Credentials, names: HostileNames) => void) => {
    const rows: HostileRequest[] = [];
    fill(
      (label, statuses, target, credential, shape = {}) => {
        rows.push({ label, statuses: [statuses].flat(), bytes: write(target, credential, shape) });
      },
      credentials,
      names,
    );
    return rows;
  };
  return { paths: rowsOf(addPaths), queries: rowsOf(addQueries), shapes: rowsOf(addShapes), bodies: rowsOf(addBodies) };
}

export type HostileGroup = "paths" | "queries" | "shapes" | "bodies";

type Add = (
  label: string,
  statuses: number | readonly number[],
  target: string,
  credential: string,
  shape?: Shape,
) => void;

interface Credentials {
  readonly basic: string;
  readonly bearer: string;
}

/** Targets and what answers them with the right credential. */
function addPaths(add: Add, { basic, bearer }: Credentials, names: HostileNames): void {
  const hex = "a".repeat(40);
  const composer: [target: string, status: number][] = [
    ["/dist/../../etc/passwd", 404],
    ["/dist/acme/core/../../../etc/passwd", 404],
    [`/dist/..%2f..%2fetc/passwd/${hex}.zip`, 404],
    [`/dist/%2e%2e/%2e%2e/${hex}.zip`, 404],
    [`/dist/acme/..%2fcore/${hex}.zip`, 404],
    [`/dist/acme\\core/${hex}.zip`, 404],
    ["/dist/acme/core/..\\..\\package-broker.db", 404],
    [`/dist/acme/core/${hex}.zip%00.png`, 404],
    [`/dist/acme/core/${hex}.zip;.png`, 404],
    [`/dist/./acme/core/${hex}.zip`, 404],
    [`/dist//acme/core/${hex}.zip`, 404],
    [`/dist/acme/core/${"a".repeat(39)}.zip`, 404],
    [`/dist/acme/core/${"a".repeat(64)}.zip`, 404],
    [`/dist/acme/core/HEAD.zip`, 404],
    [`/dist/acme/core/--upload-pack=id.zip`, 404],
    [`/dist/acme/core/$(id).zip`, 404],
    ["/p2/../encryption.key", 404],
    ["/p2/acme/../../../etc/passwd.json", 404],
    // Another spelling of the same name, which some clients use; encoded twice it is none.
    ["/p2/acme%2fcore.json", 200],
    ["/p2/acme%252fcore.json", 404],
    ["/p2/acme/core%7Edev.json", 200],
    ["/p2/acme/core%00.json", 404],
    ["/p2/acme/core.json%0d%0aSet-Cookie:%20a=b", 404],
    ["/p2/acme/core';drop%20table%20tokens;--.json", 404],
    ["/p2/acme/core`id`.json", 404],
    ["/p2/acme/core|id.json", 404],
    ["/p2/__proto__/constructor.json", 404],
    ["/p2/constructor/prototype.json", 404],
    [`/p2/${"a".repeat(8_000)}/core.json`, 404],
    [`/p2/acme/${"a-".repeat(240)}a.json`, 404],
    ["/packages.json/../api/tokens", 404],
    ["/security-advisories?packages[]=acme/core", 404],
    ["//packages.json", 404],
    ["//api/tokens", 401],
    ["/PACKAGES.JSON", 404],
    ["/./packages.json", 404],
    ["/%70ackages.json", 404],
    ["/package-broker.db", 404],
    ["/.env", 404],
    ["/.git/config", 404],
    ["/%2e%2e/%2e%2e/etc/passwd", 404],
    ["/..%5c..%5cwindows", 404],
  ];
  for (const [target, status] of composer) add(`GET ${target.slice(0, 80)}`, status, target, basic);
  const api: [method: string, target: string, status: number][] = [
    ["GET", "/api/tokens/..%2f..%2fetc%2fpasswd", 404],
    ["GET", "/api/tokens/../tokens", 404],
    ["GET", "/api/tokens/%00", 400],
    ["GET", "/api/tokens/%ff", 400],
    ["GET", "/api/tokens/%", 400],
    ["DELETE", "/api/tokens/'%20or%20'1'='1", 404],
    ["DELETE", "/api/tokens/*", 404],
    ["DELETE", "/api/tokens/%25", 404],
    ["DELETE", "/api/tokens/", 404],
    ["DELETE", "/api/tokens/null", 404],
    ["DELETE", `/api/tokens/${names.tokenId}%00`, 400],
    ["DELETE", `/api/tokens/${names.tokenId}/`, 404],
    ["DELETE", `/api/tokens/${names.tokenId}/../${names.tokenId}`, 404],
    ["DELETE", `/api/tokens/${names.tokenId};x=1`, 404],
    ["DELETE", `/api/tokens/${names.tokenId}%20`, 404],
    ["DELETE", `/api/tokens/${names.tokenId.toUpperCase()}`, 404],
    ["DELETE", `/API/TOKENS/${names.tokenId}`, 404],
    ["PATCH", "/api/tokens/__proto__", 404],
    ["GET", `/api/tokens/${"x".repeat(8_000)}`, 404],
    ["GET", "/api/tokens/$(id)", 404],
  ];
  for (const [method, target, status] of api) {
    const shape = method === "PATCH" ? { body: '{"description":"x"}', headers: [JSON_TYPE] } : {};
    add(`${method} ${target.slice(0, 80)}`, status, target, bearer, { method, ...shape });
  }
  // The same without a credential says nothing either, and least of all more.
  for (const [target] of composer) add(`GET ${target.slice(0, 80)} by nobody`, [400, 401, 404], target, "");
  for (const [method, target] of api) {
    add(`${method} ${target.slice(0, 80)} by nobody`, [400, 401, 404], target, "", { method });
  }
}

const METACHARACTERS = [
  ..."' or 1=1 --|%|_|*|$(id)|`id`|;id|--upload-pack=id|../../etc/passwd|{{7*7}}|<script>|\u{202E}|\u{1F6D2}".split(
    "|",
  ),
  ...["a\0b", "\r\nX-Injected: 1", "${jndi:ldap://x/a}", "\\", '"', "x".repeat(4_000)],
];

function addQueries(add: Add, { basic, bearer }: Credentials): void {
  for (const text of METACHARACTERS) {
    const encoded = encodeURIComponent(text);
    const name = JSON.stringify(text.slice(0, 30));
    add(`list.json filter ${name}`, 200, `/list.json?filter=${encoded}`, basic);
    add(`search.json words ${name}`, 200, `/search.json?q=${encoded}&type=${encoded}`, basic);
    for (const filter of ["customer_id", "order_id", "customer_email"]) {
      add(`tokens by ${filter} ${name}`, [200, 400], `/api/tokens?${filter}=${encoded}`, bearer);
    }
    for (const filter of ["status", "limit", "cursor"]) {
      add(`tokens by ${filter} ${name}`, 400, `/api/tokens?${filter}=${encoded}`, bearer);
    }
    add(`tokens by the unknown ${name}`, 400, `/api/tokens?${encoded}=1`, bearer);
  }
  const odd: [query: string, status: number][] = [
    ["customer_id=", 400],
    ["customer_id=1&customer_id=2", 400],
    ["customer_id[]=1", 400],
    ["customer_id[$ne]=1", 400],
    ["status=all&status=all", 400],
    ["limit=-1", 400],
    ["limit=0", 400],
    ["limit=1e9", 400],
    ["limit=99999999999999999999", 400],
    ["__proto__[x]=1", 400],
    ["constructor=1", 400],
    ["?customer_id=1", 400],
    ["=", 400],
    ["customer_id=%zz", 200],
    [Array.from({ length: 1_000 }, (_, index) => `p${index}=1`).join("&"), 400],
  ];
  for (const [query, status] of odd) add(`tokens?${query.slice(0, 60)}`, status, `/api/tokens?${query}`, bearer);
}

function addShapes(add: Add, { basic, bearer }: Credentials, names: HostileNames): void {
  const post = { method: "POST", body: '{"description":"x"}', headers: [JSON_TYPE] };
  const remove = `/api/tokens/${names.tokenId}`;
  const chunked = "Transfer-Encoding: chunked";
  const smuggled = `0\r\n\r\nDELETE ${remove} HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer}\r\n\r\n`;
  const shape = (label: string, statuses: number | readonly number[], given: Shape) =>
    add(label, statuses, "/api/tokens", bearer, { ...post, ...given });
  // Each of these is read differently by some proxy: whoever takes one may be made to take a request within it.
  shape("both Content-Length and Transfer-Encoding", 400, { headers: [JSON_TYPE, chunked], body: smuggled });
  shape("Transfer-Encoding before Content-Length", 400, {
    ...{ headers: [chunked, "Content-Length: 4", JSON_TYPE], length: null, body: smuggled },
  });
  shape("two Content-Lengths", 400, { headers: [JSON_TYPE, "Content-Length: 5"] });
  shape("two equal Content-Lengths", 400, { headers: [JSON_TYPE, `Content-Length: ${post.body.length}`] });
  shape("a list as Content-Length", 400, { length: "19, 19" });
  for (const length of ["-1", "+19", "0x13", "1e1", "19abc", "", " ", "99999999999999999999999"]) {
    shape(`a Content-Length of ${JSON.stringify(length)}`, 400, { length });
  }
  for (const encoding of ["chunked, identity", "xchunked", "chunked;x=1", "chunked\x0b", "identity", "gzip"]) {
    const headers = [JSON_TYPE, `Transfer-Encoding: ${encoding}`];
    shape(`Transfer-Encoding ${JSON.stringify(encoding)}`, 400, { headers, length: null, body: smuggled });
  }
  shape("Transfer-Encoding twice", 400, { headers: [chunked, "Transfer-Encoding: x"], length: null, body: smuggled });
  shape("a space before the colon", 400, { headers: ["Transfer-Encoding : chunked"], length: null });
  shape("a folded header", 400, { headers: ["Transfer-Encoding:", " chunked"], length: null, body: smuggled });
  for (const size of ["zz", "-1", "0x5", "", " 5", "fffffffffffffffff", "5;ext\0=1", "5\n"]) {
    const body = `${size}\r\nhello\r\n0\r\n\r\n`;
    shape(`a chunk size of ${JSON.stringify(size)}`, 400, { headers: [JSON_TYPE, chunked], length: null, body });
  }
  shape("a chunk longer than it says", 400, {
    ...{ headers: [JSON_TYPE, chunked], length: null, body: "2\r\nhello\r\n0\r\n\r\n" },
  });
  shape("lines that end with LF only", 400, { lineEnd: "\n" });
  shape("a bare CR in a header", 400, { headers: [JSON_TYPE, "X-A: b\rTransfer-Encoding: chunked"] });
  shape("a NUL in a header", 400, { headers: [JSON_TYPE, "X-A: b\0c"] });
  shape("a header without a colon", 400, { headers: [JSON_TYPE, "nonsense"] });
  shape("a header without a name", 400, { headers: [JSON_TYPE, ": x"] });
  const get = (label: string, statuses: number | readonly number[], target: string, given: Shape = {}) =>
    add(label, statuses, target, basic, given);
  get("absolute form", 404, `http://${FORGED_HOST}/packages.json`);
  get("absolute form with a userinfo", 404, `http://user:pass@${FORGED_HOST}/packages.json`);
  get("authority form", [400, 404], `${FORGED_HOST}:443`);
  get("the form of OPTIONS *", [400, 404], "*", { method: "OPTIONS" });
  get("a path without a slash", [400, 404], "packages.json");
  get("a space in the path", 400, "/packages .json");
  get("a NUL in the path", 400, "/p2/acme/core\0.json");
  get("a fragment", 404, "/packages.json#x");
  get("Latin-1 in the path", [400, 404], "/p2/acme/caf\u00e9.json");
  const hosts: [label: string, lines: string[], statuses: number | number[]][] = [
    ["no Host", [], 400],
    ["an empty Host", ["Host:"], 200],
    ["two Hosts", ["Host: 127.0.0.1", `Host: ${FORGED_HOST}`], [200, 400]],
    ["a Host with a path", [`Host: ${FORGED_HOST}/packages.json?x=`], 200],
    ["a Host with a userinfo", [`Host: a@${FORGED_HOST}`], 200],
    ["a Host with markup", [`Host: "><script>${FORGED_HOST}`], 200],
    ["a Host with a NUL", [`Host: ${FORGED_HOST}\0`], 400],
    ["a Host of 10 kB", [`Host: ${`${FORGED_HOST}.`.repeat(800)}`], 200],
  ];
  for (const [label, host, statuses] of hosts) {
    get(`${label}, packages.json`, statuses, "/packages.json", { host });
    add(`${label}, refused`, label.includes("NUL") || host.length === 0 ? 400 : [400, 401], "/packages.json", "", {
      host,
    });
    add(`${label}, API`, statuses, "/api/tokens?limit=1", bearer, { host });
  }
  for (const method of ["get", "Get", "post", "gEt", "FOO", "G\u00cbT", "PRI"]) {
    get(`the method ${method}`, 400, "/packages.json", { method });
  }
  for (const method of ["TRACE", "PROPFIND", "PURGE", "LINK", "QUERY", "OPTIONS", "PUT", "DELETE"]) {
    get(`${method} packages.json`, 405, "/packages.json", { method });
    add(`${method} of no address`, [400, 404, 405], "/nothing", bearer, { method });
  }
  for (const version of ["HTTP/9.9", "HTTP/1.", "HTTPS/1.1", ""]) {
    get(`the version ${JSON.stringify(version)}`, 400, "/packages.json", { version });
  }
  // Node answers these as HTTP/1.1.
  for (const version of ["HTTP/0.9", "HTTP/2.0"]) get(version, [200, 400], "/packages.json", { version });
  get("HTTP/1.0", 200, "/packages.json", { version: "HTTP/1.0" });
  get("an expectation nobody can meet", 417, "/packages.json", { headers: ["Expect: nonsense"] });
  get("an upgrade to websocket", [200, 400], "/packages.json", {
    headers: ["Upgrade: websocket", "Sec-WebSocket-Key: x"],
  });
  get("headers of 20 kB", 431, "/packages.json", { headers: [`X-Big: ${"x".repeat(20_000)}`] });
  get("3,000 headers", 431, "/packages.json", { headers: Array.from({ length: 3_000 }, (_, n) => `X-${n}: x`) });
  get("1,500 short headers", [200, 431], "/packages.json", { headers: Array.from({ length: 1_500 }, () => `A: x`) });
  get("a range nobody has", [200, 206, 416], names.archivePath, {
    headers: ["Range: bytes=999999999-"],
    method: "HEAD",
  });
  get("a date that is none", 200, "/packages.json", { headers: ["If-Modified-Since: '; drop table tokens"] });
}

function addBodies(add: Add, { basic, bearer }: Credentials, names: HostileNames): void {
  const token = `/api/tokens/${names.tokenId}`;
  const huge = `{"description":"${"x".repeat(10 * 1024 * 1024)}"}`;
  const chunks = `${huge.length.toString(16)}\r\n${huge}\r\n0\r\n\r\n`;
  const endpoints: [method: string, target: string, credential: string][] = [
    ["POST", "/api/tokens", bearer],
    ["PATCH", token, bearer],
    ["POST", "/notify", basic],
  ];
  for (const [method, target, credential] of endpoints) {
    const headers = [JSON_TYPE];
    const name = `${method} ${target.slice(0, 12)}`;
    add(`${name} of 10 MB`, 413, target, credential, { method, headers, body: huge });
    add(`${name} of 10 MB in chunks`, 413, target, credential, {
      ...{ method, headers: [...headers, "Transfer-Encoding: chunked"], body: chunks, length: null },
    });
    add(`${name} of 10 MB by nobody`, [401, 413], target, "", { method, headers, body: huge });
    for (const body of [
      "{",
      "[1]",
      "null",
      "1",
      '"x"',
      "[".repeat(100_000),
      '{"a":'.repeat(50_000),
      "\0",
      "\xff\xfe",
    ]) {
      add(`${name} ${JSON.stringify(body.slice(0, 12))}`, 400, target, credential, { method, headers, body });
    }
  }
  // A body where none is expected is passed over, not read as the next request.
  const inner = `DELETE ${token} HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer}\r\n\r\n`;
  add("GET packages.json with a request as its body", 200, "/packages.json", basic, { body: inner });
  add("GET tokens with a request as its body", [200, 400, 415], "/api/tokens", bearer, { body: inner });
  add("POST packages.json with a request as its body", 405, "/packages.json", basic, { method: "POST", body: inner });
  add("GET packages.json with 10 MB", [200, 413], "/packages.json", basic, { body: huge });
}
