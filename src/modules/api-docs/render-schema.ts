import type { Schema } from "./document.ts";
import { escapeHtml } from "../../platform/escape-html.ts";
import { anchorOf, phraseHtml } from "../../platform/page/index.ts";

const REFERENCE = "#/components/schemas/";
/** Deeper than our answers are nested; a schema that contains itself ends here. */
const DEPTH_MAX = 5;

/** The name of a referenced schema. */
export function referenceOf(schema: Schema): string | undefined {
  return schema.$ref?.slice(REFERENCE.length);
}

/** The fields of a schema as the rows of a table; those of inline objects under their dotted names. */
export function schemaTable(schema: Schema, caption: string): string {
  const rows = rowsOf(schema, "", 0);
  if (rows.length === 0) return `<p class="type">${typeHtml(schema)}</p>`;
  return table(caption, ["Field", "Meaning"], rows);
}

/** A table whose first column names the row. */
export function table(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join("");
  const body = rows.map(([first = "", ...others]) => {
    const cells = others.map((cell) => `<td>${cell}</td>`).join("");
    return `<tr><th scope="row">${first}</th>${cells}</tr>`;
  });
  const title = `<caption class="sr">${escapeHtml(caption)}</caption>`;
  return `<table>${title}<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

function rowsOf(schema: Schema, prefix: string, depth: number): string[][] {
  if (depth > DEPTH_MAX) return [];
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const full = prefix + name;
    const nested = inlineObjectOf(field);
    const must = required.has(name) ? ' <span class="must">required</span>' : "";
    const row = [`${fieldNameHtml(full)}${must}<span class="type">${typeHtml(field)}</span>`, meaningHtml(field)];
    return [row, ...(nested === undefined ? [] : rowsOf(nested.schema, `${full}${nested.suffix}`, depth + 1))];
  });
}

/** Long names break at their dots and underscores. */
function fieldNameHtml(name: string): string {
  return `<code>${escapeHtml(name).replaceAll(/([._])/g, "$1<wbr>")}</code>`;
}

function inlineObjectOf(field: Schema): { schema: Schema; suffix: string } | undefined {
  if (field.properties !== undefined) return { schema: field, suffix: "." };
  if (field.items?.properties !== undefined) return { schema: field.items, suffix: "[]." };
  const variant = [...(field.anyOf ?? []), ...(field.oneOf ?? [])].find(({ type }) => type !== "null");
  return variant === undefined ? undefined : inlineObjectOf(variant);
}

/** A field that may be null has its words, and often its example, in the variant that is not null. */
function meaningHtml(field: Schema): string {
  const places = [field, ...(field.anyOf ?? []), ...(field.oneOf ?? []), ...(field.items ? [field.items] : [])];
  const description = places.find((place) => place.description !== undefined)?.description;
  const [example] = places.find((place) => place.examples !== undefined)?.examples ?? [];
  const parts = [
    description === undefined ? "" : phraseHtml(description),
    example === undefined ? "" : `<span class="example">Example: <code>${valueHtml(example)}</code></span>`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** A type in words, with links to the schemas it names, and its bounds. */
export function typeHtml(schema: Schema): string {
  const reference = referenceOf(schema);
  if (reference !== undefined)
    return `<a href="/api/docs/schemas#${anchorOf("schema", reference)}">${escapeHtml(reference)}</a>`;
  if ("const" in schema) return `<code>${valueHtml(schema.const)}</code>`;
  if (schema.enum !== undefined) return schema.enum.map((value) => `<code>${valueHtml(value)}</code>`).join(" | ");
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return variants.map(typeHtml).join(" or ");
  const types = [schema.type ?? "any"].flat().map((type) => {
    if (type === "array" && schema.items !== undefined) return `array of ${typeHtml(schema.items)}`;
    if (type === "object" && typeof schema.additionalProperties === "object") {
      return `map of ${typeHtml(schema.additionalProperties)}`;
    }
    return escapeHtml(type);
  });
  return [types.join(" or "), ...boundsOf(schema)].join(", ");
}

function boundsOf(schema: Schema): string[] {
  const bound = (value: number | undefined, words: (value: number) => string) =>
    value === undefined ? [] : [words(value)];
  return [
    ...(schema.format === undefined ? [] : [escapeHtml(schema.format)]),
    ...bound(schema.minimum, (value) => `≥ ${value}`),
    ...bound(schema.maximum, (value) => `≤ ${value}`),
    ...bound(schema.maxLength, (value) => `at most ${value} characters`),
    ...bound(schema.maxItems, (value) => `at most ${value}`),
  ];
}

function valueHtml(value: unknown): string {
  return escapeHtml(typeof value === "string" ? value : JSON.stringify(value));
}

/** An example as people write JSON. */
export function jsonHtml(value: unknown): string {
  return `<pre><code>${escapeHtml(JSON.stringify(value, null, 2))}</code></pre>`;
}
