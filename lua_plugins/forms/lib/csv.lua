-- Entries as a table (RFC 4180), harmless to open: programs that calculate take `=`, `+`, `-`, `@` for a formula.

local M = {}

local function cell(value)
  if value == nil then
    return ""
  elseif type(value) == "number" or type(value) == "boolean" then
    return tostring(value)
  elseif type(value) == "table" then
    value = "(file " .. (value.name or "without a name") .. ")"
  end
  if value:find("^[=+@\t\r\n-]") then
    value = "'" .. value
  end
  if value:find('[",\r\n]') then
    value = '"' .. value:gsub('"', '""') .. '"'
  end
  return value
end

-- Columns are the form's present fields. The first line is left out behind a cursor, so that parts can be joined.
function M.of(fields, rows, header)
  local lines = {}
  if header then
    local names = { "id", "created_at", "form_version" }
    for _, field in ipairs(fields) do
      names[#names + 1] = cell(field.name)
    end
    lines[1] = table.concat(names, ",")
  end
  for _, row in ipairs(rows) do
    local data = json.decode(row.data)
    local cells = { cell(row.id), cell(row.created_at), cell(row.form_version) }
    for index, field in ipairs(fields) do
      cells[3 + index] = cell(data[field.name])
    end
    lines[#lines + 1] = table.concat(cells, ",")
  end
  lines[#lines + 1] = ""
  return table.concat(lines, "\r\n")
end

return M
