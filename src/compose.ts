import { access, constants, mkdir } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { migrations } from "../migrations/index.ts";
import { keyFile, openKeysOf } from "./compose-keys.ts";
import type { KeyDemand } from "./compose-keys.ts";
import { ConfigError } from "./config.ts";
import type { Config } from "./config.ts";
import { AuditWitness, beginAuditChain, beginWitness } from "./modules/audit/index.ts";
import { MailTemplates, createTokenMails } from "./modules/customer-mails/index.ts";
import type { TokenMails } from "./modules/customer-mails/index.ts";
import type { CustomerBudgets } from "./modules/grants/index.ts";
import { createArchives } from "./modules/packages/index.ts";
import type { Archives } from "./modules/packages/index.ts";
import { bindStoredSecrets } from "./modules/secret-bindings/index.ts";
import type { SessionLifetime } from "./modules/sessions/index.ts";
import type { SourcePolicy } from "./modules/sources/index.ts";
import type { SyncDeps } from "./modules/sync/index.ts";
import { createFileBlobStore } from "./platform/blobs/index.ts";
import { systemClock } from "./platform/clock.ts";
import type { AlarmClock } from "./platform/clock.ts";
import { createCipher } from "./platform/crypto/cipher.ts";
import type { Cipher } from "./platform/crypto/cipher.ts";
import type { KeySource } from "./platform/crypto/key-source.ts";
import { migrateToLatest, openDatabase } from "./platform/database/index.ts";
import { messageOf } from "./platform/errors.ts";
import { createGit } from "./platform/git/index.ts";
import type { Git } from "./platform/git/index.ts";
import { createLauncher } from "./platform/launcher/index.ts";
import type { Launcher } from "./platform/launcher/index.ts";
import { createLogger } from "./platform/log/logger.ts";
import type { Logger } from "./platform/log/logger.ts";
import { createTaskPool } from "./platform/threads/index.ts";
import type { TaskPool } from "./platform/threads/index.ts";
import type { Database, Schema } from "./schema.ts";

/** Beside the sources in a checkout, and beside them in `dist/` where that is what runs. */
const MAIL_TEMPLATES = fileURLToPath(new URL("../mail-templates", import.meta.url));

/** Names in strings that no compiler rewrites: beside this file, and of its kind, `.ts` in a checkout and `.js` in `dist/`. */
const WORKER = new URL(`worker${extname(import.meta.filename)}`, import.meta.url);
const LAUNCHER = new URL(`launcher${extname(import.meta.filename)}`, import.meta.url);

/** What every command and the server stand on. */
export interface Core {
  config: Config;
  clock: AlarmClock;
  logger: Logger;
  database: Database;
  cipher: Cipher;
  /** What `cipher` works with; a server watches for rotations. */
  keys: KeySource;
  auditWitness: AuditWitness;
  git: Git;
  archives: Archives;
  /** Does what would keep the main thread from answering. */
  workers: TaskPool;
  /** Not read yet: a server loads them. */
  mailTemplates: MailTemplates;
  /** What commands tell customers by. */
  mails: TokenMails;
  sourcePolicy: SourcePolicy;
  sessionLifetime: SessionLifetime;
  sync: SyncDeps;
  /** What one customer may be sold. */
  budgets: CustomerBudgets;
  close(): Promise<void>;
}

export interface CoreOptions {
  /** Replaced by tests. */
  clock?: AlarmClock;
  /** Replaced by tests. */
  logger?: Logger;
  /** Somebody is answered meanwhile: programs are started by a process beside this one. */
  isServer?: boolean;
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

/** What a sync works with, and how much of a repository it may take. */
function withBudgets(deps: Omit<SyncDeps, "budgets" | "sourceBudgets">, budgets: Config["budgets"]): SyncDeps {
  return { ...deps, budgets: budgets.reading, sourceBudgets: budgets };
}

/**
 * For commands that only make sense on what is there: a wrong directory is told instead of filled. A key that is missing
 * beside a database is told when that is open; with PostgreSQL the key file is all that is known of a directory.
 */
export async function requireInstallation(config: Config): Promise<void> {
  const dataDir = resolve(config.dataDir);
  const ofPostgres = config.encryptionKey === undefined ? keyFile(dataDir) : dataDir;
  await requirePath(dataDir, config.databaseUrl === undefined ? databaseFile(config) : ofPostgres);
}

/** For a server whose key is lost. */
export async function requireDatabase(config: Config): Promise<void> {
  if (config.databaseUrl === undefined) await requirePath(resolve(config.dataDir), databaseFile(config));
}

async function requirePath(dataDir: string, path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    (error: unknown) => !(error instanceof Error && "code" in error && error.code === "ENOENT"),
  );
  if (isThere) return;
  throw new ConfigError(
    `DATA_DIR ${dataDir} holds no installation (${path} does not exist): run this in the directory the server was started in, or with its DATA_DIR=…`,
  );
}

