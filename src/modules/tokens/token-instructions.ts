import type { Instructions } from "../customer-mails/index.ts";
import type { MailingDeps, TokenDeps } from "./create-token.ts";
import { findTokenById } from "./token-queries.ts";

export type InstructionDeps = Required<MailingDeps> & { database: Pick<TokenDeps["database"], "db"> };

/** The mail with a token's secret, for an answer that is asked for it; nothing where the answer has no secret. */
export async function instructionsFor(
  deps: InstructionDeps,
  include: "instructions" | undefined,
  made: { id: string; secret: string | undefined; isReplacement: boolean },
): Promise<{ instructions?: Instructions }> {
  if (include === undefined || made.secret === undefined) return {};
  const row = await findTokenById(deps.database.db, made.id);
  if (row === undefined) return {};
  const { isReplacement } = made;
  const instructions = await deps.mails?.instructions(deps.database.db, row, made.secret, { isReplacement });
  return instructions === undefined ? {} : { instructions };
}
