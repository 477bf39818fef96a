import { useState } from "react";
import type { SubmitEvent } from "react";
import { useMay } from "../../api/session.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card, Fact, Facts } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { Note } from "../../ui/note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useSettings, useUpdateSettings } from "../settings/settings.ts";
import { useMailSetup } from "./mails.ts";
import { readDays, writeDays } from "./reminder-days.ts";

/** Whether customers can be mailed at all, by whom, and when they are reminded. */
export function MailSetupCard() {
  const setup = useMailSetup();
  const settings = useSettings();
  const error = setup.error ?? settings.error;
  return (
    <Card title="Mail to customers" description="The mail server is set by the server’s environment, not here.">
      {error !== null && (
        <ErrorNote error={error} onRetry={() => void Promise.all([setup.refetch(), settings.refetch()])} />
      )}
      {error === null && (
        <div className="flex flex-col gap-5">
          {setup.data?.can_send === false && (
            <Note tone="warn">
              No mail is sent: set <code>SMTP_URL</code> and <code>MAIL_FROM</code> and start the server again. Sales go
              on, and their answers say that nobody was mailed.
            </Note>
          )}
          <Facts>
            <Fact name="Mail server">
              {setup.data === undefined ? (
                <Skeleton className="h-[1.5em] w-24" />
              ) : (
                <Badge tone={setup.data.can_send ? "good" : "warn"}>
                  {setup.data.can_send ? "Configured" : "Not configured"}
                </Badge>
              )}
            </Fact>
            <Fact name="From">
              {setup.data === undefined ? <Skeleton className="h-[1.5em] w-56" /> : (setup.data.from ?? "–")}
            </Fact>
          </Facts>
          {settings.data === undefined ? (
            <Skeleton className="h-24 w-full max-w-xl" />
          ) : (
            <ReminderForm days={settings.data.reminder_days} />
          )}
        </div>
      )}
    </Card>
  );
}

function ReminderForm({ days }: { days: number[] | null }) {
  const mayWrite = useMay("settings:write");
  const update = useUpdateSettings();
  const toast = useToast();
  const [text, setText] = useState(writeDays(days));
  const { days: read, problem } = readDays(text);
  const problems = formProblems(update.error, { "/reminder_days": "The days" });
  const isChanged = text.trim() !== writeDays(days);
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (problem !== undefined) return;
    update.mutate(
      { reminder_days: read ?? null },
      {
        onSuccess: (saved) => {
          setText(writeDays(saved.reminder_days));
          toast("Saved");
        },
      },
    );
  };
  return (
    <form noValidate onSubmit={save} className="flex max-w-xl flex-col gap-4">
      <TextField
        label="Remind this many days before a token expires"
        hint="Numbers with commas between them, such as 14, 3. Empty: no reminders."
        inputMode="text"
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
        disabled={!mayWrite}
        error={(isChanged ? problem : undefined) ?? problems.at("/reminder_days")}
      />
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      {mayWrite && (
        <div className="flex items-center gap-3">
          <Button kind="primary" type="submit" busy={update.isPending} disabled={!isChanged || problem !== undefined}>
            Save changes
          </Button>
          {isChanged && <span className="text-ink-3">Not saved yet</span>}
        </div>
      )}
    </form>
  );
}
