import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHttpServer } from "../../platform/http/index.ts";
import { bareHttpOptions } from "../../testing/http-server.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { dashboardRoutes } from "./index.ts";

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "dashboard-"));
  await mkdir(join(directory, "assets"));
  await writeFile(join(directory, "index.html"), "<!doctype html><title>page</title>");
  await writeFile(join(directory, "theme.js"), "theme()");
  await writeFile(join(directory, "assets/index-abc.js"), "code()".repeat(200));
  await writeFile(join(directory, "assets/index-abc.js.gz"), gzipSync("code()".repeat(200)));
});
afterAll(() => rm(directory, { recursive: true }));

async function open(from = directory) {
  const app = await createHttpServer(bareHttpOptions());
  await app.register(dashboardRoutes, { directory: from });
  return app;
}

describe("the dashboard", () => {
  // A page that may load or embed anything is what a stored script needs to take over an owner's session.
  test("is sent with a policy that allows its own files only, in no frame, with no referrer", async () => {
    const app = await open();
    for (const url of ["/", "/login", "/customers/default/42", "/theme.js", "/assets/index-abc.js", "/nowhere"]) {
      const { headers } = await app.inject({ url, headers: BROWSER });
      const policy = String(headers["content-security-policy"]);
      expect(policy, url).toContain("default-src 'none'");
      expect(policy, url).toContain("script-src 'self';");
      expect(policy, url).toContain("frame-ancestors 'none'");
      expect(policy, url).not.toMatch(/unsafe|https?:|\*/);
      expect(headers, url).toMatchObject({
        ...{ "x-frame-options": "DENY", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff" },
      });
    }
    await app.close();
  });

  test("has one page for all its addresses, asked for each time, and files kept for ever", async () => {
    const app = await open();
    for (const url of ["/", "/login", "/setup", "/install", "/tokens/token_1", "/settings/api-tokens"]) {
      const answer = await app.inject({ url, headers: BROWSER });
      expect([url, answer.statusCode, answer.headers["cache-control"]]).toEqual([url, 200, "no-cache"]);
      expect(answer.body).toContain("<title>page</title>");
    }
    const asset = await app.inject({ url: "/assets/index-abc.js", headers: { "accept-encoding": "gzip" } });
    expect(asset.headers).toMatchObject({
      ...{ "cache-control": "public, max-age=31536000, immutable", "content-encoding": "gzip" },
    });
    await app.close();
  });

  test("shows a browser its own not-found page with 404, and everybody else the API's", async () => {
    const app = await open();
    const browsed = await app.inject({ url: "/nowhere/at/all", headers: BROWSER });
    expect([browsed.statusCode, browsed.headers["content-type"]]).toEqual([404, "text/html; charset=utf-8"]);
    for (const [url, accept] of [
      ["/nowhere", "*/*"],
      ["/nowhere", "application/json"],
      ["/api/nowhere", BROWSER.accept],
      ["/hooks/nowhere", BROWSER.accept],
      ["/assets/gone-123.js", "*/*"],
    ] as const) {
      const answer = await app.inject({ url, headers: { accept } });
      expect([url, answer.statusCode, answer.headers["content-type"]]).toEqual([url, 404, "application/problem+json"]);
    }
    await app.close();
  });

  test("gives nothing from outside its directory", async () => {
    await writeFile(join(directory, "../secret-of-the-test.txt"), "secret");
    const app = await open();
    for (const url of [
      "/../secret-of-the-test.txt",
      "/%2e%2e/secret-of-the-test.txt",
      "/assets/..%2f..%2fsecret-of-the-test.txt",
    ]) {
      const answer = await app.inject({ url });
      expect([400, 404], url).toContain(answer.statusCode);
      expect(answer.body, url).not.toContain("secret-of");
    }
    await rm(join(directory, "../secret-of-the-test.txt"));
    await app.close();
  });

  test("says how to build it where it is not, and everything else works", async () => {
    const app = await open(join(directory, "assets"));
    const answer = await app.inject({ url: "/", headers: BROWSER });
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toContain("script/server");
    await app.close();
  });

  // Composer would take a page for a broken repository, and a buyer would see HTML in a terminal.
  test("never answers below a path of the Composer repository, also to a browser", async () => {
    await using server = await startTestServer("sqlite");
    for (const path of [
      "/packages.json",
      "/p2/acme/nope.json",
      "/p2",
      "/dist/x",
      "/list.json",
      "/search.json",
      "/notify",
    ]) {
      const answer = await server.composer(path, undefined, BROWSER);
      expect(answer.headers.get("content-type"), path).toBe("application/json");
    }
  });
});
