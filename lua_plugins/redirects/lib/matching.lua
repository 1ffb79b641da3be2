-- Which rule fits an address, and where it leads. No database here.
--
-- A pattern has segments that are names (`:slug`, any one segment) or, at its end, `*` (the rest, perhaps nothing).
-- That is matched in one pass, whatever the address: no rule and no visitor can make it slow.

local M = {}

M.LONGEST = 2000

-- Path and query of an address. The path begins with a slash and has none at its end; nil where it is no path.
function M.split(address)
  local path, query = address:match("^([^?#]*)%??([^#]*)")
  if path:sub(1, 1) ~= "/" then
    path = "/" .. path
  end
  if #address > M.LONGEST or path:find("[%c%s\\]") then
    return nil
  end
  path = path:gsub("/+", "/")
  if #path > 1 then
    path = path:gsub("/$", "")
  end
  return path, query
end

-- The path and what lies above it, the longest first.
function M.prefixes(path)
  local found = {}
  while path ~= "/" and path ~= "" do
    found[#found + 1] = path
    path = path:match("^(.*)/[^/]*$")
  end
  found[#found + 1] = "/"
  return found
end

local function segments(path)
  local found = {}
  for segment in path:gmatch("[^/]+") do
    found[#found + 1] = segment
  end
  return found
end

-- What the names of a pattern stand for in a path; nil where it does not fit.
function M.fits(pattern, path)
  local wanted, given, named = segments(pattern), segments(path), {}
  for index, part in ipairs(wanted) do
    if part == "*" and index == #wanted then
      named["*"] = table.concat(given, "/", index)
      return named
    end
    local name = part:match("^:([%a_][%w_]*)$")
    if given[index] == nil or (not name and given[index] ~= part) then
      return nil
    end
    if name then
      named[name] = given[index]
    end
  end
  return #wanted == #given and named or nil
end

-- Where a rule leads from a path. A path stays on this site, whatever stood in the address.
function M.target(rule, path, query, named)
  local target = rule.target
  if rule.kind == "prefix" then
    local rest = path:sub(#rule.source + 1)
    if rule.source == "/" then
      rest = path
    end
    target = target:gsub("/$", "") .. rest
  elseif rule.kind == "pattern" then
    target = target:gsub("%*", function()
      return named["*"]
    end)
    target = target:gsub("/:([%a_][%w_]*)", function(name)
      return named[name] and "/" .. named[name] or nil
    end)
  end
  if target == "" or target:sub(1, 1) == "/" then
    target = "/" .. target:gsub("^/+", "")
  end
  if rule.preserve_query == 1 and query and query ~= "" then
    local before, fragment = target:match("^([^#]*)(.*)$")
    target = before .. (before:find("?", 1, true) and "&" or "?") .. query .. fragment
  end
  return target
end

return M
