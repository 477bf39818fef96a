import { STATUS_CODES } from "node:http";
import { format } from "prettier";
import { expect, test } from "vitest";
import { STATUS_BY_CODE } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import { ERROR_DESCRIPTIONS } from "./error-descriptions.ts";
import { problemType } from "./problem-schema.ts";

// After a change, `npx vitest run src/platform/http/error-docs.test.ts --update` writes the page anew.
test("docs/reference/errors.md lists every code that the API can answer with", async () => {
  const page = await format(renderPage(), { parser: "markdown", printWidth: 120 });
  await expect(page).toMatchFileSnapshot("../../../docs/reference/errors.md");
});

test("every code is said in one line, with what to do about it", () => {
  for (const [code, { when, cure, detail }] of Object.entries(ERROR_DESCRIPTIONS)) {
    for (const text of [when, cure]) expect(text, code).toMatch(/^[A-Z].*\.$/);
    expect(detail, code).not.toMatch(/\n/);
  }
});

function renderPage(): string {
  const example = ERROR_DESCRIPTIONS["request.invalid"];
  return [
    "---",
    "sidebar_position: 2",
    "title: Errors of the Management API",
    "description: Every code the API can answer with, what it means and what to do about it",
    "---",
    "",
    "# Errors of the Management API",
    "",
    "<!-- Made from src/platform/errors.ts and src/platform/http/error-descriptions.ts by src/platform/http/error-docs.test.ts: change them. -->",
    "",
    "Every refusal is `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)):",
    "",
    "```json",
    JSON.stringify({
      ...{ type: problemType("request.invalid"), title: STATUS_CODES[400], status: 400, code: "request.invalid" },
      ...{ detail: example.detail, errors: example.errors, request_id: "req_Ff9W5yfqTIzPG6YxzWTp" },
    }),
    "```",
    "",
    "`code` is for programs and never changes its name; new ones may come. `type` leads to the code on this page, at",
    "`/docs` of the server that answered. `detail` is for people. `errors` names each wrong field, at most 20.",
    "`request_id` finds the request in the server's log. Which operation can give which code is in",
    "`/api/openapi.json` and on the server's own page, `/api/docs`.",
    "",
    "Repeat a request after 429, 500, 503, 409 `request.in_flight`, or no answer at all, with a pause that grows, and with",
    "the same `Idempotency-Key`. Everything else says the same again. 429 carries `Retry-After`, in seconds,",
    "and so does 503 `request.too_many_waiting`.",
    "",
    ...sections(),
  ].join("\n");
}

/** A heading for each status, and below it one for each of its codes: what `type` leads to. */
function sections(): string[] {
  const byStatus = Map.groupBy(Object.keys(STATUS_BY_CODE) as ErrorCode[], (code) => STATUS_BY_CODE[code]);
  return [...byStatus].flatMap(([status, codes]) => [
    `## ${status} ${STATUS_CODES[status] ?? ""}`,
    "",
    ...codes.flatMap((code) => {
      const { when, cure } = ERROR_DESCRIPTIONS[code];
      return [`### \`${code}\``, "", `${when} What to do: ${cure}`, ""];
    }),
  ]);
}
