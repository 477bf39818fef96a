import { access } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "./config.ts";
import type { Config } from "./config.ts";
import { findChainKey, isWrittenWithRing, needsKey } from "./modules/audit/index.ts";
import { createCipher } from "./platform/crypto/cipher.ts";
import { KeySource } from "./platform/crypto/key-source.ts";
import type { KeyPlace } from "./platform/crypto/key-source.ts";
import { messageOf } from "./platform/errors.ts";
import type { Database, Db } from "./schema.ts";

/**
 * What the process does about a key that is missing, or is not the one of the database: it ends (`right`), except where
 * somebody says that the old one is lost for good (`any`), or where it is to go on without one (`none`).
 */
export type KeyDemand = "right" | "any" | "none";

export function keyFile(dataDir: string): string {
  return join(dataDir, "encryption.key");
}

function placeOf({ encryptionKey: current, retiredKeys: retired }: Config, dataDir: string): KeyPlace {
  return current === undefined ? { file: keyFile(dataDir) } : { current, retired };
}

/** Whichever is there; a file is made where there is none. */
export async function openKeys(config: Config, dataDir: string): Promise<KeySource> {
  return await KeySource.open(placeOf(config, dataDir));
}

/** The keys of this database; a new one only where nothing was ever written. */
export async function openKeysOf(
  { config, dataDir, database }: { config: Config; dataDir: string; database: Pick<Database, "db"> },
  demand: KeyDemand,
): Promise<KeySource> {
  const place = placeOf(config, dataDir);
  const isMissing = "file" in place && !(await exists(place.file));
  const isNeeded = await needsKey(database.db);
  if (demand === "none") {
    await refuseWhereNotNeeded(database.db, isMissing ? undefined : place, isNeeded);
    return KeySource.missing(place);
  }
  if (isMissing && isNeeded) {
    throw new ConfigError(
      `the encryption key of this database${await named(database.db)} is missing: ${remedy(place)}`,
    );
  }
  const keys = await openOrTell(place);
  if (demand === "right" && isNeeded && !(await isWrittenWithRing(database.db, createCipher(keys.ring)))) {
    const here = keys.ring.keys.map(({ id }) => id).join(", ");
    throw new ConfigError(
      `${whereOf(place)} holds another encryption key (${here}) than the one this database was written with${await named(database.db)}: ${remedy(place)}`,
    );
  }
  return keys;
}

/** A file that cannot be read, or holds no key, is a lost key too. */
async function openOrTell(place: KeyPlace): Promise<KeySource> {
  try {
    return await KeySource.open(place);
  } catch (cause) {
    throw new ConfigError(messageOf(cause));
  }
}

async function refuseWhereNotNeeded(db: Db, place: KeyPlace | undefined, isNeeded: boolean): Promise<void> {
  if (!isNeeded) {
    throw new ConfigError(
      "--without-key is for a database whose key is lost, and nothing was ever written to this one: start without it, or with the right DATA_DIR or DATABASE_URL",
    );
  }
  if (place === undefined) return;
  const keys = await KeySource.open(place).catch(() => undefined);
  if (keys === undefined || !(await isWrittenWithRing(db, createCipher(keys.ring)))) return;
  throw new ConfigError(`the encryption key of this database is here (${whereOf(place)}): start without --without-key`);
}

async function named(db: Db): Promise<string> {
  const id = await findChainKey(db);
  return id === undefined ? "" : ` (${id.slice(0, 8)})`;
}

function remedy(place: KeyPlace): string {
  const [bring, make] =
    "file" in place
      ? [`bring ${place.file} back from your copy, or set ENCRYPTION_KEY`, `openssl rand -base64 32 > ${place.file}`]
      : ["set ENCRYPTION_KEY to it", "openssl rand -base64 32"];
  return `${bring}. Meanwhile \`serve --without-key\` answers composer. If it is lost for good, begin anew with another one (${make}): say so with \`audit acknowledge --yes\`, and give the sources' passwords and webhooks' secrets anew`;
}

function whereOf(place: KeyPlace): string {
  return "file" in place ? place.file : "ENCRYPTION_KEY";
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    (error: unknown) => !(error instanceof Error && "code" in error && error.code === "ENOENT"),
  );
}
