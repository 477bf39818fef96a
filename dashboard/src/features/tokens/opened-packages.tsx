import { Package } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { Time } from "../../ui/time.tsx";
import { useHostedPackages } from "../packages/hosted-packages.ts";
import { patternsOpen } from "./package-patterns.ts";
import type { Token } from "./tokens.ts";

const STEP = 10;

/** The hosted packages that the prefixes open now, with what composer would take. */
export function OpenedPackages({ token, patterns }: { token: Token; patterns: readonly string[] | null }) {
  const hosted = useHostedPackages();
  const [shown, setShown] = useState(STEP);
  const opened = hosted.packages.filter(({ name }) => patternsOpen(patterns, name));
  const rows = opened.slice(0, shown);
  const count = `${opened.length.toLocaleString()}${hosted.more ? " or more" : ""}`;
  return (
    <Card
      title="Can they install …?"
      description={
        token.status === "active"
          ? `Yes, ${opened.length === 1 ? "this one package" : `these ${count} packages`} and nothing else.`
          : "Not now. With a working token it would be these."
      }
      flush
    >
      {hosted.error !== null && <ErrorNote error={hosted.error} className="m-4" />}
      {hosted.isLoading && <SkeletonRows rows={3} />}
      {!hosted.isLoading && opened.length === 0 && (
        <EmptyState icon={<Package />} title="It opens no hosted package">
          No package that is hosted here begins with its prefixes. Is a source missing, or a name mistyped?
        </EmptyState>
      )}
      <ul className="divide-y divide-line">
        {rows.map(({ name, latest_version: version, latest_released_at: releasedAt }) => (
          <li key={name} className="flex min-h-11 items-center justify-between gap-4 px-5 py-2">
            <Link to={`/packages/${name}`} className="min-w-0 font-medium wrap-anywhere hover:underline">
              {name}
            </Link>
            <span className="shrink-0 text-right text-ink-2">
              {version}
              {releasedAt !== null && (
                <span className="ml-3 hidden text-ink-3 sm:inline">
                  <Time at={releasedAt} as="date" />
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
      {opened.length > shown && (
        <div className="border-t border-line px-5 py-2.5">
          <Button size="small" kind="quiet" className="-ml-2.5" onClick={() => setShown(shown + STEP * 2)}>
            Show more of {count}
          </Button>
        </div>
      )}
    </Card>
  );
}