/** Opens the data directory and the database, brings the schema up to date, and puts the parts together. */
export async function openCore(
  config: Config,
  options: CoreOptions = {},
  keyDemand: KeyDemand = "right",
): Promise<Core> {
  const dataDir = resolve(config.dataDir);
  await makeDataDirectory(dataDir);
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? createLogger(config.logLevel);
  const database = openDatabase<Schema>({
    url: config.databaseUrl,
    sqliteFile: databaseFile(config),
    onError: (error) => logger.warn({ err: error }, "the database connection had a problem"),
  });
  try {
    const applied = await migrateToLatest(database.db, migrations);
    if (applied.length > 0) logger.info({ migrations: applied }, "the schema was brought up to date");
    const keys = await openKeysOf({ config, dataDir, database }, keyDemand);
    const cipher = createCipher(keys.ring);
    const auditWitness = await beginWithKey({ database, clock, cipher, logger, dataDir });
    const blobs = await createFileBlobStore(blobDirectory(config), () => clock.nowMs());
    const { budgets } = config;
    const launcher = options.isServer === true ? openLauncher(logger) : undefined;
    const git = openGit(config, launcher);
    const archives = createArchives({ database, blobs, git, clock, dataDir, limits: archiveLimitsOf(config) });
    const sourcePolicy = sourcePolicyOf(config);
    const workers = createTaskPool({ file: WORKER, ...config.workers });
    const stored = { database, cipher, archives, dataDir };
    const sync = withBudgets({ ...stored, git, clock, workers, sourcePolicy, log: logger }, budgets);
    const mailTemplates = new MailTemplates({ defaults: MAIL_TEMPLATES, own: config.mailTemplatesDir }, logger);
    const { publicUrl, sessionLifetime } = config;
    const canSend = config.mail !== undefined;
    const mails = createTokenMails({ clock, cipher, publicUrl, canSend, templates: mailTemplates });
    const close = async () => {
      keys.close();
      git.close();
      launcher?.close();
      await workers.close();
      await database.close();
    };
    const made = {
      database,
      cipher,
      keys,
      auditWitness,
      git,
      archives,
      workers,
      mailTemplates,
      mails,
      sourcePolicy,
      sync,
    };
    return { config, clock, logger, ...made, sessionLifetime, budgets: budgets.customer, close };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function openLauncher(logger: Logger): Launcher {
  return createLauncher(LAUNCHER, (error) =>
    logger.warn({ error: messageOf(error) }, "git is started by the server itself, which answers nobody meanwhile"),
  );
}

function openGit({ gitEnvironment, networks, budgets }: Config, launcher: Launcher | undefined): Git {
  return createGit({
    ...(launcher === undefined ? {} : { launch: launcher.launch }),
    environment: gitEnvironment,
    allowLocal: networks.allowLocalSources,
    memoryBytesMax: budgets.gitMemoryBytesMax,
  });
}

function archiveLimitsOf({ budgets }: Config) {
  return {
    sizeBytesMax: budgets.archiveSizeBytesMax,
    filesMax: budgets.archiveFilesMax,
    buildMsMax: budgets.archiveMsMax,
  };
}

function sourcePolicyOf({ networks }: Config): SourcePolicy {
  return {
    allowLocalSources: networks.allowLocalSources,
    allowPrivateNetworks: networks.sources,
    boundedHosts: networks.boundedSourceHosts,
  };
}

type Begun = Pick<Core, "database" | "clock" | "cipher" | "logger">;

/** What each start sees to before anything is signed or sent; nothing without the key. */
async function beginWithKey({ dataDir, ...deps }: Begun & { dataDir: string }): Promise<AuditWitness> {
  const witness = new AuditWitness(dataDir, deps.cipher);
  if (!deps.cipher.hasKey) return witness;
  await beginAudit(deps, witness);
  await bindStoredSecrets({ ...deps, dataDir });
  return witness;
}

/** Disks may be full or read-only, which stops changes, not readers: what cannot be noted is told and goes on. */
async function beginAudit({ database, clock, cipher, logger }: Begun, witness: AuditWitness): Promise<void> {
  const tell = (error: unknown) =>
    logger.error({ err: error }, "the witness of the audit chain beside the key could not be written");
  database.commits.listen((notes) => witness.noteWritten(notes).catch(tell));
  await beginAuditChain({ database, clock, cipher, witness });
  await beginWitness({ database, clock, cipher, witness }).catch(tell);
}
