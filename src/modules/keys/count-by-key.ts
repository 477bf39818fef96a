import type { Cipher } from "../../platform/crypto/cipher.ts";
import { DecryptionError } from "../../platform/crypto/cipher.ts";
import type { SealedColumn } from "../../platform/crypto/sealed-columns.ts";
import type { Db } from "../../schema.ts";
import { SEALED_COLUMNS } from "./sealed-columns.ts";
import { countRecordsOfKey, pageSealed } from "./sealed-queries.ts";
import type { SealedRow } from "./sealed-queries.ts";

const ROWS_AT_ONCE = 200;

export interface KeyUse {
  /** Stored values that it sealed. */
  sealed: number;
  /** Audit records that it signed or linked. */
  records: number;
}

export interface SealedProblem {
  /** `sources.sealed_password of src_…`. */
  place: string;
  reason: string;
}

/** Opens everything that is stored, and names what does not open; the values go nowhere. */
export async function verifySealed(
  db: Db,
  cipher: Pick<Cipher, "open">,
): Promise<{ opened: number; problems: SealedProblem[] }> {
  const problems: SealedProblem[] = [];
  let opened = 0;
  await eachSealed(db, (column, row) => {
    const result = openAs(cipher, column, row);
    if (result instanceof DecryptionError) problems.push({ place: placeOf(column, row), reason: result.message });
    else opened++;
  });
  return { opened, problems };
}

export async function countByKey(db: Db, ids: readonly string[]): Promise<Map<string, KeyUse>> {
  const uses = new Map<string, KeyUse>();
  for (const id of ids) uses.set(id, { sealed: 0, records: await countRecordsOfKey(db, id) });
  await eachSealed(db, (column, row) => {
    const use = uses.get(row[column.column]?.split(".")[1] ?? "");
    if (use !== undefined) use.sealed++;
  });
  return uses;
}

async function eachSealed(db: Db, see: (column: SealedColumn, row: SealedRow) => void): Promise<void> {
  for (const column of SEALED_COLUMNS) {
    for (let offset = 0; ; offset += ROWS_AT_ONCE) {
      const rows = await pageSealed(db, column, { limit: ROWS_AT_ONCE, offset });
      for (const row of rows) see(column, row);
      if (rows.length < ROWS_AT_ONCE) break;
    }
  }
}

/** The text, and the context it was sealed in; or why it does not open. */
export function openAs(
  cipher: Pick<Cipher, "open">,
  { column, contextsOf }: SealedColumn,
  row: SealedRow,
): { text: string; context: string } | DecryptionError {
  let problem = new DecryptionError("the stored value is not in a known encrypted form", "form");
  for (const context of contextsOf(row)) {
    try {
      return { text: cipher.open(row[column] ?? "", context), context };
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      problem = error;
    }
  }
  return problem;
}

export function placeOf({ table, column, key }: SealedColumn, row: SealedRow): string {
  return `${table}.${column} of ${key.map((name) => row[name] ?? "").join(" ")}`;
}
