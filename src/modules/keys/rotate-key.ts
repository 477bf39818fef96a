import { randomBytes } from "node:crypto";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { DecryptionError } from "../../platform/crypto/cipher.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { readKeys, replaceKeys } from "../../platform/crypto/key-file.ts";
import type { SealedColumn } from "../../platform/crypto/sealed-columns.ts";
import type { Database } from "../../schema.ts";
import { goOnWithKey, sealAuditEvents } from "../audit/index.ts";
import { openAs, placeOf } from "./count-by-key.ts";
import type { SealedProblem } from "./count-by-key.ts";
import { SEALED_COLUMNS } from "./sealed-columns.ts";
import { listSealedOtherwise, replaceSealed } from "./sealed-queries.ts";

const ROWS_AT_ONCE = 200;

export interface RotationDeps {
  database: Pick<Database, "db" | "transaction">;
  cipher: Cipher;
  clock: Clock;
}

export interface Rotation {
  /** Values that were sealed anew. */
  resealed: number;
  /** Values that no key of the ring opens; they stay as they are. */
  problems: SealedProblem[];
}

/**
 * The first step of a rotation: every process learns of a key before anything is made with it. One that a rotation
 * before has made, and was cut off, is gone on with.
 */
export async function makeNextKey(file: string): Promise<void> {
  const keys = await readKeys(file);
  if (keys === undefined) throw new Error(`${file} does not exist`);
  if (keys.next === undefined) await replaceKeys(file, { ...keys, next: randomBytes(32) });
}

/** The second: it is the one in use from here on, and the one before it retires. Without a next one nothing changes. */
export async function takeNextKey(file: string, clock: Clock): Promise<void> {
  const keys = await readKeys(file);
  if (keys?.next === undefined) return;
  const retired = [{ key: keys.current, at: nowSeconds(clock) }, ...keys.retired];
  await replaceKeys(file, { current: keys.next, next: undefined, retired });
}

/** The rest, which may be done again at any time: the chain goes on with the key in use, and what is stored is sealed anew. */
export async function finishRotation(deps: RotationDeps): Promise<Rotation> {
  await goOnWithKey(deps);
  await sealAuditEvents(deps);
  const rotation: Rotation = { resealed: 0, problems: [] };
  for (const column of SEALED_COLUMNS) await resealColumn(deps, column, rotation);
  return rotation;
}

async function resealColumn(
  { database, cipher }: RotationDeps,
  column: SealedColumn,
  rotation: Rotation,
): Promise<void> {
  let givenUp = 0;
  for (;;) {
    const page = { limit: ROWS_AT_ONCE, offset: givenUp };
    const rows = await listSealedOtherwise(database.db, column, cipher.keyId, page);
    if (rows.length === 0) return;
    for (const row of rows) {
      const opened = openAs(cipher, column, row);
      if (opened instanceof DecryptionError) {
        rotation.problems.push({ place: placeOf(column, row), reason: opened.message });
        givenUp++;
      } else {
        await replaceSealed(database.db, column, row, cipher.seal(opened.text, opened.context));
        rotation.resealed++;
      }
    }
  }
}
