import { useMutation } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { Fact, Facts } from "../../ui/card.tsx";
import { CopyIcon } from "../../ui/copy-button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";

/** Walks the whole chain of records on the server, and says what it found. */
export function VerifyButton() {
  const [open, setOpen] = useState(false);
  const verify = useMutation({
    mutationFn: () => unwrap(api.POST("/api/audit-events/verify", {})),
    onSettled: () => setOpen(true),
  });
  const found = verify.data;
  return (
    <>
      <Button icon={<ShieldCheck className="size-4" />} busy={verify.isPending} onClick={() => verify.mutate()}>
        Verify
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={found?.valid === false ? "The log was tampered with" : "Verification of the audit log"}
      >
        {verify.error !== null && <ErrorNote error={verify.error} />}
        {found !== undefined && (
          <div className="flex flex-col gap-4">
            {found.valid ? (
              <p>
                All {found.records.toLocaleString()} sealed records are there, unchanged and in order
                {found.unsealed > 0 && `; ${found.unsealed.toLocaleString()} of the last second are about to be sealed`}
                .
              </p>
            ) : (
              <Note tone="warn">{found.problem}</Note>
            )}
            <Facts>
              <Fact name="Compared with">
                {found.compared_with.length === 0 ? "nothing outside of the database" : found.compared_with.join("; ")}
              </Fact>
              <Fact name="Where the chain ends">
                <span className="flex items-start gap-1">
                  <code className="min-w-0 break-all">{found.head}</code>
                  <CopyIcon text={found.head} label="Copy the end of the chain" />
                </span>
              </Fact>
            </Facts>
            <p className="text-ink-2">
              Keep that line somewhere else. <code>script/broker audit verify --expect</code> with it notices later if
              somebody who has the server itself made another log.
            </p>
          </div>
        )}
      </Dialog>
    </>
  );
}
