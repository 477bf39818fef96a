/** SQLite's and PostgreSQL's words for "I cannot write": full, read-only, failing, or shutting down. */
const SQLITE = /^SQLITE_(FULL|READONLY|IOERR|CANTOPEN|CORRUPT|NOTADB)/;
const POSTGRES = new Set(["53100", "53200", "53300", "25006", "57P01", "57P02", "57P03", "58030"]);
const CONNECTION = new Set(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE", "ENOTFOUND"]);
const FILES = new Set(["ENOSPC", "EROFS", "EDQUOT", "EIO"]);

/** PostgreSQL's words for a transaction that it gave up in favour of another one. */
const GIVEN_UP = new Set(["40P01", "40001"]);

/**
 * Whether an error says that the database or the disk cannot do its work at the moment: the operator's problem, not a
 * defect, and the caller may try again. Looks through causes.
 */
export function isStorageFailure(error: unknown): boolean {
  return codesOf(error).some(
    (code) => SQLITE.test(code) || POSTGRES.has(code) || CONNECTION.has(code) || FILES.has(code),
  );
}

/** Whether an error says that two transactions were in each other's way: nothing of this one is stored, and it may run again. */
export function isGivenUp(error: unknown): boolean {
  return codesOf(error).some((code) => GIVEN_UP.has(code));
}

function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    if ("code" in current && typeof current.code === "string") codes.push(current.code);
  }
  return codes;
}

/** Does what an answer must not fail for: on a full disk it is left undone. Undefined where it was. */
export async function unlessStorageFails<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isStorageFailure(error)) throw error;
    return undefined;
  }
}

/** Whether an error says that what is written contradicts what is there, so that trying again cannot help. */
export function isIntegrityFailure(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return typeof error.code === "string" && /^(SQLITE_CONSTRAINT|23[0-9A-Z]{3}$)/.test(error.code);
}
