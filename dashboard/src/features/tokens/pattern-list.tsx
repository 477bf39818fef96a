import { Badge } from "../../ui/badge.tsx";
import type { Token } from "./tokens.ts";

/** The prefixes of a token as they are; `max` shows the first ones and how many more there are. */
export function PatternList({
  token,
  max = 100,
}: {
  token: Pick<Token, "allowed_package_prefixes" | "access">;
  max?: number;
}) {
  const { allowed_package_prefixes: patterns, access } = token;
  const shown = patterns?.slice(0, max) ?? [];
  const more = (patterns?.length ?? 0) - shown.length;
  return (
    <span className="flex flex-wrap gap-1">
      {patterns === null && <Badge tone="warn">Everything</Badge>}
      {shown.map((pattern) => (
        <code key={pattern} className="max-w-full rounded-md bg-sunken px-1.5 py-0.5 break-words">
          {pattern}
        </code>
      ))}
      {more > 0 && <Badge>+{more}</Badge>}
      {access === "customer" && <Badge tone="accent">Grants of the customer</Badge>}
      {patterns?.length === 0 && access === "own" && <span className="text-ink-3">Nothing</span>}
    </span>
  );
}
