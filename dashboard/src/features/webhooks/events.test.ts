import { expect, test } from "vitest";
import OPENAPI from "../../../../openapi.json?raw";
import { EVENT_GROUPS, eventsInWords, tidied } from "./events.ts";

const API = JSON.parse(OPENAPI) as {
  components: { schemas: { CreateWebhook: { properties: { events: { description: string } } } } };
};

test("every event that the API sends can be chosen, and no other", () => {
  const { description } = API.components.schemas.CreateWebhook.properties.events;
  const named = [...description.matchAll(/`([a-z]+\.[a-z_]+)`/g)].map(([, type]) => type ?? "");
  const offered = EVENT_GROUPS.flatMap(({ events }) => events.map(({ type }) => type));
  expect(offered.toSorted()).toEqual(named.toSorted());
  for (const { pattern, events } of EVENT_GROUPS) {
    for (const { type } of events) expect(type.startsWith(pattern.slice(0, -1)), type).toBe(true);
  }
});

test("what was chosen is sent without what another choice covers", () => {
  expect(tidied(new Set(["token.revoked", "token.*", "source.failing"]))).toEqual(["token.*", "source.failing"]);
  expect(tidied(new Set(["token.revoked", "*"]))).toEqual(["*"]);
  expect(eventsInWords(["token.*", "grant.revoked"])).toBe("Tokens, grant.revoked");
  expect(eventsInWords(["*"])).toBe("Every event");
});
