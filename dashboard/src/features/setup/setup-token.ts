import { forgetSecrets, keepSecret, keptSecret } from "../../api/tab-secrets.ts";
import { forgetSetupDraft } from "./setup-draft.ts";

/** What the last page shows of the management token that was made here; its secret is in no answer but the first. */
export interface SetupToken {
  secret: string;
  name: string;
  /** null: everything that is hosted. */
  bound: string[] | null;
}

const NAME = "setup-management-token";

export function keepSetupToken(token: SetupToken): void {
  keepSecret(NAME, token);
}

export function keptSetupToken(): SetupToken | undefined {
  return keptSecret(NAME) as SetupToken | undefined;
}

/** The first steps are over: nothing of them stays in this tab. */
export function forgetSetup(): void {
  forgetSecrets();
  forgetSetupDraft();
}
