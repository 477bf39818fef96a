import { ChartColumn } from "lucide-react";
import { useMemo, useState } from "react";
import { Card } from "../../ui/card.tsx";
import { DayChart } from "../../ui/chart.tsx";
import type { Series } from "../../ui/chart.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { CONTROL } from "../../ui/field.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { plural } from "../../ui/words.ts";
import { useUsage } from "./usage.ts";
import type { UsageOf, UsageRow, UsageSpan } from "./usage.ts";
import { UsageTable } from "./usage-table.tsx";

const SPANS: UsageSpan[] = [30, 90, 365];
const HEIGHT = 190;

/** Requests and downloads per day, and below what was downloaded, by package and version. */
export function UsageCard({ of }: { of: UsageOf }) {
  const [span, setSpan] = useState<UsageSpan>(30);
  const usage = useUsage(of, span, "day");
  const rows = usage.data;
  const isUnused = rows?.every((row) => (row.requests ?? 0) + row.downloads + row.installs === 0) ?? false;
  return (
    <Card
      title="Use"
      description="What composer asked for, per day (UTC)."
      flush
      actions={
        <select
          aria-label="Time span"
          value={span}
          onChange={(event) => setSpan(Number(event.target.value) as UsageSpan)}
          className={`${CONTROL} h-8 max-w-40`}
        >
          {SPANS.map((days) => (
            <option key={days} value={days}>
              {days === 365 ? "Last year" : `Last ${days} days`}
            </option>
          ))}
        </select>
      }
    >
      {usage.error !== null && <ErrorNote error={usage.error} className="m-4" onRetry={() => void usage.refetch()} />}
      {usage.isPending && (
        <div className="px-5 py-4">
          <Skeleton className="h-55 w-full" />
        </div>
      )}
      {rows !== undefined && isUnused && (
        <EmptyState icon={<ChartColumn />} title="Not used in this time">
          Composer has not asked for anything with it.
        </EmptyState>
      )}
      {rows !== undefined && !isUnused && (
        <>
          <div className="px-5 pt-4 pb-3">
            <UsageChart rows={rows} />
          </div>
          <UsageTable of={of} span={span} />
        </>
      )}
    </Card>
  );
}

function UsageChart({ rows }: { rows: UsageRow[] }) {
  const days = useMemo(() => rows.map((row) => row.day ?? 0), [rows]);
  const series = useMemo<Series[]>(
    () => [
      { label: "Requests", values: rows.map((row) => row.requests ?? 0), color: "--accent", kind: "area" },
      { label: "Downloads", values: rows.map((row) => row.downloads), color: "--good", kind: "line" },
    ],
    [rows],
  );
  const sum = (name: "requests" | "downloads") => rows.reduce((total, row) => total + (row[name] ?? 0), 0);
  const summary = `${plural(sum("requests"), "request")} and ${plural(sum("downloads"), "download")} in ${rows.length} days`;
  return (
    <>
      <p className="mb-2 text-ink-2 tabular-nums">{summary}.</p>
      <DayChart days={days} series={series} height={HEIGHT} summary={summary} />
    </>
  );
}
