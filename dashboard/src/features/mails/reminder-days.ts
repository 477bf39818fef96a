/** What the server takes where nothing is set. */
const DEFAULT_DAYS = [14, 3];

/** As people read and write it: `14, 3`. */
export function writeDays(days: readonly number[] | null): string {
  return [...(days ?? DEFAULT_DAYS)].sort((a, b) => b - a).join(", ");
}

/** The numbers in a text, or what is wrong with it. */
export function readDays(text: string): { days?: number[]; problem?: string } {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  const days = words.map(Number);
  if (days.some((day) => !Number.isInteger(day) || day < 1 || day > 365)) {
    return { problem: "Whole numbers of days, each from 1 to 365." };
  }
  if (new Set(days).size < days.length) return { problem: "Each number of days once." };
  return days.length > 5 ? { problem: "At most five reminders." } : { days };
}
