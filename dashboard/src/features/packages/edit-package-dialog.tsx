import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { useToast } from "../../ui/toast.tsx";
import { HelpFields, helpInput, orNull, useHelpTexts } from "../settings/help-fields.tsx";
import { useUpdatePackage } from "./package-api.ts";
import type { PackageDetail, PackageName } from "./package-api.ts";

const SUBJECTS = {
  "/abandoned": "The package",
  "/successor": "The new name",
  "/support_email": "The address",
  "/support_url": "The URL",
  "/renew_url": "The URL",
};

/** What a vendor says of a package beside its repository. */
export function EditPackageDialog({
  of,
  name,
  open,
  onClose,
}: {
  of: PackageDetail;
  name: PackageName;
  open: boolean;
  onClose: () => void;
}) {
  return (
    <Dialog open={open} onClose={onClose} title={`Edit ${of.name}`}>
      <EditPackage of={of} name={name} onClose={onClose} />
    </Dialog>
  );
}

type Said = "repository" | "abandoned" | "kept";

function saidOf({ abandoned_by_vendor }: PackageDetail): Said {
  if (abandoned_by_vendor === null) return "repository";
  return abandoned_by_vendor === false ? "kept" : "abandoned";
}

/** As the API takes it: null is the repository's word, true is without another package to use. */
function abandonedOf(said: Said, instead: string): boolean | string | null {
  if (said === "repository") return null;
  return said === "abandoned" ? (orNull(instead) ?? true) : false;
}

function EditPackage({ of, name, onClose }: { of: PackageDetail; name: PackageName; onClose: () => void }) {
  const [said, setSaid] = useState(saidOf(of));
  const [instead, setInstead] = useState(typeof of.abandoned_by_vendor === "string" ? of.abandoned_by_vendor : "");
  const [successor, setSuccessor] = useState(of.successor ?? "");
  const help = useHelpTexts(of);
  const update = useUpdatePackage(name);
  const toast = useToast();
  const problems = formProblems(update.error, SUBJECTS);
  return (
    <form
      className="flex flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate(
          { abandoned: abandonedOf(said, instead), successor: orNull(successor), ...helpInput(help.texts) },
          {
            onSuccess: () => {
              toast(`${of.name} is changed.`);
              onClose();
            },
          },
        );
      }}
    >
      <TextField
        label="Renamed to"
        hint={`The package that ${of.name} is called now. All that opens ${of.name}, also what is sold later by that name, opens that one too.`}
        optional
        mono
        value={successor}
        onChange={(event) => setSuccessor(event.target.value)}
        placeholder={`${name.vendor}/new-name`}
        autoComplete="off"
        error={problems.at("/successor")}
      />
      <SelectField
        label="Abandoned"
        hint="composer tells customers at each update."
        value={said}
        onChange={(event) => setSaid(event.target.value as Said)}
      >
        <option value="repository">As composer.json on the default branch says</option>
        <option value="abandoned">Abandoned</option>
        <option value="kept">Not abandoned, whatever composer.json says</option>
      </SelectField>
      {said === "abandoned" && (
        <TextField
          label="Use instead"
          optional
          mono
          value={instead}
          onChange={(event) => setInstead(event.target.value)}
          placeholder={`${name.vendor}/other-package`}
          autoComplete="off"
          error={problems.at("/abandoned")}
        />
      )}
      <HelpFields help={help} at={problems.at} instead="Where nothing is set, that of the shop or of the settings." />
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={update.isPending}>
          Save changes
        </Button>
      </Actions>
    </form>
  );
}
