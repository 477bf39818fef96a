import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { Button } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Table, Td, Th } from "../../ui/table.tsx";
import { useUsage, versionText } from "./usage.ts";
import type { UsageOf, UsageRow, UsageSpan } from "./usage.ts";

const SHOWN_FIRST = 6;

/** What was downloaded, most first; each package opens to its versions. */
export function UsageTable({ of, span }: { of: UsageOf; span: UsageSpan }) {
  const [all, setAll] = useState(false);
  const usage = useUsage(of, span, "package");
  if (usage.error !== null) return <ErrorNote error={usage.error} className="m-4" />;
  const used = (usage.data ?? []).filter((row) => row.downloads + row.installs > 0);
  if (used.length === 0) return null;
  const rows = all ? used : used.slice(0, SHOWN_FIRST);
  return (
    <div className="border-t border-line">
      <Table
        label="Use by package"
        head={
          <>
            <Th>Package</Th>
            <Th className="text-right">Downloads</Th>
            <Th className="text-right">Installs</Th>
          </>
        }
      >
        {rows.map((row) => (
          <PackageRows key={row.package} of={of} span={span} row={row} opened={used.length === 1} />
        ))}
      </Table>
      {used.length > SHOWN_FIRST && (
        <div className="border-t border-line px-5 py-2.5">
          <Button size="small" kind="quiet" className="-ml-2.5" onClick={() => setAll(!all)}>
            {all ? "Show fewer" : `Show all ${used.length.toLocaleString()}`}
          </Button>
        </div>
      )}
    </div>
  );
}

function PackageRows({ of, span, row, opened }: { of: UsageOf; span: UsageSpan; row: UsageRow; opened: boolean }) {
  const [open, setOpen] = useState(opened);
  const name = row.package ?? "";
  return (
    <>
      <tr>
        <Td className="h-11">
          <span className="flex items-center gap-1.5">
            <button
              type="button"
              aria-expanded={open}
              aria-label={`Versions of ${name}`}
              onClick={() => setOpen(!open)}
              className="-ml-1.5 inline-flex size-7 shrink-0 items-center justify-center rounded-md text-ink-3 hover:bg-hover hover:text-ink"
            >
              <ChevronRight className={classNames("size-4 transition-transform", open && "rotate-90")} />
            </button>
            <Link to={`/packages/${name}`} className="[overflow-wrap:anywhere] hover:underline">
              {name}
            </Link>
          </span>
        </Td>
        <Counts row={row} />
      </tr>
      {open && <VersionRows of={of} span={span} name={name} />}
    </>
  );
}

function VersionRows({ of, span, name }: { of: UsageOf; span: UsageSpan; name: string }) {
  const usage = useUsage(of, span, "version", name);
  if (usage.error !== null) {
    return (
      <tr>
        <Td colSpan={3}>
          <ErrorNote error={usage.error} />
        </Td>
      </tr>
    );
  }
  return usage.data
    ?.filter((row) => row.downloads + row.installs > 0)
    .map((row) => (
      <tr key={row.version_normalized} className="text-ink-2">
        <Td className="h-10">
          <span className="pl-7">{versionText(row.version_normalized ?? "")}</span>
        </Td>
        <Counts row={row} />
      </tr>
    ));
}

function Counts({ row }: { row: UsageRow }) {
  return (
    <>
      <Td className="h-11 w-28 text-right tabular-nums">{row.downloads.toLocaleString()}</Td>
      <Td className="h-11 w-28 text-right tabular-nums">{row.installs.toLocaleString()}</Td>
    </>
  );
}
