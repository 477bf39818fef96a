import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { api, unwrap } from "../../api/client.ts";
import { Button, Spinner } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { plural } from "../../ui/words.ts";
import { useRemoveSource, useSource, useSyncNow } from "../sources/source-api.ts";
import type { Source, SourceDetail } from "../sources/source-api.ts";
import { useSourceProgress } from "../sources/use-source-progress.ts";
import type { SourceProgress } from "../sources/use-source-progress.ts";

const PHASES: Record<NonNullable<SourceProgress["phase"]>, string> = {
  preparing: "Asking the repository for its branches and tags",
  fetching: "Fetching the commits",
  reading: "Reading composer.json of each branch and tag",
  publishing: "Publishing the versions",
};

const SHOWN_MAX = 5;

/** How the first sync goes, until there is something to sell. */
export function FirstSync({ source }: { source: Source }) {
  const detail = useSource(source.id);
  const progress = useSourceProgress(source.id);
  const state = progress?.state ?? detail.data?.state ?? source.state;
  const latest = detail.data ?? source;
  const isRunning = state === "syncing" || state === "pending";
  return (
    <div className="rounded-xl border border-line">
      <div className="border-b border-line px-4 py-3">
        <p className="font-semibold wrap-anywhere">{source.name}</p>
        <p className="font-mono text-[0.93em] wrap-anywhere text-ink-3">{source.url}</p>
      </div>
      <div className="px-4 py-4" role="status" aria-live="polite">
        {isRunning && <Running progress={progress} />}
        {state === "failing" && (
          <Failed
            source={source}
            text={progress?.state_detail ?? latest.state_detail ?? "The server's log says why."}
          />
        )}
        {state === "active" && latest.versions > 0 && <Published source={latest} />}
        {state === "active" && latest.versions === 0 && detail.data !== undefined && (
          <NothingFound source={detail.data} />
        )}
      </div>
    </div>
  );
}

function Running({ progress }: { progress: SourceProgress | undefined }) {
  const total = progress?.refs_total ?? 0;
  const read = progress?.refs_read ?? 0;
  const isCounted = progress?.phase === "reading" && total > 0;
  return (
    <>
      <Line icon={<Spinner />} text={`${PHASES[progress?.phase ?? "preparing"]} …`} />
      <div
        role="progressbar"
        aria-label="First sync"
        {...(isCounted ? { "aria-valuenow": read, "aria-valuemin": 0, "aria-valuemax": total } : {})}
        className="mt-3 h-2 overflow-hidden rounded-full bg-sunken"
      >
        <div
          className={`h-full rounded-full bg-accent ${isCounted ? "transition-[width]" : "animate-pulse opacity-60"}`}
          style={{ width: isCounted ? `${String(Math.round((read / total) * 100))}%` : "100%" }}
        />
      </div>
      <p className="mt-2 text-ink-3 tabular-nums">
        {total > 0
          ? `${read.toLocaleString()} of ${plural(total, "branch or tag", "branches and tags")} read`
          : "You may go on meanwhile; nothing stops."}
      </p>
    </>
  );
}

function Published({ source }: { source: Source }) {
  const packages = useQuery({
    queryKey: ["packages", "of-source", source.id, source.versions],
    queryFn: async () => {
      const hosted = await unwrap(api.GET("/api/packages", { params: { query: { limit: 1000 } } }));
      return hosted.filter((one) => one.source === source.id);
    },
  });
  const found = packages.data ?? [];
  return (
    <>
      <Line
        icon={<CircleCheck className="size-5 text-good" />}
        text={found.length === 0 ? `${plural(source.versions, "version")} published` : "Published and ready to sell"}
      />
      <ul className="mt-2 flex flex-col gap-1 pl-7.5">
        {found.slice(0, SHOWN_MAX).map(({ name, versions }) => (
          <li key={name} className="wrap-anywhere tabular-nums">
            {plural(versions, "version")} of <strong className="font-semibold">{name}</strong>
          </li>
        ))}
        {found.length > SHOWN_MAX && <li className="text-ink-3">and {found.length - SHOWN_MAX} more packages</li>}
        {source.left_out_branches > 0 && (
          <li className="text-ink-3">
            {plural(source.left_out_branches, "branch", "branches")} left out, as you chose.
          </li>
        )}
        {source.skipped_refs > 0 && (
          <li className="text-ink-3">
            {plural(source.skipped_refs, "branch or tag", "branches and tags")} skipped; the source's page says why.
          </li>
        )}
      </ul>
    </>
  );
}

function NothingFound({ source }: { source: SourceDetail }) {
  return (
    <>
      <Line
        icon={<CircleAlert className="size-5 text-warn" />}
        text="The repository was read, and nothing in it can be installed yet."
      />
      <ul className="mt-2 flex flex-col gap-1 pl-7.5 text-ink-2">
        {source.skipped.slice(0, SHOWN_MAX).map(({ ref, reason }) => (
          <li key={ref} className="wrap-anywhere">
            <code>{ref.replace(/^refs\/(?:heads|tags)\//, "")}</code>: {reason}
          </li>
        ))}
      </ul>
      <TryAgain source={source} />
    </>
  );
}

function Failed({ source, text }: { source: Source; text: string }) {
  return (
    <>
      <Line icon={<CircleAlert className="size-5 text-bad" />} text={text} />
      <TryAgain source={source} />
    </>
  );
}

function TryAgain({ source }: { source: Source }) {
  const sync = useSyncNow();
  const remove = useRemoveSource(source.id);
  const error = sync.error ?? remove.error;
  return (
    <div className="mt-3 flex flex-col gap-3 pl-7.5">
      {error !== null && <ErrorNote error={error} />}
      <div className="flex flex-wrap gap-2">
        <Button size="small" busy={sync.isPending} onClick={() => sync.mutate(source.id)}>
          Sync again
        </Button>
        <Button size="small" busy={remove.isPending} onClick={() => remove.mutate()}>
          Remove it and start over
        </Button>
      </div>
    </div>
  );
}

function Line({ icon, text }: { icon: ReactNode; text: string }) {
  return (
    <p className="flex gap-2.5">
      <span className="mt-px flex size-5 shrink-0 items-center justify-center" aria-hidden="true">
        {icon}
      </span>
      <span className="min-w-0 font-medium wrap-anywhere">{text}</span>
    </p>
  );
}
