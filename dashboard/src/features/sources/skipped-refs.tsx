import { ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { SearchInput } from "../../ui/search-input.tsx";
import { plural, sentence } from "../../ui/words.ts";
import { readRef } from "./patterns.ts";

export interface SkippedRef {
  ref: string;
  reason: string;
  label?: string | null;
  what_to_do?: string | null;
}

const MANY = 10;
const SHOWN_AT_FIRST = 50;

/** What was not imported, by reason: a hundred tags with one cause are one thing to look at. */
export function SkippedRefs({ skipped }: { skipped: readonly SkippedRef[] }) {
  const [search, setSearch] = useState("");
  const found = useMemo(() => {
    const words = search.toLowerCase();
    return skipped.filter(({ ref, reason }) => `${ref} ${reason}`.toLowerCase().includes(words));
  }, [skipped, search]);
  if (skipped.length === 0) return null;
  return (
    <Card
      title="Skipped branches and tags"
      description="Everything else is published. Skipping is no failure: a tag that is no version is meant to be skipped."
      flush
    >
      {skipped.length > MANY && (
        <div className="border-b border-line px-5 py-3">
          <SearchInput value={search} onChange={setSearch} label="Search skipped branches and tags" />
        </div>
      )}
      <SkippedGroups skipped={found} open={found.length <= MANY || search !== ""} />
      {found.length === 0 && <p className="px-5 py-4 text-ink-3">None of them matches.</p>}
    </Card>
  );
}

export function SkippedGroups({ skipped, open }: { skipped: readonly SkippedRef[]; open: boolean }) {
  const groups = useMemo(() => groupByReason(skipped), [skipped]);
  return (
    <div className="divide-y divide-line">
      {groups.map((group) => (
        // Anew when the search changes what is in it: shut groups open up then.
        <details key={`${group.reason} ${String(open)}`} open={open} className="group">
          <summary className="flex list-none items-start gap-2 px-5 py-3 hover:bg-hover">
            <ChevronRight
              className="mt-0.5 size-4 shrink-0 text-ink-3 transition-transform group-open:rotate-90"
              aria-hidden="true"
            />
            <span className="min-w-0 flex-1 wrap-anywhere">
              <bdi>{group.reason}</bdi>
            </span>
            <Badge>{group.refs.length.toLocaleString()}</Badge>
          </summary>
          <SkippedNames refs={group.refs} reason={group.reason} />
        </details>
      ))}
    </div>
  );
}

function SkippedNames({ refs, reason }: { refs: readonly SkippedRef[]; reason: string }) {
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? refs : refs.slice(0, SHOWN_AT_FIRST);
  return (
    <div className="pr-5 pb-3 pl-11">
      <ul className="flex flex-col gap-1.5">
        {shown.map((one) => {
          const { kind, name } = readRef(one.ref);
          return (
            <li key={one.ref} className="flex flex-wrap items-baseline gap-x-2 text-ink-2">
              <span className="w-14 shrink-0 text-ink-3">{kind}</span>
              <code className="min-w-0 wrap-anywhere text-ink">
                <bdi>{name}</bdi>
              </code>
              {one.reason !== reason && <bdi className="min-w-0 wrap-anywhere text-ink-3">{one.reason}</bdi>}
              {typeof one.what_to_do === "string" && (
                <bdi className="min-w-0 basis-full wrap-anywhere text-ink-3 sm:pl-16">{sentence(one.what_to_do)}</bdi>
              )}
            </li>
          );
        })}
      </ul>
      {shown.length < refs.length && (
        <Button size="small" className="mt-3" onClick={() => setIsWhole(true)}>
          Show all {plural(refs.length, "ref")}
        </Button>
      )}
    </div>
  );
}

/** Reasons that differ only in what they quote are one, written with an ellipsis; most common first. */
function groupByReason(skipped: readonly SkippedRef[]): { reason: string; refs: SkippedRef[] }[] {
  const groups = new Map<string, SkippedRef[]>();
  for (const one of skipped) {
    const pattern = one.reason.replaceAll(/"[^"]*"/g, '"…"');
    groups.set(pattern, [...(groups.get(pattern) ?? []), one]);
  }
  return [...groups]
    .map(([pattern, refs]) => {
      const first = refs[0]?.reason ?? pattern;
      return { reason: refs.every(({ reason }) => reason === first) ? first : pattern, refs };
    })
    .sort((a, b) => b.refs.length - a.refs.length);
}
