import { FolderGit2, Plus } from "lucide-react";
import { useMay } from "../api/session.ts";
import { SourceList } from "../features/sources/source-list.tsx";
import { useSources } from "../features/sources/source-api.ts";
import { ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Page } from "../ui/page.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";

export function Component() {
  const sources = useSources();
  const mayWrite = useMay("sources:write");
  const add = mayWrite && (
    <ButtonLink to="/sources/new" kind="primary" icon={<Plus className="size-4" />}>
      Add source
    </ButtonLink>
  );
  return (
    <Page
      title="Sources"
      description="The git repositories your packages come from. Each tag and each branch becomes a version."
      actions={sources.data?.length !== 0 && add}
    >
      <Card flush>
        {sources.isPending && <SkeletonRows rows={5} />}
        {sources.isError && <ErrorNote error={sources.error} onRetry={() => void sources.refetch()} className="m-5" />}
        {sources.data?.length === 0 && (
          <EmptyState icon={<FolderGit2 />} title="No source yet" action={add}>
            A source is a git repository with a composer.json. PACKAGE.broker keeps a mirror of it, publishes a version
            for each tag, and delivers it to the customers whose tokens cover the package.
          </EmptyState>
        )}
        {sources.data !== undefined && sources.data.length > 0 && <SourceList sources={sources.data} />}
      </Card>
    </Page>
  );
}
