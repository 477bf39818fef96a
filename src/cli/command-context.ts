import { openCore } from "../compose.ts";
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
export async function withCore<T>(context: CommandContext, work: (core: Core) => Promise<T>): Promise<T> {
  const core = await openCore(commandConfig(context));
  try {
    return await work(core);
  } finally {
    await core.close();
  }
}

/** A date argument: `2027-01-31`, an RFC 3339 time, or Unix seconds. */
export function readDate(text: string, option: string): number {
  if (/^\d{9,11}$/.test(text)) return Number(text);
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new CommandError(`${option} ${text} is not a date: write 2027-01-31, 2027-01-31T12:00:00Z or Unix seconds`);
  }
  return Math.floor(ms / 1000);
}
