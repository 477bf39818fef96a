import { escapeHtml } from "../../platform/escape-html.ts";
import { anchorOf, phraseHtml, proseHtml } from "../../platform/page/index.ts";
import { headerOf, responseOf } from "./document.ts";
import type { ApiDocument, Endpoint, Media, Operation, Response } from "./document.ts";
import { jsonHtml, referenceOf, schemaTable, table, typeHtml } from "./render-schema.ts";
import { samplesOf } from "./samples.ts";

/** One operation: what it takes, what it answers, and how it is called in three languages. */
export function operationArticle(endpoint: Endpoint, document: ApiDocument, baseUrl: string): string {
  const { method, path, operation } = endpoint;
  const id = anchorOf("op", operation.operationId);
  const breakable = escapeHtml(path).replaceAll("/", "/<wbr>");
  return [
    `<article aria-labelledby="${id}"><h3 id="${id}"><a href="#${id}">${escapeHtml(operation.summary)}</a></h3>`,
    `<p class="path">${methodHtml(method)} <code>${breakable}</code></p>`,
    proseHtml(operation.description),
    samplesHtml(endpoint, baseUrl),
    parametersHtml(operation),
    requestHtml(operation),
    answersHtml(operation, document),
    `</article>`,
  ].join("");
}

export function methodHtml(method: string): string {
  return `<span class="method ${method.toLowerCase()}">${method}</span>`;
}

function samplesHtml(endpoint: Endpoint, baseUrl: string): string {
  const samples = samplesOf(endpoint, baseUrl).map(
    ({ language, title, code }) =>
      `<details><summary>${title}</summary><pre data-sample="${language}"><code>${escapeHtml(code)}</code></pre></details>`,
  );
  return `<div class="samples">${samples.join("")}</div>`;
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

function answersHtml({ responses, summary }: Operation, document: ApiDocument): string {
  const answers = Object.entries(responses).map(([status, one]) => [status, responseOf(one, document)] as const);
  const successes = answers
    .filter(([status]) => Number(status) < 400)
    .map(([status, response]) => {
      const bodies = Object.entries(response.content).map(([type, media]) =>
        bodyHtml(type, media, `Answer ${status}: ${summary}`),
      );
      const said = phraseHtml(response.description);
      return `<h4>Answer ${status}</h4><p>${said}</p>${headersHtml(response, document)}${bodies.join("")}`;
    });
  const rows = answers.filter(([status]) => Number(status) >= 400).map(([status, one]) => [status, codesHtml(one)]);
  return `${successes.join("")}<h4>Refusals</h4>${table(`Refusals: ${summary}`, ["Status", "Codes"], rows)}`;
}

function codesHtml({ content }: Response): string {
  const codes = Object.keys(content["application/problem+json"]?.examples ?? {});
  const links = codes.map(
    (code) => `<a href="/docs/reference/errors#${code}"><code>${escapeHtml(code).replaceAll(".", ".<wbr>")}</code></a>`,
  );
  return links.join(" ");
}

/** Of every answer: said once, on the first page. */
const COMMON_HEADERS: ReadonlySet<string> = new Set(["X-Request-Id", "RateLimit", "RateLimit-Policy"]);

function headersHtml({ headers = {} }: Response, document: ApiDocument): string {
  const items = Object.entries(headers)
    .filter(([name]) => !COMMON_HEADERS.has(name))
    .map(([name, header]) => {
      const { description = "" } = headerOf(header, document);
      return `<li><code>${escapeHtml(name)}</code>: ${phraseHtml(description)}</li>`;
    });
  return items.length === 0 ? "" : `<ul class="headers">${items.join("")}</ul>`;
}
