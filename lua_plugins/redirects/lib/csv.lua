-- Tables as text (RFC 4180).

local M = {}

-- Rows of cells, or nil, a sentence and the line. One pass; quotes, commas and line ends inside of quotes are fine.
function M.parsed(text)
  local rows, row, at, line, last = {}, {}, 1, 1, #text
  text = text:gsub("^\239\187\191", "")
  last = #text
  while at <= last do
    local cell
    if text:sub(at, at) == '"' then
      local parts, from = {}, at + 1
      while true do
        local quote = text:find('"', from, true)
        if not quote then
          return nil, "a quote is not closed", line
        end
        parts[#parts + 1] = text:sub(from, quote - 1)
        if text:sub(quote + 1, quote + 1) ~= '"' then
          at = quote + 1
          break
        end
        parts[#parts + 1] = '"'
        from = quote + 2
      end
      cell = table.concat(parts)
      local _, breaks = cell:gsub("\n", "")
      line = line + breaks
    else
      local stop = text:find("[,\r\n]", at) or last + 1
      cell, at = text:sub(at, stop - 1), stop
    end
    row[#row + 1] = cell
    local sign = text:sub(at, at)
    if sign == "," then
      at = at + 1
      if at > last then
        row[#row + 1] = ""
      end
    elseif sign == "\r" or sign == "\n" or sign == "" then
      if text:sub(at, at + 1) == "\r\n" then
        at = at + 1
      end
      at = at + 1
      row.line, line = line, line + 1
      rows[#rows + 1], row = row, {}
    else
      return nil, "text stands behind a quote", line
    end
  end
  if #row > 0 then
    row.line = line
    rows[#rows + 1] = row
  end
  return rows
end

function M.line(cells)
  local written = {}
  for index, cell in ipairs(cells) do
    cell = tostring(cell)
    if cell:find("^[=+@\t\r-]") then
      cell = "'" .. cell -- programs that calculate would take it for a formula
    end
    if cell:find('[",\r\n]') then
      cell = '"' .. cell:gsub('"', '""') .. '"'
    end
    written[index] = cell
  end
  return table.concat(written, ",") .. "\r\n"
end

return M
