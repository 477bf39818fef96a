import { expect, test } from "vitest";
import { HOUSEHOLD, SUBSCRIBER, networkOf } from "./network-of.ts";

// Whoever rents one server has 2^64 addresses of IPv6.
test.each([
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"],
  ["2001:0db8:0001:0002:ffff::1", "2001:db8:1:2::"],
  ["2001:db8:1:3::1", "2001:db8:1:3::"],
  ["fe80::1%eth0", "fe80::"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["192.0.2.7", "192.0.2.7"],
  ["no address", "no address"],
])("a subscriber is a /64 of IPv6 and one address of IPv4, however it is written: %s", (address, network) => {
  expect(networkOf(address, SUBSCRIBER)).toBe(network);
});

test.each([
  ["203.0.113.7", "203.0.113.0"],
  ["::ffff:203.0.113.250", "203.0.113.0"],
  ["203.0.114.7", "203.0.114.0"],
  ["2001:db8:1:ffff:1:2:3:4", "2001:db8:1::"],
  ["2001:db8:2::1", "2001:db8:2::"],
])("a household, office or data centre is a /24 of IPv4 and a /48 of IPv6: %s", (address, network) => {
  expect(networkOf(address, HOUSEHOLD)).toBe(network);
});
