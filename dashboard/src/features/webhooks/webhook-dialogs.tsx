import { useState } from "react";
import { useNavigate } from "react-router";
import { Button } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { useToast } from "../../ui/toast.tsx";
import { newOnceKey } from "../tokens/tokens.ts";
import { WebhookForm } from "./webhook-form.tsx";
import { hostOf, nameOfWebhook, useChangeWebhook, useRemoveWebhook, useRotateWebhookSecret } from "./webhooks.ts";
import type { Webhook, WebhookWithSecret } from "./webhooks.ts";

interface DialogProps {
  webhook: Webhook;
  open: boolean;
  onClose: () => void;
}

export function EditWebhookDialog({ webhook, open, onClose }: DialogProps) {
  return (
    <Dialog open={open} onClose={onClose} wide title="Edit webhook" description={nameOfWebhook(webhook)}>
      <EditForm webhook={webhook} onClose={onClose} />
    </Dialog>
  );
}

function EditForm({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const change = useChangeWebhook(webhook.id);
  const toast = useToast();
  return (
    <WebhookForm
      webhook={webhook}
      shops={[]}
      busy={change.isPending}
      error={change.error}
      onSubmit={(changed) =>
        change.mutate(changed, {
          onSuccess: () => {
            toast("The webhook was changed.");
            onClose();
          },
        })
      }
      onCancel={onClose}
    />
  );
}

export function TurnOffDialog({ webhook, open, onClose }: DialogProps) {
  const change = useChangeWebhook(webhook.id);
  const toast = useToast();
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Turn the webhook off?"
      confirm="Turn off"
      onConfirm={async () => {
        await change.mutateAsync({ enabled: false });
        toast("The webhook is off.");
      }}
    >
      <p>
        <strong className="font-semibold wrap-anywhere text-ink">{hostOf(webhook.url)}</strong> gets nothing until it is
        turned on again. What waits to be sent is cancelled, and can be sent again from the list of messages.
      </p>
      <Note tone="warn">What happens while it is off is not told later.</Note>
    </ConfirmDialog>
  );
}

export function RemoveWebhookDialog({ webhook, open, onClose }: DialogProps) {
  const remove = useRemoveWebhook();
  const navigate = useNavigate();
  const toast = useToast();
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Remove the webhook?"
      confirm="Remove webhook"
      onConfirm={async () => {
        await remove.mutateAsync(webhook.id);
        toast("The webhook was removed.");
        await navigate("/settings/webhooks");
      }}
    >
      <p>
        <strong className="font-semibold wrap-anywhere text-ink">{hostOf(webhook.url)}</strong> gets nothing any more,
        nor what waits to be sent. Its secret and its list of messages are gone.
      </p>
      <Note tone="warn">This is final. To pause it, turn it off.</Note>
    </ConfirmDialog>
  );
}

const DAY = 86_400;
const OVERLAPS = [
  {
    value: "0",
    label: "Not at all",
    hint: "When it may have leaked. Until the receiver has the new one, it refuses what is sent.",
  },
  { value: String(DAY), label: "1 day", hint: "Time to change the receiver without missing a message." },
  { value: String(7 * DAY), label: "7 days" },
  { value: String(30 * DAY), label: "30 days" },
];

export function RotateSecretDialog({
  webhook,
  open,
  onClose,
  onRotated,
}: DialogProps & { onRotated: (webhook: WebhookWithSecret) => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Rotate the signing secret"
      description="It gets a new one. A secret that still signs from an earlier rotation ends at once."
    >
      <RotateForm webhook={webhook} onClose={onClose} onRotated={onRotated} />
    </Dialog>
  );
}

function RotateForm({
  webhook,
  onClose,
  onRotated,
}: {
  webhook: Webhook;
  onClose: () => void;
  onRotated: (webhook: WebhookWithSecret) => void;
}) {
  const [overlap, setOverlap] = useState(String(DAY));
  const [onceKey] = useState(newOnceKey);
  const rotate = useRotateWebhookSecret(webhook.id);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        rotate.mutate(
          { overlapSeconds: Number(overlap), onceKey: `${onceKey}-${overlap}` },
          {
            onSuccess: (rotated) => {
              onClose();
              onRotated(rotated);
            },
          },
        );
      }}
      className="flex flex-col gap-4"
    >
      <Choices
        legend="How long the present secret signs as well"
        choices={OVERLAPS}
        value={overlap}
        onChange={setOverlap}
      />
      {rotate.error !== null && <ErrorNote error={rotate.error} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={rotate.isPending}>
          Rotate secret
        </Button>
      </Actions>
    </form>
  );
}
