import type { Endpoint, Media, Parameter } from "./document.ts";

/** How a call is written in one language. */
export interface Sample {
  language: "curl" | "php" | "node";
  title: string;
  code: string;
}

/** What a sample sends. */
interface Call {
  method: string;
  /** As it stands in the description, with its names in braces. */
  path: string;
  /** What stands for the names. */
  names: Record<string, string>;
  query: Record<string, string>;
  /** By name; the values may name a variable of the environment. */
  headers: Record<string, HeaderValue>;
  body: unknown;
  isJson: boolean;
}

interface HeaderValue {
  text: string;
  /** Follows the text. */
  variable?: string;
}

/** A call in curl, PHP and Node, as the description says it is made; the secret stays in the environment. */
export function samplesOf(endpoint: Endpoint, baseUrl: string): Sample[] {
  const call = callOf(endpoint);
  return [
    { language: "curl", title: "curl", code: curlSample(call, baseUrl) },
    { language: "php", title: "PHP", code: phpSample(call, baseUrl) },
    { language: "node", title: "Node", code: nodeSample(call, baseUrl) },
  ];
}

function callOf(endpoint: Endpoint): Call {
  const { method, path, operation } = endpoint;
  const { parameters = [], requestBody, responses } = operation;
  const body = requestBody?.content["application/json"];
  const among = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const query = among("query").filter(({ name, required }) => required === true || name === "limit");
  return {
    ...{ method, path, body: body?.example },
    names: Object.fromEntries(among("path").map((parameter) => [parameter.name, exampleOf(parameter)])),
    query: Object.fromEntries(query.map((one) => [one.name, one.name === "limit" ? "20" : exampleOf(one)])),
    headers: headersOf(endpoint, body, among("header")),
    isJson: isJson(Object.values(responses)),
  };
}

function headersOf({ method, operation }: Endpoint, body: Media | undefined, parameters: Parameter[]) {
  const headers: Record<string, HeaderValue> = {};
  const { security } = operation;
  if (security === undefined) headers["Authorization"] = { text: "Bearer ", variable: "BROKER_TOKEN" };
  else if (security.length > 0) {
    headers["Cookie"] = { text: "", variable: "BROKER_SESSION_COOKIE" };
    if (method !== "GET") headers["X-CSRF-Token"] = { text: "", variable: "BROKER_CSRF_TOKEN" };
  }
  if (body !== undefined) headers["Content-Type"] = { text: "application/json" };
  for (const parameter of parameters) {
    if (parameter.name === "idempotency-key") headers["Idempotency-Key"] = { text: exampleOf(parameter) };
    else if (parameter.required === true) headers[parameter.name] = { text: exampleOf(parameter) };
  }
  return headers;
}

function isJson(responses: object[]): boolean {
  const [first] = responses as { content?: object }[];
  return first?.content === undefined || "application/json" in first.content;
}

function exampleOf({ name, example, schema }: Parameter): string {
  const value = example ?? schema.examples?.[0] ?? schema.enum?.[0];
  if (value === undefined) return name === "id" || name.endsWith("_id") ? "abc123" : name;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The secret goes through a pipe: whoever lists processes reads a command line. */
function curlSample({ method, path, names, query, headers, body }: Call, baseUrl: string): string {
  const url = baseUrl + path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(names[name] ?? ""));
  const search = new URLSearchParams(query).toString();
  const secret = Object.entries(headers).filter(([, { variable }]) => variable !== undefined);
  const plain = Object.entries(headers).filter(([, { variable }]) => variable === undefined);
  const piped = secret.map(
    ([name, { text, variable = "" }]) => `printf 'header = "${name}: ${text}%s"\\n' "$${variable}"`,
  );
  const options = [
    ...(method === "GET" ? [] : [`--request ${method}`]),
    ...plain.map(([name, { text }]) => `--header ${shellText(`${name}: ${text}`)}`),
    ...(body === undefined ? [] : [`--data ${shellText(JSON.stringify(body, null, 2))}`]),
  ];
  const address = shellText(search === "" ? url : `${url}?${search}`);
  const curl = [`curl --silent --show-error${piped.length === 0 ? "" : " --config -"} ${address}`, ...options];
  const pipe = piped.length > 1 ? `{ ${piped.join("; ")}; } |\n` : piped.map((line) => `${line} |\n`).join("");
  return `${pipe}${curl.join(" \\\n  ")}`;
}

