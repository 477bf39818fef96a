import { boundKey, covers, standingOf } from "./line-state.ts";
import type { Bound, LineHistory, LineRecord, Standing } from "./line-state.ts";
import { statusOf } from "./line-status.ts";

const UNKNOWN: Standing = { kind: "unknown", purchase: null, suspendedAt: null };

/**
 * How a line stands for whoever has this bound. Of several records that exist for it the one that opens most is shown:
 * what is in force before what has ended, its own before those of others, the newest before older ones.
 */
export function shownStanding(history: LineHistory, bound: Bound, now: number): Standing {
  const key = boundKey(bound);
  const seen = history.line
    .filter((record) => isSeen(record, bound))
    .map((record) => {
      const standing = standingOf(record, history);
      const isOwn = boundKey(record.bound) === key;
      return { standing, isOwn, rank: rankOf(standing, now), at: standing.purchase?.at ?? 0 };
    });
  seen.sort((a, b) => a.rank - b.rank || Number(b.isOwn) - Number(a.isOwn) || b.at - a.at);
  return seen[0]?.standing ?? UNKNOWN;
}

/** What was sold outside of a bound does not exist for whoever has it, and neither do cancellations by others alone. */
export function isSeen(record: LineRecord, bound: Bound): boolean {
  if (bound === null) return true;
  return record.purchase === null ? boundKey(record.bound) === boundKey(bound) : covers(bound, record.purchase);
}

/** Whether all that was sold with a line lies outside of a bound, and nothing was told within it: then it does not exist. */
export function isHidden({ line }: Pick<LineHistory, "line">, bound: Bound): boolean {
  return line.some(({ purchase }) => purchase !== null) && !line.some((record) => isSeen(record, bound));
}

function rankOf(standing: Standing, now: number): number {
  if (standing.kind === "unknown") return 4;
  if (standing.purchase === null) return 3;
  const status = statusOf(standing, now);
  if (status === "revoked") return 2;
  return status === "lapsed" ? 1 : 0;
}
