import { describe, expect, test } from "vitest";
import { createTestClock } from "../../testing/clock.ts";
import { createUnknownCredentials } from "./unknown-credentials.ts";

describe("unknown credentials of an address", () => {
  test("are let through up to the limit, then one for each part of the minute that passed", () => {
    const clock = createTestClock();
    const unknown = createUnknownCredentials(clock, 4);
    const tries = (count: number) => Array.from({ length: count }, () => unknown.refusalOf("192.0.2.1"));
    expect(tries(4)).toEqual([undefined, undefined, undefined, undefined]);
    expect(tries(1)[0]).toMatchObject({ allowed: false, limit: 4, retryAfterSeconds: 15, resetSeconds: 60 });
    clock.advanceSeconds(14);
    expect(tries(1)[0]).toMatchObject({ retryAfterSeconds: 1 });
    clock.advanceSeconds(1);
    expect(tries(2).map((verdict) => verdict?.allowed)).toEqual([undefined, false]);
    expect(unknown.refusalOf("192.0.2.2")).toBeUndefined();
  });

  test("of a hundred thousand addresses take no more memory than those that are kept", () => {
    const unknown = createUnknownCredentials(createTestClock(), 1, 1_000);
    for (let index = 0; index < 100_000; index++) {
      unknown.refusalOf(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
    }
    // The last thousand are remembered; what is older is forgotten, which is how it can be seen from outside.
    const last = 99_999;
    expect(unknown.refusalOf(`10.${last >> 16}.${(last >> 8) & 255}.${last & 255}`)).toBeDefined();
    expect(unknown.refusalOf("10.0.0.0")).toBeUndefined();
  });

  test("are not counted with a limit of 0", () => {
    const unknown = createUnknownCredentials(createTestClock(), 0);
    for (let index = 0; index < 1_000; index++) expect(unknown.refusalOf("192.0.2.1")).toBeUndefined();
  });
});
