import fc from "fast-check";
import { expect, test } from "vitest";
import { CredentialCache } from "./credential-cache.ts";

const credentialOf = (id: string) => ({ id, grants: [] });

test("thousands of spellings of one secret take a few places, and put nobody else out", () => {
  const cache = new CredentialCache<{ id: string; grants: unknown[] }>({ max: 10 });
  for (let index = 0; index < 10; index++) {
    cache.keep(`hash ${index}`, credentialOf(`token ${index}`));
    cache.learn(`header ${index}`, `hash ${index}`);
  }
  for (let index = 0; index < 5_000; index++) cache.learn(`odd ${index}`, "hash 0");
  expect(cache.size).toEqual({ credentials: 10, headers: 9 + 4 });
  for (let index = 1; index < 10; index++) {
    expect(cache.get(cache.hashOf(`header ${index}`) ?? "")).toEqual(credentialOf(`token ${index}`));
  }
  // The newest spellings are those that are found without being parsed.
  expect([cache.hashOf("odd 4999"), cache.hashOf("odd 4995")]).toEqual(["hash 0", undefined]);
});

test("a header too long to keep, and one of a secret that is not kept, are not kept", () => {
  const cache = new CredentialCache<{ grants: unknown[] }>();
  cache.keep("hash", { grants: [] });
  cache.learn("x".repeat(1_001), "hash");
  cache.learn("header", "another hash");
  expect(cache.size).toEqual({ credentials: 1, headers: 0 });
});

// 64 MB in all: more grants than that would be looked up each time, and leave nothing behind.
test("a credential larger than all there is room for leaves no header behind", () => {
  const cache = new CredentialCache<{ grants: unknown[] }>();
  cache.keep("hash", { grants: [] });
  cache.learn("header", "hash");
  cache.keep("hash", { grants: Array(200_000).fill(0) });
  expect(cache.size).toEqual({ credentials: 0, headers: 0 });
});

test("whatever is kept, learnt and forgotten: every header leads to a credential that is kept, at most four to each", () => {
  const hash = fc.constantFrom("a", "b", "c", "d", "e");
  const step = fc.oneof(
    fc.record({ kind: fc.constant("keep" as const), hash }),
    fc.record({ kind: fc.constant("forget" as const), hash }),
    fc.record({ kind: fc.constant("learn" as const), hash, spelling: fc.nat(9) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const cache = new CredentialCache<{ id: string; grants: unknown[] }>({ max: 3 });
      for (const one of steps) {
        if (one.kind === "keep") cache.keep(one.hash, credentialOf(one.hash));
        else if (one.kind === "forget") cache.forget(one.hash);
        else cache.learn(`${one.hash} ${one.spelling}`, one.hash);
        let found = 0;
        for (const name of ["a", "b", "c", "d", "e"]) {
          const headers = Array.from({ length: 10 }, (_, spelling) => cache.hashOf(`${name} ${spelling}`));
          const known = headers.filter((known) => known !== undefined);
          expect(known.length).toBeLessThanOrEqual(4);
          found += known.length;
          if (known.length > 0) expect(cache.get(name)).toEqual(credentialOf(name));
        }
        expect(cache.size.headers).toBe(found);
      }
    }),
  );
});
