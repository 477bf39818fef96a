import { Plus, Webhook as WebhookIcon } from "lucide-react";
import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { useFilters } from "../../ui/use-filters.ts";
import { useShops } from "../shops/shops.ts";
import { WebhookForm } from "./webhook-form.tsx";
import { WebhookList } from "./webhook-list.tsx";
import { WebhookSecretDialog } from "./webhook-secret-dialog.tsx";
import { useCreateWebhook, useWebhooks } from "./webhooks.ts";
import type { WebhookWithSecret } from "./webhooks.ts";

/** Settings → Webhooks. `?create=1` opens the form. */
export function WebhooksCard() {
  const [filters, setFilters] = useFilters(["create"]);
  const [made, setMade] = useState<WebhookWithSecret>();
  const mayChange = useMay("webhooks:write");
  const shops = useShops();
  const list = useWebhooks();
  const webhooks = list.data?.pages.flatMap((page) => page.items);
  const add = mayChange && (
    <Button kind="primary" icon={<Plus className="size-4" />} onClick={() => setFilters({ create: "1" })}>
      Add webhook
    </Button>
  );
  const close = () => setFilters({ create: "" });
  return (
    <Card
      flush
      title="Webhooks"
      description="Tell other systems what happens here: a CRM, a mailer, a shop that shows its customers what they own."
      actions={webhooks === undefined || webhooks.length === 0 ? undefined : add}
    >
      {list.isPending && <SkeletonRows rows={3} />}
      {list.error !== null && <ErrorNote error={list.error} className="m-5" onRetry={() => void list.refetch()} />}
      {webhooks?.length === 0 && (
        <EmptyState icon={<WebhookIcon />} title="Nobody is told yet" action={add}>
          A webhook gets a signed message, within seconds, when something happens: a token was revoked, a version was
          released, a source fails.
        </EmptyState>
      )}
      {webhooks !== undefined && webhooks.length > 0 && (
        <WebhookList webhooks={webhooks} showsShop={shops.length > 1} />
      )}
      <LoadMore query={list} shown={webhooks?.length ?? 0} />
      <Dialog
        open={mayChange && filters.create !== undefined}
        onClose={close}
        wide
        title="Add webhook"
        description="It gets what happens from now on."
      >
        <CreateForm
          shops={shops}
          onMade={(webhook) => {
            close();
            setMade(webhook);
          }}
          onCancel={close}
        />
      </Dialog>
      {made !== undefined && <WebhookSecretDialog shown={made} onClose={() => setMade(undefined)} />}
    </Card>
  );
}

function CreateForm({
  shops,
  onMade,
  onCancel,
}: {
  shops: readonly string[];
  onMade: (webhook: WebhookWithSecret) => void;
  onCancel: () => void;
}) {
  const create = useCreateWebhook();
  return (
    <WebhookForm
      shops={shops}
      busy={create.isPending}
      error={create.error}
      onSubmit={(webhook, shop) => create.mutate({ ...webhook, shop }, { onSuccess: onMade })}
      onCancel={onCancel}
    />
  );
}
