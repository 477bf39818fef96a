import type { KeyDemand } from "../compose-keys.ts";
import { openCore, requireInstallation } from "../compose.ts";
import type { Core } from "../compose.ts";
import { readConfig } from "../config.ts";
import type { Config } from "../config.ts";

/** What a command is given instead of reaching for `process`. */
export interface CommandContext {
  environment: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadStream;
  /** The answer of a command: what a script reads. */
  out(text: string): void;
  /** Everything said to people. */
  say(text: string): void;
  /** The exit code when nothing is thrown. */
  exitCode: number;
  /** Whether the command that runs may make a data directory, a key and a database where there are none. */
  mayInstall: boolean;
}

/** Something the user of a command did or must do; told without a stack trace. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** The configuration of a command: quieter than a server's, because people read the terminal. */
export function commandConfig(context: CommandContext): Config {
  return readConfig({ LOG_LEVEL: "warn", ...context.environment });
}

/** Opens the database for one command and closes it whatever happens. */
export async function withCore<T>(
  context: CommandContext,
  work: (core: Core) => Promise<T>,
  keyDemand: KeyDemand = "right",
): Promise<T> {
  const config = commandConfig(context);
  if (!context.mayInstall) await requireInstallation(config);
  const core = await openCore(config, {}, keyDemand);
  try {
    return await work(core);
  } finally {
    await core.close();
  }
}

const DATE = new RegExp(
  [
    String.raw`^(?<day>\d{4}-\d{2}-\d{2})`,
    String.raw`(?:[T ](?<minute>\d{2}:\d{2})(?<second>:\d{2})?(?:\.\d{1,9})?(?<zone>Z|[+-]\d{2}:\d{2})?)?$`,
  ].join(""),
  "i",
);

/** A date argument: `2027-01-31`, a time (UTC unless it names its zone), or Unix seconds. */
export function readDate(text: string, option: string): number {
  if (/^\d{9,11}$/.test(text)) return Number(text);
  const { day = "", minute = "00:00", second = ":00", zone = "Z" } = DATE.exec(text)?.groups ?? {};
  const time = `${day}T${minute}${second}`;
  const seconds = Date.parse(time + zone.toUpperCase()) / 1000;
  // Compared back, because `Date` takes 31 February for a day in March.
  if (Number.isNaN(seconds) || !new Date(`${time}Z`).toISOString().startsWith(time)) {
    throw new CommandError(
      `${option} ${text} is not a date: write 2027-01-31, 2027-01-31T12:00:00Z (UTC where no zone is given) or Unix seconds`,
    );
  }
  return seconds;
}
