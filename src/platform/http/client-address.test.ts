import { expect, test } from "vitest";
import { createClientAddress } from "./client-address.ts";

const from = (remoteAddress: string, forwarded?: string) => ({
  headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  // Only the address of the socket is read.
  socket: { remoteAddress } as never,
});

// Otherwise an attacker writes somebody else's address into the audit log.
test("nobody is believed who is not a trusted proxy", () => {
  expect(createClientAddress([])(from("203.0.113.9", "198.51.100.1"))).toBe("203.0.113.9");
  expect(createClientAddress(["127.0.0.1"])(from("203.0.113.9", "198.51.100.1"))).toBe("203.0.113.9");
});

test("behind trusted proxies it is the last address that is not one of them", () => {
  const address = createClientAddress(["127.0.0.1", "10.0.0.0/8", "::1"]);
  expect(address(from("127.0.0.1", "198.51.100.1"))).toBe("198.51.100.1");
  expect(address(from("::ffff:127.0.0.1", "6.6.6.6, 198.51.100.1, 10.1.2.3"))).toBe("198.51.100.1");
  expect(address(from("::1", "2001:db8::1"))).toBe("2001:db8::1");
});

// Otherwise all clients behind such a proxy have one address, and one limit.
test.each([
  ["198.51.100.1:49152", "198.51.100.1"],
  ["[2001:db8::1]:49152", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["2001:db8::1:443", "2001:db8::1:443"],
  ["6.6.6.6:1, 198.51.100.1:49152, 10.1.2.3:80", "198.51.100.1"],
  ["198.51.100.1:port", "127.0.0.1"],
  ["198.51.100.1:123456", "127.0.0.1"],
  ["[198.51.100.1", "127.0.0.1"],
])("a port that a proxy wrote behind an address is not part of it: %s", (forwarded, expected) => {
  expect(createClientAddress(["127.0.0.1", "10.0.0.0/8"])(from("127.0.0.1", forwarded))).toBe(expected);
});

test("a header that is missing or not an address leaves the proxy's own", () => {
  const address = createClientAddress(["127.0.0.1"]);
  expect(address(from("127.0.0.1"))).toBe("127.0.0.1");
  expect(address(from("127.0.0.1", "unknown"))).toBe("127.0.0.1");
});
