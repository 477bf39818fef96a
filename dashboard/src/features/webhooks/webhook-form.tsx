import { useEffect, useRef, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { EventPicker } from "./event-picker.tsx";
import { tidied } from "./events.ts";
import type { NewWebhook, Webhook } from "./webhooks.ts";

const SUBJECTS = {
  "/url": "The URL",
  "/events": "The selection",
  "/description": "The description",
  "?shop": "The shop",
};

/** Where events go, and which; for a new one also whose. */
export function WebhookForm({
  webhook,
  shops,
  busy,
  error,
  onSubmit,
  onCancel,
}: {
  /** What is changed; absent for a new one. */
  webhook?: Webhook;
  /** To choose from, where there are several. */
  shops: readonly string[];
  busy: boolean;
  error: unknown;
  onSubmit: (webhook: NewWebhook, shop: string | undefined) => void;
  onCancel: () => void;
}) {
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [description, setDescription] = useState(webhook?.description ?? "");
  const [shop, setShop] = useState("");
  const [events, setEvents] = useState<ReadonlySet<string>>(new Set(webhook?.events ?? ["*"]));
  const [isEmpty, setIsEmpty] = useState(false);
  const problems = formProblems(error, SUBJECTS);
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error !== null) element.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);
  const asksForShop = webhook === undefined && (shops.length > 1 || problems.at("?shop") !== undefined);
  return (
    <form
      ref={element}
      onSubmit={(event) => {
        event.preventDefault();
        const chosen = tidied(events);
        setIsEmpty(chosen.length === 0);
        if (chosen.length === 0) return;
        onSubmit({ url: url.trim(), events: chosen, description: description.trim() }, shop === "" ? undefined : shop);
      }}
      className="flex flex-col gap-5"
    >
      <TextField
        label="URL"
        type="url"
        required
        mono
        maxLength={2000}
        autoComplete="off"
        spellCheck={false}
        placeholder="https://shop.example.com/webhooks/package-broker"
        value={url}
        error={problems.at("/url")}
        onChange={(event) => setUrl(event.target.value)}
        hint="Events are sent there by POST. At a public address, with TLS; redirects are not followed."
      />
      <TextField
        label="Description"
        optional
        maxLength={200}
        autoComplete="off"
        placeholder="CRM"
        value={description}
        error={problems.at("/description")}
        onChange={(event) => setDescription(event.target.value)}
        hint="What is behind it, so that somebody knows in a year."
      />
      {asksForShop && (
        <SelectField
          label="Shop"
          required
          value={shop}
          error={problems.at("?shop")}
          onChange={(event) => setShop(event.target.value)}
          hint="It gets the events of this shop, and those that belong to none, such as of sources and packages."
        >
          <option value="">Choose …</option>
          {shops.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </SelectField>
      )}
      <EventPicker
        chosen={events}
        onChange={setEvents}
        error={isEmpty && tidied(events).length === 0 ? "Select at least one event." : problems.at("/events")}
      />
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <Actions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button kind="primary" type="submit" busy={busy}>
          {webhook === undefined ? "Add webhook" : "Save"}
        </Button>
      </Actions>
    </form>
  );
}
