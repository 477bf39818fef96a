import { posix } from "node:path";
import MarkdownIt from "markdown-it";
import type { Token } from "markdown-it";
import type { Library } from "./library.ts";

export interface Heading {
  level: number;
  id: string;
  text: string;
}

export interface Rendered {
  html: string;
  headings: Heading[];
}

/** Of a page that another one links to: where it is served, or undefined where it is not. */
type Known = Pick<Library, "pages" | "images">;

/** HTML in a page is shown as text, never taken for HTML. */
const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });

/** A page as HTML: headings with anchors, links between pages as this server serves them. */
export function renderMarkdown(body: string, path: string, known: Known): Rendered {
  const tokens = markdown.parse(body.replaceAll(/<!--[\s\S]*?-->\n*/g, ""), {});
  const headings = nameHeadings(tokens);
  for (const token of tokens) {
    rewriteLinks(token.children ?? [], path, known);
    rewriteImages(token.children ?? [], path, known);
    alignByClass(token);
  }
  const html = markdown.renderer
    .render(tokens, markdown.options, {})
    // What is wide is scrolled by itself, also with the keyboard.
    .replaceAll("<table>", '<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>')
    .replaceAll("</table>", "</table></div>")
    .replaceAll("<pre>", '<pre tabindex="0">');
  return { html, headings };
}

function nameHeadings(tokens: Token[]): Heading[] {
  const taken = new Map<string, number>();
  return tokens.flatMap((token, index) => {
    if (token.type !== "heading_open") return [];
    const inline = tokens[index + 1];
    const children = inline?.children ?? [];
    const text = children.map(({ content }) => content).join("");
    const slug = isCode(children) ? text : slugOf(text);
    const times = taken.get(slug) ?? 0;
    taken.set(slug, times + 1);
    const id = times === 0 ? slug : `${slug}-${times}`;
    token.attrSet("id", id);
    linkToItself(inline, id);
    return [{ level: Number(token.tag.slice(1)), id, text }];
  });
}

/** A heading that is a code of an error is found by that code, as the `type` of a problem names it. */
function isCode(children: readonly Token[]): boolean {
  const [first, ...others] = children;
  return others.length === 0 && first?.type === "code_inline" && /^[a-z_]+\.[a-z_]+$/.test(first.content);
}

/** As GitHub names headings, so that links work in both places. */
export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
}

function linkToItself(inline: Token | undefined, id: string): void {
  if (inline?.children === undefined || inline.children === null) return;
  if (inline.children.some(({ type }) => type === "link_open")) return;
  const [open, , close] = markdown.parseInline(`[x](#${encodeURIComponent(id)})`, {})[0]?.children ?? [];
  if (open !== undefined && close !== undefined) inline.children = [open, ...inline.children, close];
}

/** What the server does not serve stands there as text that says where it is. */
function rewriteLinks(children: Token[], path: string, known: Known): void {
  let isElsewhere = false;
  for (const token of children) {
    if (token.type === "link_open") {
      const href = textOf(token, "href");
      const target = addressOf(href, path, known);
      isElsewhere = target === undefined;
      if (target !== undefined) {
        token.attrSet("href", target);
        continue;
      }
      token.tag = "span";
      token.attrs = [
        ["class", "elsewhere"],
        ["title", `In the source repository: ${fileOf(href, path)}`],
      ];
    } else if (token.type === "link_close" && isElsewhere) {
      token.tag = "span";
      isElsewhere = false;
    }
  }
}

function rewriteImages(children: Token[], path: string, known: Known): void {
  for (const token of children) {
    if (token.type !== "image") continue;
    token.attrSet("src", addressOf(textOf(token, "src"), path, known) ?? "data:,");
    token.attrSet("loading", "lazy");
  }
}

/** Where a link of a page leads on this server. */
export function addressOf(href: string, path: string, { pages, images }: Known): string | undefined {
  if (href.startsWith("#") || /^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith("/")) return href;
  const [file = "", fragment] = href.split("#");
  const target = posix.normalize(posix.join(posix.dirname(path), decodeURI(file)));
  const anchor = fragment === undefined ? "" : `#${fragment}`;
  const page = target.replace(/\.md$/, "");
  if (pages.has(page)) return `/docs/${page}${anchor}`;
  const image = /^images\/([^/]+)$/.exec(target)?.[1];
  return image !== undefined && images.has(image) ? `/docs/images/${image}` : undefined;
}

/** From the root of the repository. */
function fileOf(href: string, path: string): string {
  return posix.normalize(posix.join("docs", posix.dirname(path), href.split("#")[0] ?? ""));
}

function textOf(token: Token, attribute: string): string {
  return String(token.attrGet(attribute) ?? "");
}

/** The policy of the page allows no style in an attribute. */
function alignByClass(token: Token): void {
  const style = textOf(token, "style");
  if (style === "") return;
  token.attrs = (token.attrs ?? []).filter(([name]) => name !== "style");
  token.attrJoin("class", style.replace("text-align:", "align-"));
}

/** The words of a page, for the search. */
export function plainText({ html }: Rendered): string {
  return html.replaceAll(/<[^>]+>/g, " ").toLowerCase();
}
