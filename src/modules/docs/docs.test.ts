import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { STATUS_BY_CODE } from "../../platform/errors.ts";
import { problemType } from "../../platform/http/problem-schema.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { readFrontMatter } from "./front-matter.ts";
import { slugOf } from "./markdown.ts";

const DOCS = new URL("../../../docs/", import.meta.url);

async function markdownFiles(): Promise<string[]> {
  const names = await readdir(DOCS, { recursive: true });
  return names.filter((name) => name.endsWith(".md")).sort();
}

const idsIn = (html: string) => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
const hrefsIn = (html: string) => [...html.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, href = ""]) => href);

/** Every page below /docs by its address, found by following links. */
async function crawl(server: TestServer): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  const open = ["/docs"];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (pages.has(path)) continue;
    const answer = await server.api("GET", path, undefined);
    expect([answer.status, answer.headers.get("content-type")], path).toEqual([200, "text/html; charset=utf-8"]);
    pages.set(path, answer.text);
    const next = hrefsIn(answer.text).map((href) => href.replace(/#.*$/, ""));
    open.push(...next.filter((href) => href.startsWith("/docs") && !href.startsWith("/docs/images/")));
  }
  return pages;
}

test("every page of docs/ has the front matter of the spec's guide, with a position of its own in its folder", async () => {
  const taken = new Map<string, string>();
  for (const name of await markdownFiles()) {
    const read = readFrontMatter(await readFile(new URL(name, DOCS), "utf8"));
    expect(read, `docs/${name} begins with sidebar_position, title and description`).toBeDefined();
    const { title = "", description = "", sidebar_position = 0 } = read?.front ?? {};
    for (const text of [title, description]) expect(text, name).toMatch(/^\S.{3,120}$/);
    const place = `${name.replace(/[^/]+$/, "")}${sidebar_position}`;
    expect(taken.get(place), `docs/${name} has the position of another page`).toBeUndefined();
    taken.set(place, name);
    expect(read?.body, `docs/${name} has its heading`).toMatch(/^# \S/);
  }
});

test("/docs serves every guide and reference to anybody, and no link or image in it leads nowhere", async () => {
  await using server = await startTestServer("sqlite");
  const pages = await crawl(server);
  const served = (await markdownFiles()).filter((name) =>
    /^(?:use-cases|administration|reference|operating)\//.test(name),
  );
  expect([...pages.keys()].sort()).toEqual(["/docs", ...served.map((name) => `/docs/${name.slice(0, -3)}`)].sort());
  for (const [path, html] of pages) {
    for (const [, file = ""] of html.matchAll(/title="In the source repository: ([^"]+)"/g)) {
      expect(existsSync(new URL(file, new URL("../", DOCS))), `${path} names ${file}`).toBe(true);
      expect(served, `${path} could lead to ${file}`).not.toContain(file.replace(/^docs\//, ""));
    }
    const ids = idsIn(html);
    expect(new Set(ids).size, path).toBe(ids.length);
    for (const href of hrefsIn(html)) {
      if (/^(?:https?:|mailto:|data:)/.test(href)) continue;
      const [address = "", anchor] = href.split("#");
      if (address.startsWith("/docs/images/")) {
        expect((await server.api("GET", address, undefined)).status, `${path} ${href}`).toBe(200);
      } else if (address === "" || address.startsWith("/docs")) {
        const target = idsIn(pages.get(address === "" ? path : address) ?? "");
        if (anchor !== undefined && href !== "#main")
          expect(target, `${path} ${href}`).toContain(decodeURIComponent(anchor));
      } else expect(address, path).toMatch(/^\/(?:api\/docs)?$/);
    }
  }
});

test("the type of every problem leads to the entry of its code", async () => {
  await using server = await startTestServer("sqlite");
  const refused = await server.api("GET", "/api/tokens", undefined);
  const { type, code } = refused.json() as { type: string; code: string };
  expect(type).toBe(problemType(code as keyof typeof STATUS_BY_CODE));
  for (const one of Object.keys(STATUS_BY_CODE) as (keyof typeof STATUS_BY_CODE)[]) {
    const url = new URL(problemType(one), server.url);
    const page = await server.api("GET", url.pathname, undefined);
    expect(idsIn(page.text), one).toContain(url.hash.slice(1));
  }
});

test("a page runs no script, takes nothing from outside, and shows HTML in a text as text", async () => {
  await using server = await startTestServer("sqlite");
  for (const path of [
    "/docs",
    "/docs/reference/errors",
    "/docs/no-such-page",
    "/docs?q=%3Cscript%3Ealert(1)%3C/script%3E",
  ]) {
    const answer = await server.api("GET", path, undefined);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy, path).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; img-src 'self' data:;/);
    expect(policy, path).not.toMatch(/script-src|unsafe|https?:/);
    expect(answer.text, path).not.toMatch(/<script|\son\w+=| style=/);
  }
});

test("answers other addresses as one expects: .md leads to the page, unknown ones are 404, nothing leaves the folder", async () => {
  await using server = await startTestServer("sqlite");
  const follow = async (path: string) => {
    const answer = await fetch(server.url + path, { redirect: "manual" });
    return [answer.status, answer.headers.get("location")];
  };
  expect(await follow("/docs/reference/errors.md")).toEqual([308, "/docs/reference/errors"]);
  expect(await follow("/docs/")).toEqual([308, "/docs"]);
  for (const path of [
    "/docs/nothing",
    "/docs/decisions/0016-open-addresses",
    "/docs/images/none.jpg",
    "/docs/architecture",
  ])
    expect(await follow(path), path).toEqual([404, null]);
  for (const path of ["/docs/..%2f..%2fpackage", "/docs/images/..%2f..%2fpackage.json", "/docs/images/..%5cx.jpg"])
    expect((await follow(path))[0], path).toBe(404);
});

test("a search finds the pages that have every word, and says so when none has", async () => {
  await using server = await startTestServer("sqlite");
  const none = await server.api("GET", "/docs?q=xyzzyplugh", undefined);
  expect(none.text).toContain("Nothing has all of these words.");
  const main = (html: string) => html.slice(html.indexOf("<main"), html.indexOf("</main"));
  expect(hrefsIn(main(none.text)).filter((href) => href.startsWith("/docs/"))).toEqual([]);
  const rate = await server.api("GET", "/docs?q=RATE+limit", undefined);
  expect(hrefsIn(main(rate.text))).toContain("/docs/reference/api");
});

test("names headings as GitHub does", () => {
  expect(slugOf("Why can’t they install it?")).toBe("why-cant-they-install-it");
  expect(slugOf("`management-token create`")).toBe("management-token-create");
});
