import type { ReactNode } from "react";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { useToast } from "../../ui/toast.tsx";
import { useUpdateSettings } from "./settings.ts";
import type { Settings, SettingsChange } from "./settings.ts";

/** Some of the settings of the whole server, saved together; whoever may not change them reads them. */
export function SettingsForm({
  input,
  isChanged,
  canSave = isChanged,
  checksItself = false,
  subjects,
  onSaved,
  children,
}: {
  /** What is sent. */
  input: SettingsChange;
  isChanged: boolean;
  canSave?: boolean;
  /** Then the browser checks nothing. */
  checksItself?: boolean;
  /** What the server's objections are about, by pointer: "The name" goes before "must be shorter". */
  subjects: Record<string, string>;
  onSaved?: (saved: Settings) => void;
  children: (field: { disabled: boolean; at: (pointer: string) => string | undefined }) => ReactNode;
}) {
  const mayWrite = useMay("settings:write");
  const update = useUpdateSettings();
  const toast = useToast();
  const problems = formProblems(update.error, subjects);
  const save = () =>
    update.mutate(input, {
      onSuccess: (saved) => {
        onSaved?.(saved);
        toast("Saved");
      },
    });
  return (
    <form
      noValidate={checksItself}
      onSubmit={(event) => {
        event.preventDefault();
        if (canSave) save();
      }}
      className="flex max-w-xl flex-col gap-4"
    >
      {children({ disabled: !mayWrite, at: problems.at })}
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      {mayWrite && (
        <div className="flex items-center gap-3">
          <Button kind="primary" type="submit" busy={update.isPending} disabled={!canSave}>
            Save changes
          </Button>
          {isChanged && <span className="text-ink-3">Not saved yet</span>}
        </div>
      )}
    </form>
  );
}
