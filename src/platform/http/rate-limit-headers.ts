import type { RateLimitVerdict } from "../rate-limiter.ts";

/**
 * What the IETF's draft-ietf-httpapi-ratelimit-headers (version 10) calls for: the policy, and what is left of it. `t` is in how many
 * seconds the whole quota is free again; with a bucket some of it is free before.
 */
export function rateLimitHeaders(
  policy: string,
  verdict: RateLimitVerdict,
  windowSeconds: number,
): Record<string, string> {
  return {
    "ratelimit-policy": `"${policy}";q=${verdict.limit};w=${windowSeconds}`,
    ratelimit: `"${policy}";r=${verdict.remaining};t=${verdict.resetSeconds}`,
  };
}
