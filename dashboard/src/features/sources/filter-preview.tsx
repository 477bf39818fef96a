import { useState } from "react";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Note } from "../../ui/note.tsx";
import { plural } from "../../ui/words.ts";
import { filtersTake, readRef } from "./patterns.ts";
import { SkippedGroups } from "./skipped-refs.tsx";
import type { ProbeAnswer } from "./source-api.ts";

type Reached = Extract<ProbeAnswer, { reachable: true }>;

const SHOWN_AT_FIRST = 8;

/** What the filters take of what was found without any. */
export function FilterPreview({ answer, filters }: { answer: Reached; filters: readonly string[] }) {
  if (answer.warning !== null) return <Note tone="warn">{answer.warning}</Note>;
  const taken = answer.would_take.filter(({ package: name }) => name === null || filtersTake(filters, name));
  const isNarrowed = taken.length < answer.would_take.length;
  if (taken.length === 0) {
    const name = answer.package?.name;
    return (
      <Note tone="warn">
        Nothing would be published: these filters do not cover{" "}
        {name === undefined ? "its packages" : <strong className="font-semibold wrap-anywhere">{name}</strong>}.
      </Note>
    );
  }
  return (
    <div className="overflow-hidden rounded-lg border border-line">
      <TakenVersions taken={taken} total={isNarrowed ? taken.length : answer.would_take_total} />
      {isNarrowed && (
        <p className="border-t border-line px-5 py-2 text-ink-2">
          {plural(answer.would_take.length - taken.length, "version")} of other names are outside these filters.
        </p>
      )}
      {answer.preview === "names" && (
        <p className="border-t border-line px-5 py-2 text-ink-2">
          Told from the names of its branches and tags: it is too large, or answers too slowly, to look into each.
        </p>
      )}
      {answer.would_skip.length > 0 && (
        <div className="border-t border-line">
          <p className="bg-sunken px-5 py-2 font-medium">
            Skipped: {plural(answer.would_skip_total, "branch or tag", "branches and tags")}
          </p>
          <SkippedGroups skipped={answer.would_skip} open={false} />
        </div>
      )}
    </div>
  );
}

function TakenVersions({ taken, total }: { taken: Reached["would_take"]; total: number }) {
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? taken : taken.slice(0, SHOWN_AT_FIRST);
  return (
    <div>
      <p className="bg-sunken px-5 py-2 font-medium">Published: {plural(total, "version")}</p>
      <ul className="divide-y divide-line">
        {shown.map((one) => {
          const { kind, name } = readRef(one.ref);
          return (
            <li key={one.ref} className="flex flex-wrap items-center gap-x-3 gap-y-0.5 px-5 py-2">
              <code className="min-w-0 font-medium wrap-anywhere">
                <bdi>{one.version}</bdi>
              </code>
              {one.stability !== "stable" && <Badge>{one.stability}</Badge>}
              <span className="min-w-0 wrap-anywhere text-ink-3 sm:ml-auto">
                {kind} <bdi>{name}</bdi>
              </span>
            </li>
          );
        })}
      </ul>
      {shown.length < taken.length && (
        <div className="border-t border-line px-5 py-2.5">
          <Button size="small" onClick={() => setIsWhole(true)}>
            {taken.length < total
              ? `Show the newest ${taken.length.toLocaleString()}`
              : `Show all ${total.toLocaleString()}`}
          </Button>
        </div>
      )}
    </div>
  );
}
