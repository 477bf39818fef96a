import { TextField } from "../../ui/field.tsx";
import type { formProblems } from "../../ui/form-problems.ts";
import { Note } from "../../ui/note.tsx";

export interface Credentials {
  username: string;
  password: string;
}

/** What is sent of them: what was left empty is not. */
export function givenOf({ username, password }: Credentials): Partial<Credentials> {
  return { ...(username.trim() === "" ? {} : { username: username.trim() }), ...(password === "" ? {} : { password }) };
}

export const CREDENTIAL_LABELS = { "/username": "The user name", "/password": "The access token" };

export function CredentialFields({
  value,
  onChange,
  problems,
  isTokenStored = false,
}: {
  value: Credentials;
  onChange: (value: Credentials) => void;
  problems: ReturnType<typeof formProblems>;
  /** Then a user name may be changed alone. */
  isTokenStored?: boolean;
}) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="User name"
        optional
        value={value.username}
        onChange={(event) => onChange({ ...value, username: event.target.value })}
        error={problems.at("/username")}
        hint="Most hosts take any with an access token."
        placeholder="git"
        autoComplete="off"
        spellCheck={false}
      />
      <TextField
        label="Access token"
        optional
        type="password"
        value={value.password}
        onChange={(event) => onChange({ ...value, password: event.target.value })}
        error={problems.at("/password")}
        hint={isTokenStored ? "Left empty, the stored one stays." : "Stored encrypted, and never shown again."}
        required={!isTokenStored && value.username.trim() !== ""}
        autoComplete="new-password"
        spellCheck={false}
      />
    </div>
  );
}

export function SshNote() {
  return (
    <Note>
      A source with an ssh URL has no user name and no access token: it is read with the ssh key of the user that runs
      the server. Make a key there (<code>ssh-keygen -t ed25519</code>) and add its public half as a read-only deploy
      key at the git host. A host key that is not known yet is accepted at the first contact and remembered from then
      on.
    </Note>
  );
}
