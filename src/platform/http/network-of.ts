import ipaddr from "ipaddr.js";

/** What one subscriber has, who could otherwise use another address each time. */
export const SUBSCRIBER = { ipv4: 32, ipv6: 64 };
/** What one household, office or data centre has. */
export const HOUSEHOLD = { ipv4: 24, ipv6: 48 };

/** The network of so many bits that an address is in, without its length; what is no address is its own. */
export function networkOf(address: string, bits: { ipv4: number; ipv6: number }): string {
  const plain = address.replace(/%.*$/, "");
  if (!ipaddr.isValid(plain)) return address;
  const parsed = ipaddr.process(plain);
  const [kind, length] = parsed.kind() === "ipv4" ? [ipaddr.IPv4, bits.ipv4] : [ipaddr.IPv6, bits.ipv6];
  return kind.networkAddressFromCIDR(`${parsed.toString()}/${length}`).toString();
}
