import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useIsDark } from "../layout/theme.ts";

/** So that the bars of the first and the last day are whole. */
const HALF_DAY = 43_200;

export interface Series {
  label: string;
  values: number[];
  /** One of the colours of the theme, such as `--accent`. */
  color: string;
  kind?: "area" | "bars" | "line";
}

/**
 * Values per day. What it shows is also in `summary`, for who cannot see it, and under the pointer in the legend.
 * `days` are Unix seconds of midnights in UTC.
 */
export function DayChart({
  days,
  series,
  height = 200,
  summary,
}: {
  days: number[];
  series: Series[];
  height?: number;
  summary: string;
}) {
  const ref = useRef<HTMLDivElement>(null);
  const isDark = useIsDark();
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const plot = new uPlot(
      optionsOf(series, element.clientWidth, height),
      [days, ...series.map((one) => one.values)],
      element,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [days, series, height, isDark]);
  return (
    <div
      ref={ref}
      role="img"
      aria-label={summary}
      className="min-w-0 [&_.u-legend]:text-[0.93rem] [&_.u-legend]:text-ink-2"
      style={{ minHeight: height + 30 }}
    />
  );
}

function optionsOf(series: Series[], width: number, height: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--ink-3"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    font: `12px ${style.getPropertyValue("font-family") || "sans-serif"}`,
  };
  return {
    ...{ width, height, tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), "UTC") },
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: (_plot, min, max) => [min - HALF_DAY, max + HALF_DAY] },
      y: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 30, values: "{MMM} {D}", space: 70 },
      {
        ...axis,
        size: 44,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000, 1_000_000],
      },
    ],
    series: [
      { label: "Day", value: "{MMM} {D}, {YYYY}" },
      ...series.map((one): uPlot.Series => {
        const stroke = color(one.color);
        const bars =
          one.kind === "bars" && uPlot.paths.bars !== undefined
            ? { paths: uPlot.paths.bars({ size: [0.6, 28], radius: 0.2 }) }
            : {};
        const fill = one.kind === "line" ? {} : { fill: one.kind === "bars" ? stroke : `${stroke}22` };
        return {
          label: one.label,
          stroke,
          width: one.kind === "bars" ? 0 : 2,
          points: { show: false },
          ...bars,
          ...fill,
        };
      }),
    ],
  };
}
