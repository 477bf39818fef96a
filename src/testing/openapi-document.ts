import type { TestServer } from "./test-server.ts";

/** The description of the API as the server gives it, with the answers that operations share written out in each. */
export async function readOpenApi<Document>(server: Pick<TestServer, "api">): Promise<Document> {
  const document = (await server.api("GET", "/api/openapi.json", undefined)).json() as {
    paths: object;
    components: { responses: Record<string, unknown>; headers: Record<string, unknown> };
  };
  const { responses, headers } = document.components;
  const shared: Record<string, unknown> = {};
  for (const [name, header] of Object.entries(headers)) shared[`#/components/headers/${name}`] = header;
  for (const [name, response] of Object.entries(responses)) shared[`#/components/responses/${name}`] = response;
  return { ...document, paths: written(document.paths, shared) } as Document;
}

function written(value: unknown, shared: Record<string, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => written(item, shared));
  const { $ref } = value as { $ref?: string };
  if ($ref !== undefined && $ref in shared) return written(shared[$ref], shared);
  return Object.fromEntries(Object.entries(value).map(([key, nested]) => [key, written(nested, shared)]));
}
