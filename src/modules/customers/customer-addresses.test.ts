import { describe, expect, test } from "vitest";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { ensureCustomer, forgetAddresses, hasHadAddress, insertShopIfMissing, rememberAddress } from "./index.ts";

const SELLER = { shop: "default", packageBound: null };

describe.each(testEngines)("addresses of customers on %s", (engine) => {
  test("the first address is remembered, in whatever case it is asked for; that of a later sale is not", async () => {
    await using stored = await createTestDatabase(engine);
    const { db } = stored.database;
    await insertShopIfMissing(db, "default", 1);
    const first = await ensureCustomer(db, SELLER, { customerId: "42", email: "MÜLLER@Example.com" }, 1);
    expect(first.email).toBe("MÜLLER@Example.com");
    const again = await ensureCustomer(db, SELLER, { customerId: "42", email: "other@example.com" }, 2);
    expect(again).toEqual(first);
    expect(await hasHadAddress(db, first.id, " müller@example.COM ")).toBe(true);
    expect(await hasHadAddress(db, first.id, "other@example.com")).toBe(false);
    await rememberAddress(db, first.id, "Other@example.com", 3);
    await rememberAddress(db, first.id, "other@example.com", 4);
    expect(await hasHadAddress(db, first.id, "other@example.com")).toBe(true);
    await forgetAddresses(db, first.id);
    expect(await hasHadAddress(db, first.id, "müller@example.com")).toBe(false);
  });

  test("a customer of whom no usable address was ever known takes the first one that comes", async () => {
    await using stored = await createTestDatabase(engine);
    const { db } = stored.database;
    await insertShopIfMissing(db, "default", 1);
    const emails = [null, "no address", "first@example.com", "second@example.com"];
    const told: (string | null)[] = [];
    for (const email of emails) told.push((await ensureCustomer(db, SELLER, { customerId: "7", email }, 1)).email);
    expect(told).toEqual([null, null, "first@example.com", "first@example.com"]);
  });
});
