import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../errors.ts";
import { placeOfFault } from "./json-place.ts";

/**
 * JSON is the only body we take, and it is UTF-8 whatever charset the header claims (RFC 8259); other bytes are
 * refused rather than stored as question marks. A request without a body has none, whatever its Content-Type says:
 * many HTTP clients send one with a DELETE.
 */
export function acceptJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addHook("onRequest", (request, _reply, done) => {
    const { "content-length": length, "transfer-encoding": encoding } = request.raw.headers;
    if (encoding === undefined && (length === undefined || length === "0")) delete request.raw.headers["content-type"];
    done();
  });
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(body as Buffer);
    } catch (cause) {
      done(new AppError("request.malformed", "The body is not valid UTF-8.", { cause }));
      return;
    }
    // Sent in chunks, an empty body announces no length.
    if (text === "") {
      done(null, undefined);
      return;
    }
    void parse(request, text, (error, value) => {
      if (error === null) done(null, value);
      else done(notJson(text, error));
    });
  });
}

/** Where it fails, and nothing of what is there. */
function notJson(text: string, cause: Error): AppError {
  const place = placeOfFault(text);
  const where = place === undefined ? "" : `: see ${place}`;
  return new AppError("request.malformed", `The body is not valid JSON${where}.`, { cause });
}

/** For an operation of which every field is optional: no body at all is an empty one. `null` stays refused. */
export function acceptEmptyBody(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  const isAbsent = request.body === undefined || request.body === null;
  if (isAbsent && request.headers["content-type"] === undefined) request.body = {};
  done();
}
