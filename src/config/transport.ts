import type { z } from "zod";
import { flag, wholeNumber } from "./fields.ts";

const YEAR_SECONDS = 31_536_000;

/** How clients come here. */
export const transportVariables = {
  HSTS_MAX_AGE: wholeNumber("seconds, or 0 to send none", { min: 0, max: 10 * YEAR_SECONDS }, YEAR_SECONDS).describe(
    "With TLS_CERT or an https `PUBLIC_URL`, every answer tells browsers to use this host by https only, for so many seconds (`Strict-Transport-Security`). Default: a year. `0` sends no such header; to take it back, browsers must have seen another first.",
  ),
  HSTS_INCLUDE_SUBDOMAINS: flag.describe(
    "`1` says so for every host below this one as well. Only where all of them speak https.",
  ),
};

type TransportValues = { [Name in keyof typeof transportVariables]: z.output<(typeof transportVariables)[Name]> };

/** `Strict-Transport-Security` of every answer; undefined where there is none, as it must be over plain HTTP. */
export function strictTransportOf(values: TransportValues, isHttps: boolean): string | undefined {
  if (!isHttps || values.HSTS_MAX_AGE === 0) return undefined;
  return `max-age=${values.HSTS_MAX_AGE}${values.HSTS_INCLUDE_SUBDOMAINS ? "; includeSubDomains" : ""}`;
}
