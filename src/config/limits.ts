import { perMinute } from "./fields.ts";

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
};
