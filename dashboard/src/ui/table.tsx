import type { ReactNode, TdHTMLAttributes, ThHTMLAttributes } from "react";
import { Link } from "react-router";
import { classNames } from "./class-names.ts";

/** A list of things with columns; on a phone it scrolls sideways inside itself, never the page. */
export function Table({
  label,
  head,
  stacks = false,
  children,
}: {
  label: string;
  head: ReactNode;
  /** On a phone everything stands in the first column, which needs no name there. */
  stacks?: boolean;
  children: ReactNode;
}) {
  return (
    <div className="overflow-x-auto" role="region" aria-label={label} tabIndex={0}>
      <table className="w-full border-collapse text-left">
        <thead className={stacks ? "max-sm:sr-only" : undefined}>
          <tr className="border-b border-line">{head}</tr>
        </thead>
        <tbody className="divide-y divide-line">{children}</tbody>
      </table>
    </div>
  );
}

export function Th({ className, ...rest }: ThHTMLAttributes<HTMLTableCellElement>) {
  return (
    <th
      scope="col"
      className={classNames(
        "h-10 px-3 text-[0.93rem] font-medium whitespace-nowrap text-ink-3 first:pl-5 last:pr-5",
        className,
      )}
      {...rest}
    />
  );
}

export function Td({ className, ...rest }: TdHTMLAttributes<HTMLTableCellElement>) {
  return <td className={classNames("h-13 px-3 py-2 align-middle first:pl-5 last:pr-5", className)} {...rest} />;
}

/** A row that leads somewhere: its first cell holds the {@link RowLink}, which covers the whole row. */
export function Tr({ children }: { children: ReactNode }) {
  return <tr className="relative transition-colors hover:bg-hover">{children}</tr>;
}

/** The link of a row; buttons in other cells of the row need `relative z-10` to stay above it. */
export function RowLink({ to, className, children }: { to: string; className?: string; children: ReactNode }) {
  return (
    <Link
      to={to}
      className={classNames("font-medium after:absolute after:inset-0 focus-visible:outline-offset-4", className)}
    >
      {children}
    </Link>
  );
}
