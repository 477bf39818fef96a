import { createHash } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { makeTemporaryDirectory } from "../../../../e2e/support/temporary-directory.ts";
import { oidOf, pointerTo, startLfsServer } from "../../../testing/lfs-server.ts";
import { resolveAllowed } from "../../outbound-http/index.ts";
import type { GitRemote } from "../remote.ts";
import { fetchLfsObjects, lfsHostOf, openLfsStore, parsePointer } from "./index.ts";
import type { LfsHost, LfsObject } from "./index.ts";

const OID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${OID}\nsize 12345\n`;

describe("a pointer", () => {
  const read = (text: string) => parsePointer(Buffer.from(text));

  test("is read as git-lfs reads it, with the line ends of Windows too", () => {
    const object = { kind: "object", oid: OID, sizeBytes: 12345 };
    expect(read(POINTER)).toEqual(object);
    expect(read(POINTER.replaceAll("\n", "\r\n"))).toEqual(object);
    expect(read(POINTER.replace("git-lfs.github", "hawser.github"))).toEqual(object);
  });

  test("with an extension is told apart: its object is not the file", () => {
    const line = `ext-0-foo sha256:${OID}\n`;
    expect(read(POINTER.replace("oid", `${line}oid`))).toEqual({ kind: "extension" });
  });

  test.each([
    ["an ordinary file", "hello"],
    ["another version", POINTER.replace("spec/v1", "spec/v2")],
    ["one without a size", POINTER.replace(/size.*\n/, "")],
    ["one with more in it", `${POINTER}and more\n`],
    ["one that starts with something else", `x\n${POINTER}`],
    ["an upper case oid", POINTER.replace(OID, OID.toUpperCase())],
    ["one of more than 1024 bytes", POINTER + " ".repeat(1024)],
  ])("%s is an ordinary file", (_, text) => expect(read(text)).toBeUndefined());
});

const CREDENTIALS = { username: "u", password: "s3cret-of-the-source" };

function remoteAt(url: string, transport: GitRemote["transport"] = "http"): GitRemote {
  return { url, transport, host: "git.example.com", port: 443, addresses: ["192.0.2.1"], credentials: CREDENTIALS };
}

describe("the place of the objects", () => {
  test.each([
    ["https://git.example.com/acme/core.git", "https://git.example.com/acme/core.git/info/lfs"],
    ["https://git.example.com/acme/core", "https://git.example.com/acme/core.git/info/lfs"],
    ["https://git.example.com/acme/core/", "https://git.example.com/acme/core.git/info/lfs"],
  ])("of %s is where git-lfs asks", (url, expected) => expect(lfsHostOf(remoteAt(url), undefined).url).toBe(expected));

  test("is the one in .lfsconfig; the credentials stay bound to the source's origin", () => {
    const host = lfsHostOf(remoteAt("https://git.example.com/acme/core.git"), "https://lfs.example.net/core/");
    expect(host.url).toBe("https://lfs.example.net/core");
    expect(host.credentials?.origin).toBe("https://git.example.com");
  });

  test.each(["ssh://git@host/x.git", "https://u:p@host/x", "https://host/x?token=1", "file:///etc", "../x"])(
    "%s in .lfsconfig is refused",
    (url) => expect(() => lfsHostOf(remoteAt("https://git.example.com/x.git"), url)).toThrow(/lfs\.url in \.lfsconfig/),
  );

  test("is not known of a source that is read over ssh, and what to do is said", () => {
    expect(() => lfsHostOf(remoteAt("ssh://git@host/x.git", "ssh"), undefined)).toThrow(/give the source an https URL/);
  });
});

async function setUp() {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await makeTemporaryDirectory("lfs"));
  const server = stack.use(await startLfsServer());
  const store = openLfsStore(directory.path);
  const hostOf = (url: string): LfsHost => lfsHostOf(remoteAt(`${url}/acme/core.git`), undefined);
  const controller = new AbortController();
  return {
    server,
    store,
    controller,
    async files(): Promise<string[]> {
      const entries = await readdir(directory.path, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    },
    async fetch(
      pointers: readonly string[],
      options: { host?: LfsHost; isPublicOnly?: boolean; perBatch?: number } = {},
    ) {
      const policy = { allowPrivateNetworks: options.isPublicOnly !== true };
      const failures = await fetchLfsObjects(options.host ?? hostOf(server.url), pointers.map(objectOf), store, {
        resolve: (host) => resolveAllowed(host, policy),
        signal: controller.signal,
        idleTimeoutMs: 1_000,
        ref: "refs/tags/1.0.0",
        ...(options.perBatch === undefined ? {} : { objectsPerBatch: options.perBatch }),
      });
      return new Map(
        [...failures].map(([oid, { message, isPassing }]) => [oid, `${message}${isPassing ? " (passing)" : ""}`]),
      );
    },
    hostOf,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function objectOf(pointer: string): LfsObject {
  const parsed = parsePointer(Buffer.from(pointer));
  if (parsed?.kind !== "object") throw new Error("no pointer");
  return parsed;
}

describe("fetching", () => {
  test("stores each object once, under its hash, and asks for nothing that is there", async () => {
    await using bench = await setUp();
    const contents = [Buffer.alloc(300_000, 7), Buffer.from("small"), Buffer.alloc(0)];
    const pointers = contents.map((content) => bench.server.put(content));
    expect(await bench.fetch([...pointers, ...pointers])).toEqual(new Map());
    for (const [index, pointer] of pointers.entries()) {
      expect(await buffer(bench.store.read(objectOf(pointer)))).toEqual(contents[index]);
    }
    expect(bench.server.batches).toHaveLength(1);
    expect(bench.server.batches[0]).toMatchObject({ path: "/acme/core.git/info/lfs/objects/batch", method: "POST" });
    expect(bench.server.batches[0]?.headers).toMatchObject({
      accept: "application/vnd.git-lfs+json",
      "content-type": "application/vnd.git-lfs+json",
    });
    expect(await bench.fetch(pointers)).toEqual(new Map());
    expect(bench.server.batches).toHaveLength(1);
    expect(bench.server.downloads).toHaveLength(3);
  });

  test("sends the source's password to its own origin, and never to the place of the objects", async () => {
    await using bench = await setUp();
    const pointer = bench.server.put("paid");
    bench.server.credentials = CREDENTIALS;
    const origin = bench.server.url;
    const own = lfsHostOf({ ...remoteAt(`${origin}/acme/core.git`) }, undefined);
    expect(await bench.fetch([pointer], { host: own })).toEqual(new Map());
    expect(bench.server.downloads[0]?.headers.authorization).toBe("RemoteAuth of-the-storage");
    // .lfsconfig names the host of the objects, which is not the source's: nothing is sent there.
    const other = bench.server.put("more");
    const elsewhere = lfsHostOf(remoteAt("https://git.example.com/acme/core.git"), `${origin}/acme/core.git/info/lfs`);
    expect([...(await bench.fetch([other], { host: elsewhere })).values()][0]).toMatch(
      /asks for a user name and a pass/,
    );
    expect(bench.server.batches.at(-1)?.headers.authorization).toBeUndefined();
  });

  test("says that the credentials were refused", async () => {
    await using bench = await setUp();
    bench.server.credentials = { username: "u", password: "another" };
    const failures = await bench.fetch([bench.server.put("paid")]);
    expect([...failures.values()][0]).toMatch(/refused the user name and the password/);
    expect(JSON.stringify([...failures])).not.toContain(CREDENTIALS.password);
  });

  test.each([413, 429])("asks for fewer when the host answers %d", async (status) => {
    await using bench = await setUp();
    bench.server.objectsMax = { count: 2, status };
    const pointers = ["a", "b", "c", "d", "e"].map((content) => bench.server.put(content));
    expect(await bench.fetch(pointers)).toEqual(new Map());
    expect(bench.server.batches.map(({ oids }) => oids.length)).toEqual([5, 3, 2, 2, 1]);
  });

  test("tells of the object that is missing, and gets the others", async () => {
    await using bench = await setUp();
    const there = bench.server.put("there");
    const missing = pointerTo("never pushed");
    const failures = await bench.fetch([missing, there]);
    expect([...failures]).toEqual([
      [oidOf(missing), expect.stringMatching(/does not have it: push it there with git lfs/)],
    ]);
    expect(await bench.files()).toEqual([oidOf(there)]);
  });

  test("does not ask a host again that does not answer, and says that it may go well later", async () => {
    await using bench = await setUp();
    bench.server.answerBatch = (_request, response) => response.writeHead(503).end();
    const pointers = ["a", "b", "c"].map((content) => bench.server.put(content));
    const failures = await bench.fetch(pointers, { perBatch: 1 });
    expect(failures.size).toBe(3);
    expect([...failures.values()][2]).toMatch(/reports a failure of its own \(503\).*\(passing\)/);
    expect(bench.server.batches).toHaveLength(1);
  });

  test.each([
    [404, /offers no Git LFS: switch Git LFS on there/],
    [501, /offers no Git LFS/],
    [302, /redirects to another address/],
    [418, /answered with status 418/],
  ])("a batch API that answers %d is explained", async (status, expected) => {
    await using bench = await setUp();
    bench.server.answerBatch = (_request, response) => response.writeHead(status, { location: "http://a/" }).end();
    expect([...(await bench.fetch([bench.server.put("x")])).values()][0]).toMatch(expected);
  });
});

describe("a hostile host", () => {
  const oid = createHash("sha256").update("the real one").digest("hex");
  type Answer = (response: ServerResponse) => void;
  test.each<[string, Answer, RegExp]>([
    ["other bytes of the same size", (r) => r.end("the fake one"), /does not have the SHA-256/],
    ["too few bytes", (r) => r.end("the"), /has 3 bytes instead of 12/],
    ["too many bytes", (r) => r.end("the real one, and more"), /has more than the 12 bytes/],
    [
      "half of it",
      (r) => (r.writeHead(200, { "content-length": 12 }), r.write("the"), r.destroy()),
      /broke off.*passing/,
    ],
    ["nothing, for ever", () => undefined, /answered too slowly.*passing/],
    ["one byte and no more", (r) => r.write("t"), /answered too slowly.*passing/],
    ["an error", (r) => r.writeHead(404).end(), /does not have it/],
    ["a failure", (r) => r.writeHead(500).end(), /failure of its own \(500\).*passing/],
    ["a page instead", (r) => r.writeHead(204).end(), /answered with status 204/],
    ["redirects without end", (r) => r.writeHead(302, { location: "/objects/again" }).end(), /redirects more than 3/],
    ["a redirect to a file", (r) => r.writeHead(302, { location: "file:///etc/passwd" }).end(), /not an http or https/],
    [
      "a redirect to metadata",
      (r) => r.writeHead(302, { location: "http://169.254.169.254/x" }).end(),
      /metadata or other/,
    ],
  ])("that sends %s leaves nothing in the store", async (_, answer, expected) => {
    await using bench = await setUp();
    const pointer = bench.server.put("the real one");
    bench.server.answerDownload = (_oid, response) => answer(response);
    const failures = await bench.fetch([pointer]);
    expect(failures.get(oid)).toMatch(expected);
    expect(await bench.files()).toEqual([]);
    bench.server.answerDownload = undefined;
    expect(await bench.fetch([pointer])).toEqual(new Map());
  });

  test("that sends without end is cut off at the size of the pointer", async () => {
    await using bench = await setUp();
    const pointer = bench.server.put("the real one");
    let sent = 0;
    bench.server.answerDownload = (_oid, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    };
    expect((await bench.fetch([pointer])).get(oid)).toMatch(/has more than the 12 bytes/);
    expect(sent).toBeLessThan(16 * 1024 * 1024);
    expect(await bench.files()).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    ["a private address", { href: "http://10.0.0.7/x" }, /loopback or private address/],
    ["a metadata address", { href: "http://169.254.169.254/latest" }, /metadata or other/],
    ["a loopback name", { href: "http://localhost:1/x" }, /loopback or private address/],
    ["a file", { href: "file:///etc/passwd" }, /not an http or https/],
    ["a URL with a password", { href: "http://u:p@127.0.0.1/x" }, /holds a user name/],
    ["no URL", { href: "::" }, /is no URL/],
  ])("that names %s is not followed", async (_, download, expected) => {
    await using bench = await setUp();
    const pointer = bench.server.put("the real one");
    bench.server.tell = () => ({ actions: { download } });
    // The batch API itself is on loopback here; what it names is judged by the policy of a public server.
    const resolve = (host: string) =>
      host === "127.0.0.1" ? Promise.resolve(["127.0.0.1"]) : resolveAllowed(host, { allowPrivateNetworks: false });
    const { signal } = bench.controller;
    const failures = await fetchLfsObjects(bench.hostOf(bench.server.url), [objectOf(pointer)], bench.store, {
      resolve,
      signal,
    });
    expect(failures.get(oid)?.message).toMatch(expected);
  });

  test("on a private address is not asked at all", async () => {
    await using bench = await setUp();
    const pointer = bench.server.put("the real one");
    expect((await bench.fetch([pointer], { isPublicOnly: true })).get(oid)).toMatch(/ALLOW_PRIVATE_NETWORKS/);
    expect(bench.server.batches).toEqual([]);
  });

  test("sets no header that the connection is made of", async () => {
    await using bench = await setUp();
    const pointer = bench.server.put("the real one");
    bench.server.tell = (_oid, { href, header }) => ({
      actions: { download: { href, header: { ...header, Host: "evil.example", "Transfer-Encoding": "chunked" } } },
    });
    expect(await bench.fetch([pointer])).toEqual(new Map());
    expect(bench.server.downloads[0]?.headers.host).toBe(new URL(bench.server.storageUrl).host);
    bench.server.tell = (_oid, { href }) => ({ actions: { download: { href, header: { "x-a": "1\r\nx-b: 2" } } } });
    const other = bench.server.put("another");
    expect((await bench.fetch([other])).get(oidOf(other))).toMatch(/cannot be sent over HTTP/);
  });

  test("whose redirect leads to another origin does not get the headers that were for the first", async () => {
    await using bench = await setUp();
    await using second = await startLfsServer();
    const pointer = bench.server.put("the real one");
    second.answerDownload = (_oid, response) => response.end("the real one");
    bench.server.answerDownload = (_oid, response) =>
      response.writeHead(302, { location: `${second.storageUrl}/objects/${oid}` }).end();
    expect(await bench.fetch([pointer])).toEqual(new Map());
    expect(second.downloads[0]?.headers.authorization).toBeUndefined();
  });

  test.each([
    ["no JSON", "<html>", /answers something else than Git LFS/],
    ["another shape", '{"objects":{}}', /answers something else than Git LFS/],
    ["another transfer", '{"transfer":"tus","objects":[]}', /basic is needed/],
    ["nothing about the object", '{"objects":[]}', /does not say where it is/],
    ["more than a list can be", `{"a":"${"x".repeat(5_000_000)}"}`, /more than a list of objects/],
  ])("whose batch API answers %s is explained", async (_, body, expected) => {
    await using bench = await setUp();
    const pointer = bench.server.put("the real one");
    bench.server.answerBatch = (_request, response) => response.end(body);
    expect((await bench.fetch([pointer])).get(oid)).toMatch(expected);
  });
});

test("what a killed process left is removed, and only that", async () => {
  await using directory = await makeTemporaryDirectory("lfs-store");
  const store = openLfsStore(directory.path);
  await store.removeUnfinished();
  const pointer = objectOf(pointerTo("x"));
  await store.write(pointer, Readable.from([Buffer.from("x")]));
  await writeFile(join(directory.path, ".incoming-0123"), "half of an object");
  await store.removeUnfinished();
  expect(await store.has(pointer)).toBe(true);
  expect(await readdir(directory.path)).toEqual([pointer.oid.slice(0, 2)]);
});
