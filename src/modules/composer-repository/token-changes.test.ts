import fc from "fast-check";
import { expect, test } from "vitest";
import { EVERYTHING } from "../../platform/database/index.ts";
import type { ChangeListener } from "../../platform/database/change-feed.ts";
import { createTokenChanges } from "./token-changes.ts";

function setUp(tokensMax: number) {
  let emit: ChangeListener = () => undefined;
  const changes = createTokenChanges(
    {
      subscribe(listener) {
        emit = listener;
        return () => true;
      },
    },
    tokensMax,
  );
  return { changes, emit: (topic: string) => emit(topic) };
}

test("what was read of a token is void after its change, and no other token's", () => {
  const { changes, emit } = setUp(10);
  const read = (tokenId: string) => ({ tokenId, readAt: changes.now() });
  const [a, b] = [read("token_a"), read("token_b")];
  emit("token:token_a");
  emit("packages");
  expect([changes.isCurrent(a), changes.isCurrent(b)]).toEqual([false, true]);
  const again = read("token_a");
  expect(changes.isCurrent(again)).toBe(true);
  emit("customer:cust_1");
  expect([changes.isCurrent(again), changes.isCurrent(b)]).toEqual([false, false]);
  const last = read("token_b");
  emit(EVERYTHING);
  expect(changes.isCurrent(last)).toBe(false);
});

// Whatever is forgotten for want of memory must count as changed: the other mistake lets a revoked token live.
test("never calls current what changed after it was read, however little it may remember", () => {
  const topics = fc.constantFrom("token:a", "token:b", "token:c", "token:d", "customer:x", EVERYTHING, "packages");
  const steps = fc.array(fc.oneof(topics, fc.constantFrom("read a", "read b", "read c")), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), steps, (tokensMax, all) => {
      const { changes, emit } = setUp(tokensMax);
      const held: { tokenId: string; readAt: number; isVoid: boolean }[] = [];
      for (const step of all) {
        if (step.startsWith("read ")) {
          held.push({ tokenId: step.slice(5), readAt: changes.now(), isVoid: false });
          continue;
        }
        emit(step);
        for (const one of held) {
          one.isVoid ||= step === `token:${one.tokenId}` || step.startsWith("customer:") || step === EVERYTHING;
        }
      }
      for (const one of held) if (one.isVoid) expect(changes.isCurrent(one)).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});
