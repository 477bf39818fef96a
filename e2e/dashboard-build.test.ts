import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = path.join(ROOT, "dashboard/dist");
const run = promisify(execFile);

beforeAll(async () => {
  await run(path.join(ROOT, "script/build-dashboard"), ["--if-stale"]);
}, 120_000);

describe("the dashboard as it is built", () => {
  // A support person on a hotel's network waits for every kilobyte of it.
  test("loads at most 200 kB of JavaScript, compressed, before the first page shows", async () => {
    const html = await readFile(path.join(DIST, "index.html"), "utf8");
    const entry = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? "";
    const seen = new Set<string>();
    const follow = async (file: string): Promise<void> => {
      if (seen.has(file)) return;
      seen.add(file);
      const code = await readFile(path.join(DIST, file), "utf8");
      for (const [, name] of code.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g))
        await follow(`/assets/${name ?? ""}`);
    };
    await follow(entry);
    for (const [, preloaded] of html.matchAll(/rel="modulepreload"[^>]* href="([^"]+)"/g))
      await follow(preloaded ?? "");
    // And the page somebody lands on, the largest of them.
    const pages = (await readdir(path.join(DIST, "assets"))).filter(
      (name) => name.includes("-page-") && name.endsWith(".js"),
    );
    const sizes = await Promise.all(
      pages.map(async (name) => ({ name, size: (await readFile(path.join(DIST, "assets", name))).length })),
    );
    const largest = sizes.toSorted((a, b) => b.size - a.size)[0];
    await follow(`/assets/${largest?.name ?? ""}`);
    await follow("/theme.js");
    let total = 0;
    for (const file of seen) total += gzipSync(await readFile(path.join(DIST, file))).length;
    expect(seen.size).toBeGreaterThan(2);
    expect(total).toBeLessThanOrEqual(200 * 1024);
  });

  test("names no host but its own, and has no inline script, style or event handler", async () => {
    const html = await readFile(path.join(DIST, "index.html"), "utf8");
    expect(html).not.toMatch(/<script(?![^>]* src=)/);
    expect(html).not.toMatch(/<style|\son\w+=|style=/);
    for (const [, url] of html.matchAll(/(?:src|href)="([^"]+)"/g)) expect(url).toMatch(/^\/[^/]/);
    for (const name of await readdir(path.join(DIST, "assets"))) {
      if (!name.endsWith(".css")) continue;
      expect(await readFile(path.join(DIST, "assets", name), "utf8"), name).not.toMatch(
        /url\(\s*["']?(?:https?:|\/\/)|@import/,
      );
    }
  });

  test("calls the API by types that are those of openapi.json (refresh: npm run api-types)", async () => {
    const { stdout } = await run(path.join(ROOT, "node_modules/.bin/openapi-typescript"), ["openapi.json"], {
      cwd: ROOT,
      maxBuffer: 32 * 1024 * 1024,
    });
    expect(await readFile(path.join(ROOT, "dashboard/src/api/generated/schema.d.ts"), "utf8")).toBe(stdout);
  });
});
