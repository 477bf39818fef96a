import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecryptionError, createCipher } from "./cipher.ts";
import { newId } from "./ids.ts";
import { readOrCreateKeys } from "./key-file.ts";
import { constantTimeEqual, hashSecret, kindOfSecret, lastFour, newSecret, randomBase62 } from "./secrets.ts";

describe("secrets", () => {
  test("are of the published form, never the same, and recognised with their kind", () => {
    const made = new Set<string>();
    for (let index = 0; index < 2_000; index++) {
      for (const kind of ["pbt", "pbm"] as const) {
        const secret = newSecret(kind);
        expect(secret).toMatch(new RegExp(`^${kind}_[0-9A-Za-z]{36}$`));
        expect(kindOfSecret(secret)).toBe(kind);
        made.add(secret);
      }
    }
    expect(made.size).toBe(4_000);
  });

  // What a buyer mistypes must be told apart from what is unknown, before any look-up.
  test("with one wrong, missing or added character are refused", () => {
    const anyCharacter = fc.constantFrom(
      ...Array.from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_- \0é"),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("pbt", "pbm"),
        fc.nat(39),
        anyCharacter,
        fc.nat(2),
        (kind, position, character, how) => {
          const secret = newSecret(kind);
          const rest = secret.slice(position + (how === 0 ? 0 : 1));
          const broken = secret.slice(0, position) + (how === 2 ? "" : character) + rest;
          if (broken !== secret) expect(kindOfSecret(broken)).toBeUndefined();
        },
      ),
      { numRuns: 2_000 },
    );
    for (const text of ["", "pbt_", "pbx_" + newSecret("pbt").slice(4), "x".repeat(100_000)]) {
      expect(kindOfSecret(text)).toBeUndefined();
    }
  });

  test("use every character about equally often", () => {
    const counts = new Map<string, number>();
    for (const character of randomBase62(62_000)) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(62);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(250);
  });

  test("are stored as SHA-256 and shown by their last four characters", () => {
    expect(hashSecret("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(lastFour("pbt_abcdef")).toBe("cdef");
    expect([constantTimeEqual("a", "a"), constantTimeEqual("a", "b"), constantTimeEqual("a", "aa")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(newId("token")).toMatch(/^token_[0-9A-Za-z]{20}$/);
  });
});

describe("the cipher", () => {
  const key = Buffer.alloc(32, 1);

  test("opens what it sealed, in its context only, and never seals the same way twice", () => {
    const cipher = createCipher(key);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (text, context) => {
        const sealed = cipher.seal(text, context);
        expect(createCipher(key).open(sealed, context)).toBe(text);
        expect(cipher.seal(text, context)).not.toBe(sealed);
        expect(() => cipher.open(sealed, `${context}x`)).toThrow(DecryptionError);
      }),
    );
  });

  test("refuses another key, any changed byte, and a shortened tag, without telling the text", () => {
    const cipher = createCipher(key);
    const sealed = cipher.seal("hunter2", "password");
    expect(() => createCipher(Buffer.alloc(32, 2)).open(sealed, "password")).toThrow(/another ENCRYPTION_KEY/);
    const parts = sealed.split(".");
    const shortened = parts.with(3, Buffer.from(parts[3]!, "base64url").subarray(0, 4).toString("base64url")).join(".");
    for (const broken of ["", "hunter2", "v2" + sealed.slice(2), shortened, parts.slice(0, 4).join(".")]) {
      expect(() => cipher.open(broken, "password"), broken).toThrow(DecryptionError);
    }
    for (let index = 3; index < sealed.length; index++) {
      if (sealed[index] === ".") continue;
      const changed = sealed.slice(0, index) + (sealed[index] === "A" ? "B" : "A") + sealed.slice(index + 1);
      let opened: string | undefined;
      try {
        opened = cipher.open(changed, "password");
      } catch (error) {
        expect(error).toBeInstanceOf(DecryptionError);
        expect(String(error)).not.toContain("hunter2");
      }
      // The last character of a base64url text carries bits that mean nothing.
      if (opened !== undefined) expect([opened, sealed[index + 1] ?? "."]).toEqual(["hunter2", "."]);
    }
    expect(() => createCipher(Buffer.alloc(31))).toThrow("32 bytes");
  });

  test("keys its hashes by purpose", () => {
    const cipher = createCipher(key);
    const macs = [
      cipher.mac("a", "b"),
      cipher.mac("b", "b"),
      cipher.mac("a", "c"),
      createCipher(Buffer.alloc(32, 2)).mac("a", "b"),
    ];
    expect(new Set(macs).size).toBe(4);
    expect(cipher.mac("a", "b")).toBe(macs[0]);
  });
});

describe("the key file", () => {
  const inDirectory = async (work: (file: string) => Promise<void>) => {
    const directory = await mkdtemp(join(tmpdir(), "key-file-"));
    try {
      await work(join(directory, "encryption.key"));
    } finally {
      await rm(directory, { recursive: true });
    }
  };

  test("is made once, for its owner only, by however many processes that start at once", async () => {
    await inDirectory(async (file) => {
      const keys = await Promise.all(Array.from({ length: 20 }, () => readOrCreateKeys(file)));
      expect(new Set(keys.map(({ current }) => current.toString("hex"))).size).toBe(1);
      expect(keys[0]?.current).toHaveLength(32);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readdir(join(file, ".."))).toEqual(["encryption.key"]);
      expect(await readOrCreateKeys(file)).toEqual(keys[0]);
    });
  });

  // A new key in place of a damaged one would make every stored password unreadable.
  test("that is damaged is told and left as it is", async () => {
    await inDirectory(async (file) => {
      for (const content of ["", "short", "x".repeat(100)]) {
        await writeFile(file, content);
        await expect(readOrCreateKeys(file)).rejects.toThrow(/does not hold 32 bytes/);
        expect(await readFile(file, "utf8")).toBe(content);
      }
    });
  });
});
