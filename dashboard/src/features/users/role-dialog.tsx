import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useUser } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { useToast } from "../../ui/toast.tsx";
import { RoleChoices } from "./invite-dialog.tsx";
import { roleLabel } from "./roles.ts";
import { useChangeRole } from "./users.ts";
import type { User } from "./users.ts";

export function RoleDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const own = useUser();
  const isOwn = user.id === own.id;
  const queryClient = useQueryClient();
  const change = useChangeRole();
  const toast = useToast();
  const [role, setRole] = useState(user.role);
  const run = () => {
    change.mutate(
      { id: user.id, role },
      {
        onSuccess: () => {
          toast(isOwn ? `You are now ${roleLabel(role)}` : `${user.name} is now ${roleLabel(role)}`);
          if (isOwn) void queryClient.invalidateQueries({ queryKey: ["session"] });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={isOwn ? "Change your own role" : `Change the role of ${user.name}`}
      description={`It counts with ${isOwn ? "your" : "their"} next click; nobody has to log in again.`}
    >
      <RoleChoices own={own.role} value={role} onChange={setRole} />
      {isOwn && role !== user.role && (
        <div className="mt-4">
          <Note tone="warn">You lose what the other role lacks at once, and only another owner can give it back.</Note>
        </div>
      )}
      {change.error !== null && <ErrorNote error={change.error} className="mt-4" />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" busy={change.isPending} disabled={role === user.role} onClick={run}>
          Change role
        </Button>
      </Actions>
    </Dialog>
  );
}
