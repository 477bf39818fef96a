export { authenticateSession, findCurrentSession, scopesOfSession } from "./authenticate-session.ts";
export { refuseForeignOrigin } from "./cross-site-requests.ts";
export { endSession, endSessionsOf, listSessions, rotateSession, startSession } from "./manage-sessions.ts";
export type { LoginOrigin, PresentedSession, SessionDeps, StartedSession } from "./manage-sessions.ts";
export { clearedSessionCookie } from "./session-cookie.ts";
