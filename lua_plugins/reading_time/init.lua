-- Fills a number field with the minutes that an entry takes to read, whoever saves it and through whatever door.

local words = require("words")

local function listed(text)
  local found, any = {}, false
  for name in text:gmatch("[%w_]+") do
    found[name], any = true, true
  end
  return found, any
end

local function fill(entry)
  if entry._table ~= "content_data" or not listed(settings.get("types"))[entry.type] then
    return nil
  end
  local field = settings.get("field")
  local wanted, some = listed(settings.get("fields") or "")
  local count = 0
  for name, value in pairs(entry.data) do
    if name ~= field and (wanted[name] or not some) then
      count = count + words.count(value)
    end
  end
  local minutes = math.max(1, math.ceil(count / settings.get("words_per_minute")))
  if entry.data[field] ~= minutes then
    return { data = { [field] = minutes } }
  end
end

hooks.on("before_create", "*", fill, { priority = 900 }) -- late: what others write counts, too
hooks.on("before_update", "*", fill, { priority = 900 })
