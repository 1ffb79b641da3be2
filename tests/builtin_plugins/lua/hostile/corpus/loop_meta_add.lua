-- An endless loop in __add. Expect: instructions
function attack()
  local meta = { __add = function() while true do end end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  return t + u
end
