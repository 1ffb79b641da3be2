-- GET /api/v1/plugins/sitemap_data/urls?page=1&per_page=500: the published pages, for whoever writes a sitemap.xml.

plugin_info = {
  name = "sitemap_data",
  version = "1.0.0",
  description = "What a sitemap is made of: addresses, when they changed, and their other languages.",
  core_access = { routes = { "read" }, datatypes = { "read" } },
}

local MOST = 1000
local A_LIST = 500 -- values that a condition takes at most

local function escaped(text)
  return (text:gsub("[^%w/._~-]", function(char)
    return string.format("%%%02X", char:byte())
  end))
end

local function address(row)
  local parts = { locale = escaped(row.locale or ""), path = escaped(row.slug) }
  return (settings.get("address"):gsub("{(%l+)}", parts))
end

local function checked(value, message)
  if value == nil and message then
    error(message, 0)
  end
  return value
end

-- Types that readers may see without a token.
local function public_types()
  local names = {}
  for _, row in ipairs(checked(core.query("datatypes", { limit = A_LIST }))) do
    if row.public == true or row.public == 1 then
      names[#names + 1] = row.name
    end
  end
  return names
end

-- All languages of these entries, by entry.
local function languages(rows)
  local ids, found = {}, {}
  for _, row in ipairs(rows) do
    if not found[row.content_data_id] then
      found[row.content_data_id] = {}
      ids[#ids + 1] = row.content_data_id
    end
  end
  for first = 1, #ids, A_LIST do
    local some = { unpack(ids, first, math.min(first + A_LIST - 1, #ids)) }
    local where = { content_data_id = db.in_list(some), redirect = db.is_null() }
    for _, row in ipairs(checked(core.query("routes", { where = where, limit = 10000 }))) do
      local own = found[row.content_data_id]
      own[#own + 1] = { locale = row.locale, loc = address(row) }
    end
  end
  return found
end

local function number(text, default, most)
  local value = tonumber(text or default)
  if value and value >= 1 and value <= most and value % 1 == 0 then
    return value
  end
end

http.handle("GET", "/urls", function(req)
  local page, per_page = number(req.query.page, 1, 1000000), number(req.query.per_page, 500, MOST)
  if not page or not per_page then
    return { status = 400, json = { error = "page counts from 1, per_page is 1 to " .. MOST } }
  end
  local types = public_types()
  if #types == 0 then
    return { json = { items = {}, page = page, pages = 1, total = 0 } }
  end
  local where = { redirect = db.is_null(), type = db.in_list(types) }
  local rows = checked(core.query("routes", {
    where = where, order_by = { { column = "slug" }, { column = "locale" } },
    limit = per_page, offset = (page - 1) * per_page,
  }))
  local found, items = languages(rows), {}
  for index, row in ipairs(rows) do
    local alternates = found[row.content_data_id]
    items[index] = {
      loc = address(row), lastmod = row.date_modified, locale = row.locale, type = row.type,
      alternates = #alternates > 1 and alternates or nil,
    }
  end
  local total = checked(core.count("routes", { where = where }))
  return { json = { items = items, page = page, pages = math.max(1, math.ceil(total / per_page)), total = total } }
end, { public = true })
