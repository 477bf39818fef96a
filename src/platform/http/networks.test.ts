import { expect, test } from "vitest";
import { isInNetworks, isWithinNetworks, readNetwork } from "./networks.ts";

test.each([
  ["203.0.113.7", "203.0.113.7/32"],
  [" 203.0.113.7/24 ", "203.0.113.0/24"],
  ["2001:DB8::1", "2001:db8::1/128"],
  ["2001:db8:0:1::9/48", "2001:db8::/48"],
  ["::ffff:203.0.113.7", "203.0.113.7/32"],
  ["::ffff:203.0.113.0/120", "203.0.113.0/24"],
  ["0.0.0.0/0", "0.0.0.0/0"],
])("a network is written in one way: %s", (text, written) => {
  expect(readNetwork(text)).toBe(written);
});

test.each([
  "",
  "office",
  "10",
  "0x7f.1",
  "10/8",
  "203.0.113.0/33",
  "203.0.113",
  "2001:db8::/129",
  "203.0.113.0/24,10.0.0.0/8",
  "10.0.0.0/",
])("what is no network is none: %s", (text) => {
  expect(readNetwork(text)).toBeUndefined();
});

test("an address is in a network of its own kind, however it arrived", () => {
  const networks = ["203.0.113.0/24", "2001:db8::/48"];
  for (const inside of ["203.0.113.255", "::ffff:203.0.113.1", "2001:db8::1", "2001:db8:0:ffff::1%eth0"]) {
    expect(isInNetworks(inside, networks), inside).toBe(true);
  }
  for (const outside of ["203.0.114.0", "2001:db8:1::", "::1", "", "203.0.113.0/24"]) {
    expect(isInNetworks(outside, networks), outside).toBe(false);
  }
  expect(isInNetworks("203.0.113.1", [])).toBe(false);
  expect(isInNetworks("2001:db8::1", ["0.0.0.0/0"])).toBe(false);
});

test("a network is within another when all of it is", () => {
  expect(isWithinNetworks("203.0.113.128/25", ["203.0.113.0/24"])).toBe(true);
  expect(isWithinNetworks("203.0.113.0/24", ["203.0.113.0/24"])).toBe(true);
  expect(isWithinNetworks("203.0.112.0/23", ["203.0.112.0/24", "203.0.113.0/24"])).toBe(false);
  expect(isWithinNetworks("0.0.0.0/0", ["203.0.113.0/24"])).toBe(false);
  expect(isWithinNetworks("::/0", ["0.0.0.0/0"])).toBe(false);
});
