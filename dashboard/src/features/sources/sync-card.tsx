import { CircleAlert, CircleCheck, Clock } from "lucide-react";
import type { ReactNode } from "react";
import { Spinner } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Time } from "../../ui/time.tsx";
import { plural, sentence } from "../../ui/words.ts";
import type { Source } from "./source-api.ts";
import { useSourceProgress } from "./use-source-progress.ts";
import type { SourceProgress } from "./use-source-progress.ts";

const PHASES: Record<NonNullable<SourceProgress["phase"]>, string> = {
  preparing: "Asking the repository for its branches and tags",
  fetching: "Fetching new commits",
  reading: "Reading composer.json of each branch and tag",
  publishing: "Publishing the versions",
};

/** How the source is, in words; while it is synced, how far that is. */
export function SyncCard({ source }: { source: Source }) {
  const progress = useSourceProgress(source.id);
  const state = progress?.state ?? source.state;
  return (
    <Card>
      {state === "syncing" ? (
        <Syncing progress={progress} />
      ) : (
        <Standing state={state} detail={progress?.state_detail ?? source.state_detail} source={source} />
      )}
      <dl className="mt-5 grid grid-cols-2 gap-x-6 gap-y-3 border-t border-line pt-4 sm:grid-cols-4">
        <Count name="Packages" value={source.packages} />
        <Count name="Versions" value={source.versions} />
        <Count name="Skipped branches and tags" value={source.skipped_refs} />
        <div>
          <dt className="text-ink-3">Next sync</dt>
          <dd className="mt-0.5 text-[1.14rem] font-medium">
            {state === "syncing" ? "At it now" : <Time at={source.next_sync_at} />}
          </dd>
        </div>
      </dl>
    </Card>
  );
}

function Count({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt className="text-ink-3">{name}</dt>
      <dd className="mt-0.5 text-[1.14rem] font-medium tabular-nums">{value.toLocaleString()}</dd>
    </div>
  );
}

function Standing({ state, detail, source }: { state: Source["state"]; detail: string | null; source: Source }) {
  if (state === "failing") {
    return (
      <Headline
        icon={<CircleAlert className="size-5 text-bad" />}
        title="The last sync failed"
        text={detail ?? "The server's log says why."}
      >
        <p className="mt-1 text-ink-3">
          Whatever was published stays published and installable. It is tried again at the next sync
          {source.synced_at !== null && (
            <>
              ; the last one that went well was <Time at={source.synced_at} />
            </>
          )}
          .
        </p>
      </Headline>
    );
  }
  if (state === "pending" || source.synced_at === null) {
    return (
      <Headline
        icon={<Clock className="size-5 text-ink-3" />}
        title="Waiting for its first sync"
        text="It begins within a second while the server runs."
      />
    );
  }
  return (
    <Headline
      icon={<CircleCheck className="size-5 text-good" />}
      title="Up to date"
      text={
        <>
          The last sync went well, <Time at={source.synced_at} />.
        </>
      }
    />
  );
}

function Headline({
  icon,
  title,
  text,
  children,
}: {
  icon: ReactNode;
  title: string;
  text: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="flex gap-3" role="status">
      <span className="mt-0.5 shrink-0" aria-hidden="true">
        {icon}
      </span>
      <div className="min-w-0">
        <p className="text-[1.07rem] font-semibold">{title}</p>
        <p className="mt-0.5 wrap-anywhere text-ink-2">
          {typeof text === "string" && !text.endsWith("…") ? sentence(text) : text}
        </p>
        {children}
      </div>
    </div>
  );
}

function Syncing({ progress }: { progress: SourceProgress | undefined }) {
  const phase = PHASES[progress?.phase ?? "preparing"];
  const total = progress?.refs_total ?? 0;
  const read = progress?.refs_read ?? 0;
  const isCounted = progress?.phase === "reading" && total > 0;
  const isPublishing = progress?.phase === "publishing";
  const percent = isCounted ? Math.round((read / total) * 100) : 100;
  return (
    <div>
      <Headline icon={<Spinner />} title="Syncing" text={`${phase} …`} />
      <div
        role="progressbar"
        aria-label="Sync"
        {...(isCounted ? { "aria-valuenow": read, "aria-valuemin": 0, "aria-valuemax": total } : {})}
        className="mt-4 h-2 overflow-hidden rounded-full bg-sunken"
      >
        <div
          className={`h-full rounded-full bg-accent transition-[width] duration-500 ${
            isCounted || isPublishing ? "" : "animate-pulse opacity-60"
          }`}
          style={{ width: `${String(percent)}%` }}
        />
      </div>
      <p className="mt-2 flex flex-wrap justify-between gap-x-4 text-ink-3 tabular-nums">
        <span>
          {total > 0
            ? `${read.toLocaleString()} of ${plural(total, "changed branch or tag", "changed branches and tags")} read`
            : "Only what has changed since the last sync is read."}
        </span>
        {typeof progress?.started_at === "number" && (
          <span>
            began <Time at={progress.started_at} />
          </span>
        )}
      </p>
    </div>
  );
}
