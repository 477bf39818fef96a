import type { z } from "zod";
import { perMinute, wholeNumber } from "./fields.ts";

/** How often somebody may ask, for every kind of caller. */
export const limitVariables = {
  API_RATE_LIMIT: perMinute(600).describe(
    "Requests a minute of the Management API, for each management token and each session. Past it sales and renewals wait for up to 20 seconds, the rest is 429. `0`: no limit. Per instance.",
  ),
  API_ENDING_LIMIT: perMinute(6_000).describe(
    "The same for revocations, cancellations and suspensions, and for lists of tokens by customer or order, which are not counted by `API_RATE_LIMIT`. Past it they wait for up to 20 seconds. `0`: no limit. Per instance.",
  ),
  UNKNOWN_CREDENTIAL_LIMIT: perMinute(60).describe(
    "Unknown and mistyped credentials a minute from one address (IPv6: one /64) before they are answered 429; valid ones are answered as ever. `0`: no limit. Per instance.",
  ),
  NOTIFY_LIMIT: wholeNumber("reports an hour, or 0 for no limit", { min: 0, max: 1_000_000 }, 120).describe(
    "Reports of installs (`/notify`) an hour of one token, as many at once; composer sends one for each install or update. Past it they are answered 429, which composer ignores, and not counted. `0`: no limit. Per instance.",
  ),
  CONNECTIONS_PER_ADDRESS: wholeNumber("connections, or 0 for no limit", { min: 0, max: 1_000_000 }, 512).describe(
    "Connections that one address (IPv6: one /64) may have open at a time; what comes past it is closed. Reverse proxies are not counted: those in `TRUSTED_PROXIES`, and those on this machine or a private network that send `X-Forwarded-For`. `0`: no limit. Per instance.",
  ),
  CONNECTIONS_MAX: wholeNumber("connections, or 0 for no limit", { min: 0, max: 1_000_000 }, 5_000).describe(
    "The same of all addresses together, proxies included; an open connection takes some 20 kB of memory. `0`: no limit. Per instance.",
  ),
};

type LimitValues = { [Name in keyof typeof limitVariables]: z.output<(typeof limitVariables)[Name]> };

/** How many connections may be open. */
export function connectionLimitsOf(values: LimitValues): { perAddress: number; total: number } {
  return { perAddress: values.CONNECTIONS_PER_ADDRESS, total: values.CONNECTIONS_MAX };
}
