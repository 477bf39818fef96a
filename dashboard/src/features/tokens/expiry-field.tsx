import { useState } from "react";
import { Choices } from "../../ui/choices.tsx";
import { TextField } from "../../ui/field.tsx";
import { formatDate } from "../../ui/time.tsx";
import { dayOf, endOfDay, extendedBy } from "./expiry.ts";

type Kind = "month" | "year" | "date" | "never";

/**
 * What was chosen. `from` is when the presets begin: the end of an existing token, or null, now, for a new one.
 * `expiresAt` is undefined while no day was chosen, null for never.
 */
export function useExpiry(from: number | null, kind: Kind = "year") {
  const [now] = useState(() => Math.floor(Date.now() / 1000));
  const [chosen, setChosen] = useState({ kind, day: dayOf(extendedBy(12, from, now)) });
  const after: Record<Kind, number | null | undefined> = {
    month: extendedBy(1, from, now),
    year: extendedBy(12, from, now),
    date: chosen.day === "" ? undefined : endOfDay(chosen.day),
    never: null,
  };
  return { ...chosen, expiresAt: after[chosen.kind], after, now, choose: setChosen };
}

/** Until when a token works: in steps, until a day, or without an end. */
export function ExpiryField({
  legend,
  expiry,
  error,
  isNew = false,
}: {
  legend: string;
  expiry: ReturnType<typeof useExpiry>;
  error?: string | undefined;
  isNew?: boolean;
}) {
  const { kind, day, after, choose } = expiry;
  const sign = isNew ? "" : "+";
  const choices = [
    { value: "month" as const, label: `${sign}1 month`, result: formatDate(after.month ?? 0) },
    { value: "year" as const, label: `${sign}1 year`, result: formatDate(after.year ?? 0) },
    { value: "date" as const, label: "Until a date" },
    { value: "never" as const, label: "Never expires" },
  ];
  return (
    <div className="flex flex-col gap-3">
      <Choices legend={legend} choices={choices} value={kind} onChange={(next) => choose({ kind: next, day })} />
      {kind === "date" && (
        <TextField
          label="Last day"
          type="date"
          required
          value={day}
          error={error}
          onChange={(event) => choose({ kind, day: event.target.value })}
          hint="The token works until the end of this day, where you are."
        />
      )}
      {kind !== "date" && error !== undefined && <p className="text-bad">{error}</p>}
    </div>
  );
}
