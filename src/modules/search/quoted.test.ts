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

test("a secret between quotes, brackets and words is not seen either", () => {
  const secret = newSecret("pbt");
  for (const text of [`"${secret}"`, `(${secret})`, `my token is ${secret}, please help`]) {
    expect(read(text), text).toBe(`secret:${hashSecret(secret)}`);
  }
  expect(read(`"${secret.slice(0, -1)}"`)).toBe(secret.slice(-5, -1));
});

test("a text means only what it can be", () => {
  expect(readQuoted("a@b")).toMatchObject({ ids: ["a@b"], emails: ["a@b"], words: ["a@b"] });
  expect(readQuoted("x7Qz")).toMatchObject({ lastFour: "x7Qz", emails: ["x7qz"] });
  expect(readQuoted("token_abc")).toMatchObject({ id: "token_abc" });
  expect(readQuoted("Acme/Core").patterns).toEqual(expect.arrayContaining(["acme/", "acme/core", "acme/co*", "*"]));
  expect(readQuoted("acme/").patterns).toBeUndefined();
  expect(readQuoted("a@b").domain).toBeUndefined();
  expect(readQuoted("7").words).toBeUndefined();
  expect(() => searchText().parse("  ")).toThrow();
});

// Support pastes what stands in the mail of a buyer, with whatever stands around it.
test("dots, brackets and quotes around what is quoted mean nothing", () => {
  for (const text of [
    "…x7Qz",
    "... x7Qz",
    "...x7Qz",
    "(x7Qz)",
    '"x7Qz"',
    "“x7Qz”",
    "[x7Qz].",
    "zoe@example.com …x7Qz",
  ]) {
    expect(readQuoted(text).lastFour, text).toBe("x7Qz");
  }
  for (const text of ["#SR-1", "sr-1", "(SR-1)", "# sr-1"]) expect(readQuoted(text).orders, text).toContain("sr-1");
  expect(readQuoted("SR-1").orders).toContain("#sr-1");
  for (const text of ["@Example.com", "example.com", "<example.com>"]) {
    expect(readQuoted(text).domain, text).toBe("example.com");
  }
  expect(readQuoted("Zoë  MÜLLER-Groß").words).toEqual(["zoe", "muller", "gross"]);
  expect(readQuoted("zoë@").emails).toEqual(["zoë@", "zoe@"]);
});
