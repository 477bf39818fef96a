import { Pencil, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useMay } from "../api/session.ts";
import { EditSourceDialog } from "../features/sources/edit-source-dialog.tsx";
import { HintsCard } from "../features/sources/hint-list.tsx";
import { RemoveSourceDialog } from "../features/sources/remove-source-dialog.tsx";
import { SkippedRefs } from "../features/sources/skipped-refs.tsx";
import { useSource, useSyncNow } from "../features/sources/source-api.ts";
import type { SourceDetail } from "../features/sources/source-api.ts";
import { SourceFacts } from "../features/sources/source-facts.tsx";
import { SourcePackages } from "../features/sources/source-packages.tsx";
import { SyncCard } from "../features/sources/sync-card.tsx";
import { SyncRuns } from "../features/sources/sync-runs.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { Page } from "../ui/page.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { useToast } from "../ui/toast.tsx";
import { plural } from "../ui/words.ts";

const CRUMBS = [{ to: "/sources", label: "Sources" }];

export function Component() {
  const { id = "" } = useParams();
  const source = useSource(id);
  if (source.data !== undefined) return <SourceView key={id} source={source.data} />;
  return (
    <Page title="Source" crumbs={CRUMBS}>
      {source.isError ? (
        <ErrorNote error={source.error} onRetry={() => void source.refetch()} />
      ) : (
        <Card flush>
          <SkeletonRows rows={4} />
        </Card>
      )}
    </Page>
  );
}

function SourceView({ source }: { source: SourceDetail }) {
  return (
    <Page
      title={source.name}
      heading={<bdi className="wrap-anywhere">{source.name}</bdi>}
      description={<bdi className="wrap-anywhere text-ink-3">{source.url}</bdi>}
      crumbs={CRUMBS}
      actions={<SourceActions source={source} />}
    >
      <SyncCard source={source} />
      <SkippedReleases count={source.skipped_releases} />
      <HintsCard hints={source.hints} />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <SourceFacts source={source} />
        <SourcePackages names={source.package_names} />
      </div>
      <SkippedRefs skipped={source.skipped} />
      <SyncRuns sourceId={source.id} />
    </Page>
  );
}

/** Each of them, and what to do, is in the list below and among what needs attention. */
function SkippedReleases({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <Note tone="warn">
      {plural(count, "new tag looks", "new tags look")} like a release, and nobody gets {count === 1 ? "it" : "them"}:
      what to do is said below and under{" "}
      <Link to="/" className="underline">
        needs attention
      </Link>
      , where it can be dismissed.
    </Note>
  );
}

function SourceActions({ source }: { source: SourceDetail }) {
  const mayWrite = useMay("sources:write");
  const [dialog, setDialog] = useState<"edit" | "remove">();
  const syncNow = useSyncNow();
  const navigate = useNavigate();
  const toast = useToast();
  if (!mayWrite) return null;
  const close = () => setDialog(undefined);
  return (
    <>
      <Button
        icon={<RefreshCw className="size-4" />}
        busy={syncNow.isPending || source.state === "syncing"}
        onClick={() => syncNow.mutate(source.id)}
      >
        Sync now
      </Button>
      <Button icon={<Pencil className="size-4" />} onClick={() => setDialog("edit")}>
        Edit
      </Button>
      <Button kind="danger" icon={<Trash2 className="size-4" />} onClick={() => setDialog("remove")}>
        Remove
      </Button>
      {syncNow.isError && <ErrorNote error={syncNow.error} className="w-full" />}
      <EditSourceDialog source={source} open={dialog === "edit"} onClose={close} />
      <RemoveSourceDialog
        source={source}
        open={dialog === "remove"}
        onClose={close}
        onRemoved={() => {
          toast(`${source.name} is removed.`);
          void navigate("/sources", { replace: true });
        }}
      />
    </>
  );
}
