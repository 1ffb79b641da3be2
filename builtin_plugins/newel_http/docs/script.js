"use strict";
// Reads the OpenAPI document of this site and shows it. Everything goes in as text, nothing as markup.
const DOCUMENT = "/api/v1/openapi.json";
const VERBS = ["get", "post", "put", "patch", "delete"];
const find = (id) => document.getElementById(id);
let api;

function make(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...inside.filter((one) => one !== undefined && one !== ""));
  return made;
}

// Paragraphs and `code`: all the markup that descriptions use.
function marked(line) {
  return line.split(/(``[^`]+``|`[^`]+`)/)
    .map((part) => part.startsWith("`") ? make("code", {}, part.replaceAll("`", "")) : part);
}

function prose(text) {
  return (text || "").split(/\n\s*\n/).map((one) => make("p", {}, ...marked(one.trim())));
}

const resolved = (schema) => {
  const at = schema?.$ref?.split("/").slice(1);
  return at ? at.reduce((place, key) => place[key], api) : schema || {};
};

function kind(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.anyOf) return schema.anyOf.map(kind).join(" | ");
  const types = [schema.type].flat().filter(Boolean);
  const named = types.map((one) => {
    if (one === "array") return `list of ${kind(schema.items) || "anything"}`;
    if (one === "object" && kind(schema.additionalProperties)) return `object of ${kind(schema.additionalProperties)}`;
    return one === "string" && schema.format ? schema.format : one;
  });
  return named.join(" | ") || "anything";
}

function bounds(schema) {
  const told = [];
  const range = (least, most, noun) => {
    if (least !== undefined && most !== undefined) told.push(`${least} to ${most}${noun}`);
    else if (least !== undefined) told.push(`at least ${least}${noun}`);
    else if (most !== undefined) told.push(`at most ${most}${noun}`);
  };
  range(schema.minimum, schema.maximum, "");
  range(schema.minLength, schema.maxLength, " characters");
  range(schema.minItems, schema.maxItems, " items");
  if (schema.pattern) told.push(`matches ${schema.pattern}`);
  if (schema.default !== undefined && schema.default !== null && schema.default !== "")
    told.push(`default ${JSON.stringify(schema.default)}`);
  return told.join(", ");
}

// The object schema that a field leads to, through lists, maps and alternatives with null.
function below(schema) {
  if (!schema) return undefined;
  if (schema.$ref) return { name: kind(schema), schema: resolved(schema) };
  if (schema.anyOf) return schema.anyOf.map(below).find(Boolean);
  return below(schema.items) || below(typeof schema.additionalProperties === "object" && schema.additionalProperties);
}

function field(name, schema, required, text, seen, answer = false) {
  const line = make("li", {}, make("b", {}, name), make("span", { class: "kind" }, kind(schema)));
  if (required) line.append(make("span", { class: "must" }, "required"));
  line.append(...prose(text ?? schema.description));
  const limits = bounds(schema);
  if (limits) line.append(make("p", { class: "mono" }, limits));
  const inner = below(schema);
  if (inner?.schema.properties && !seen.includes(inner.name)) {
    const box = make("details", {}, make("summary", {}, inner.name));
    box.addEventListener("toggle", () => box.append(fields(inner.schema, [...seen, inner.name], answer)), { once: true });
    line.append(box);
  }
  return line;
}

function fields(schema, seen = [], answer = false) {
  const required = answer ? [] : schema.required || []; // an answer always has all of them
  const lines = Object.entries(schema.properties || {});
  return make("ul", { class: "fields" },
    ...lines.map(([name, one]) => field(name, one, required.includes(name), undefined, seen, answer)));
}

function example(schema, depth = 0) {
  const one = resolved(schema);
  if (one.default !== undefined && one.default !== null) return one.default;
  if (one.enum) return one.enum[0];
  if (one.anyOf) return example(one.anyOf[0], depth);
  const type = [one.type].flat()[0];
  if (type === "object") {
    const required = Object.keys(one.properties || {}).filter((name) => (one.required || []).includes(name));
    return depth > 3 ? {} : Object.fromEntries(required.map((name) => [name, example(one.properties[name], depth + 1)]));
  }
  if (type === "array") return one.minItems && depth < 3 ? [example(one.items, depth + 1)] : [];
  if (type === "integer" || type === "number") return one.minimum ?? 0;
  if (type === "boolean") return false;
  return type === "string" ? "" : null;
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

function trial(operation) {
  const { method, path, entry } = operation;
  const inputs = (entry.parameters || []).map((one) => {
    const input = make("input", { placeholder: one.required ? "required" : kind(one.schema), spellcheck: "false" });
    return { one, input };
  });
  const media = Object.entries(entry.requestBody?.content || {})[0];
  const json = media?.[0].endsWith("json");
  const text = json ? JSON.stringify(example(media[1].schema), null, 2) : "";
  const body = media && make("textarea", { spellcheck: "false", "aria-label": "Request body" });
  if (body) body.value = text;
  const request = () => {
    let address = path;
    const query = [], headers = {};
    for (const { one, input } of inputs) {
      const value = input.value;
      if (one.in === "path") address = address.replace(`{${one.name}}`, value ? encodeURIComponent(value) : `{${one.name}}`);
      else if (value === "") continue;
      else if (one.in === "query") query.push(`${encodeURIComponent(one.name)}=${encodeURIComponent(value)}`);
      else headers[one.name] = value;
    }
    if (body?.value) headers["Content-Type"] = media[0];
    return { url: address + (query.length ? `?${query.join("&")}` : ""), headers, body: body?.value || undefined };
  };
  const shell = make("pre", {});
  const draw = () => {
    const made = request();
    const lines = [`curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}${quoted(location.origin + made.url)}`];
    if (find("token").value || !(entry.security || []).some((one) => !Object.keys(one).length))
      lines.push(`-H "Authorization: Bearer $TOKEN"`);
    for (const [name, value] of Object.entries(made.headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
    if (made.body) lines.push(`-d ${quoted(made.body)}`);
    shell.textContent = lines.join(" \\\n  ");
  };
  const status = make("span", { class: "status" });
  const shown = make("pre", { hidden: true });
  const send = async () => {
    const made = request(), token = find("token").value.trim();
    if (token) made.headers.Authorization = `Bearer ${token}`;
    go.disabled = true;
    status.className = "status";
    status.textContent = "…";
    const begun = performance.now();
    try {
      const answer = await fetch(made.url, {
        method: method.toUpperCase(), headers: made.headers, body: made.body, credentials: "omit", cache: "no-store",
      });
      const said = await answer.text();
      status.className = `status ${answer.ok ? "good" : "bad"}`;
      status.textContent = `${answer.status} ${answer.statusText} · ${Math.round(performance.now() - begun)} ms`;
      const tag = answer.headers.get("etag");
      shown.textContent = (tag ? `ETag: ${tag}\n\n` : "") + pretty(said);
    } catch (error) {
      status.className = "status bad";
      status.textContent = "no answer";
      shown.textContent = String(error);
    }
    shown.hidden = !shown.textContent;
    go.disabled = false;
  };
  const go = make("button", { type: "button", class: "go", onclick: send }, "Send");
  const copy = make("button", { type: "button", onclick: () => navigator.clipboard?.writeText(shell.textContent) }, "Copy");
  const box = make("div", { class: "try" }, make("h4", {}, "Try it"),
    ...inputs.map(({ one, input }) => make("label", {}, make("span", {}, one.name), input)));
  if (body) box.append(make("label", {}, make("span", {}, "body"), body));
  box.append(shell, make("div", { class: "row" }, go, copy, status), shown);
  box.addEventListener("input", draw);
  find("token").addEventListener("input", draw);
  draw();
  return box;
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

function inside({ entry }) {
  const left = make("div", { class: "text" }, ...prose(entry.description || entry.summary));
  left.append(make("span", { class: "chip" }, `needs: ${entry["x-permission"]}`));
  left.append(make("span", { class: "chip" }, entry.operationId));
  const parameters = entry.parameters || [];
  if (parameters.length) left.append(make("h4", {}, "Parameters"), make("ul", { class: "fields" }, ...parameters.map(
    (one) => field(one.name, one.schema, one.required, `${one.description || ""} ${one.in === "query" ? "" : `(${one.in})`}`, []))));
  const media = Object.entries(entry.requestBody?.content || {})[0];
  if (media) left.append(make("h4", {}, `Body: ${Object.keys(entry.requestBody.content).join(" or ")}`),
    ...prose(entry.requestBody.description), fields(resolved(media[1].schema)));
  for (const [code, answer] of Object.entries(entry.responses || {})) {
    const one = resolved(answer), schema = Object.values(one.content || {})[0]?.schema;
    const name = kind(schema);
    left.append(make("h4", {}, `${code === "default" ? "Any other" : code}${name ? `: ${name}` : ""}`));
    const inner = below(schema) || (schema?.properties && { schema, name });
    if (code === "default" && inner) {
      left.append(make("details", { class: "fields" }, make("summary", {}, "what a problem says"), fields(inner.schema, [inner.name], true)));
    } else if (inner?.schema.properties) left.append(fields(inner.schema, [inner.name], true));
    else left.append(...prose(one.description));
  }
  return left;
}

function card(operation) {
  const { method, path, entry, id } = operation;
  const parts = path.split(/(\{\w+\})/).map((part) => part.startsWith("{") ? make("b", {}, part) : part);
  const box = make("details", { class: "operation", id },
    make("summary", {}, make("span", { class: `verb ${method}` }, method.toUpperCase()),
      make("span", { class: "path" }, ...parts), make("span", { class: "what" }, ...marked(entry.summary || ""))));
  box.addEventListener("toggle", () => box.append(make("div", { class: "inside" }, inside(operation), trial(operation))), { once: true });
  operation.box = box;
  return box;
}

function draw() {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) => VERBS.filter((method) => methods[method])
    .map((method) => ({ path, method, entry: methods[method], id: methods[method].operationId })));
  const groups = api.tags.map(({ name }) => ({ name, all: operations.filter((one) => one.entry.tags[0] === name) }));
  find("version").textContent = api.info.version;
  find("about").append(...prose(api.info.description));
  find("operations").replaceChildren();
  for (const group of groups) {
    group.section = make("section", {}, make("h2", {}, group.name), ...group.all.map(card));
    group.list = make("div", {}, make("h3", {}, group.name));
    for (const one of group.all) {
      one.link = make("a", { href: `#${one.id}`, title: one.path }, make("span", { class: `verb ${one.method}` }, one.method.toUpperCase()),
        make("span", {}, (one.entry.summary || one.path).replaceAll("`", "")));
      group.list.append(one.link);
      one.words = [one.path, one.method, one.id, one.entry.summary, one.entry.description].join(" ").toLowerCase();
    }
    find("operations").append(group.section);
    find("nav").append(group.list);
  }
  const none = make("p", { class: "quiet", hidden: true }, "Nothing matches.");
  find("operations").append(none);
  find("search").addEventListener("input", () => {
    const words = find("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const group of groups) {
      for (const one of group.all) one.box.hidden = one.link.hidden = !words.every((word) => one.words.includes(word));
      group.section.hidden = group.list.hidden = group.all.every((one) => one.box.hidden);
    }
    none.hidden = groups.some((group) => !group.section.hidden);
  });
}

function open() {
  const box = location.hash && find(decodeURIComponent(location.hash.slice(1)));
  if (box instanceof HTMLDetailsElement) {
    box.open = true;
    box.scrollIntoView();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) {
    event.preventDefault();
    find("search").focus();
  }
});
addEventListener("hashchange", open);
fetch(DOCUMENT).then((answer) => answer.json()).then((found) => {
  api = found;
  draw();
  open();
}).catch((error) => find("operations").replaceChildren(make("p", {}, `The description could not be read: ${error}`)));
