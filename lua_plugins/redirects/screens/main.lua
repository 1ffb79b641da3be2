-- Redirects in the terminal: look, search, switch on and off, add, delete.

local resolving = require("resolving")
local rules = require("rules")

local ROOM = 200 -- rules that are shown; a search finds the others
local HINTS = {
  { key = "/", label = "search" }, { key = "n", label = "new" }, { key = "space", label = "on/off" },
  { key = "d", label = "delete" }, { key = "q", label = "back" },
}

local function look(state)
  state.rows, state.total = rules.find(state.search, ROOM, 0)
  state.cursor = math.max(0, math.min(state.cursor, #state.rows - 1))
end

local function overview(state)
  local lines = {}
  for index, row in ipairs(state.rows) do
    local shown = index <= 50 and rules.shown(row) or { hits = "" }
    lines[index] = {
      row.enabled == 1 and "on" or "off", row.kind, row.source, row.target, tostring(row.status), tostring(shown.hits),
    }
  end
  local cells = {}
  if state.searching or state.search ~= "" then
    cells[1] = tui.cell("Search", 0.1, tui.input("search", state.search, "part of an address"))
  end
  local title = "Redirects (" .. tostring(state.total) .. ")"
  local headers = { "", "Kind", "From", "To", "Status", "Hits" }
  cells[#cells + 1] = tui.cell(title, 0.9, tui.table(headers, lines, state.cursor))
  return tui.grid({ tui.column(12, cells) }, HINTS)
end

-- The text after a key; nil where the key changes nothing.
local function typed(text, key)
  if key == "backspace" then
    return (text:gsub("[^\128-\191][\128-\191]*$", ""))
  elseif key == "space" then
    return text .. " "
  elseif #key == 1 or key:byte() > 127 then
    return text .. key
  end
end

local function switch(row)
  if row then
    db.update("rules", { set = { enabled = 1 - row.enabled }, where = { id = row.id } })
  end
end

local function delete(row)
  local event = coroutine.yield({ action = "confirm", title = "Delete " .. row.source .. "?", message = row.target })
  if event.type == "dialog" and event.accepted then
    rules.forget(row.id)
    coroutine.yield({ action = "toast", message = row.source .. " is deleted", level = "success" })
  end
end

-- Two inputs; tab goes between them, enter keeps, esc leaves.
local function create()
  local values, at, fault = { "", "" }, 1, nil
  while true do
    local lines = fault and { { text = fault, accent = true } } or { "A :name or a * makes it a pattern." }
    local event = coroutine.yield(tui.grid({ tui.column(12, {
      tui.cell("From" .. (at == 1 and " *" or ""), 0.2, tui.input("source", values[1], "/old")),
      tui.cell("To" .. (at == 2 and " *" or ""), 0.2, tui.input("target", values[2], "/new")),
      tui.cell("", 0.6, tui.text(lines)),
    }) }, { { key = "tab", label = "other" }, { key = "enter", label = "keep" }, { key = "esc", label = "leave" } }))
    local key = event.type == "key" and event.key or ""
    if key == "esc" then
      return
    elseif key == "tab" then
      at = 3 - at
    elseif key == "enter" then
      local rule
      local kind = values[1]:find("/:") or values[1]:find("*", 1, true)
      rule, fault = rules.made({ source = values[1], target = values[2], kind = kind and "pattern" or "exact" })
      if rule and db.exists("rules", { where = { kind = rule.kind, source = rule.source } }) then
        rule, fault = nil, "there is a rule for " .. rule.source .. " already"
      end
      if rule then
        rule.id = db.ulid()
        db.insert("rules", rule)
        if resolving.ends(rule.source) then
          return
        end
        rules.forget(rule.id)
        fault = "the rule leads in a circle"
      end
    elseif key ~= "" then
      values[at] = typed(values[at], key) or values[at]
    end
  end
end

local function searched(state, key)
  if key == "enter" then
    state.searching = false
  elseif key == "esc" then
    state.searching, state.search = false, ""
  else
    state.search = typed(state.search, key) or state.search
  end
end

function screen()
  local state = { search = "", cursor = 0, searching = false }
  while true do
    look(state)
    local event = coroutine.yield(overview(state))
    local key = event.type == "key" and event.key or ""
    local row = state.rows[state.cursor + 1]
    if state.searching and key ~= "" then
      searched(state, key)
    elseif key == "q" or key == "esc" then
      return
    elseif key == "down" or key == "j" then
      state.cursor = state.cursor + 1
    elseif key == "up" or key == "k" then
      state.cursor = state.cursor - 1
    elseif key == "/" then
      state.searching = true
    elseif key == " " or key == "space" then
      switch(row)
    elseif key == "d" and row then
      delete(row)
    elseif key == "n" then
      create()
    end
  end
end
