export { eraseCustomerFromMails, eraseTokenFromMails, listHeldMails } from "./erase-mails.ts";
export type { HeldMail } from "./erase-mails.ts";
export { createTokenMails } from "./token-mails.ts";
export type { Instructions, TokenMails } from "./token-mails.ts";
export { MailTemplates } from "./mail-templates.ts";
export { createMailWorker } from "./mail-worker.ts";
export type { MailWorker } from "./mail-worker.ts";
export { sendMailAgain } from "./send-again.ts";
export { mailTemplateRoutes } from "./template-routes.ts";
