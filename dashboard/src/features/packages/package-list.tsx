import { Link } from "react-router";
import { Badge } from "../../ui/badge.tsx";
import { RowLink, Table, Td, Th, Tr } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import type { Package } from "./package-api.ts";

export function PackageList({
  packages,
  sourceNames,
}: {
  packages: readonly Package[];
  /** By id; empty where the user may not see sources. */
  sourceNames: ReadonlyMap<string, string>;
}) {
  return (
    <Table
      label="Packages"
      stacks
      head={
        <>
          <Th>Package</Th>
          <Th className="max-sm:hidden">Newest version</Th>
          <Th className="text-right max-md:hidden">Versions</Th>
          <Th className="max-md:hidden">Last release</Th>
          <Th className="max-lg:hidden">Type</Th>
          {sourceNames.size > 0 && <Th className="max-lg:hidden">Source</Th>}
        </>
      }
    >
      {packages.map((one) => (
        <Tr key={one.name}>
          <Td className="w-full max-w-0 min-w-56 py-2.5">
            <p className="flex min-w-0 items-center gap-2">
              <RowLink to={`/packages/${one.name}`} className="min-w-0 truncate">
                {one.name}
              </RowLink>
              {one.abandoned !== null && <Badge tone="warn">Abandoned</Badge>}
            </p>
            {one.description !== null && (
              <p className="truncate text-ink-3">
                <bdi>{one.description}</bdi>
              </p>
            )}
            <p className="flex flex-wrap gap-x-1.5 text-ink-3 md:hidden">
              {one.latest_version !== null && (
                <bdi className="max-w-full truncate sm:hidden">{one.latest_version},</bdi>
              )}
              <LastRelease of={one} />
            </p>
          </Td>
          <Td className="max-sm:hidden">
            {one.latest_version === null ? (
              <span className="text-ink-3">None</span>
            ) : (
              <bdi className="block max-w-44 truncate">{one.latest_version}</bdi>
            )}
          </Td>
          <Td className="text-right text-ink-2 tabular-nums max-md:hidden">{one.versions.toLocaleString()}</Td>
          <Td className="whitespace-nowrap text-ink-2 max-md:hidden">
            <LastRelease of={one} />
          </Td>
          <Td className="text-ink-2 max-lg:hidden">
            <bdi className="block max-w-40 truncate">{one.type ?? "library"}</bdi>
          </Td>
          {sourceNames.size > 0 && (
            <Td className="max-lg:hidden">
              <SourceLink id={one.source} names={sourceNames} />
            </Td>
          )}
        </Tr>
      ))}
    </Table>
  );
}

function LastRelease({ of: { latest_released_at: at } }: { of: Package }) {
  return at === null ? <>No version</> : <Time at={at} as="date" />;
}

function SourceLink({ id, names }: { id: string | null; names: ReadonlyMap<string, string> }) {
  const name = id === null ? undefined : names.get(id);
  if (id === null || name === undefined) return <span className="text-ink-3">Removed</span>;
  return (
    <Link
      to={`/sources/${id}`}
      className="relative z-10 block max-w-48 truncate text-ink-2 hover:text-ink hover:underline"
    >
      <bdi>{name}</bdi>
    </Link>
  );
}
