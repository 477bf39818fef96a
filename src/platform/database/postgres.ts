import pg from "pg";
import { EVERYTHING } from "./change-feed.ts";
import type { ChangeFeed } from "./change-feed.ts";

/** The NOTIFY channel that carries the topics of committed changes between instances. */
export const CHANGE_CHANNEL = "package_broker_changes";

/** While the listening connection is down, caches are emptied this often: nothing revoked lives longer. */
const RECONNECT_MS = 250;

// int8 and numeric arrive as text; every bigint of ours is a count or a time in seconds, far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);

export function createPostgresPool(connectionString: string, onError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 10, connectionTimeoutMillis: 10_000 });
  // A line that breaks during a transaction is told to the connection as well as to its query, and what nobody listens
  // to would end the process. The pool listens to connections that are idle only, and says the same again.
  pool.on("connect", (client) => client.on("error", onError));
  pool.on("error", () => undefined);
  return pool;
}

/** Listens for changes on a connection of its own, for as long as the returned function is not called. */
export function listenForChanges(
  connectionString: string,
  feed: ChangeFeed,
  onError: (error: Error) => void,
): () => Promise<void> {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const connect = async () => {
    const next = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000, keepAlive: true });
    client = next;
    let failed = false;
    const fail = (error: Error) => {
      if (failed || stopped) return;
      failed = true;
      onError(error);
      feed.emit(EVERYTHING);
      next.end().catch(onError);
      timer = setTimeout(() => void connect(), RECONNECT_MS);
    };
    next.on("error", fail);
    next.on("end", () => fail(new Error("the connection that listens for changes ended")));
    next.on("notification", (message) => feed.emit(message.payload ?? EVERYTHING));
    try {
      await next.connect();
      await next.query(`listen ${CHANGE_CHANNEL}`);
      // Whatever was committed while nobody listened.
      feed.emit(EVERYTHING);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  };
  void connect();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client?.end();
  };
}
