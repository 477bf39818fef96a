import { describe, expect, test } from "vitest";
import {
  AddressRefusedError,
  HostNotFoundError,
  isNetworkOrHost,
  readPrivateNetworks,
  resolveAllowed,
} from "./index.ts";

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
    // Teredo: the client is 127.0.0.1, 10.0.0.5, 93.184.216.34; the server of the last one is 10.0.0.1.
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2001:0:4136:e378:8000:63bf:f5ff:fffa",
    "2001:0:4136:e378:8000:63bf:a247:27dd",
    "2001:0:a00:1:8000:63bf:a247:27dd",
    // ISATAP in a public prefix.
    "2606:2800:220:1:0:5efe:7f00:1",
    "2606:2800:220:1:200:5efe:a00:5",
    "64:ff9b:1::7f00:1",
    "64:ff9b:1:a00:0:500::",
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
    // Teredo, whose client or server is 169.254.169.254.
    "2001:0:4136:e378:8000:63bf:5601:5601",
    "2001:0:a9fe:a9fe:8000:63bf:a247:27dd",
    "2606:2800:220:1:0:5efe:a9fe:a9fe",
    "2606:2800:220:1:200:5efe:6464:64c8",
    "64:ff9b:1:a9fe:a9:fe00::",
    "64:ff9b:1:a9:fe:a9fe::",
    "64:ff9b:1:0:a9:fea9:fe00::",
    "not-an-address",
  ])("%s", async (address) => {
    await expect(resolveAllowed("git.example.com", { ...on, ...ofName(address) })).rejects.toThrow(AddressRefusedError);
  });
});

describe("a list of networks and hosts", () => {
  const listed = readPrivateNetworks(["10.1.0.0/16", "192.168.1.7", "fd12:3::/32", "git.internal", "*.corp.example"]);
  const from = (host: string, address: string) =>
    resolveAllowed(host, { allowPrivateNetworks: listed, ...ofName(address) });

  test.each([
    ["git.example.com", "10.1.2.3"],
    ["git.example.com", "192.168.1.7"],
    ["git.example.com", "fd12:3::9"],
    ["git.example.com", "::ffff:10.1.2.3"],
    ["git.example.com", "64:ff9b::a01:203"],
    ["git.example.com", "93.184.216.34"],
    ["git.internal", "127.0.0.1"],
    ["GIT.internal.", "172.16.0.1"],
    ["a.b.corp.example", "10.9.9.9"],
  ])("allows %s at %s", async (host, address) => {
    expect(await from(host, address)).toEqual([address]);
  });

  test.each([
    ["git.example.com", "10.2.0.1"],
    ["git.example.com", "192.168.1.8"],
    ["git.example.com", "127.0.0.1"],
    ["git.example.com", "fd12:4::9"],
    ["git.example.com", "::ffff:10.2.0.1"],
    ["evil-git.internal", "10.9.9.9"],
    ["corp.example", "10.9.9.9"],
    ["git.internal", "169.254.169.254"],
    ["git.internal", "fd00:ec2::254"],
    // An address that leads into a listed network through a tunnel is none of it.
    ["git.example.com", "2002:a01:203::"],
  ])("refuses %s at %s", async (host, address) => {
    await expect(from(host, address)).rejects.toThrow(AddressRefusedError);
  });

  test("never holds what cannot be meant", () => {
    const entries = ["10.0.0.0/33", "10.1", "http://git", "git:22", "a b", "*", "", "10.0.0.256", "-git"];
    expect(entries.filter(isNetworkOrHost)).toEqual([]);
    expect(
      ["10.0.0.0/8", "::1", "fd00::/8", "localhost", "git.corp.example", "*.corp.example"].filter(isNetworkOrHost),
    ).toHaveLength(6);
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
