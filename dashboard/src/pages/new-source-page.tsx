import { useNavigate } from "react-router";
import { NewSourceForm } from "../features/sources/new-source-form.tsx";
import { Page } from "../ui/page.tsx";

export function Component() {
  const navigate = useNavigate();
  return (
    <Page
      title="Add a source"
      description="A git repository whose tags and branches become versions that your customers install."
      crumbs={[{ to: "/sources", label: "Sources" }]}
    >
      <div className="max-w-3xl">
        <NewSourceForm onAdded={(source) => void navigate(`/sources/${source.id}`, { replace: true })} />
      </div>
    </Page>
  );
}
