import type { IPv6 } from "ipaddr.js";

/** IPv4 addresses that an IPv6 one leads to, and what that says of it. */
export interface Embedded {
  readonly addresses: readonly string[];
  /** `translated`: it is the IPv4 address, spelt otherwise, on every network. `tunnel`: it leads there somehow. */
  readonly kind: "translated" | "tunnel";
}

/** A global address of its own besides, so that only a forbidden IPv4 address says something of it. */
const isIsatap = (bytes: readonly number[]) =>
  (bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;

/** Where nothing is embedded: undefined. */
export function embeddedIn(address: IPv6): Embedded | undefined {
  const bytes = address.toByteArray();
  const at = (...places: readonly number[]) => places.map((place) => bytes[place] ?? 0).join(".");
  const last = at(12, 13, 14, 15);
  // `64:ff9b:1::/48`, of translators of one network, in every place that RFC 6052 has for a prefix of its length or more.
  if (startsWith(bytes, [0, 0x64, 0xff, 0x9b, 0, 1])) {
    const places = [at(6, 7, 9, 10), at(7, 9, 10, 11), at(9, 10, 11, 12), last];
    return { addresses: places.filter((place) => !place.startsWith("0.")), kind: "tunnel" };
  }
  switch (address.range() as string) {
    case "loopback":
    case "unspecified":
      return undefined;
    case "ipv4Mapped":
    case "rfc6052":
      return { addresses: [last], kind: "translated" };
    case "rfc6145":
      return { addresses: [last], kind: "tunnel" };
    case "6to4":
      return { addresses: [at(2, 3, 4, 5)], kind: "tunnel" };
    case "teredo":
      // Of the server; and the client's, which is stored inverted.
      return { addresses: [at(4, 5, 6, 7), inverted(bytes.slice(12))], kind: "tunnel" };
  }
  if (bytes.slice(0, 12).every((byte) => byte === 0)) return { addresses: [last], kind: "tunnel" };
  return isIsatap(bytes) ? { addresses: [last], kind: "tunnel" } : undefined;
}

function startsWith(bytes: readonly number[], beginning: readonly number[]): boolean {
  return beginning.every((byte, place) => bytes[place] === byte);
}

function inverted(bytes: readonly number[]): string {
  return bytes.map((byte) => byte ^ 0xff).join(".");
}
