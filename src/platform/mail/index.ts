export type { HandOver } from "./hand-over.ts";
export { createMail } from "./mail.ts";
export type { Mail } from "./mail.ts";
export { isMailAddress, readMailFrom, readSmtpUrl } from "./mail-settings.ts";
export type { MailSender, SmtpServer } from "./mail-settings.ts";
export { htmlOf } from "./message.ts";
export type { Message } from "./message.ts";
