-- An endless loop in __index. Expect: instructions
function attack()
  local meta = { __index = function() while true do end end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  return t.x
end
