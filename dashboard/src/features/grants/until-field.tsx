import { useState } from "react";
import { Choices } from "../../ui/choices.tsx";
import { TextField } from "../../ui/field.tsx";
import { formatDate } from "../../ui/time.tsx";
import { dayOf, endOfDay, extendedBy } from "../tokens/expiry.ts";

type Kind = "never" | "year" | "date";

/**
 * A date that may be none. `current` is what is in force: choosing its day again keeps it to the second. The year
 * begins with it, or today where it has passed.
 */
export function useUntil(current: number | null, initial: Kind = current === null ? "never" : "date") {
  const [now] = useState(() => Math.floor(Date.now() / 1000));
  const year = extendedBy(12, current, now);
  const [chosen, setChosen] = useState({ kind: initial, day: dayOf(current ?? year) });
  const ofDay = current !== null && chosen.day === dayOf(current) ? current : endOfDay(chosen.day);
  const at: Record<Kind, number | null | undefined> = {
    ...{ never: null, year },
    date: chosen.day === "" ? undefined : ofDay,
  };
  /** Undefined while no day is chosen. */
  return { ...chosen, at: at[chosen.kind], year, choose: setChosen };
}

export function UntilField({
  legend,
  never,
  dateHint,
  isRenewal = false,
  until,
  error,
}: {
  legend: string;
  /** What no date means. */
  never: string;
  dateHint?: string;
  /** There is a date which the year is added to. */
  isRenewal?: boolean;
  until: ReturnType<typeof useUntil>;
  error?: string | undefined;
}) {
  const { kind, day, year, choose } = until;
  const choices = [
    { value: "never" as const, label: never },
    { value: "year" as const, label: isRenewal ? "+1 year" : "1 year", result: formatDate(year) },
    { value: "date" as const, label: "Until a date" },
  ];
  return (
    <div className="flex flex-col gap-3">
      <Choices
        legend={legend}
        choices={isRenewal ? [...choices.slice(1), ...choices.slice(0, 1)] : choices}
        value={kind}
        onChange={(next) => choose({ kind: next, day })}
      />
      {kind === "date" && (
        <TextField
          label={`${legend}: last day`}
          type="date"
          required
          value={day}
          error={error}
          className="max-w-52"
          onChange={(event) => choose({ kind, day: event.target.value })}
          {...(dateHint === undefined ? {} : { hint: dateHint })}
        />
      )}
      {kind !== "date" && error !== undefined && <p className="text-bad">{error}</p>}
    </div>
  );
}
