import { STATUS_CODES } from "node:http";
import { STATUS_BY_CODE } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import { ERROR_DESCRIPTIONS } from "./error-descriptions.ts";
import { problemType } from "./problem-schema.ts";
import type { OwnProblems } from "./problem-schema.ts";

type Node = Record<string, unknown>;

/** Whoever sends no credential cannot have a wrong one. */
const OF_CREDENTIALS: ReadonlySet<ErrorCode> = new Set([
  ...(["auth.missing", "auth.invalid", "auth.expired", "auth.revoked", "auth.rotated"] as const),
  ...(["auth.wrong_kind", "auth.missing_scope", "auth.outside_network"] as const),
  ...(["auth.second_factor_required", "request.too_many"] as const),
]);

/** Of an address that is no operation's, so that no operation answers it. */
export const OF_NO_OPERATION: ErrorCode = "request.method_not_allowed";

/** Only where an operation says so: most have no such rule. */
const BY_DECLARATION: ReadonlySet<ErrorCode> = new Set([
  ...(["auth.login_failed", "auth.totp_required", "auth.passkey_required"] as const),
  ...(["auth.outside_bound", "auth.outside_role", "auth.step_up_required"] as const),
  OF_NO_OPERATION,
  "renewal.id_reused",
  "request.too_many_waiting",
]);

/** Which codes an operation can answer with, for each of its statuses. */
export function codesOf(operation: Node, method: string, status: number): ErrorCode[] {
  const { more = [], never = [] } = (operation["x-problems"] ?? {}) as OwnProblems;
  const responses = operation["responses"] as Node;
  const parameters = (operation["parameters"] ?? []) as { name: string }[];
  const isOpen = (operation["security"] as unknown[] | undefined)?.length === 0;
  const isRepeatable = parameters.some(({ name }) => name === "idempotency-key");
  const hasLinks = "410" in responses;
  const codes = (Object.keys(STATUS_BY_CODE) as ErrorCode[]).filter((code) => STATUS_BY_CODE[code] === status);
  const rules: Partial<Record<ErrorCode, boolean>> = {
    "auth.csrf": method !== "get",
    "auth.throttled": isOpen,
    "request.in_flight": isRepeatable,
    "resource.not_found": !hasLinks,
    "link.invalid": hasLinks,
  };
  return codes.filter((code) => {
    if (more.includes(code) || never.includes(code)) return more.includes(code);
    if (OF_CREDENTIALS.has(code)) return !isOpen;
    return rules[code] ?? !BY_DECLARATION.has(code);
  });
}

/** Any operation can meet these. */
export function addServerProblems(responses: Record<string, Node>): void {
  const [[, any] = []] = Object.entries(responses).filter(([status]) => Number(status) >= 400);
  for (const status of ["500", "503"]) if (any !== undefined) responses[status] ??= structuredClone(any);
}

/** For the content of a refusal: its codes, each with an answer. */
export function examplesOf(codes: readonly ErrorCode[]): Node {
  return Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
}

/** Every code that operations can answer with, as an answer that carries it. */
export function problemExamples(): Record<string, { summary: string; value: Node }> {
  const codes = (Object.keys(STATUS_BY_CODE) as ErrorCode[]).filter((code) => code !== OF_NO_OPERATION);
  return Object.fromEntries(
    codes.map((code) => {
      const { when, detail, errors } = ERROR_DESCRIPTIONS[code];
      const status = STATUS_BY_CODE[code];
      const value = {
        ...{ type: problemType(code), title: STATUS_CODES[status], status, code, detail },
        ...(errors === undefined ? {} : { errors }),
        request_id: "req_Ff9W5yfqTIzPG6YxzWTp",
      };
      return [code, { summary: when, value }];
    }),
  );
}
