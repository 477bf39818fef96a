import { Pencil, PowerOff, RotateCw, Send, Trash2 } from "lucide-react";
import { useState } from "react";
import { useParams } from "react-router";
import { ApiError } from "../api/errors.ts";
import { useMay } from "../api/session.ts";
import { DeliveryList } from "../features/webhooks/delivery-list.tsx";
import { VerifySnippets } from "../features/webhooks/verify-snippets.tsx";
import {
  EditWebhookDialog,
  RemoveWebhookDialog,
  RotateSecretDialog,
  TurnOffDialog,
} from "../features/webhooks/webhook-dialogs.tsx";
import { OffNote, WebhookFacts } from "../features/webhooks/webhook-facts.tsx";
import { WebhookSecretDialog } from "../features/webhooks/webhook-secret-dialog.tsx";
import { nameOfWebhook, useTestWebhook, useWebhook } from "../features/webhooks/webhooks.ts";
import type { Webhook, WebhookWithSecret } from "../features/webhooks/webhooks.ts";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Menu, MenuItem, MenuSeparator } from "../ui/menu.tsx";
import { Page } from "../ui/page.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { useToast } from "../ui/toast.tsx";

const CRUMBS = [
  { to: "/settings", label: "Settings" },
  { to: "/settings/webhooks", label: "Webhooks" },
];

export function Component() {
  const { id = "" } = useParams();
  const webhook = useWebhook(id);
  if (webhook.data !== undefined) return <WebhookPage key={id} webhook={webhook.data} />;
  const isGone = webhook.error instanceof ApiError && webhook.error.status === 404;
  return (
    <Page title={isGone ? "No such webhook" : "Webhook"} crumbs={CRUMBS}>
      {webhook.isPending && (
        <div role="status" aria-label="Loading" className="flex flex-col gap-5">
          <Skeleton className="h-60 w-full rounded-xl" />
          <Skeleton className="h-72 w-full rounded-xl" />
        </div>
      )}
      {isGone && (
        <EmptyState
          title="There is no webhook with this id"
          action={<ButtonLink to="/settings/webhooks">All webhooks</ButtonLink>}
        >
          It was removed, or the address is not whole.
        </EmptyState>
      )}
      {webhook.error !== null && !isGone && <ErrorNote error={webhook.error} onRetry={() => void webhook.refetch()} />}
    </Page>
  );
}

type Asked = "edit" | "rotate" | "off" | "remove";

function WebhookPage({ webhook }: { webhook: Webhook }) {
  const [asked, setAsked] = useState<Asked>();
  const [shown, setShown] = useState<WebhookWithSecret>();
  const mayChange = useMay("webhooks:write");
  const test = useTestWebhook(webhook.id);
  const name = nameOfWebhook(webhook);
  const dialog = (which: Asked) => ({ webhook, open: asked === which, onClose: () => setAsked(undefined) });
  return (
    <Page
      title={name}
      heading={<bdi>{name}</bdi>}
      crumbs={CRUMBS}
      actions={mayChange && <WebhookActions webhook={webhook} test={test} ask={setAsked} />}
    >
      <OffNote webhook={webhook} mayChange={mayChange} />
      {test.error !== null && <ErrorNote error={test.error} />}
      <DeliveryList webhook={webhook} mayChange={mayChange} />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <WebhookFacts webhook={webhook} />
        <Card title="How the receiver checks a message">
          <VerifySnippets />
        </Card>
      </div>
      <EditWebhookDialog {...dialog("edit")} />
      <RotateSecretDialog {...dialog("rotate")} onRotated={setShown} />
      <TurnOffDialog {...dialog("off")} />
      <RemoveWebhookDialog {...dialog("remove")} />
      {shown !== undefined && <WebhookSecretDialog shown={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

function WebhookActions({
  webhook,
  test,
  ask,
}: {
  webhook: Webhook;
  test: ReturnType<typeof useTestWebhook>;
  ask: (asked: Asked) => void;
}) {
  const toast = useToast();
  return (
    <>
      <Button
        kind="primary"
        icon={<Send className="size-4" />}
        busy={test.isPending}
        disabled={!webhook.enabled}
        title={webhook.enabled ? undefined : "Turn it on first"}
        onClick={() => test.mutate(undefined, { onSuccess: () => toast("A test is on its way.") })}
      >
        Send a test
      </Button>
      <Button icon={<Pencil className="size-4" />} onClick={() => ask("edit")}>
        Edit
      </Button>
      <Menu label={`More for ${nameOfWebhook(webhook)}`}>
        <MenuItem icon={<RotateCw />} onSelect={() => ask("rotate")}>
          Rotate secret…
        </MenuItem>
        {webhook.enabled && (
          <MenuItem icon={<PowerOff />} onSelect={() => ask("off")}>
            Turn off…
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem icon={<Trash2 />} danger onSelect={() => ask("remove")}>
          Remove…
        </MenuItem>
      </Menu>
    </>
  );
}
