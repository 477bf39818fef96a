import { describe, expect, test } from "vitest";
import { AddressRefusedError, HostNotFoundError, resolveAllowed } from "./index.ts";

const ofName = (...addresses: string[]) => ({
  lookup: () => Promise.resolve(addresses.map((address) => ({ address }))),
});
const off = { allowPrivateNetworks: false };
const on = { allowPrivateNetworks: true };

describe("a public address", () => {
  test.each(["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])(
    "%s is allowed",
    async (address) => {
      expect(await resolveAllowed("example.com", { ...off, ...ofName(address) })).toEqual([address]);
    },
  );

  test("is returned with all others, for whoever connects", async () => {
    const both = ofName("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946");
    expect(await resolveAllowed("example.com", { ...off, ...both })).toHaveLength(2);
  });
});

describe("a loopback or private address is refused with the name of the setting, and allowed by it", () => {
  test.each([
    "127.0.0.1",
    "127.8.9.1",
    "10.0.0.5",
    "172.16.3.4",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "240.0.0.1",
    "::1",
    "fd12::1",
    "fec0::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.5",
    "::127.0.0.1",
    "::7f00:1",
    "::a00:1",
    "::5db8:d822",
    "0:0:0:0:0:ffff:a00:5",
    "4000::1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2002:a00:5::1",
  ])("%s", async (address) => {
    const refused = resolveAllowed("git.example.com", { ...off, ...ofName(address) });
    await expect(refused).rejects.toThrow(AddressRefusedError);
    await expect(refused).rejects.toThrow("ALLOW_PRIVATE_NETWORKS=1");
    expect(await resolveAllowed("git.example.com", { ...on, ...ofName(address) })).toEqual([address]);
  });

  test("even when the name has a public one as well", async () => {
    const mixed = ofName("93.184.216.34", "10.0.0.5");
    await expect(resolveAllowed("example.com", { ...off, ...mixed })).rejects.toThrow("10.0.0.5");
  });
});

describe("a link-local, metadata or other special address is refused whatever the setting", () => {
  test.each([
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "::ffff:169.254.169.254",
    "::169.254.169.254",
    "::a9fe:a9fe",
    "::e000:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "::ffff:100.100.100.200",
    "not-an-address",
  ])("%s", async (address) => {
    await expect(resolveAllowed("git.example.com", { ...on, ...ofName(address) })).rejects.toThrow(AddressRefusedError);
  });
});

// The resolver reads these as connect() does; only the answer counts.
describe("another spelling of an address is judged by what it means", () => {
  test.each(["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "[::1]", "LOCALHOST"])("%s", async (host) => {
    await expect(resolveAllowed(host, off)).rejects.toThrow("ALLOW_PRIVATE_NETWORKS");
  });

  test.each(["0xa9fea9fe", "2852039166", "169.254.43518"])("%s", async (host) => {
    await expect(resolveAllowed(host, on)).rejects.toThrow(AddressRefusedError);
  });
});

test("an unknown host is told apart from a refused one", async () => {
  const lookup = () => Promise.reject(new Error("ENOTFOUND"));
  await expect(resolveAllowed("nowhere.example", { ...off, lookup })).rejects.toThrow(HostNotFoundError);
  await expect(resolveAllowed("nowhere.example", { ...off, ...ofName() })).rejects.toThrow(HostNotFoundError);
});
