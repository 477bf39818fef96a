import type { ReactNode } from "react";
import { Link } from "react-router";
import { Skeleton } from "../../ui/skeleton.tsx";

/** A number with its name; leads to the list behind it. */
export function Figure({
  name,
  value,
  note,
  to,
}: {
  name: string;
  value: number | undefined;
  note?: ReactNode;
  to?: string;
}) {
  const content = (
    <>
      <p className="text-ink-3">{name}</p>
      <div className="mt-1 text-[1.85rem] leading-9 font-semibold tracking-[-0.02em] tabular-nums">
        {value === undefined ? <Skeleton className="my-1 h-7 w-20" /> : value.toLocaleString()}
      </div>
      <p className="mt-0.5 min-h-5.5 text-[0.93rem] text-ink-3">{note}</p>
    </>
  );
  const frame = "block min-w-0 rounded-xl border border-line bg-surface px-5 py-4 shadow-card";
  return to === undefined ? (
    <div className={frame}>{content}</div>
  ) : (
    <Link to={to} className={`${frame} transition-colors hover:border-line-strong hover:bg-hover`}>
      {content}
    </Link>
  );
}
