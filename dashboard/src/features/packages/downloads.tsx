import { ChartColumn } from "lucide-react";
import { useMemo, useState } from "react";
import { Card } from "../../ui/card.tsx";
import { DayChart } from "../../ui/chart.tsx";
import type { Series } from "../../ui/chart.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { CONTROL } from "../../ui/field.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Table, Td, Th } from "../../ui/table.tsx";
import { plural } from "../../ui/words.ts";
import { usePackageUsage } from "./package-api.ts";
import type { PackageDetail, UsageRow } from "./package-api.ts";

const SPANS = [30, 90, 365];

/** Per day, and below by version. */
export function Downloads({ of }: { of: PackageDetail }) {
  const [days, setDays] = useState(30);
  const usage = usePackageUsage(of.name, days, "day");
  const isUnused = usage.data?.every((row) => row.downloads + row.installs === 0) ?? false;
  return (
    <Card
      title="Downloads"
      description={`${of.downloads.toLocaleString()} of all versions, ever. Per day in UTC.`}
      flush
      actions={
        <select
          aria-label="Time span"
          value={days}
          onChange={(event) => setDays(Number(event.target.value))}
          className={`${CONTROL} h-8 max-w-40`}
        >
          {SPANS.map((span) => (
            <option key={span} value={span}>
              {span === 365 ? "Last year" : `Last ${String(span)} days`}
            </option>
          ))}
        </select>
      }
    >
      {usage.isPending && (
        <div className="px-5 py-4">
          <Skeleton className="h-55 w-full" />
        </div>
      )}
      {usage.isError && <ErrorNote error={usage.error} onRetry={() => void usage.refetch()} className="m-5" />}
      {isUnused && (
        <EmptyState icon={<ChartColumn />} title="Nobody downloaded it in this time">
          A download counts when composer fetches an archive; an install also when it takes the archive from its cache.
        </EmptyState>
      )}
      {usage.data !== undefined && !isUnused && (
        <>
          <div className="px-5 pt-4 pb-3">
            <DownloadChart rows={usage.data} />
          </div>
          <ByVersion of={of} days={days} />
        </>
      )}
    </Card>
  );
}

function DownloadChart({ rows }: { rows: UsageRow[] }) {
  const days = useMemo(() => rows.map((row) => row.day ?? 0), [rows]);
  const series = useMemo<Series[]>(
    () => [
      { label: "Downloads", values: rows.map((row) => row.downloads), color: "--accent", kind: "area" },
      { label: "Installs", values: rows.map((row) => row.installs), color: "--good", kind: "line" },
    ],
    [rows],
  );
  const sum = (name: "downloads" | "installs") => rows.reduce((total, row) => total + row[name], 0);
  const summary = `${plural(sum("downloads"), "download")} and ${plural(sum("installs"), "install")} in ${String(rows.length)} days`;
  return (
    <>
      <p className="mb-2 text-ink-2 tabular-nums">{summary}.</p>
      <DayChart days={days} series={series} height={190} summary={summary} />
    </>
  );
}

/** A version that is not offered any more is named as the server counts it. */
function ByVersion({ of, days }: { of: PackageDetail; days: number }) {
  const usage = usePackageUsage(of.name, days, "version");
  if (usage.isError) return <ErrorNote error={usage.error} className="m-5" />;
  const names = new Map(of.versions.map((one) => [one.version_normalized, one.version]));
  const rows = (usage.data ?? []).filter((row) => row.downloads + row.installs > 0);
  if (rows.length === 0) return null;
  return (
    <div className="border-t border-line">
      <Table
        label="Downloads by version"
        head={
          <>
            <Th>Version</Th>
            <Th className="text-right">Downloads</Th>
            <Th className="text-right">Installs</Th>
          </>
        }
      >
        {rows.map((row) => (
          <tr key={row.version_normalized}>
            <Td className="h-11 wrap-anywhere">
              <bdi>{names.get(row.version_normalized ?? "") ?? row.version_normalized}</bdi>
            </Td>
            <Td className="h-11 text-right tabular-nums">{row.downloads.toLocaleString()}</Td>
            <Td className="h-11 text-right tabular-nums">{row.installs.toLocaleString()}</Td>
          </tr>
        ))}
      </Table>
    </div>
  );
}
