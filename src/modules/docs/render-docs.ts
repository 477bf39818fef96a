import { escapeHtml } from "../../platform/escape-html.ts";
import { pageHtml, searchForm, wordsOf } from "../../platform/page/index.ts";
import type { DocPage, Library, Section } from "./library.ts";
import { plainText, renderMarkdown } from "./markdown.ts";
import type { Heading, Rendered } from "./markdown.ts";

/** Every page of the library as HTML; each is rendered once. */
export class DocsRenderer {
  readonly #library: Library;
  readonly #rendered = new Map<string, Rendered>();

  constructor(library: Library) {
    this.#library = library;
  }

  page(page: DocPage): string {
    const { html, headings } = this.#render(page);
    return this.#frame({
      title: `${page.title} · PACKAGE.broker`,
      description: page.description,
      current: page.path,
      main: `<div class="prose">${html.replace("</h1>", () => `</h1>${contents(headings)}`)}${this.#neighbours(page)}</div>`,
    });
  }

  /** The first page: everything there is, or what a search finds. */
  index(query: string): string {
    const found = query === "" ? this.#library.sections : this.#search(query);
    const count = found.reduce((sum, { pages }) => sum + pages.length, 0);
    const lists = found.filter(({ pages }) => pages.length > 0).map(sectionList);
    const heading = query === "" ? "Guides and references" : `“${escapeHtml(query)}”`;
    const said = query === "" ? "How to sell with this server, run it, and talk to it." : foundText(count);
    return this.#frame({
      title: "Guides and references · PACKAGE.broker",
      main: `<h1>${heading}</h1><p>${said}</p>${searchForm("/docs", "Search these pages", query)}${lists.join("")}`,
    });
  }

  notFound(): string {
    const main = `<h1>There is no such page</h1><p>These pages there are: <a href="/docs">guides and references</a>.</p>`;
    return this.#frame({ title: "Not found · PACKAGE.broker", main });
  }

  #frame({ main, current, ...page }: { title: string; description?: string; current?: string; main: string }): string {
    const navigation = this.#library.sections.map((section) => navigationOf(section, current)).join("");
    return pageHtml({ ...page, part: "docs", navigation: `<ul>${navigation}</ul>`, main });
  }

  #render(page: DocPage): Rendered {
    const known = this.#rendered.get(page.path) ?? renderMarkdown(page.body, page.path, this.#library);
    this.#rendered.set(page.path, known);
    return known;
  }

  #search(query: string): Section[] {
    const words = wordsOf(query);
    const matches = (page: DocPage) => {
      const text = `${page.title} ${page.description}`.toLowerCase() + plainText(this.#render(page));
      return words.every((word) => text.includes(word));
    };
    return this.#library.sections.map((section) => ({ ...section, pages: section.pages.filter(matches) }));
  }

  /** The pages before and after it, in the order of the navigation. */
  #neighbours({ path }: DocPage): string {
    const all = this.#library.sections.flatMap(({ pages }) => pages);
    const at = all.findIndex((page) => page.path === path);
    const link = (page: DocPage | undefined, label: string) =>
      page === undefined ? "" : `<a href="/docs/${page.path}"><span>${label}</span> ${escapeHtml(page.title)}</a>`;
    return `<div class="neighbours">${link(all[at - 1], "Before:")}${link(all[at + 1], "Next:")}</div>`;
  }
}

function foundText(count: number): string {
  if (count === 0) return "Nothing has all of these words.";
  return count === 1 ? "One page has all of these words." : `${count} pages have all of these words.`;
}

function navigationOf({ title, pages }: Section, current: string | undefined): string {
  const links = pages.map((page) => {
    const mark = page.path === current ? ' aria-current="page"' : "";
    return `<li><a href="/docs/${page.path}"${mark}>${escapeHtml(page.title)}</a></li>`;
  });
  return `<li><span class="tag">${title}</span><ul class="always">${links.join("")}</ul></li>`;
}

function sectionList({ title, pages }: Section): string {
  const items = pages.map(
    ({ path, title: name, description }) =>
      `<li><a href="/docs/${path}">${escapeHtml(name)}</a><p>${escapeHtml(description)}</p></li>`,
  );
  return `<section><h2>${title}</h2><ul class="cards">${items.join("")}</ul></section>`;
}

/** What a longer page holds, to be opened where one wants it. */
function contents(headings: readonly Heading[]): string {
  const parts = headings.filter(({ level }) => level === 2);
  if (parts.length < 3) return "";
  const items = parts.map(({ id, text }) => `<li><a href="#${encodeURIComponent(id)}">${escapeHtml(text)}</a></li>`);
  return `<details class="contents"><summary>On this page</summary><ul>${items.join("")}</ul></details>`;
}
