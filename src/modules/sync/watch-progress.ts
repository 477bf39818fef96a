import { Readable } from "node:stream";
import type { Clock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import { EVERYTHING } from "../../platform/database/index.ts";
import { oneAtATime } from "../../platform/one-at-a-time.ts";
import type { Database } from "../../schema.ts";
import type { Principal } from "../callers/index.ts";
import { scopesOfManagementToken } from "../management-tokens/index.ts";
import { scopesOfSession } from "../sessions/index.ts";
import type { SessionLifetime } from "../sessions/index.ts";
import { SOURCE_DUE, getVisibleSource } from "../sources/index.ts";
import { findProgress } from "./progress-queries.ts";

export interface WatchTiming {
  /** A sync may run in another process, of whose progress nobody tells. */
  readonly lookEveryMs: number;
  /** Proxies end connections on which nothing comes. */
  readonly heartbeatEveryMs: number;
  /** How long a credential that was ended, or lost its scope, goes on being shown something at most. */
  readonly checkEveryMs: number;
  /** Then the client comes again. */
  readonly lifeMs: number;
}

const TIMING: WatchTiming = { lookEveryMs: 1_000, heartbeatEveryMs: 15_000, checkEveryMs: 4_000, lifeMs: 5 * 60_000 };
const WATCHES_PER_CALLER_MAX = 10;
/** Nobody reads what was sent: states that come meanwhile are passed over, the newest one follows. */
const UNREAD_BYTES_MAX = 64 * 1024;

export interface ProgressWatchDeps {
  readonly database: Pick<Database, "db" | "changes">;
  readonly clock: Clock;
  readonly sessionLifetime: SessionLifetime;
}

export interface ProgressWatches {
  /**
   * Server-sent events: the state now, then each change of it, until the reader is gone or its credential is
   * worth nothing here any more. Throws 404 for what the caller may not see, 429 past its limit.
   */
  watch(caller: Principal, sourceId: string, gone: AbortSignal): Promise<Readable>;
  /** How many are open, for tests. */
  count(): number;
  /** Ends all of them, so that nobody waits for them when the server stops. */
  close(): void;
}

export function createProgressWatches(deps: ProgressWatchDeps, timing: WatchTiming = TIMING): ProgressWatches {
  const open = new Map<Watch, string>();
  let isClosed = false;
  return {
    async watch(caller, sourceId, gone) {
      await getVisibleSource(deps.database.db, caller, sourceId);
      const holder = `${caller.actor.kind}:${caller.actor.id}`;
      if ([...open.values()].filter((one) => one === holder).length >= WATCHES_PER_CALLER_MAX) {
        throw new AppError(
          "request.too_many",
          `${WATCHES_PER_CALLER_MAX} progress streams of this caller are open already: close one first.`,
        );
      }
      const watch = openWatch(deps, { sourceId, caller }, timing, () => open.delete(watch));
      open.set(watch, holder);
      gone.addEventListener("abort", watch.end);
      if (isClosed || gone.aborted) watch.end();
      return watch.stream;
    },
    count: () => open.size,
    close() {
      isClosed = true;
      for (const watch of open.keys()) watch.end();
    },
  };
}

interface Watch {
  readonly stream: Readable;
  /** Lets what was sent arrive, and ends it. */
  readonly end: () => void;
}

function openWatch(
  deps: ProgressWatchDeps,
  { sourceId, caller }: { sourceId: string; caller: Principal },
  timing: WatchTiming,
  onEnd: () => void,
): Watch {
  const stops: (() => void)[] = [];
  const stream = new Readable({
    read: () => undefined,
    destroy(error, callback) {
      isOver = true;
      for (const stop of stops) stop();
      onEnd();
      callback(error);
    },
  });
  let isOver = false;
  const end = () => {
    if (!isOver) stream.push(null);
    isOver = true;
  };
  const hasEnded = () => isOver;
  let sent = "";
  const send = async () => {
    if (isOver || stream.readableLength > UNREAD_BYTES_MAX) return;
    const progress = await findProgress(deps.database.db, sourceId);
    if (hasEnded()) return;
    // Removed: who asks again is answered 404.
    if (progress === undefined) {
      end();
      return;
    }
    const data = JSON.stringify(progress);
    if (data === sent) return;
    stream.push(`${sent === "" ? "retry: 1000\n" : ""}event: source\ndata: ${data}\n\n`);
    sent = data;
  };
  const fail = (error: unknown) => void stream.destroy(error instanceof Error ? error : new Error(String(error)));
  const look = oneAtATime(send, fail);
  const ticks = setInterval(() => void look(), timing.lookEveryMs).unref();
  const check = oneAtATime(async () => {
    if (!(await isStillAllowed(deps, caller))) end();
  }, fail);
  const checks = setInterval(() => void check(), timing.checkEveryMs).unref();
  const beats = setInterval(() => {
    if (!isOver && stream.readableLength <= UNREAD_BYTES_MAX) stream.push(": still here\n\n");
  }, timing.heartbeatEveryMs).unref();
  const life = setTimeout(end, timing.lifeMs).unref();
  const unsubscribe = deps.database.changes.subscribe((topic) => {
    if (topic === "sources" || topic === SOURCE_DUE || topic === EVERYTHING) void look();
  });
  stops.push(
    () => clearInterval(ticks),
    () => clearInterval(checks),
    () => clearInterval(beats),
    () => clearTimeout(life),
    unsubscribe,
  );
  void look();
  return { stream, end };
}

/** Looked up by id, which costs one read and is not the caller being seen. */
async function isStillAllowed(deps: ProgressWatchDeps, { actor, session }: Principal): Promise<boolean> {
  const scopes =
    session === undefined ? await scopesOfManagementToken(deps, actor.id) : await scopesOfSession(deps, session.id);
  return scopes?.has("sources:read") === true;
}
