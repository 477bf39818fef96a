const PROBLEMS: Record<string, string> = {
  missing: "No credential",
  unreadable: "Not a credential composer can send",
  unknown: "Unknown token: mistyped, or of another server",
  malformed: "Not a token: copied in part",
  management_token: "A management token in the place of a customer's",
  invalid: "Unknown management token",
  expired: "Expired token",
  suspended: "Suspended token",
  revoked: "Revoked token",
  rotated: "Secret that was replaced",
  wrong_kind: "A token of the wrong kind",
  outside_network: "A management token used from a network that is not allowed",
  login_failed: "Wrong e-mail, password or code",
  throttled: "Too many attempts",
};

/** What was wrong with a credential, in words. */
export function problemName(problem: string): string {
  return PROBLEMS[problem] ?? problem.charAt(0).toUpperCase() + problem.slice(1).replaceAll("_", " ");
}

const SURFACES: Record<string, { name: string; refused: string }> = {
  composer: { name: "Composer", refused: "Composer was refused" },
  api: { name: "Management API", refused: "A call of the API was refused" },
  dashboard: { name: "Log-in", refused: "A log-in failed" },
};

/** Where it was tried, and what came of it. */
export function surfaceOf(surface: string): { name: string; refused: string } {
  return SURFACES[surface] ?? { name: surface, refused: "A credential was refused" };
}
