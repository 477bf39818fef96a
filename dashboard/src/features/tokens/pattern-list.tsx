import { useState } from "react";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import type { Token } from "./tokens.ts";

const SHORT = 24;

/** The prefixes of a token as they are: the first `max`, and how many more there are. */
export function PatternList({
  token,
  max = 100,
  expandable = false,
}: {
  token: Pick<Token, "allowed_package_prefixes" | "access">;
  max?: number;
  /** A button shows the others. */
  expandable?: boolean;
}) {
  const [isWhole, setWhole] = useState(false);
  const { allowed_package_prefixes: patterns, access } = token;
  const shown = (isWhole ? patterns : patterns?.slice(0, max)) ?? [];
  const more = (patterns?.length ?? 0) - shown.length;
  return (
    <span className="flex flex-wrap gap-1">
      {patterns === null && <Badge tone="warn">Everything</Badge>}
      {shown.map((pattern) => (
        <code
          key={pattern}
          className={classNames(
            "max-w-full rounded-md bg-sunken px-1.5 py-0.5",
            // A short one never breaks at its hyphens; a long one has to.
            pattern.length <= SHORT ? "whitespace-nowrap" : "wrap-anywhere",
          )}
        >
          {pattern}
        </code>
      ))}
      {more > 0 && !expandable && <Badge>+{more}</Badge>}
      {more > 0 && expandable && (
        <Button size="small" kind="quiet" onClick={() => setWhole(true)}>
          Show {more.toLocaleString()} more
        </Button>
      )}
      {access === "customer" && <Badge tone="accent">Grants of the customer</Badge>}
      {access === "project" && <Badge tone="accent">Of the customer’s grants only</Badge>}
      {patterns?.length === 0 && access === "own" && <span className="text-ink-3">Nothing</span>}
    </span>
  );
}
