import { expect, test } from "vitest";
import { hashSecret, newSecret } from "../../platform/crypto/secrets.ts";
import { readQuoted, searchText } from "./index.ts";

const read = (text: string) => searchText().parse(text) ?? "";

// It would otherwise stand in addresses of next pages, in browsers' histories and in logs.
test("a secret that was pasted is its hash, and a mistyped one its last four characters, before anybody sees it", () => {
  const secret = newSecret("pbt");
  expect(read(` ${secret} `)).toBe(`secret:${hashSecret(secret)}`);
  expect(readQuoted(read(secret)).secretHash).toBe(hashSecret(secret));
  const mistyped = `${secret.slice(0, -4)}zzzz`;
  expect(read(mistyped)).toBe("zzzz");
  for (const text of [secret, secret.toLowerCase(), mistyped, newSecret("pbm")]) {
    expect(read(text)).not.toContain(secret.slice(4, 20).toLowerCase());
    expect(read(text)).not.toMatch(/pb[tm]_/i);
  }
});

test("a text means only what it can be", () => {
  expect(readQuoted("a@b")).toEqual({ text: "a@b", email: "a@b" });
  expect(readQuoted("x7Qz")).toMatchObject({ lastFour: "x7Qz", email: "x7qz" });
  expect(readQuoted("token_abc")).toMatchObject({ id: "token_abc" });
  expect(readQuoted("Acme/Core").patterns).toEqual(expect.arrayContaining(["acme/", "acme/core", "acme/co*", "*"]));
  expect(readQuoted("acme/").patterns).toBeUndefined();
  expect(() => searchText().parse("  ")).toThrow();
});
