import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

/** Longer chains of proxies are nobody's set-up. */
const HOPS_MAX = 20;

/** Tells from which address a request comes. */
export type ClientAddress = (request: Pick<IncomingMessage, "headers" | "socket">) => string;

/**
 * The address of the socket, or, when that is a trusted proxy's, the last one in `X-Forwarded-For` that is not. Whoever
 * is not trusted can write what they like into that header without being believed.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const ranges = trustedProxies.map((entry) =>
    entry.includes("/") ? ipaddr.parseCIDR(entry) : wholeAddress(ipaddr.process(entry)),
  );
  const isTrusted = (text: string) => {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
  };
  return (request) => {
    let address = plain(request.socket.remoteAddress ?? "");
    if (ranges.length === 0) return address;
    const forwarded = String(request.headers["x-forwarded-for"] ?? "")
      .split(",")
      .slice(-HOPS_MAX);
    while (isTrusted(address)) {
      const before = forwarded.pop()?.trim() ?? "";
      if (!ipaddr.isValid(before)) break;
      address = plain(before);
    }
    return address;
  };
}

function wholeAddress(address: ipaddr.IPv4 | ipaddr.IPv6): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

/** An IPv4 address that arrived on an IPv6 socket is the IPv4 address. */
function plain(text: string): string {
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : text;
}
