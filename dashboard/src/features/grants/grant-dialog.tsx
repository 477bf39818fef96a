import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { Disclosure } from "../../ui/disclosure.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Checkbox, SelectField, TextField } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { formatDate } from "../../ui/time.tsx";
import { dayOf } from "../tokens/expiry.ts";
import { PatternsField, patternsOf } from "../tokens/patterns-field.tsx";
import type { ChosenPatterns } from "../tokens/patterns-field.tsx";
import { LineDialog, useSetLine } from "./line-dialog.tsx";
import type { GrantLine, GrantOwner, GrantTerms, LineRef } from "./lines.ts";
import { STABILITIES, stabilityOf } from "./stabilities.ts";
import { UntilField, useUntil } from "./until-field.tsx";

const OWN_ERRORS = ["/packages", "/constraint", "/updates_until", "/starts_at", "/expires_at"];

/** What is filled in already. */
export interface GrantPrefill {
  orderId?: string;
  packages?: string[];
}

/** A new line, of an order that is there or by hand. */
export function NewGrantDialog({
  of: owner,
  prefill = {},
  open,
  onClose,
}: {
  of: GrantOwner;
  prefill?: GrantPrefill;
  open: boolean;
  onClose: () => void;
}) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      wide
      title="Add a grant"
      description={`What customer ${owner.customerId} may install besides. Their tokens that read the customer’s grants have it with the next request.`}
    >
      <GrantForm of={owner} prefill={prefill} onClose={onClose} />
    </Dialog>
  );
}

export function ChangeLineDialog({ of: ref, open, onClose }: { of: LineRef; open: boolean; onClose: () => void }) {
  return (
    <LineDialog open={open} onClose={onClose} wide title="Change what is granted" of={ref}>
      {(line) => <GrantForm of={ref} change={{ ref, line }} onClose={onClose} />}
    </LineDialog>
  );
}

function GrantForm({
  of: owner,
  change,
  prefill = {},
  onClose,
}: {
  of: GrantOwner;
  /** The line as it stands; absent for a new one. */
  change?: { ref: LineRef; line: GrantLine };
  prefill?: GrantPrefill;
  onClose: () => void;
}) {
  const line = change?.line;
  const form = useGrantForm(line, prefill);
  const { busy, field, otherError, send, answer } = useSetLine(onClose);
  if (answer !== undefined) return answer;
  const terms = form.terms();
  const ref = change?.ref ?? { ...owner, orderId: form.orderId.trim(), line: form.line.trim() };
  const other = otherError(OWN_ERRORS);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (terms !== undefined) void send(ref, terms);
      }}
      className="flex flex-col gap-5"
    >
      {line?.status === "revoked" && line.cancelled_at !== null && (
        <Note tone="warn">
          It was cancelled on {formatDate(line.cancelled_at)}. Saving grants it again, from now on.
        </Note>
      )}
      {change === undefined && <LineFields form={form} />}
      <PatternsField
        chosen={form.chosen}
        onChange={form.setChosen}
        error={field("/packages")}
        allowsEverything={false}
      />
      <UntilField
        legend="Updates"
        never="Whatever is released"
        until={form.updates}
        error={field("/updates_until")}
        dateHint="Versions released until the end of this day can be installed for ever; newer ones are not shown."
      />
      <UntilField
        legend="Access"
        never="For ever"
        until={form.end}
        error={field("/expires_at")}
        dateHint="From the next day on nothing of it can be installed."
      />
      <Checkbox
        label="Also what it requires"
        hint="Hosted packages that the granted versions require now, with the same dates."
        checked={form.along}
        onChange={(event) => form.setAlong(event.target.checked)}
      />
      <MoreTerms form={form} field={field} />
      <ReasonField value={form.reason} onChange={form.setReason} placeholder="Goodwill, agreed by phone" />
      {other !== undefined && <ErrorNote error={other} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy} disabled={terms === undefined}>
          {line === undefined ? "Grant" : line.status === "revoked" ? "Grant it again" : "Save"}
        </Button>
      </Actions>
    </form>
  );
}

