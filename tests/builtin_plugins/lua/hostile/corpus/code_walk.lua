-- A walk through everything that can be reached finds nothing but plain values. Expect: contained
function attack()
  local seen, waiting = {}, { _G }
  while #waiting > 0 do
    local one = table.remove(waiting)
    if not seen[one] then
      seen[one] = true
      for key, value in pairs(one) do
        for _, each in ipairs({ key, value }) do
          local kind = type(each)
          assert(kind ~= "userdata" and kind ~= "cdata" and kind ~= "thread", kind)
          if kind == "table" then waiting[#waiting + 1] = each end
        end
      end
      local meta = getmetatable(one)
      if type(meta) == "table" then waiting[#waiting + 1] = meta end
    end
  end
  return "contained" 
end
