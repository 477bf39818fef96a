import fc from "fast-check";
import { expect, test } from "vitest";
import { safeNextPath } from "../dashboard/src/features/login/safe-next-path.ts";

test.each(["/", "/customers", "/customers/default/42?q=a%2F%2Fb&status=all#tokens", "/setup", "/login-history"])(
  "after the log-in one gets to %s",
  (path) => {
    expect(safeNextPath(path)).toBe(path);
  },
);

// Whoever sends a link to the log-in chooses `next`: it must never lead to a place that looks like ours.
test.each([
  ...[null, "", "customers", "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example"],
  ...[
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
  ],
  ...["javascript:alert(1)", "data:text/html,x", "/./\\evil.example", "/..//evil.example", "/a//evil.example"],
  ...["/login", "/login?next=/login", "/login#x", "http:/evil.example", "/\u0000/evil.example"],
])("the log-in does not follow %j", (path) => {
  expect(safeNextPath(path)).toBe("/");
});

test("whatever is given, one stays on this host", () => {
  const pieces = fc.constantFrom(
    ..."/\\:@?#.%\t\n 2Ff5Caevil.example".split(""),
    "//",
    "https:",
    "%2F",
    "%5C",
    "\u2044",
  );
  const anything = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 12 }).map((given) => `/${given.join("")}`),
  );
  fc.assert(
    fc.property(anything, (next) => {
      const path = safeNextPath(next);
      expect(new URL(path, "https://broker.example").origin).toBe("https://broker.example");
      expect(path.startsWith("/") && !path.startsWith("//")).toBe(true);
    }),
    { numRuns: 5000 },
  );
});
