import { access, constants, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { migrations } from "../migrations/index.ts";
import { ConfigError } from "./config.ts";
import type { Config } from "./config.ts";
import { MailTemplates, createTokenMails } from "./modules/customer-mails/index.ts";
import type { TokenMails } from "./modules/customer-mails/index.ts";
import { createArchives } from "./modules/packages/index.ts";
import type { Archives } from "./modules/packages/index.ts";
import { bindStoredSecrets } from "./modules/secret-bindings/index.ts";
import type { SourcePolicy } from "./modules/sources/index.ts";
import type { SyncDeps } from "./modules/sync/index.ts";
import { createFileBlobStore } from "./platform/blobs/index.ts";
import { systemClock } from "./platform/clock.ts";
import type { AlarmClock } from "./platform/clock.ts";
import { createCipher } from "./platform/crypto/cipher.ts";
import type { Cipher } from "./platform/crypto/cipher.ts";
import { readOrCreateKey } from "./platform/crypto/key-file.ts";
import { migrateToLatest, openDatabase } from "./platform/database/index.ts";
import { messageOf } from "./platform/errors.ts";
import { createGit } from "./platform/git/index.ts";
import type { Git } from "./platform/git/index.ts";
import { createLogger } from "./platform/log/logger.ts";
import type { Logger } from "./platform/log/logger.ts";
import type { Database, Schema } from "./schema.ts";

/** Beside the sources in a checkout, and beside them in `dist/` where that is what runs. */
const MAIL_TEMPLATES = fileURLToPath(new URL("../mail-templates", import.meta.url));

/** What every command and the server stand on. */
export interface Core {
  config: Config;
  clock: AlarmClock;
  logger: Logger;
  database: Database;
  cipher: Cipher;
  git: Git;
  archives: Archives;
  /** Not read yet: a server loads them. */
  mailTemplates: MailTemplates;
  /** What commands tell customers by. */
  mails: TokenMails;
  sourcePolicy: SourcePolicy;
  sync: SyncDeps;
  close(): Promise<void>;
}

/** Replaced by tests. */
export interface CoreOverrides {
  clock?: AlarmClock;
  logger?: Logger;
}

export function databaseFile(config: Pick<Config, "dataDir">): string {
  return join(resolve(config.dataDir), "package-broker.db");
}

export function blobDirectory(config: Pick<Config, "dataDir" | "storageUrl">): string {
  return config.storageUrl === undefined ? join(resolve(config.dataDir), "archives") : fileURLToPath(config.storageUrl);
}

async function makeDataDirectory(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK);
  } catch (cause) {
    throw new ConfigError(
      `DATA_DIR ${dataDir} cannot be made or written (${messageOf(cause)}): is the disk read-only, and does the directory belong to the user that runs this?`,
    );
  }
}

/** For commands that only make sense on what is there: a wrong directory is told instead of filled. */
export async function requireInstallation(config: Config): Promise<void> {
  const dataDir = resolve(config.dataDir);
  const needed = [
    ...(config.databaseUrl === undefined ? [databaseFile(config)] : [dataDir]),
    ...(config.encryptionKey === undefined ? [keyFile(dataDir)] : []),
  ];
  for (const path of needed) {
    const isThere = await access(path).then(
      () => true,
      (error: unknown) => !(error instanceof Error && "code" in error && error.code === "ENOENT"),
    );
    if (isThere) continue;
    throw new ConfigError(
      path === keyFile(dataDir) && needed.length > 1 && config.databaseUrl === undefined
        ? `DATA_DIR ${dataDir} has a database but no encryption.key: bring the old one back, or set ENCRYPTION_KEY`
        : `DATA_DIR ${dataDir} holds no installation (${path} does not exist): run this in the directory the server was started in, or with its DATA_DIR=…`,
    );
  }
}

function keyFile(dataDir: string): string {
  return join(dataDir, "encryption.key");
}

/** Opens the data directory and the database, brings the schema up to date, and puts the parts together. */
export async function openCore(config: Config, overrides: CoreOverrides = {}): Promise<Core> {
  const dataDir = resolve(config.dataDir);
  await makeDataDirectory(dataDir);
  const clock = overrides.clock ?? systemClock;
  const logger = overrides.logger ?? createLogger(config.logLevel);
  const cipher = createCipher(config.encryptionKey ?? (await readOrCreateKey(keyFile(dataDir))));
  const database = openDatabase<Schema>({
    url: config.databaseUrl,
    sqliteFile: databaseFile(config),
    onError: (error) => logger.warn({ err: error }, "the database connection had a problem"),
  });
  try {
    const applied = await migrateToLatest(database.db, migrations);
    if (applied.length > 0) logger.info({ migrations: applied }, "the schema was brought up to date");
    await bindStoredSecrets({ database, cipher, clock, logger, dataDir });
    const blobs = await createFileBlobStore(blobDirectory(config), () => clock.nowMs());
    const git = createGit({ environment: config.gitEnvironment, allowLocal: config.networks.allowLocalSources });
    const archives = createArchives({ database, blobs, git, clock, dataDir });
    const { allowLocalSources, boundedSourceHosts } = config.networks;
    const sourcePolicy = {
      allowLocalSources,
      allowPrivateNetworks: config.networks.sources,
      boundedHosts: boundedSourceHosts,
    };
    const { archiveSizeBytesMax } = config.budgets;
    const sync = { database, git, cipher, clock, archives, dataDir, sourcePolicy, archiveSizeBytesMax, log: logger };
    const mailTemplates = new MailTemplates({ defaults: MAIL_TEMPLATES, own: config.mailTemplatesDir }, logger);
    const { publicUrl } = config;
    const canSend = config.mail !== undefined;
    const mails = createTokenMails({ clock, cipher, publicUrl, canSend, templates: mailTemplates });
    const close = async () => {
      git.close();
      await database.close();
    };
    return { config, clock, logger, database, cipher, git, archives, mailTemplates, mails, sourcePolicy, sync, close };
  } catch (error) {
    await database.close();
    throw error;
  }
}
