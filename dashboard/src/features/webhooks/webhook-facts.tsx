import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card, Fact, Facts } from "../../ui/card.tsx";
import { CopyIcon } from "../../ui/copy-button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { Time } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { WebhookState } from "./webhook-state.tsx";
import { useChangeWebhook } from "./webhooks.ts";
import type { Webhook } from "./webhooks.ts";

/** Where it sends what. */
export function WebhookFacts({ webhook }: { webhook: Webhook }) {
  const until = webhook.previous_secret_expires_at;
  return (
    <Card title="About this webhook">
      <Facts>
        <Fact name="State">
          <WebhookState webhook={webhook} />
        </Fact>
        <Fact name="URL">
          <span className="flex items-start gap-1">
            <code className="min-w-0 wrap-anywhere">{webhook.url}</code>
            <span className="-my-1">
              <CopyIcon text={webhook.url} label="Copy the URL" />
            </span>
          </span>
        </Fact>
        <Fact name="Events">
          <span className="flex flex-wrap gap-1.5">
            {webhook.events.map((event) => (
              <Badge key={event}>{event === "*" ? "every event" : event}</Badge>
            ))}
          </span>
        </Fact>
        <Fact name="Shop">{webhook.shop}</Fact>
        <Fact name="Secret">
          {until === null ? (
            "One signs every message"
          ) : (
            <>
              Two sign every message, the one before until <Time at={until} as="date-time" />
            </>
          )}
        </Fact>
        <Fact name="Added">
          <Time at={webhook.created_at} as="date-time" />
        </Fact>
        <Fact name="Added by">
          <code className="wrap-anywhere">{webhook.created_by}</code>
        </Fact>
        <Fact name="Id">
          <span className="flex items-start gap-1">
            <code className="min-w-0 wrap-anywhere">{webhook.id}</code>
            <span className="-my-1">
              <CopyIcon text={webhook.id} label="Copy the id" />
            </span>
          </span>
        </Fact>
      </Facts>
    </Card>
  );
}

/** Why it is off, and what to do about it. */
export function OffNote({ webhook, mayChange }: { webhook: Webhook; mayChange: boolean }) {
  const change = useChangeWebhook(webhook.id);
  const toast = useToast();
  if (webhook.enabled) return null;
  const isGone = webhook.disabled_reason === "gone";
  return (
    <>
      <Note tone="warn">
        <div className="flex flex-wrap items-center justify-between gap-x-5 gap-y-3">
          <div className="min-w-0 flex-1 basis-80">
            <p className="font-medium">
              {isGone ? "Off, because the receiver answered 410 Gone" : "Off, because somebody turned it off"}{" "}
              <Time at={webhook.updated_at} />
            </p>
            <p className="mt-0.5 text-ink-2">
              {isGone
                ? "That says: send nothing more. If it was a mistake, or the receiver has moved, put that right there or edit the URL here, and turn it on. "
                : ""}
              What happens meanwhile is not told later; what was cancelled or failed can be sent again from the list
              below once it is on.
            </p>
          </div>
          {mayChange && (
            <Button
              size="small"
              kind="primary"
              busy={change.isPending}
              onClick={() => change.mutate({ enabled: true }, { onSuccess: () => toast("The webhook is on.") })}
            >
              Turn on
            </Button>
          )}
        </div>
      </Note>
      {change.error !== null && <ErrorNote error={change.error} />}
    </>
  );
}
