import { messageOf } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log/logger.ts";
import { oneAtATime } from "../../platform/one-at-a-time.ts";
import { tellOfExpiringManagementTokens } from "../management-tokens/index.ts";
import { tellOfComingEnds, tellOfEnds } from "./tell-ends.ts";
import type { TellEndsDeps } from "./tell-ends.ts";

/** An index says at once that nothing ended. */
const LOOK_EVERY_MS = 5_000;
const LOOK_AHEAD_EVERY_MS = 60_000;

/** Nothing happens when something ends but that time passes: this notices it. */
export interface EndWatcher {
  start(): void;
  /** Lets the piece under way end. */
  stop(): Promise<void>;
  /** Tells of all that ended by now, or ends soon; for tests, in which the clock moves by hand. */
  runDue(): Promise<void>;
}

/** Several instances may run: each end is told by one. */
export function createEndWatcher(deps: TellEndsDeps & { logger: Logger }): EndWatcher {
  let isClosed = false;
  let timers: NodeJS.Timeout[] = [];
  const once = (what: string, work: typeof tellOfEnds) =>
    oneAtATime(
      () => work(deps, () => isClosed),
      (error) => deps.logger.error({ error: messageOf(error) }, `noticing ${what} failed; tried again`),
    );
  const look = once("what ended", tellOfEnds);
  const lookAhead = once("what ends soon", async (given, isStopped) => {
    await tellOfComingEnds(given, isStopped);
    await tellOfExpiringManagementTokens(given);
  });
  const run = async () => {
    await Promise.all([look(), lookAhead()]);
  };
  return {
    start() {
      if (timers.length > 0) return;
      timers = [
        setInterval(() => void look(), LOOK_EVERY_MS),
        setInterval(() => void lookAhead(), LOOK_AHEAD_EVERY_MS),
      ];
      for (const timer of timers) timer.unref();
      void run();
    },
    async stop() {
      isClosed = true;
      for (const timer of timers) clearInterval(timer);
      await run();
    },
    runDue: run,
  };
}
