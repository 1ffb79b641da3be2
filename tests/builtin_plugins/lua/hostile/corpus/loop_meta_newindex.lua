-- An endless loop in __newindex. Expect: instructions
function attack()
  local meta = { __newindex = function() while true do end end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  t.x = 1
end
