import { ChevronRight, Tag } from "lucide-react";
import { useId, useMemo, useState } from "react";
import { useMay } from "../../api/session.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { CopyIcon } from "../../ui/copy-button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { SearchInput } from "../../ui/search-input.tsx";
import { Table, Td, Th } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { CorrectDateDialog } from "./correct-date-dialog.tsx";
import { formatBytes, shortReference } from "./format.ts";
import type { PackageName, PackageVersion } from "./package-api.ts";
import { Requirements } from "./requirements.tsx";

const SHOWN_AT_ONCE = 50;

export function VersionList({
  of: name,
  versions,
  withWithdrawn,
  onWithWithdrawn,
}: {
  of: PackageName;
  versions: readonly PackageVersion[];
  withWithdrawn: boolean;
  onWithWithdrawn: (withWithdrawn: boolean) => void;
}) {
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState(SHOWN_AT_ONCE);
  // The address follows a moment later; the tick must not wait for it.
  const [isTicked, setIsTicked] = useState(withWithdrawn);
  const found = useMemo(() => {
    const words = search.toLowerCase();
    return versions.filter(({ version, reference }) => `${version} ${reference}`.toLowerCase().includes(words));
  }, [versions, search]);
  return (
    <Card flush>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-3 border-b border-line px-5 py-3">
        <div className="flex min-w-0 flex-1 basis-60">
          <SearchInput value={search} onChange={setSearch} label="Search versions" placeholder="Version or commit" />
        </div>
        <Checkbox
          label="Show withdrawn versions"
          checked={isTicked}
          onChange={(event) => {
            setIsTicked(event.target.checked);
            onWithWithdrawn(event.target.checked);
          }}
        />
      </div>
      {found.length === 0 ? (
        <EmptyState icon={<Tag />} title={versions.length === 0 ? "No version is offered" : "No version matches"}>
          {versions.length === 0 && "Versions come from the tags and branches of the source, with its next sync."}
        </EmptyState>
      ) : (
        <VersionTable of={name} versions={found.slice(0, shown)} />
      )}
      {shown < found.length && (
        <div className="flex items-center justify-between gap-4 border-t border-line px-5 py-3">
          <p className="text-ink-3 tabular-nums">
            {shown.toLocaleString()} of {found.length.toLocaleString()} shown
          </p>
          <Button size="small" onClick={() => setShown(shown + 4 * SHOWN_AT_ONCE)}>
            Show more
          </Button>
        </div>
      )}
    </Card>
  );
}

function VersionTable({ of: name, versions }: { of: PackageName; versions: readonly PackageVersion[] }) {
  return (
    <Table
      label="Versions"
      head={
        <>
          <Th>Version</Th>
          <Th>Released</Th>
          <Th className="text-right max-sm:hidden">Size</Th>
          <Th className="text-right max-md:hidden">Downloads</Th>
          <Th className="max-md:hidden">Commit</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </>
      }
    >
      {versions.map((version) => (
        <VersionRow key={`${version.version} ${version.reference}`} of={name} version={version} />
      ))}
    </Table>
  );
}

function VersionRow({ of: name, version }: { of: PackageName; version: PackageVersion }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <>
      <tr className="relative transition-colors hover:bg-hover">
        <Td className="w-full max-w-0 min-w-36">
          <button
            type="button"
            aria-expanded={open}
            aria-controls={id}
            onClick={() => setOpen(!open)}
            className="flex w-full min-w-0 items-center gap-2 text-left font-medium after:absolute after:inset-0"
          >
            <ChevronRight
              className={`size-4 shrink-0 text-ink-3 transition-transform ${open ? "rotate-90" : ""}`}
              aria-hidden="true"
            />
            <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
              <bdi className={`min-w-0 wrap-anywhere ${version.withdrawn ? "text-ink-3 line-through" : ""}`}>
                {version.version}
              </bdi>
              {version.withdrawn && <Badge tone="warn">withdrawn</Badge>}
              {version.stability !== "stable" && <Badge>{version.stability}</Badge>}
            </span>
          </button>
        </Td>
        <Td className="whitespace-nowrap text-ink-2">
          <span className="relative z-10">
            <Time at={version.released_at} as="date" />
          </span>
        </Td>
        <Td className="text-right whitespace-nowrap text-ink-2 tabular-nums max-sm:hidden">
          {version.size_bytes === null ? (
            <span className="relative z-10 text-ink-3" title="Known when somebody has asked for its archive">
              –
            </span>
          ) : (
            formatBytes(version.size_bytes)
          )}
        </Td>
        <Td className="text-right tabular-nums max-md:hidden">{version.downloads.toLocaleString()}</Td>
        <Td className="whitespace-nowrap max-md:hidden">
          <span className="relative z-10 flex items-center gap-1">
            <code title={version.reference}>{shortReference(version.reference)}</code>
            <CopyIcon text={version.reference} label="Copy the commit" />
          </span>
        </Td>
        <Td>
          <VersionMenu of={name} version={version} />
        </Td>
      </tr>
      {open && (
        <tr id={id} className="bg-ground">
          <td colSpan={6} className="px-5 py-4">
            <Requirements of={name} version={version.version} />
          </td>
        </tr>
      )}
    </>
  );
}

function VersionMenu({ of: name, version }: { of: PackageName; version: PackageVersion }) {
  const mayWrite = useMay("packages:write");
  const [isCorrecting, setIsCorrecting] = useState(false);
  if (!mayWrite || version.withdrawn) return null;
  return (
    <span className="relative z-10 flex justify-end">
      <Menu label={`More for ${version.version}`}>
        <MenuItem onSelect={() => setIsCorrecting(true)}>Correct the release date</MenuItem>
      </Menu>
      <CorrectDateDialog of={name} version={version} open={isCorrecting} onClose={() => setIsCorrecting(false)} />
    </span>
  );
}
