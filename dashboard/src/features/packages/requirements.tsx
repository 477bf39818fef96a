import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useVersion } from "./package-api.ts";
import type { PackageName, VersionDetail } from "./package-api.ts";

type Kind = keyof VersionDetail["requirements"];

const KINDS: readonly { kind: Kind; title: string; note: string }[] = [
  { kind: "require", title: "Requires", note: "A customer's token must cover these too, where they are hosted here." },
  { kind: "require-dev", title: "Requires for its own development", note: "Not installed at a customer's." },
  { kind: "conflict", title: "Conflicts with", note: "Cannot be installed together." },
  { kind: "replace", title: "Replaces", note: "Stands in for these packages." },
  { kind: "provide", title: "Provides", note: "Virtual packages that it implements." },
  { kind: "suggest", title: "Suggests", note: "Said after an installation." },
];

/** What one version requires, read when it is looked at. */
export function Requirements({ of: name, version }: { of: PackageName; version: string }) {
  const detail = useVersion(name, version);
  if (detail.isPending) return <Skeleton className="h-20 w-full" />;
  if (detail.isError) return <ErrorNote error={detail.error} onRetry={() => void detail.refetch()} />;
  const shown = KINDS.filter(({ kind }) => Object.keys(detail.data.requirements[kind]).length > 0);
  if (shown.length === 0) return <p className="text-ink-3">It requires nothing.</p>;
  return (
    <div className="grid gap-x-10 gap-y-5 lg:grid-cols-2">
      {shown.map(({ kind, title, note }) => (
        <section key={kind} className="min-w-0">
          <h3 className="font-medium">{title}</h3>
          <p className="text-[0.93rem] text-ink-3">{note}</p>
          <ul className="mt-2 divide-y divide-line rounded-lg border border-line bg-surface">
            {Object.entries(detail.data.requirements[kind]).map(([required, constraint]) => (
              <li key={required} className="flex flex-wrap justify-between gap-x-6 px-3.5 py-1.5">
                <bdi className="min-w-0 wrap-anywhere">{required}</bdi>
                <code className="min-w-0 wrap-anywhere text-ink-2">
                  <bdi>{constraint}</bdi>
                </code>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

export function RequirementsCard({ of: name, version }: { of: PackageName; version: string | undefined }) {
  if (version === undefined) return <Card>No version is offered, so nothing is required.</Card>;
  return (
    <Card
      title={
        <>
          Requirements of <bdi className="wrap-anywhere">{version}</bdi>
        </>
      }
      description="The newest version. Those of the others are with each version."
    >
      <Requirements of={name} version={version} />
    </Card>
  );
}
