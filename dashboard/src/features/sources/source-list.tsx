import { CircleAlert, Lightbulb, RefreshCw } from "lucide-react";
import { useMay } from "../../api/session.ts";
import { Badge, StateBadge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { RowLink, Table, Td, Th, Tr } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { plural, sentence } from "../../ui/words.ts";
import { useSyncNow } from "./source-api.ts";
import type { Source } from "./source-api.ts";

export function SourceList({ sources }: { sources: Source[] }) {
  const mayWrite = useMay("sources:write");
  return (
    <Table
      label="Sources"
      stacks
      head={
        <>
          <Th>Source</Th>
          <Th className="max-md:hidden">State</Th>
          <Th className="text-right max-md:hidden">Packages</Th>
          <Th className="text-right max-md:hidden">Versions</Th>
          <Th className="max-lg:hidden">Last sync</Th>
          <Th className="max-lg:hidden">Next sync</Th>
          {mayWrite && (
            <Th>
              <span className="sr-only">Actions</span>
            </Th>
          )}
        </>
      }
    >
      {sources.map((source) => (
        <SourceRow key={source.id} source={source} mayWrite={mayWrite} />
      ))}
    </Table>
  );
}

function SourceRow({ source, mayWrite }: { source: Source; mayWrite: boolean }) {
  return (
    <Tr>
      <Td className="w-full max-w-0 min-w-44 py-3 align-top">
        <RowLink to={`/sources/${source.id}`} className="block truncate">
          <bdi>{source.name}</bdi>
        </RowLink>
        <p className="truncate text-ink-3" title={source.url}>
          <bdi>{source.url}</bdi>
        </p>
        <p className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-ink-3 md:hidden">
          <StateBadge state={source.state} />
          {plural(source.versions, "version")}
          <LastSync source={source} prefix="synced " />
        </p>
        {source.skipped_releases > 0 && (
          <p className="mt-1.5">
            <Badge tone="warn">{plural(source.skipped_releases, "skipped release")}</Badge>
          </p>
        )}
        {source.hints.length > 0 && (
          <p className="mt-1.5 flex gap-1.5 text-ink-2">
            <Lightbulb className="mt-1 size-3.5 shrink-0 text-warn" aria-hidden="true" />
            <span className="min-w-0">{plural(source.hints.length, "hint")}</span>
          </p>
        )}
        {source.state === "failing" && source.state_detail !== null && <Remedy text={source.state_detail} />}
      </Td>
      <Td className="py-3 align-top max-md:hidden">
        <StateBadge state={source.state} />
      </Td>
      <Td className="py-3 text-right align-top tabular-nums max-md:hidden">{source.packages.toLocaleString()}</Td>
      <Td className="py-3 text-right align-top tabular-nums max-md:hidden">{source.versions.toLocaleString()}</Td>
      <Td className="py-3 align-top whitespace-nowrap text-ink-2 max-lg:hidden">
        <LastSync source={source} />
      </Td>
      <Td className="py-3 align-top whitespace-nowrap text-ink-2 max-lg:hidden">
        {source.state === "syncing" ? "At it now" : <Time at={source.next_sync_at} />}
      </Td>
      {mayWrite && (
        <Td className="py-2.5 text-right align-top">
          <SyncNowButton source={source} />
        </Td>
      )}
    </Tr>
  );
}

function LastSync({ source, prefix = "" }: { source: Source; prefix?: string }) {
  if (source.synced_at === null) return <span>{prefix === "" ? "Never" : "never synced"}</span>;
  return (
    <span>
      {prefix}
      <Time at={source.synced_at} />
    </span>
  );
}

/** In the server's words: what is wrong, and what to do. */
function Remedy({ text }: { text: string }) {
  return (
    <p className="mt-1.5 flex gap-1.5 text-bad">
      <CircleAlert className="mt-1 size-3.5 shrink-0" aria-hidden="true" />
      <span className="min-w-0 wrap-anywhere">{sentence(text)}</span>
    </p>
  );
}

function SyncNowButton({ source }: { source: Source }) {
  const syncNow = useSyncNow();
  return (
    <span className="relative z-10 inline-flex flex-col items-end gap-1">
      <Button
        size="small"
        icon={<RefreshCw className="size-3.5" />}
        busy={syncNow.isPending || source.state === "syncing"}
        aria-label={`Sync now: ${source.name}`}
        onClick={() => syncNow.mutate(source.id)}
      >
        <span className="max-md:sr-only">Sync now</span>
      </Button>
      {syncNow.isError && <ErrorNote error={syncNow.error} className="w-64 text-left whitespace-normal" />}
    </span>
  );
}
