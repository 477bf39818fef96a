import { ChartColumn } from "lucide-react";
import { useMemo } from "react";
import { Card } from "../../ui/card.tsx";
import { DayChart } from "../../ui/chart.tsx";
import type { Series } from "../../ui/chart.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { plural } from "../../ui/words.ts";
import type { UsageRow } from "./usage.ts";
import type { useDailyUsage } from "./report.ts";

const HEIGHT = 220;

/** Per day, of what was asked for; requests only where no package is. */
export function UsageChartCard({
  usage,
  ofPackage,
}: {
  usage: ReturnType<typeof useDailyUsage>;
  /** Then there are no requests to show. */
  ofPackage: boolean;
}) {
  const rows = usage.data;
  const isUnused = rows?.every((row) => (row.requests ?? 0) + row.downloads + row.installs === 0) ?? false;
  return (
    <Card
      title="Per day"
      description={
        ofPackage
          ? "Requests are not counted by package. Days are those of UTC."
          : "What composer asked for. Days are those of UTC."
      }
    >
      {usage.error !== null && <ErrorNote error={usage.error} onRetry={() => void usage.refetch()} />}
      {rows !== undefined && usage.error === null && isUnused && (
        <EmptyState icon={<ChartColumn />} title="Not used in this time">
          Composer has not asked for anything of it.
        </EmptyState>
      )}
      {rows !== undefined && usage.error === null && !isUnused && <Chart rows={rows} />}
    </Card>
  );
}

function Chart({ rows }: { rows: UsageRow[] }) {
  const days = useMemo(() => rows.map((row) => row.day ?? 0), [rows]);
  const hasRequests = rows.some((row) => row.requests !== null);
  const series = useMemo<Series[]>(
    () => [
      ...(hasRequests
        ? [
            {
              ...{ label: "Requests", values: rows.map((row) => row.requests ?? 0) },
              ...{ color: "--accent", kind: "area" as const },
            },
          ]
        : []),
      {
        ...{ label: "Downloads", values: rows.map((row) => row.downloads) },
        ...(hasRequests ? { color: "--good", kind: "line" as const } : { color: "--accent", kind: "area" as const }),
      },
      { label: "Installs", values: rows.map((row) => row.installs), color: "--warn", kind: "line" },
    ],
    [rows, hasRequests],
  );
  const sum = (name: "requests" | "downloads" | "installs") => rows.reduce((total, row) => total + (row[name] ?? 0), 0);
  const parts = [
    ...(hasRequests ? [plural(sum("requests"), "request")] : []),
    plural(sum("downloads"), "download"),
    plural(sum("installs"), "install"),
  ];
  const summary = `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""} in ${plural(rows.length, "day")}`;
  return (
    <>
      <p className="mb-2 text-ink-2 tabular-nums">{summary}.</p>
      <DayChart days={days} series={series} height={HEIGHT} summary={summary} />
    </>
  );
}
