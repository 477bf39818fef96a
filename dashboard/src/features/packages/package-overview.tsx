import { Link } from "react-router";
import { Card, Fact, Facts } from "../../ui/card.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Time } from "../../ui/time.tsx";
import { formatBytes } from "./format.ts";
import { newestOf } from "./newest.ts";
import type { PackageDetail } from "./package-api.ts";
import { Readme } from "./readme.tsx";
import { useSourceNames, useSubmodulesLeftOut } from "./use-source-names.ts";

export function PackageOverview({ of }: { of: PackageDetail }) {
  const newest = newestOf(of.versions);
  const command = `composer require ${of.name}${newest === undefined || newest.stability === "stable" ? "" : `:${newest.version}`}`;
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="flex min-w-0 flex-col gap-5 max-lg:order-2">
        <Readme readme={of.readme} />
      </div>
      <div className="flex min-w-0 flex-col gap-5 max-lg:order-1">
        <CodeBlock code={command} title="Install" label="Copy" />
        <Card title="About this package">
          <PackageFacts of={of} />
        </Card>
      </div>
    </div>
  );
}

function PackageFacts({ of }: { of: PackageDetail }) {
  const newest = newestOf(of.versions);
  const leftOut = useSubmodulesLeftOut(of.source);
  return (
    <Facts>
      <Fact name="Newest version">
        {newest === undefined ? "None is offered" : <bdi className="wrap-anywhere">{newest.version}</bdi>}
      </Fact>
      {newest !== undefined && (
        <>
          <Fact name="Released">
            <Time at={newest.released_at} as="date" />
          </Fact>
          {newest.size_bytes !== null && <Fact name="Size">{formatBytes(newest.size_bytes)}</Fact>}
        </>
      )}
      <Fact name="Type">
        <bdi className="wrap-anywhere">{of.type ?? "library"}</bdi>
      </Fact>
      <Fact name="Downloads">{of.downloads.toLocaleString()}</Fact>
      <Fact name="Source">
        <SourceOf id={of.source} />
      </Fact>
      {leftOut.length > 0 && (
        <Fact name="Git submodules">
          <span className="wrap-anywhere">{leftOut.join(", ")}: left out, so empty for customers</span>
        </Fact>
      )}
      <Fact name="Changed">
        <Time at={of.updated_at} />
      </Fact>
    </Facts>
  );
}

function SourceOf({ id }: { id: string | null }) {
  const names = useSourceNames();
  if (id === null) return <>Removed</>;
  const name = names.get(id);
  if (name === undefined) return <code className="break-all">{id}</code>;
  return (
    <Link to={`/sources/${id}`} className="wrap-anywhere hover:underline">
      <bdi>{name}</bdi>
    </Link>
  );
}
