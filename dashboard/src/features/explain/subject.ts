import type { GrantOwner } from "../grants/lines.ts";
import type { Token } from "../tokens/tokens.ts";
import type { Explanation } from "./explain.ts";

/** What an answer is about. */
export interface Subject {
  explanation: Explanation;
  packageName: string;
  /** The token that was asked about; undefined where it was a customer's grants. */
  token: Token | undefined;
  /** Whose it is; undefined for a guest's token. */
  owner: GrantOwner | undefined;
  /** Of the customer, where its grants were asked about. */
  tokens: readonly Token[] | undefined;
}
