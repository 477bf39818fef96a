import { useState } from "react";
import { Badge } from "../../ui/badge.tsx";
import { Card, Fact, Facts } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { SettingsForm } from "../settings/settings-form.tsx";
import { useSettings } from "../settings/settings.ts";
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
            <>
              <ReminderForm days={settings.data.reminder_days} />
              <TimeZoneForm timeZone={settings.data.time_zone} />
            </>
          )}
        </div>
      )}
    </Card>
  );
}

function ReminderForm({ days }: { days: number[] | null }) {
  const [text, setText] = useState(writeDays(days));
  const { days: read, problem } = readDays(text);
  const isChanged = text.trim() !== writeDays(days);
  return (
    <SettingsForm
      input={{ reminder_days: read ?? null }}
      isChanged={isChanged}
      canSave={isChanged && problem === undefined}
      checksItself
      subjects={{ "/reminder_days": "The days" }}
      onSaved={(saved) => setText(writeDays(saved.reminder_days))}
    >
      {({ disabled, at }) => (
        <TextField
          label="Remind this many days before a token expires"
          hint="Numbers with commas between them, such as 14, 3. Empty: no reminders."
          inputMode="text"
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
          disabled={disabled}
          error={(isChanged ? problem : undefined) ?? at("/reminder_days")}
        />
      )}
    </SettingsForm>
  );
}

function TimeZoneForm({ timeZone }: { timeZone: string | null }) {
  const [text, setText] = useState(timeZone ?? "");
  const isChanged = text.trim() !== (timeZone ?? "");
  return (
    <SettingsForm
      input={{ time_zone: text.trim() === "" ? null : text.trim() }}
      isChanged={isChanged}
      checksItself
      subjects={{ "/time_zone": "The time zone" }}
      onSaved={(saved) => setText(saved.time_zone ?? "")}
    >
      {({ disabled, at }) => (
        <>
          <TextField
            label="Time zone of the dates in mails"
            hint="Such as Europe/Berlin. Empty: UTC."
            list="time-zones"
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.target.value)}
            disabled={disabled}
            error={at("/time_zone")}
          />
          <datalist id="time-zones">
            {Intl.supportedValuesOf("timeZone").map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </SettingsForm>
  );
}
