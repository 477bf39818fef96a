/** SQLite's and PostgreSQL's words for "I cannot write": full, read-only, failing, or shutting down. */
const SQLITE = /^SQLITE_(FULL|READONLY|IOERR|CANTOPEN|CORRUPT|NOTADB)/;
const POSTGRES = new Set(["53100", "53200", "53300", "25006", "57P01", "57P02", "57P03", "58030"]);
const CONNECTION = new Set(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE", "ENOTFOUND"]);
const FILES = new Set(["ENOSPC", "EROFS", "EDQUOT", "EIO"]);

/**
 * Whether an error says that the database or the disk cannot do its work at the moment: the operator's problem, not a
 * defect, and the caller may try again. Looks through causes.
 */
export function isStorageFailure(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    const code = "code" in current && typeof current.code === "string" ? current.code : "";
    if (SQLITE.test(code) || POSTGRES.has(code) || CONNECTION.has(code) || FILES.has(code)) return true;
  }
  return false;
}

/** Does bookkeeping that a reader must not fail for: on a full disk it is left undone. */
export async function unlessStorageFails(bookkeeping: () => Promise<unknown>): Promise<void> {
  try {
    await bookkeeping();
  } catch (error) {
    if (!isStorageFailure(error)) throw error;
  }
}

/** Whether an error says that what is written contradicts what is there, so that trying again cannot help. */
export function isIntegrityFailure(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return typeof error.code === "string" && /^(SQLITE_CONSTRAINT|23[0-9A-Z]{3}$)/.test(error.code);
}
