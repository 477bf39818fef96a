import SqliteDatabase from "better-sqlite3";
import { CompiledQuery, SqliteAdapter, SqliteDialect, SqliteDriver } from "kysely";
import type { DatabaseConnection, DialectAdapter, Driver, SqliteDialectConfig } from "kysely";
import { giveWay } from "../turns.ts";

/** Compiled statements kept for reuse; the application has a few hundred distinct ones. */
const STATEMENTS_MAX = 500;

/**
 * Opens the embedded database: write-ahead log, foreign keys, and `synchronous=FULL`, because an answered 201 must
 * survive a power cut.
 */
export function openSqlite(file: string): SqliteDatabase.Database {
  const connection = new SqliteDatabase(file);
  connection.pragma("busy_timeout = 5000");
  connection.pragma("journal_mode = WAL");
  connection.pragma("synchronous = FULL");
  connection.pragma("foreign_keys = ON");
  connection.pragma("trusted_schema = OFF");
  // What is erased is gone from the file as well, not merely marked as free.
  connection.pragma("secure_delete = ON");
  return connection;
}

/**
 * Every statement holds the thread until it is done, and awaiting it lets nobody else run: a transaction of ten thousand
 * statements would be one turn of the event loop. So others get theirs in between; the connection stays taken.
 */
function polite(connection: DatabaseConnection): DatabaseConnection {
  return {
    async executeQuery(query, options) {
      await giveWay();
      return await connection.executeQuery(query, options);
    },
    streamQuery: (query, chunkSize, options) => connection.streamQuery(query, chunkSize, options),
  };
}

/**
 * Transactions begin IMMEDIATE: with the command line beside the server, a deferred one that reads first and writes
 * later fails at once with SQLITE_BUSY instead of waiting its turn.
 */
class ImmediateSqliteDriver extends SqliteDriver {
  readonly #sqlite: SqliteDatabase.Database;
  #polite: DatabaseConnection | undefined;

  constructor(config: SqliteDialectConfig, sqlite: SqliteDatabase.Database) {
    super(config);
    this.#sqlite = sqlite;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return (this.#polite ??= polite(await super.acquireConnection()));
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }

  /** On a full disk SQLite has rolled back by itself, and a second rollback would hide why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#sqlite.inTransaction) await super.rollbackTransaction(connection);
  }
}

/** Kysely says SQLite has no transactional DDL; it has, and with it a migration is applied whole or not at all. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

export class ImmediateSqliteDialect extends SqliteDialect {
  readonly #connection: SqliteDatabase.Database;

  constructor(connection: SqliteDatabase.Database) {
    super({ database: connection });
    this.#connection = connection;
  }

  override createAdapter(): DialectAdapter {
    return new TransactionalDdlAdapter();
  }

  override createDriver(): Driver {
    const connection = this.#connection;
    const statements = new Map<string, SqliteDatabase.Statement>();
    const database = {
      close: () => connection.close(),
      prepare(sql: string) {
        let statement = statements.get(sql);
        if (statement === undefined) {
          if (statements.size >= STATEMENTS_MAX) statements.clear();
          statement = connection.prepare(sql);
          statements.set(sql, statement);
        }
        return statement;
      },
    };
    return new ImmediateSqliteDriver({ database }, connection);
  }
}
