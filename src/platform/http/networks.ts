import ipaddr from "ipaddr.js";

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** An address or a CIDR range as we write it, `203.0.113.0/24`; undefined for what is none. */
export function readNetwork(text: string): string | undefined {
  const range = rangeOf(text.trim());
  if (range === undefined) return undefined;
  const [address, bits] = range;
  const kind = address.kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${kind.networkAddressFromCIDR(`${address.toString()}/${bits}`).toString()}/${bits}`;
}

/** Whether an address is in one of the networks. What is no address is in none. */
export function isInNetworks(address: string, networks: readonly string[]): boolean {
  const plain = address.replace(/%.*$/, "");
  return ipaddr.isValid(plain) && isWithinNetworks(plain, networks);
}

/** Whether all of a network is in one of the others. */
export function isWithinNetworks(network: string, others: readonly string[]): boolean {
  const inner = rangeOf(network);
  if (inner === undefined) return false;
  const [address, bits] = inner;
  return others.some((other) => {
    const outer = rangeOf(other);
    if (outer === undefined) return false;
    const [base, length] = outer;
    return base.kind() === address.kind() && length <= bits && address.match(base, length);
  });
}

/** An IPv4 network that is written as one of IPv6 is the IPv4 network: so are addresses of clients. */
function rangeOf(text: string): Range | undefined {
  if (ipaddr.isValidCIDR(text) && isWholeAddress(text.split("/")[0] ?? "")) {
    const [address, bits] = ipaddr.parseCIDR(text);
    const isMapped = address.kind() === "ipv6" && (address as ipaddr.IPv6).isIPv4MappedAddress() && bits >= 96;
    return isMapped ? [(address as ipaddr.IPv6).toIPv4Address(), bits - 96] : [address, bits];
  }
  if (!isWholeAddress(text)) return undefined;
  const address = ipaddr.process(text);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

/** `10` and `0x7f.1` are addresses to some programs, and mistakes in a list of networks. */
function isWholeAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}
