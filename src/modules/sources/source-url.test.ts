import { describe, expect, test } from "vitest";
import { defaultSourceName } from "./source-url.ts";
import { SourceUrlError, parseSourceUrl } from "./index.ts";

const off = { allowLocalSources: false };

describe("a source's URL", () => {
  test.each([
    ["https://github.com/acme/core.git", "https://github.com/acme/core.git", "http", "github.com", 443],
    ["http://git.acme.test:8080/core", "http://git.acme.test:8080/core", "http", "git.acme.test", 8080],
    ["HTTPS://GitHub.com/acme/core", "https://github.com/acme/core", "http", "github.com", 443],
    ["http://0x7f.1/core", "http://127.0.0.1/core", "http", "127.0.0.1", 80],
    ["http://2130706433/core", "http://127.0.0.1/core", "http", "127.0.0.1", 80],
    ["http://[::1]:81/core", "http://[::1]:81/core", "http", "::1", 81],
    ["ssh://git@git.acme.test/core.git", "ssh://git@git.acme.test/core.git", "ssh", "git.acme.test", 22],
    ["ssh://git.acme.test:2222/~acme/core", "ssh://git.acme.test:2222/~acme/core", "ssh", "git.acme.test", 2222],
    ["git@github.com:acme/core.git", "git@github.com:acme/core.git", "ssh", "github.com", 22],
    ["github.com:acme/core.git", "github.com:acme/core.git", "ssh", "github.com", 22],
  ])("%s", (text, url, transport, host, port) => {
    expect(parseSourceUrl(text, off)).toEqual({ url, transport, host, port });
  });

  test("may be a file where the operator allows it", () => {
    expect(() => parseSourceUrl("file:///srv/a.git", off)).toThrow("ALLOW_LOCAL_SOURCES=1");
    expect(parseSourceUrl("file:///srv/a.git", { allowLocalSources: true }).transport).toBe("file");
    expect(() => parseSourceUrl("/srv/a.git", { allowLocalSources: true })).toThrow(SourceUrlError);
  });
});

describe("is refused", () => {
  test.each([
    "--upload-pack=touch /tmp/x",
    "--upload-pack=touch",
    "-oProxyCommand=x",
    "ext::sh -c x",
    "ext::sh",
    "fd::17",
    "git::https://host/x",
    "git://host/x",
    "ftp://host/x",
    "javascript://host/x",
    "",
    "acme/core",
    "./acme",
    "https://",
    "https:///x",
    "https://host",
    "https://host/",
    "https://host/x?y=1",
    "https://host/x#y",
    "https://host/a b",
    "https://host/a\nb",
    "https://host/a\0b",
    "ssh://-oProxyCommand=x/y",
    "ssh://-x@host/y",
    "ssh://host/-x",
    "ssh://a:b@host/x",
    "ssh://host:99999/x",
    "ssh://host$(x)/y",
    "ssh://host`x`/y",
    "ssh://host",
    "-x@host:y",
    "git@-host:y",
    "git@host:-y",
    "git@ho;st:y",
    "git@host::y",
    `https://host/${"x".repeat(2001)}`,
  ])("%j", (text) => {
    expect(() => parseSourceUrl(text, { allowLocalSources: true })).toThrow(SourceUrlError);
  });

  // Such a URL would be shown in lists, logs and errors.
  test.each(["https://user:pass@host/x", "https://ghp_secret@host/x", "https://:pass@host/x"])("%s", (text) => {
    expect(() => parseSourceUrl(text, off)).toThrow("as user name and access token of the source");
    expect(() => parseSourceUrl(text, off)).not.toThrow(/pass@|ghp_/);
  });
});

test.each([
  ["https://github.com/acme/core.git", "acme/core"],
  ["git@github.com:acme/core.git", "acme/core"],
  ["ssh://git@host:22/group/sub/core/", "sub/core"],
  ["file:///core.git", "core"],
])("%s is called %s unless it is named", (url, name) => {
  expect(defaultSourceName(url)).toBe(name);
});