function shellText(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function phpSample({ method, path, names, query, headers, body, isJson: reads }: Call, baseUrl: string): string {
  const url = joined(baseUrl, path, names, phpText, (name) => `rawurlencode(${phpText(name)})`, " . ");
  const search = Object.keys(query).length === 0 ? "" : ` . '?' . http_build_query(${phpValue(query, 0)})`;
  const lines = Object.entries(headers).map(([name, { text, variable }]) => {
    const line = phpText(`${name}: ${text}`);
    return variable === undefined ? line : `${line} . getenv('${variable}')`;
  });
  return [
    "<?php",
    `$curl = curl_init(${url}${search});`,
    "curl_setopt_array($curl, [",
    `    CURLOPT_CUSTOMREQUEST => '${method}',`,
    ...(lines.length === 0
      ? []
      : ["    CURLOPT_HTTPHEADER => [", ...lines.map((line) => `        ${line},`), "    ],"]),
    ...(body === undefined ? [] : [`    CURLOPT_POSTFIELDS => json_encode(${phpValue(body, 1)}),`]),
    "    CURLOPT_RETURNTRANSFER => true,",
    "    CURLOPT_TIMEOUT => 30,",
    "]);",
    "$answer = curl_exec($curl);",
    "$status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);",
    "if ($answer === false || $status >= 400) {",
    "    throw new RuntimeException($answer === false ? curl_error($curl) : $answer);",
    "}",
    reads ? "print_r(json_decode($answer, true));" : "echo $answer;",
  ].join("\n");
}

function phpText(text: string): string {
  return `'${text.replaceAll(/['\\]/g, (character) => `\\${character}`)}'`;
}

function phpValue(value: unknown, depth: number): string {
  if (typeof value === "string") return phpText(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inside = "    ".repeat(depth + 1);
  const entries = Array.isArray(value)
    ? value.map((item) => phpValue(item, depth + 1))
    : Object.entries(value).map(([key, item]) => `${phpText(key)} => ${phpValue(item, depth + 1)}`);
  // An empty PHP array would be sent as a list.
  if (entries.length === 0) return Array.isArray(value) ? "[]" : "new stdClass()";
  return `[\n${entries.map((entry) => `${inside}${entry},\n`).join("")}${"    ".repeat(depth)}]`;
}

function nodeSample({ method, path, names, query, headers, body, isJson: reads }: Call, baseUrl: string): string {
  const url = joined(baseUrl, path, names, (text) => JSON.stringify(text), encodedInNode, " + ");
  const search = Object.keys(query).length === 0 ? "" : ` + "?" + new URLSearchParams(${JSON.stringify(query)})`;
  const lines = Object.entries(headers).map(([name, { text, variable }]) => {
    const value = variable === undefined ? JSON.stringify(text) : nodeVariable(text, variable);
    return `    ${JSON.stringify(name)}: ${value},`;
  });
  const sent = JSON.stringify(body, null, 2);
  return [
    `const response = await fetch(${url}${search}, {`,
    `  method: "${method}",`,
    ...(lines.length === 0 ? [] : ["  headers: {", ...lines, "  },"]),
    ...(body === undefined ? [] : [`  body: JSON.stringify(${sent.replaceAll("\n", "\n  ")}),`]),
    "  signal: AbortSignal.timeout(30_000),",
    "});",
    "if (!response.ok) throw new Error(await response.text());",
    reads ? "console.log(await response.json());" : "console.log(await response.text());",
  ].join("\n");
}

function encodedInNode(name: string): string {
  return `encodeURIComponent(${JSON.stringify(name)})`;
}

function nodeVariable(text: string, variable: string): string {
  return text === "" ? `process.env.${variable}` : `\`${text}\${process.env.${variable}}\``;
}

/** An address of texts and encoded names, in the words of a language: ids may hold anything. */
function joined(
  baseUrl: string,
  path: string,
  names: Record<string, string>,
  written: (text: string) => string,
  encoded: (name: string) => string,
  operator: string,
): string {
  const parts = (baseUrl + path).split(/(\{\w+\})/).filter((part) => part !== "");
  return parts
    .map((part) => (/^\{\w+\}$/.test(part) ? encoded(names[part.slice(1, -1)] ?? "") : written(part)))
    .join(operator);
}
