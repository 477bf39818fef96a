import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { migrations } from "../../migrations/index.ts";
import { openKeys } from "../compose-keys.ts";
import { blobDirectory, databaseFile } from "../compose.ts";
import type { Config } from "../config.ts";
import type { RestoreSummary } from "../modules/backup/index.ts";
import { nowSeconds, systemClock } from "../platform/clock.ts";
import { createCipher } from "../platform/crypto/cipher.ts";
import type { Cipher } from "../platform/crypto/cipher.ts";
import { openDatabase } from "../platform/database/index.ts";
import type { Schema } from "../schema.ts";
import { version } from "../version.ts";
import { CommandError, commandConfig } from "./command-context.ts";
import type { CommandContext } from "./command-context.ts";
import { counted, plain, when } from "./output.ts";

export function addBackupCommands(program: Command, context: CommandContext): void {
  program
    .command("backup")
    .description("Write everything but the encryption key into one file, while the server serves")
    .argument("<file>", "a new file, best on another disk: backup-2027-01-31.tar")
    .addHelpText(
      "after",
      "\nThe encryption key is not in it: keep a copy of DATA_DIR/encryption.key (or ENCRYPTION_KEY) somewhere else.",
    )
    .action((file: string) => backup(context, file));
  program
    .command("restore")
    .description("Put a backup into a data directory without a database; the server must not run")
    .argument("<file>", "what `backup` wrote")
    .addHelpText(
      "after",
      "\nNothing is overwritten: move the old DATA_DIR away first. Bring its encryption key back too.",
    )
    .action((file: string) => restore(context, file));
}

async function backup(context: CommandContext, file: string): Promise<void> {
  const config = commandConfig(context);
  refusePostgres(config, "back it up with pg_dump first, and then copy DATA_DIR without encryption.key");
  const sqliteFile = databaseFile(config);
  if (!(await isThere(sqliteFile))) {
    throw new CommandError(
      `there is nothing to back up: ${sqliteFile} does not exist; run this in the directory the server was started in, or with its DATA_DIR=…`,
    );
  }
  // Opened without migrating: a backup before an upgrade must not be the upgrade.
  const database = openDatabase<Schema>({ sqliteFile, onError: (error) => context.say(`warning: ${error.message}`) });
  try {
    const { createBackup } = await import("../modules/backup/index.ts");
    const made = await createBackup(
      { ...placesOf(config), database, clock: systemClock, productVersion: version },
      file,
    );
    context.say(
      `Wrote ${made.file}: the database, ${counted(made.archives, "archive")} and ${counted(made.mirrors, "mirror")}, ${sizeOf(made.sizeBytes)}.`,
    );
    context.say("The encryption key is not in it: keep a copy of it somewhere else.");
  } finally {
    await database.close();
  }
}

async function restore(context: CommandContext, file: string): Promise<void> {
  const config = commandConfig(context);
  refusePostgres(config, "restore it with pg_restore, and then copy DATA_DIR back");
  const { restoreBackup } = await import("../modules/backup/index.ts");
  const restored = await restoreBackup(
    {
      ...placesOf(config),
      clock: systemClock,
      databaseFile: databaseFile(config),
      openDatabase: (sqliteFile) => openDatabase<Schema>({ sqliteFile, onError: () => undefined }),
      knownMigrations: Object.keys(migrations),
      cipher: await existingCipher(config),
    },
    file,
  );
  const { manifest, sources, packages, mirrorsKeptAs } = restored;
  await noteRestore(config, manifest.created_at);
  context.say(
    `Restored into ${resolve(config.dataDir)} what PACKAGE.broker ${plain(manifest.product_version)} held on ${when(manifest.created_at)} (UTC): ${counted(sources, "source")}, ${counted(packages, "package")}.`,
  );
  if (mirrorsKeptAs !== undefined) context.say(`The mirrors that were there are kept as ${mirrorsKeptAs}.`);
  context.say(aboutKey(restored, config));
}

/** For the first start on the restored database, which writes the audit record and begins a new witness. */
async function noteRestore(config: Config, createdAt: number): Promise<void> {
  const { AuditWitness } = await import("../modules/audit/index.ts");
  // Nothing is signed or checked with it: the key may not be there yet.
  const witness = new AuditWitness(resolve(config.dataDir), createCipher(Buffer.alloc(32)));
  const restoredAt = nowSeconds(systemClock);
  await witness.noteRestore({
    restored_at: restoredAt,
    created_at: createdAt,
    ends: await witness.endsAsWritten(),
  });
}

function aboutKey({ key }: RestoreSummary, config: Config): string {
  const place = config.encryptionKey === undefined ? join(resolve(config.dataDir), "encryption.key") : "ENCRYPTION_KEY";
  switch (key) {
    case "opens_all":
      return `The encryption key (${place}) is the right one.`;
    case "nothing_to_open":
      return `Keep using the same encryption key as before (${place}): nothing in the backup shows whether this is it.`;
    case "no_key":
      return `warning: there is no encryption key yet: before you start the server, put the old one into ${place} (or set ENCRYPTION_KEY); a new one opens no source's password and verifies no audit record`;
    case "other_key":
      return `warning: the encryption key (${place}) is not the old one, so it opens no source's password and verifies no audit record: bring the old one back before you start the server`;
  }
}

function refusePostgres(config: Config, remedy: string): void {
  if (config.databaseUrl !== undefined) {
    throw new CommandError(`the database is PostgreSQL (DATABASE_URL), which this command does not copy: ${remedy}`);
  }
}

function placesOf(config: Config): { dataDir: string; blobDirectory: string } {
  return { dataDir: resolve(config.dataDir), blobDirectory: blobDirectory(config) };
}

/** Undefined when there is no key yet; making one is the server's business. */
async function existingCipher(config: Config): Promise<Cipher | undefined> {
  const dataDir = resolve(config.dataDir);
  const isKnown = config.encryptionKey !== undefined || (await isThere(join(dataDir, "encryption.key")));
  return isKnown ? createCipher((await openKeys(config, dataDir)).ring) : undefined;
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
