import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";
import type { Logger } from "../log/logger.ts";
import { trustIn } from "./client-address.ts";

/** More reverse proxies than that are nobody's set-up. */
const SEEN_MAX = 100;

/** Which peers are reverse proxies, each of which carries everybody. */
export interface Proxies {
  /** Looks at a request for what only a proxy sends. */
  note(request: Pick<IncomingMessage, "headers" | "socket">): void;
  isProxy(address: string): boolean;
}

/**
 * Proxies are those that are trusted, and those at addresses of this machine or a private network that were seen to
 * forward: nobody from outside can pass for one, and who forgot to name theirs must not have it cut off. The first
 * request that was forwarded while none is trusted is warned of, once: from there on everybody counts as one address.
 */
export function createProxies(trustedProxies: readonly string[], logger: Logger): Proxies {
  const isTrusted = trustIn(trustedProxies);
  const seen = new Set<string>();
  let hasWarned = trustedProxies.length > 0;
  return {
    note({ headers, socket }) {
      if (headers["x-forwarded-for"] === undefined) return;
      const { remoteAddress: peer } = socket;
      if (peer === undefined) return;
      if (isLocal(peer) && seen.size < SEEN_MAX) seen.add(peer);
      if (hasWarned) return;
      hasWarned = true;
      const address = ipaddr.process(peer).toString();
      logger.warn(
        { peer: address },
        `X-Forwarded-For arrives from ${address}, and TRUSTED_PROXIES is not set: the header is not believed, so all who come through that proxy count as one address in limits, throttled log-ins and records. If it is your reverse proxy, set TRUSTED_PROXIES=${address}`,
      );
    },
    isProxy: (address) => isTrusted(address) || seen.has(address),
  };
}

function isLocal(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() !== "unicast";
}
