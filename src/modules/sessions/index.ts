export { authenticateSession, findCurrentSession, scopesOfSession } from "./authenticate-session.ts";
export type { CurrentSession } from "./authenticate-session.ts";
export { refuseForeignOrigin } from "./cross-site-requests.ts";
export { endSession, endSessionsOf, listSessions, rotateSession, startSession } from "./manage-sessions.ts";
export type { LoginOrigin, PresentedSession, SessionDeps, StartedSession } from "./manage-sessions.ts";
export { hasSecondFactor } from "./second-factor-rule.ts";
export { clearedSessionCookie } from "./session-cookie.ts";
export type { SessionTerms } from "./session-terms.ts";
export type { SessionLifetime } from "./session-lifetime.ts";