function useGrantForm(line: GrantLine | undefined, prefill: GrantPrefill) {
  const [orderId, setOrderId] = useState(prefill.orderId ?? "");
  const [lineId, setLine] = useState("1");
  const [chosen, setChosen] = useState<ChosenPatterns>({
    patterns: line?.packages ?? prefill.packages ?? [],
    everything: false,
    typed: "",
  });
  const updates = useUntil(line?.updates_until ?? null);
  const end = useUntil(line?.expires_at ?? null);
  const [constraint, setConstraint] = useState(line?.constraint ?? "");
  const [stability, setStability] = useState(line?.stability ?? "");
  const [start, setStart] = useState(typeof line?.starts_at === "number" ? dayOf(line.starts_at) : "");
  const [reason, setReason] = useState("");
  const [along, setAlong] = useState(line?.with_dependencies ?? false);
  const terms = (): GrantTerms | undefined => {
    const packages = patternsOf(chosen);
    if (!packages || updates.at === undefined || end.at === undefined) return undefined;
    return {
      packages,
      constraint: constraint.trim() === "" ? null : constraint.trim(),
      stability: stabilityOf(stability),
      ...{ updates_until: updates.at, expires_at: end.at, with_dependencies: along },
      starts_at: start === "" ? null : startOf(start, line?.starts_at ?? null),
      // Nothing here changes them, and what is not sent is none.
      ...(line === undefined ? {} : { grace_days: line.grace_days }),
      ...reasonOf(reason),
    };
  };
  return {
    ...{ orderId, setOrderId, line: lineId, setLine, chosen, setChosen, updates, end },
    ...{ constraint, setConstraint, stability, setStability, start, setStart, along, setAlong, terms },
    reason,
    setReason,
  };
}

type GrantForm = ReturnType<typeof useGrantForm>;

/** The first second of a day where the browser is; of the day that it was, what it was. */
function startOf(day: string, current: number | null): number {
  if (current !== null && dayOf(current) === day) return current;
  return Math.floor(new Date(`${day}T00:00:00`).getTime() / 1000);
}

function LineFields({ form }: { form: GrantForm }) {
  // A browser takes them out of an address.
  const isAllowed = String.raw`\s*(?!\.{1,2}\s*$).*\S.*`;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Order"
        required
        maxLength={255}
        pattern={isAllowed}
        autoComplete="off"
        placeholder="10001"
        value={form.orderId}
        onChange={(event) => form.setOrderId(event.target.value)}
        hint="As the shop numbers it, or what explains it later: goodwill-2027-02."
      />
      <TextField
        label="Line"
        required
        maxLength={255}
        pattern={isAllowed}
        autoComplete="off"
        value={form.line}
        onChange={(event) => form.setLine(event.target.value)}
        hint="One that is there already is replaced."
      />
    </div>
  );
}

/** What few grants have. */
function MoreTerms({ form, field }: { form: GrantForm; field: (pointer: string) => string | undefined }) {
  const isUsed = form.constraint !== "" || form.stability !== "" || form.start !== "";
  return (
    <Disclosure
      summary="Only some versions, or from a later day"
      isOpen={isUsed}
      className="rounded-lg border border-line p-3.5"
    >
      <div className="mt-4 grid gap-4 sm:grid-cols-2">
        <TextField
          label="Version constraint"
          optional
          mono
          autoComplete="off"
          spellCheck={false}
          placeholder="^2.0"
          value={form.constraint}
          error={field("/constraint")}
          onChange={(event) => form.setConstraint(event.target.value)}
          hint="As in composer.json."
        />
        <SelectField
          label="Stability"
          value={form.stability}
          onChange={(event) => form.setStability(event.target.value)}
          hint="Versions as stable as this, or more."
        >
          <option value="">Every stability</option>
          {STABILITIES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </SelectField>
        <TextField
          label="Starts on"
          optional
          type="date"
          value={form.start}
          error={field("/starts_at")}
          onChange={(event) => form.setStart(event.target.value)}
          hint="Empty: at once."
        />
      </div>
    </Disclosure>
  );
}
