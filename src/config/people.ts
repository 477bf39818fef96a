import type { z } from "zod";
import { wholeNumber } from "./fields.ts";

/** How long people stay logged in. */
export const peopleVariables = {
  SESSION_IDLE_HOURS: wholeNumber("hours", { min: 1, max: 720 }, 12).describe(
    "After how many hours without a request a session of the dashboard ends. Counts for those that are there, too.",
  ),
  SESSION_MAX_DAYS: wholeNumber("days", { min: 1, max: 90 }, 7).describe(
    "After how many days a session of the dashboard ends however much it is used: the password is asked for again. A shorter time counts for those that are there, too.",
  ),
};

type PeopleValues = { [Name in keyof typeof peopleVariables]: z.output<(typeof peopleVariables)[Name]> };

export interface SessionLifetime {
  /** Without a request. */
  idleSeconds: number;
  /** However busy it is. */
  absoluteSeconds: number;
}

export function sessionLifetimeOf(values: PeopleValues): SessionLifetime {
  return { idleSeconds: values.SESSION_IDLE_HOURS * 3600, absoluteSeconds: values.SESSION_MAX_DAYS * 24 * 3600 };
}
