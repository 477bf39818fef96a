import { useState } from "react";
import { ApiError } from "../../api/errors.ts";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useCorrectReleaseDate } from "./package-api.ts";
import type { PackageName, PackageVersion } from "./package-api.ts";

export function CorrectDateDialog({
  of: name,
  version,
  open,
  onClose,
}: {
  of: PackageName;
  version: PackageVersion;
  open: boolean;
  onClose: () => void;
}) {
  return (
    <Dialog open={open} onClose={onClose} title={`Correct when ${version.version} was released`}>
      <CorrectDate of={name} version={version} onClose={onClose} />
    </Dialog>
  );
}

function CorrectDate({
  of: name,
  version,
  onClose,
}: {
  of: PackageName;
  version: PackageVersion;
  onClose: () => void;
}) {
  const [text, setText] = useState(() => toLocalText(version.released_at));
  const correct = useCorrectReleaseDate(name, version.version);
  const toast = useToast();
  const at = Math.floor(new Date(text).getTime() / 1000);
  const fieldProblem = correct.error instanceof ApiError ? correct.error.field("/released_at") : undefined;
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        correct.mutate(at, {
          onSuccess: () => {
            toast(`The release date of ${version.version} is corrected.`);
            onClose();
          },
        });
      }}
    >
      <TextField
        label="Released"
        type="datetime-local"
        step={1}
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={fieldProblem}
        hint={`In your time zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`}
        required
      />
      <Note tone="warn">
        The date decides which customers have the version: those whose updates ended (<code>updates_until</code>) before
        it do not. A later date takes the version away from customers whose updates ended in between; an earlier one
        gives it to them. It is in force with their next request.
      </Note>
      {correct.isError && fieldProblem === undefined && <ErrorNote error={correct.error} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={correct.isPending} disabled={Number.isNaN(at)}>
          Correct date
        </Button>
      </Actions>
    </form>
  );
}

/** What the browser's own input wants: local time without a zone. */
function toLocalText(at: number): string {
  const date = new Date(at * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
