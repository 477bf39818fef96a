import { statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { Kysely, PostgresDialect, sql } from "kysely";
import type { Transaction } from "kysely";
import { ChangeFeed, EVERYTHING } from "./change-feed.ts";
import { CommitNotes, notesOf } from "./commit-notes.ts";
import { CHANGE_CHANNEL, createPostgresPool, listenForChanges } from "./postgres.ts";
import { ImmediateSqliteDialect, openSqlite } from "./sqlite.ts";
import { isGivenUp } from "./storage-failure.ts";
import type BetterSqlite3 from "better-sqlite3";

/** How often `PRAGMA data_version` is asked (2.7 µs a time): bounds how long a change by another process goes unseen. */
const DATA_VERSION_POLL_MS = 100;

/** How often a transaction is begun, in all, that PostgreSQL gives up because it and another one wait for each other. */
const ATTEMPTS = 5;
/** At most so long before the second attempt, by chance, so that the two do not meet again; longer before later ones. */
const PAUSE_MS = 20;

export type Engine = "sqlite" | "postgres";

/** Says, inside a transaction, what its commit will have changed; told to the {@link ChangeFeed} after the commit. */
export type RecordChange = (topic: string) => void;

export interface Database<Schema> {
  readonly engine: Engine;
  /** Single statements outside a transaction. */
  readonly db: Kysely<Schema>;
  readonly changes: ChangeFeed;
  /** Tells what `noteCommit` noted of each transaction, after its commit and before `transaction` returns. */
  readonly commits: CommitNotes;
  /**
   * All or nothing, and only database work inside: SQLite has one connection and everybody waits for it, and what
   * PostgreSQL gives up for another transaction runs again from its beginning. Whoever keeps something outside of
   * `work` sets it anew there.
   */
  transaction<T>(work: (trx: Transaction<Schema>, changed: RecordChange) => Promise<T>): Promise<T>;
  /** Starts telling of changes made by other processes. Only a server needs it. */
  watchOtherProcesses(): void;
  /** Copies the whole database into a new file while it is in use; embedded engine only. */
  backupTo(file: string): Promise<void>;
  /**
   * Empties the write-ahead log of the embedded engine, which holds pages as they were before something was erased;
   * as far as nobody reads them. PostgreSQL has its own time for this.
   */
  emptyLog(): Promise<void>;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenDatabaseOptions {
  /** A `postgres://` URL; without it `sqliteFile` is opened. */
  url?: string | undefined;
  sqliteFile: string;
  onError: (error: Error) => void;
}

export function openDatabase<Schema>(options: OpenDatabaseOptions): Database<Schema> {
  return options.url === undefined ? openEmbedded(options.sqliteFile) : openPostgres(options.url, options.onError);
}

function openEmbedded<Schema>(file: string): Database<Schema> {
  const connection = openSqlite(file);
  const db = new Kysely<Schema>({ dialect: new ImmediateSqliteDialect(connection) });
  const changes = new ChangeFeed();
  const commits = new CommitNotes();
  let watcher: NodeJS.Timeout | undefined;
  return {
    engine: "sqlite",
    db,
    changes,
    commits,
    transaction: (work) => runTransaction({ db, changes, commits }, work),
    watchOtherProcesses() {
      watcher ??= watchDataVersion(connection, () => changes.emit(EVERYTHING));
    },
    async backupTo(target) {
      // In one step: copied page by page it would begin again whenever another process writes.
      await connection.backup(target, { progress: () => 0x7fffffff });
    },
    async emptyLog() {
      await sql`pragma wal_checkpoint(truncate)`.execute(db);
    },
    async ping() {
      await sql`select 1`.execute(db);
      // An open file goes on answering after its directory was lost; the operator wants to know.
      statSync(file);
    },
    async close() {
      clearInterval(watcher);
      await db.destroy();
      if (connection.open) connection.close();
    },
  };
}

function openPostgres<Schema>(url: string, onError: (error: Error) => void): Database<Schema> {
  const pool = createPostgresPool(url, onError);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const changes = new ChangeFeed();
  const commits = new CommitNotes();
  let stopListening: (() => Promise<void>) | undefined;
  return {
    engine: "postgres",
    db,
    changes,
    commits,
    transaction: (work) =>
      runTransaction({ db, changes, commits }, work, async (trx, topics) => {
        for (const topic of topics) await sql`select pg_notify(${CHANGE_CHANNEL}, ${topic})`.execute(trx);
      }),
    watchOtherProcesses() {
      stopListening ??= listenForChanges(url, changes, onError);
    },
    emptyLog: () => Promise.resolve(),
    backupTo: () => Promise.reject(new Error("a PostgreSQL database is backed up with pg_dump, not with this command")),
    async ping() {
      await sql`select 1`.execute(db);
    },
    async close() {
      await stopListening?.();
      await db.destroy();
    },
  };
}

async function runTransaction<Schema, T>(...given: Parameters<typeof runOnce<Schema, T>>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(...given);
    } catch (error) {
      if (attempt === ATTEMPTS || !isGivenUp(error)) throw error;
      await setTimeout(Math.random() * PAUSE_MS * attempt);
    }
  }
}

async function runOnce<Schema, T>(
  { db, changes, commits }: { db: Kysely<Schema>; changes: ChangeFeed; commits: CommitNotes },
  work: (trx: Transaction<Schema>, changed: RecordChange) => Promise<T>,
  beforeCommit?: (trx: Transaction<Schema>, topics: Set<string>) => Promise<void>,
): Promise<T> {
  const topics = new Set<string>();
  let notes: readonly string[] = [];
  const result = await db.transaction().execute(async (trx) => {
    notes = notesOf(trx);
    const value = await work(trx, (topic) => topics.add(topic));
    await beforeCommit?.(trx, topics);
    return value;
  });
  for (const topic of topics) changes.emit(topic);
  await commits.tell(notes);
  return result;
}

function watchDataVersion(connection: BetterSqlite3.Database, onChange: () => void): NodeJS.Timeout {
  const statement = connection.prepare("pragma data_version").pluck();
  let seen = statement.get();
  const timer = setInterval(() => {
    const now = statement.get();
    if (now === seen) return;
    seen = now;
    onChange();
  }, DATA_VERSION_POLL_MS);
  timer.unref();
  return timer;
}
