import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { RenewBody, hasCounted, readRenewal, renewEnd, renewalsOfLine, renewalsOfToken } from "./index.ts";

const NOW = 1_800_000_000;
const DAY = 86_400;
const TARGET = renewalsOfToken("token_1");

const asked = (body: unknown) => readRenewal(RenewBody.parse(body));
const byDays = (days: number, renewal_id: string) => asked({ by: `P${days}D`, renewal_id });

function problemsOf(body: unknown): string[] {
  const parsed = RenewBody.safeParse(body);
  if (!parsed.success) return parsed.error.issues.map(({ path }) => `/${path.join("/")}`);
  try {
    readRenewal(parsed.data);
    return [];
  } catch (error) {
    return (error as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer);
  }
}

test.each([
  [{}, ["/by"]],
  [{ by: "P1Y" }, ["/renewal_id"]],
  [{ by: "P1Y", renewal_id: " " }, ["/renewal_id"]],
  [{ by: "1 year", renewal_id: "r" }, ["/by"]],
  [{ by: "PT1H", renewal_id: "r" }, ["/by"]],
  [{ by: "P1Y", until: NOW, renewal_id: "r" }, ["/by", "/renewal_id"]],
  [{ until: NOW, renewal_id: "r" }, ["/renewal_id"]],
  [{ until: NOW * 1000 }, ["/until"]],
  [{ until: null }, ["/until"]],
  [{ renewal_id: "r" }, ["/by"]],
  [{ by: "P1Y", renewal_id: 1.5 }, ["/renewal_id"]],
  [{ by: "P1Y", renewal_id: "r", reason: "  " }, ["/reason"]],
  [{ by: "P1Y", renewal_id: "r", term: 1 }, ["/"]],
  [{ by: "P1Y", renewal_id: "r" }, []],
  [{ until: NOW, reason: "by phone" }, []],
])("%j has its problems at %j", (body, pointers) => {
  expect(problemsOf(body)).toEqual(pointers);
});

test("a renewal's id is the same as a number and as a text, with blanks around it or without", () => {
  for (const renewal_id of [42, "42", " 42 "]) {
    expect(asked({ by: "P1Y", renewal_id })).toMatchObject({ renewalId: "42" });
  }
});

describe.each(testEngines)("renewals on %s", (engine) => {
  test("of many deliveries at once of several renewals each counts once, and none is lost", async () => {
    await using test = await createTestDatabase(engine);
    const { database } = test;
    // Stands for the row that a use case holds: two renewals of one target go one after the other.
    let end = NOW + 5;
    let last: Promise<unknown> = Promise.resolve();
    const deliver = (renewalId: string) =>
      (last = last.then(() =>
        database.transaction(async (trx) => {
          const renewed = await renewEnd(trx, TARGET, byDays(10, renewalId), { end, now: NOW });
          end = renewed.end ?? 0;
          return renewed;
        }),
      ));
    const ids = ["a", "b", "c", "a", "b", "c", "a", "a"];
    const outcomes = (await Promise.all(ids.map(deliver))) as { applied: boolean }[];
    expect(outcomes.filter(({ applied }) => applied)).toHaveLength(3);
    expect(end).toBe(NOW + 5 + 30 * DAY);
  });

  test("a renewal that two transactions count at the same time counts in one of them", async () => {
    await using test = await createTestDatabase(engine);
    const renew = () =>
      test.database.transaction((trx) => renewEnd(trx, TARGET, byDays(1, "once"), { end: NOW, now: NOW }));
    const outcomes = await Promise.all(Array.from({ length: 6 }, renew));
    expect(outcomes.filter(({ applied }) => applied)).toHaveLength(1);
  });

  test("whatever comes in whatever order, the end never gets earlier and each term is added once", async () => {
    await using test = await createTestDatabase(engine);
    let run = 0;
    const event = fc.oneof(
      fc.record({ until: fc.integer({ min: NOW - 50 * DAY, max: NOW + 50 * DAY }) }),
      fc.record({ by: fc.integer({ min: 1, max: 30 }), id: fc.constantFrom("r1", "r2", "r3", "r4") }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.option(fc.integer({ min: NOW - 50 * DAY, max: NOW + 50 * DAY }), { nil: null }),
        fc.array(fc.record({ event, later: fc.nat(20 * DAY) }), { maxLength: 12 }),
        async (first, events) => {
          const target = renewalsOfToken(`token_${run++}`);
          const counted = new Map<string, number>();
          let end = first;
          let now = NOW;
          for (const { event: one, later } of events) {
            now += later;
            const renewal = "until" in one ? asked({ until: one.until }) : byDays(one.by, one.id);
            const isReused = "by" in one && (counted.get(one.id) ?? one.by) !== one.by;
            const renewing = test.database.transaction((trx) => renewEnd(trx, target, renewal, { end, now }));
            if (isReused) {
              await expect(renewing).rejects.toMatchObject({ code: "renewal.id_reused" });
              continue;
            }
            const before: number | null = end;
            const { applied, end: after } = await renewing;
            const isRepeated = "by" in one && counted.has(one.id);
            if ("by" in one) counted.set(one.id, one.by);
            const expected =
              before === null || isRepeated
                ? before
                : "until" in one
                  ? Math.max(before, one.until)
                  : Math.max(before, now) + one.by * DAY;
            expect(after).toBe(expected);
            expect(applied).toBe(after !== before);
            end = after;
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  test("a repeated renewal is known by its meaning: P12M is P1Y, another term under its id is refused", async () => {
    await using test = await createTestDatabase(engine);
    const { db } = test.database;
    const year = asked({ by: "P1Y", renewal_id: "r" });
    expect(await hasCounted(db, TARGET, year)).toBe(false);
    await renewEnd(db, TARGET, year, { end: null, now: NOW });
    expect(await hasCounted(db, TARGET, asked({ by: "P12M", renewal_id: "r" }))).toBe(true);
    const other = asked({ by: "P2Y", renewal_id: "r" });
    await expect(hasCounted(db, TARGET, other)).rejects.toMatchObject({ code: "renewal.id_reused" });
    // Counted while there was no end: it does not move one that is set later.
    expect(await renewEnd(db, TARGET, year, { end: NOW, now: NOW })).toMatchObject({ applied: false, end: NOW });
  });

  test("an id counts for its own target only: another token, another line, another bound", async () => {
    await using test = await createTestDatabase(engine);
    const line = { customer: "cust_1", orderId: "o", line: "1", within: null };
    const targets = [
      renewalsOfToken("token_1"),
      renewalsOfToken("token_2"),
      ...[line, { ...line, line: "2" }, { ...line, orderId: 'o","1' }, { ...line, within: ["acme/"] }].map(
        renewalsOfLine,
      ),
    ];
    for (const target of targets) {
      const renewed = await renewEnd(test.database.db, target, byDays(1, "r"), { end: NOW, now: NOW });
      expect(renewed, target).toEqual({ applied: true, reason: null, end: NOW + DAY });
    }
  });
});
