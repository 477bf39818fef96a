import { endpointsByTag } from "./document.ts";
import type { ApiDocument, Endpoint, Media, Operation } from "./document.ts";
import { escapeHtml } from "../../platform/escape-html.ts";
import { anchorOf, phraseHtml, proseHtml } from "./html.ts";
import { jsonHtml, referenceOf, schemaTable, table, typeHtml } from "./render-schema.ts";
import { STYLE } from "./style.ts";

/**
 * The description of the API as one page: no script, no file but itself, found through with the browser's own search.
 * It is made from the document the server serves, so that it cannot say anything else.
 */
export function renderApiDocs(document: ApiDocument): string {
  const tags = endpointsByTag(document);
  const { title, version, description } = document.info;
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">`,
    `<title>${escapeHtml(title)}</title><link rel="icon" href="data:,">`,
    `<style>${STYLE}</style></head><body>`,
    `<a class="skip" href="#main">Skip to the content</a>`,
    navigation(tags),
    `<main id="main" tabindex="-1"><header><h1>${escapeHtml(title)}</h1>`,
    `<p class="version">Version ${escapeHtml(version)}, as a program reads it: <a href="/api/openapi.json">openapi.json</a></p>`,
    `${proseHtml(description)}</header>`,
    ...[...tags].map(([tag, endpoints]) => tagSection(tag, endpoints)),
    schemasSection(document),
    errorsSection(document),
    `</main></body></html>`,
  ].join("\n");
}

function navigation(tags: Map<string, Endpoint[]>): string {
  const groups = [...tags].map(([tag, endpoints]) => {
    const operations = endpoints.map(
      ({ method, operation }) =>
        `<li><a href="#${anchorOf("op", operation.operationId)}">${methodHtml(method)} ${escapeHtml(operation.operationId)}</a></li>`,
    );
    return `<li><a class="tag" href="#${anchorOf("tag", tag)}">${titleOf(tag)}</a><ul>${operations.join("")}</ul></li>`;
  });
  const rest = `<li><a class="tag" href="#schemas">Schemas</a></li><li><a class="tag" href="#errors">Errors</a></li>`;
  return `<nav aria-label="Contents"><ul>${groups.join("")}${rest}</ul></nav>`;
}

function titleOf(tag: string): string {
  return escapeHtml(tag.charAt(0).toUpperCase() + tag.slice(1).replaceAll("-", " "));
}

function methodHtml(method: string): string {
  return `<span class="method ${method.toLowerCase()}">${method}</span>`;
}

function tagSection(tag: string, endpoints: Endpoint[]): string {
  const id = anchorOf("tag", tag);
  const articles = endpoints.map((endpoint) => endpointArticle(endpoint));
  return `<section aria-labelledby="${id}"><h2 id="${id}">${titleOf(tag)}</h2>${articles.join("\n")}</section>`;
}

function endpointArticle({ method, path, operation }: Endpoint): string {
  const id = anchorOf("op", operation.operationId);
  const breakable = escapeHtml(path).replaceAll("/", "/<wbr>");
  return [
    `<article aria-labelledby="${id}"><h3 id="${id}"><a href="#${id}">${escapeHtml(operation.summary)}</a></h3>`,
    `<p class="path">${methodHtml(method)} <code>${breakable}</code></p>`,
    proseHtml(operation.description),
    parametersHtml(operation),
    requestHtml(operation),
    answersHtml(operation),
    `</article>`,
  ].join("");
}

function parametersHtml({ parameters = [], summary }: Operation): string {
  if (parameters.length === 0) return "";
  const rows = parameters.map((parameter) => {
    const must = parameter.required === true ? ' <span class="must">required</span>' : "";
    const name = escapeHtml(parameter.name).replaceAll("_", "_<wbr>");
    const place = `<span class="type">in the ${escapeHtml(parameter.in)}, ${typeHtml(parameter.schema)}</span>`;
    return [`<code>${name}</code>${must}${place}`, phraseHtml(parameter.description ?? "")];
  });
  return `<h4>Parameters</h4>${table(`Parameters: ${summary}`, ["Parameter", "Meaning"], rows)}`;
}

function requestHtml({ requestBody, summary }: Operation): string {
  const [[type, media] = []] = Object.entries(requestBody?.content ?? {});
  if (type === undefined || media === undefined) return "";
  return `<h4>Request body</h4>${bodyHtml(type, media, `Request body: ${summary}`)}`;
}

/** What is named is described once, among the schemas; what is not, here. */
function bodyHtml(type: string, media: Media, caption: string): string {
  const isDescribedHere = referenceOf(media.schema) === undefined && media.schema.properties !== undefined;
  return [
    `<p class="type">${escapeHtml(type)}: ${typeHtml(media.schema)}</p>`,
    isDescribedHere ? schemaTable(media.schema, caption) : "",
    jsonHtml(media.example),
  ].join("");
}

function answersHtml({ responses, summary }: Operation): string {
  const answers = Object.entries(responses);
  const good = answers.filter(([status]) => Number(status) < 400);
  const refused = answers.filter(([status]) => Number(status) >= 400);
  const successes = good.map(([status, { description, content, headers }]) => {
    const bodies = Object.entries(content).map(([type, media]) =>
      bodyHtml(type, media, `Answer ${status}: ${summary}`),
    );
    return `<h4>Answer ${status}</h4><p>${phraseHtml(description)}</p>${headersHtml(headers)}${bodies.join("")}`;
  });
  const rows = refused.map(([status, { content }]) => {
    const codes = Object.keys(content["application/problem+json"]?.examples ?? {});
    const links = codes.map(
      (code) => `<a href="#${anchorOf("error", code)}"><code>${escapeHtml(code).replaceAll(".", ".<wbr>")}</code></a>`,
    );
    return [status, links.join(" ")];
  });
  return `${successes.join("")}<h4>Refusals</h4>${table(`Refusals: ${summary}`, ["Status", "Codes"], rows)}`;
}

function headersHtml(headers: Record<string, { description?: string }> = {}): string {
  const items = Object.entries(headers).map(
    ([name, { description = "" }]) => `<li><code>${escapeHtml(name)}</code>: ${phraseHtml(description)}</li>`,
  );
  return items.length === 0 ? "" : `<ul class="headers">${items.join("")}</ul>`;
}

function schemasSection({ components }: ApiDocument): string {
  const schemas = Object.entries(components.schemas).sort(([a], [b]) => a.localeCompare(b, "en"));
  const articles = schemas.map(([name, schema]) => {
    const id = anchorOf("schema", name);
    const description = schema.description === undefined ? "" : proseHtml(schema.description);
    return `<article aria-labelledby="${id}"><h3 id="${id}"><a href="#${id}">${escapeHtml(name)}</a></h3>${description}${schemaTable(schema, `Schema ${name}`)}</article>`;
  });
  return `<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>${articles.join("\n")}</section>`;
}

function errorsSection({ components }: ApiDocument): string {
  const articles = Object.entries(components.examples).map(([code, { summary, value }]) => {
    const id = anchorOf("error", code);
    const title = `<h3 id="${id}"><a href="#${id}"><code>${escapeHtml(code)}</code></a> <span class="type">${value.status}</span></h3>`;
    return `<article aria-labelledby="${id}">${title}<p>${phraseHtml(summary)}</p>${jsonHtml(value)}</article>`;
  });
  return `<section aria-labelledby="errors"><h2 id="errors">Errors</h2>${articles.join("\n")}</section>`;
}
