import { STATUS_CODES } from "node:http";
import type { OpenAPIV3_1 } from "openapi-types";
import type { ErrorCode } from "../errors.ts";
import { operationsOf, SCHEMAS } from "./openapi-nodes.ts";
import type { Node } from "./openapi-nodes.ts";
import { addServerProblems, codesOf, examplesOf } from "./openapi-problems.ts";

/** What every refusal of a kind means; an operation lists which it can give. */
const PROBLEM_DESCRIPTIONS: Record<string, string> = {
  400: "The request is not valid; `errors` names each wrong field and what to do. Nothing was changed.",
  401: "No credential, or one that is wrong, unknown, expired, ended or revoked; `detail` says which.",
  403: "The caller lacks the scope or the role, or may not grant as much, or a session came without its `X-CSRF-Token`; `detail` says what is missing.",
  404: "There is no such thing, or it is outside the caller's shop and package bound.",
  409: "The request conflicts with the present state, or the same request is under way.",
  410: "The link was used already, or has expired.",
  413: "The body is larger than 1 MB.",
  415: "The body is not announced as `application/json`.",
  422: "The `Idempotency-Key` was used with another body.",
  429: "Too many requests, or too many failed attempts; `Retry-After` says after how many seconds to try again.",
  500: "Our fault; the server's log has it under the `request_id`.",
  503: "The server cannot store anything at the moment. Nothing was changed; try again later.",
};

type Headers = Record<string, { description: string }>;

const OF_EVERY_ANSWER: Headers = { "X-Request-Id": { description: "Finds the request in the server's log" } };
const RETRY_AFTER: Headers = { "Retry-After": { description: "After how many seconds to try again" } };
/** Of whoever is known: a caller's requests are counted. */
const RATE_LIMITS: Headers = {
  "RateLimit-Policy": { description: 'How many requests in how many seconds: `"requests";q=600;w=60`' },
  RateLimit: { description: 'What is left, and in how many seconds all of it is free: `"requests";r=599;t=1`' },
};

/** Refusals have their own media type; and the words that the generator finds no place for. */
export function describeResponses(operation: Node, method: string, schemas: Record<string, Node>): void {
  const responses = operation["responses"] as Record<string, Node>;
  addServerProblems(responses);
  const own = (operation["x-response-headers"] ?? {}) as Record<string, Headers>;
  const mediaType = operation["x-media-type"];
  delete operation["x-response-headers"];
  delete operation["x-media-type"];
  const isOpen = (operation["security"] as unknown[] | undefined)?.length === 0;
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) >= 400) {
      const codes = codesOf(operation, method, Number(status));
      describeRefusal(response, codes, status);
      const saysWhen = status === "429" || codes.includes("request.too_many_waiting");
      setHeaders(response, { ...OF_EVERY_ANSWER, ...(saysWhen ? RETRY_AFTER : {}) });
    } else {
      describeSuccess(response, mediaType, schemas);
      setHeaders(response, { ...own[status], ...OF_EVERY_ANSWER, ...(isOpen ? {} : RATE_LIMITS) });
    }
  }
  delete operation["x-problems"];
}

function describeRefusal(response: Node, codes: readonly ErrorCode[], status: string): void {
  const { "application/json": media } = response["content"] as Record<string, Node>;
  response["content"] = { "application/problem+json": { ...media, examples: examplesOf(codes) } };
  response["description"] = PROBLEM_DESCRIPTIONS[status] ?? STATUS_CODES[status] ?? "Refused";
}

function describeSuccess(response: Node, mediaType: unknown, schemas: Record<string, Node>): void {
  const content = response["content"] as Record<string, { schema: { $ref?: string } }>;
  const name = (content["application/json"]?.schema.$ref ?? "").slice(SCHEMAS.length);
  response["description"] = schemas[name]?.["description"] ?? response["description"];
  if (typeof mediaType === "string") response["content"] = { [mediaType]: content["application/json"] };
}

function setHeaders(response: Node, headers: Headers): void {
  response["headers"] = Object.fromEntries(
    Object.entries(headers).map(([name, { description }]) => [name, { description, schema: { type: "string" } }]),
  );
}

/** Puts what many operations answer in one place: refusals with the same codes, and headers with the same meaning. */
export function shareResponses(document: OpenAPIV3_1.Document): void {
  const headers = new Shared("#/components/headers/");
  const responses = new Shared("#/components/responses/");
  for (const [, operation] of operationsOf(document)) {
    const byStatus = operation["responses"] as Record<string, Node>;
    for (const [status, response] of Object.entries(byStatus)) {
      const own = response["headers"] as Record<string, Node>;
      for (const [name, header] of Object.entries(own)) own[name] = headers.take([name], header);
      if (Number(status) >= 400) byStatus[status] = responses.take(namesOf(response, status), response);
    }
  }
  const shared = { responses: responses.nodes, headers: headers.nodes } as OpenAPIV3_1.ComponentsObject;
  document.components = { ...document.components, ...shared };
}

/** Nodes by their name; the same node twice is one. */
class Shared {
  readonly nodes: Record<string, Node> = {};
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** A reference under the first of the names that is free or means the same; the node itself where there is none. */
  take(names: readonly string[], node: Node): Node {
    const text = JSON.stringify(node);
    const name = names.find((one) => this.nodes[one] === undefined || JSON.stringify(this.nodes[one]) === text);
    if (name === undefined) return node;
    this.nodes[name] = node;
    return { $ref: this.#prefix + name };
  }
}

/** `MissingScopeOrCsrf`; a long list of codes is known by its status. */
function namesOf(response: Node, status: string): string[] {
  const content = response["content"] as Record<string, { examples: Node }>;
  const codes = Object.keys(content["application/problem+json"]?.examples ?? {});
  const short = codes.map((code) => pascal(code.replace(/^(?:auth|request|resource)\./, ""))).join("Or");
  const long = codes.map(pascal).join("Or");
  return codes.length > 3 ? [pascal(STATUS_CODES[status] ?? "Refused"), long] : [short, long];
}

function pascal(text: string): string {
  return text.replaceAll(/(?:^|[^A-Za-z]+)([a-z])/gi, (_whole, letter: string) => letter.toUpperCase());
}
