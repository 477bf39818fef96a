import type { Clock } from "../../platform/clock.ts";
import { messageOf } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log/logger.ts";
import { oneAtATime } from "../../platform/one-at-a-time.ts";
import type { Database } from "../../schema.ts";
import { forgetExpired } from "./run-once.ts";

const CLEAR_EVERY_MS = 600_000;

/** Clears kept answers and values when their time is over, also where nobody asks anything any more. */
export interface AnswerUpkeep {
  start(): void;
  stop(): Promise<void>;
  /** What the timer does, now. */
  runDue(): Promise<void>;
}

/** Some of what it clears holds secrets, sealed: they are not to be there longer than is said. */
export function createAnswerUpkeep(deps: {
  database: Pick<Database, "db" | "transaction">;
  clock: Clock;
  logger: Pick<Logger, "error">;
  /** What else is kept for a while only. */
  forgetAlso?: () => Promise<void>;
}): AnswerUpkeep {
  let timer: NodeJS.Timeout | undefined;
  const clear = oneAtATime(
    async () => {
      await forgetExpired(deps);
      await deps.forgetAlso?.();
    },
    (error) => deps.logger.error({ error: messageOf(error) }, "old answers could not be cleared; tried again"),
  );
  return {
    start() {
      timer ??= setInterval(() => void clear(), CLEAR_EVERY_MS).unref();
      void clear();
    },
    async stop() {
      clearInterval(timer);
      await clear();
    },
    runDue: clear,
  };
}
