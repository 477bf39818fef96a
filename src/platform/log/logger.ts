import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";

export type { Logger };

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** JSON lines on standard error: standard output belongs to the answers of commands. */
export function createLogger(level: LogLevel, destination: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // A second net: nothing logs these on purpose.
      redact: ["*.password", "*.secret", "*.token", "*.authorization", "authorization", "password", "secret", "token"],
    },
    destination,
  );
}
