import { ApiError } from "../api/errors.ts";

/** A form's refusal, sorted: what belongs to a field is said there, and only the rest below the form. */
export function formProblems(error: unknown, labels: Record<string, string>) {
  const fields = error instanceof ApiError ? error.fields : [];
  const known = fields.filter(({ pointer }) => labelOf(labels, pointer) !== undefined);
  return {
    /** A whole sentence, because the server's half begins with its verb: "The password must have …". */
    at: (pointer: string): string | undefined => {
      const problem = known.find((field) => isWithin(field.pointer, pointer));
      if (problem === undefined) return undefined;
      const detail = problem.detail.replace(/[.\s]+$/, "");
      return `${labels[pointer] ?? "It"} ${detail}${/[?!]$/.test(detail) ? "" : "."}`;
    },
    rest: error === null || error === undefined || (known.length > 0 && known.length === fields.length) ? null : error,
  };
}

function labelOf(labels: Record<string, string>, pointer: string): string | undefined {
  return Object.entries(labels).find(([known]) => isWithin(pointer, known))?.[1];
}

function isWithin(pointer: string, parent: string): boolean {
  return pointer === parent || pointer.startsWith(`${parent}/`);
}
