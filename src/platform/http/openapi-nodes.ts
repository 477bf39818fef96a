import type { OpenAPIV3_1 } from "openapi-types";

/** An object of the description whose members are rewritten in place. */
export type Node = Record<string, unknown>;

export const SCHEMAS = "#/components/schemas/";

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

/** Every operation with its method. */
export function operationsOf(document: OpenAPIV3_1.Document): [string, Node][] {
  return Object.values(document.paths ?? {}).flatMap((path) =>
    METHODS.flatMap((method) => {
      const operation = path?.[method];
      return operation === undefined ? [] : [[method, operation] as [string, Node]];
    }),
  );
}

export function schemasOf(document: OpenAPIV3_1.Document): Record<string, Node> {
  return (document.components?.schemas ?? {}) as Record<string, Node>;
}

/** Every object of a JSON value, from the outside in. */
export function walk(value: unknown, visit: (node: Node) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) visit(value as Node);
  for (const nested of Object.values(value)) walk(nested, visit);
}

/** The names of the schemas that something needs, those in between included. */
export function referencedSchemas(from: unknown, schemas: Record<string, Node>): Set<string> {
  const names = new Set<string>();
  const collect = (node: Node) => {
    const reference = node["$ref"];
    if (typeof reference !== "string" || !reference.startsWith(SCHEMAS)) return;
    const name = reference.slice(SCHEMAS.length);
    if (names.has(name)) return;
    names.add(name);
    walk(schemas[name], collect);
  };
  walk(from, collect);
  return names;
}
