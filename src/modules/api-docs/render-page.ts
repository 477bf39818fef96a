import { escapeHtml } from "../../platform/escape-html.ts";
import { anchorOf, pageHtml, phraseHtml, proseHtml, searchForm } from "../../platform/page/index.ts";
import { headerOf, topicsOf } from "./document.ts";
import type { ApiDocument, Endpoint, Topic } from "./document.ts";
import { methodHtml, operationArticle } from "./render-operation.ts";
import { schemaTable } from "./render-schema.ts";
import { searchDocument } from "./search.ts";

const SCHEMAS = "schemas";

/**
 * The description of the API as pages: what there is, one for each topic, and the schemas. They are made from the
 * document the server serves, so that they cannot say anything else.
 */
export class ApiDocsRenderer {
  readonly #document: ApiDocument;
  readonly #topics: Topic[];
  readonly #baseUrl: string;

  constructor(document: ApiDocument, baseUrl: string) {
    this.#document = document;
    this.#topics = topicsOf(document);
    this.#baseUrl = baseUrl;
  }

  /** The first page: every operation by its title, or those that a search finds. */
  index(query: string): string {
    const { title, version, description } = this.#document.info;
    const form = searchForm("/api/docs", "Search operations and fields", query);
    if (query !== "") return this.#frame(title, `<h1>“${escapeHtml(query)}”</h1>${form}${this.#found(query)}`);
    const [dashboard, shop] = [this.#topics.filter(isForDashboard), this.#topics.filter((one) => !isForDashboard(one))];
    return this.#frame(
      title,
      [
        `<h1>${escapeHtml(title)}</h1>`,
        `<p class="version">Version ${escapeHtml(version)}, as a program reads it: <a href="/api/openapi.json">openapi.json</a>. `,
        `How to sell with it: <a href="/docs/use-cases/eshop-extension-vendor">the guide</a>.</p>`,
        `${form}${proseHtml(description)}${this.#commonHeaders()}`,
        ...shop.map((topic) => topicList(topic)),
        `<details class="folded"><summary>Of the dashboard itself</summary>`,
        ...dashboard.map((topic) => topicList(topic)),
        `</details>`,
      ].join("\n"),
    );
  }

  /** The page of a topic, or of all schemas; undefined where there is none of that name. */
  page(name: string): string | undefined {
    if (name === SCHEMAS) return this.#frame("Schemas", this.#schemas(), SCHEMAS);
    const topic = this.#topics.find((one) => addressOf(one) === name);
    if (topic === undefined) return undefined;
    const articles = topic.endpoints.map((endpoint) => operationArticle(endpoint, this.#document, this.#baseUrl));
    const heading = `<h1 id="${anchorOf("tag", topic.name)}">${titleOf(topic)}</h1><p>${phraseHtml(topic.description)}</p>`;
    return this.#frame(titleOf(topic), `${heading}${articles.join("\n")}`, name);
  }

  #frame(title: string, main: string, current?: string): string {
    const [dashboard, shop] = [this.#topics.filter(isForDashboard), this.#topics.filter((one) => !isForDashboard(one))];
    const isOpen = dashboard.some((topic) => addressOf(topic) === current) ? " open" : "";
    const schemas = `<li><a class="tag" href="/api/docs/${SCHEMAS}"${mark(SCHEMAS, current)}>Schemas</a></li>`;
    const errors = `<li><a class="tag" href="/docs/reference/errors">Errors</a></li>`;
    const navigation = [
      `<ul>${shop.map((topic) => navigationOf(topic, current)).join("")}${schemas}${errors}</ul>`,
      `<details${isOpen}><summary>Of the dashboard itself</summary>`,
      `<ul>${dashboard.map((topic) => navigationOf(topic, current)).join("")}</ul></details>`,
    ];
    const { title: whole } = this.#document.info;
    const named = title === whole ? whole : `${title} · ${whole}`;
    return pageHtml({ title: named, part: "api", navigation: navigation.join(""), main });
  }

  #found(query: string): string {
    const { topics, schemas } = searchDocument(this.#document, this.#topics, query);
    if (topics.length + schemas.length === 0) return "<p>Nothing has all of these words.</p>";
    const items = schemas.map(
      (name) => `<li><a href="/api/docs/${SCHEMAS}#${anchorOf("schema", name)}">${escapeHtml(name)}</a></li>`,
    );
    const list = `<section><h2>Schemas</h2><ul class="operations">${items.join("")}</ul></section>`;
    return `${topics.map((topic) => topicList(topic)).join("")}${schemas.length === 0 ? "" : list}`;
  }

  /** What every answer has, and is not said again with each. */
  #commonHeaders(): string {
    const items = ["X-Request-Id", "RateLimit-Policy", "RateLimit"].map((name) => {
      const { description = "" } = headerOf({ $ref: name }, this.#document);
      return `<li><code>${name}</code>: ${phraseHtml(description)}</li>`;
    });
    return `<p>Headers of answers, where an operation says nothing else:</p><ul class="headers">${items.join("")}</ul>`;
  }

  #schemas(): string {
    const schemas = Object.entries(this.#document.components.schemas).sort(([a], [b]) => a.localeCompare(b, "en"));
    const articles = schemas.map(([name, schema]) => {
      const id = anchorOf("schema", name);
      const description = schema.description === undefined ? "" : proseHtml(schema.description);
      return `<article aria-labelledby="${id}"><h3 id="${id}"><a href="#${id}">${escapeHtml(name)}</a></h3>${description}${schemaTable(schema, `Schema ${name}`)}</article>`;
    });
    return `<h1>Schemas</h1>${articles.join("\n")}`;
  }
}

function isForDashboard(topic: Topic): boolean {
  return topic.isForDashboard;
}

/** What stands for a topic in an address. */
function addressOf({ name }: Topic): string {
  return name.replaceAll(" ", "-");
}

function titleOf({ name }: Topic): string {
  return escapeHtml(name.charAt(0).toUpperCase() + name.slice(1));
}

function mark(name: string, current: string | undefined): string {
  return name === current ? ' aria-current="page"' : "";
}

/** The topics; of the one that is open, its operations by their titles. */
function navigationOf(topic: Topic, current: string | undefined): string {
  const address = addressOf(topic);
  const operations = topic.endpoints.map(
    ({ operation }) =>
      `<li><a href="#${anchorOf("op", operation.operationId)}">${escapeHtml(operation.summary)}</a></li>`,
  );
  const list = address === current ? `<ul>${operations.join("")}</ul>` : "";
  return `<li><a class="tag" href="/api/docs/${address}"${mark(address, current)}>${titleOf(topic)}</a>${list}</li>`;
}

function topicList(topic: Topic): string {
  const items = topic.endpoints.map((endpoint) => operationItem(endpoint, addressOf(topic)));
  const heading = `<h2><a href="/api/docs/${addressOf(topic)}">${titleOf(topic)}</a></h2>`;
  return `<section>${heading}<p>${phraseHtml(topic.description)}</p><ul class="operations">${items.join("")}</ul></section>`;
}

function operationItem({ method, path, operation }: Endpoint, address: string): string {
  const href = `/api/docs/${address}#${anchorOf("op", operation.operationId)}`;
  const breakable = escapeHtml(path).replaceAll("/", "/<wbr>");
  return `<li><a href="${href}">${escapeHtml(operation.summary)}</a><p>${methodHtml(method)} <code>${breakable}</code></p></li>`;
}
