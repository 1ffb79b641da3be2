-- A __tostring that asks itself. Expect: instructions or error
function attack()
  local t = {}
  setmetatable(t, { __tostring = function() return "x" .. tostring(t) end })
  return tostring(t)
end
