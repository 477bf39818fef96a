import { useState } from "react";
import { useNavigate } from "react-router";
import { SourceForm } from "../features/sources/source-form.tsx";
import type { SourceDraft } from "../features/sources/source-form.tsx";
import { Card } from "../ui/card.tsx";
import { Page } from "../ui/page.tsx";

export function Component() {
  const navigate = useNavigate();
  const [draft, setDraft] = useState<SourceDraft>({ url: "", username: "", filters: [], branches: "default" });
  return (
    <Page
      title="Add a source"
      description="A git repository whose tags and branches become versions that your customers install."
      crumbs={[{ to: "/sources", label: "Sources" }]}
    >
      <Card className="max-w-3xl">
        <SourceForm
          draft={draft}
          onDraft={(change) => setDraft((before) => ({ ...before, ...change }))}
          onAdded={(source) => void navigate(`/sources/${source.id}`, { replace: true })}
        />
      </Card>
    </Page>
  );
}
