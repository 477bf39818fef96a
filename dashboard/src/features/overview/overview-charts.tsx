import { useMemo } from "react";
import { Card } from "../../ui/card.tsx";
import { DayChart } from "../../ui/chart.tsx";
import type { Series } from "../../ui/chart.tsx";
import type { Overview } from "./overview.ts";

type Days = Overview["days"];

export function OverviewCharts({ days }: { days: Days }) {
  const times = useMemo(() => days.map((day) => day.day), [days]);
  const sales = useMemo<Series[]>(
    () => [
      { label: "Sales", values: days.map((day) => day.sales), color: "--accent", kind: "bars" },
      { label: "Revoked", values: days.map((day) => day.revoked), color: "--bad", kind: "line" },
    ],
    [days],
  );
  const installs = useMemo<Series[]>(
    () => [
      { label: "Downloads", values: days.map((day) => day.downloads), color: "--good" },
      { label: "Refused", values: days.map((day) => day.refused), color: "--warn", kind: "line" },
    ],
    [days],
  );
  const sum = (of: (day: Days[number]) => number) => days.reduce((total, day) => total + of(day), 0).toLocaleString();
  return (
    <div className="grid gap-5 lg:grid-cols-2">
      <Card title="Sales" description="Tokens created, and tokens revoked">
        <DayChart
          days={times}
          series={sales}
          summary={`Sales in ${String(days.length)} days: ${sum((day) => day.sales)} tokens created, ${sum((day) => day.revoked)} revoked.`}
        />
      </Card>
      <Card title="Installs" description="Archives downloaded by composer, and requests refused">
        <DayChart
          days={times}
          series={installs}
          summary={`Installs in ${String(days.length)} days: ${sum((day) => day.downloads)} downloads, ${sum((day) => day.refused)} refused requests.`}
        />
      </Card>
    </div>
  );
}
