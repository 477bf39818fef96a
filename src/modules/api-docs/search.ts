import { wordsOf } from "../../platform/page/index.ts";
import type { ApiDocument, Endpoint, Schema, Topic } from "./document.ts";
import { referenceOf } from "./render-schema.ts";

export interface Found {
  topics: Topic[];
  /** Names of schemas. */
  schemas: string[];
}

/** Operations and schemas that have every word of a query: in a title, an address, a name or a description. */
export function searchDocument(document: ApiDocument, topics: readonly Topic[], query: string): Found {
  const words = wordsOf(query);
  const hasAll = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  return {
    topics: topics
      .map((topic) => ({ ...topic, endpoints: topic.endpoints.filter((one) => hasAll(textOf(topic, one, document))) }))
      .filter(({ endpoints }) => endpoints.length > 0),
    schemas: Object.entries(document.components.schemas)
      .filter(([name, schema]) => hasAll(`${name} ${fieldsOf(schema)}`))
      .map(([name]) => name)
      .sort(),
  };
}

function textOf({ name }: Topic, { method, path, operation }: Endpoint, document: ApiDocument): string {
  const { operationId, summary, description, parameters = [], requestBody } = operation;
  const given = parameters.map((parameter) => `${parameter.name} ${parameter.description ?? ""}`);
  const body = requestBody?.content["application/json"]?.schema;
  const reference = body === undefined ? undefined : referenceOf(body);
  const sent = reference === undefined ? body : document.components.schemas[reference];
  return [name, method, path, operationId, summary, description, ...given, fieldsOf(sent)].join(" ");
}

function fieldsOf(schema: Schema | undefined): string {
  const fields = Object.entries(schema?.properties ?? {});
  const texts = fields.map(([name, field]) => `${name} ${field.description ?? ""}`);
  return [schema?.description ?? "", ...texts].join(" ");
}
