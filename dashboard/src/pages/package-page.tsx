import { lazy, Suspense, useState } from "react";
import { Link, useParams } from "react-router";
import { useMay } from "../api/session.ts";
import { ExplainLink } from "../features/explain/explain-link.tsx";
import { AccessList } from "../features/packages/access-list.tsx";
import { Downloads } from "../features/packages/downloads.tsx";
import { PackageOverview } from "../features/packages/package-overview.tsx";
import { usePackage } from "../features/packages/package-api.ts";
import type { PackageDetail, PackageName } from "../features/packages/package-api.ts";
import { RequirementsCard } from "../features/packages/requirements.tsx";
import { newestOf } from "../features/packages/newest.ts";
import { VersionList } from "../features/packages/version-list.tsx";
import { HintsCard } from "../features/sources/hint-list.tsx";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Page } from "../ui/page.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { TabLinks } from "../ui/tabs.tsx";
import { useFilters } from "../ui/use-filters.ts";
import { Component as NotFound } from "./not-found-page.tsx";

const EditPackageDialog = lazy(async () => ({
  default: (await import("../features/packages/edit-package-dialog.tsx")).EditPackageDialog,
}));

const CRUMBS = [{ to: "/packages", label: "Packages" }];
const PARTS = ["versions", "requirements", "access", "downloads"];

export function Component() {
  const { vendor = "", name = "", part } = useParams();
  const [filters, setFilters] = useFilters(["withdrawn"]);
  const withWithdrawn = filters.withdrawn === "include";
  const found = usePackage({ vendor, name }, withWithdrawn);
  const mayEdit = useMay("packages:write");
  const [isEditing, setIsEditing] = useState(false);
  if (part !== undefined && !PARTS.includes(part)) return <NotFound />;
  return (
    <Page
      title={`${vendor}/${name}`}
      heading={<bdi className="wrap-anywhere">{`${vendor}/${name}`}</bdi>}
      crumbs={CRUMBS}
      actions={
        mayEdit && found.data !== undefined ? <Button onClick={() => setIsEditing(true)}>Edit</Button> : undefined
      }
      {...(found.data === undefined ? {} : { description: <Description of={found.data} /> })}
    >
      {found.isError && <ErrorNote error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && (
        <Card flush>
          <SkeletonRows rows={6} />
        </Card>
      )}
      {found.data !== undefined && (
        <>
          <PackageTabs of={found.data} />
          {isEditing && (
            <Suspense>
              <EditPackageDialog of={found.data} name={{ vendor, name }} open onClose={() => setIsEditing(false)} />
            </Suspense>
          )}
          <Part
            of={found.data}
            name={{ vendor, name }}
            part={part}
            withWithdrawn={withWithdrawn}
            onWithWithdrawn={(include) => setFilters({ withdrawn: include ? "include" : "" })}
          />
          {part === undefined && <HintsCard hints={found.data.hints} />}
        </>
      )}
    </Page>
  );
}

function Description({ of }: { of: PackageDetail }) {
  return (
    <div className="flex flex-col gap-2">
      {of.description !== null && <bdi className="wrap-anywhere">{of.description}</bdi>}
      {of.successor !== null && (
        <span className="flex flex-wrap items-center gap-2">
          <Badge tone="neutral">Renamed</Badge>
          <span className="min-w-0 wrap-anywhere">
            all that opens it opens{" "}
            <Link to={`/packages/${of.successor}`} className="text-accent-text underline">
              <bdi>{of.successor}</bdi>
            </Link>{" "}
            too
          </span>
        </span>
      )}
      {of.abandoned !== null && (
        <span className="flex flex-wrap items-center gap-2">
          <Badge tone="warn">Abandoned</Badge>
          {of.abandoned !== "" && (
            <span className="min-w-0 wrap-anywhere">
              composer tells customers to use <bdi>{of.abandoned}</bdi> instead
            </span>
          )}
        </span>
      )}
    </div>
  );
}

function PackageTabs({ of }: { of: PackageDetail }) {
  const mayTokens = useMay("tokens:read");
  const mayUsage = useMay("usage:read");
  const base = `/packages/${of.name}`;
  return (
    <TabLinks
      label="Parts of the package"
      tabs={[
        { to: base, label: "Overview" },
        { to: `${base}/versions`, label: "Versions", count: of.versions.filter((one) => !one.withdrawn).length },
        { to: `${base}/requirements`, label: "Requirements" },
        ...(mayTokens ? [{ to: `${base}/access`, label: "Who can install it" }] : []),
        ...(mayUsage ? [{ to: `${base}/downloads`, label: "Downloads" }] : []),
      ]}
    />
  );
}

function Part({
  of,
  name,
  part,
  withWithdrawn,
  onWithWithdrawn,
}: {
  of: PackageDetail;
  name: PackageName;
  part: string | undefined;
  withWithdrawn: boolean;
  onWithWithdrawn: (withWithdrawn: boolean) => void;
}) {
  switch (part) {
    case "versions":
      return (
        <VersionList of={name} versions={of.versions} withWithdrawn={withWithdrawn} onWithWithdrawn={onWithWithdrawn} />
      );
    case "requirements":
      return <RequirementsCard of={name} version={newestOf(of.versions)?.version} />;
    case "access":
      return <AccessList of={name} actions={<ExplainLink asked={{ packageName: of.name }} size="small" />} />;
    case "downloads":
      return <Downloads of={of} />;
    case undefined:
    default:
      return <PackageOverview of={of} />;
  }
}
