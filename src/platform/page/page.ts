import { createHash } from "node:crypto";
import { escapeHtml } from "../escape-html.ts";
import { STYLE } from "./style.ts";

/** The one style of our pages, named by its hash, and images of this host; no script can run, whatever a text says. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "img-src 'self' data:",
  "base-uri 'none'",
  // A search is a form that asks this host again.
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Sent with every page that the server renders by itself. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-cache",
};

export interface Page {
  title: string;
  /** For search engines and whoever shares the link. */
  description?: string;
  /** Which of the parts of the bar it belongs to. */
  part: "docs" | "api";
  /** HTML. */
  navigation: string;
  /** HTML. */
  main: string;
}

const PARTS = [
  { part: "docs", path: "/docs", label: "Guides and references" },
  { part: "api", path: "/api/docs", label: "API" },
] as const;

/** A whole page: no script, no file but itself, light and dark as the system says. */
export function pageHtml({ title, description, part, navigation, main }: Page): string {
  const links = PARTS.map((one) => {
    const current = one.part === part ? ' aria-current="true"' : "";
    return `<a href="${one.path}"${current}>${one.label}</a>`;
  });
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">`,
    description === undefined ? "" : `<meta name="description" content="${escapeHtml(description)}">`,
    `<title>${escapeHtml(title)}</title><link rel="icon" href="data:,">`,
    `<style>${STYLE}</style></head><body>`,
    `<a class="skip" href="#main">Skip to the content</a>`,
    `<header class="bar"><a class="home" href="/">PACKAGE.broker</a><div>${links.join("")}`,
    `<a class="to-contents" href="#contents">Contents</a></div></header>`,
    `<main id="main" tabindex="-1">${main}</main>`,
    // After what it leads to: on a phone nobody scrolls past it first.
    `<nav id="contents" aria-label="Contents">${navigation}</nav></body></html>`,
  ].join("\n");
}

/** A form that searches by asking the page again. */
export function searchForm(action: string, label: string, query: string): string {
  return [
    `<form class="search" role="search" action="${action}" method="get">`,
    `<label class="sr" for="q">${escapeHtml(label)}</label>`,
    `<input type="search" id="q" name="q" value="${escapeHtml(query)}" maxlength="200" placeholder="${escapeHtml(label)}">`,
    `<button>Search</button></form>`,
  ].join("");
}

/** The words of a search, in lower case. */
export function wordsOf(query: string): string[] {
  return query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
    .slice(0, 10);
}
