import { SearchX } from "lucide-react";
import { ButtonLink } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Page } from "../ui/page.tsx";

export function Component() {
  return (
    <Page title="Not found">
      <EmptyState
        icon={<SearchX />}
        title="There is nothing at this address"
        action={<ButtonLink to="/">To the overview</ButtonLink>}
      >
        The link may be old, or what it named was removed.
      </EmptyState>
    </Page>
  );
}
